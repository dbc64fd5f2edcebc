"""Delivers a message to the robot of a WeCom group."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import urlencode

import orjson

from tessera.context import Context
from tessera.engine.messages import Channel, Delivery, DeliveryFailed, Receipt, secret_of
from tessera.engine.outside import Outgoing, call
from tessera.engine.outside.replies import json_of
from tessera.engine.process import Process
from tessera.meta.channels import ChannelKind
from tessera.meta.model import Label

BASE = "https://qyapi.weixin.qq.com"
TEXT_BYTES = 2_048
MARKDOWN_BYTES = 4_096
TOO_OFTEN = 45_009
BUSY = -1
_WAITS_S = {TOO_OFTEN: 60, BUSY: None}
"""Codes after which the same message may go later."""

_MOST_MOBILES = 50


def cut(text: str, most_bytes: int) -> str:
    """The text, shortened so that it has at most so many bytes in UTF-8.

    >>> cut("你好", 4)
    '你'
    """
    raw = text.encode()
    return text if len(raw) <= most_bytes else raw[:most_bytes].decode("utf-8", "ignore")


class WeCom(Channel):
    """Posts to a robot: Markdown when the message has such a part, else plain text."""

    kind: ClassVar[ChannelKind] = ChannelKind(
        "wecom", Label("企业微信群机器人", "WeCom robot"), "group",
        Label("发到企业微信群；密钥 wecom_<群>_key。", "Posts to a WeCom group; secret wecom_<group>_key."),
        MappingProxyType({"markdown": "markdown", "at_mobiles": "line"}), most_characters=MARKDOWN_BYTES,
    )  # fmt: skip
    per_minute: ClassVar[int] = 20

    def __init__(self, base: str = BASE) -> None:
        self.base = base

    def deliver(self, request: Delivery, process: Process) -> Receipt:
        """Post it. Raises: DeliveryFailed; with retry for codes that say too often or busy."""
        key = secret_of(process, f"wecom_{request.address}_key")
        url = f"{self.base}/cgi-bin/webhook/send?{urlencode({'key': key})}"
        headers = {"Content-Type": "application/json; charset=utf-8"}
        reply = call(process, Context(), Outgoing("POST", url, headers, orjson.dumps(body_of(request)), request.key))
        answer = json_of(reply.text()) if reply.status == 200 else None
        code = answer.get("errcode") if isinstance(answer, dict) else None
        if code == 0:
            return Receipt(note={"errcode": 0})
        if not isinstance(code, int):
            retry = reply.status >= 500 or reply.status == 429
            raise DeliveryFailed(f"the robot answered {reply.status}.", retry=retry)
        raise DeliveryFailed(f"the robot said {code}.", retry=code in _WAITS_S, after_s=_WAITS_S.get(code))


def body_of(request: Delivery) -> dict[str, Any]:
    """The body of a call, as the robot wants it. Only plain text can mention people by their mobile numbers."""
    markdown = request.parts.get("markdown", "")
    if markdown:
        return {"msgtype": "markdown", "markdown": {"content": cut(markdown, MARKDOWN_BYTES)}}
    content = f"{request.subject}\n{request.text}" if request.subject else request.text
    mobiles = [each for each in request.parts.get("at_mobiles", "").replace(",", " ").split() if each.isdigit()]
    mentioned = {"mentioned_mobile_list": mobiles[:_MOST_MOBILES]} if mobiles else {}
    return {"msgtype": "text", "text": {"content": cut(content, TEXT_BYTES), **mentioned}}
