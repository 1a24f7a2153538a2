"""Today's route on the phone."""

from __future__ import annotations

import hashlib
import zoneinfo
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.contacts import stated_first
from dispatch.planning.day.snapshot import local_day
from kit.actor import Actor, Role
from kit.clock import AreaClock
from kit.errors import Forbidden, NotFound
from kit.geo import lonlat_of
from mobile_api import repository
from mobile_api.schemas import ContactView, FaultTypeView, MobileRoute, RouteStop


def technician_of(actor: Actor) -> UUID:
    """The technician who asks. Raises `Forbidden` for anybody else."""
    actor.require(Role.TECHNICIAN)
    if actor.scope.technician is None:
        raise Forbidden("mobile.technicians_only")
    return actor.scope.technician


async def todays_route(session: AsyncSession, actor: Actor) -> MobileRoute:
    """The route of the technician who asks, on the area's own day. Two statements, whatever is on it."""
    technician_id = technician_of(actor)
    head = await repository.head(session, technician_id)
    if head is None:
        raise NotFound("mobile.technicians_only")
    now = AreaClock(head.clock_real_anchor, head.clock_area_anchor, head.clock_speed).now()
    day = now.astimezone(zoneinfo.ZoneInfo(head.timezone)).date()
    start, end = local_day(day, head.timezone)
    rows = await repository.route(session, technician_id, head.area_id, day, start, end, now)
    stops: list[RouteStop] = []
    waiting: list[RouteStop] = []
    for row in rows:
        if row.id is None:
            continue
        today = row.visit_status is not None and (row.planned_start is None or row.planned_start < end)
        (stops if today else waiting).append(_stop(row))
    return MobileRoute(
        date=day,
        technician_id=technician_id,
        technician_name=head.name,
        plan_id=rows[0].plan_id,
        start_point=lonlat_of(head.start_lon, head.start_lat),
        end_point=lonlat_of(head.end_lon, head.end_lat),
        stops=stops,
        waiting=waiting,
        done=rows[0].done,
        straight_line=rows[0].travel_source not in (None, "osrm"),
    )


def etag_of(route: MobileRoute) -> str:
    """A tag that changes whenever anything the phone shows does."""
    return f'"{hashlib.sha256(msgspec.json.encode(route)).hexdigest()[:32]}"'


async def record_shown(session: AsyncSession, actor: Actor, route: MobileRoute) -> None:
    """Record whose names and phones went to the phone."""
    shown = [stop.order_id for stop in (*route.stops, *route.waiting) if stop.contact is not None]
    await repository.record_unmaskings(session, actor.account_id, shown)


def _stop(row: Row[Any]) -> RouteStop:
    contact = None
    called = stated_first(row.contact_name, row.contact_phones or (), row.subscriber_name, row.phones or ())
    if row.phones is not None or called.name is not None or called.phones:
        contact = ContactView(name=called.name, phones=called.phones, flags=list(row.flags or []))
    return RouteStop(
        order_id=row.id,
        number=row.number,
        version=row.version,
        status=row.status,
        visit_status=row.visit_status,
        position=row.position,
        planned_arrival=row.planned_arrival,
        planned_start=row.planned_start,
        planned_end=row.planned_end,
        travel_seconds=row.travel_seconds,
        kind=row.kind,
        level=row.level,
        tier=row.tier,
        fault_type=FaultTypeView(
            code=row.fault_type, en=row.fault_en or row.fault_type, zh=row.fault_zh or row.fault_type
        ),
        description=row.description,
        address=row.address,
        access_notes=row.access_notes,
        point=lonlat_of(row.lon, row.lat),
        grid=row.grid,
        service_seconds=row.service_seconds,
        bring=list(row.bring or []),
        contact=contact,
        appointment_start=row.appointment_start,
        appointment_end=row.appointment_end,
        accept_due_at=row.accept_due_at,
        contact_due_at=row.contact_due_at,
        due_at=row.due_at,
        suspended_until=row.suspended_until,
        pending_request=row.pending_request,
        chases=row.chases,
        reworks=row.reworks,
    )
