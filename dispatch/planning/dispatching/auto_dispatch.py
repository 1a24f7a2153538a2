"""Automatic dispatch and the sweeps over what falls due: owners, acceptance, suspensions, warnings.

`sweep` is one moment of one area, in the caller's transaction: the periodic job calls it with the area's clock, moving
a trial area's clock calls it at every due time in order. The same state and moment give the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from dispatch.orders.rules.alarms import warn_due
from dispatch.orders.service import apply, resume_due
from dispatch.outages import detection as outages
from dispatch.outages.service import follow_up
from dispatch.planning import repository
from dispatch.planning.day.snapshot import local_day
from dispatch.planning.dispatching import repository as duty_repository
from dispatch.planning.dispatching.owner_choice import Candidate, Choice, Need, choose
from dispatch.policies.service import policy_at
from dispatch.technicians.service import RosteredShift, on_leave, shifts_on
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import SYSTEM
from kit.db import Database
from kit.errors import Problem

log = structlog.get_logger()

LOOK_SECONDS = 600
_SHIFTS = "dispatch.planning.shifts"


@dataclass(frozen=True, slots=True)
class Given:
    """What automatic dispatch decided for an order; `technician_id` None: it waits for the dispatcher."""

    order_id: UUID
    technician_id: UUID | None
    why: str
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Swept:
    """What one moment of an area brought."""

    dispatched: int = 0
    waiting: int = 0
    reassigned: int = 0
    resumed: int = 0
    warnings: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(
            self.dispatched + other.dispatched,
            other.waiting,
            self.reassigned + other.reassigned,
            self.resumed + other.resumed,
            self.warnings + other.warnings,
        )


async def dispatch_new(
    session: AsyncSession,
    area: ServiceArea,
    order_ids: Sequence[UUID] | None = None,
    *,
    since: datetime | None = None,
) -> list[Given]:
    """Give reported orders (these, those reported after `since`, or all that wait) an owner.

    Orders reported later than the area's clock do not exist yet. An order nobody can take stays reported and waits for
    the dispatcher; the next sweep tries again.
    """
    now = area.clock.now()
    day = now.astimezone(ZoneInfo(area.timezone)).date()
    rows = await duty_repository.orders_without_owner(session, area.id, day, now, order_ids, since)
    if not rows:
        return []
    people = await candidates(session, area, now)
    given = []
    for row in rows:
        choice = choose(_need(row), people, now, without=frozenset(row.returned_by))
        if choice.technician_id is not None:
            act = acts.Dispatch(technician_id=choice.technician_id, why=choice.why)
            if not await _done(session, row.id, act):
                continue
            _carries_more(people, choice.technician_id, row)
        given.append(Given(row.id, choice.technician_id, choice.why, choice.missing))
    return given


async def reassign_not_accepted(
    session: AsyncSession, area: ServiceArea, *, since: datetime | None = None
) -> list[Given]:
    """Give orders whose owner did not accept in time (after `since`) to the next one; where nobody can, they stay.

    The order's clock started once and is not reset; the acceptance failure stays with the first technician.
    """
    now = area.clock.now()
    day = now.astimezone(ZoneInfo(area.timezone)).date()
    rows = await duty_repository.orders_not_accepted(session, area.id, day, now, since)
    if not rows:
        return []
    people = await candidates(session, area, now)
    given = []
    for row in rows:
        had = frozenset({row.owner_id, *row.returned_by, *row.asked} - {None})
        choice: Choice = choose(_need(row), people, now, without=had)
        if choice.technician_id is None:
            continue
        if await _done(session, row.id, acts.Reassign(technician_id=choice.technician_id, why="not_accepted")):
            _carries_more(people, choice.technician_id, row)
            given.append(Given(row.id, choice.technician_id, "not_accepted", choice.missing))
    return given


async def pass_on(session: AsyncSession, order_id: UUID, why: str) -> UUID | None:
    """Give an order that its owner does not take to the next one who can; else back into the dispatcher's queue.

    Returns the new owner. The order is locked and dispatched; no clock is reset.
    """
    order = await session.get_one(Order, order_id)
    area = await area_by_id(session, order.area_id)
    now = area.clock.now()
    day = now.astimezone(ZoneInfo(area.timezone)).date()
    row = await duty_repository.order_to_pass_on(session, area.id, day, now, order_id)
    if row is not None:
        had = frozenset({row.owner_id, *row.returned_by, *row.asked} - {None})
        choice = choose(_need(row), await candidates(session, area, now), now, without=had)
        if choice.technician_id is not None:
            await apply(session, SYSTEM, order_id, acts.Reassign(technician_id=choice.technician_id, why=why))
            return choice.technician_id
    await apply(session, SYSTEM, order_id, acts.Recall())
    return None


async def sweep(session: AsyncSession, area: ServiceArea, *, since: datetime | None = None) -> Swept:
    """Everything that is due in an area at its clock's present moment; with `since`, what fell due after it."""
    await outages.watch(session, area)  # before anything is locked, and before anybody is sent to a muted order
    await follow_up(session, area)
    resumed = len(await resume_due(session, area))
    given = await dispatch_new(session, area, since=since)
    # Warnings come before orders change hands, and with that their due times. The first is 15 min ahead of a change,
    # so on the way from moment to moment a look every ten minutes misses none.
    now = area.clock.now()
    look = since is None or int(since.timestamp() // LOOK_SECONDS) != int(now.timestamp() // LOOK_SECONDS)
    warnings = await warn_due(session, area) if look else 0
    reassigned = await reassign_not_accepted(session, area, since=since)
    dispatched = sum(1 for one in given if one.technician_id is not None)
    return Swept(dispatched, len(given) - dispatched, len(reassigned), resumed, warnings)


async def sweep_area(database: Database, area_id: UUID) -> Swept | None:
    """One sweep of an area by its own clock.

    None: the area stands still, waits for its replay to begin, or another worker is at it.
    """
    async with database.transaction() as session:
        if not await repository.try_lock_area(session, area_id):
            return None
        area = await area_by_id(session, area_id)  # after the lock: a clock that is being moved is not read before
        if area.clock.is_replay and area.clock.speed <= 0:
            return None
        if not area.clock.is_replay and await duty_repository.waits_for_replay(session, area_id):
            return None
        return await sweep(session, area)


async def candidates(session: AsyncSession, area: ServiceArea, now: datetime) -> dict[UUID, Candidate]:
    """Every active technician as the choice of an owner sees them at `now`."""
    today = now.astimezone(ZoneInfo(area.timezone)).date()
    start, end = local_day(today, area.timezone)
    shifts: dict[UUID, list[RosteredShift]] = {}
    for shift in await _shifts_around(session, area.id, today):
        if shift.end > now:
            shifts.setdefault(shift.technician_id, []).append(shift)
    loads = await duty_repository.loads(session, area.id, start, end)
    away = await on_leave(session, area.id, now)
    limits = (await policy_at(session, area.id, now)).limits
    found: dict[UUID, Candidate] = {}
    for person, load in loads.items():
        coming = min(shifts.get(person, []), key=lambda shift: shift.start, default=None)
        if coming is None:
            # Not at work in the days around now; still here, so that their substitute can be found.
            found[person] = Candidate(person, None, on_leave=person in away, substitute_id=away.get(person))
            continue
        ready = max(coming.start, now)
        # What was done today fills today's shift, not tomorrow's.
        done = load.done if ready < end else 0
        home = (coming.start_point,) if coming.start_point is not None else ()
        found[person] = Candidate(
            id=person,
            ready_at=ready,
            skills=coming.skills,
            load=load.owned + done,
            cap=min(coming.max_visits, limits.load_cap),
            near=(*home, *load.places),
            speed_factor=coming.speed_factor,
            contractor=coming.contractor,
            on_leave=person in away,
            substitute_id=away.get(person),
        )
    return found


async def _shifts_around(session: AsyncSession, area_id: UUID, today: date) -> list[RosteredShift]:
    """The shifts from yesterday to the day after tomorrow, read once a transaction: no sweep changes a roster."""
    known: dict[tuple[UUID, date], list[RosteredShift]] = session.info.setdefault(_SHIFTS, {})
    if (area_id, today) not in known:
        known[area_id, today] = await shifts_on(session, area_id, today - timedelta(days=1), days=4)
    return known[area_id, today]


def _need(row: Row[Any]) -> Need:
    return Need(
        skill=row.skill,
        skill_level=row.skill_level,
        point=(row.lon, row.lat),
        technician_a_id=row.technician_a_id,
        technician_b_id=row.technician_b_id,
        contractor=row.contractor,
    )


def _carries_more(people: dict[UUID, Candidate], technician_id: UUID, row: Row[Any]) -> None:
    person = people[technician_id]
    people[technician_id] = replace(person, load=person.load + 1, near=(*person.near, (row.lon, row.lat)))


async def _done(session: AsyncSession, order_id: UUID, act: acts.Dispatch | acts.Reassign) -> bool:
    """Do it, unless the order moved on while we thought: then somebody else has seen to it."""
    try:
        async with session.begin_nested():
            await apply(session, SYSTEM, order_id, act)
    except Problem as problem:
        log.info("dispatch.left", order=str(order_id), code=problem.code)
        return False
    return True
