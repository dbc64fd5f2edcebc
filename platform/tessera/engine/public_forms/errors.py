"""What can go wrong with forms that are open to the outside."""

from __future__ import annotations

from tessera.errors import Conflict


class FormClosed(Conflict):
    """This form takes no more answers."""

    code = "form_closed"
    hint = "Ask who gave you the link."


class FormFull(Conflict):
    """This form has as many answers as it takes."""

    code = "form_full"
    hint = "Ask who gave you the link."
