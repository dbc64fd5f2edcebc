"""Forms that are open to people without an account, by links."""

from __future__ import annotations

from tessera.engine.public_forms.answering import Answered, answer, count_try, shown_form
from tessera.engine.public_forms.errors import FormClosed, FormFull
from tessera.engine.public_forms.links import change_link, create_link, delete_link, get_link, list_links

__all__ = [
    "Answered", "FormClosed", "FormFull", "answer", "change_link", "count_try", "create_link", "delete_link",
    "get_link", "list_links", "shown_form",
]  # fmt: skip
