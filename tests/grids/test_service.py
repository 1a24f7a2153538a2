"""Areas, their clocks, and whose grid a point is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Polygon
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from grids import service
from grids.models import AreaKind, Grid, ServiceArea
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import uuid7


async def add_grid(
    session: AsyncSession, area: ServiceArea, code: str, shape: Polygon, *, priority: int = 0, square_metres: float = 1
) -> Grid:
    """A grid straight into the table."""
    values = {
        "id": uuid7(),
        "area_id": area.id,
        "code": code,
        "name": code.upper(),
        "geom": f"SRID=4326;MULTIPOLYGON({shape.wkt.removeprefix('POLYGON ')})",
        "priority": priority,
        "square_metres": square_metres,
    }
    await session.execute(insert(Grid).values(values))
    return Grid(**values)


def box(x: float, y: float, width: float = 1, height: float = 1) -> Polygon:
    return Polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])


async def test_an_area_knows_its_country_from_its_time_zone(session: AsyncSession):
    area = await service.create_area(session, "vancouver", "Vancouver", "America/Vancouver")
    assert (area.country, area.kind) == ("CA", AreaKind.ORDINARY)
    assert (await service.area_by_code(session, "vancouver")).id == area.id


@pytest.mark.parametrize("zone", ["America/Nowhere", "../etc/passwd", "", "PST8"])
async def test_a_zone_the_tz_database_does_not_know_is_refused(session: AsyncSession, zone: str):
    with pytest.raises(Invalid, match="America/Vancouver"):
        await service.create_area(session, "x", "X", zone)


async def test_a_code_that_is_taken_is_a_conflict(session: AsyncSession):
    await service.create_area(session, "a", "A", "UTC")
    with pytest.raises(Conflict, match="already"):
        await service.create_area(session, "a", "B", "UTC")


async def test_an_unknown_area_is_not_found(session: AsyncSession):
    with pytest.raises(NotFound):
        await service.area_by_code(session, "atlantis")


async def test_a_point_inside_two_grids_goes_to_priority_then_the_smaller_then_the_code(session: AsyncSession):
    area = await service.create_area(session, "a", "A", "UTC")
    await add_grid(session, area, "big", box(0, 0, 4, 4), square_metres=16)
    await add_grid(session, area, "small", box(1, 1), square_metres=1)
    assert (await service.locate(session, area.id, 1.5, 1.5, date(2026, 1, 1))).grid.code == "small"
    await add_grid(session, area, "asmall", box(1, 1), square_metres=1)
    assert (await service.locate(session, area.id, 1.5, 1.5, date(2026, 1, 1))).grid.code == "asmall"
    await add_grid(session, area, "z", box(0, 0, 2, 2), square_metres=99, priority=1)
    assert (await service.locate(session, area.id, 1.5, 1.5, date(2026, 1, 1))).grid.code == "z"


async def test_a_hole_belongs_to_nobody_and_its_rim_to_the_grid(session: AsyncSession):
    area = await service.create_area(session, "a", "A", "UTC")
    ring = [(0, 0), (9, 0), (9, 9), (0, 9)]
    await add_grid(session, area, "ring", Polygon(ring, [[(3, 3), (6, 3), (6, 6), (3, 6)]]))
    assert (await service.locate(session, area.id, 4, 4)).grid is None
    assert (await service.locate(session, area.id, 3, 4)).grid.code == "ring"


async def test_bulk_answers_keep_the_order_and_say_none_for_what_lies_nowhere(session: AsyncSession):
    area = await service.create_area(session, "a", "A", "UTC")
    west = await add_grid(session, area, "w", box(0, 0))
    east = await add_grid(session, area, "e", box(1, 0))
    found = await service.locate_many(
        session, area.id, [(1.5, 0.5), (7, 7), (0.5, 0.5), None, (float("nan"), 0.5), (1.0, 0.5)]
    )
    assert found == [east.id, None, west.id, None, None, east.id]


async def test_another_areas_grids_do_not_count(session: AsyncSession):
    one = await service.create_area(session, "one", "One", "UTC")
    two = await service.create_area(session, "two", "Two", "UTC")
    await add_grid(session, one, "g", box(0, 0))
    assert (await service.locate(session, two.id, 0.5, 0.5)).grid is None


async def test_every_point_of_a_shared_border_belongs_to_exactly_one_grid(session: AsyncSession):
    """Neighbours with different vertices along a slanted border: floating point puts some points in neither."""
    area = await service.create_area(session, "a", "A", "UTC")
    ends = ((0.1, 0.0), (0.7, 1.0))
    thirds = [(0.1 + 0.6 * k / 7, k / 7) for k in range(8)]
    west = await add_grid(session, area, "w", Polygon([(0, 0), *ends, (0, 1)]), square_metres=2)
    east = await add_grid(session, area, "e", Polygon([(1, 0), (1, 1), *reversed(thirds)]), square_metres=1)
    strategy = st.lists(st.floats(0, 1), min_size=200, max_size=200)
    shares: list[list[float]] = []

    @settings(max_examples=10, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(strategy)
    def collect(values: list[float]) -> None:
        shares.append(values)

    collect()
    points = [(0.1 + 0.6 * t, t) for values in shares for t in values]
    first = await service.locate_many(session, area.id, points)
    assert set(first) <= {west.id, east.id}
    assert first == await service.locate_many(session, area.id, points)


async def test_an_ordinary_area_has_no_replay_clock(session: AsyncSession):
    area = await service.create_area(session, "a", "A", "UTC")
    with pytest.raises(Conflict, match="ordinary"):
        await service.set_clock(session, area.id, datetime(2022, 9, 27, tzinfo=UTC))


async def test_a_trial_area_lives_another_day_and_never_goes_back(session: AsyncSession):
    area = await service.create_area(session, "a", "A", "America/Vancouver", AreaKind.TRIAL)
    morning = datetime(2022, 9, 27, 14, tzinfo=UTC)
    await service.set_clock(session, area.id, morning, 0)
    assert await service.area_now(session, area.id) == morning
    assert service.local_day(area) == date(2022, 9, 27)
    await service.set_clock(session, area.id, morning + timedelta(hours=1), 0)
    with pytest.raises(Conflict, match="cannot go back"):
        await service.set_clock(session, area.id, morning, 0)


async def test_a_fresh_start_goes_back_only_while_nothing_happened_later(session: AsyncSession):
    area = await service.create_area(session, "a", "A", "UTC", AreaKind.TRIAL)
    now = datetime(2022, 9, 27, tzinfo=UTC)
    await service.set_clock(session, area.id, now, 0)
    earlier = now - timedelta(days=3)
    with pytest.raises(Conflict):
        await service.set_clock(session, area.id, earlier, 0, fresh_start=True, newest_event=now)
    await service.set_clock(session, area.id, earlier, 0, fresh_start=True, newest_event=None)
    assert await service.area_now(session, area.id) == earlier


async def test_the_first_setting_may_lie_in_the_past_but_not_before_what_happened(session: AsyncSession):
    area = await service.create_area(session, "a", "A", "UTC", AreaKind.TRIAL)
    with pytest.raises(Conflict):
        await service.set_clock(
            session, area.id, datetime(2022, 1, 1, tzinfo=UTC), newest_event=datetime(2023, 1, 1, tzinfo=UTC)
        )


@pytest.mark.parametrize(("now", "speed"), [(datetime(2022, 1, 1), 1), (datetime(2022, 1, 1, tzinfo=UTC), -1)])  # noqa: DTZ001
async def test_a_clock_needs_an_offset_and_a_speed_that_is_not_negative(
    session: AsyncSession, now: datetime, speed: float
):
    area = await service.create_area(session, "a", "A", "UTC", AreaKind.TRIAL)
    with pytest.raises(Invalid):
        await service.set_clock(session, area.id, now, speed)
