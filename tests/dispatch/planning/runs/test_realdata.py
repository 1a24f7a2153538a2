"""Vancouver's busiest located day, 2022-09-27, with 44 technicians on the real roads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text

import dispatch.tables  # noqa: F401 - foreign keys across rooms
from citymap.importing import import_city
from citymap.osrm.client import RoadsClient, roads_process
from citymap.service import road_travel
from dispatch.orders.intake.importing import import_orders
from dispatch.orders.intake.rows.mapping import load_mapping
from dispatch.orders.models import Order, Status, Visit, VisitStatus
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.planning.board.routes import routes
from dispatch.planning.dispatching.replay_clock import advance_clock
from dispatch.planning.drafts.applying import publish_plan
from dispatch.planning.runs.options import PlanOptions
from dispatch.planning.runs.planning import PlanResult, plan_day
from dispatch.policies.service import install_defaults
from dispatch.technicians.generate import generate
from grids.importing import import_grids
from grids.models import AreaKind, ServiceArea
from grids.service import create_area
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.db import Database
from optimizer.evaluation.evaluate import evaluate
from tests.databases import TestCluster, schema_key, sources_hash
from tests.road_cache import CACHE, made

DAY = date(2022, 9, 27)
NOON = datetime(2022, 9, 27, 19, 0, tzinfo=UTC)
"""12:00 in Vancouver."""

pytestmark = [pytest.mark.realdata, pytest.mark.slow]


async def _fill(url: str, folder: Path) -> None:
    database = Database(url)
    try:
        async with database.transaction() as session:
            area = await create_area(session, "vancouver", "Vancouver", "America/Vancouver", AreaKind.TRIAL)
            await install_defaults(session, area)
        await import_city(database, area.id, folder / "roads.osm.pbf", home=CACHE)
        async with database.transaction() as session:
            area = (await session.execute(select(ServiceArea))).scalar_one()
            await import_grids(session, area, folder / "grids.geojson", "name")
            await generate(session, area, 2, 1)
        await import_orders(database, area, folder / "orders_2022-09.csv", load_mapping("vancouver"))
    finally:
        await database.dispose()


@dataclass(frozen=True)
class Vancouver:
    """The city with its grids, people and orders."""

    database: Database
    area_id: UUID
    roads: RoadsClient

    async def area(self) -> ServiceArea:
        async with self.database.transaction() as session:
            return (await session.execute(select(ServiceArea))).scalar_one()

    async def plan(self, seconds: float = 10) -> PlanResult:
        return await plan_day(self.database, await self.area(), DAY, PlanOptions(seconds=seconds), roads=self.roads)


@pytest.fixture
async def vancouver(
    cluster: TestCluster, schema_template: str, realdata: Path, tmp_path: Path
) -> AsyncIterator[Vancouver]:  # fmt: skip
    key = f"{schema_key()}:{sources_hash('citymap/*.py', 'grids/*.py', 'dispatch/technicians/*.py')}:planning"
    key += sources_hash("dispatch/orders/intake/**/*", "dispatch/policies/*.py")
    folder = realdata / "vancouver"

    def build(url: str) -> None:
        made(folder / "roads.osm.pbf")
        asyncio.run(_fill(url, folder))

    template = await asyncio.to_thread(cluster.template, key, build, base=schema_template)
    name = cluster.clone(template)
    database = Database(cluster.url(name))
    async with database.transaction() as session:
        area_id = (await session.execute(select(ServiceArea.id))).scalar_one()
    async with roads_process(tmp_path / "r.sock", CACHE, database.url) as client:
        yield Vancouver(database, area_id, client)
    await database.dispose()
    cluster.drop(name)


async def test_the_busiest_day_is_planned_on_real_roads_without_violation(vancouver: Vancouver):
    result = await vancouver.plan()
    summary = result.summary
    assert summary.violations == []
    assert evaluate(result.problem, result.proposal).feasible
    assert summary.orders == summary.planned + len(summary.unplanned)
    assert summary.planned >= 58
    assert len(result.problem.technicians) > 30
    assert (summary.travel.source, summary.travel.fallback_pairs) == ("osrm", 0)
    assert summary.ortools.groups >= 1
    reported = {str(row.id): row.reported_at for row in await _reports(vancouver)}
    origin = datetime(2022, 9, 27, 7, 0, tzinfo=UTC).timestamp()
    for route in result.proposal.routes:
        for stop in route.stops:
            assert origin + stop.start >= reported[stop.visit_id].timestamp()


async def _reports(vancouver: Vancouver):
    async with vancouver.database.transaction() as session:
        return (await session.execute(text("SELECT id, reported_at FROM orders"))).all()


async def test_a_day_lived_to_noon_is_published_worked_and_planned_again_with_started_work_unmoved(
    vancouver: Vancouver,
):
    await advance_clock(vancouver.database, SYSTEM, vancouver.area_id, NOON)
    first = await vancouver.plan()
    assert first.summary.violations == []
    dispatcher = Actor(None, "d", Role.DISPATCHER, Scope(areas=frozenset({vancouver.area_id})))
    async with vancouver.database.transaction() as session:
        done = await publish_plan(session, dispatcher, first.plan_id)
    assert done.outcome.visits == first.summary.planned
    async with vancouver.database.transaction() as session:
        begun = (
            (
                await session.execute(
                    select(Order)
                    .join(Visit, Visit.order_id == Order.id)
                    .where(Visit.status == VisitStatus.PLANNED, Visit.position == 0)
                    .order_by(Order.number)
                    .limit(10)
                )
            )
            .scalars()
            .all()
        )
    for order in begun:
        owner = Actor(
            None, "t", Role.TECHNICIAN, Scope(areas=frozenset({vancouver.area_id}), technician=order.owner_id)
        )
        async with vancouver.database.transaction() as session:
            for act in (acts.Accept(), acts.Depart(), acts.Arrive(reason="test")):
                await apply(session, owner, order.id, act)
    second = await vancouver.plan()
    assert second.summary.violations == []
    for order in begun:
        route = second.proposal.route_of(str(order.owner_id))
        assert route is not None
        assert route.stops[0].visit_id == str(order.id)
    async with vancouver.database.transaction() as session:
        await publish_plan(session, dispatcher, second.plan_id)
        still = (await session.execute(select(Order.status).where(Order.id.in_([o.id for o in begun])))).scalars()
        assert set(still) == {Status.ON_SITE}
        area = (await session.execute(select(ServiceArea))).scalar_one()
        travel = await road_travel(session, area.id, vancouver.roads)
        shown = await routes(session, dispatcher, area, DAY, travel)
    assert shown.straight_line is False
    assert all(route.line is not None and len(route.line.coordinates) > 10 for route in shown.routes if route.stops)
