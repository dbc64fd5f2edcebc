"""What can go wrong with messages."""

from __future__ import annotations

from tessera.errors import Conflict, Json, TesseraError


class DeliveryFailed(TesseraError):
    """The message could not be delivered: {why}

    retry: whether it may work another time. after_s: what the other side asked to wait at least. was_tried: whether
    it counts as an attempt. Texts name no address.
    """

    code = "delivery_failed"
    status = 502

    def __init__(
        self, why: str, *, retry: bool = True, after_s: int | None = None, was_tried: bool = True, **params: Json
    ) -> None:
        super().__init__(why=why, **params)
        self.retry = retry
        self.after_s = after_s
        self.was_tried = was_tried


class NotReplayable(Conflict):
    """Only a delivery that is dead or under review can be sent again; this one is {state}."""

    code = "not_replayable"
    status = 409


class NoRecipient(TesseraError):
    """The message "{message}" has no recipient here: {why}"""

    code = "no_recipient"
    status = 422
