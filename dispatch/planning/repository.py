"""All SQL of planning: the day's orders and people, plans and their stops, what is due."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from dispatch.orders.models import OPEN, Order, Visit
from dispatch.orders.repository import visible
from dispatch.planning.day.snapshot import DayOrder, LivingVisit
from dispatch.planning.models import Move, Plan, PlanRun, PlanStatus, PlanStop, PlanUnplanned, RunStatus
from dispatch.technicians import repository as technicians_repository
from dispatch.technicians.models import Technician
from kit.actor import Actor
from kit.errors import Malformed, NotFound
from kit.geo import LonLat
from kit.http import decode_cursor, encode_cursor

OPEN_FOR_PLANNING = ("reported", "dispatched", "accepted", "en_route", "on_site", "suspended")

_DAY_ORDERS = text(
    """
    SELECT o.id, o.number, o.status, o.owner_id, ST_X(o.point) AS lon, ST_Y(o.point) AS lat, g.code AS grid,
           o.reported_at, o.service_seconds, o.due_at,
           o.appointment_start, o.appointment_end, o.skill, o.skill_level, o.priority, o.level, o.tier,
           o.suspended_until, o.escalated_to_lead, o.departed_at, o.arrived_at,
           o.pending_request IS NOT NULL AS asked,
           v.technician_id AS visit_technician, v.status AS visit_status, v.planned_start, v.travel_seconds,
           v.departed_at AS visit_departed, v.arrived_at AS visit_arrived, v.pin, v.position,
           v.planned_end
    FROM orders o
    LEFT JOIN grids g ON g.id = o.grid_id
    LEFT JOIN visits v ON v.order_id = o.id AND v.status IN ('planned', 'en_route', 'on_site')
    WHERE o.area_id = :area AND o.status = ANY(:statuses) AND o.origin <> 'history' AND o.reported_at <= :visible
    ORDER BY o.reported_at, o.number
    """
)

_PEOPLE = text(
    """
    SELECT t.id, t.name, t.speed_factor, t.cost_per_hour, t.max_visits, t.rating, t.contractor, t.team,
           ST_X(t.start_point) AS start_lon, ST_Y(t.start_point) AS start_lat,
           ST_X(t.end_point) AS end_lon, ST_Y(t.end_point) AS end_lat,
           coalesce((SELECT jsonb_object_agg(s.skill, s.level) FROM technician_skills s
                     WHERE s.technician_id = t.id AND (s.expires_on IS NULL OR s.expires_on >= :day)), '{}') AS skills
    FROM technicians t
    WHERE t.area_id = :area AND t.status = 'active'
    ORDER BY t.id
    """
)

_ROLES = text(
    """
    SELECT g.code AS grid, c.technician_a_id, c.technician_b_id
    FROM grid_contracts c JOIN grids g ON g.id = c.grid_id
    WHERE g.area_id = :area AND g.archived_at IS NULL AND c.valid @> CAST(:day AS date)
    ORDER BY g.code
    """
)

_TODAY = text(
    """
    SELECT t.id,
           (SELECT count(*) FROM visits v WHERE v.technician_id = t.id AND v.status IN ('done', 'broken_off')
              AND v.ended_at >= :start AND v.ended_at < :end) AS done,
           last.lon AS visit_lon, last.lat AS visit_lat, last.at AS visit_at,
           seen.lon AS seen_lon, seen.lat AS seen_lat, seen.at AS seen_at
    FROM technicians t
    LEFT JOIN LATERAL (
        SELECT ST_X(o.point) AS lon, ST_Y(o.point) AS lat, v.ended_at AS at
        FROM visits v JOIN orders o ON o.id = v.order_id
        WHERE v.technician_id = t.id AND v.status IN ('done', 'broken_off') AND v.ended_at >= :start
          AND v.ended_at < :end AND o.point IS NOT NULL
        ORDER BY v.ended_at DESC LIMIT 1
    ) AS last ON true
    LEFT JOIN LATERAL (
        SELECT ST_X(p.point) AS lon, ST_Y(p.point) AS lat, p.occurred_at AS at
        FROM positions p
        WHERE p.technician_id = t.id AND p.occurred_at >= :start AND p.occurred_at <= :now
        ORDER BY p.occurred_at DESC LIMIT 1
    ) AS seen ON true
    WHERE t.area_id = :area AND t.status = 'active'
    """
)


def _point(lon: float | None, lat: float | None) -> LonLat | None:
    return None if lon is None or lat is None else (lon, lat)


async def day_orders(session: AsyncSession, area_id: UUID, visible: datetime) -> list[DayOrder]:
    """The orders of an area that are open and were reported by `visible`, with their living visits."""
    rows = await session.execute(
        _DAY_ORDERS, {"area": area_id, "statuses": list(OPEN_FOR_PLANNING), "visible": visible}
    )
    return [_day_order(row) for row in rows]


def _day_order(row: Row[Any]) -> DayOrder:
    visit = None
    if row.visit_technician is not None:
        visit = LivingVisit(
            row.visit_technician, row.visit_status, row.planned_start, row.travel_seconds, row.visit_departed,
            row.visit_arrived, row.pin, row.position, row.planned_end,
        )  # fmt: skip
    window = (row.appointment_start, row.appointment_end) if row.appointment_start and row.appointment_end else None
    return DayOrder(
        id=row.id,
        number=row.number,
        status=row.status,
        owner_id=row.owner_id,
        point=_point(row.lon, row.lat),
        grid=row.grid,
        reported_at=row.reported_at,
        service_seconds=row.service_seconds,
        due_at=row.due_at,
        appointment=window,
        skill=row.skill,
        skill_level=row.skill_level,
        priority=row.priority,
        urgent=row.level == "urgent",
        tier=row.tier,
        suspended_until=row.suspended_until,
        escalated_to_lead=row.escalated_to_lead,
        departed_at=row.departed_at,
        arrived_at=row.arrived_at,
        visit=visit,
        asked=row.asked,
    )


@dataclass(frozen=True, slots=True)
class Person:
    """A technician's standing data on a day."""

    id: UUID
    name: str
    skills: Mapping[str, int]
    start: LonLat | None
    end: LonLat | None
    speed_factor: float
    cost_per_hour: float
    max_visits: int
    rating: float | None
    contractor: str | None
    team: str | None


