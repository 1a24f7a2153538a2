"""Rules over HTTP: what people are told of them, in their language."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from kit.actor import Role
from kit.db import Database
from tests.dispatch.orders.conftest import build_world
from tests.site import bearer, running

UNKNOWN = text("UPDATE calendar_years SET source = 'weekends' WHERE area_id = :area AND year = 2150")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "No holidays are known for 2150"), ("zh", "未知 2150 年的节假日")]
)
async def test_a_year_that_no_package_knows_says_so_in_the_readers_language(
    database: Database, language: str, said: str
):
    async with database.transaction() as session:
        area_id = (await build_world(session)).area.id
    headers = await bearer(database, "ann", Role.ADMINISTRATOR, area_ids=[area_id])
    async with running(database) as web:
        path = f"/api/areas/{area_id}/calendars"
        year = {"daysOff": ["2150-01-01"], "opens": "09:00", "closes": "18:00"}
        edited = await web.put(f"{path}/office/2150", json=year, headers={**headers, "Accept-Language": language})
        assert (edited.status_code, edited.json()["warning"]) == (200, None), "a person knows it now"
        async with database.transaction() as session:
            await session.execute(UNKNOWN, {"area": area_id})
        listed = (await web.get(path, headers={**headers, "Accept-Language": language})).json()
    (one,) = (row for row in listed if row["year"] == 2150 and row["kind"] == "office")
    assert one["warning"].startswith(said)
