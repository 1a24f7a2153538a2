"""Who signs in, and what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts import passwords, repository
from dispatch.accounts.models import AccessToken, Account, AccountStatus, BrowserSession, Invitation, SignInFailure
from dispatch.accounts.repository import Person
from grids.models import ServiceArea
from grids.service import local_day
from kit.actor import Actor, Role, Scope
from kit.clock import real_now
from kit.errors import Conflict, Invalid, NotFound, SignedOutAsLost, TooMany
from kit.http.clients import Client
from kit.settings import settings

FAILURES_COUNT_FOR = timedelta(hours=1)
INVITATION_LASTS = timedelta(days=7)
TOKEN_LASTS = timedelta(days=90)
_ADDRESS_FACTOR = 10
"""One address may fail this many times as often as one login: offices share an address."""
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh sign-in: the secret goes to the client once and is stored only as a digest."""

    account: Account
    secret: str
    csrf_token: str


# --- asking who it is -------------------------------------------------------------------------------------------------


async def authenticate(
    session: AsyncSession, bearer: str | None, cookie: str | None, *, used: bool = True
) -> tuple[Actor, str | None] | None:
    """The actor behind a bearer token or a session cookie, with the CSRF token of a session (`kit.http.Authenticate`).

    None where the secret is unknown, expired or revoked, or the person may not sign in any more. `used` False asks
    without counting as use: a page left open does not keep its session alive. Raises `SignedOutAsLost`.
    """
    now = real_now()
    await session.flush()  # what this session has changed holds already
    if bearer is not None:
        found = await repository.sign_in_of_token(session, passwords.digest(bearer), now)
    elif cookie is not None:
        found = await repository.sign_in_of_session(session, passwords.digest(cookie), now)
    else:
        return None
    if found is None:
        if await repository.lost_sign_in(session, passwords.digest(bearer or cookie or "")) is not None:
            raise SignedOutAsLost("account.lost")
        return None
    if used and (found.used_at is None or now - found.used_at > _TOUCH_EVERY):
        if bearer is not None:
            await repository.touch_token(session, found.id, now)
        else:
            await repository.touch_session(session, found.id, now, now + timedelta(hours=settings().session_hours))
    return await actor_of(session, found.person), found.csrf_token


async def actor_of(session: AsyncSession, account: Account | Person) -> Actor:
    """What an account's person may see, as the repositories filter by it.

    Only an administrator may have no limit of areas. A contractor's people see the grids their firm has under contract
    today; a technician sees their own orders.
    """
    everywhere = account.area_ids is None and account.role is Role.ADMINISTRATOR
    areas = None if everywhere else frozenset(account.area_ids or ())
    grids = None if account.grid_ids is None else frozenset(account.grid_ids)
    if account.contractor is not None:
        query = select(ServiceArea).where(ServiceArea.id.in_(areas or ()))
        days = {area.id: local_day(area) for area in (await session.execute(query)).scalars()}
        theirs = await repository.contractor_grids(session, account.contractor, days)
        grids = theirs if grids is None else grids & theirs
    if account.role is Role.GRID_LEAD and grids is None:
        grids = frozenset()
    technician = None
    if account.role is Role.TECHNICIAN:
        technician = account.technician_id or account.id  # an account without a person sees nobody's orders
    scope = Scope(areas=areas, grids=grids, technician=technician, contractor=account.contractor)
    return Actor(account_id=account.id, name=account.name, role=account.role, scope=scope)


# --- signing in -------------------------------------------------------------------------------------------------------


async def check_password(session: AsyncSession, login: str, password: str, client: Client) -> Account | None:
    """The account when login and password fit, None when they do not; either takes the same time.

    The caller commits the answer None too: a failure is recorded, and makes the next try wait. Only tries from the same
    network wait, so nobody elsewhere can shut a person out. Raises `TooMany`.
    """
    login = normal_login(login)
    now = real_now()
    await repository.one_at_a_time(session, login, client.network)
    mine, everybodys = await repository.failures(session, login, client.network, now - FAILURES_COUNT_FOR)
    free = settings().sign_in_attempts
    wait = max(mine.wait(now, free), everybodys.wait(now, free * _ADDRESS_FACTOR))
    if wait > 0:
        raise TooMany("account.too_many", seconds=ceil(wait))
    account = await repository.by_login(session, login)
    usable = account is not None and account.status is AccountStatus.ACTIVE
    if account is not None and account.loopback_only and not client.on_this_machine:
        usable = False
    fits = await passwords.verify(account.password_hash if account and usable else None, password)
    if account is None or not fits:
        session.add(SignInFailure(login=login, address=client.network, at=now))
        return None
    await repository.clear_failures(session, login, client.network)
    return account


async def start_session(session: AsyncSession, account: Account) -> SignedIn:
    """A browser's session: its cookie's secret and its CSRF token."""
    now = real_now()
    secret, csrf = passwords.new_secret(), passwords.new_secret()
    session.add(
        BrowserSession(
            account_id=account.id,
            token_hash=passwords.digest(secret),
            csrf_token=csrf,
            created_at=now,
            used_at=now,
            expires_at=now + timedelta(hours=settings().session_hours),
        )
    )
    await session.flush()
    return SignedIn(account, secret, csrf)


async def end_session(session: AsyncSession, cookie: str) -> None:
    """Sign a browser out; an unknown cookie is no error."""
    await repository.end_session(session, passwords.digest(cookie))


