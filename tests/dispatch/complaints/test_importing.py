"""Complaints from a file: what a hotline hands over is taken once, and what cannot be taken says why."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from dispatch.complaints.importing import read_mapping
from dispatch.complaints.models import Complaint
from kit.actor import Role
from kit.db import Database
from kit.errors import Invalid
from tests.dispatch.orders.conftest import World, build_world
from tests.site import bearer, running

MAPPING = """
[columns]
number = "No"
received = "Received"
words = ["Title", "Text"]
contact = ["Name", "Phone"]
order = "Order"
source = "From"
gravity = "Level"
demanded = "Until"

[dates]
formats = ["iso"]

[sources]
"Ministry" = "regulator"
"12345" = "hotline"

[gravities]
"urgent" = "serious"
"""
HEADER = "No,Received,Title,Text,Name,Phone,Order,From,Level,Until"


@pytest.fixture
async def world(database: Database) -> World:
    async with database.transaction() as session:
        return await build_world(session)


async def send(database: Database, world: World, rows: list[str], role: Role = Role.MANAGER, **more: str):
    files = {"file": ("hotline.csv", "\n".join([HEADER, *rows]).encode(), "text/csv")}
    headers = await bearer(database, f"{role.value}-{uuid4()}", role, area_ids=[world.area.id])
    async with running(database) as web:
        path = f"/api/areas/{world.area.id}/complaints/import"
        return await web.post(path, files=files, data={"mapping": MAPPING, **more}, headers=headers)


async def stored(database: Database) -> list[Complaint]:
    async with database.transaction() as session:
        return list((await session.scalars(select(Complaint).order_by(Complaint.external_number))).all())


async def test_a_file_is_taken_once_with_its_clocks_and_links_and_bad_rows_say_why(database: Database, world: World):
    async with database.transaction() as session:
        world.session = session
        order = await world.report()
    rows = [
        f"A-1,2022-09-26 09:00,No one came,three days,Li Wei,13800000001,{order.number},12345,urgent,",
        "A-2,2022-09-26 10:00,Rude,,,,,Ministry,,2022-09-28 12:00",
        ",2022-09-26 10:00,x,,,,,12345,,",
        "A-4,yesterday,x,,,,,12345,,",
        "A-5,2031-01-01 10:00,x,,,,,12345,,",
        "A-6,2022-09-26 10:00,x,,,,NOPE-1,12345,,",
        "A-7,2022-09-26 10:00,,,,,,12345,,",
        "A-8,2022-09-26 10:00,x,,,,,Pigeon,,",
        "A-9,2022-09-26 10:00,x,,,,,Ministry,,2022-09-20",
        "A-1,2022-09-26 09:00,the same again,,,,,12345,,",
        f"B-2,2022-09-26 10:00,{'long ' * 401},,,,,12345,,",
        f"B-3,2022-09-26 10:00,x,,{'L' * 201},,,12345,,",
    ]
    looked = (await send(database, world, rows, dryRun="true")).json()
    assert (looked["rows"], looked["taken"], looked["again"]) == (12, 2, 1)
    assert await stored(database) == []
    done = await send(database, world, rows)
    assert done.status_code == 200, done.text
    body = done.json()
    assert (body["rows"], body["taken"], body["again"]) == (12, 2, 1)
    assert [(one["line"], one["reason"]) for one in body["refused"]] == [
        (4, "row.no_key"), (5, "row.date"), (6, "row.ahead"), (7, "row.complaint_order"), (8, "row.complaint_words"),
        (9, "row.complaint_word"), (10, "row.date"), (12, "row.too_long"), (13, "row.too_long"),
    ]  # fmt: skip
    assert "Pigeon" in body["refused"][5]["detail"]
    first, second = await stored(database)
    assert (first.source, first.gravity, first.order_id, first.words) == (
        "hotline", "serious", order.id, "No one came three days",
    )  # fmt: skip
    assert first.contact == "Li Wei 13800000001"
    assert f"{first.received_at:%d %H:%M} {first.acknowledge_due_at:%d %H:%M}" == "26 16:00 27 16:00"
    assert f"{second.answer_due_at:%d %H:%M}" == "28 19:00", "what the regulator demands"
    again = (await send(database, world, rows)).json()
    assert (again["taken"], again["again"]) == (0, 3)
    assert len(await stored(database)) == 2


async def test_a_file_that_is_sent_again_with_its_key_is_answered_as_the_first_time(database: Database, world: World):
    headers = await bearer(database, "manager", Role.MANAGER, area_ids=[world.area.id])
    headers["Idempotency-Key"] = "the-same-file"
    async with running(database) as web:
        answers = []
        for row in ("A-1,2022-09-26,x,,,,,,,", "A-1,2022-09-26,x,,,,,,,", "A-2,2022-09-26,x,,,,,,,"):
            file = ("hotline.csv", f"{HEADER}\n{row}".encode(), "text/csv")
            path = f"/api/areas/{world.area.id}/complaints/import"
            answers.append(await web.post(path, files={"file": file}, data={"mapping": MAPPING}, headers=headers))
    assert [one.status_code for one in answers] == [200, 200, 409]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["taken"] == 1
    assert len(await stored(database)) == 1


async def test_who_may_bring_in_a_file_and_what_cannot_be_read_at_all(database: Database, world: World):
    for role in (Role.AGENT, Role.INSPECTOR, Role.OBSERVER):
        assert (await send(database, world, ["A-1,2022-09-26,x,,,,,,,"], role)).status_code == 403
    assert (await send(database, world, [])).json()["code"] == "file.no_rows"
    wrong = await send(database, world, ["A-1,2022-09-26,x,,,,,,,"], mapping='[columns]\nnumber = "No"\n')
    assert (wrong.status_code, wrong.json()["code"]) == (422, "mapping.invalid")
    other = MAPPING.replace('"Title"', '"Subject"')
    missing = await send(database, world, ["A-1,2022-09-26,x,,,,,,,"], mapping=other)
    assert missing.json()["code"] == "import.missing_column"
    assert "Subject" in missing.json()["detail"]


def test_the_shipped_mapping_can_be_read_and_a_bad_format_is_named():
    assert read_mapping("hotline").columns.number == "工单编号"
    with pytest.raises(Invalid) as wrong:
        read_mapping(MAPPING.replace('"iso"', '"nonsense"'))
    assert wrong.value.code == "mapping.invalid"
