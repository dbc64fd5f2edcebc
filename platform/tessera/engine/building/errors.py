"""What can be wrong with a draft."""

from __future__ import annotations

from tessera.errors import Conflict, TesseraError


class DraftMoved(Conflict):
    """Somebody else has changed this document of the draft; it is at version {version} now.

    params: key, version, body as it is now, merged (both sides' changes) and clashes, where both changed one place.
    """

    code = "draft_moved"
    hint = "Put the merged document, or choose at each clash; nothing of either side is lost."


class DraftClosed(Conflict):
    """The draft is {state}, so nothing in it can be changed."""

    code = "draft_closed"
    hint = "Open another draft, or open this one again."


class DraftBehind(Conflict):
    """The draft was made over release {base}, but release {head} is in force by now."""

    code = "draft_behind"
    hint = "Bring the draft up to the head: changes of both sides are merged by uid."


class MergeNeeded(Conflict):
    """At {count} places the draft and the releases since then say different things.

    params: clashes, each with key, pointer, base, ours and theirs.
    """

    code = "merge_needed"
    hint = "Choose at each of these places: ours, theirs or base."


class NothingToUndo(Conflict):
    """There is no such step to undo or do again."""

    code = "nothing_to_undo"
    hint = "Look at the list of steps."


class ShippedDocument(TesseraError):
    """The document belongs to the package "{package}" and cannot be taken away by itself."""

    code = "shipped_document"
    status = 409
    hint = "Hide what is not wanted by a change of it, or take the package out."


class WrongDocument(TesseraError):
    """This is no document that can be put here: {why}."""

    code = "wrong_document"
    status = 422


class BrokenDocument(TesseraError):
    """The document has {count} problems, so it cannot be tried yet.

    params: problems, as a check of the draft tells them.
    """

    code = "broken_document"
    status = 422
    hint = "Look at the problems of the draft."


class BeyondRights(TesseraError):
    """The release would give or show more than you may yourself, at {count} places."""

    code = "beyond_rights"
    status = 403
    hint = "An administrator can publish it."

