"""Until when an entry may be appealed against: so many working days after its publication (`domain.md` §6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.models import AssessmentEntry
from dispatch.policies.calendars import Calendar
from dispatch.policies.service import calendars_for, policy_at


async def appeal_until(session: AsyncSession, entry: AssessmentEntry) -> datetime | None:
    """The end of the last working day on which an entry may be appealed; None while it was not published."""
    return (await appeals_until(session, [entry]))[entry.id]


async def appeals_until(session: AsyncSession, entries: Sequence[AssessmentEntry]) -> dict[UUID, datetime | None]:
    """The same of many entries, by their ids: as many statements as there were publications."""
    found: dict[UUID, datetime | None] = {}
    publications: dict[tuple[UUID, date], Sequence[datetime]] = {}
    ends: dict[tuple[UUID, datetime], datetime] = {}
    for entry in entries:
        month = (entry.area_id, entry.month)
        if month not in publications:
            publications[month] = await repository.publications(session, *month)
        published = next((at for at in publications[month] if at >= entry.created_at), None)
        if published is not None and (entry.area_id, published) not in ends:
            limits = (await policy_at(session, entry.area_id, published)).limits
            office = (await calendars_for(session, entry.area_id, published)).office
            ends[entry.area_id, published] = end_of_working_day(office, published, limits.appeal_working_days)
        found[entry.id] = None if published is None else ends[entry.area_id, published]
    return found


def end_of_working_day(office: Calendar, after: datetime, days: int) -> datetime:
    """Midnight after the `days`-th working day that follows the local day of an instant."""
    day = office.local_day(after)
    for _ in range(days):
        day = office.first_working_day(day + timedelta(days=1))
    return office.instant(day + timedelta(days=1), time())
