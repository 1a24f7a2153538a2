"""Signing in, sessions, tokens, invitations, and what an account may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts import passwords, service
from dispatch.accounts.models import AccessToken, Account, AccountStatus, BrowserSession, SignInFailure
from dispatch.technicians.models import Technician
from grids.models import Grid, GridContract, ServiceArea
from grids.service import create_area
from kit.actor import Role
from kit.clock import real_now
from kit.errors import Conflict, Invalid, NotFound, TooMany
from kit.http.clients import Client
from kit.ids import uuid7

HERE, AWAY = Client("127.0.0.1", "http", forwarded=False), Client("203.0.113.9", "http", forwarded=False)
PASSWORD = "correct horse battery"


@pytest.fixture
async def area(session: AsyncSession) -> ServiceArea:
    return await create_area(session, "a", "A", "Asia/Shanghai")


async def agent(session: AsyncSession, area: ServiceArea, login: str = "ann", **values: object) -> Account:
    settings = {"role": Role.AGENT, "area_ids": [area.id], "password": PASSWORD} | values
    return await service.create_account(session, login, login.title(), **settings)  # type: ignore[arg-type]


async def test_the_right_password_signs_in_whatever_the_case_of_the_login(session: AsyncSession, area: ServiceArea):
    account = await agent(session, area)
    assert await service.check_password(session, " ANN ", PASSWORD, AWAY) is account


async def test_a_wrong_password_and_an_unknown_login_look_alike(session: AsyncSession, area: ServiceArea):
    await agent(session, area)
    assert await service.check_password(session, "ann", "wrong", AWAY) is None
    assert await service.check_password(session, "nobody", "wrong", AWAY) is None


async def test_an_unknown_login_costs_the_same_hashing_work(
    session: AsyncSession, area: ServiceArea, monkeypatch: pytest.MonkeyPatch
):
    verified: list[str] = []
    real = passwords._HASHER

    class Watching:
        def verify(self, password_hash: str, password: str) -> bool:
            verified.append(password_hash)
            return real.verify(password_hash, password)

    await agent(session, area)
    await agent(session, area, "uninvited", password=None)
    monkeypatch.setattr(passwords, "_HASHER", Watching())
    for login in ("ann", "nobody", "uninvited"):
        assert await service.check_password(session, login, "wrong", AWAY) is None
    costs = {found.split("$")[3] for found in verified}
    assert (len(verified), len(costs)) == (3, 1)


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still, so that pauses are as long as they are on any machine."""
    now = real_now()
    monkeypatch.setattr(service, "real_now", lambda: now)


def elsewhere(address: str) -> Client:
    return Client(address, "http", forwarded=False)


async def fail(session: AsyncSession, client: Client, times: int = 1, login: str = "ann") -> None:
    for _ in range(times):
        assert await service.check_password(session, login, "wrong", client) is None


async def pause(session: AsyncSession, client: Client, login: str = "ann") -> int:
    """The seconds that even the right password has to wait; then as if they had passed."""
    with pytest.raises(TooMany) as refused:
        await service.check_password(session, login, PASSWORD, client)
    seconds = int(refused.value.params["seconds"])
    await session.execute(update(SignInFailure).values(at=SignInFailure.at - timedelta(seconds=seconds)))
    return seconds


@pytest.mark.usefixtures("stopped")
async def test_after_ten_failures_each_further_try_waits_twice_as_long_and_at_most_five_minutes(
    session: AsyncSession, area: ServiceArea
):
    await agent(session, area)
    await fail(session, AWAY, 10)
    pauses = []
    for _ in range(9):
        pauses.append(await pause(session, AWAY))
        await fail(session, AWAY)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300]


@pytest.mark.usefixtures("stopped")
async def test_a_person_under_attack_signs_in_from_elsewhere_and_here_after_the_pause(
    session: AsyncSession, area: ServiceArea
):
    account = await agent(session, area)
    await fail(session, AWAY, 10)
    assert await service.check_password(session, "ann", PASSWORD, elsewhere("198.51.100.1")) is account
    await pause(session, AWAY)
    assert await service.check_password(session, "ann", PASSWORD, AWAY) is account
    await fail(session, AWAY, 10)  # and the count began anew


@pytest.mark.usefixtures("stopped")
async def test_a_try_that_has_to_wait_leaves_no_row_and_does_not_make_the_pause_longer(
    session: AsyncSession, area: ServiceArea
):
    await agent(session, area)
    await fail(session, AWAY, 10)
    for _ in range(50):
        with pytest.raises(TooMany):
            await service.check_password(session, "ann", "wrong", AWAY)
    assert (await session.execute(select(func.count()).select_from(SignInFailure))).scalar_one() == 10


