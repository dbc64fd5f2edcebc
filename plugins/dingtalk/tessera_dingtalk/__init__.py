"""DingTalk group robots as a channel of messages.

A group is named by its robot's secrets: `dingtalk_<group>_token`, the access token in the robot's address, and
`dingtalk_<group>_secret`, the key of its security setting "signature" (it begins with SEC; left out when the robot uses
another setting). Source: DingTalk Open Platform, "Custom robot access".
"""

from __future__ import annotations

from tessera.plugin import PluginApi
from tessera_dingtalk.channel import DingTalk

__all__ = ["DingTalk", "register"]


def register(api: PluginApi) -> None:
    """Add the channel."""
    api.add_channel(DingTalk())
