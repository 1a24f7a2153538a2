"""Boards kept between requests: as they are while the feed tells of no change, else updated by what changed, or read
anew.

What people do to a day goes through the feed of changes (`kit.live`), so its newest entries tell cheaply whether what
we keep still holds, and which orders and routes to read again.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import OsrmTravel, TravelSource
from dispatch.planning import repository
from dispatch.planning.board.board import Board, Key, Mark
from dispatch.planning.board.roads import Roads, with_roads
from dispatch.planning.day.loading import load_day
from dispatch.planning.day.policy import policy_of_day
from dispatch.planning.day.problem_builder import Prepared, prepare, route_order
from dispatch.planning.day.repository import day_orders
from dispatch.planning.day.snapshot import Day
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.db import Database
from kit.errors import Stale
from optimizer.evaluation.delta import Ledger
from optimizer.evaluation.subproblem import timed_plan
from optimizer.problem import Problem, Technician, Visit

log = structlog.get_logger()

FRESH_FOR = timedelta(seconds=30)
"""How long a board of today may look at the same moment: the clock goes on, and so do people's positions."""
PRICE_HOLDS_FOR = timedelta(minutes=10)
OTHER_DAY_FRESH_FOR = PRICE_HOLDS_FOR / 2
"""A board of another day does not depend on the moment, but the prices made on it may be moved for so long only."""
LOOK_SECONDS = 60
"""A price that is only looked at may be of a board so old, in real seconds, while a new one is made."""
BOARDS_KEPT = 4
CHANGES_LOOKED_AT = 64

_NEWEST = text(
    """
    SELECT id, topic, key FROM feed WHERE area_id = :area
        AND topic NOT IN ('plan', 'plan_run', 'position', 'alarm', 'import', 'assessment', 'appeal')
    ORDER BY xid DESC, id DESC LIMIT :most
    """
)
"""The newest changes that may move a board. Several, because transactions commit out of order."""

_revisions = itertools.count(1)
_boards: OrderedDict[Key, Board] = OrderedDict()
_building: dict[Key, asyncio.Lock] = {}
_in_background: dict[Key, asyncio.Task[None]] = {}


