"""All SQL of accounts, sessions, tokens and invitations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, cast, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import (
    AccessToken,
    Account,
    AccountStatus,
    BrowserSession,
    Invitation,
    SignInFailure,
)
from grids.models import Grid
from kit.actor import Actor, Role
from kit.db import raw_connection


async def by_login(session: AsyncSession, login: str) -> Account | None:
    """The account of a login, which is compared without regard to case."""
    query = select(Account).where(Account.login == login)
    return (await session.execute(query)).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Person:
    """What an account says about who may see what; every request reads it."""

    id: UUID
    name: str
    role: Role
    area_ids: list[UUID] | None
    grid_ids: list[UUID] | None
    contractor: str | None
    technician_id: UUID | None


@dataclass(frozen=True, slots=True)
class SignIn:
    """A session or token that holds now, and its person. `id` is the session's or token's own."""

    person: Person
    id: UUID
    used_at: datetime | None
    csrf_token: str | None


_PERSON = "a.id, a.name, a.role, a.area_ids, a.grid_ids, a.contractor, a.technician_id"
_OF_SESSION = f"""
    SELECT {_PERSON}, s.id, s.used_at, s.csrf_token FROM browser_sessions s JOIN accounts a ON a.id = s.account_id
    WHERE s.token_hash = %s AND s.expires_at > %s AND s.wiped_at IS NULL AND a.status = '{AccountStatus.ACTIVE}'
"""  # noqa: S608 - our own text, no input in it
_OF_TOKEN = f"""
    SELECT {_PERSON}, t.id, t.used_at, NULL FROM access_tokens t JOIN accounts a ON a.id = t.account_id
    WHERE t.token_hash = %s AND t.expires_at > %s AND t.revoked_at IS NULL AND a.status = '{AccountStatus.ACTIVE}'
"""  # noqa: S608 - our own text, no input in it


async def sign_in_of_session(session: AsyncSession, token_hash: str, now: datetime) -> SignIn | None:
    """The sign-in of a cookie that has not expired, of a person who may sign in."""
    return await _sign_in(session, _OF_SESSION, token_hash, now)


async def sign_in_of_token(session: AsyncSession, token_hash: str, now: datetime) -> SignIn | None:
    """The sign-in of a bearer token that is neither expired nor revoked, of a person who may sign in."""
    return await _sign_in(session, _OF_TOKEN, token_hash, now)


async def _sign_in(session: AsyncSession, statement: str, token_hash: str, now: datetime) -> SignIn | None:
    # By the driver itself: every request asks this, and loading the rows as objects costs more than the statement.
    connection = await raw_connection(session)
    row = await (await connection.execute(statement, (token_hash, now))).fetchone()
    if row is None:
        return None
    account_id, name, role, *scope = row[:7]
    return SignIn(Person(account_id, name, Role(role), *scope), *row[7:])


async def touch_token(session: AsyncSession, token_id: UUID, now: datetime) -> None:
    """Note that a token was used."""
    query = update(AccessToken).where(AccessToken.id == token_id).values(used_at=now)
    await session.execute(query.execution_options(synchronize_session=False))


async def touch_session(session: AsyncSession, session_id: UUID, now: datetime, expires_at: datetime) -> None:
    """Note that a browser's session was used, and until when it holds now."""
    query = update(BrowserSession).where(BrowserSession.id == session_id).values(used_at=now, expires_at=expires_at)
    await session.execute(query.execution_options(synchronize_session=False))


async def end_session(session: AsyncSession, token_hash: str) -> None:
    """Forget the session of a cookie, where there is one."""
    await session.execute(delete(BrowserSession).where(BrowserSession.token_hash == token_hash))


async def open_invitation(session: AsyncSession, token_hash: str, now: datetime) -> Invitation | None:
    """An invitation that is neither used nor expired, locked: it works once."""
    query = (
        select(Invitation)
        .where(Invitation.token_hash == token_hash, Invitation.used_at.is_(None), Invitation.expires_at > now)
        .with_for_update()
    )
    return (await session.execute(query)).scalar_one_or_none()


async def close_invitations(session: AsyncSession, account_id: UUID, now: datetime) -> None:
    """Older invitations of a person stop working."""
    await session.execute(
        update(Invitation).where(Invitation.account_id == account_id, Invitation.used_at.is_(None)).values(used_at=now)
    )


