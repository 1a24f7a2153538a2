"""Technicians, shifts, leave and positions over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.technicians.generate import generate
from dispatch.technicians.models import Position
from grids.importing import import_grids
from grids.models import ServiceArea
from grids.service import create_area
from kit.actor import Role
from kit.db import Database
from tests.grids.test_importing import EAST, WEST, collection
from tests.site import Client, bearer, ok, refused, running

ROSTER = {
    "weekdays": [1, 2, 3, 4, 5],
    "starts": "08:00",
    "ends": "16:00",
    "breaks": [{"seconds": 2700, "earliest": "11:30", "latest": "13:30"}],
    "firstDay": "2022-01-01",
}


@pytest.fixture
async def area(database: Database) -> ServiceArea:
    async with database.transaction() as session:
        area = await create_area(session, "v", "Vancouver", "America/Vancouver")
        await import_grids(session, area, collection(WEST, EAST), "name")
        return area


@pytest.fixture
async def site(database: Database, area: ServiceArea) -> AsyncIterator[Client]:
    async with running(database) as client:
        yield client


@pytest.fixture
async def boss(database: Database) -> dict[str, str]:
    return await bearer(database, "boss", Role.ADMINISTRATOR)


async def hire(site: Client, boss: Any, area: ServiceArea, number: str, **values: Any) -> Any:
    body = {"employeeNumber": number, "name": number.title(), "roster": ROSTER} | values
    return ok(await site.post(f"/api/areas/{area.id}/technicians", json=body, headers=boss), 201)


async def shifts(site: Client, area: ServiceArea, headers: Any, day: str = "2022-09-27") -> Any:
    return ok(await site.get(f"/api/areas/{area.id}/shifts?date={day}", headers=headers))


async def test_a_technician_is_hired_changed_and_listed(site: Client, boss: Any, area: ServiceArea):
    skills = [{"skill": "fibre", "level": 2}]
    ann = await hire(site, boss, area, "ann", startPoint=[-123.15, 49.25], skills=skills)
    assert (ann["startPoint"], ann["skills"][0]["skill"], ann["rosters"][0]["lastDay"]) == (
        [-123.15, 49.25],
        "fibre",
        None,
    )
    address = f"/api/technicians/{ann['id']}"
    headers = boss | {"If-Match": f'"{ann["version"]}"'}
    changes = {"maxVisits": 9, "skills": [{"skill": "tv"}], "startPoint": None, "endPoint": [-123.1, 49.2]}
    changed = ok(await site.patch(address, json=changes, headers=headers))
    assert (changed["maxVisits"], changed["startPoint"], changed["endPoint"]) == (9, None, [-123.1, 49.2])
    assert [skill["skill"] for skill in changed["skills"]] == ["tv"]
    refused(await site.patch(address, json={"maxVisits": 1}, headers=headers), 412, "stale")
    taken = {"employeeNumber": "ann", "name": "Other"}
    answer = await site.post(f"/api/areas/{area.id}/technicians", json=taken, headers=boss)
    refused(answer, 409, "constraint.uq_technicians_area_id_employee_number")
    wrong = await site.patch(address, json={"startPoint": [49.2, -123.1]}, headers=boss)
    refused(wrong, 422, "point.out_of_range")


async def test_technicians_are_paged(site: Client, boss: Any, area: ServiceArea, database: Database):
    async with database.transaction() as session:
        await generate(session, await session.merge(area), 3, 1)
    numbers: list[str] = []
    cursor = None
    while True:
        query = {"limit": "4"} | ({"cursor": cursor} if cursor else {})
        page = ok(await site.get(f"/api/areas/{area.id}/technicians", params=query, headers=boss))
        numbers += [person["employeeNumber"] for person in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert numbers == sorted(numbers)
    assert len(numbers) == 6


async def test_the_shifts_of_a_day_follow_a_new_roster_and_a_dated_shift(site: Client, boss: Any, area: ServiceArea):
    ann = await hire(site, boss, area, "ann")
    (shift,) = await shifts(site, area, boss)
    assert (shift["start"], shift["breaks"][0]["seconds"]) == ("2022-09-27T15:00:00Z", 2700)
    later = ROSTER | {
        "starts": "12:00",
        "ends": "20:00",
        "firstDay": "2022-09-27",
        "lastDay": "2022-09-27",
        "breaks": [],
    }
    changed = ok(await site.patch(f"/api/technicians/{ann['id']}", json={"roster": later}, headers=boss))
    assert len(changed["rosters"]) == 3
    starts = [(await shifts(site, area, boss, f"2022-09-{day}"))[0]["start"][11:13] for day in (26, 27, 28)]
    assert starts == ["15", "19", "15"]
    dated = {"start": "2022-09-27T06:00:00-07:00", "end": "2022-09-27T10:00:00-07:00"}
    ok(await site.post(f"/api/technicians/{ann['id']}/shifts", json=dated, headers=boss), 201)
    (shift,) = await shifts(site, area, boss)
    assert shift["end"] == "2022-09-27T17:00:00Z"
    again = await site.post(f"/api/technicians/{ann['id']}/shifts", json=dated, headers=boss)
    refused(again, 409, "constraint.shifts_no_overlap")


async def test_leave_is_granted_refused_twice_and_taken_back(site: Client, boss: Any, area: ServiceArea):
    ann, bob = await hire(site, boss, area, "ann"), await hire(site, boss, area, "bob")
    away = {"start": "2022-09-27T00:00:00-07:00", "end": "2022-09-28T00:00:00-07:00", "substituteId": bob["id"]}
    address = f"/api/technicians/{ann['id']}/leaves"
    leave = ok(await site.post(address, json=away, headers=boss), 201)
    assert [shift["name"] for shift in await shifts(site, area, boss)] == ["Bob"]
    refused(await site.post(address, json=away, headers=boss), 409, "constraint.leaves_no_overlap")
    refused(
        await site.post(address, json=away | {"substituteId": ann["id"]}, headers=boss), 422, "technician.substitute"
    )
    assert [found["id"] for found in ok(await site.get(address, headers=boss))] == [leave["id"]]
    for day, seen in (("2022-09-26", []), ("2022-09-27", [("Ann", "leave")]), ("2022-09-28", [])):
        found = ok(await site.get(f"/api/areas/{area.id}/leaves", params={"date": day}, headers=boss))
        assert [(one["name"], one["kind"]) for one in found] == seen
    ok(await site.delete(f"/api/leaves/{leave['id']}", headers=boss), 204)
    assert len(await shifts(site, area, boss)) == 2


async def test_nobody_leaves_while_a_contract_names_them(
    site: Client, boss: Any, area: ServiceArea, database: Database
):
    async with database.transaction() as session:
        await generate(session, await session.merge(area), 2, 1)
    people = ok(await site.get(f"/api/areas/{area.id}/technicians", headers=boss))["items"]
    answer = await site.patch(f"/api/technicians/{people[0]['id']}", json={"status": "left"}, headers=boss)
    refused(answer, 409, "technician.under_contract")


async def test_positions_are_shown_to_who_may_see_the_person(
    site: Client, boss: Any, area: ServiceArea, database: Database
):
    ann, bob = await hire(site, boss, area, "ann"), await hire(site, boss, area, "bob", contractor="Acme")
    async with database.transaction() as session:
        for person in (ann, bob):
            seen = datetime.now(UTC) - timedelta(minutes=1)
            session.add(
                Position(
                    technician_id=person["id"],
                    point="SRID=4326;POINT(-123.1 49.25)",
                    occurred_at=seen,
                    received_at=seen,
                )
            )
    firm = await bearer(database, "firm", Role.DISPATCHER, area_ids=[area.id], contractor="Acme")
    phone = await bearer(database, "phone", Role.TECHNICIAN, area_ids=[area.id], technician_id=ann["id"])
    for headers, names in ((boss, ["Ann", "Bob"]), (firm, ["Bob"]), (phone, ["Ann"])):
        found = ok(await site.get(f"/api/areas/{area.id}/positions", headers=headers))
        assert [position["name"] for position in found] == names
        assert [shift["name"] for shift in await shifts(site, area, headers)] == names
    refused(await site.get(f"/api/technicians/{ann['id']}", headers=firm), 404, "technician.not_found")


async def test_people_are_imported_by_sending_the_file(site: Client, boss: Any, area: ServiceArea):
    data = "employee_number,name,weekdays,shift_start,shift_end\n1,王伟,1-5,08:00,16:00\n2,李娜,,,\n".encode("gb18030")
    done = ok(
        await site.post(
            f"/api/areas/{area.id}/technicians/import", content=data, headers=boss | {"Content-Type": "text/csv"}
        )
    )
    assert (done["created"], done["rejected"][0]["line"]) == (1, 3)
