"""Tables of notices: templates, channels, the outbox with its attempts, receipts, opt-outs and signing keys."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class NoticeStatus(enum.StrEnum):
    """Where a notice stands. Only a waiting one is ever sent."""

    WAITING = "waiting"
    SENDING = "sending"
    """A worker has taken it; what became of it is not written yet."""
    SENT = "sent"
    DELIVERED = "delivered"
    UNKNOWN = "unknown"
    """Perhaps sent: a person decides, it is never sent again by itself."""
    FAILED = "failed"
    DROPPED = "dropped"
    """Not sent on purpose; `reason` says why: overtaken, stale, opted_out, no_address."""


class NoticeTemplate(HasId, Base):
    """One version of an area's text for a kind of notice; the newest number counts."""

    __tablename__ = "notice_templates"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    kind: Mapped[str]
    number: Mapped[int] = mapped_column(Integer)
    en: Mapped[str]
    zh: Mapped[str]
    gateway_codes: Mapped[dict[str, Any]]
    """The name under which a gateway knows this text, by gateway and language: {"aliyun": {"zh": "SMS_1"}}."""
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("area_id", "kind", "number"),)


class NoticeChannel(HasId, Base):
    """A way out of an area; the active ones are tried by position, the next when one refuses."""

    __tablename__ = "notice_channels"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    """sms, smtp, wecom, dingtalk, webhook, log"""
    name: Mapped[str]
    config: Mapped[dict[str, Any]]
    """Addresses and names, as the kind needs them."""
    secrets: Mapped[dict[str, Any]]
    """Keys and passwords; no answer shows them."""
    kinds: Mapped[list[str]]
    """Only these kinds of notices; empty: all."""
    active: Mapped[bool] = mapped_column(default=True)
    receipt_token_hash: Mapped[str | None] = mapped_column(unique=True)
    """Of the key in the address to which the gateway brings receipts."""

    __table_args__ = (UniqueConstraint("area_id", "name"),)


class Notice(HasId, Base):
    """One message to one recipient. The finish code is readable here alone, until it was sent, replaced or used."""

    __tablename__ = "notices"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(unique=True)
    """What caused it, kind and recipient: the same again writes nothing."""
    kind: Mapped[str]
    topic: Mapped[str | None]
    """A newer notice of the same topic and order overtakes one that was not sent yet."""
    language: Mapped[str]
    template_number: Mapped[int] = mapped_column(Integer)
    params: Mapped[dict[str, Any]]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    status: Mapped[NoticeStatus] = mapped_column(default=NoticeStatus.WAITING)
    reason: Mapped[str | None]
    """Why it was dropped, failed or is unknown, as a code."""
    created_at: Mapped[datetime]
    """As all times but `claimed_at`, on the area's clock."""
    next_at: Mapped[datetime]
    """Not before this."""
    stale_at: Mapped[datetime | None]
    """Of no use from then on."""
    claimed_at: Mapped[datetime | None]
    """Real time."""
    first_tried_at: Mapped[datetime | None]
    """Of this round; tries go on for so long after it as the policy says."""
    tries: Mapped[int] = mapped_column(Integer, default=0)
    round: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How often a person sent it again; part of the key that a gateway is given."""
    released_by: Mapped[UUID | None]
    """Who sent it again, or put it away, last."""
    skipped_channels: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Ids of channels that refused it for good."""
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice_channels.id"))
    """By which it was sent last."""

    __table_args__ = (
        Index("ix_notices_order", "order_id", "created_at"),
        Index("ix_notices_waiting", "area_id", "next_at", postgresql_where=text("status = 'waiting'")),
        Index("ix_notices_sending", "claimed_at", postgresql_where=text("status = 'sending'")),
        Index("ix_notices_worklist", "area_id", "created_at",
              postgresql_where=text("status IN ('failed', 'unknown')")),
        Index("ix_notices_area", "area_id", "created_at"),
        Index("ix_notices_code", "order_id", postgresql_where=text("(params ->> 'finishCode'::text) IS NOT NULL")),
    )  # fmt: skip

    @property
    def gateway_key(self) -> str:
        """What a gateway is given to know a repeat by."""
        return f"{self.id.hex}-{self.round}"


class NoticeAttempt(HasId, Base):
    """One try to send a notice; written before the gateway is asked."""

    __tablename__ = "notice_attempts"
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), index=True)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("notice_channels.id"))
    number: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime]
    outcome: Mapped[str | None]
    """accepted, refused, retry, unknown; null while nobody knows"""
    detail: Mapped[str | None]
    """A short code of the gateway or of ours, never a library's sentence."""
    gateway_id: Mapped[str | None]

    __table_args__ = (Index("ix_notice_attempts_gateway", "channel_id", "gateway_id"),)


class NoticeReceipt(HasId, Base):
    """What a gateway said afterwards. It may come twice, before our own record, or name nothing known."""

    __tablename__ = "notice_receipts"
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("notice_channels.id"))
    gateway_id: Mapped[str] = mapped_column(default="", server_default="")
    our_key: Mapped[str] = mapped_column(default="", server_default="")
    delivered: Mapped[bool]
    detail: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("channel_id", "gateway_id", "our_key", "delivered"),
        Index("ix_notice_receipts_key", "our_key"),
    )


class NoticeOptOut(Base):
    """A phone or mail address that wants no notices in an area."""

    __tablename__ = "notice_opt_outs"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"), primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class SigningKey(Base):
    """A secret of the installation, in the database so that a backup is whole."""

    __tablename__ = "signing_keys"
    name: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)


class SubscriberLink(Base):
    """The signed link of one order. Its number goes up when it is revoked; older links then say nothing."""

    __tablename__ = "subscriber_links"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, default=1)
    revoked_at: Mapped[datetime | None]