async def create_token(
    session: AsyncSession, account: Account, name: str, *, lasts: timedelta = TOKEN_LASTS
) -> tuple[AccessToken, str]:
    """A bearer token for a phone or a partner; the secret is returned this once."""
    secret, now = passwords.new_secret(), real_now()
    token = AccessToken(
        account_id=account.id,
        name=name,
        token_hash=passwords.digest(secret),
        created_at=now,
        expires_at=now + lasts,
    )
    session.add(token)
    await session.flush()
    return token, secret


async def revoke_token(session: AsyncSession, actor: Actor, token_id: UUID) -> None:
    """Make a token useless: one's own, or as administrator that of anybody in one's areas. Raises `NotFound`."""
    token = await session.get(AccessToken, token_id)
    if token is None or (
        token.account_id != actor.account_id
        and (actor.role is not Role.ADMINISTRATOR or await repository.one(session, actor, token.account_id) is None)
    ):
        raise NotFound("account.token_not_found")
    token.revoked_at = token.revoked_at or real_now()


# --- accounts ---------------------------------------------------------------------------------------------------------


async def create_account(
    session: AsyncSession,
    login: str,
    name: str,
    role: Role,
    *,
    area_ids: list[UUID] | None = None,
    grid_ids: list[UUID] | None = None,
    contractor: str | None = None,
    technician_id: UUID | None = None,
    language: str = "en",
    password: str | None = None,
    loopback_only: bool = False,
) -> Account:
    """A new account. Without a password it cannot sign in until its person is invited.

    Raises `Conflict` when the login is taken, `Invalid` where the scope does not fit the role.
    """
    login = normal_login(login)
    if not login or any(char.isspace() for char in login):
        raise Invalid("account.login", field="login")
    if area_ids is None and role is not Role.ADMINISTRATOR:
        raise Invalid("account.areas", field="areaIds")
    if await repository.by_login(session, login) is not None:
        raise Conflict("account.exists", login=login)
    account = Account(
        login=login,
        name=name.strip() or login,
        role=role,
        area_ids=area_ids,
        grid_ids=grid_ids,
        contractor=contractor,
        technician_id=technician_id,
        language=language,
        loopback_only=loopback_only,
        status=AccountStatus.UNINVITED if password is None else AccountStatus.ACTIVE,
        password_hash=None if password is None else await passwords.hash_password(password),
    )
    session.add(account)
    await session.flush()
    return account


async def change_account(session: AsyncSession, account: Account, changes: dict[str, Any]) -> None:
    """New values by name (name, role, area_ids, grid_ids, contractor, language). Raises `Invalid` as creating does."""
    for name, value in changes.items():
        setattr(account, name, value)
    if account.area_ids is None and account.role is not Role.ADMINISTRATOR:
        raise Invalid("account.areas", field="areaIds")
    account.version += 1
    await session.flush()


async def create_administrator(session: AsyncSession, login: str, password: str) -> Account:
    """The first administrator, of every area; for a login that exists, a new password (and its sign-ins end).

    Raises `Conflict` when the login belongs to somebody who is no administrator, `Invalid` for a weak password.
    """
    found = await repository.by_login(session, normal_login(login))
    if found is None:
        return await create_account(session, login, login, Role.ADMINISTRATOR, password=password)
    if found.role is not Role.ADMINISTRATOR:
        raise Conflict("account.no_administrator", login=found.login, role=found.role.value)
    await set_password(session, found, password)
    return found


async def set_password(session: AsyncSession, account: Account, password: str, *, but: str | None = None) -> None:
    """A new password: the account is active, and whatever was signed in with the old one is signed out.

    `but` is the secret of the session or token that goes on.
    """
    account.password_hash = await passwords.hash_password(password)
    account.status = AccountStatus.ACTIVE
    account.version += 1
    kept = None if but is None else passwords.digest(but)
    await repository.forget_sign_ins(session, account.id, real_now(), kept)
    await session.flush()


async def disable(session: AsyncSession, account: Account) -> None:
    """The person may not sign in any more, and is signed out everywhere."""
    account.status = AccountStatus.DISABLED
    account.version += 1
    await repository.forget_sign_ins(session, account.id, real_now())
    await repository.close_invitations(session, account.id, real_now())
    await session.flush()


async def invite(session: AsyncSession, account: Account) -> tuple[Invitation, str]:
    """A one-time link's secret; earlier ones stop working. An invitation also brings a disabled person back."""
    now = real_now()
    await repository.close_invitations(session, account.id, now)
    secret = passwords.new_secret()
    invitation = Invitation(
        account_id=account.id,
        token_hash=passwords.digest(secret),
        created_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    session.add(invitation)
    if account.status is not AccountStatus.ACTIVE:
        account.status = AccountStatus.INVITED
    await session.flush()
    return invitation, secret


def invitation_link(site: str, role: Role, secret: str) -> str:
    """The address that a person opens to set a first password; the secret is behind the #, so no server logs it."""
    page = "technician" if role is Role.TECHNICIAN else "console"
    return f"{site.rstrip('/')}/{page}#invite={secret}"


async def accept_invitation(session: AsyncSession, secret: str, password: str) -> Account:
    """Set the first password. Raises `NotFound` for a link that is unknown, used or too old."""
    passwords.check(password)
    now = real_now()
    invitation = await repository.open_invitation(session, passwords.digest(secret), now)
    if invitation is None:
        raise NotFound("account.invitation")
    invitation.used_at = now
    account = await session.get_one(Account, invitation.account_id)
    await set_password(session, account, password)
    return account


async def sweep(session: AsyncSession) -> None:
    """Forget failed sign-ins after a day and sessions after their end."""
    now = real_now()
    await repository.sweep(session, now - timedelta(days=1), now)


def normal_login(login: str) -> str:
    """Logins are compared without regard to case and outer blanks."""
    return login.strip().casefold()