@pytest.mark.usefixtures("stopped")
async def test_many_logins_from_one_address_wait_too_but_not_because_of_others(
    session: AsyncSession, area: ServiceArea
):
    account = await agent(session, area)
    now = service.real_now()
    session.add_all(SignInFailure(login=f"guess-{number}", address=AWAY.network, at=now) for number in range(100))
    await session.flush()
    assert await pause(session, AWAY) == 2
    assert await service.check_password(session, "ann", PASSWORD, elsewhere("198.51.100.1")) is account


@pytest.mark.usefixtures("stopped")
async def test_all_addresses_of_one_ipv6_network_count_as_one(session: AsyncSession, area: ServiceArea):
    account = await agent(session, area)
    for number in range(10):
        await fail(session, elsewhere(f"2001:db8:1:2::{number:x}"))
    await pause(session, elsewhere("2001:db8:1:2:ffff::1"))
    await fail(session, elsewhere("2001:db8:1:2::9"))
    assert await service.check_password(session, "ann", PASSWORD, elsewhere("2001:db8:1:3::1")) is account


async def test_a_success_starts_the_count_anew(session: AsyncSession, area: ServiceArea):
    await agent(session, area)
    for _ in range(3):
        for _ in range(9):
            await service.check_password(session, "ann", "wrong", AWAY)
        assert await service.check_password(session, "ann", PASSWORD, AWAY)


async def test_a_demo_login_works_from_this_machine_alone(session: AsyncSession, area: ServiceArea):
    account = await agent(session, area, loopback_only=True)
    assert await service.check_password(session, "ann", PASSWORD, AWAY) is None
    assert await service.check_password(session, "ann", PASSWORD, replace(HERE, forwarded=True)) is None
    assert await service.check_password(session, "ann", PASSWORD, HERE) is account
    assert await service.check_password(session, "ann", PASSWORD, replace(HERE, address="::ffff:127.0.0.1")) is account


async def test_a_session_names_its_actor_and_csrf_token_until_it_expires(session: AsyncSession, area: ServiceArea):
    signed_in = await service.start_session(session, await agent(session, area))
    found = await service.authenticate(session, None, signed_in.secret)
    assert found is not None
    actor, csrf = found
    assert (actor.role, actor.scope.areas, csrf) == (Role.AGENT, frozenset({area.id}), signed_in.csrf_token)
    await session.execute(update(BrowserSession).values(expires_at=real_now() - timedelta(seconds=1)))
    assert await service.authenticate(session, None, signed_in.secret) is None


async def test_a_session_in_use_lives_on(session: AsyncSession, area: ServiceArea):
    signed_in = await service.start_session(session, await agent(session, area))
    soon = real_now() + timedelta(minutes=5)
    await session.execute(
        update(BrowserSession).values(expires_at=soon, used_at=real_now() - timedelta(hours=11)),
        execution_options={"synchronize_session": "fetch"},
    )
    await service.authenticate(session, None, signed_in.secret)
    await session.flush()
    assert (await session.execute(select(BrowserSession.expires_at))).scalar_one() > soon + timedelta(hours=11)


async def test_signing_out_ends_the_session(session: AsyncSession, area: ServiceArea):
    signed_in = await service.start_session(session, await agent(session, area))
    await service.end_session(session, signed_in.secret)
    await session.flush()
    assert await service.authenticate(session, None, signed_in.secret) is None
    await service.end_session(session, "never existed")


async def test_secrets_are_not_in_the_database(session: AsyncSession, area: ServiceArea):
    account = await agent(session, area)
    _, token = await service.create_token(session, account, "phone")
    cookie = (await service.start_session(session, account)).secret
    stored = (await session.execute(select(AccessToken.token_hash))).scalars().all()
    stored += (await session.execute(select(BrowserSession.token_hash))).scalars().all()
    assert not {token, cookie} & set(stored)
    assert account.password_hash is not None
    assert account.password_hash.startswith("$argon2id$")


async def test_a_revoked_token_opens_nothing(session: AsyncSession, area: ServiceArea):
    account = await agent(session, area)
    row, secret = await service.create_token(session, account, "phone")
    found = await service.authenticate(session, secret, None)
    assert found is not None
    assert found[1] is None
    await service.revoke_token(session, found[0], row.id)
    await session.flush()
    assert await service.authenticate(session, secret, None) is None


async def test_nobody_revokes_another_persons_token(session: AsyncSession, area: ServiceArea):
    row, _ = await service.create_token(session, await agent(session, area), "phone")
    other = await service.actor_of(session, await agent(session, area, "bob"))
    with pytest.raises(NotFound):
        await service.revoke_token(session, other, row.id)


