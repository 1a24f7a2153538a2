"""The list of orders as CSV: the rows of the page under the same filters, without a limit, in the reader's language."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.lists.listing import Filters, list_orders
from dispatch.orders.schemas import OrderOut
from dispatch.policies import repository as rules
from dispatch.policies.limits import Limits
from dispatch.policies.models import ReasonKind
from grids.models import ServiceArea
from kit.actor import Actor
from kit.db import Database
from kit.i18n import catalogue, in_language, text
from kit.privacy import masked
from kit.spreadsheets.sheets import BOM, Cell, lines, local

ROWS_AT_ONCE = 250
"""Rows read by one statement. Small, so that other requests are served in between."""


@dataclass(frozen=True, slots=True)
class Words:
    """The names of an area's codes in one language."""

    language: str
    zone: ZoneInfo
    faults: Mapping[str, str]
    reasons: Mapping[str, str]

    def say(self, kind: str, code: str | None) -> str | None:
        """The name of one of our codes, such as a status. An unknown code is returned unchanged."""
        key = f"{kind}.{code}"
        return code if code is None or key not in catalogue() else text(key, self.language)

    def at(self, moment: datetime | None) -> str | None:
        """A time by the area's clocks."""
        return local(moment, self.zone)

    def fault(self, code: str | None) -> str | None:
        """A fault type by name."""
        return None if code is None else self.faults.get(code, code)


async def words_of(session: AsyncSession, area: ServiceArea, language: str) -> Words:
    """The names of an area's fault types and reasons. Two statements."""
    faults = await rules.fault_types(session, area.id)
    reasons = await rules.reasons(session, area.id, ReasonKind.SUSPENSION)

    def named(en: str, zh: str) -> str:
        return in_language({"en": en, "zh": zh}, language)

    return Words(
        language,
        ZoneInfo(area.timezone),
        {row.code: named(row.en, row.zh) for row in faults},
        {row.code: named(row.en, row.zh) for row in reasons},
    )


COLUMNS: dict[str, Callable[[OrderOut, Words], Cell]] = {
    "number": lambda o, w: o.number,
    "status": lambda o, w: w.say("order.status", o.status),
    "kind": lambda o, w: w.say("order.kind", o.kind.value),
    "level": lambda o, w: w.say("order.level", o.level.value),
    "tier": lambda o, w: w.say("order.tier", o.tier.value),
    "channel": lambda o, w: w.say("order.channel", o.channel.value),
    "fault": lambda o, w: w.fault(o.fault_type),
    "description": lambda o, w: o.description,
    "subscriber": lambda o, w: o.subscriber.name if o.subscriber else None,
    "phones": lambda o, w: " ".join(o.subscriber.phones) if o.subscriber else None,
    "address": lambda o, w: o.address,
    "grid_code": lambda o, w: o.grid.code if o.grid else None,
    "grid": lambda o, w: o.grid.name if o.grid else None,
    "owner": lambda o, w: o.owner.name if o.owner else None,
    "employee_number": lambda o, w: o.owner.employee_number if o.owner else None,
    "waiting_on": lambda o, w: w.say("role", o.waiting_on.role.value) if o.waiting_on else None,
    "reported": lambda o, w: w.at(o.reported_at),
    "dispatched": lambda o, w: w.at(o.dispatched_at),
    "accepted": lambda o, w: w.at(o.accepted_at),
    "contacted": lambda o, w: w.at(o.contacted_at),
    "appointment_start": lambda o, w: w.at(o.appointment_start),
    "appointment_end": lambda o, w: w.at(o.appointment_end),
    "due": lambda o, w: w.at(o.due_at),
    "arrived": lambda o, w: w.at(o.arrived_at),
    "completed": lambda o, w: w.at(o.completed_at),
    "cause": lambda o, w: w.fault(o.cause),
    "suspended_until": lambda o, w: w.at(o.suspended_until),
    "suspension_reason": lambda o, w: w.reasons.get(o.suspension_reason or "", o.suspension_reason),
    "callback_due": lambda o, w: w.at(o.callback_due_at),
    "callback_attempts": lambda o, w: o.callback_attempts,
    "outcome": lambda o, w: w.say("order.outcome", o.outcome),
    "closed": lambda o, w: w.at(o.closed_at),
    "chases": lambda o, w: o.chases,
    "reworks": lambda o, w: o.reworks,
    "bounces": lambda o, w: o.bounces,
    "longitude": lambda o, w: o.point[0] if o.point else None,
    "latitude": lambda o, w: o.point[1] if o.point else None,
    "time_zone": lambda o, w: w.zone.key,
}
"""The columns and their values. They come from `OrderOut`, so what the list masks is masked here too."""


async def sheet(
    database: Database,
    actor: Actor,
    area_id: UUID,
    filters: Filters,
    *,
    now: datetime,
    limits: Limits,
    words: Words,
) -> AsyncIterator[str]:
    """The CSV in pieces, newest report first. Each piece has its own short transaction, so a slow reader holds none."""
    yield BOM + lines([[text(f"order.column.{name}", words.language) for name in COLUMNS]])
    after = None
    while True:
        async with database.transaction() as session:
            found = await list_orders(
                session, actor, area_id, filters, now=now, limits=limits, after=after, limit=ROWS_AT_ONCE
            )
        found = masked(found, actor)
        if found:
            yield lines([column(order, words) for column in COLUMNS.values()] for order in found)
        if len(found) < ROWS_AT_ONCE:
            return
        after = (found[-1].reported_at, found[-1].id)
