"""Sick leave that a repair enters into somebody's calendar, and takes out again when the repair is undone.

A repair keeps the leaves it entered (in its run's options and its drafts' summary). Leave that stood in the calendar
before, or that a person entered, is never taken away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning.day.snapshot import day_span
from dispatch.planning.models import Plan, PlanStatus
from dispatch.planning.plan_summary import SickLeave
from dispatch.technicians import repository as technicians_repository
from dispatch.technicians.models import Leave, Technician
from dispatch.technicians.service import add_leave, remove_leave, shifts_on, technician_by_id
from grids.models import ServiceArea
from kit.actor import Actor
from kit.errors import NotFound

SICK = "sick"


async def report_sick(
    session: AsyncSession, actor: Actor, area: ServiceArea, on: date, technician_id: UUID, at: datetime | None
) -> list[SickLeave]:
    """Enter leave from `at` (now; on another day its beginning) to the end of the day, or of the shift that begins on
    it; nothing where there is leave already. Raises `NotFound` for somebody the actor may not see.
    """
    technician = await technician_by_id(session, actor, technician_id)
    if technician.area_id != area.id:
        raise NotFound("technician.not_found")
    span = day_span(on, area.timezone, area.clock.now())
    begin = max(span.start, at or span.now or span.start)
    shifts = [shift for shift in await shifts_on(session, area.id, on) if shift.technician_id == technician.id]
    end = max([span.end, *(shift.end for shift in shifts)])
    return await _enter(session, technician, begin, end)


async def _enter(session: AsyncSession, technician: Technician, begin: datetime, end: datetime) -> list[SickLeave]:
    """Leave in whatever of the time is not leave yet."""
    known = await technicians_repository.leaves(session, None, begin, end, technician.id)
    entered = []
    for row in [*sorted(known, key=lambda row: row.start), None]:
        until = end if row is None else min(row.start, end)
        if begin < until:
            leave = await add_leave(session, technician, begin, until, kind=SICK)
            entered.append(SickLeave(id=leave.id, technician_id=technician.id, start=begin, end=until))
        if row is not None:
            begin = max(begin, row.end)
    return entered


async def back_at_work(session: AsyncSession, leaves: Sequence[SickLeave]) -> list[str]:
    """Take these leaves out of the calendar, as far as they are still there; answers whose they were, by name."""
    names = []
    for entered in leaves:
        leave = await session.get(Leave, entered.id)
        if leave is not None:
            technician = await remove_leave(session, leave)
            names.append(technician.name)
    return sorted(set(names))


async def sick_again(session: AsyncSession, plan: Plan) -> None:
    """Enter anew what `back_at_work` took out, for a repair that is done again."""
    entered: list[SickLeave] = []
    for leave in leaves_of(plan):
        technician = await session.get(Technician, leave.technician_id)
        if technician is not None:
            entered += await _enter(session, technician, leave.start, leave.end)
    if entered and plan.summary.repair is not None:
        repair = msgspec.structs.replace(plan.summary.repair, leaves=entered)
        plan.summary = msgspec.structs.replace(plan.summary, repair=repair)
        await session.flush()


def leaves_of(plan: Plan) -> Sequence[SickLeave]:
    """The leaves that the repair behind a plan entered."""
    return () if plan.summary.repair is None else plan.summary.repair.leaves


async def others_of_repair(session: AsyncSession, plan: Plan) -> Iterable[UUID]:
    """The other drafts of the same repair, or what became of them, without those that were discarded."""
    ids = {leave.id for leave in leaves_of(plan)}
    query = select(Plan.id, Plan.summary).where(
        Plan.area_id == plan.area_id, Plan.service_date == plan.service_date, Plan.id != plan.id,
        Plan.status != PlanStatus.DISCARDED,
    )  # fmt: skip
    rows = (await session.execute(query)).all()
    return [
        plan_id
        for plan_id, summary in rows
        if summary.repair is not None and ids & {leave.id for leave in summary.repair.leaves}
    ]
