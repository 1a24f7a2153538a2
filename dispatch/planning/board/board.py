"""A day as it is worked by now, ready to be priced: problem, routes and roads, kept as long as nothing moved.

What people do to a day goes through the feed of changes (`kit.live`), so its newest entries tell cheaply whether what
we keep still holds. Every moment of a board is the one it was read at: a price and the move that follows it look at
the same `as_of`, and come to the same second.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from uuid import UUID

import numpy as np
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import UNREACHABLE_SECONDS, OsrmTravel, TravelSource
from dispatch.planning import repository
from dispatch.planning.day.policy import policy_of_day
from dispatch.planning.day.problem_builder import Prepared, prepare, route_order
from dispatch.planning.day.snapshot import Day, DayOrder, DayTechnician
from dispatch.planning.runs.planning import day_matrix, load_day
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.db import Database
from kit.errors import Stale
from kit.geo import LonLat
from optimizer.advice.best_insertion import Inserter
from optimizer.evaluation.delta import Ledger
from optimizer.evaluation.subproblem import timed_plan
from optimizer.problem import UNREACHABLE, Matrix, Problem

log = structlog.get_logger()

FRESH_FOR = timedelta(seconds=30)
"""How long a board of today may look at the same moment: the clock goes on, and so do people's positions."""
PRICE_HOLDS_FOR = timedelta(minutes=10)
LOOK_SECONDS = 60
"""A price that is only looked at may be of a board so old, in real seconds, while a new one is made."""
BOARDS_KEPT = 4
MOST_NEW_POINTS = 400
"""So many places are asked for beside a known matrix; with more the whole is asked anew."""

_NEWEST = text(
    """
    SELECT id, topic FROM feed WHERE area_id = :area
        AND topic NOT IN ('plan', 'plan_run', 'position', 'alarm', 'import', 'assessment', 'appeal')
    ORDER BY xid DESC, id DESC LIMIT 64
    """
)
"""The newest changes that may move a board. Several, because transactions commit out of order."""


@dataclass(frozen=True, slots=True)
class Roads:
    """The matrices of a day's places, as the optimizer wants them, and whose roads they are."""

    identity: str
    points: tuple[LonLat, ...]
    durations: Matrix
    distances: Matrix


@dataclass(frozen=True, slots=True)
class Key:
    """Which board: the working day, or a draft of it."""

    area_id: UUID
    on: date
    plan_id: UUID | None = None


Mark = Mapping[int, str]
"""The newest changes of an area: topic by number."""


@dataclass(frozen=True, eq=False)
class Board:
    """A day ready to be priced. `as_of` is the moment it looks at, `mark` the changes it knows of, `built` the real
    second (of `time.monotonic`) it was made in.
    """

    key: Key
    as_of: datetime
    mark: Mark
    built: float
    day: Day
    prepared: Prepared
    problem: Problem
    ledger: Ledger

    @cached_property
    def orders(self) -> Mapping[UUID, DayOrder]:
        """The day's open orders."""
        return {order.id: order for order in self.day.orders}

    @cached_property
    def people(self) -> Mapping[UUID, DayTechnician]:
        """The area's technicians, at work or not."""
        return {person.id: person for person in self.day.technicians}

    @cached_property
    def inserter(self) -> Inserter:
        """Finds places for the orders that wait."""
        return Inserter(self.problem, self.ledger.plan(), self.ledger)

    def works(self, technician_id: UUID) -> bool:
        """Whether somebody can still be given work that day."""
        return str(technician_id) in self.ledger.technicians

    def version(self, technician_ids: Iterable[UUID], order_id: UUID) -> str:
        """A token of what a price relies on: these routes and people, this order, this moment."""
        parts: list[object] = [self.problem.weights, self.orders[order_id].seen, self.orders[order_id].visit]
        for technician_id in sorted(technician_ids):
            person = self.people[technician_id]
            route = self.ledger.routes.get(str(technician_id))
            parts += [person.seen, person.breaks, person.place, person.done, self._worker(technician_id)]
            for visit_id in () if route is None else route.visit_ids:
                order = self.orders[UUID(visit_id)]
                parts += [visit_id, order.seen, order.visit, order.due_at, order.priority, order.urgent, order.tier]
        digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:20]
        return f"{int(self.as_of.timestamp() * 1_000_000):x}.{digest}"

    def _worker(self, technician_id: UUID) -> object:
        """A technician as the optimizer sees them, but for the numbers that places have on this board only."""
        worker = self.ledger.technicians.get(str(technician_id))
        return None if worker is None else replace(worker, start_location=None, end_location=None)


