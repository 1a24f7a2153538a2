"""Open orders that may be one are suggested, to those who may see them."""

from __future__ import annotations

from datetime import timedelta

from dispatch.orders.intake.related.duplicate_groups import duplicate_groups, linked_to
from dispatch.orders.intake.related.duplicates import promise, related_orders
from dispatch.orders.models import Level, Tier
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from grids.models import ServiceArea
from grids.service import locate_many
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.db import Database
from tests.dispatch.orders.intake.test_duplicates import ANN, said, standing

NODE = {"network_node": "OLT-7"}


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


async def test_three_reports_on_one_node_within_half_an_hour_look_like_an_outage(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        area = await standing(session, area)
        early = await said(session, area, minutes(300), **NODE)
        three = [await said(session, area, minutes(ago), **NODE) for ago in (28, 15, 2)]
        await said(session, area, minutes(1), network_node="OLT-8")
        (found,) = await duplicate_groups(session, area, SYSTEM)
        assert (found.kind, found.orders[0].why) == ("outage", "same_node")
        assert [related.order_id for related in found.orders] == [order.id for order in three]
        assert early.id not in {related.order_id for related in found.orders}


async def test_neighbours_in_one_building_look_like_an_outage_and_the_street_does_not(
    database: Database, area: ServiceArea
):
    async with database.transaction() as session:
        area = await standing(session, area)
        for number in range(3):
            await said(session, area, minutes(5 - number), point=(-123.15 + number * 0.0001, 49.25))
        for number in range(3):
            await said(session, area, minutes(5 - number), point=(-123.12 + number * 0.002, 49.25))
        (found,) = await duplicate_groups(session, area, SYSTEM)
        assert found.orders[0].why == "same_building"
        assert len(found.orders) == 3


async def test_one_subscriber_or_address_twice_is_a_duplicate_until_they_are_merged(
    database: Database, area: ServiceArea
):
    async with database.transaction() as session:
        area = await standing(session, area)
        first = await said(session, area, timedelta(days=2), subscriber=ANN, product="fibre")
        second = await said(session, area, timedelta(days=1), subscriber=ANN, product="fibre", fault_type="slow")
        await said(session, area, subscriber=ANN, product="tv")
        third = await said(session, area, timedelta(hours=9), address="5 High  Street")
        fourth = await said(session, area, timedelta(hours=8), address="5 high street")
        await said(session, area, timedelta(hours=7), address="5 High Street", fault_type="slow")
        found = await duplicate_groups(session, area, SYSTEM)
        assert [(one.orders[0].why, [related.order_id for related in one.orders]) for one in found] == [
            ("same_subscriber", [first.id, second.id]),
            ("same_address", [third.id, fourth.id]),
        ]
        related = await related_orders(session, area, first, SYSTEM)
        assert [one.order_id for one in related.duplicates] == [second.id]
        await apply(session, SYSTEM, second.id, acts.Merge(into_order_id=first.id))
        assert [one.orders[0].order_id for one in await duplicate_groups(session, area, SYSTEM)] == [third.id]
        merged, _ = await linked_to(session, first, SYSTEM)
        assert [one.number for one in merged] == [second.number]
        _, linked = await linked_to(session, second, SYSTEM)
        assert [(one.number, one.why) for one in linked] == [(first.number, "merged_into")]


async def test_what_lies_outside_ones_grids_is_not_suggested(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        area = await standing(session, area)
        for ago in (3, 2, 1):
            await said(session, area, minutes(ago), point=(10.05, 50.05), subscriber=ANN, **NODE)
        (mine,) = await locate_many(session, area.id, [(10.05, 50.05)])
        assert mine is not None
        everywhere, nowhere = (
            Actor(None, "lead", Role.GRID_LEAD, Scope(areas=frozenset({area.id}), grids=grids))
            for grids in (frozenset({mine}), frozenset({area.id}))
        )
        assert len(await duplicate_groups(session, area, everywhere)) == 1
        assert await duplicate_groups(session, area, nowhere) == []


async def test_the_promise_is_known_before_the_report_is_saved(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        area = await standing(session, area)
        now = area.clock.now()
        normal = await promise(session, area, "no_service", Level.NORMAL, Tier.ORDINARY)
        assert (normal.due_at, normal.on_site_due_at) == (now + timedelta(hours=4, minutes=30), None)
        urgent = await promise(session, area, "no_service", Level.URGENT, Tier.ORDINARY)
        assert urgent.on_site_due_at == now + timedelta(hours=4)
        late = now + timedelta(hours=9)
        booked = await promise(session, area, "no_service", Level.NORMAL, Tier.ORDINARY, window_end=late)
        assert booked.due_at == late
