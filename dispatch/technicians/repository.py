"""All SQL of technicians: who they are, what they can, when they work, where they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, false, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.technicians.models import Technician
from kit.actor import Actor

_PEOPLE = text(
    """
    SELECT t.id, t.employee_number, t.name, t.team, t.contractor, t.speed_factor, t.cost_per_hour, t.max_visits,
           t.rating, t.senior,
           ST_X(t.start_point) AS start_lon, ST_Y(t.start_point) AS start_lat,
           ST_X(t.end_point) AS end_lon, ST_Y(t.end_point) AS end_lat,
           coalesce((SELECT jsonb_agg(jsonb_build_array(s.skill, s.level, s.expires_on) ORDER BY s.skill)
                     FROM technician_skills s WHERE s.technician_id = t.id), '[]') AS skills
    FROM technicians t
    WHERE t.status = 'active' AND t.area_id = :area AND (CAST(:one AS uuid) IS NULL OR t.id = :one)
    ORDER BY t.employee_number
    """
)
_PATTERNS = text(
    """
    SELECT p.technician_id, p.weekdays, p.starts, p.ends, p.breaks, lower(p.valid) AS since, upper(p.valid) AS until
    FROM roster_patterns p JOIN technicians t ON t.id = p.technician_id
    WHERE t.status = 'active' AND t.area_id = :area AND (CAST(:one AS uuid) IS NULL OR t.id = :one)
      AND p.valid && daterange(CAST(:first AS date), CAST(:last AS date), '[]')
    """
)
_SHIFTS = text(
    """
    SELECT s.technician_id, lower(s.period) AS start, upper(s.period) AS end, s.breaks
    FROM shifts s JOIN technicians t ON t.id = s.technician_id
    WHERE t.status = 'active' AND t.area_id = :area AND (CAST(:one AS uuid) IS NULL OR t.id = :one)
      AND lower(s.period) >= :start AND lower(s.period) < :end
    """
)
_LEAVES = text(
    """
    SELECT l.id, l.technician_id, t.name, l.kind, lower(l.period) AS start, upper(l.period) AS end, l.substitute_id
    FROM leaves l JOIN technicians t ON t.id = l.technician_id
    WHERE (t.area_id = :area OR t.id = :one) AND l.period && tstzrange(:start, :end)
    ORDER BY t.name, start
    """
)
_LATEST_POSITIONS = text(
    """
    SELECT t.id, t.name, p.occurred_at, p.received_at, p.accuracy_metres, ST_X(p.point) AS lon, ST_Y(p.point) AS lat
    FROM technicians t
    JOIN LATERAL (
        SELECT * FROM positions p WHERE p.technician_id = t.id AND p.occurred_at <= :until
        ORDER BY p.occurred_at DESC LIMIT 1
    ) AS p ON true
    WHERE t.area_id = :area AND t.status = 'active' AND (:everybody OR t.id = ANY(:visible))
    ORDER BY t.employee_number
    """
)


async def people(session: AsyncSession, area_id: UUID, one: UUID | None = None) -> Sequence[Row[Any]]:
    """The active technicians of an area (or one of them) with all their skills."""
    return (await session.execute(_PEOPLE, {"area": area_id, "one": one})).all()


async def patterns(
    session: AsyncSession, area_id: UUID, first: date, last: date, one: UUID | None = None
) -> Sequence[Row[Any]]:
    """The weekly rosters in force on any of the days first … last."""
    return (await session.execute(_PATTERNS, {"area": area_id, "first": first, "last": last, "one": one})).all()


async def shifts(
    session: AsyncSession, area_id: UUID, start: datetime, end: datetime, one: UUID | None = None
) -> Sequence[Row[Any]]:
    """The dated shifts that begin in [start, end)."""
    return (await session.execute(_SHIFTS, {"area": area_id, "start": start, "end": end, "one": one})).all()


async def leaves(
    session: AsyncSession, area_id: UUID | None, start: datetime, end: datetime, one: UUID | None = None
) -> Sequence[Row[Any]]:
    """The leaves that touch [start, end)."""
    return (await session.execute(_LEAVES, {"area": area_id, "one": one, "start": start, "end": end})).all()


async def latest_positions(
    session: AsyncSession, area_id: UUID, until: datetime, visible: Iterable[UUID] | None
) -> Sequence[Row[Any]]:
    """Where the technicians of an area were last seen by an instant; `visible` None means all of them."""
    return (
        await session.execute(
            _LATEST_POSITIONS,
            {"area": area_id, "until": until, "everybody": visible is None, "visible": list(visible or ())},
        )
    ).all()


def visible(actor: Actor) -> ColumnElement[bool]:
    """The technicians an actor may see.

    A technician sees themselves; a contractor's people their own; whoever is limited to grids (a grid lead) those whom
    a contract names there.
    """
    scope = actor.scope
    rules: list[ColumnElement[bool]] = [and_(True)]
    if actor.trusted:
        return rules[0]
    if scope.areas is not None:
        rules.append(Technician.area_id.in_(scope.areas) if scope.areas else false())
    if scope.technician is not None:
        rules.append(Technician.id == scope.technician)
    if scope.contractor is not None:
        rules.append(Technician.contractor == scope.contractor)
    elif scope.grids is not None:
        rules.append(
            Technician.id.in_(
                text(
                    "SELECT unnest(ARRAY[c.technician_a_id, c.technician_b_id]) FROM grid_contracts c"
                    " WHERE c.grid_id = ANY(:scope_grids)"
                ).bindparams(scope_grids=list(scope.grids))
            )
        )
    return and_(*rules)


async def one(session: AsyncSession, actor: Actor, technician_id: UUID, *, lock: bool = False) -> Technician | None:
    """One technician the actor may see."""
    query = select(Technician).where(Technician.id == technician_id, visible(actor))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def visible_ids(session: AsyncSession, actor: Actor, area_id: UUID) -> set[UUID]:
    """The ids of an area's technicians whom the actor may see."""
    query = select(Technician.id).where(Technician.area_id == area_id, visible(actor))
    return set((await session.execute(query)).scalars())


async def page(
    session: AsyncSession, actor: Actor, area_id: UUID, after: tuple[str, UUID] | None, limit: int
) -> Sequence[Technician]:
    """Technicians of an area by employee number; one more than `limit` when there are more."""
    query = (
        select(Technician)
        .where(Technician.area_id == area_id, visible(actor))
        .order_by(Technician.employee_number, Technician.id)
        .limit(limit + 1)
    )
    if after is not None:
        number, last = after
        query = query.where(
            or_(Technician.employee_number > number, and_(Technician.employee_number == number, Technician.id > last))
        )
    return (await session.execute(query)).scalars().all()
