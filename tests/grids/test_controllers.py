"""Areas, grids, contracts and locate over HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from dispatch.technicians.models import Technician
from grids import repository
from grids.importing import import_grids
from grids.models import ServiceArea
from grids.service import create_area
from kit.actor import Role
from kit.db import Database
from tests.grids.test_importing import EAST, WEST, collection
from tests.site import Client, bearer, ok, refused, running

GEOJSON, CSV = {"Content-Type": "application/geo+json"}, {"Content-Type": "text/csv"}


@pytest.fixture
async def area(database: Database) -> ServiceArea:
    async with database.transaction() as session:
        area = await create_area(session, "v", "Vancouver", "America/Vancouver")
        await import_grids(session, area, collection(WEST, EAST), "name")
        for name in ("ann", "bob"):
            session.add(Technician(area_id=area.id, employee_number=name, name=name.title()))
        return area


@pytest.fixture
async def site(database: Database, area: ServiceArea) -> AsyncIterator[Client]:
    async with running(database) as client:
        yield client


@pytest.fixture
async def boss(database: Database) -> dict[str, str]:
    return await bearer(database, "boss", Role.ADMINISTRATOR)


async def people(database: Database, area: ServiceArea) -> dict[str, str]:
    async with database.transaction() as session:
        found = await repository.technician_names(
            session, (await session.execute(repository.TECHNICIANS.select())).scalars().all()
        )
    return {name: str(person) for person, name in found.items()}


async def grid_ids(site: Client, area: ServiceArea, headers: Any) -> dict[str, str]:
    collection = ok(await site.get(f"/api/areas/{area.id}/grids", headers=headers))
    return {feature["properties"]["code"]: feature["id"] for feature in collection["features"]}


async def test_an_area_is_made_with_the_shipped_rules(site: Client, boss: Any, area: ServiceArea):
    body = {"code": "nanjing", "name": "南京", "timezone": "Asia/Shanghai", "trial": True}
    made = ok(await site.post("/api/areas", json=body, headers=boss), 201)
    assert (made["kind"], made["country"], made["clock"]["replay"]) == ("trial", "CN", False)
    assert ok(await site.get(f"/api/areas/{made['id']}/fault-types", headers=boss))
    refused(await site.post("/api/areas", json=body, headers=boss), 409, "area.exists")
    refused(await site.post("/api/areas", json=body | {"timezone": "Mars"}, headers=boss), 422, "area.timezone")
    listed = ok(await site.get("/api/areas", headers=boss))["items"]
    assert [found["code"] for found in listed] == ["nanjing", "v"]


async def test_only_an_administrator_of_all_areas_adds_one(site: Client, database: Database, area: ServiceArea):
    local = await bearer(database, "local", Role.ADMINISTRATOR, area_ids=[area.id])
    answer = await site.post("/api/areas", json={"code": "x", "timezone": "UTC"}, headers=local)
    refused(answer, 403, "area.not_everywhere")


async def test_grids_are_geojson_with_the_contract_of_the_day(
    site: Client, boss: Any, area: ServiceArea, database: Database
):
    ids, who = await grid_ids(site, area, boss), await people(database, area)
    terms = {
        "technicianAId": who["Ann"],
        "technicianBId": who["Bob"],
        "firstDay": "2022-01-01",
        "lastDay": "2022-06-30",
    }
    made = ok(await site.post(f"/api/grids/{ids['a']}/contracts", json=terms, headers=boss), 201)
    assert (made["technicianA"]["name"], made["lastDay"]) == ("Ann", "2022-06-30")
    shown = ok(await site.get(f"/api/areas/{area.id}/grids?on=2022-03-01", headers=boss))
    assert shown["type"] == "FeatureCollection"
    first, second = (feature["properties"] for feature in shown["features"])
    assert (first["contract"]["technicianB"]["name"], second["contract"]) == ("Bob", None)
    assert shown["features"][0]["geometry"]["type"] == "MultiPolygon"
    overlapping = await site.post(
        f"/api/grids/{ids['a']}/contracts", json=terms | {"firstDay": "2022-06-30", "lastDay": None}, headers=boss
    )
    assert "2022-01-01 to 2022-06-30" in refused(overlapping, 409, "contract.overlap")["detail"]


async def test_a_contract_is_edited_by_who_saw_it_last(site: Client, boss: Any, area: ServiceArea, database: Database):
    ids, who = await grid_ids(site, area, boss), await people(database, area)
    terms = {"technicianAId": who["Ann"], "firstDay": "2022-01-01", "quota": 3}
    made = ok(await site.post(f"/api/grids/{ids['a']}/contracts", json=terms, headers=boss), 201)
    address = f"/api/contracts/{made['id']}"
    headers = boss | {"If-Match": '"1"'}
    changed = ok(await site.patch(address, json={"technicianBId": who["Bob"], "quota": None}, headers=headers))
    assert (changed["technicianB"]["name"], changed["quota"], changed["version"]) == ("Bob", None, 2)
    stale = refused(await site.patch(address, json={"quota": 1}, headers=headers), 412, "stale")
    assert stale["current"]["version"] == 2
    listed = ok(await site.get(f"/api/grids/{ids['a']}/contracts", headers=boss))
    assert [contract["version"] for contract in listed] == [2]


async def test_locate_answers_one_and_many(site: Client, boss: Any, area: ServiceArea):
    one = ok(await site.get(f"/api/areas/{area.id}/locate?lon=-123.15&lat=49.25", headers=boss))
    assert (one["grid"]["code"], one["contract"]) == ("a", None)
    points = [[-123.05, 49.25], [0, 0], [-123.15, 49.25]]
    many = ok(await site.post(f"/api/areas/{area.id}/locate", json={"points": points}, headers=boss))
    assert [grid and grid["code"] for grid in many["grids"]] == ["b", None, "a"]
    beyond = await site.post(f"/api/areas/{area.id}/locate", json={"points": [[49.25, -123.15]]}, headers=boss)
    refused(beyond, 422, "point.out_of_range")
    assert (await site.get(f"/api/areas/{area.id}/locate?lon=x&lat=1", headers=boss)).status_code == 400


async def test_grids_are_imported_by_sending_the_file(site: Client, boss: Any, area: ServiceArea):
    address = f"/api/areas/{area.id}/grids"
    again = ok(
        await site.post(address, params={"nameField": "name"}, content=collection(WEST, EAST), headers=boss | GEOJSON)
    )
    assert (again["unchanged"], again["created"], again["overlapHandling"]) == (2, 0, "none")
    missing = await site.post(address, params={"nameField": "nombre"}, content=collection(WEST), headers=boss | GEOJSON)
    refused(missing, 422, "grids.no_such_field")
    refused(
        await site.post(address, params={"nameField": "name"}, content=b"PK", headers=boss | GEOJSON),
        422,
        "grids.not_json",
    )


async def test_contracts_are_imported_by_sending_the_file(site: Client, boss: Any, area: ServiceArea):
    data = b"grid,technician_a,from\na,ann,2022-01-01\nx,ann,2022-01-01\n"
    done = ok(await site.post(f"/api/areas/{area.id}/contracts/import", content=data, headers=boss | CSV))
    assert (done["created"], done["rejected"][0]["line"]) == (1, 3)


async def test_somebody_of_some_grids_sees_those_only(site: Client, boss: Any, area: ServiceArea, database: Database):
    ids = await grid_ids(site, area, boss)
    lead = await bearer(database, "lead", Role.GRID_LEAD, area_ids=[area.id], grid_ids=[ids["a"]])
    assert set(await grid_ids(site, area, lead)) == {"a"}
    other = ok(await site.get(f"/api/areas/{area.id}/locate?lon=-123.05&lat=49.25", headers=lead))
    assert other == {"grid": None, "contract": None}
    refused(await site.get(f"/api/grids/{ids['b']}/contracts", headers=lead), 404, "grid.not_found")


async def test_a_grids_name_and_priority_are_edited(site: Client, boss: Any, area: ServiceArea):
    ids = await grid_ids(site, area, boss)
    headers = boss | {"If-Match": '"1"'}
    ok(await site.patch(f"/api/grids/{ids['a']}", json={"name": "West", "priority": 5, "rural": True}, headers=headers))
    shown = ok(await site.get(f"/api/areas/{area.id}/grids?on={date(2022, 1, 1)}", headers=boss))
    assert [feature["properties"]["priority"] for feature in shown["features"]] == [5, 0]
    refused(await site.patch(f"/api/grids/{ids['a']}", json={"name": "W"}, headers=headers), 412, "stale")


async def test_a_plain_get_takes_four_round_trips_and_one_that_asks_for_nothing_takes_one(
    site: Client, boss: Any, area: ServiceArea, database: Database, tmp_path: Path
):
    """Who asks; BEGIN; whose grid it is; COMMIT. Whoever adds one to every request of everybody sees it here."""
    address = f"/api/areas/{area.id}/locate?lon=-123.15&lat=49.25"
    ok(await site.get(address, headers=boss))  # notes that the token was used, once a minute
    with sent_to(database, tmp_path / "sent") as statements:
        ok(await site.get(address, headers=boss))
    assert len(statements) == 4, statements
    with sent_to(database, tmp_path / "sent") as statements:
        ok(await site.get("/api/health", headers=boss))
    assert len(statements) == 1, statements
    with sent_to(database, tmp_path / "sent") as statements:
        ok(await site.get("/api/health"))
    assert statements == []


@contextmanager
def sent_to(database: Database, file: Path) -> Iterator[list[str]]:
    """The round trips of the block: what libpq sends and waits for, from the protocol itself."""
    found: list[str] = []
    traced: list[Any] = []
    with file.open("w", encoding="utf-8") as trace:

        def begin(connection: Any, *_: Any) -> None:
            pgconn = connection.driver_connection.pgconn
            if pgconn not in traced:
                pgconn.trace(trace.fileno())
                traced.append(pgconn)

        event.listen(database.engine.sync_engine, "checkout", begin)
        try:
            yield found
        finally:
            event.remove(database.engine.sync_engine, "checkout", begin)
            for pgconn in traced:
                pgconn.untrace()
    found += re.findall(r"\tF\t\d+\t(?:Query|Sync)\b[^\n]*", file.read_text(encoding="utf-8"))
