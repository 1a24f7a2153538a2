"""Storing a draft: the plan with its summary, its stops, and what it leaves out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning import repository
from dispatch.planning.day.timed_stops import timed_stops
from dispatch.planning.models import Plan, PlanStatus
from dispatch.planning.plan_summary import PlanSummary
from dispatch.planning.runs.summary import Solved
from grids.models import ServiceArea
from kit.ids import uuid7
from kit.live import announce


async def store_draft(
    session: AsyncSession,
    area: ServiceArea,
    solved: Solved,
    summary: PlanSummary,
    created_by: UUID | None,
    plan_id: UUID | None = None,
) -> Plan:
    """Store a solved day as a draft, under `plan_id` or a new id."""
    plan = Plan(
        id=plan_id or uuid7(),
        area_id=area.id,
        service_date=solved.day.span.service_date,
        status=PlanStatus.DRAFT,
        summary=summary,
        seen=solved.day.seen,
        frozen=sorted(str(order_id) for order_id in solved.prepared.frozen),
        created_by=created_by,
        created_at=area.clock.now(),
    )
    session.add(plan)
    await session.flush()
    await repository.add_stops(session, _stop_rows(plan.id, solved), _unplanned_rows(plan.id, solved))
    await announce(session, area.id, "plan", plan.id, version=plan.version)
    return plan


def _stop_rows(plan_id: UUID, solved: Solved) -> list[dict[str, Any]]:
    return [
        {
            "plan_id": plan_id,
            "order_id": stop.order_id,
            "technician_id": stop.technician_id,
            "position": stop.position,
            "arrival": stop.arrival,
            "start": stop.start,
            "departure": stop.end,
            "travel_seconds": stop.travel_seconds,
            "travel_metres": stop.travel_metres,
        }
        for route in solved.plan.routes
        for stop in timed_stops(solved.day.span, route)
    ]


def _unplanned_rows(plan_id: UUID, solved: Solved) -> list[dict[str, Any]]:
    return [
        {"plan_id": plan_id, "order_id": out.order_id, "reason": out.reason, "params": _plain(out.params)}
        for out in solved.left_out()
    ]


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, str | int | float | bool) else str(value) for key, value in params.items()}
