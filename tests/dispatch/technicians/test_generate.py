"""Generated people: the same for the same seed, every skill in every grid, somebody at work from 08:00 to 20:00."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.models import CityMap, MapBlock
from dispatch.accounts.models import Account, AccountStatus
from dispatch.technicians import service
from dispatch.technicians.generate import DEFAULT_SKILLS, generate
from grids.importing import import_grids
from grids.models import AreaKind, GridContract, ServiceArea
from grids.service import contracts_on, create_area, locate_many
from kit.actor import Role
from kit.errors import Invalid
from kit.ids import uuid7
from kit.postgres.blobs import put_blob
from tests.grids.test_importing import EAST, WEST, collection

TUESDAY = date(2022, 9, 27)


@pytest.fixture
async def area(session: AsyncSession) -> ServiceArea:
    area = await create_area(session, "v", "V", "America/Vancouver", AreaKind.TRIAL)
    await import_grids(session, area, collection(WEST, EAST), "name")
    return area


async def snapshot(session: AsyncSession) -> Any:
    """Everything that was generated, without ids."""
    people = text(
        "SELECT t.employee_number, t.name, t.contractor, ST_AsText(t.start_point) AS start, t.rating, t.senior,"
        " (SELECT array_agg(s.skill || s.level ORDER BY 1) FROM technician_skills s WHERE s.technician_id = t.id),"
        " (SELECT array_agg(p.starts::text || p.weekdays::text) FROM roster_patterns p WHERE p.technician_id = t.id)"
        " FROM technicians t ORDER BY 1"
    )
    logins = select(Account.login, Account.name, Account.role, Account.status).order_by(Account.login)
    return [(await session.execute(people)).all(), (await session.execute(logins)).all()]


async def test_the_same_seed_makes_the_same_people_and_again_changes_nothing(session: AsyncSession, area: ServiceArea):
    first = await generate(session, area, 3, 7)
    made = await snapshot(session)
    again = await generate(session, area, 3, 7)
    assert (first.created, first.contracts, first.technicians) == (6, 2, 6)
    assert (again.created, again.unchanged, again.contracts, again.accounts) == (0, 6, 0, 0)
    assert await snapshot(session) == made


async def test_more_people_to_a_grid_keep_the_ones_there(session: AsyncSession, area: ServiceArea):
    await generate(session, area, 2, 7)
    people, _ = await snapshot(session)
    await generate(session, area, 4, 7)
    more, _ = await snapshot(session)
    assert len(more) == 8
    assert set(map(str, people)) <= set(map(str, more))


async def test_nobody_generated_can_sign_in_before_an_invitation(session: AsyncSession, area: ServiceArea):
    await generate(session, area, 2, 1)
    accounts = (await session.execute(select(Account))).scalars().all()
    assert {account.status for account in accounts} == {AccountStatus.UNINVITED}
    assert all(account.password_hash is None for account in accounts)
    roles = Counter(account.role for account in accounts)
    assert set(roles) == set(Role) - {Role.ADMINISTRATOR}
    assert roles[Role.TECHNICIAN] == 4


async def test_every_grid_has_a_contract_with_two_people(session: AsyncSession, area: ServiceArea):
    await generate(session, area, 2, 1)
    contracts = (await session.execute(select(GridContract))).scalars().all()
    assert len(contracts) == 2
    assert all(contract.technician_a_id and contract.technician_b_id for contract in contracts)


async def test_every_day_from_eight_to_twenty_somebody_works_with_a_break(session: AsyncSession, area: ServiceArea):
    await generate(session, area, 2, 1)
    week = await service.shifts_on(session, area.id, TUESDAY, days=7)
    by_day: defaultdict[date, list[service.RosteredShift]] = defaultdict(list)
    for shift in week:
        by_day[(shift.start - timedelta(hours=7)).date()].append(shift)
    assert len(by_day) == 7
    for day, shifts in by_day.items():
        morning = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
        assert min(shift.start for shift in shifts) == morning
        assert max(shift.end for shift in shifts) == morning + timedelta(hours=12)
    assert {shift.end - shift.start for shift in week} == {timedelta(hours=8)}
    assert {pause.seconds for shift in week for pause in shift.breaks} == {2700}
    assert all(len(shift.breaks) == 1 for shift in week)
    assert len(by_day[TUESDAY]) == 4


@pytest.mark.parametrize("per_grid", [1, 2, 5])
async def test_in_every_grid_somebody_has_every_skill_in_full(session: AsyncSession, area: ServiceArea, per_grid: int):
    await generate(session, area, per_grid, 3)
    best: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for shift in await service.shifts_on(session, area.id, TUESDAY):
        for skill, level in shift.skills.items():
            grid = str(shift.team)
            best[grid][skill] = max(best[grid].get(skill, 0), level)
    assert dict(best) == {"a": dict(DEFAULT_SKILLS), "b": dict(DEFAULT_SKILLS)}


async def test_people_start_inside_their_grid(session: AsyncSession, area: ServiceArea):
    await generate(session, area, 3, 1)
    shifts = await service.shifts_on(session, area.id, TUESDAY)
    located = await locate_many(session, area.id, [shift.start_point for shift in shifts])
    contracts = await contracts_on(session, area.id, TUESDAY)
    homes = {person: grid for grid, c in contracts.items() for person in (c.technician_a_id, c.technician_b_id)}
    assert None not in located
    assert all(homes.get(s.technician_id, grid) == grid for s, grid in zip(shifts, located, strict=True))


async def test_where_there_is_a_map_people_start_on_a_street(session: AsyncSession, area: ServiceArea):
    values = {"name": "m", "extract_sha256": "x", "roads_key": "x", "roads_blob": await put_blob(session, b"roads")}
    bounds = "SRID=4326;POLYGON((-124 49,-122 49,-122 50,-124 50,-124 49))"
    city = CityMap(id=uuid7(), area_id=area.id, active=True, counts={}, bbox=bounds, **values)
    session.add(city)
    await session.flush()
    line = "SRID=4326;LINESTRING(-123.16 49.25, -123.14 49.25)"
    session.add(MapBlock(map_id=city.id, id=1, street_id=1, line=line))
    await session.flush()
    await generate(session, area, 1, 1)
    starts = {shift.team: shift.start_point for shift in await service.shifts_on(session, area.id, TUESDAY)}
    assert starts["a"] == pytest.approx((-123.15, 49.25))
    assert starts["b"] is not None


async def test_names_are_of_the_country(session: AsyncSession):
    nanjing = await create_area(session, "nj", "南京", "Asia/Shanghai")
    shape = collection({"type": "Polygon", "coordinates": [[[118.7, 32], [118.8, 32], [118.8, 32.1], [118.7, 32]]]})
    await import_grids(session, nanjing, shape, "name")
    await generate(session, nanjing, 2, 1)
    shifts = await service.shifts_on(session, nanjing.id, TUESDAY)
    assert all("\u4e00" <= shift.name[0] <= "\u9fff" for shift in shifts)


async def test_without_grids_the_sentence_says_what_to_do(session: AsyncSession):
    empty = await create_area(session, "e", "E", "UTC")
    with pytest.raises(Invalid, match="grids import"):
        await generate(session, empty, 2, 1)


@pytest.mark.realdata
async def test_vancouver_has_forty_four_people_on_its_busiest_day(session: AsyncSession, realdata: Path):
    city = await create_area(session, "vancouver", "Vancouver", "America/Vancouver", AreaKind.TRIAL)
    await import_grids(session, city, realdata / "vancouver/grids.geojson", "name", "mapid")
    result = await generate(session, city, 2, 1)
    assert (result.technicians, result.contracts) == (44, 22)
    assert len(await service.shifts_on(session, city.id, TUESDAY)) == 44
