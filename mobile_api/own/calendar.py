"""A technician's calendar as a feed (RFC 5545): shifts, leave, and visits without names, phones or house numbers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import icalendar
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.passwords import digest, new_secret
from dispatch.technicians import repository as people
from dispatch.technicians.models import Technician
from dispatch.technicians.service import shifts_on
from grids.service import area_by_id, local_day
from kit.clock import real_now
from kit.errors import NotFound
from kit.i18n import text as sentence
from mobile_api.own.models import CalendarFeed

BEFORE, AFTER = 7, 28
"""Days that a feed tells of."""
_VISITS = text(
    """
    SELECT v.id, o.number, v.planned_start, v.planned_end, f.en, f.zh, g.code AS grid
    FROM visits v JOIN orders o ON o.id = v.order_id LEFT JOIN grids g ON g.id = o.grid_id
    LEFT JOIN LATERAL (
        SELECT f.en, f.zh FROM fault_types f WHERE f.code = o.fault_type
          AND (f.area_id = o.area_id OR f.area_id IS NULL) ORDER BY f.area_id NULLS LAST LIMIT 1
    ) AS f ON true
    WHERE v.technician_id = :technician AND v.planned_start >= :start AND v.planned_start < :end
      AND v.status <> 'cancelled' AND v.planned_end > v.planned_start
    ORDER BY v.planned_start, o.number LIMIT 2000
    """
)


async def make_feed(session: AsyncSession, technician_id: UUID) -> tuple[CalendarFeed, str]:
    """A new address; the one before it stops working."""
    await withdraw(session, technician_id)
    secret = new_secret()
    feed = CalendarFeed(technician_id=technician_id, token_hash=digest(secret), created_at=real_now())
    session.add(feed)
    await session.flush()
    return feed, secret


async def feed_of(session: AsyncSession, technician_id: UUID) -> CalendarFeed | None:
    """The feed that can be read now."""
    query = select(CalendarFeed).where(CalendarFeed.technician_id == technician_id, CalendarFeed.revoked_at.is_(None))
    return (await session.execute(query)).scalar_one_or_none()


async def withdraw(session: AsyncSession, technician_id: UUID) -> None:
    """The address stops working."""
    await session.execute(
        update(CalendarFeed)
        .where(CalendarFeed.technician_id == technician_id, CalendarFeed.revoked_at.is_(None))
        .values(revoked_at=real_now())
    )


async def read(session: AsyncSession, secret: str, language: str) -> bytes:
    """The calendar behind an address. Raises `NotFound` for one that is unknown, withdrawn, or of who left."""
    query = (
        select(Technician)
        .join(CalendarFeed, CalendarFeed.technician_id == Technician.id)
        .where(
            CalendarFeed.token_hash == digest(secret), CalendarFeed.revoked_at.is_(None), Technician.status == "active"
        )
    )
    technician = (await session.execute(query)).scalar_one_or_none()
    if technician is None:
        raise NotFound("mobile.no_calendar")
    area = await area_by_id(session, technician.area_id)
    now = area.clock.now()
    start, end = now - timedelta(days=BEFORE), now + timedelta(days=AFTER)
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Grid Dispatch//technician//EN")
    calendar.add("version", "2.0")
    calendar.add("name", sentence("mobile.calendar.name", language, name=technician.name))
    calendar.add("x-wr-calname", sentence("mobile.calendar.name", language, name=technician.name))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    first = local_day(area, start)
    shifts = await shifts_on(session, area.id, first, days=BEFORE + AFTER + 1, technician_id=technician.id)
    for shift in shifts:
        title = sentence("mobile.calendar.shift", language)
        _add(calendar, f"shift-{technician.id}-{shift.start:%Y%m%dT%H%M%SZ}", now, shift.start, shift.end, title)
    for leave in await people.leaves(session, None, start, end, technician.id):
        _add(calendar, f"leave-{leave.id}", now, leave.start, leave.end, sentence("mobile.calendar.leave", language))
    values = {"technician": technician.id, "start": start, "end": end}
    for row in await session.execute(_VISITS, values):
        fault = (row.zh if language == "zh" else row.en) or "–"
        title = sentence("mobile.calendar.visit", language, number=row.number, fault=fault, grid=row.grid or "–")
        _add(calendar, f"visit-{row.id}", now, row.planned_start, row.planned_end, title)
    return bytes(calendar.to_ical())


def _add(calendar: icalendar.Calendar, uid: str, now: object, start: object, end: object, title: str) -> None:
    event = icalendar.Event()
    event.add("uid", f"{uid}@grid-dispatch")
    event.add("dtstamp", now)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("summary", title)
    calendar.add_component(event)
