"""What HTTP says about accounts, sessions and tokens."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from kit.actor import Role
from kit.bounds import Ids, Name
from kit.http.requests import Struct

Short = Annotated[str, Meta(min_length=1, max_length=200)]


class SignInIn(Struct):
    """Login and password."""

    login: Short
    password: Annotated[str, Meta(max_length=1000)]


class TokenIn(SignInIn):
    """The same for a phone or a partner; `name` says which, so that it can be revoked by name."""

    name: Short


class TokenOut(Struct):
    """A bearer token, shown this once."""

    id: UUID
    token: str
    expires_at: datetime


class TokenSeen(Struct):
    """A token without its secret; `usedAt` is null while nobody used it."""

    id: UUID
    name: str
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime


class AccountOut(Struct):
    """A person or machine that may sign in. `areaIds` null means every area."""

    id: UUID
    login: str
    name: str
    role: Role
    status: str
    area_ids: list[UUID] | None
    grid_ids: list[UUID] | None
    contractor: str | None
    technician_id: UUID | None
    language: str
    loopback_only: bool
    version: int


class SignedInOut(Struct):
    """Who signed in, and the token that every unsafe request of this browser carries in `X-CSRF-Token`."""

    account: AccountOut
    csrf_token: str


class MeOut(Struct):
    """Who asks; `csrfToken` is null for a bearer token."""

    account: AccountOut
    csrf_token: str | None


class AccountIn(Struct):
    """A new account; it cannot sign in until its person accepts an invitation."""

    login: Short
    name: Short
    role: Role
    area_ids: Ids | None = None
    grid_ids: Ids | None = None
    contractor: Name | None = None
    technician_id: UUID | None = None
    language: Annotated[str, Meta(pattern="^(en|zh)$", max_length=2)] = "en"


class AccountChange(Struct):
    """What is left out stays."""

    name: Short | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    area_ids: Ids | UnsetType | None = UNSET
    grid_ids: Ids | UnsetType | None = UNSET
    contractor: Name | UnsetType | None = UNSET
    language: Annotated[str, Meta(pattern="^(en|zh)$", max_length=2)] | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    """True signs the person out everywhere; an invitation brings them back."""


class InvitationOut(Struct):
    """The secret of a one-time link, shown this once; the link as this site is reached, and its QR code as SVG."""

    token: str
    expires_at: datetime
    link: str
    qr: str


class PasswordIn(Struct):
    """A first password."""

    password: Annotated[str, Meta(max_length=1000)]


class PasswordChange(PasswordIn):
    """A new password, and the current one as proof."""

    current: Annotated[str, Meta(max_length=1000)]