def moment_of(version: str) -> datetime | None:
    """The moment a version looks at; None for what is no version of ours."""
    try:
        return datetime.fromtimestamp(int(version.split(".")[0], 16) / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


_boards: OrderedDict[Key, Board] = OrderedDict()
_roads: OrderedDict[Key, Roads] = OrderedDict()
_building: dict[Key, asyncio.Lock] = {}
_refreshing: dict[Key, asyncio.Task[None]] = {}


async def board(
    session: AsyncSession,
    area: ServiceArea,
    on: date,
    travel: TravelSource | None,
    *,
    plan_id: UUID | None = None,
    as_of: datetime | None = None,
) -> Board:
    """The day's board: the kept one where nothing moved, else read anew.

    `as_of` is the moment of an earlier price; without it the present one, or one less than half a minute ago. Raises
    `Stale` for a price of more than ten minutes ago, and what `load_day` and `day_matrix` raise.
    """
    key = Key(area.id, on, plan_id)
    now = area.clock.now()
    if as_of is not None and not now - PRICE_HOLDS_FOR <= as_of <= now + FRESH_FOR:
        raise Stale("planning.price_old", current={"asOf": as_of.isoformat(), "now": now.isoformat()})
    async with _building.setdefault(key, asyncio.Lock()):
        mark = await _mark(session, area.id)
        kept = _boards.get(key)
        if kept is not None and kept.mark == mark and _holds(kept, as_of, now):
            _boards.move_to_end(key)
            return kept
        built = await _build(session, area, key, travel, mark, as_of or now)
        _boards[key] = built
        while len(_boards) > BOARDS_KEPT:
            _building.pop(_boards.popitem(last=False)[0], None)
        return built


def _holds(kept: Board, as_of: datetime | None, now: datetime) -> bool:
    if as_of is not None:
        return kept.as_of == as_of
    return not kept.day.span.is_today or timedelta() <= now - kept.as_of <= FRESH_FOR


async def board_for_a_look(
    database: Database,
    session: AsyncSession,
    area: ServiceArea,
    on: date,
    travel: TravelSource | None,
    plan_id: UUID | None,
) -> Board:
    """The day's board for a price that is only looked at: one of a moment ago will do while the present one is made.

    Not after somebody moved a route, though: whoever drops next must see that. A move is always checked against the
    present board.
    """
    key = Key(area.id, on, plan_id)
    kept, mark = _boards.get(key), await _mark(session, area.id)
    if kept is None or (kept.mark == mark and _holds(kept, None, area.clock.now())):
        return await board(session, area, on, travel, plan_id=plan_id)
    news = {topic for number, topic in mark.items() if number not in kept.mark}
    if not news <= {"order"} or time.monotonic() - kept.built > LOOK_SECONDS:
        return await board(session, area, on, travel, plan_id=plan_id)
    if key not in _refreshing:
        task = asyncio.create_task(_refresh(database, key, travel))
        _refreshing[key] = task
        task.add_done_callback(lambda _: _refreshing.pop(key, None))
    return kept


async def _refresh(database: Database, key: Key, travel: TravelSource | None) -> None:
    try:
        async with database.transaction() as session:
            area = await area_by_id(session, key.area_id)
            await board(session, area, key.on, travel, plan_id=key.plan_id)
    except Exception as error:  # noqa: BLE001 - the next price meets it again and tells
        log.warning("planning.board_not_refreshed", error=type(error).__name__)


async def _mark(session: AsyncSession, area_id: UUID) -> Mark:
    return {row.id: row.topic for row in await session.execute(_NEWEST, {"area": area_id})}


async def _build(
    session: AsyncSession, area: ServiceArea, key: Key, travel: TravelSource | None, mark: Mark, as_of: datetime
) -> Board:
    day = await load_day(session, area, key.on, as_of)
    routes = await _routes(session, day, key.plan_id)
    weights = (await policy_of_day(session, area.id, key.on, key.plan_id)).weights
    prepared = await asyncio.to_thread(prepare, day)
    roads = await _with_roads(area, prepared, travel, _roads.get(key) or _roads.get(replace(key, plan_id=None)))
    _roads[key] = roads
    while len(_roads) > BOARDS_KEPT:
        _roads.popitem(last=False)

    def build() -> Board:
        problem = prepared.problem(roads.durations, roads.distances, weights)
        known_visits = {visit.id for visit in problem.visits} - {str(order_id) for order_id in prepared.frozen}
        sequences = {
            str(technician_id): [str(v) for v in order if str(v) in known_visits]
            for technician_id, order in routes.items()
        }
        return Board(
            key, as_of, mark, time.monotonic(), day, prepared, problem, Ledger(problem, timed_plan(problem, sequences))
        )

    return await asyncio.to_thread(build)


async def _routes(session: AsyncSession, day: Day, plan_id: UUID | None) -> dict[UUID, list[UUID]]:
    """Whose planned visits follow each other how: as published and edited since, or as a draft has them."""
    found: dict[UUID, list[UUID]] = {}
    if plan_id is not None:
        for stop in await repository.stops_of(session, plan_id):
            found.setdefault(stop.technician_id, []).append(stop.order_id)
        return found
    planned = [
        order
        for order in day.orders
        if not order.started
        and order.visit is not None
        and order.visit.status == "planned"
        and day.span.holds(order.visit.planned_start)
    ]
    for order in sorted(planned, key=route_order):
        assert order.visit is not None  # noqa: S101 - filtered above
        found.setdefault(order.visit.technician_id, []).append(order.id)
    return found


async def _with_roads(area: ServiceArea, prepared: Prepared, travel: TravelSource | None, known: Roads | None) -> Roads:
    """The matrices of the day's places; what is known is not asked again."""
    points = prepared.points
    if known is not None and travel is not None and known.identity == travel.identity:
        if known.points == points:
            return known
        at = {point: index for index, point in enumerate(known.points)}
        new = [index for index, point in enumerate(points) if point not in at]
        if isinstance(travel, OsrmTravel) and len(new) <= MOST_NEW_POINTS:
            return await _grown(known, at, points, new, travel)
    # Whoever passes a straight line has asked for it.
    durations, distances, _ = await day_matrix(area, prepared, travel, allow_straight_line=True)
    assert travel is not None  # noqa: S101 - `day_matrix` has refused
    return Roads(travel.identity, points, durations, distances)


async def _grown(
    known: Roads, at: Mapping[LonLat, int], points: tuple[LonLat, ...], new: list[int], travel: OsrmTravel
) -> Roads:
    """Matrices over `points` from known ones; the rows and columns of the `new` places are asked for alone."""
    ahead = back = None
    if new:
        strangers = [points[index] for index in new]
        ahead, back = await travel.rectangle(strangers, points), await travel.rectangle(points, strangers)

    def join() -> Roads:
        rows = [at.get(point, 0) for point in points]
        matrices = [matrix[np.ix_(rows, rows)] for matrix in (known.durations, known.distances)]
        if ahead is not None and back is not None:
            for matrix, there, here in zip(matrices, ahead, back, strict=True):
                matrix[new, :] = np.where(ahead[0] >= UNREACHABLE_SECONDS, UNREACHABLE, there)
                matrix[:, new] = np.where(back[0] >= UNREACHABLE_SECONDS, UNREACHABLE, here)
        return Roads(known.identity, points, np.ascontiguousarray(matrices[0]), np.ascontiguousarray(matrices[1]))

    return await asyncio.to_thread(join)
