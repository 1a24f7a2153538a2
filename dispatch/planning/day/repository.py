"""The SQL of a day: its open orders, its people, their roles, and what they have done today."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning.day.snapshot import DayOrder, LivingVisit
from dispatch.planning.statuses import LIVING_SQL, OPEN_SQL, OVER_SQL
from kit.geo import LonLat

_DAY_ORDERS = text(
    f"""
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
    LEFT JOIN visits v ON v.order_id = o.id AND v.status IN {LIVING_SQL}
    WHERE o.area_id = :area AND o.status IN {OPEN_SQL} AND o.origin <> 'history' AND o.reported_at <= :visible
      AND (CAST(:ids AS uuid[]) IS NULL OR o.id = ANY(CAST(:ids AS uuid[]))
           OR v.technician_id = ANY(CAST(:people AS uuid[])))
    ORDER BY o.reported_at, o.number
    """  # noqa: S608 - statuses of our own
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
    f"""
    SELECT t.id,
           (SELECT count(*) FROM visits v WHERE v.technician_id = t.id AND v.status IN {OVER_SQL}
              AND v.ended_at >= :start AND v.ended_at < :end) AS done,
           last.lon AS visit_lon, last.lat AS visit_lat, last.at AS visit_at,
           seen.lon AS seen_lon, seen.lat AS seen_lat, seen.at AS seen_at
    FROM technicians t
    LEFT JOIN LATERAL (
        SELECT ST_X(o.point) AS lon, ST_Y(o.point) AS lat, v.ended_at AS at
        FROM visits v JOIN orders o ON o.id = v.order_id
        WHERE v.technician_id = t.id AND v.status IN {OVER_SQL} AND v.ended_at >= :start
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
    """  # noqa: S608 - statuses of our own
)


def point_of(lon: float | None, lat: float | None) -> LonLat | None:
    return None if lon is None or lat is None else (lon, lat)


async def day_orders(
    session: AsyncSession,
    area_id: UUID,
    visible: datetime,
    ids: Collection[UUID] | None = None,
    technician_ids: Collection[UUID] = (),
) -> list[DayOrder]:
    """The orders of an area that are open and were reported by `visible`, with their living visits. With `ids` only
    these, and those whose visits these technicians have.
    """
    values = {
        "area": area_id, "visible": visible, "ids": None if ids is None else list(ids), "people": list(technician_ids),
    }  # fmt: skip
    return [_day_order(row) for row in await session.execute(_DAY_ORDERS, values)]


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
        point=point_of(row.lon, row.lat),
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
            row.id, row.name, row.skills, point_of(row.start_lon, row.start_lat), point_of(row.end_lon, row.end_lat),
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
        visit, seen = point_of(row.visit_lon, row.visit_lat), point_of(row.seen_lon, row.seen_lat)
        place = seen if visit is None or (seen is not None and row.seen_at > row.visit_at) else visit
        found[row.id] = Worked(row.done, place)
    return found
