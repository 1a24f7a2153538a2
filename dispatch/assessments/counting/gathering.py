"""Everything a month is counted from, read once: rows of facts of every kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.counting.facts import Fold
from dispatch.assessments.counting.inputs import Context, PolicyVersions
from dispatch.assessments.months import Month
from dispatch.complaints import repository as complaints
from dispatch.policies import repository as policies
from dispatch.policies.definitions import Row
from dispatch.policies.limits import limits_from_json
from dispatch.policies.service import calendars_for
from dispatch.technicians.models import Technician
from dispatch.technicians.service import shifts_on
from grids.models import ServiceArea
from grids.service import contracts_on


@dataclass(slots=True)
class Facts:
    """The rows of a month by what they are (`definitions.FACTS`), and who they may belong to."""

    orders: list[Row] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)
    windows: list[Row] = field(default_factory=list)
    subjects: list[Row] = field(default_factory=list)
    technicians: Sequence[Technician] = ()
    grids: Sequence[Any] = ()
    households: dict[str, int] = field(default_factory=dict)

    def of(self, kind: str) -> list[Row]:
        """The rows of one kind."""
        rows: list[Row] = getattr(self, kind)
        return rows


async def gather(session: AsyncSession, area: ServiceArea, month: Month, now: datetime) -> Facts:
    """Read and fold everything that may count in the month as it is known at `now`."""
    technicians = await repository.technicians(session, area.id)
    versions = await policies.policies(session, area.id)
    limits = PolicyVersions([(row.valid_from, row.number, limits_from_json(row.limits)) for row in versions])
    attribution = {(r.kind.value, r.code): r.attribution for r in await policies.reasons(session, area.id)}
    context = Context(
        now=now,
        month_end=month.end,
        policies=limits,
        calendars=await calendars_for(session, area.id, month.start),
        teams={one.id: one.team for one in technicians},
        attribution=lambda kind, code: attribution.get((kind, code)),
        upheld=await repository.upheld(session, area.id),
    )
    facts = Facts(technicians=technicians, grids=await repository.grid_rows(session, area.id))
    repeat_days = limits.at(month.end)[1].repeat_days
    orders = {
        one.id: one for one in await repository.orders_of_month(session, area.id, month.start, month.end, repeat_days)
    }
    attempts = await repository.attempts_of(session, list(orders))
    async for order_id, events in repository.events_of(session, list(orders)):
        fold = Fold(orders[order_id], context).run(events, attempts.get(order_id, ()))
        facts.orders.append(fold.row)
        facts.assignments.extend(fold.assignments)
        facts.windows.extend(fold.windows)
    firms = {str(one.id): one.contractor for one in technicians}
    for row in (*facts.orders, *facts.assignments, *facts.windows):
        row["contractor"] = firms.get(row["technician_id"])
    await _subjects(session, area, month, now, facts)
    return facts


async def _subjects(session: AsyncSession, area: ServiceArea, month: Month, now: datetime, facts: Facts) -> None:
    """One row for each technician and grid: rostered and busy time, households and faults."""
    last_day = month.next_first - timedelta(days=1)
    contracts = await contracts_on(session, area.id, last_day)
    facts.households = {str(grid): c.households for grid, c in contracts.items() if c.households is not None}
    faults: dict[str, int] = defaultdict(int)
    for row in facts.orders:
        if row["grid_id"] and row["kind"] == "repair" and _in(row["reported_at"], month):
            faults[row["grid_id"]] += 1
    complained = await complaints.by_grid(session, area.id, month.start, month.end)
    busy: dict[str, int] = defaultdict(int)
    for row in facts.assignments:
        if _in(row["ended_at"], month):
            busy[row["technician_id"]] += row["busy_seconds"]
    rostered = await _rostered(session, area.id, month, now)
    # A row belongs to the month it is about, not to the next one that begins at its end.
    known = {"month_end": min(now, month.end) - timedelta(microseconds=1), "limits": {}, "area_id": str(area.id)}
    for grid in facts.grids:
        facts.subjects.append(
            known | {"grid_id": str(grid.id), "households": facts.households.get(str(grid.id)),
                     "faults": faults[str(grid.id)], "complaints": complained.get(grid.id, 0)}
        )  # fmt: skip
    for one in facts.technicians:
        facts.subjects.append(
            known | {"technician_id": str(one.id), "team": one.team, "contractor": one.contractor,
                     "busy_seconds": busy[str(one.id)],
                     "rostered_seconds": rostered.get(one.id)}
        )  # fmt: skip


async def _rostered(session: AsyncSession, area_id: UUID, month: Month, now: datetime) -> dict[UUID, int]:
    """Rostered seconds up to now, breaks taken out; nobody without a roster is in it (never 24 h)."""
    found: dict[UUID, int] = defaultdict(int)
    for shift in await shifts_on(session, area_id, month.first, days=month.days):
        end = min(shift.end, now)
        if shift.start < end:
            pauses = sum(pause.seconds for pause in shift.breaks if pause.latest <= end)
            found[shift.technician_id] += int((end - shift.start).total_seconds()) - pauses
    return dict(found)


def _in(moment: datetime | None, month: Month) -> bool:
    return moment is not None and month.start <= moment < month.end
