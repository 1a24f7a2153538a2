"""Robots of WeCom and DingTalk groups, webhooks (Standard Webhooks), and the log."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from dispatch.notices.channels.base import BadConfiguration, Outgoing, Result, json_of, needed, request

_TOO_OFTEN = (45009, 45033, 130101, 410100, -1)
"""Error codes of both robots that say: later."""


class Robot:
    """A group robot: plain text, so that no markup of a name counts, and nobody is called by name."""

    repeats_safely = False
    can_tell = False
    public = True
    silent = False

    def __init__(self, kind: str, config: Mapping[str, Any], hidden: Mapping[str, Any]) -> None:
        self._url, self._kind, self._secret = needed(hidden, "url"), kind, hidden.get("secret")

    def reaches(self, phone: str | None, email: str | None) -> bool:
        """A group needs no address."""
        return True

    async def send(self, out: Outgoing) -> Result:
        """Post the text to the group."""
        body: dict[str, Any] = {"msgtype": "text", "text": {"content": out.text.replace("@", "＠")}}
        params: dict[str, str] = {}
        if self._kind == "dingtalk":
            body["at"] = {"atMobiles": [], "isAtAll": False}
            if self._secret:
                params = signed_query(str(self._secret), datetime.now(UTC))
        url = self._url
        for name, value in params.items():
            url += f"{'&' if '?' in url else '?'}{name}={value}"
        response, failed = await request("POST", url, json=body)
        if response is None:
            return failed or Result("unknown")
        code = (json_of(response) or {}).get("errcode")
        if code == 0:
            return Result("accepted")
        return Result("retry" if code in _TOO_OFTEN else "refused" if code is not None else "unknown", detail=str(code))

    async def ask(self, out: Outgoing) -> Result:
        """A robot does not say."""
        return Result("unknown", detail="cannot_ask")


def signed_query(secret: str, at: datetime) -> dict[str, str]:
    """DingTalk's signature: HMAC-SHA256 over the time in milliseconds and the secret."""
    stamp = str(int(at.timestamp() * 1000))
    made = hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)
    coded = base64.b64encode(made).decode().replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    return {"timestamp": stamp, "sign": coded}


class SignedWebhook:
    """A program of somebody else's, told by Standard Webhooks; its receiver knows repeats by `webhook-id`."""

    repeats_safely = True
    can_tell = False
    public = False
    silent = False

    def __init__(self, config: Mapping[str, Any], hidden: Mapping[str, Any]) -> None:
        self._url = needed(config, "url")
        try:
            self._hook = Webhook(needed(hidden, "secret"))
        except (ValueError, RuntimeError, EmptyWebhookSecretError) as error:
            raise BadConfiguration("secret") from error

    def reaches(self, phone: str | None, email: str | None) -> bool:
        """A program needs no address."""
        return True

    async def send(self, out: Outgoing) -> Result:
        """Post the message, signed."""
        now = datetime.now(UTC)
        data = {"phone": out.phone, "email": out.email, "language": out.language, "text": out.text,
                "values": dict(out.values)}  # fmt: skip
        event = {"type": f"notice.{out.kind}", "timestamp": now.isoformat(), "data": data}
        body = json.dumps(event, ensure_ascii=False)
        headers = {
            "content-type": "application/json", "webhook-id": out.key, "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._hook.sign(msg_id=out.key, timestamp=now, data=body),
        }  # fmt: skip
        response, failed = await request("POST", self._url, content=body.encode(), headers=headers)
        return Result("accepted", gateway_id=out.key) if response is not None else failed or Result("unknown")

    async def ask(self, out: Outgoing) -> Result:
        """It is sent again instead."""
        return Result("unknown", detail="cannot_ask")


class Log:
    """Writes that there was a message, without its words or its recipient. The phone wall shows what it said."""

    repeats_safely = True
    can_tell = False
    public = False
    silent = True

    def reaches(self, phone: str | None, email: str | None) -> bool:
        """Everybody."""
        return True

    async def send(self, out: Outgoing) -> Result:
        """Say so in the log."""
        structlog.get_logger().info("notice.logged", kind=out.kind, key=out.key)
        return Result("accepted", gateway_id=out.key)

    async def ask(self, out: Outgoing) -> Result:
        """It is written again instead."""
        return Result("unknown", detail="cannot_ask")
