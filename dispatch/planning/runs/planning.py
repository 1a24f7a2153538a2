"""Planning a day: read it in one transaction, solve it in a process of its own with none open, store the draft in
another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.osrm.client import RoadsClient
from citymap.travel import TravelSource
from dispatch.planning.access import roads_of
from dispatch.planning.day.loading import day_matrix, load_day
from dispatch.planning.day.problem_builder import prepare
from dispatch.planning.day.snapshot import Day, moved
from dispatch.planning.day.unmoved import refuse_if_moved
from dispatch.planning.models import PlanRun
from dispatch.planning.plan_summary import PlanSummary
from dispatch.planning.runs import lifecycle as runs
from dispatch.planning.runs.drafts_store import store_draft
from dispatch.planning.runs.options import PlanOptions
from dispatch.planning.runs.solver_process import solve_apart
from dispatch.planning.runs.summary import Solved
from dispatch.policies.plan_policies import PlanPolicyVersion, plan_policy
from grids.models import ServiceArea
from grids.service import area_by_id, local_day
from kit.actor import SYSTEM, Actor
from kit.db import Database
from kit.errors import Invalid
from optimizer.problem import Plan as Proposal
from optimizer.problem import Problem

ROUNDS = 3
"""How often a day is read and solved anew when people move it meanwhile, before we give up and say what moved."""


@dataclass(frozen=True, slots=True)
class PlanResult:
    """A stored draft: its id and summary, and problem and plan for `--save-…`."""

    plan_id: UUID
    summary: PlanSummary
    problem: Problem
    proposal: Proposal


async def plan_day(
    database: Database,
    area: ServiceArea,
    on: date | None = None,
    options: PlanOptions | None = None,
    *,
    roads: RoadsClient | TravelSource | None = None,
    actor: Actor = SYSTEM,
    run_id: UUID | None = None,
    on_progress: runs.OnProgress | None = None,
    cancelled: runs.IsCancelled | None = None,
) -> PlanResult:
    """Make a draft for a local day; the area's today if none is named.

    Args:
        roads: the host's `roads` process, whose map and calibration of the city are looked up; or travel times as
            they are.
        actor: who asks, where no run is queued yet.
        run_id: a queued run to take up; without it a run of its own is recorded.
        on_progress: called with where the optimizer is, at least once a second.
        cancelled: asked often; a true answer ends the child within two seconds.

    Raises:
        Conflict: a run of that day lives, the day is over (ordinary areas), or people kept moving it.
        Invalid: no open orders, nobody at work, no roads, no such policy.
        Cancelled: called off; no draft was kept.
    """
    on, options = on or local_day(area), options or PlanOptions()
    queued = run_id is not None
    if run_id is None:
        async with database.transaction() as session:
            options = msgspec.structs.replace(
                options, policy=(await plan_policy(session, area.id, options.policy)).code
            )
            asked = msgspec.to_builtins(options)
            run_id = (await runs.request_run(session, actor, area, on, asked, queue=False)).id
    async with runs.running(database, run_id, on_progress, cancelled, passed_on=queued) as signals:
        for round_number in range(ROUNDS):
            async with database.transaction() as session:
                current = await area_by_id(session, area.id)
                day = await load_day(session, current, on)
                _something_to_do(current, day)
                travel = await roads_of(session, current, roads, options.allow_straight_line)
                policy = await plan_policy(session, area.id, options.policy)
            signals.tell(runs.Progress("roads", signals.elapsed, 0.0, 0, len(day.orders)))
            solved = await _solve(current, day, travel, policy, options, round_number, signals)
            async with database.transaction() as session:
                kept = await _keep(session, solved, run_id, signals, last=round_number == ROUNDS - 1)
            if kept is not None:
                return PlanResult(*kept, solved.problem, solved.plan)
    raise AssertionError("the last round keeps its draft or raises")


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
    options: PlanOptions,
    round_number: int,
    signals: runs.RunSignals,
) -> Solved:
    prepared = prepare(day, by_itself=True)
    durations, distances, facts = await day_matrix(area, prepared, travel, options.allow_straight_line)
    problem = prepared.problem(durations, distances, policy.weights)
    limit = options.limit
    if round_number > 0 and limit.seconds is not None:
        limit = replace(limit, seconds=max(1.0, limit.seconds / 3))
    result = await solve_apart(problem, limit, options.seed, signals)
    return Solved(day, prepared, problem, result.plan, result.evaluation, facts, policy)


async def _keep(
    session: AsyncSession, solved: Solved, run_id: UUID, signals: runs.RunSignals, *, last: bool
) -> tuple[UUID, PlanSummary] | None:
    """Store the draft if nothing it relies on moved. None: it did, plan again; on the last round it is a `Conflict`."""
    run = await session.get_one(PlanRun, run_id)
    area = await area_by_id(session, run.area_id)
    before, after = solved.day.seen, await load_day(session, area, run.service_date)
    still = {order.id for order in after.orders}
    # Work that was under way and is over now has not moved anybody.
    ids = [str(o.id) for o in solved.day.orders if o.id in still or o.id not in solved.prepared.frozen]
    if not last and moved(before, after.seen, ids):
        return None
    await refuse_if_moved(session, before, after, ids)
    summary = solved.summary(signals.elapsed)
    plan = await store_draft(session, area, solved, summary, run.created_by)
    await runs.finish(session, run_id, signals, plan.id, solved.evaluation.total)
    return plan.id, summary
