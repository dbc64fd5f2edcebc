"""WeCom group robots as a channel of messages.

A group is named by its robot's secret `wecom_<group>_key`, the key in the robot's address. Source: WeCom developer
documentation, "Group robot configuration".
"""

from __future__ import annotations

from tessera.plugin import PluginApi
from tessera_wecom.channel import WeCom

__all__ = ["WeCom", "register"]


def register(api: PluginApi) -> None:
    """Add the channel."""
    api.add_channel(WeCom())