async def people(session: AsyncSession, area_id: UUID, day: date) -> list[Person]:
    """The active technicians of an area with the skills valid on a local day."""
    rows = await session.execute(_PEOPLE, {"area": area_id, "day": day})
    return [
        Person(
            row.id, row.name, row.skills, _point(row.start_lon, row.start_lat), _point(row.end_lon, row.end_lat),
            row.speed_factor, row.cost_per_hour, row.max_visits, row.rating, row.contractor, row.team,
        )
        for row in rows
    ]  # fmt: skip


async def roles(session: AsyncSession, area_id: UUID, day: date) -> dict[UUID, dict[str, str]]:
    """By technician: grid code -> A or B, from the contracts in force on a local day. A wins over B."""
    found: dict[UUID, dict[str, str]] = {}
    for row in await session.execute(_ROLES, {"area": area_id, "day": day}):
        if row.technician_b_id is not None:
            found.setdefault(row.technician_b_id, {}).setdefault(row.grid, "B")
        found.setdefault(row.technician_a_id, {})[row.grid] = "A"
    return found


@dataclass(frozen=True, slots=True)
class Worked:
    """What somebody has done today, and where they were last."""

    done: int
    place: LonLat | None


async def worked_today(
    session: AsyncSession, area_id: UUID, start: datetime, end: datetime, now: datetime
) -> dict[UUID, Worked]:
    """By technician: visits that ended between two instants, and the newest known place by `now`."""
    rows = await session.execute(_TODAY, {"area": area_id, "start": start, "end": end, "now": now})
    found = {}
    for row in rows:
        visit, seen = _point(row.visit_lon, row.visit_lat), _point(row.seen_lon, row.seen_lat)
        place = seen if visit is None or (seen is not None and row.seen_at > row.visit_at) else visit
        found[row.id] = Worked(row.done, place)
    return found


# --- plans ------------------------------------------------------------------------------------------------------------


