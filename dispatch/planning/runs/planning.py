"""Planning a day: read in one transaction, solve in a process of its own with none open, keep the draft in another."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from citymap.roads_client import RoadsClient
from citymap.service import road_travel
from citymap.travel import StraightLineTravel, TravelSource
from dispatch.planning import repository
from dispatch.planning.day.problem_builder import Prepared, prepare, with_unreachable
from dispatch.planning.day.snapshot import Day, DayBreak, DaySpan, DayTechnician, day_span, fingerprint, moved
from dispatch.planning.models import Plan, PlanStatus
from dispatch.planning.runs import lifecycle as runs
from dispatch.planning.runs.solver_process import solve_apart
from dispatch.planning.runs.summary import Solved, TravelFacts
from dispatch.policies.plan_policies import PlanPolicyVersion, plan_policy
from dispatch.technicians.service import RosteredShift, shifts_on
from grids.models import AreaKind, ServiceArea
from grids.service import area_by_id, local_day
from kit.actor import SYSTEM, Actor
from kit.db import Database
from kit.errors import Conflict, Invalid
from kit.ids import uuid7
from kit.live import announce
from optimizer.evaluation import evaluate as judge
from optimizer.problem import Matrix, Problem
from optimizer.problem import Plan as Proposal

ROUNDS = 3
"""How often a day is read and solved anew when people move it meanwhile, before we give up and say what moved."""


@dataclass(frozen=True, slots=True)
class PlanResult:
    """A stored draft: its id, what `grid-dispatch plan` answers, and problem and plan for `--save-…`."""

    plan_id: UUID
    summary: dict[str, Any]
    problem: Problem
    proposal: Proposal


async def load_day(session: AsyncSession, area: ServiceArea, on: date, now: datetime | None = None) -> Day:
    """The day as it stands at `now`, by default the area's.

    Raises `Conflict` for a past day of an ordinary area.
    """
    now = now or area.clock.now()
    span = day_span(on, area.timezone, now)
    if span.end <= now and area.kind is not AreaKind.TRIAL:
        raise Conflict("planning.past_day", area=area.code, date=on, today=local_day(area))
    orders = await repository.day_orders(session, area.id, span.visible_until)
    return Day(span, tuple(orders), await _technicians(session, area, span))


async def _technicians(session: AsyncSession, area: ServiceArea, span: DaySpan) -> tuple[DayTechnician, ...]:
    on = span.service_date
    shifts: dict[UUID, list[RosteredShift]] = {}
    for shift in await shifts_on(session, area.id, on):
        shifts.setdefault(shift.technician_id, []).append(shift)
    roles = await repository.roles(session, area.id, on)
    worked = {}
    if span.now is not None:
        worked = await repository.worked_today(session, area.id, span.start, span.end, span.now)
    found = []
    for person in await repository.people(session, area.id, on):
        today = worked.get(person.id)
        whole, breaks = _one_shift(shifts.get(person.id, []), span)
        found.append(
            DayTechnician(
                id=person.id,
                name=person.name,
                shift=whole,
                breaks=breaks,
                skills=person.skills,
                start=person.start,
                end=person.end,
                place=today.place if today else None,
                speed_factor=person.speed_factor,
                cost_per_hour=person.cost_per_hour,
                max_visits=person.max_visits,
                done=today.done if today else 0,
                rating=person.rating,
                grids=roles.get(person.id, {}),
            )
        )
    return tuple(found)


def _one_shift(
    stretches: list[RosteredShift], span: DaySpan
) -> tuple[tuple[datetime, datetime] | None, tuple[DayBreak, ...]]:
    """What is left of a person's day as one shift; leave inside it becomes a pause at a fixed time."""
    left = [part for part in stretches if span.now is None or part.end > span.now]
    if not left:
        return None, ()
    breaks = [DayBreak(pause.seconds, pause.earliest, pause.latest) for part in left for pause in part.breaks]
    for before, after in pairwise(left):
        breaks.append(DayBreak(round((after.start - before.end).total_seconds()), before.end, after.start))
    return (left[0].start, left[-1].end), tuple(breaks)


