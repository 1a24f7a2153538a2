"""An SMS gateway over HTTP, described by data (`gateways.toml`, or the channel's own description)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.notices.channels import signing
from dispatch.notices.channels.base import BadConfiguration, Outgoing, Result, json_of, request
from dispatch.notices.channels.gateway_data import at, filled, found, gateways, holds

_PIECES = ("url", "headers", "json", "form", "query")
_BEIJING = ZoneInfo("Asia/Shanghai")


def gateway_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The description of a channel's gateway: shipped, with what the channel says otherwise."""
    name = config.get("gateway", "generic")
    if name not in gateways():
        raise BadConfiguration("gateway")
    return {**gateways()[name], **(config.get("description") or {})}


class SmsGateway:
    """Sends by one HTTP request; asks about a message where the gateway has a question for it."""

    public = False
    silent = False

    def __init__(self, config: Mapping[str, Any], hidden: Mapping[str, Any]) -> None:
        self._gateway = gateway_of(config)
        for name in (*self._gateway.get("needs", ()), *self._gateway.get("secrets", ())):
            if not {**config, **hidden}.get(name):
                raise BadConfiguration(name)
        self._name = str(config.get("gateway", "generic"))
        self._settings = {"token": "", **config, **hidden}
        self.repeats_safely = bool(self._settings.get("repeats_safely", self._gateway.get("repeats_safely")))
        self.can_tell = "query" in self._gateway

    def reaches(self, phone: str | None, email: str | None) -> bool:
        """Everybody with a phone."""
        return bool(phone)

    async def send(self, out: Outgoing) -> Result:
        """One request. A gateway that knows texts by name alone refuses one that it was given no name of."""
        code = (out.codes.get(self._name) or {}).get(out.language)
        if self._gateway.get("coded") and not code:
            return Result("refused", detail="no_code")
        rules = self._gateway["send"]
        answer, failed = await self._call(rules, out, code or "")
        if failed is not None:
            return failed
        detail = found(rules.get("detail"), answer)
        if holds(rules.get("again"), answer):
            return Result("retry", detail=detail)
        if "ok" in rules and not holds(rules["ok"], answer):
            # An answer that says nothing of the message: perhaps it was taken.
            return Result("refused", detail=detail) if at(answer, rules["ok"]["at"]) is not None else Result(
                "unknown", detail="strange_answer"
            )  # fmt: skip
        return Result("accepted", gateway_id=found(rules.get("id"), answer), detail=detail)

    async def ask(self, out: Outgoing) -> Result:
        """What became of the message with this key: the gateway's list of it, or `retry` where it is not in there."""
        rules = self._gateway.get("query")
        if rules is None:
            return Result("unknown", detail="cannot_ask")
        answer, failed = await self._call(rules, out, "")
        if failed is not None:
            return Result("unknown", detail=failed.detail)
        listed = at(answer, rules["list"])
        if not isinstance(listed, list) or ("ok" in rules and not holds(rules["ok"], answer)):
            return Result("unknown", detail="strange_answer")
        for one in listed:
            if found(rules["key"], one) == out.key:
                lost = holds(rules.get("failed"), one)
                return Result("refused" if lost else "accepted", gateway_id=found(rules.get("id"), one))
        return Result("retry", detail="never_had_it")

    async def _call(self, rules: Mapping[str, Any], out: Outgoing, code: str) -> tuple[Any, Result | None]:
        now = datetime.now(UTC)
        values = {
            **self._settings, "phone": out.phone, "text": out.text, "key": out.key, "code": code,
            "params_json": json.dumps(dict(out.values), ensure_ascii=False), "params_list": list(out.values.values()),
            "today": out.at.astimezone(_BEIJING).strftime("%Y%m%d"),
        }  # fmt: skip
        try:
            given = {
                name: filled(rules[name], values)
                for name in ("url", "headers", "json", "form", "query")
                if name in rules
            }
        except KeyError as missing:
            return None, Result("refused", detail=f"no_{missing.args[0]}")
        headers = {name: str(value).strip() for name, value in given.get("headers", {}).items()}
        options: dict[str, Any] = {}
        signed = self._gateway.get("sign")
        if "json" in given:
            options["content"] = json.dumps(given["json"], ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json; charset=utf-8"
            if signed == "tencent":
                headers |= signing.tencent(
                    given["url"], headers["X-TC-Action"], options["content"],
                    self._settings["secret_id"], self._settings["secret_key"], now,
                )  # fmt: skip
        if "form" in given:
            options["data"] = given["form"]
            if signed == "aliyun":
                options["data"] = signing.aliyun(
                    given["form"], self._settings["access_key_id"], self._settings["access_key_secret"],
                    secrets.token_hex(16), now,
                )  # fmt: skip
        if "query" in given:
            options["params"] = given["query"]
        method = rules.get("method", "POST")
        response, failed = await request(method, given["url"], headers=headers, **options)
        return (None, failed) if response is None else (json_of(response), None)
