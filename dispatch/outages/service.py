"""What people decide about an outage, and what follows by itself. Services never commit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shapely import Polygon
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Channel, Kind, Level, Order, Status
from dispatch.orders.reporting import Report, report
from dispatch.orders.repository import visible
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.outages import repository
from dispatch.outages.children import attach, count_customers, end_words, release, tell_all
from dispatch.outages.models import Answer, Outage, OutageEvent, OutageOrder, OutageStatus, Part, Why
from dispatch.policies.repository import fault_types
from dispatch.policies.service import policy_at
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import SYSTEM, Actor, Role
from kit.errors import Conflict, Forbidden, Invalid, Stale
from kit.geo import LonLat
from kit.ids import uuid7
from kit.jobs import defer
from kit.live import announce

DECIDERS = (Role.DISPATCHER, Role.GRID_LEAD)
CALLERS = (Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD)
USUAL_FAULT = "no_service"
"""What an outage without reports is sent out as."""
LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Extent:
    """What failed as a person says it: a node, or a ring drawn on the map ((lon, lat) corners)."""

    network_node: str | None = None
    ring: Sequence[LonLat] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The confirmed outage that covers a place, and what the agent reads out."""

    outage: Outage
    script: dict[str, Any]


# --- intake -----------------------------------------------------------------------------------------------------------


async def known_at(session: AsyncSession, area: ServiceArea, *, node: str | None, point: LonLat | None) -> Known | None:
    """The confirmed outage that a new report at this node or place would join, with the words for the caller."""
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    lon, lat = point or (None, None)
    found = await repository.covering(
        session, area.id, now, node=node, lon=lon, lat=lat, radius=limits.outage_radius_metres
    )
    if found is None or found.status != OutageStatus.CONFIRMED:
        return None
    outage = await session.get_one(Outage, found.id)
    return Known(outage, end_words(area, outage.expected_end) if outage.expected_end else {})


# --- deciding ---------------------------------------------------------------------------------------------------------


async def declare(
    session: AsyncSession, actor: Actor, area: ServiceArea, extent: Extent, since: datetime, **terms: Any
) -> Outage:
    """Make a confirmed outage by hand: a node chosen or an area drawn. `terms` as for `confirm`."""
    actor.require(*DECIDERS)
    actor.require_area(area.id)
    now = area.clock.now()
    if not now - LONGEST <= since <= now:
        raise Invalid("outage.since", field="since")
    await repository.hold(session, area.id)
    outage = Outage(
        area_id=area.id, number=await repository.next_number(session, area.id, area.code),
        status=OutageStatus.SUSPECTED, why=Why.HAND, network_node=_node(extent), place=None, shape=_shape(extent),
        since=since, suspected_at=now,
    )  # fmt: skip
    if outage.network_node is None and outage.shape is None:
        raise Invalid("outage.where", field="networkNode")
    session.add(outage)
    await session.flush()
    return await _confirm(session, actor, area, outage, Extent(), **terms)


async def confirm(
    session: AsyncSession, actor: Actor, outage_id: UUID, extent: Extent, *, version: int | None = None, **terms: Any
) -> Outage:
    """Say that it is one: mute what it covers, send a crew, tell everybody concerned.

    `extent` corrects what failed; `terms`: `expected_end` (after now), `customers` (how many, where somebody knows),
    `fault_type` of the crew's order, `note`. Raises `Conflict` unless it is suspected, `Forbidden` for whoever does
    not see all of its orders.
    """
    actor.require(*DECIDERS)
    area, outage = await _held(session, actor, outage_id, OutageStatus.SUSPECTED, version)
    return await _confirm(session, actor, area, outage, extent, **terms)


