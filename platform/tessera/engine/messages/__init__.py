"""Messages: sent in the transaction of a change, delivered afterwards by channels, with receipts and preferences."""

from __future__ import annotations

from tessera.engine.messages import deliveries, inbox, preferences
from tessera.engine.messages.channels import (
    CHANNELS,
    Channel,
    Delivery,
    Receipt,
    add_channel,
    remove_channel,
    secret_of,
)
from tessera.engine.messages.delivering import deliver_due
from tessera.engine.messages.errors import DeliveryFailed, NoRecipient, NotReplayable
from tessera.engine.messages.recipients import To, ToGroup, ToRecord, ToUser, person_of
from tessera.engine.messages.sending import Sent, cancel, message_doc, send

__all__ = [
    "CHANNELS",
    "Channel",
    "Delivery",
    "DeliveryFailed",
    "NoRecipient",
    "NotReplayable",
    "Receipt",
    "Sent",
    "To",
    "ToGroup",
    "ToRecord",
    "ToUser",
    "add_channel",
    "cancel",
    "deliver_due",
    "deliveries",
    "inbox",
    "message_doc",
    "person_of",
    "preferences",
    "remove_channel",
    "secret_of",
    "send",
]
