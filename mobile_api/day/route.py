"""Today's route, written out whole. Nothing in it depends on the moment, so it can be kept until something changes."""

from __future__ import annotations

import zoneinfo
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.contacts import stated_first
from dispatch.planning.day.snapshot import local_day
from dispatch.policies.guides.definition import Named
from dispatch.policies.guides.seeds import ANY
from dispatch.policies.guides.service import GuideVersion, guides
from dispatch.technicians.service import RosteredShift, shifts_on
from kit.actor import Actor, Role
from kit.clock import AreaClock
from kit.errors import Forbidden, NotFound
from kit.geo import lonlat_of
from mobile_api import repository as phones
from mobile_api.builds import NEWEST_BUILD, OLDEST_BUILD
from mobile_api.day import repository
from mobile_api.day.schemas import (
    BreakView,
    ContactView,
    FaultTypeView,
    Guide,
    LoadItem,
    MobileRoute,
    RouteChange,
    RouteStop,
    ShiftView,
    TomorrowStop,
    Understands,
)
from mobile_api.maps.packs import pack_of
from mobile_api.offers.service import open_offers
from mobile_api.own.positions import consent_of

OFFLINE_AFTER_MIDNIGHT = timedelta(hours=4)
"""A phone without contact shows customer data until so long after the local day's end."""
CHANGES_SHOWN_FOR = timedelta(days=2)


def technician_of(actor: Actor) -> UUID:
    """The technician who asks. Raises `Forbidden` for anybody else."""
    actor.require(Role.TECHNICIAN)
    if actor.scope.technician is None:
        raise Forbidden("mobile.technicians_only")
    return actor.scope.technician


@dataclass(frozen=True, slots=True)
class Rendered:
    """A route, the area and its day, and the area's time until which it says the same by itself."""

    route: MobileRoute
    area_id: UUID
    clock: AreaClock
    now: datetime
    holds_until: datetime


async def todays_route(session: AsyncSession, technician_id: UUID) -> Rendered:
    """The route of a technician on the area's own day. Raises `NotFound` for one who does not work here any more."""
    head = await phones.head(session, technician_id)
    if head is None:
        raise NotFound("mobile.technicians_only")
    clock = AreaClock(head.clock_real_anchor, head.clock_area_anchor, head.clock_speed)
    now = clock.now()
    day = now.astimezone(zoneinfo.ZoneInfo(head.timezone)).date()
    start, end = local_day(day, head.timezone)
    _, after_tomorrow = local_day(day + timedelta(days=1), head.timezone)
    rows = await repository.route(session, technician_id, head.area_id, day, start, end, now)
    own = [row for row in rows if row.id is not None]
    today = [row for row in own if row.visit_status is not None and (row.planned_start or start) < end]
    planned = {row.id for row in today}
    versions = await _guides(session, head.area_id, own)
    consent = await consent_of(session, technician_id)
    coming = await repository.next_report(session, technician_id, now) if clock.is_replay else None
    route = MobileRoute(
        date=day,
        technician_id=technician_id,
        technician_name=head.name,
        plan_id=rows[0].plan_id,
        start_point=lonlat_of(head.start_lon, head.start_lat),
        end_point=lonlat_of(head.end_lon, head.end_lat),
        stops=[_stop(row) for row in today],
        waiting=[_stop(row) for row in own if row.id not in planned],
        done=rows[0].done,
        straight_line=rows[0].travel_source not in (None, "osrm"),
        shift=await _shift(session, head.area_id, technician_id, day),
        load=_load(today, versions),
        changes=[
            RouteChange(
                id=row.id, at=row.at, order_id=row.order_id, number=row.number, kind=row.kind, params=row.params
            )
            for row in await repository.unseen_changes(session, technician_id, start - CHANGES_SHOWN_FOR)
        ],
        offers=await open_offers(session, technician_id),
        tomorrow=[_tomorrow(row) for row in own if row.planned_start and end <= row.planned_start < after_tomorrow],
        guides=[_guide(code, version) for code, version in sorted(versions.items())],
        pack=await pack_of(session, head.area_id),
        consent=consent is not None and consent.positions,
        offline_until=end + OFFLINE_AFTER_MIDNIGHT,
        understands=Understands(oldest=OLDEST_BUILD, newest=NEWEST_BUILD),
    )
    return Rendered(route, head.area_id, clock, now, end if coming is None else min(end, coming))


async def _shift(session: AsyncSession, area_id: UUID, technician_id: UUID, day: date) -> ShiftView | None:
    found: list[RosteredShift] = await shifts_on(session, area_id, day, technician_id=technician_id)
    if not found:
        return None
    pauses = [
        BreakView(seconds=pause.seconds, earliest=pause.earliest, latest=pause.latest)
        for shift in found
        for pause in shift.breaks
    ]
    return ShiftView(start=found[0].start, end=max(shift.end for shift in found), breaks=pauses)


async def _guides(session: AsyncSession, area_id: UUID, rows: Sequence[Row[Any]]) -> dict[str, GuideVersion]:
    """The guide of every fault type in the route."""
    codes = {row.fault_type for row in rows}
    if not codes:
        return {}
    found = {version.code: version for version in await guides(session, area_id, codes)}
    return {code: found.get(code, found[ANY]) for code in codes if code in found or ANY in found}


def _guide(code: str, version: GuideVersion) -> Guide:
    told = version.definition
    return Guide(
        code=code,
        version=version.number,
        causes=told.causes,
        actions=told.actions,
        readings=told.readings,
        checklist=told.checklist,
        photos=told.photos,
        bring=told.bring,
    )


def _load(rows: Sequence[Row[Any]], versions: dict[str, GuideVersion]) -> list[LoadItem]:
    """What the day's visits need, and how many of them need it."""
    counted = Counter(thing for row in rows for thing in set(row.bring or ()))
    names = {thing.code: thing.name for version in versions.values() for thing in version.definition.bring}
    return [
        LoadItem(code=thing, name=names.get(thing, Named(en=thing, zh=thing)), count=count)
        for thing, count in sorted(counted.items())
    ]


def _fault(row: Row[Any]) -> FaultTypeView:
    return FaultTypeView(code=row.fault_type, en=row.fault_en or row.fault_type, zh=row.fault_zh or row.fault_type)


def _tomorrow(row: Row[Any]) -> TomorrowStop:
    return TomorrowStop(
        order_id=row.id,
        number=row.number,
        kind=row.kind,
        fault_type=_fault(row),
        address=row.address,
        point=lonlat_of(row.lon, row.lat),
        planned_start=row.planned_start,
        planned_end=row.planned_end,
    )


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
        fault_type=_fault(row),
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
