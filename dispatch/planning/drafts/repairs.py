"""Repairing the day that is worked by after something happened: drafts between which a person chooses.

The optimizer's frontier becomes one draft a point; each says what it costs, whom it disturbs and what the others offer,
and is applied, in whole or in part, like any draft.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.roads_client import RoadsClient
from citymap.travel import TravelSource
from dispatch.planning import repository
from dispatch.planning.board.board import Board, board
from dispatch.planning.board.schemas import RepairChange, RepairIn
from dispatch.planning.day.policy import policy_of_day
from dispatch.planning.day.problem_builder import late_seconds
from dispatch.planning.day.sick_leave import Leaves, report_sick
from dispatch.planning.day.snapshot import fingerprint
from dispatch.planning.drafts.applying import PLANNERS
from dispatch.planning.models import Plan, PlanRun, PlanStatus
from dispatch.planning.runs import lifecycle as runs
from dispatch.planning.runs.planning import roads_of, stop_rows, unplanned_rows
from dispatch.planning.runs.summary import Solved, TravelFacts
from dispatch.policies.plan_policies import PlanPolicyVersion
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor
from kit.db import Database
from kit.errors import Invalid
from kit.ids import uuid7
from kit.live import announce
from optimizer.disruptions import Cancelled, Disruption, NoShow, Overrun, Sick, Urgent
from optimizer.problem import ProblemError
from optimizer.replan import Budget, Repair, Repairs, replan


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
    leaves: list[dict[str, Any]] = []
    for change in asked.changes:
        if change.kind == "sick" and change.technician_id is not None:
            leaves += await report_sick(session, actor, area, on, change.technician_id, change.at)
    options = {"seconds": asked.seconds, "repair": msgspec.to_builtins(asked), "leaves": leaves}
    return await runs.request_run(session, actor, area, on, options, queue=True)


async def repair_day(
    database: Database,
    area: ServiceArea,
    on: date,
    *,
    run_id: UUID,
    repair: Mapping[str, Any],
    seconds: float,
    created_by: UUID | None,
    roads: RoadsClient | None = None,
    travel: TravelSource | None = None,
) -> list[UUID]:
    """Take up a queued repair; answers its drafts, the recommended one first.

    Raises `Cancelled` when it was called off, `Invalid` where a change names nothing of that day.
    """
    asked = msgspec.convert(repair, RepairIn, strict=False)
    async with runs.running(database, run_id) as beat:
        began = time.monotonic()
        beat.progress = {"phase": "roads", "elapsed": 0.0}
        async with database.transaction() as session:
            current = await area_by_id(session, area.id)
            source = travel or await roads_of(session, current, roads, False)
            found = await board(session, current, on, source)
            weighed = await policy_of_day(session, area.id, on)
            leaves = (await session.get_one(PlanRun, run_id)).options.get("leaves", [])
        beat.progress = {"phase": "search", "elapsed": round(time.monotonic() - began, 2)}
        budget = Budget(asked.budget.people, asked.budget.visits, asked.budget.windows)
        try:
            repairs = await asyncio.to_thread(
                replan, found.problem, found.ledger.plan(), changes_of(found, asked.changes), budget,
                seconds=seconds, stopped=lambda: beat.stop,
            )  # fmt: skip
        except ProblemError as error:
            raise Invalid("planning.repair_unknown", detail=str(error)) from error
        facts = TravelFacts("straight_line" if source is None else source.name, 0, 0)
        async with database.transaction() as session:
            drafts = await _keep(
                session, found, repairs, facts, weighed, asked, leaves, created_by, time.monotonic() - began
            )
            progress = {"phase": "done", "elapsed": time.monotonic() - began, "cost": repairs.best.cost}
            await runs.finish(session, run_id, drafts[0], progress)
    return drafts


def changes_of(found: Board, changes: Sequence[RepairChange]) -> list[Disruption]:
    """What happened, as the optimizer says it. Somebody who is on leave already needs no telling."""
    told: list[Disruption] = []
    for change in changes:
        if change.kind == "sick":
            if str(change.technician_id) in found.ledger.technicians:
                told.append(Sick(str(change.technician_id), _second(found, change.at)))
        elif change.kind == "overrun":
            told.append(Overrun(str(change.order_id), change.seconds or 0))
        else:
            kinds: dict[str, type[Urgent] | type[NoShow] | type[Cancelled]] = {
                "urgent": Urgent, "no_show": NoShow, "cancelled": Cancelled,
            }  # fmt: skip
            told.append(kinds[change.kind](str(change.order_id)))
    return told


def _second(found: Board, moment: datetime | None) -> int | None:
    return None if moment is None else found.day.span.seconds(moment)


async def _keep(
    session: AsyncSession,
    found: Board,
    repairs: Repairs,
    facts: TravelFacts,
    weighed: PlanPolicyVersion,
    asked: RepairIn,
    leaves: Leaves,
    created_by: UUID | None,
    wall: float,
) -> list[UUID]:
    """Store every point of the frontier as a draft; the recommended one first."""
    area = await area_by_id(session, found.key.area_id)
    ids = {id(repair): uuid7() for repair in repairs.frontier}
    frontier = [{"planId": str(ids[id(repair)]), **_point(found, repair)} for repair in repairs.frontier]
    best = repairs.best
    for repair in repairs.frontier:
        solved = Solved(found.day, found.prepared, repairs.problem, repair.plan, repair.evaluation, facts, weighed)
        plan = Plan(
            id=ids[id(repair)],
            area_id=area.id,
            service_date=found.key.on,
            status=PlanStatus.DRAFT,
            fingerprint=fingerprint(found.day.seen),
            summary={
                **solved.summary(wall),
                "repair": {**msgspec.to_builtins(asked), **_point(found, repair), "leaves": leaves},
                "frontier": [{**point, "recommended": point["planId"] == str(ids[id(best)])} for point in frontier],
            },
            seen={**found.day.seen, **{f"frozen:{order_id}": "1" for order_id in found.prepared.frozen}},
            created_by=created_by,
            created_at=area.clock.now(),
        )
        session.add(plan)
        await session.flush()
        await repository.add_stops(session, stop_rows(plan.id, solved), unplanned_rows(plan.id, solved))
        await announce(session, area.id, "plan", plan.id)
    return [ids[id(best)], *(ids[id(repair)] for repair in repairs.frontier if repair is not best)]


def _point(found: Board, repair: Repair) -> dict[str, Any]:
    """A point of the frontier in numbers."""
    return {
        "cost": round(repair.cost, 3),
        "lateSeconds": sum(
            late_seconds(found.orders[UUID(stop.visit_id)], found.day.span.instant(stop.departure))
            for route in repair.plan.routes
            for stop in route.stops
        ),
        "leftOut": len(repair.plan.unplanned),
        "people": len(repair.churn.people),
        "names": [found.people[UUID(person)].name for person in repair.churn.people],
        "visits": len(repair.churn.visits),
        "windows": len(repair.churn.windows),
    }