async def forget_sign_ins(session: AsyncSession, account_id: UUID, now: datetime, but: str | None = None) -> None:
    """End every session and token of a person, but for the one with the hash `but`."""
    await session.execute(
        delete(BrowserSession).where(
            BrowserSession.account_id == account_id,
            BrowserSession.token_hash != (but or ""),
            BrowserSession.wiped_at.is_(None),
        )
    )
    await session.execute(
        update(AccessToken)
        .where(
            AccessToken.account_id == account_id,
            AccessToken.revoked_at.is_(None),
            AccessToken.token_hash != (but or ""),
        )
        .values(revoked_at=now)
    )


# --- lost phones ------------------------------------------------------------------------------------------------------


class FoundSignIn(NamedTuple):
    """A session or token, whose it is, and since when it is given up as lost."""

    id: UUID
    account_id: UUID
    created_at: datetime
    used_at: datetime | None
    wiped_at: datetime | None


_SIGN_INS = """
    SELECT s.id, s.account_id, s.created_at, s.used_at, s.wiped_at FROM (
        SELECT id, account_id, token_hash, created_at, used_at, wiped_at, expires_at FROM browser_sessions
        UNION ALL
        SELECT id, account_id, token_hash, created_at, used_at, wiped_at,
               CASE WHEN revoked_at IS NULL OR wiped_at IS NOT NULL THEN expires_at END FROM access_tokens
    ) AS s
"""
KEPT_AS_LOST = timedelta(days=400)
"""So long a lost phone that asks is told to wipe itself."""


async def sign_ins_of(session: AsyncSession, account_id: UUID, now: datetime) -> list[FoundSignIn]:
    """The sessions and tokens of a person that hold or were given up as lost, the newest first."""
    query = text(f"{_SIGN_INS} WHERE s.account_id = :account AND s.expires_at > :now ORDER BY s.created_at DESC, s.id")
    return [FoundSignIn(*row) for row in await session.execute(query, {"account": account_id, "now": now})]


async def lost_sign_in(session: AsyncSession, token_hash: str) -> FoundSignIn | None:
    """The sign-in of a phone that was given up as lost."""
    found = await sign_in_with(session, token_hash)
    return None if found is None or found.wiped_at is None else found


async def sign_in_with(session: AsyncSession, token_hash: str) -> FoundSignIn | None:
    """The sign-in of a session or token, whether it still holds or not."""
    row = (await session.execute(text(f"{_SIGN_INS} WHERE s.token_hash = :hash"), {"hash": token_hash})).first()
    return None if row is None else FoundSignIn(*row)


async def sign_out_as_lost(session: AsyncSession, account_id: UUID, one: UUID | None, now: datetime) -> int:
    """End the sessions and tokens of a person (or one of them) and remember that they were lost. Returns how many."""
    until = now + KEPT_AS_LOST
    sessions = update(BrowserSession).where(BrowserSession.account_id == account_id, BrowserSession.wiped_at.is_(None))
    held = update(AccessToken).where(AccessToken.account_id == account_id, AccessToken.revoked_at.is_(None))
    if one is not None:
        sessions, held = sessions.where(BrowserSession.id == one), held.where(AccessToken.id == one)
    ended = await session.execute(sessions.values(wiped_at=now, expires_at=until).returning(BrowserSession.id))
    revoked = await session.execute(
        held.values(wiped_at=now, revoked_at=now, expires_at=until).returning(AccessToken.id)
    )
    return len(ended.all()) + len(revoked.all())


async def tokens(session: AsyncSession, account_id: UUID | None, now: datetime) -> Sequence[AccessToken]:
    """The tokens of a person that are neither expired nor revoked, the newest first."""
    query = (
        select(AccessToken)
        .where(AccessToken.account_id == account_id, AccessToken.expires_at > now, AccessToken.revoked_at.is_(None))
        .order_by(AccessToken.created_at.desc(), AccessToken.id.desc())
    )
    return (await session.execute(query)).scalars().all()


LONGEST_PAUSE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Failures:
    """How many sign-ins failed of late, and when the last one did."""

    count: int
    last: datetime | None

    def wait(self, now: datetime, free: int) -> float:
        """Seconds until the next try: `free` failures cost nothing, then each pause is twice the one before."""
        if self.last is None or self.count < free:
            return 0.0
        doublings = min(self.count - free + 1, 20)
        pause = min(LONGEST_PAUSE_SECONDS, 2.0**doublings)
        return max(0.0, pause - (now - self.last).total_seconds())


