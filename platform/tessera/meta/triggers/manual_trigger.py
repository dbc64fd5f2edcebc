"""Begun by hand, or by a program through the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES
from tessera.meta.triggers.starters import StarterTrigger


class ManualTrigger(StarterTrigger):
    """Begun by hand or through the API, about nothing in particular. Without roles only administrators may."""

    name: ClassVar[str] = "manual"
    label: ClassVar[Label] = Label("手动开始", "Begun by hand")
    help: ClassVar[Label] = Label(
        "由人或程序通过接口开始，不针对某条记录。",
        "Begun by a person, or by a program through the API; about no record.",
    )
    example: ClassVar[Mapping[str, Json]] = {"input": [{"uid": "day", "name": "day", "type": "date"}]}


TRIGGER_TYPES.add("manual", ManualTrigger())
