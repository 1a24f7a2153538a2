"""Shifts on a day, leave and who stands in, positions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.technicians import repository, service
from dispatch.technicians.generate import generate
from dispatch.technicians.models import Leave, Position, RosterPattern, Shift, Technician, TechnicianSkill
from grids import repository as grids_repository
from grids.importing import import_grids
from grids.models import Grid, ServiceArea
from grids.service import create_area
from kit.errors import Invalid
from tests.grids.test_importing import WEST, collection

TUESDAY = date(2022, 9, 27)
NOON = datetime(2022, 9, 27, 19, tzinfo=UTC)


@pytest.fixture
async def area(session: AsyncSession) -> ServiceArea:
    area = await create_area(session, "v", "V", "America/Vancouver")
    await import_grids(session, area, collection(WEST), "name")
    return area


@pytest.fixture
async def hire(session: AsyncSession, area: ServiceArea) -> Callable[..., Any]:
    """Adds a technician with a weekly roster."""

    async def add(number: str, starts: str = "08:00", ends: str = "16:00", **values: Any) -> Technician:
        person = Technician(area_id=area.id, employee_number=number, name=number.title(), **values)
        session.add(person)
        await session.flush()
        session.add(
            RosterPattern(
                technician_id=person.id,
                weekdays=[1, 2, 3, 4, 5, 6, 7],
                starts=time.fromisoformat(starts),
                ends=time.fromisoformat(ends),
                breaks=[],
                valid=Range(date(2020, 1, 1), None),
            )
        )
        await session.flush()
        return person

    return add


async def the_grid(session: AsyncSession, area: ServiceArea) -> Grid:
    return (await grids_repository.grids(session, area.id))[0]


async def test_a_shift_carries_what_the_planner_needs(session: AsyncSession, area: ServiceArea, hire: Any):
    person = await hire("ann", start_point="SRID=4326;POINT(-123.15 49.25)", speed_factor=0.9, max_visits=8)
    session.add(TechnicianSkill(technician_id=person.id, skill="fibre", level=2, expires_on=None))
    session.add(TechnicianSkill(technician_id=person.id, skill="tv", level=1, expires_on=date(2022, 9, 26)))
    await session.flush()
    (shift,) = await service.shifts_on(session, area.id, TUESDAY)
    assert (shift.technician_id, shift.start_point, shift.end_point) == (person.id, (-123.15, 49.25), None)
    assert (shift.start, shift.end) == (NOON - timedelta(hours=4), NOON + timedelta(hours=4))
    assert (dict(shift.skills), shift.speed_factor, shift.max_visits) == ({"fibre": 2}, 0.9, 8)


async def test_the_number_of_statements_does_not_grow_with_people_or_days(session: AsyncSession, area: ServiceArea):
    statements: list[str] = []
    connection = await session.connection()
    event.listen(connection.sync_connection, "before_cursor_execute", lambda *found: statements.append(found[2]))
    counts = []
    for per_grid, days in ((2, 1), (9, 30)):
        await generate(session, area, per_grid, 1)
        await session.flush()
        session.expire_all()
        await session.refresh(area)
        statements.clear()
        found = await service.shifts_on(session, area.id, TUESDAY, days=days)
        counts.append(len(statements))
        assert len(found) >= per_grid
    assert counts[0] == counts[1] <= 5


async def test_a_night_shift_is_on_duty_after_midnight(session: AsyncSession, area: ServiceArea, hire: Any):
    night = await hire("owl", "22:00", "06:00")
    (shift,) = await service.shifts_on(session, area.id, TUESDAY)
    assert shift.technician_id == night.id
    assert shift.start <= datetime(2022, 9, 28, 10, tzinfo=UTC) < shift.end
    assert not shift.start <= NOON < shift.end


async def test_leave_takes_a_person_off_shift_and_their_substitute_answers(
    session: AsyncSession, area: ServiceArea, hire: Any
):
    ann, _, eve = [await hire(name) for name in ("ann", "bob", "eve")]
    assert await service.on_leave(session, area.id, NOON) == {}
    await service.add_leave(session, ann, NOON - timedelta(days=1), NOON + timedelta(days=1), substitute_id=eve.id)
    assert await service.on_leave(session, area.id, NOON) == {ann.id: eve.id}
    assert await service.on_leave(session, area.id, NOON + timedelta(days=2)) == {}
    assert [shift.name for shift in await service.shifts_on(session, area.id, TUESDAY)] == ["Bob", "Eve"]


async def test_leave_must_end_after_it_starts_and_a_substitute_is_somebody_else(session: AsyncSession, hire: Any):
    ann = await hire("ann")
    for arguments in ({"end": NOON}, {"end": NOON + timedelta(days=1), "substitute_id": ann.id}):
        with pytest.raises(Invalid):
            await service.add_leave(session, ann, NOON, **arguments)


@pytest.mark.parametrize("table", [Leave, Shift])
async def test_the_database_refuses_two_at_the_same_time(session: AsyncSession, hire: Any, table: Any):
    ann = await hire("ann")
    for offset in (0, 1):
        period = Range(NOON + timedelta(hours=offset), NOON + timedelta(hours=offset + 2))
        session.add(table(technician_id=ann.id, period=period, **({"breaks": []} if table is Shift else {})))
    with pytest.raises(IntegrityError, match="no_overlap"):
        await session.flush()


async def test_a_position_keeps_the_phones_time_and_ours_and_the_latest_is_shown(
    session: AsyncSession, area: ServiceArea, hire: Any
):
    ann = await hire("ann")
    for minutes, lon in ((2, -123.1), (1, -123.2)):
        seen = datetime.now(UTC) - timedelta(minutes=minutes)
        session.add(
            Position(
                technician_id=ann.id, point=f"SRID=4326;POINT({lon} 49.25)", accuracy_metres=12,
                occurred_at=seen, received_at=datetime.now(UTC),
            )
        )  # fmt: skip
    await session.flush()
    (row,) = await repository.latest_positions(session, area.id, datetime.now(UTC) + timedelta(hours=1), None)
    assert (row.lon, row.accuracy_metres, row.received_at > row.occurred_at) == (-123.2, 12, True)
    assert list(await repository.latest_positions(session, area.id, datetime.now(UTC), [])) == []
