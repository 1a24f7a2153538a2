"""Repairing the day that is worked by after something happened: drafts between which a person chooses.

The optimizer's frontier becomes one draft a point; each says what it costs, whom it disturbs and what the others offer,
and is applied, in whole or in part, like any draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.osrm.client import RoadsClient
from citymap.travel import TravelSource
from dispatch.planning.access import PLANNERS, roads_of
from dispatch.planning.board.board import Board
from dispatch.planning.board.board_cache import load_board
from dispatch.planning.day.loading import TravelFacts
from dispatch.planning.day.policy import policy_of_day
from dispatch.planning.day.problem_builder import late_seconds
from dispatch.planning.day.sick_leave import report_sick
from dispatch.planning.day.timed_stops import timed_stops
from dispatch.planning.drafts.schemas import RepairIn
from dispatch.planning.models import PlanRun
from dispatch.planning.plan_summary import FrontierPoint, RepairChange, RepairUsed, SickLeave
from dispatch.planning.runs import lifecycle as runs
from dispatch.planning.runs.drafts_store import store_draft
from dispatch.planning.runs.options import SearchLimit, leaves_in
from dispatch.planning.runs.solver_process import replan_apart
from dispatch.planning.runs.summary import Solved
from dispatch.policies.plan_policies import PlanPolicyVersion
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor
from kit.db import Database
from kit.errors import Invalid
from kit.ids import uuid7
from optimizer.disruptions import Cancelled, Disruption, NoShow, Overrun, Sick, Urgent
from optimizer.problem import ProblemError

if TYPE_CHECKING:
    from optimizer.replan import Repair, Repairs


async def request_repair(session: AsyncSession, actor: Actor, area: ServiceArea, on: date, asked: RepairIn) -> PlanRun:
    """Queue a repair of a day; its drafts come like a planning run's. Who is sick is on leave from here on.

    Raises `Invalid` for a change that lacks its subject, `NotFound` for somebody the actor may not see, `Conflict`
    while a run of that day lives.
    """
    actor.require(*PLANNERS)
    for index, change in enumerate(asked.changes):
        subject = change.technician_id if change.kind == "sick" else change.order_id
        if subject is None or (change.kind == "overrun" and not change.seconds):
            raise Invalid("planning.repair_subject", field=f"changes[{index}]", kind=change.kind)
    leaves: list[SickLeave] = []
    for change in asked.changes:
        if change.kind == "sick" and change.technician_id is not None:
            leaves += await report_sick(session, actor, area, on, change.technician_id, change.at)
    options = {
        "seconds": asked.seconds, "repair": msgspec.to_builtins(asked), "leaves": msgspec.to_builtins(leaves),
    }  # fmt: skip
    return await runs.request_run(session, actor, area, on, options, queue=True)


async def repair_day(
    database: Database,
    area: ServiceArea,
    on: date,
    run_id: UUID,
    *,
    roads: RoadsClient | TravelSource | None = None,
    limit: SearchLimit | None = None,
) -> list[UUID]:
    """Take up a queued repair; answers its drafts, the recommended one first.

    `roads` are the host's `roads` process, or travel times as they are. `limit` replaces the seconds that the run was
    asked for. Raises `runs.Cancelled` when it was called off, `Invalid` where a change names nothing of that day.
    """
    from optimizer.replan import Budget

    async with runs.running(database, run_id, passed_on=True) as signals:
        signals.tell(runs.Progress("roads", 0.0))
        async with database.transaction() as session:
            current = await area_by_id(session, area.id)
            source = await roads_of(session, current, roads)
            board = await load_board(session, current, on, source)
            policy = await policy_of_day(session, area.id, on)
            options: dict[str, Any] = (await session.get_one(PlanRun, run_id)).options
        asked = msgspec.convert(options["repair"], RepairIn, strict=False)
        budget = Budget(asked.budget.people, asked.budget.visits, asked.budget.windows)
        try:
            repairs = await replan_apart(
                board.problem, board.ledger.plan(), changes_of(board, asked.changes), budget,
                limit or SearchLimit(asked.seconds), signals,
            )  # fmt: skip
        except ProblemError as error:
            raise Invalid("planning.repair_unknown", place=error.path) from error
        facts = TravelFacts("straight_line" if source is None else source.name, 0, 0)
        async with database.transaction() as session:
            drafts = await _keep(session, board, repairs, facts, policy, asked, run_id, signals.elapsed)
            await runs.finish(session, run_id, signals, drafts[0], repairs.best.cost)
    return drafts


def changes_of(board: Board, changes: Sequence[RepairChange]) -> list[Disruption]:
    """What happened, as the optimizer says it. Who is on leave already is left out."""
    told: list[Disruption] = []
    for change in changes:
        if change.kind == "sick":
            if str(change.technician_id) in board.ledger.technicians:
                told.append(Sick(str(change.technician_id), _second(board, change.at)))
        elif change.kind == "overrun":
            told.append(Overrun(str(change.order_id), change.seconds or 0))
        else:
            kinds: dict[str, type[Urgent] | type[NoShow] | type[Cancelled]] = {
                "urgent": Urgent, "no_show": NoShow, "cancelled": Cancelled,
            }  # fmt: skip
            told.append(kinds[change.kind](str(change.order_id)))
    return told


def _second(board: Board, moment: datetime | None) -> int | None:
    return None if moment is None else board.day.span.seconds(moment)


async def _keep(
    session: AsyncSession,
    board: Board,
    repairs: Repairs,
    facts: TravelFacts,
    policy: PlanPolicyVersion,
    asked: RepairIn,
    run_id: UUID,
    wall_seconds: float,
) -> list[UUID]:
    """Store every point of the frontier as a draft; the recommended one first."""
    area = await area_by_id(session, board.key.area_id)
    run = await session.get_one(PlanRun, run_id)
    used = RepairUsed(changes=asked.changes, budget=asked.budget, seconds=asked.seconds, leaves=leaves_in(run.options))
    points = [_point(board, repair, recommended=repair is repairs.best) for repair in repairs.frontier]
    for repair, point in zip(repairs.frontier, points, strict=True):
        solved = Solved(board.day, board.prepared, repairs.problem, repair.plan, repair.evaluation, facts, policy)
        summary = msgspec.structs.replace(solved.summary(wall_seconds), repair=used, frontier=points)
        await store_draft(session, area, solved, summary, run.created_by, point.plan_id)
    return [point.plan_id for point in sorted(points, key=lambda point: not point.recommended)]


def _point(board: Board, repair: Repair, *, recommended: bool) -> FrontierPoint:
    """A point of the frontier in numbers."""
    return FrontierPoint(
        plan_id=uuid7(),
        cost=round(repair.cost, 3),
        late_seconds=sum(
            late_seconds(board.orders[stop.order_id], stop.end)
            for route in repair.plan.routes
            for stop in timed_stops(board.day.span, route)
        ),
        left_out=len(repair.plan.unplanned),
        people=len(repair.churn.people),
        names=[board.people[UUID(person)].name for person in repair.churn.people],
        visits=len(repair.churn.visits),
        windows=len(repair.churn.windows),
        recommended=recommended,
    )