async def plan_day(
    database: Database,
    area: ServiceArea,
    on: date | None = None,
    *,
    roads: RoadsClient | None = None,
    travel: TravelSource | None = None,
    seconds: float = 30,
    seed: int = 1,
    on_progress: runs.OnProgress | None = None,
    cancelled: runs.IsCancelled | None = None,
    allow_straight_line: bool = False,
    actor: Actor = SYSTEM,
    policy: str | None = None,
    created_by: UUID | None = None,
    run_id: UUID | None = None,
) -> PlanResult:
    """Make a draft for a local day.

    Args:
        on: the service day; the area's today if left out.
        roads: asks the host's `roads` process; the city's own map and calibration are looked up.
        travel: travel times to use instead. A straight line is taken only with `allow_straight_line`.
        seconds: wall time the optimizer may use.
        on_progress: called with where the optimizer is, at least once a second.
        cancelled: asked often; a true answer ends the child within two seconds.
        policy: code of the area's plan policy that weighs the plan; `balanced` if left out.
        created_by: the account that asked, where `actor` is the system.
        run_id: a queued run to take up; without it a run of its own is recorded.

    Raises:
        Conflict: a run of that day lives, the day is over (ordinary areas), or people kept moving it.
        Invalid: no open orders, nobody at work, no roads, no such policy.
        Cancelled: called off; no draft was kept.
    """
    on = on or local_day(area)
    if run_id is None:
        async with database.transaction() as session:
            policy = (await plan_policy(session, area.id, policy)).code
            options = {"seconds": seconds, "seed": seed, "allowStraightLine": allow_straight_line, "policy": policy}
            run_id = (await runs.request_run(session, actor, area, on, options, queue=False)).id
    async with runs.running(database, run_id) as beat:
        began = time.monotonic()

        def tell(progress: runs.Progress) -> None:
            beat.progress = {**asdict(progress), "elapsed": round(time.monotonic() - began, 2)}
            if on_progress is not None:
                on_progress(progress)

        def asked_to_stop() -> bool:
            if cancelled is not None and cancelled():
                beat.cancel_asked = True
            return beat.stop

        for round_number in range(ROUNDS):
            async with database.transaction() as session:
                current = await area_by_id(session, area.id)
                day = await load_day(session, current, on)
                _something_to_do(current, day)
                source = travel or await roads_of(session, current, roads, allow_straight_line)
                weighed = await plan_policy(session, area.id, policy)
            tell(runs.Progress("roads", time.monotonic() - began, 0.0, 0, len(day.orders)))
            limit = seconds if round_number == 0 else max(1.0, seconds / 3)
            solved = await _solve(
                area,
                day,
                source,
                weighed,
                limit,
                seed,
                allow_straight_line,
                tell,
                asked_to_stop,
                lambda: beat.enough_asked,
            )
            last = round_number == ROUNDS - 1
            async with database.transaction() as session:
                plan_id = await _keep(
                    session, actor.account_id or created_by, solved, run_id, time.monotonic() - began, area.id, last
                )
            if plan_id is not None:
                break
        assert plan_id is not None  # noqa: S101 - the last round keeps it or raises
    summary = {"planId": str(plan_id), "status": PlanStatus.DRAFT.value, **solved.summary(time.monotonic() - began)}
    return PlanResult(plan_id, summary, solved.problem, solved.plan)


async def roads_of(
    session: AsyncSession, area: ServiceArea, roads: RoadsClient | None, allow_straight_line: bool
) -> TravelSource | None:
    """The travel times of the city's own map; a straight line where there is none and it was asked for."""
    found = None if roads is None else await road_travel(session, area.id, roads)
    if found is None and (allow_straight_line or area.straight_line_allowed):
        return StraightLineTravel()
    return found


def _something_to_do(area: ServiceArea, day: Day) -> None:
    if not day.orders:
        now = area.clock.now().isoformat(timespec="minutes")
        raise Invalid("planning.no_orders", area=area.name, date=day.span.service_date, now=now)
    if not prepare(day).technicians:
        raise Invalid("planning.nobody_at_work", area=area.name, date=day.span.service_date)