async def _confirm(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    outage: Outage,
    extent: Extent,
    *,
    expected_end: datetime,
    customers: int | None = None,
    fault_type: str | None = None,
    note: str | None = None,
) -> Outage:
    now = area.clock.now()
    _check_end(expected_end, now)
    node, shape = _node(extent), _shape(extent)
    if node is not None or shape is not None:
        outage.network_node, outage.shape = node, shape
    outage.status, outage.confirmed_at, outage.expected_end = OutageStatus.CONFIRMED, now, expected_end
    await session.flush()
    covered = await repository.covered(session, outage.id)
    if not actor.trusted and not await _may_mute(session, actor, covered):
        raise Forbidden("grid.whole_area")
    crew = await _send_crew(session, actor, area, outage, covered, fault_type)
    session.add(OutageOrder(outage_id=outage.id, order_id=crew.id, part=Part.CREW, at=now))
    await session.flush()
    joined = await attach(session, area, outage, covered)
    if customers is not None:
        await count_customers(session, area, outage, customers)
    _log(session, outage, "confirmed", now, actor, note,
         {"expectedEnd": expected_end.isoformat(), "children": len(joined), "crew": crew.number})  # fmt: skip
    await _changed(session, outage)
    return outage


async def _may_mute(session: AsyncSession, actor: Actor, order_ids: Sequence[UUID]) -> bool:
    seen = await session.scalar(select(func.count()).where(Order.id.in_(order_ids), visible(actor)))
    return int(seen or 0) == len(order_ids)


async def _send_crew(
    session: AsyncSession, actor: Actor, area: ServiceArea, outage: Outage, covered: Sequence[UUID], fault: str | None
) -> Order:
    """The one order that repairs it: urgent, without a subscriber, where its reports are."""
    if fault is None:
        commonest = (
            select(Order.fault_type).where(Order.id.in_(covered)).group_by(Order.fault_type)
            .order_by(func.count().desc(), Order.fault_type).limit(1)
        )  # fmt: skip
        fault = await session.scalar(commonest)
    if fault is None:
        known = [one.code for one in await fault_types(session, area.id) if one.active and one.kind == "repair"]
        fault = USUAL_FAULT if USUAL_FAULT in known else next(iter(known), None)
    point = (await repository.points(session, [outage.id])).get(outage.id)
    given = Report(
        fault_type=fault or "", kind=Kind.REPAIR, channel=Channel.MONITORING, level=Level.URGENT,
        description=outage.number, address=outage.place, point=point, network_node=outage.network_node,
    )  # fmt: skip
    return await report(session, actor.in_their_name(), area, given)


async def dismiss(
    session: AsyncSession, actor: Actor, outage_id: UUID, note: str | None, *, version: int | None = None
) -> Outage:
    """Say that it is none. It is not proposed again for the same reports."""
    actor.require(*DECIDERS)
    area, outage = await _held(session, actor, outage_id, OutageStatus.SUSPECTED, version)
    now = area.clock.now()
    outage.status, outage.dismissed_at = OutageStatus.DISMISSED, now
    _log(session, outage, "dismissed", now, actor, note)
    await _changed(session, outage)
    return outage


async def move_end(
    session: AsyncSession, actor: Actor, outage_id: UUID, expected_end: datetime, note: str | None,
    *, version: int | None = None,
) -> Outage:  # fmt: skip
    """Set another expected end; everybody concerned is told once of it."""
    actor.require(*DECIDERS)
    area, outage = await _held(session, actor, outage_id, OutageStatus.CONFIRMED, version)
    now = area.clock.now()
    _check_end(expected_end, now)
    if expected_end == outage.expected_end:
        return outage
    outage.expected_end, outage.moves = expected_end, outage.moves + 1
    told = await tell_all(session, area, outage, "outage_moved", f"moved-{outage.moves}")
    _log(session, outage, "moved", now, actor, note, {"expectedEnd": expected_end.isoformat(), "told": told})
    await _changed(session, outage)
    return outage


