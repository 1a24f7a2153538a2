"""Positions of a technician: kept only at work and after consent; what was kept can be read by whom it is of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning.day.snapshot import local_day
from dispatch.technicians.service import RosteredShift, shifts_on
from grids.service import area_by_id
from kit.clock import real_now
from mobile_api.own.models import PositionConsent
from mobile_api.repository import Seen
from mobile_api.schemas import ConsentAnswer, RecordedDay, RecordedPosition

MOST_SHOWN = 5000
_OF_DAY = text(
    """
    SELECT ST_X(point) AS lon, ST_Y(point) AS lat, occurred_at, accuracy_metres FROM positions
    WHERE technician_id = :technician AND occurred_at >= :start AND occurred_at < :end
    ORDER BY occurred_at, id LIMIT :most
    """
)


async def consent_of(session: AsyncSession, technician_id: UUID) -> PositionConsent | None:
    """What the technician decided last; None: they were not asked yet."""
    query = select(PositionConsent).where(PositionConsent.technician_id == technician_id)
    query = query.order_by(PositionConsent.at.desc(), PositionConsent.id.desc()).limit(1)
    return (await session.execute(query)).scalar_one_or_none()


async def decide(session: AsyncSession, technician_id: UUID, positions: bool) -> ConsentAnswer:
    """Keep a decision; the same one again is not a new one."""
    last = await consent_of(session, technician_id)
    if last is None or last.positions != positions:
        last = PositionConsent(technician_id=technician_id, positions=positions, at=real_now())
        session.add(last)
        await session.flush()
    return ConsentAnswer(positions=last.positions, at=last.at)


async def at_work(session: AsyncSession, technician_id: UUID, area_id: UUID, seen: Sequence[Seen]) -> list[Seen]:
    """Those of the positions that may be kept: after consent, inside a shift, outside its fixed breaks."""
    consent = await consent_of(session, technician_id)
    if not seen or consent is None or not consent.positions:
        return []
    zone = ZoneInfo((await area_by_id(session, area_id)).timezone)
    days = [one.occurred_at.astimezone(zone).date() for one in seen]
    first = min(days) - timedelta(days=1)  # a night shift began the day before
    many = (max(days) - first).days + 1
    shifts = await shifts_on(session, area_id, first, days=many, technician_id=technician_id)
    return [one for one in seen if any(_works(shift, one.occurred_at) for shift in shifts)]


def _works(shift: RosteredShift, at: datetime) -> bool:
    """Whether somebody is at work; a break that may lie here or there counts where it fills its whole window."""
    resting = any(
        pause.earliest <= at < pause.latest and pause.latest - pause.earliest <= timedelta(seconds=pause.seconds)
        for pause in shift.breaks
    )
    return shift.start <= at < shift.end and not resting


async def recorded(session: AsyncSession, technician_id: UUID, area_id: UUID, on: date) -> RecordedDay:
    """What was kept of a technician on a local day."""
    start, end = local_day(on, (await area_by_id(session, area_id)).timezone)
    values = {"technician": technician_id, "start": start, "end": end, "most": MOST_SHOWN + 1}
    rows = (await session.execute(_OF_DAY, values)).all()
    shown = [
        RecordedPosition(point=(row.lon, row.lat), occurred_at=row.occurred_at, accuracy_metres=row.accuracy_metres)
        for row in rows[:MOST_SHOWN]
    ]
    return RecordedDay(date=on, positions=shown, more=len(rows) > MOST_SHOWN)