async def plan(session: AsyncSession, actor: Actor, plan_id: UUID, *, lock: bool = False) -> Plan:
    """One plan of an area the actor may see. Raises `NotFound`."""
    query = select(Plan).where(Plan.id == plan_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None or not (actor.trusted or actor.scope.allows_area(found.area_id)):
        raise NotFound("planning.no_plan", plan=str(plan_id))
    return found


async def page_of_plans(
    session: AsyncSession, area_id: UUID, on: date | None, current: bool, limit: int, cursor: str | None
) -> tuple[Sequence[Plan], str | None]:
    """The newest plans of an area, of one service day if asked, after a cursor; and the next page's cursor. `current`:
    without what was superseded or discarded.
    """
    query = select(Plan).where(Plan.area_id == area_id).order_by(Plan.id.desc()).limit(limit + 1)
    if on is not None:
        query = query.where(Plan.service_date == on)
    if current:
        query = query.where(Plan.status.in_((PlanStatus.DRAFT, PlanStatus.PUBLISHED)))
    if cursor is not None:
        try:
            query = query.where(Plan.id < UUID(decode_cursor(cursor, 1)[0]))
        except ValueError as error:
            raise Malformed("malformed.cursor", field="cursor") from error
    found = (await session.execute(query.options(defer(Plan.seen)))).scalars().all()
    return found[:limit], encode_cursor(found[limit - 1].id) if len(found) > limit else None


async def published_plan(session: AsyncSession, area_id: UUID, on: date) -> Plan | None:
    """The plan people work by on a day."""
    query = select(Plan).where(Plan.area_id == area_id, Plan.service_date == on, Plan.status == PlanStatus.PUBLISHED)
    return (await session.execute(query)).scalar_one_or_none()


async def stops_of(session: AsyncSession, plan_id: UUID) -> Sequence[PlanStop]:
    """A plan's stops, route by route in their order."""
    query = select(PlanStop).where(PlanStop.plan_id == plan_id).order_by(PlanStop.technician_id, PlanStop.position)
    return (await session.execute(query)).scalars().all()


async def visible_stops(session: AsyncSession, actor: Actor, plan_id: UUID) -> list[tuple[PlanStop, str]]:
    """A plan's stops with their orders' numbers, route by route, of the orders the actor may see."""
    query = (
        select(PlanStop, Order.number)
        .join(Order, Order.id == PlanStop.order_id)
        .where(PlanStop.plan_id == plan_id, visible(actor))
        .order_by(PlanStop.technician_id, PlanStop.position)
    )
    return [(stop, number) for stop, number in (await session.execute(query)).all()]


async def visible_unplanned(session: AsyncSession, actor: Actor, plan_id: UUID) -> list[tuple[PlanUnplanned, str]]:
    """What a plan leaves out, oldest report first, of the orders the actor may see."""
    query = (
        select(PlanUnplanned, Order.number)
        .join(Order, Order.id == PlanUnplanned.order_id)
        .where(PlanUnplanned.plan_id == plan_id, visible(actor))
        .order_by(Order.reported_at, Order.number)
    )
    return [(left, number) for left, number in (await session.execute(query)).all()]


async def names_of(session: AsyncSession, technician_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names by technician."""
    query = select(Technician.id, Technician.name).where(Technician.id.in_(technician_ids))
    return {row.id: row.name for row in await session.execute(query)}


async def add_stops(session: AsyncSession, stops: list[dict[str, Any]], unplanned: list[dict[str, Any]]) -> None:
    """Write a plan's lines, a thousand at a time."""
    for table, rows in ((PlanStop, stops), (PlanUnplanned, unplanned)):
        for begin in range(0, len(rows), 1000):
            await session.execute(insert(table), rows[begin : begin + 1000])


# --- runs -------------------------------------------------------------------------------------------------------------


async def run(session: AsyncSession, actor: Actor, run_id: UUID, *, lock: bool = False) -> PlanRun:
    """One planning run of an area the actor may see. Raises `NotFound`."""
    query = select(PlanRun).where(PlanRun.id == run_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None or not (actor.trusted or actor.scope.allows_area(found.area_id)):
        raise NotFound("planning.no_run", run=str(run_id))
    return found


async def living_run(session: AsyncSession, area_id: UUID, on: date) -> PlanRun | None:
    """The run of a day that is queued or running."""
    query = (
        select(PlanRun)
        .where(
            PlanRun.area_id == area_id,
            PlanRun.service_date == on,
            PlanRun.status.in_((RunStatus.QUEUED, RunStatus.RUNNING)),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def numbers(session: AsyncSession, order_ids: Iterable[str | UUID]) -> list[str]:
    """The readable numbers of orders."""
    rows = await session.execute(
        text("SELECT number FROM orders WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY number"),
        {"ids": [str(order_id) for order_id in order_ids]},
    )
    return [row.number for row in rows]


async def seen_by(session: AsyncSession, actor: Actor, area_id: UUID) -> tuple[set[UUID], set[UUID]]:
    """The open orders and the technicians of an area that the actor may see."""
    orders = select(Order.id).where(Order.area_id == area_id, Order.status.in_(OPEN), visible(actor))
    people = select(Technician.id).where(Technician.area_id == area_id, technicians_repository.visible(actor))
    return set(await session.scalars(orders)), set(await session.scalars(people))


async def numbers_of(session: AsyncSession, moves: Sequence[Move]) -> dict[UUID | None, str]:
    """The numbers of the orders that were moved, by id."""
    wanted = {move.order_id for move in moves if move.order_id is not None}
    rows = await session.execute(select(Order.id, Order.number).where(Order.id.in_(wanted)))
    return {row.id: row.number for row in rows}


# --- what plans did ---------------------------------------------------------------------------------------------------

_BESIDE = ("noted", "attached", "chased", "edited")
"""Acts that concern neither who goes there nor when."""

_ACTED = text(
    """
    SELECT e.order_id FROM jsonb_each(CAST(:events AS jsonb)) AS made (id, counts)
    JOIN order_events e ON e.order_id = CAST(made.id AS uuid) AND e.sequence > CAST(made.counts ->> 1 AS integer)
    WHERE e.type <> ALL(:beside)
    UNION
    SELECT m.order_id FROM plan_moves m
    WHERE m.area_id = :area AND m.service_date = :day AND m.id > :row AND m.undone_at IS NULL AND m.order_id IS NOT NULL
    """
)


async def moves_of_plan(session: AsyncSession, plan_id: UUID) -> Sequence[Move]:
    """What a plan did when it was published or applied in part, as far as it stands; the newest first."""
    query = select(Move).where(Move.plan_id == plan_id, Move.undone_at.is_(None)).order_by(Move.id.desc())
    return (await session.execute(query.with_for_update())).scalars().all()


async def acted_since(session: AsyncSession, row: Move) -> set[UUID]:
    """The orders of a move that somebody has acted on or moved since."""
    values = {
        "events": json.dumps(row.events), "beside": list(_BESIDE), "area": row.area_id, "day": row.service_date,
        "row": row.id,
    }  # fmt: skip
    return set((await session.execute(_ACTED, values)).scalars())


async def as_if_never_made(session: AsyncSession, row: Move, order_ids: Iterable[UUID]) -> None:
    """After a move was taken back for these orders: for the plans under it, nobody has acted on them by it."""
    query = select(Move).where(
        Move.area_id == row.area_id, Move.service_date == row.service_date, Move.plan_id.is_not(None),
        Move.id < row.id, Move.undone_at.is_(None),
    )  # fmt: skip
    taken_back = {str(order_id) for order_id in order_ids if str(order_id) in row.events}
    rows = await session.execute(select(Order.id, Order.events).where(Order.id.in_(taken_back)))
    now = {str(order_id): events for order_id, events in rows}
    for under in (await session.execute(query.with_for_update())).scalars():
        same = {key for key in taken_back & under.events.keys() if under.events[key][1] == row.events[key][0]}
        if same:
            under.events = {**under.events, **{key: [under.events[key][0], now[key]] for key in same}}
    await session.flush()


async def orders_visited_by(session: AsyncSession, plan_id: UUID) -> set[UUID]:
    """The orders whose living visit came with a plan, or with a move while it was the day's plan."""
    living = ("planned", "en_route", "on_site")
    return set(await session.scalars(select(Visit.order_id).where(Visit.plan_id == plan_id, Visit.status.in_(living))))