async def add_orders(session: AsyncSession, actor: Actor, outage_id: UUID, order_ids: Sequence[UUID]) -> Outage:
    """Put orders under a confirmed outage by hand. Raises `Conflict` where one cannot be muted any more."""
    actor.require(*DECIDERS)
    area, outage = await _held(session, actor, outage_id, OutageStatus.CONFIRMED, None)
    if not await _may_mute(session, actor, order_ids):
        raise Forbidden("grid.whole_area")
    joined = await attach(session, area, outage, list(dict.fromkeys(order_ids)))
    if len(joined) != len(set(order_ids)):
        raise Conflict("outage.not_muted", number=outage.number)
    return outage


async def take_out(session: AsyncSession, actor: Actor, outage_id: UUID, order_id: UUID) -> Outage:
    """Say that an order does not belong to the outage: it is one of its own again."""
    actor.require(*DECIDERS)
    _, outage = await _held(session, actor, outage_id, OutageStatus.CONFIRMED, None)
    row = await _child(session, outage, order_id)
    await release(session, outage, row, "not_part")
    await _dispatch(session, order_id)
    await _changed(session, outage)
    return outage


# --- over -------------------------------------------------------------------------------------------------------------


async def restore(
    session: AsyncSession, actor: Actor, outage_id: UUID, at: datetime | None = None, note: str | None = None,
    *, version: int | None = None,
) -> Outage:  # fmt: skip
    """Say that it is over (`at`, default now): everybody is told, and a sample is drawn to be called."""
    actor.require(*DECIDERS)
    area, outage = await _held(session, actor, outage_id, OutageStatus.CONFIRMED, version)
    now = area.clock.now()
    if at is not None and not outage.since <= at <= now:
        raise Invalid("outage.restored_at", field="at")
    await _restore(session, area, outage, at or now, actor, note)
    return outage


