"""Signing a lost phone out, and hearing from it when it has wiped itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts import repository as accounts
from dispatch.accounts.models import Account
from dispatch.accounts.passwords import digest
from kit.clock import real_now
from kit.errors import NotFound
from mobile_api.lost.models import WipedPhone


@dataclass(frozen=True, slots=True)
class Phone:
    """A sign-in of a technician: a browser's session or a token. `unsent` is what it said when it was wiped."""

    id: UUID
    since: datetime
    used_at: datetime | None
    signed_out_at: datetime | None
    wiped_at: datetime | None
    unsent: int | None


async def phones_of(session: AsyncSession, technician_id: UUID) -> list[Phone]:
    """The sign-ins of a technician that hold, and those that were signed out as lost; the newest first."""
    account_id = await _account_of(session, technician_id)
    if account_id is None:
        return []
    query = select(WipedPhone).where(WipedPhone.account_id == account_id)
    wiped = {row.session_id: row for row in (await session.execute(query)).scalars()}
    found = []
    for row in await accounts.sign_ins_of(session, account_id, real_now()):
        told = wiped.get(row.id)
        found.append(
            Phone(
                id=row.id, since=row.created_at, used_at=row.used_at, signed_out_at=row.wiped_at,
                wiped_at=None if told is None else told.at, unsent=None if told is None else told.unsent,
            )
        )  # fmt: skip
    return found


async def sign_out(session: AsyncSession, technician_id: UUID, sign_in_id: UUID | None) -> int:
    """Sign a phone (or all) of a technician out as lost. It gets no data from now on and is told to wipe itself.

    Returns how many. Raises `NotFound` for a sign-in that is not theirs.
    """
    account_id = await _account_of(session, technician_id)
    count = 0
    if account_id is not None:
        count = await accounts.sign_out_as_lost(session, account_id, sign_in_id, real_now())
    if sign_in_id is not None and not count:
        raise NotFound("mobile.phone_not_found")
    return count


async def was_wiped(session: AsyncSession, secret: str | None, unsent: int) -> bool:
    """Keep what a phone says that shows the secret of a lost sign-in. False: it is not one. It counts once."""
    if secret is None:
        return False
    found = await accounts.lost_sign_in(session, digest(secret))
    if found is None:
        return False
    known = await session.scalar(select(WipedPhone.id).where(WipedPhone.session_id == found.id))
    if known is None:
        session.add(WipedPhone(account_id=found.account_id, session_id=found.id, unsent=unsent, at=real_now()))
    return True


async def _account_of(session: AsyncSession, technician_id: UUID) -> UUID | None:
    found: UUID | None = await session.scalar(select(Account.id).where(Account.technician_id == technician_id))
    return found
