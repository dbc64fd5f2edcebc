"""What can go wrong when a release is applied or rolled back."""

from __future__ import annotations

from tessera.errors import Conflict, TesseraError


class ReleaseMoved(Conflict):
    """The plan was made on release {expected}, but release {found} is the head by now."""

    code = "release_moved"
    hint = "Make the plan again and look at what has changed."


class ConsentNeeded(TesseraError):
    """The plan has {count} changes that hide or alter values, and needs your consent."""

    code = "consent_needed"
    status = 409
    hint = "Look at the plan, and apply it with consent (--yes on the command line)."


class NothingToRollBack(TesseraError):
    """There is no release to go back to."""

    code = "nothing_to_roll_back"
    status = 409
    hint = "The first release stays; apply packages without what is not wanted."