async def _restore(
    session: AsyncSession, area: ServiceArea, outage: Outage, at: datetime, actor: Actor, note: str | None
) -> None:
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    outage.status, outage.restored_at = OutageStatus.RESTORED, at
    told = await tell_all(session, area, outage, "outage_over", "over")
    children = await repository.orders_with(session, outage.id, Part.CHILD)
    share = -(-len(children) * limits.outage_sample_percent // 100)
    drawn = min(max(share, limits.outage_sample_least), limits.outage_sample_most, len(children))
    for row in sorted(children, key=lambda one: lot(outage.number, one.order_id))[:drawn]:
        row.sampled = True
    _log(session, outage, "restored", now, actor, note, {"at": at.isoformat(), "told": told, "sampled": drawn})
    await _changed(session, outage)


def lot(seed: str, order_id: UUID) -> str:
    """The lot of an order: who has the smallest ones is called. The outage's number is the published seed."""
    return hashlib.sha256(f"{seed} {order_id}".encode()).hexdigest()


async def answer(session: AsyncSession, actor: Actor, outage_id: UUID, order_id: UUID, said: Answer) -> Outage:
    """Write down what a subscriber says after the restoration; "still broken" is an order of its own again."""
    actor.require(*CALLERS)
    area, outage = await _held(session, actor, outage_id, OutageStatus.RESTORED, None, whole=False)
    row = await _child(session, outage, order_id)
    now = area.clock.now()
    row.answer, row.answered_at, row.answered_by = said, now, actor.account_id
    if said is Answer.STILL_BROKEN:
        await release(session, outage, row, "still_broken")
        await _dispatch(session, order_id)
    await _changed(session, outage)
    return outage


async def still_broken(session: AsyncSession, order: Order) -> None:
    """The subscriber says by their link that an outage that is over is not over for them. Raises `Conflict`."""
    if order.outage_id is None or order.status is not Status.MERGED:
        raise Conflict("outage.no_child", number=order.number)
    await answer(session, SYSTEM, order.outage_id, order.id, Answer.STILL_BROKEN)


async def follow_up(session: AsyncSession, area: ServiceArea) -> int:
    """What follows by itself: a crew that is done restores, a day without contradiction closes; returns how many."""
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    wait = timedelta(seconds=limits.outage_close_seconds)
    done = 0
    for found in await repository.open_outages(session, area.id):
        outage = await session.get_one(Outage, found.id, with_for_update=True, populate_existing=True)
        if outage.status is OutageStatus.CONFIRMED:
            at = await repository.crew_done(session, outage.id)
            if at is None:
                continue
            await _restore(session, area, outage, max(at, outage.since), SYSTEM, None)
        elif outage.status is OutageStatus.RESTORED and outage.restored_at and outage.restored_at + wait <= now:
            await _close(session, area, outage)
        else:
            continue
        done += 1
    return done


async def _close(session: AsyncSession, area: ServiceArea, outage: Outage) -> None:
    now = area.clock.now()
    children = await repository.orders_with(session, outage.id, Part.CHILD)
    for row in children:
        await apply(session, SYSTEM, row.order_id, acts.EndOutage(outage_number=outage.number))
        row.part = Part.ENDED
    outage.status, outage.closed_at = OutageStatus.CLOSED, now
    _log(session, outage, "closed", now, SYSTEM, None, {"children": len(children)})
    await _changed(session, outage)


# --- what the above share ---------------------------------------------------------------------------------------------


async def _held(
    session: AsyncSession, actor: Actor, outage_id: UUID, status: OutageStatus, version: int | None,
    *, whole: bool = True,
) -> tuple[ServiceArea, Outage]:  # fmt: skip
    """The outage, locked, in this status. Raises `NotFound`, `Stale`, `Conflict`, `Forbidden`."""
    seen = await repository.get(session, actor, outage_id)
    await repository.hold(session, seen.area_id)
    outage = await repository.get(session, actor, outage_id, lock=True)
    if version is not None and version != outage.version:
        raise Stale("stale", current={"number": outage.number, "status": outage.status, "version": outage.version})
    if outage.status is not status:
        raise Conflict("outage.wrong_state", current={"status": outage.status.value}, number=outage.number,
                       status=outage.status.value)  # fmt: skip
    if whole and not await repository.sees_all_of(session, actor, outage_id):
        raise Forbidden("grid.whole_area")
    return await area_by_id(session, outage.area_id), outage


async def _child(session: AsyncSession, outage: Outage, order_id: UUID) -> OutageOrder:
    row = await session.get(OutageOrder, (outage.id, order_id))
    if row is None or row.part is not Part.CHILD:
        raise Conflict("outage.no_child", number=outage.number)
    return row


async def _dispatch(session: AsyncSession, order_id: UUID) -> None:
    await defer(session, "planning.dispatch_order", order_id=str(order_id))


async def _changed(session: AsyncSession, outage: Outage) -> None:
    outage.version += 1
    await session.flush()
    await announce(session, outage.area_id, "outage", outage.id, version=outage.version)


def _log(
    session: AsyncSession, outage: Outage, kind: str, at: datetime, actor: Actor, note: str | None,
    data: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    session.add(OutageEvent(id=uuid7(), outage_id=outage.id, kind=kind, at=at, by=actor.account_id,
                            note=(note or "").strip() or None, data=data or {}))  # fmt: skip


def _check_end(expected_end: datetime, now: datetime) -> None:
    if not now < expected_end <= now + LONGEST:
        raise Invalid("outage.expected_end", field="expectedEnd")


def _node(extent: Extent) -> str | None:
    return (extent.network_node or "").strip() or None


def _shape(extent: Extent) -> str | None:
    if extent.ring is None:
        return None
    if len(extent.ring) < 3 or any(not (-180 <= lon <= 180 and -85 <= lat <= 85) for lon, lat in extent.ring):
        raise Invalid("outage.ring", field="ring")
    drawn = Polygon(extent.ring)
    if not drawn.is_valid or drawn.area == 0:
        raise Invalid("outage.ring", field="ring")
    corners = ", ".join(f"{lon:.7f} {lat:.7f}" for lon, lat in drawn.exterior.coords)
    return f"SRID=4326;MULTIPOLYGON((({corners})))"
