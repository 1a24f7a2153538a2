"""Tables of people who sign in, their sessions, tokens and invitations, and of the files that they took."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Integer, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from kit.actor import Role
from kit.db import Base, HasId


class AccountStatus(enum.StrEnum):
    """Generated people cannot sign in until they are invited."""

    UNINVITED = "uninvited"
    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class Account(HasId, Base):
    """A person or machine that may sign in. `area_ids` null means every area (administrators only)."""

    __tablename__ = "accounts"
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role]
    status: Mapped[AccountStatus] = mapped_column(default=AccountStatus.UNINVITED)
    password_hash: Mapped[str | None]
    area_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    grid_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    contractor: Mapped[str | None]
    technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technicians.id"), unique=True)
    language: Mapped[str] = mapped_column(default="en")
    loopback_only: Mapped[bool] = mapped_column(default=False)
    """Demo logins work from this machine alone."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(Integer, default=1)


class BrowserSession(HasId, Base):
    """A signed-in browser: the cookie's hash and the CSRF token of its unsafe requests."""

    __tablename__ = "browser_sessions"
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    csrf_token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    wiped_at: Mapped[datetime | None]
    """When it was signed out as lost: it opens nothing any more, and whoever shows it is told to wipe the phone."""


class AccessToken(HasId, Base):
    """A bearer token of a phone or partner: hashed at rest, revocable."""

    __tablename__ = "access_tokens"
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    wiped_at: Mapped[datetime | None]
    """As of a browser's session."""


class Invitation(HasId, Base):
    """A one-time link with which a person sets a first password."""

    __tablename__ = "invitations"
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInFailure(HasId, Base):
    """A failed sign-in, counted for the pauses and swept after a day. `address` is an IPv4 address or an IPv6 /64."""

    __tablename__ = "sign_in_failures"
    login: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_sign_in_failures_address_at", "address", "at"),)


class Unmasking(HasId, Base):
    """Somebody looked at a subscriber's name and phone: who, whose order, when."""

    __tablename__ = "unmaskings"
    account_id: Mapped[UUID | None]
    order_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReportExport(HasId, Base):
    """A file that somebody took (导出审计), of whatever room."""

    __tablename__ = "report_exports"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    account_id: Mapped[UUID | None]
    report: Mapped[str]
    format: Mapped[str]
    asked: Mapped[str]
    """The month and filters of the file, without words that somebody looked for."""
    at: Mapped[datetime]

    __table_args__ = (Index("ix_report_exports_area_id_at", "area_id", "at"),)
