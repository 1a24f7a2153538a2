"""What a report may be besides itself, shown before it is saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.intake.importing import import_orders
from dispatch.orders.intake.related.duplicates import checks
from dispatch.orders.models import Order, Origin
from dispatch.orders.reporting import Provenance, Report, SubscriberGiven, report
from grids.models import ServiceArea
from grids.service import set_clock
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.db import Database
from kit.ids import uuid7
from tests.dispatch.orders.intake.conftest import Writer, mapping, row

NOW = datetime(2022, 9, 20, 12, tzinfo=UTC)
ANN = SubscriberGiven("Ann", ("13900000001",))


async def standing(session: AsyncSession, area: ServiceArea) -> ServiceArea:
    return await set_clock(session, area.id, NOW, 0)


async def said(session: AsyncSession, area: ServiceArea, ago: timedelta = timedelta(), **values: Any) -> Order:
    done = values.pop("done_ago", None)
    provenance = Provenance()
    if done is not None:
        provenance = Provenance(origin=Origin.HISTORY, closed_at=NOW - done, completed_at=NOW - done)
    given = Report(**{"fault_type": "no_service", **values})
    return await report(session, SYSTEM, area, given, occurred_at=NOW - ago, provenance=provenance)


async def test_the_same_subscriber_and_product_still_open_is_a_duplicate(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        area = await standing(session, area)
        first = await said(session, area, timedelta(days=2), subscriber=ANN, product="fibre", fault_type="slow")
        found = await checks(
            session, area, Report("no_service", subscriber=SubscriberGiven(phones=ANN.phones), product="fibre")
        )
        assert [(one.order_id, one.why) for one in found.duplicates] == [(first.id, "same_subscriber")]
        assert found.subscriber_id == first.subscriber_id
        other = await checks(session, area, Report("no_service", subscriber=ANN, product="tv"))
        assert other.duplicates == []


async def test_the_same_cause_within_thirty_days_is_a_repeat(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        area = await standing(session, area)
        recent = await said(session, area, timedelta(days=12), done_ago=timedelta(days=11), address="5 High Street")
        await said(session, area, timedelta(days=45), done_ago=timedelta(days=40), address="5 High Street")
        await said(
            session, area, timedelta(days=5), done_ago=timedelta(days=4), address="5 High Street", fault_type="slow"
        )
        found = await checks(session, area, Report("no_service", address=" 5 high street"))
        assert [(one.order_id, one.why) for one in found.repeats] == [(recent.id, "same_address")]
        assert found.duplicates == []


async def test_three_reports_on_one_node_within_half_an_hour_look_like_an_outage(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        area = await standing(session, area)
        await said(session, area, timedelta(minutes=40), network_node="OLT-7")
        await said(session, area, timedelta(minutes=20), network_node="OLT-7")
        asked = Report("no_service", network_node="OLT-7")
        assert (await checks(session, area, asked)).outage is None
        await said(session, area, timedelta(minutes=1), network_node="OLT-7")
        outage = (await checks(session, area, asked)).outage
        assert outage is not None
        assert (outage.why, outage.reports, outage.needed, len(outage.orders)) == ("same_node", 3, 3, 2)


async def test_neighbours_in_one_building_count_by_their_place(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        area = await standing(session, area)
        for _ in range(2):
            await said(session, area, timedelta(minutes=5), point=(10.05, 50.05))
        near = await checks(session, area, Report("slow", point=(10.0501, 50.0501)))
        far = await checks(session, area, Report("slow", point=(10.06, 50.05)))
    assert near.outage is not None
    assert near.outage.why == "same_building"
    assert far.outage is None


async def test_arrears_are_shown(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        area = await standing(session, area)
        await said(session, area, subscriber=SubscriberGiven("Bo", ("2",), flags=("arrears",)))
        assert (await checks(session, area, Report("slow", subscriber=SubscriberGiven(phones=("2",))))).arrears
        assert not (await checks(session, area, Report("slow", subscriber=SubscriberGiven(phones=("3",))))).arrears


async def test_nobody_is_shown_an_order_they_may_not_see(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        area = await standing(session, area)
        await said(session, area, address="5 High Street")
        lead = Actor(uuid7(), "Lee", Role.GRID_LEAD, Scope(areas=frozenset({area.id}), grids=frozenset({uuid7()})))
        asked = Report("no_service", address="5 High Street")
        assert len((await checks(session, area, asked)).duplicates) == 1
        assert (await checks(session, area, asked, lead)).duplicates == []


async def test_an_import_marks_its_repeats_and_counts_its_duplicates(
    database: Database, area: ServiceArea, write: Writer
):
    rows = [
        row(1, opened="2022-09-01T08:00:00+02:00", closed="2022-09-02T08:00:00+02:00", address="5 High Street"),
        row(2, opened="2022-09-20T08:00:00+02:00", closed="2022-09-28T08:00:00+02:00", address="5 High Street"),
        row(3, opened="2022-09-21T08:00:00+02:00", closed="2022-09-28T08:00:00+02:00", address="5 High Street"),
        row(4, opened="2022-12-21T08:00:00+02:00", closed="2022-12-28T08:00:00+02:00", address="5 High Street"),
    ]
    result = await import_orders(database, area, write(rows), mapping(kind="history"))
    assert (result.repeats, result.duplicates) == (2, 1)
    async with database.transaction() as session:
        first = await session.scalar(select(Order.id).order_by(Order.reported_at).limit(1))
        repeats = await session.scalars(text("SELECT repeat_of_id FROM orders WHERE repeat_of_id IS NOT NULL"))
        assert set(repeats) == {first}
