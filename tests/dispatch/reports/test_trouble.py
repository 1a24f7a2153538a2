"""Outages, faults and repeat addresses over HTTP, each number against a plain statement over the tables."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from dispatch.orders.models import Order
from dispatch.orders.reporting import SubscriberGiven
from dispatch.outages.service import Extent, confirm, restore
from grids.contracts import Terms, create_contract
from kit.actor import Role
from kit.db import Database
from tests.dispatch.orders.conftest import START, World, build_world
from tests.dispatch.outages.conftest import voices
from tests.site import bearer, ok, refused, running

WEST = (-123.15, 49.25)
MONTH = "2022-09"
ZONE = ZoneInfo("America/Vancouver")


@pytest.fixture
async def town(database: Database) -> World:
    """Two outages, one of four minutes; faults at several hours; one address that reports three times."""
    async with database.transaction() as session:
        world = await build_world(session)
        for grid, firm in ((world.west, "Westwire"), (world.east, None)):
            terms = Terms(world.anna.id, START.date().replace(day=1), contractor=firm, households=200)
            await create_contract(session, grid, terms)
        for number, (hours, minutes) in enumerate(((0, 90), (6, 4))):
            world.set(START + timedelta(hours=hours))
            first = (await voices(world, 3, network_node=f"OLT-{number}"))[0]
            await session.flush()
            outage = await session.scalar(
                text("SELECT outage_id FROM outage_orders WHERE order_id = :id"), {"id": first.id}
            )
            await confirm(
                session, world.dispatcher, outage, Extent(f"OLT-{number}", None), version=None,
                expected_end=world.now + timedelta(hours=1), customers=40 + number, fault_type=None, note=None,
            )  # fmt: skip
            world.wait(minutes=minutes)
            await restore(session, world.dispatcher, outage, None, None, version=None)
        for day, who in ((0, "1"), (1, "2"), (2, "3")):
            world.set(START - timedelta(days=day, hours=day))
            await world.report(
                address=("12 Oak St" if day else "12 OAK st"), point=WEST, fault_type=("slow" if day else "no_tv"),
                subscriber=SubscriberGiven(f"Oak {who}", (f"1390000000{who}",)),
            )  # fmt: skip
        world.set(START + timedelta(days=2))
    return world


async def rows(database: Database) -> list[Order]:
    async with database.transaction() as session:
        found = await session.execute(
            text(
                "SELECT * FROM orders WHERE kind = 'repair'"
                " AND id NOT IN (SELECT order_id FROM outage_orders WHERE part = 'crew')"
            )
        )
        return list(found)  # type: ignore[arg-type]


async def test_the_outages_of_a_month_sum_up_to_its_reliability(database: Database, town: World):
    people = await bearer(database, "mona", Role.MANAGER, area_ids=[town.area.id])
    area = f"/api/areas/{town.area.id}"
    async with running(database) as http:
        listed = ok(await http.get(f"{area}/reports/{MONTH}/outages", headers=people))["items"]
        figures = ok(
            await http.get(
                f"{area}/outages/reliability", params={"from": "2022-09-01", "to": "2022-10-01"}, headers=people
            )
        )
        assert [one["counted"] for one in listed] == [False, True]
        assert sum(one["customerMinutes"] for one in listed) == pytest.approx(figures["area"]["customerMinutes"])
        async with database.transaction() as session:
            plain = await session.scalar(
                text("SELECT sum(c.customers * 90) FROM outage_customers c JOIN outages t ON t.id = c.outage_id"
                     " WHERE t.network_node = 'OLT-0'")
            )  # fmt: skip
        assert sum(one["customerMinutes"] for one in listed) == pytest.approx(float(plain))
        one = ok(await http.get(f"{area}/reports/{MONTH}/outages", params={"limit": 1}, headers=people))
        two = ok(
            await http.get(
                f"{area}/reports/{MONTH}/outages", params={"limit": 1, "cursor": one["nextCursor"]}, headers=people
            )
        )
        assert [one["items"][0]["id"], two["items"][0]["id"]] == [row["id"] for row in listed]
        assert two["nextCursor"] is None
        west = {"grid": str(town.west.id)}
        assert ok(await http.get(f"{area}/reports/{MONTH}/outages", params=west, headers=people))["items"] == []
        assert ok(await http.get(f"{area}/reports/2022-08/outages", headers=people))["items"] == []
        bad = await http.get(f"{area}/reports/{MONTH}/outages", params={"cursor": "x"}, headers=people)
        refused(bad, 400, "malformed.cursor")


async def test_the_heat_map_counts_by_the_areas_clock_and_its_sums_agree(database: Database, town: World):
    people = await bearer(database, "mona", Role.MANAGER, area_ids=[town.area.id])
    async with running(database) as http:
        path = f"/api/areas/{town.area.id}/reports/{MONTH}/faults"
        found = ok(await http.get(path, headers=people))
        orders = await rows(database)
        plain: dict[tuple[int, int], int] = {}
        for order in orders:
            local = order.reported_at.astimezone(ZONE)
            plain[local.isoweekday(), local.hour] = plain.get((local.isoweekday(), local.hour), 0) + 1
        assert {(one["weekday"], one["hour"]): one["faults"] for one in found["cells"]} == plain
        assert found["total"] == len(orders) == sum(one["faults"] for one in found["grids"]) + found["withoutGrid"]
        assert sum(one["faults"] for one in found["types"]) == found["total"]
        assert found["days"] == [4, 4, 4, 5, 4, 4, 4]  # up to Thursday the 29th
        west = next(one for one in found["grids"] if one["gridId"] == str(town.west.id))
        assert (west["faults"], west["perHundred"]) == (3, 1.5)
        slow = ok(await http.get(path, params={"fault": "slow", "grid": str(town.west.id)}, headers=people))
        assert (slow["total"], [one["name"] for one in slow["grids"]]) == (2, ["West"])


async def test_an_address_that_reports_again_leads_to_its_orders(database: Database, town: World):
    people = await bearer(database, "mona", Role.MANAGER, area_ids=[town.area.id])
    async with running(database) as http:
        path = f"/api/areas/{town.area.id}/reports/{MONTH}/repeat-addresses"
        found = ok(await http.get(path, params={"grid": str(town.west.id)}, headers=people))["items"]
        assert [(one["times"], one["cause"], one["ofCause"]) for one in found] == [(3, "slow", 2)]
        async with database.transaction() as session:
            plain = await session.scalars(
                text("SELECT number FROM orders WHERE lower(address) = '12 oak st' ORDER BY reported_at DESC")
            )
            assert [one["number"] for one in found[0]["orders"]] == list(plain)
        assert ok(await http.get(path, params={"days": 1, "grid": str(town.west.id)}, headers=people))["items"] == []
        whole = ok(await http.get(path, headers=people))["items"]
        paged = ok(await http.get(path, params={"limit": 1}, headers=people))
        again = ok(await http.get(path, params={"limit": 1, "cursor": paged["nextCursor"]}, headers=people))
        assert [*paged["items"], *again["items"]] == whole[:2]


async def test_a_firm_sees_its_grids_alone_and_files_are_logged(database: Database, town: World):
    firm = await bearer(database, "willa", Role.MANAGER, area_ids=[town.area.id], contractor="Westwire")
    whole = await bearer(database, "olga", Role.OBSERVER, area_ids=[town.area.id])
    base = f"/api/areas/{town.area.id}/reports/{MONTH}"
    async with running(database) as http:
        assert ok(await http.get(f"{base}/outages", headers=firm))["items"] == []
        assert ok(await http.get(f"{base}/faults", headers=firm))["total"] == 3
        east = {"grid": str(town.east.id)}
        for name in ("outages", "faults", "repeat-addresses", "outages.xlsx", "faults.xlsx"):
            refused(await http.get(f"{base}/{name}", params=east, headers=firm), 404, "report.no_grid")
        for name, last in (("outages", "Vancouver"), ("faults", "Oak St")):
            for language in ("en", "zh"):
                file = await http.get(f"{base}/{name}.xlsx", params={"lang": language}, headers=whole)
                assert file.status_code == 200
                with zipfile.ZipFile(io.BytesIO(file.content)) as book:
                    assert last in book.read("xl/sharedStrings.xml").decode()
        for reader, shown in ((firm, "12 Oak St"), (whole, "• Oak St")):  # observers read no house
            with zipfile.ZipFile(io.BytesIO((await http.get(f"{base}/faults.xlsx", headers=reader)).content)) as book:
                assert f"<t>{shown}</t>" in book.read("xl/sharedStrings.xml").decode()
    async with database.transaction() as session:
        logged = (await session.scalars(text("SELECT report || ' ' || asked FROM report_exports"))).all()
    assert sorted(logged) == ["faults 2022-09"] * 4 + ["outages 2022-09"] * 2
