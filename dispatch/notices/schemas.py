"""What HTTP says of notices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from kit.actor import Personal
from kit.bounds import Codes, FreeForm, Name, Words
from kit.http.requests import Struct
from kit.privacy import Private

ChannelKind = Literal["sms", "smtp", "wecom", "dingtalk", "webhook", "log"]


class NoticeOut(Struct):
    """A notice and where it stands. `reason` is a code of ours or of the gateway."""

    id: UUID
    order_id: UUID | None
    kind: str
    status: str
    reason: str | None
    channel: str | None
    recipient: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    tries: int
    created_at: datetime
    next_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None


class PartsOut(Struct):
    """How a text goes out by SMS."""

    coding: str
    units: int
    parts: int


class TemplateOut(Struct):
    """The text of a kind in force; number 0 is the one that ships. Sizes are of the text with its example values."""

    kind: str
    number: int
    placeholders: list[str]
    en: str
    zh: str
    gateway_codes: dict[str, Any]
    sms: dict[str, PartsOut]


class TemplateIn(Struct):
    """A new version of a text in both languages."""

    en: Words
    zh: Words
    gateway_codes: FreeForm = msgspec.field(default_factory=dict)


class ChannelOut(Struct):
    """A way out. Of its secrets only the names are shown."""

    id: UUID
    name: str
    kind: str
    position: int
    active: bool
    config: dict[str, Any]
    secrets: list[str]
    kinds: list[str]
    takes_receipts: bool


class ChannelIn(Struct):
    """A way out, created or changed by its name. Secrets that are not named stay as they are."""

    kind: ChannelKind
    position: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    active: bool = True
    config: FreeForm = msgspec.field(default_factory=dict)
    secrets: FreeForm = msgspec.field(default_factory=dict)
    kinds: Codes = msgspec.field(default_factory=list)


class ReceiptAddress(Struct):
    """Where the gateway brings its receipts: the path holds the key, which is shown once."""

    shown_once = ("receipt_token",)
    path: str
    receipt_token: str | None


class OptOutIn(Struct):
    """A phone or mail address, and whether it wants no notices."""

    address: Name
    out: bool = True


class ReceiptsTaken(Struct):
    """How many receipts were new."""

    new: int