async def load_board(
    session: AsyncSession,
    area: ServiceArea,
    on: date,
    travel: TravelSource | None,
    *,
    plan_id: UUID | None = None,
    as_of: datetime | None = None,
) -> Board:
    """The day's board: the kept one where nothing moved, else updated or read anew.

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
        day = None
        if kept is not None and _holds(kept, as_of, now):
            if kept.mark == mark:
                _boards.move_to_end(key)
                return kept
            day = await _updated_day(session, kept, mark)
        moment = kept.as_of if kept is not None and day is not None else as_of or now
        day = day or await load_day(session, area, on, moment)
        built = await _build(session, area, key, travel, mark, moment, day)
        _boards[key] = built
        while len(_boards) > BOARDS_KEPT:
            _building.pop(_boards.popitem(last=False)[0], None)
        return built


def _holds(kept: Board, as_of: datetime | None, now: datetime) -> bool:
    """Whether a kept board looks at the moment that is asked for."""
    if as_of is not None:
        return kept.as_of == as_of
    return timedelta() <= now - kept.as_of <= (FRESH_FOR if kept.day.span.is_today else OTHER_DAY_FRESH_FOR)


async def board_for_price(
    database: Database,
    session: AsyncSession,
    area: ServiceArea,
    on: date,
    travel: TravelSource | None,
    plan_id: UUID | None,
) -> Board:
    """The day's board for a price that is only looked at: one of a moment ago will do while the present one is made.

    After somebody moved a route the present one is waited for: whoever drops next must see that. A move is always
    checked against the present board.
    """
    key = Key(area.id, on, plan_id)
    kept, mark = _boards.get(key), await _mark(session, area.id)
    if kept is None or (kept.mark == mark and _holds(kept, None, area.clock.now())):
        return await load_board(session, area, on, travel, plan_id=plan_id)
    news = {topic for number, (topic, _) in mark.items() if number not in kept.mark}
    if not news <= {"order"} or time.monotonic() - kept.built > LOOK_SECONDS:
        return await load_board(session, area, on, travel, plan_id=plan_id)
    _load_in_background(database, key, travel)
    return kept


def make_ready(database: Database, area_id: UUID, on: date, travel: TravelSource | None) -> None:
    """Load the working day's board in the background, so that the first price need not wait for the matrix of its
    roads. Nothing is done where a board is kept already, or where there are no roads to ask.
    """
    key = Key(area_id, on)
    if key not in _boards and isinstance(travel, OsrmTravel):
        _load_in_background(database, key, travel)


def _load_in_background(database: Database, key: Key, travel: TravelSource | None) -> None:
    if key not in _in_background:
        task = asyncio.create_task(_load(database, key, travel))
        _in_background[key] = task
        task.add_done_callback(lambda _: _in_background.pop(key, None))


async def _load(database: Database, key: Key, travel: TravelSource | None) -> None:
    try:
        async with database.transaction() as session:
            area = await area_by_id(session, key.area_id)
            await load_board(session, area, key.on, travel, plan_id=key.plan_id)
    except Exception as error:  # noqa: BLE001 - the next price meets it again and tells
        log.warning("planning.board_not_loaded", error=type(error).__name__)


# --- what changed -----------------------------------------------------------------------------------------------------


async def _mark(session: AsyncSession, area_id: UUID) -> Mark:
    rows = await session.execute(_NEWEST, {"area": area_id, "most": CHANGES_LOOKED_AT})
    return {row.id: (row.topic, row.key) for row in rows}


async def _updated_day(session: AsyncSession, kept: Board, mark: Mark) -> Day | None:
    """The kept day with the orders and routes that changed read again, at the same moment.

    None where only the whole day tells: something else changed than known orders and routes, or work began or ended,
    which also moves people.
    """
    news = {row for number, row in mark.items() if number not in kept.mark}
    too_many = len(mark) >= CHANGES_LOOKED_AT and not kept.mark.keys() & mark.keys()
    if too_many or any(topic not in ("order", "route") for topic, _ in news):
        return None
    people = {UUID(key) for topic, key in news if topic == "route"}
    changed = {UUID(key) for topic, key in news if topic == "order"}
    changed |= {o.id for o in kept.day.orders if o.visit is not None and o.visit.technician_id in people}
    rows = await day_orders(session, kept.key.area_id, kept.day.span.visible_until, changed, people)
    read = {order.id: order for order in rows}
    if not changed & kept.orders.keys() <= read.keys() <= kept.orders.keys():
        return None  # one is over, or new; what was over before is of no concern
    if any(order.started or kept.orders[order.id].started for order in read.values()):
        return None
    return replace(kept.day, orders=tuple(read.get(order.id, order) for order in kept.day.orders))


# --- building ---------------------------------------------------------------------------------------------------------


async def _build(
    session: AsyncSession,
    area: ServiceArea,
    key: Key,
    travel: TravelSource | None,
    mark: Mark,
    as_of: datetime,
    day: Day,
) -> Board:
    kept = _boards.get(key) or _boards.get(replace(key, plan_id=None))
    routes = await _routes(session, day, key.plan_id)
    weights = (await policy_of_day(session, area.id, key.on, key.plan_id)).weights
    prepared = await asyncio.to_thread(prepare, day)
    roads = await with_roads(area, prepared, travel, None if kept is None else kept.roads)

    def build() -> Board:
        problem = prepared.problem(roads.durations, roads.distances, weights)
        ledger = _ledger(problem, prepared, roads, routes, kept)
        return Board(next(_revisions), key, as_of, mark, time.monotonic(), day, prepared, roads, problem, ledger)

    return await asyncio.to_thread(build)


def _ledger(
    problem: Problem, prepared: Prepared, roads: Roads, routes: Mapping[UUID, Sequence[UUID]], kept: Board | None
) -> Ledger:
    """The routes, timed. A route whose stops and technician are those of the kept board keeps its times."""
    visits = {visit.id: visit for visit in problem.visits}
    movable = visits.keys() - {str(order_id) for order_id in prepared.frozen}
    sequences = {str(who): tuple(str(v) for v in order if str(v) in movable) for who, order in routes.items()}
    same = {}
    if kept is not None and (kept.roads.identity, kept.problem.weights, kept.problem.now) == (
        roads.identity, problem.weights, problem.now,
    ):  # fmt: skip
        new, old = _Inputs(problem, roads), _Inputs(kept.problem, kept.roads)
        same = {
            person.id: kept.ledger.routes.get(person.id)
            for person in problem.technicians
            if new.of(person.id, sequences.get(person.id, ()))
            == old.of(person.id, kept.ledger.sequence(person.id) if person.id in kept.ledger.technicians else ())
        }
    ledger = Ledger(problem, timed_plan(problem, {who: s for who, s in sequences.items() if who not in same}))
    for who, route in same.items():
        ledger.keep(who, route)
    return ledger


class _Inputs:
    """What the times of a route depend on, comparable between boards: places as points, not as numbers."""

    def __init__(self, problem: Problem, roads: Roads) -> None:
        self._points = roads.points
        self._people = {person.id: person for person in problem.technicians}
        self._visits = {visit.id: visit for visit in problem.visits}
        self._published = {stop.visit_id: stop for stop in problem.published}

    def of(self, technician_id: str, sequence: Sequence[str]) -> Any:
        """The technician and the stops of a route; None for somebody who is not at work."""
        person = self._people.get(technician_id)
        if person is None:
            return None
        begun = [stop.visit_id for stop in person.frozen]
        return self._of_person(person), [self._of_visit(self._visits[visit_id]) for visit_id in (*begun, *sequence)]

    def _of_person(self, person: Technician) -> Any:
        start, end = person.start_location, person.end_location
        places = (None if start is None else self._points[start], None if end is None else self._points[end])
        return replace(person, start_location=None, end_location=None), places

    def _of_visit(self, visit: Visit) -> Any:
        return replace(visit, location=0), self._points[visit.location], self._published.get(visit.id)


async def _routes(session: AsyncSession, day: Day, plan_id: UUID | None) -> dict[UUID, list[UUID]]:
    """Whose planned visits follow each other how: as published and edited since, or as a draft has them."""
    found: dict[UUID, list[UUID]] = {}
    if plan_id is not None:
        for stop in await repository.stops_of(session, plan_id):
            found.setdefault(stop.technician_id, []).append(stop.order_id)
        return found
    planned = [order for order in day.orders if not order.started and order.planned_visit(day.span) is not None]
    for order in sorted(planned, key=route_order):
        assert order.visit is not None  # noqa: S101 - filtered above
        found.setdefault(order.visit.technician_id, []).append(order.id)
    return found