async def test_a_disabled_person_is_out_at_once(session: AsyncSession, area: ServiceArea):
    account = await agent(session, area)
    _, token = await service.create_token(session, account, "phone")
    cookie = (await service.start_session(session, account)).secret
    await service.disable(session, account)
    assert await service.authenticate(session, token, None) is None
    assert await service.authenticate(session, None, cookie) is None
    assert await service.check_password(session, "ann", PASSWORD, AWAY) is None


async def test_generated_people_cannot_sign_in_until_they_accept_an_invitation(
    session: AsyncSession, area: ServiceArea
):
    account = await agent(session, area, password=None)
    assert account.status is AccountStatus.UNINVITED
    assert await service.check_password(session, "ann", "", AWAY) is None
    _, old = await service.invite(session, account)
    _, link = await service.invite(session, account)
    with pytest.raises(NotFound):
        await service.accept_invitation(session, old, PASSWORD)
    with pytest.raises(Invalid, match="10 to 200"):
        await service.accept_invitation(session, link, "short")
    await service.accept_invitation(session, link, PASSWORD)
    assert await service.check_password(session, "ann", PASSWORD, AWAY) is account
    with pytest.raises(NotFound):
        await service.accept_invitation(session, link, "another password")


async def test_the_first_administrator_sees_every_area_and_the_same_command_resets_the_password(session: AsyncSession):
    admin = await service.create_administrator(session, "root", PASSWORD)
    _, token = await service.create_token(session, admin, "old")
    found = await service.authenticate(session, token, None)
    assert found is not None
    assert found[0].scope.areas is None
    again = await service.create_administrator(session, "root", "another password")
    assert again is admin
    assert await service.authenticate(session, token, None) is None
    assert await service.check_password(session, "root", PASSWORD, AWAY) is None
    assert await service.check_password(session, "root", "another password", AWAY) is admin


async def test_resetting_an_administrator_never_promotes_somebody_else(session: AsyncSession, area: ServiceArea):
    await agent(session, area)
    with pytest.raises(Conflict, match="agent"):
        await service.create_administrator(session, "ann", "another password")


async def test_only_an_administrator_may_have_every_area(session: AsyncSession, area: ServiceArea):
    with pytest.raises(Invalid, match="service areas"):
        await agent(session, area, area_ids=None)


async def test_a_contractors_people_see_the_grids_their_firm_has_today(session: AsyncSession, area: ServiceArea):
    people = [uuid7(), uuid7()]
    grids = [uuid7() for _ in range(3)]
    for number, person in enumerate(people):
        await session.execute(
            insert(Technician).values(id=person, area_id=area.id, employee_number=str(number), name="T")
        )
    for grid in grids:
        shape = "SRID=4326;MULTIPOLYGON(((0 0,1 0,1 1,0 0)))"
        await session.execute(
            insert(Grid).values(id=grid, area_id=area.id, code=str(grid), name="G", geom=shape, square_metres=1)
        )
    past, now = Range(date(2020, 1, 1), date(2021, 1, 1)), Range(date(2021, 1, 1), None)
    for grid, valid, firm in ((grids[0], now, "Acme"), (grids[1], past, "Acme"), (grids[2], now, "Other")):
        await session.execute(
            insert(GridContract).values(grid_id=grid, valid=valid, technician_a_id=people[0], contractor=firm)
        )
    account = await agent(session, area, "lead", role=Role.DISPATCHER, contractor="Acme")
    actor = await service.actor_of(session, account)
    assert (actor.scope.grids, actor.scope.contractor) == (frozenset({grids[0]}), "Acme")


async def test_a_technician_without_a_person_and_a_lead_without_grids_see_nothing(
    session: AsyncSession, area: ServiceArea
):
    technician = await service.actor_of(session, await agent(session, area, "t", role=Role.TECHNICIAN))
    lead = await service.actor_of(session, await agent(session, area, "l", role=Role.GRID_LEAD))
    assert technician.scope.technician is not None
    assert lead.scope.grids == frozenset()


async def test_old_failures_and_sessions_are_forgotten(session: AsyncSession, area: ServiceArea):
    signed_in = await service.start_session(session, await agent(session, area))
    await service.check_password(session, "ann", "wrong", AWAY)
    await session.execute(update(SignInFailure).values(at=real_now() - timedelta(days=2)))
    await session.execute(update(BrowserSession).values(expires_at=real_now() - timedelta(seconds=1)))
    await service.sweep(session)
    for table in (SignInFailure, BrowserSession):
        assert (await session.execute(select(table))).first() is None
    assert signed_in.secret
