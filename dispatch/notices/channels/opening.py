"""From a stored channel to the adapter that speaks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dispatch.notices.channels.base import BadConfiguration, Channel
from dispatch.notices.channels.mail import Mail
from dispatch.notices.channels.others import Log, Robot, SignedWebhook
from dispatch.notices.channels.sms import SmsGateway

KINDS = ("sms", "smtp", "wecom", "dingtalk", "webhook", "log")


def open_channel(kind: str, config: Mapping[str, Any], hidden: Mapping[str, Any]) -> Channel:
    """The adapter of a channel. Raises `BadConfiguration` naming the setting that is missing or wrong."""
    match kind:
        case "sms":
            return SmsGateway(config, hidden)
        case "smtp":
            return Mail(config, hidden)
        case "wecom" | "dingtalk":
            return Robot(kind, config, hidden)
        case "webhook":
            return SignedWebhook(config, hidden)
        case "log":
            return Log()
        case _:
            raise BadConfiguration("kind")
