"""Signing a lost phone out, hearing from it when it has wiped itself, and from phones that lost what they kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts import repository as accounts
from dispatch.accounts.models import Account
from dispatch.accounts.passwords import digest
from dispatch.technicians.models import Technician
from dispatch.technicians.repository import visible
from kit.actor import Actor
from kit.clock import real_now
from kit.errors import NotFound
from kit.live import announce
from mobile_api.lost.models import LostStore, WipedPhone


@dataclass(frozen=True, slots=True)
class Phone:
    """A sign-in of a technician: a browser's session or a token. `unsent` is what it said when it was wiped;
    `store_lost_at` when it last said that what it kept had gone.
    """

    id: UUID
    since: datetime
    used_at: datetime | None
    signed_out_at: datetime | None
    wiped_at: datetime | None
    unsent: int | None
    store_lost_at: datetime | None


async def phones_of(session: AsyncSession, technician_id: UUID) -> list[Phone]:
    """The sign-ins of a technician that hold, and those that were signed out as lost; the newest first."""
    account_id = await _account_of(session, technician_id)
    if account_id is None:
        return []
    query = select(WipedPhone).where(WipedPhone.account_id == account_id)
    wiped = {row.session_id: row for row in (await session.execute(query)).scalars()}
    lost = await lost_by_sign_in(session, account_id)
    found = []
    for row in await accounts.sign_ins_of(session, account_id, real_now()):
        told = wiped.get(row.id)
        found.append(
            Phone(
                id=row.id, since=row.created_at, used_at=row.used_at, signed_out_at=row.wiped_at,
                wiped_at=None if told is None else told.at, unsent=None if told is None else told.unsent,
                store_lost_at=lost.get(row.id),
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


@dataclass(frozen=True, slots=True)
class Loss:
    """A phone that lost what it kept, until somebody has asked its technician what they had done."""

    id: UUID
    technician_id: UUID
    technician_name: str
    at: datetime


async def store_lost(
    session: AsyncSession, actor: Actor, technician_id: UUID, loss_id: UUID, secret: str | None
) -> None:
    """Keep that the asker's phone lost what it kept. The same `loss_id` again counts once."""
    known = None if secret is None else await accounts.sign_in_with(session, digest(secret))
    given = {
        "id": loss_id, "account_id": actor.account_id, "session_id": None if known is None else known.id,
        "at": real_now(),
    }  # fmt: skip
    made = await session.execute(insert(LostStore).values(**given).on_conflict_do_nothing().returning(LostStore.id))
    if made.first() is not None:
        area_id = await session.scalar(select(Technician.area_id).where(Technician.id == technician_id))
        assert area_id is not None  # noqa: S101 - the one who asks is this technician
        await announce(session, area_id, "phone", technician_id)


async def losses(session: AsyncSession, actor: Actor, area_id: UUID) -> list[Loss]:
    """Those that nobody has dealt with, of the technicians that the actor may see; the oldest first, at most 200."""
    query = (
        select(LostStore.id, Technician.id, Technician.name, LostStore.at)
        .join(Account, Account.id == LostStore.account_id)
        .join(Technician, Technician.id == Account.technician_id)
        .where(Technician.area_id == area_id, visible(actor), LostStore.handled_at.is_(None))
        .order_by(LostStore.at, LostStore.id)
        .limit(200)
    )
    return [Loss(*row) for row in (await session.execute(query)).all()]


async def settle_loss(session: AsyncSession, actor: Actor, loss_id: UUID) -> None:
    """Mark a loss as dealt with. Raises `NotFound` where it was, or is of a technician that the actor may not see."""
    query = (
        select(LostStore, Technician.id, Technician.area_id)
        .join(Account, Account.id == LostStore.account_id)
        .join(Technician, Technician.id == Account.technician_id)
        .where(LostStore.id == loss_id, LostStore.handled_at.is_(None), visible(actor))
        .with_for_update(of=LostStore)
    )
    found = (await session.execute(query)).first()
    if found is None:
        raise NotFound("mobile.loss_not_found")
    loss, technician_id, area_id = found
    loss.handled_at, loss.handled_by = real_now(), actor.account_id
    await announce(session, area_id, "phone", technician_id)


async def lost_by_sign_in(session: AsyncSession, account_id: UUID) -> dict[UUID, datetime]:
    """When each sign-in of a person last said that its phone had lost what it kept."""
    query = select(LostStore.session_id, LostStore.at).where(LostStore.account_id == account_id).order_by(LostStore.at)
    return {row.session_id: row.at for row in await session.execute(query) if row.session_id is not None}


async def _account_of(session: AsyncSession, technician_id: UUID) -> UUID | None:
    found: UUID | None = await session.scalar(select(Account.id).where(Account.technician_id == technician_id))
    return found