async def failures(session: AsyncSession, login: str, network: str, since: datetime) -> tuple[Failures, Failures]:
    """Failed sign-ins since an instant: of this login from this network, and of any login from this network.

    A try that has to wait is not recorded, so the rows of one network stay few.
    """
    of_login = SignInFailure.login == login
    query = select(
        func.count().filter(of_login), func.max(SignInFailure.at).filter(of_login), func.count(),
        func.max(SignInFailure.at),
    ).where(SignInFailure.address == network, SignInFailure.at > since)  # fmt: skip
    row = (await session.execute(query)).one()
    return Failures(int(row[0]), row[1]), Failures(int(row[2]), row[3])


async def one_at_a_time(session: AsyncSession, login: str, network: str) -> None:
    """Let sign-ins of one login from one network queue up, so that a burst cannot slip past the count."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7))"), {"key": f"sign-in {login} {network}"}
    )


async def clear_failures(session: AsyncSession, login: str, network: str) -> None:
    """Start counting anew after a success."""
    await session.execute(delete(SignInFailure).where(SignInFailure.login == login, SignInFailure.address == network))


async def sweep(session: AsyncSession, failures_before: datetime, now: datetime) -> None:
    """Forget old failures and expired sessions."""
    await session.execute(delete(SignInFailure).where(SignInFailure.at < failures_before))
    await session.execute(delete(BrowserSession).where(BrowserSession.expires_at < now))


def visible(actor: Actor) -> ColumnElement[bool]:
    """The accounts an actor may see: those that share an area with them; a contractor's people only their own."""
    scope = actor.scope
    if actor.trusted:
        return and_(True)
    rules: list[ColumnElement[bool]] = [and_(True)]
    if scope.areas is not None:
        mine = cast(list(scope.areas), ARRAY(PG_UUID(as_uuid=True)))
        rules.append(or_(Account.id == actor.account_id, Account.area_ids.op("&&")(mine)))
    if scope.contractor is not None:
        rules.append(Account.contractor == scope.contractor)
    return and_(*rules)


async def page(
    session: AsyncSession, actor: Actor, after: tuple[str, UUID] | None, limit: int, q: str | None = None
) -> Sequence[Account]:
    """Accounts the actor may see, by login, one more than `limit` when there are more."""
    query = select(Account).where(visible(actor)).order_by(Account.login, Account.id).limit(limit + 1)
    if after is not None:
        query = query.where(or_(Account.login > after[0], and_(Account.login == after[0], Account.id > after[1])))
    if q:
        needle = "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(or_(Account.login.ilike(needle), Account.name.ilike(needle)))
    return (await session.execute(query)).scalars().all()


async def one(session: AsyncSession, actor: Actor, account_id: UUID, *, lock: bool = False) -> Account | None:
    """One account the actor may see."""
    query = select(Account).where(Account.id == account_id, visible(actor))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def contractor_grids(session: AsyncSession, contractor: str, days: dict[UUID, date]) -> frozenset[UUID]:
    """The grids under contract with a contractor today, today being each area's own day."""
    if not days:
        return frozenset()
    rows = await session.execute(
        text(
            "SELECT DISTINCT c.grid_id FROM unnest(CAST(:areas AS uuid[]), CAST(:days AS date[])) AS d(area_id, day)"
            " JOIN grids g ON g.area_id = d.area_id"
            " JOIN grid_contracts c ON c.grid_id = g.id AND c.contractor = :contractor AND c.valid @> d.day"
        ),
        {"areas": list(days), "days": list(days.values()), "contractor": contractor},
    )
    return frozenset(row.grid_id for row in rows)


class Works(NamedTuple):
    """Where a technician works, and for which firm."""

    area_id: UUID
    contractor: str | None


async def technician_of(session: AsyncSession, technician_id: UUID) -> Works | None:
    """Where an account's technician works. Their table belongs to a room above this one, so it is asked by name."""
    query = text("SELECT area_id, contractor FROM technicians WHERE id = :id")
    row = (await session.execute(query, {"id": technician_id})).first()
    return None if row is None else Works(row.area_id, row.contractor)


async def grids_in(
    session: AsyncSession, grid_ids: Collection[UUID], areas: Collection[UUID] | None
) -> frozenset[UUID]:
    """Those of the grids that exist and lie in the areas; None means any area."""
    query = select(Grid.id).where(Grid.id.in_(grid_ids))
    if areas is not None:
        query = query.where(Grid.area_id.in_(areas))
    return frozenset((await session.execute(query)).scalars())
