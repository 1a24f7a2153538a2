"""Hours are cut so that the parts sum up to the shift, whatever overlaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import Range

from dispatch.assessments.months import month_of
from dispatch.reports.hours import Duty, Hours, Pause, hours_of, overlap, seconds, union, without
from dispatch.reports.rollups.kept_work import worked
from dispatch.technicians.models import Shift
from tests.dispatch.assessments.conftest import repair, world
from tests.dispatch.orders.conftest import START, World

__all__ = ["world"]
DAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return DAY + timedelta(minutes=minutes)


def span(start: int, end: int) -> tuple[datetime, datetime]:
    return at(start), at(end)


SPANS = st.lists(st.tuples(st.integers(-120, 800), st.integers(1, 300)).map(lambda one: span(one[0], one[0] + one[1])))


def test_a_day_with_two_jobs_a_break_and_a_late_end():
    duty = Duty(at(0), at(480), [Pause(1800, at(180), at(300))])
    drives, works = [span(30, 60), span(240, 270)], [span(60, 180), span(270, 500)]
    found = hours_of([duty], drives, works)
    assert found == Hours(
        shift=480 * 60, drive=60 * 60, work=330 * 60, pause=30 * 60, wait=30 * 60, unassigned=30 * 60, overtime=20 * 60
    )


def test_a_shift_without_a_job_is_unassigned_but_for_its_break():
    found = hours_of([Duty(at(0), at(480), [Pause(2700, at(200), at(330))])], [], [])
    assert (found.pause, found.wait, found.unassigned) == (2700, 0, 480 * 60 - 2700)


@given(SPANS, SPANS, st.integers(0, 5400))
def test_the_parts_sum_up_to_the_shift_and_no_second_counts_twice(drives, works, rest):
    duties = [Duty(at(0), at(300), [Pause(rest, at(100), at(220))]), Duty(at(360), at(600))]
    found = hours_of(duties, drives, works)
    assert found.drive + found.work + found.pause + found.wait + found.unassigned == found.shift == 540 * 60
    assert found.drive + found.work + found.overtime == seconds(union([*drives, *works]))
    assert found.pause <= rest


@given(SPANS, SPANS)
def test_what_is_left_and_what_is_shared_are_the_whole(one, other):
    first, second = union(one), union(other)
    assert seconds(overlap(first, second)) + seconds(without(first, second)) == seconds(first)


async def test_a_month_counts_drives_work_and_shifts_by_its_own_borders(world: World):
    await repair(world, START, world.anna, arrive=60, done=120)
    await repair(world, START + timedelta(hours=3), world.anna, arrive=60, done=150)
    period = Range(START + timedelta(minutes=30), START + timedelta(hours=5))
    world.session.add(Shift(technician_id=world.anna.id, period=period, breaks=[]))
    world.set(START + timedelta(days=20))
    await world.session.flush()
    found = await worked(world.session, world.area, month_of("2022-09", world.area.timezone))
    anna = found.technicians[world.anna.id]
    assert (anna.drive, anna.work, anna.overtime) == (30 * 60, 120 * 60, 30 * 60)
    assert (anna.shift, anna.wait, anna.unassigned) == (270 * 60, 105 * 60, 15 * 60)
    (grid,) = found.grids.values()
    assert (grid.drive, grid.work, grid.overtime) == (anna.drive, anna.work, anna.overtime)
    before = await worked(world.session, world.area, month_of("2022-08", world.area.timezone))
    assert sum(one.drive + one.work for one in before.technicians.values()) == 0
