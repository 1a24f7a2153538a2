"""`backup` and `restore`: the whole database in one file, whole again elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from kit.actor import Role
from kit.db import Database, libpq_url
from kit.postgres.blobs import put_blob
from tests.databases import TestCluster
from tests.dispatch.cli.program import program, told
from tests.dispatch.planning.town import NINE
from tests.journeys.people import REPORT, Settled, act, batch, completion, picture, results, settle
from tests.site import ok, running

ROADS = os.urandom(5_000_000)
"""As large as the roads of a small city: more than one piece."""

CONTENT = """
SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {} AS t
"""
RULES = """
SELECT conrelid::regclass::text || ' ' || conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tablename || ' ' || indexname FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tgrelid::regclass::text || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT sequencename || ' ' || coalesce(last_value::text, '-') FROM pg_sequences WHERE schemaname = 'public'
ORDER BY 1
"""


@pytest.fixture
def empty_url(cluster: TestCluster) -> Iterator[str]:
    """A database in which there is nothing but the extensions."""
    name = cluster.clone("template1")
    yield cluster.url(name)
    cluster.drop(name)


def content(url: str) -> dict[str, Any]:
    """Rows and checksum of every table; the names of constraints, indexes, triggers, functions; where sequences are."""
    with psycopg.connect(libpq_url(url)) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'"
        ).fetchall()
        found: dict[str, Any] = {
            str(name): connection.execute(CONTENT.format(name).encode()).fetchone() for (name,) in tables
        }
        found["rules"] = {str(row[0]) for row in connection.execute(RULES).fetchall()}
    return found


async def lived(database: Database) -> tuple[Settled, str, str]:
    """A town in which an order was repaired, with photos, and whose roads are kept; the order's and a photo's id."""
    settled = await settle(database)
    town, photos = settled.town, [uuid4(), uuid4()]
    async with database.transaction() as session:
        await put_blob(session, ROADS)
    async with running(database) as web:
        agent, anna = settled.desk[Role.AGENT], settled.phones[town.anna]
        order = ok(await web.post(f"{settled.area}/orders", json=REPORT, headers=agent), 201)["id"]
        ok(await web.post(f"{settled.area}/orders", json=REPORT | {"point": None, "address": None}, headers=agent), 201)
        now = (NINE.replace(minute=50)).isoformat()
        ok(await web.post(f"{settled.area}/clock", json={"now": now}, headers=settled.desk[Role.MANAGER]))
        steps = [(40, "accepted"), (41, "departed"), (42, "arrived")]
        sent = [act(order, minute, kind) for minute, kind in steps]
        sent.append(act(order, 45, "completed", **completion(*photos)))
        answer = await web.post("/api/mobile/sync", json=batch(NINE.replace(minute=50), *sent), headers=anna)
        assert results(answer) == ["applied"] * 4
        for photo, colour in zip(photos, ("teal", "navy"), strict=True):
            files = {"file": ("p.jpg", picture(colour), "image/jpeg")}
            ok(await web.put(f"/api/mobile/photos/{photo}", files=files, headers=anna))
    return settled, order, str(photos[0])


async def test_a_backup_restored_into_an_empty_database_is_the_same_installation(
    database: Database, empty_url: str, tmp_path: Path
):
    settled, order, photo = await lived(database)
    file = tmp_path / "everything.backup"
    manager, agent = settled.desk[Role.MANAGER], settled.desk[Role.AGENT]
    async with running(database) as web:
        was = await web.get(f"/api/orders/{order}", headers=manager)
        pictured = await web.get(f"/api/photos/{photo}", headers=manager)
    assert told(await program(database.url, "backup", str(file), "--json"))["bytes"] == file.stat().st_size
    assert os.listdir(tmp_path) == [file.name]  # nothing half-written beside it
    before = content(database.url)
    assert before["blob_pieces"][0] == 4

    assert told(await program(empty_url, "restore", str(file), "--json", empty=True)) == {"restored": True}
    after = content(empty_url)
    assert after.pop("rules") == before.pop("rules")
    assert before.pop("feed")[0] > 0
    assert after.pop("feed")[0] == 0  # it counts the old server's transactions
    assert after == before

    restored = Database(empty_url)
    async with running(restored) as web:
        assert (await web.get(f"/api/orders/{order}", headers=manager)).json() == was.json()
        assert (await web.get(f"/api/photos/{photo}", headers=manager)).content == pictured.content
        fresh = ok(await web.post(f"{settled.area}/orders", json=REPORT, headers=agent), 201)
    await restored.dispose()
    assert fresh["number"].endswith("000003")

    again = await program(empty_url, "restore", str(file))
    assert again.exit_code == 1
    assert "already holds data" in again.stderr
    assert "GRID_DISPATCH_HOME" in again.stderr


async def test_what_is_no_whole_backup_restores_nothing(database: Database, empty_url: str, tmp_path: Path):
    await settle(database)
    file, half, other = tmp_path / "whole", tmp_path / "half", tmp_path / "other"
    told(await program(database.url, "backup", str(file), "--json"))
    half.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    other.write_text("a letter\n")
    nothing = content(empty_url)
    for wrong, said in ((half, "pg_restore"), (other, "pg_restore"), (tmp_path / "absent", "There is no file")):
        answer = await program(empty_url, "restore", str(wrong), empty=True)
        assert (answer.exit_code, said in answer.stderr) == (1, True), answer.stderr
        assert content(empty_url) == nothing


async def test_a_backup_into_a_folder_that_is_not_there_says_so(database: Database, tmp_path: Path):
    answer = await program(database.url, "backup", str(tmp_path / "nowhere" / "file"))
    assert answer.exit_code == 1
    assert "make it first" in answer.stderr
