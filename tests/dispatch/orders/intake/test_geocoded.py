"""Addresses looked up in the area's own map while a file comes in."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from dispatch.orders.events.verify import verify
from dispatch.orders.intake.importing import import_orders
from dispatch.orders.intake.placing.place_worklist import Placement, place_all, waiting
from dispatch.orders.intake.placing.places import find_place
from grids.service import area_by_id
from kit.actor import SYSTEM
from kit.geo import haversine_metres
from tests.citymap.conftest import City, demo  # noqa: F401 - the fixture
from tests.dispatch.orders.intake.conftest import Writer, add_square, mapping, row


@pytest.mark.slow
async def test_known_addresses_are_placed_and_the_others_wait(demo: City, write: Writer):  # noqa: F811
    places = demo.places[::40][:20]
    west = min(place.point[0] for place in demo.places)
    south = min(place.point[1] for place in demo.places)
    async with demo.database.transaction() as session:
        area = await area_by_id(session, demo.area_id)
        await add_square(session, area, "ALL", west - 0.01, south - 0.01, 1.0)
    rows = [row(n, lon="", lat="", address=place.address) for n, place in enumerate(places, 1)]
    rows.append(row(59, lon="", lat="", address="不存在的地方 99 号"))
    result = await import_orders(demo.database, area, write(rows), mapping())
    assert result.created == len(rows)
    assert result.geocoded == result.in_grid >= 0.9 * len(places)
    async with demo.database.transaction() as session:
        stored = await session.execute(
            text("SELECT address, ST_X(point) AS lon, ST_Y(point) AS lat FROM orders WHERE point_source = 'geocoded'")
        )
        wrong = [
            place for place in stored if haversine_metres((place.lon, place.lat), _truth(demo, place.address)) > 600
        ]
        assert wrong == []
        left = await waiting(session, SYSTEM, area)
        assert "不存在的地方 99 号" in [one.order.address for one in left]
        last = next(one.order for one in left if one.order.address == "不存在的地方 99 号")
        (placed,) = await place_all(session, SYSTEM, area.id, [Placement([last.id], address=places[0].address)])
        assert placed.place_problem is None
        assert (await find_place(session, area, places[0].address, None)).source == "geocoded"
        assert (await verify(session, area.id)).mismatches == []


def _truth(city: City, address: str) -> tuple[float, float]:
    return next(place.point for place in city.places if place.address == address)