async def _solve(
    area: ServiceArea,
    day: Day,
    travel: TravelSource | None,
    policy: PlanPolicyVersion,
    seconds: float,
    seed: int,
    allow_straight_line: bool,
    tell: Callable[[runs.Progress], None],
    asked_to_stop: runs.IsCancelled,
    enough: Callable[[], bool],
) -> Solved:
    prepared = prepare(day, by_itself=True)
    durations, distances, facts = await day_matrix(area, prepared, travel, allow_straight_line)
    problem = prepared.problem(durations, distances, policy.weights)
    proposal = await solve_apart(problem, seconds, seed, tell, asked_to_stop, enough)
    return Solved(day, prepared, problem, proposal, judge.evaluate(problem, proposal), facts, policy)


async def day_matrix(
    area: ServiceArea, prepared: Prepared, travel: TravelSource | None, allow_straight_line: bool
) -> tuple[Matrix, Matrix, TravelFacts]:
    """Seconds and metres between all places of the day. `travel` remembers a day's matrix by its content.

    Raises `Invalid` where there are no roads and a straight line was not asked for.
    """
    if travel is None:
        raise Invalid("planning.no_roads", area=area.code)
    matrix = await travel.matrix(prepared.points)
    if matrix.source != "osrm" and not (allow_straight_line or area.straight_line_allowed):
        raise Invalid("planning.no_roads", area=area.code)
    facts = TravelFacts(matrix.source, matrix.fallback_pairs, len(matrix.unreachable))
    return (
        with_unreachable(matrix.durations, matrix.unreachable),
        with_unreachable(matrix.distances, matrix.unreachable),
        facts,
    )


async def _keep(
    session: AsyncSession,
    created_by: UUID | None,
    solved: Solved,
    run_id: UUID,
    wall: float,
    area_id: UUID,
    last: bool,
) -> UUID | None:
    """Write the draft if nothing it relies on moved. None: it did, plan again; on the last round it is a `Conflict`."""
    area = await area_by_id(session, area_id)
    span = solved.day.span
    after = await load_day(session, area, span.service_date)
    before = solved.day.seen
    ids = [order.id for order in solved.day.orders]
    still = {str(order.id) for order in after.orders}
    gone_or_moved = [
        key
        for key in moved(before, after.seen, (str(order_id) for order_id in ids))
        # Work that was under way and is over now has not moved anybody.
        if key in still or UUID(key) not in solved.prepared.frozen
    ]
    if gone_or_moved:
        if not last:
            return None
        names = await repository.numbers(session, gone_or_moved)
        raise Conflict("planning.moved", orders=", ".join(names[:20]), current={"orders": names})
    plan = Plan(
        id=uuid7(),
        area_id=area.id,
        service_date=span.service_date,
        status=PlanStatus.DRAFT,
        fingerprint=fingerprint(before),
        summary=solved.summary(wall),
        seen={**before, **{f"frozen:{order_id}": "1" for order_id in solved.prepared.frozen}},
        created_by=created_by,
        created_at=area.clock.now(),
    )
    session.add(plan)
    await session.flush()
    await repository.add_stops(session, stop_rows(plan.id, solved), unplanned_rows(plan.id, solved))
    await runs.finish(session, run_id, plan.id, {"phase": "done", "elapsed": wall, "cost": solved.evaluation.total})
    await announce(session, area.id, "plan", plan.id)
    return plan.id


def stop_rows(plan_id: UUID, solved: Solved) -> list[dict[str, Any]]:
    """A plan's stops as `repository.add_stops` takes them."""
    span = solved.day.span
    return [
        {
            "plan_id": plan_id,
            "order_id": UUID(stop.visit_id),
            "technician_id": UUID(route.technician_id),
            "position": position,
            "arrival": span.instant(stop.arrival),
            "start": span.instant(stop.start),
            "departure": span.instant(stop.departure),
            "travel_seconds": stop.travel_seconds,
            "travel_metres": stop.distance,
        }
        for route in solved.plan.routes
        for position, stop in enumerate(route.stops)
    ]


def unplanned_rows(plan_id: UUID, solved: Solved) -> list[dict[str, Any]]:
    """What a plan leaves out as `repository.add_stops` takes it."""
    return [
        {"plan_id": plan_id, "order_id": out.order_id, "reason": out.reason, "params": _plain(out.params)}
        for out in solved.left_out()
    ]


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, str | int | float | bool) else str(value) for key, value in params.items()}
