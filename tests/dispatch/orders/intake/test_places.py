"""Places: found, doubted, put on the worklist, placed by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from dispatch.orders.intake.importing import import_orders
from dispatch.orders.intake.placing.place_worklist import Placement, place_all, waiting
from dispatch.orders.intake.placing.places import Wanted, find_place, find_places
from dispatch.orders.lists.listing import Filters, list_orders
from dispatch.orders.models import Order, OrderEvent
from dispatch.policies.limits import Limits
from grids.models import Grid, ServiceArea
from grids.service import set_clock
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.db import Database
from kit.errors import Forbidden, Invalid
from kit.ids import uuid7
from tests.dispatch.orders.intake.conftest import Writer, mapping, row


def person(role: Role, area: ServiceArea) -> Actor:
    return Actor(uuid7(), "Pat", role, Scope(areas=frozenset({area.id})))


async def grid_id(database: Database, code: str):
    async with database.transaction() as session:
        return await session.scalar(select(Grid.id).where(Grid.code == code))


async def test_a_point_is_given_and_its_grid_follows_from_the_geometry(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        found = await find_place(session, area, "anywhere", (10.15, 50.05))
    assert (found.point, found.source, found.problem) == ((10.15, 50.05), "given", None)
    assert found.grid_id == await grid_id(database, "E")


async def test_places_that_cannot_be_are_told_apart(database: Database, area: ServiceArea):
    wanted = [
        Wanted(),
        Wanted(address="1 Main Street"),
        Wanted(point=(11.0, 50.0)),
        Wanted(point=(50.05, 10.05)),
        Wanted(bad=True, address="1 Main Street"),
    ]
    async with database.transaction() as session:
        found = await find_places(session, area, wanted)
    assert [place.problem for place in found] == [
        "no_address", "address_not_found", "outside_grids", "bad_coordinates", "bad_coordinates",
    ]  # fmt: skip
    assert found[2].point == (11.0, 50.0)
    assert found[3].point is None


async def unplaced(database: Database, area: ServiceArea, write: Writer) -> list[Order]:
    rows = [
        row(1, lon="", lat="", address="", district="Old Town"),
        row(2, lon="0", lat="0"),
        row(3, lon="", lat=""),
        row(4),
    ]
    await import_orders(database, area, write(rows), mapping())
    async with database.transaction() as session:
        return list((await session.scalars(select(Order).order_by(Order.reported_at))).all())


async def test_the_worklist_shows_the_reason_and_what_is_known(database: Database, area: ServiceArea, write: Writer):
    await unplaced(database, area, write)
    agent = person(Role.AGENT, area)
    async with database.transaction() as session:
        found = await waiting(session, agent, area)
        assert [one.order.place_problem for one in found] == ["no_address", "bad_coordinates", "address_not_found"]
        assert found[0].order.district_hint == "Old Town"
        assert found[1].given == "0, 0"
        assert [one.order.id for one in await waiting(session, agent, area, reason="bad_coordinates")] == [
            found[1].order.id
        ]
        page = await waiting(session, agent, area, limit=1)
        rest = await waiting(session, agent, area, after=(page[0].order.reported_at, page[0].order.id))
        assert [one.order.id for one in [*page, *rest]] == [one.order.id for one in found]
        assert await waiting(session, Actor(uuid7(), "Eve", Role.AGENT, Scope(areas=frozenset())), area) == []
        with pytest.raises(Invalid, match="no place problem 'lost'"):
            await waiting(session, agent, area, reason="lost")


async def test_what_the_areas_clock_has_not_reached_is_not_on_the_worklist(
    database: Database, area: ServiceArea, write: Writer
):
    await unplaced(database, area, write)
    async with database.transaction() as session:
        moved = await set_clock(session, area.id, datetime(2022, 9, 7, 6, 2, 30, tzinfo=UTC), 0)
        assert len(await waiting(session, SYSTEM, moved)) == 2
        page = await list_orders(
            session, SYSTEM, area.id, Filters(), now=moved.clock.now(), limits=Limits(), after=None, limit=50
        )
        assert len(page) == 2
        moved = await set_clock(session, area.id, moved.clock.now() + timedelta(hours=1), 0)
        assert len(await waiting(session, SYSTEM, moved)) == 3


async def test_many_are_placed_at_once_and_each_answers_for_itself(
    database: Database, area: ServiceArea, write: Writer
):
    orders = await unplaced(database, area, write)
    stranger = uuid7()
    east = await grid_id(database, "E")
    async with database.transaction() as session:
        placed = await place_all(
            session,
            person(Role.DISPATCHER, area),
            area.id,
            [
                Placement([orders[0].id, orders[1].id, stranger], point=(10.15, 50.05)),
                Placement([orders[2].id], grid_id=east),
            ],
        )
    assert [one.refused.code if one.refused else None for one in placed] == [None, None, "order.not_found", None]
    assert [one.grid_id for one in placed] == [east, east, None, east]
    assert [one.place_problem for one in placed] == [None, None, None, "address_not_found"]
    async with database.transaction() as session:
        left = await waiting(session, SYSTEM, area)
        assert [one.order.id for one in left] == [orders[2].id]
        events = await session.scalars(select(OrderEvent.type).where(OrderEvent.order_id == orders[0].id))
        assert list(events) == ["reported", "placed"]


async def test_a_placed_order_is_not_moved_by_the_next_import(database: Database, area: ServiceArea, write: Writer):
    orders = await unplaced(database, area, write)
    async with database.transaction() as session:
        await place_all(session, person(Role.AGENT, area), area.id, [Placement([orders[0].id], point=(10.15, 50.05))])
    again = await import_orders(
        database, area, write([row(1, lon="10.05", lat="50.05", address="", district="Old Town")]), mapping()
    )
    assert (again.conflicts, again.updated) == (1, 0)
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM orders WHERE point_source = 'placed'")) == 1


async def test_placements_must_say_one_thing(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        with pytest.raises(Invalid, match="Say one of"):
            await place_all(session, SYSTEM, area.id, [Placement([uuid7()])])
        with pytest.raises(Invalid, match="at most 500"):
            await place_all(session, SYSTEM, area.id, [Placement([uuid7() for _ in range(501)], point=(1, 1))])
        with pytest.raises(Forbidden):
            await place_all(session, person(Role.OBSERVER, area), area.id, [])


async def test_an_address_nobody_knows_places_nothing(database: Database, area: ServiceArea, write: Writer):
    orders = await unplaced(database, area, write)
    async with database.transaction() as session:
        (one,) = await place_all(session, SYSTEM, area.id, [Placement([orders[0].id], address="Nowhere Lane 5")])
    assert one.refused is not None
    assert one.refused.code == "place.address_unknown"
