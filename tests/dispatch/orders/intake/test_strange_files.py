"""Whatever is in a stranger's file, or in its name, its import ends in a state with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text

from dispatch.orders.intake.models import ImportRun, ImportStatus
from dispatch.orders.intake.rows.mapping import mapping_as_dict, parse_mapping
from dispatch.orders.intake.uploads import JOB, carry_out, queue_the_forgotten, register
from grids.models import ServiceArea
from kit.actor import SYSTEM
from kit.db import Database
from kit.errors import Invalid
from tests.dispatch.orders.intake.conftest import MAPPING

HEAD = "opened,closed,what,address,district,lon,lat,account,phone\n"
ROW = "2022-09-01 08:00,{closed},lamp,1 Main St,,10.05,50.05,,\n"
GOOD = (HEAD + ROW.format(closed="")).encode()


async def sent(
    database: Database, area: ServiceArea, content: bytes, name: str = "orders.csv", mapping: str = MAPPING
) -> ImportRun:
    """A file as an upload that the worker has taken."""
    async with database.transaction() as session:
        run = await register(session, SYSTEM, area, content, name, parse_mapping(mapping))
    await carry_out(database, run.id)
    async with database.transaction() as session:
        return (await session.execute(select(ImportRun).where(ImportRun.id == run.id))).scalar_one()


@pytest.mark.parametrize(
    "name", ["..", ".", "", "维修工单" * 40 + ".csv", "a/b\\c:d.csv", "orders.csv/..", "a\x7f.csv"]
)
async def test_a_clients_file_name_is_never_a_path(database: Database, area: ServiceArea, name: str):
    run = await sent(database, area, GOOD, name)
    assert run.status is ImportStatus.DONE
    assert run.counts["created"] == 1


@pytest.mark.parametrize("closed", ["9999-12-31 23:59", "12022-09-01 08:00", "0001-01-01 00:00"])
async def test_a_closing_time_that_cannot_be_is_told_of_its_row(database: Database, area: ServiceArea, closed: str):
    run = await sent(database, area, (HEAD + ROW.format(closed=closed) + ROW.format(closed="")).encode())
    assert run.status is ImportStatus.DONE
    assert run.counts["created"] == 1
    assert run.counts["rejectedRows"] == 1


async def test_geojson_nested_without_end_ends_with_a_sentence(database: Database, area: ServiceArea):
    deep = b'{"type":"FeatureCollection","features":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    run = await sent(database, area, deep, "orders.geojson")
    assert run.status is ImportStatus.FAILED
    assert run.counts["error"]["code"] != "import.unexpected"


@pytest.mark.parametrize("encoding", ["punycode", "idna", "base64", "undefined", "rot13", "raw_unicode_escape"])
def test_an_encoding_that_is_no_way_to_write_a_file_is_refused_with_the_mapping(encoding: str):
    with pytest.raises(Invalid) as caught:
        parse_mapping(MAPPING.replace("[columns]", f'[file]\nencoding = "{encoding}"\n[columns]'))
    assert caught.value.code == "mapping.invalid"


@pytest.mark.parametrize("zone", ["America", "", "../etc/passwd", "Mars/Base"])
def test_a_time_zone_that_does_not_exist_is_refused_with_the_mapping(zone: str):
    with pytest.raises(Invalid) as caught:
        parse_mapping(MAPPING.replace("[columns]", f'[dates]\ntimezone = "{zone}"\n[columns]'))
    assert caught.value.code == "mapping.invalid"


async def test_a_mistake_of_ours_ends_the_import_and_says_a_reference(
    database: Database, area: ServiceArea, monkeypatch: pytest.MonkeyPatch
):
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("dispatch.orders.intake.uploads.import_orders", broken)
    run = await sent(database, area, GOOD)
    assert run.status is ImportStatus.FAILED
    assert run.counts["error"]["code"] == "import.unexpected"
    assert len(run.counts["error"]["params"]["reference"]) == 12


async def test_an_upload_whose_job_is_gone_is_queued_again_once(database: Database, area: ServiceArea):
    async with database.transaction() as session:
        run = await register(session, SYSTEM, area, GOOD, "orders.csv", parse_mapping(MAPPING))
        assert await queue_the_forgotten(session) == 0
    async with database.transaction() as session:
        await session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
        await session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    async with database.transaction() as session:
        assert await queue_the_forgotten(session) == 1
        assert await queue_the_forgotten(session) == 0
        jobs = await session.execute(
            text("SELECT args->>'run_id' FROM procrastinate_jobs WHERE task_name = :job AND status = 'todo'"),
            {"job": JOB},
        )
        assert [row[0] for row in jobs] == [str(run.id)]


async def test_a_file_of_the_command_line_is_left_to_its_command(database: Database, area: ServiceArea, tmp_path: Path):
    async with database.transaction() as session:
        session.add(
            ImportRun(
                area_id=area.id, filename="orders.csv", sha256="0" * 64, counts={},
                mapping={"mapping": mapping_as_dict(parse_mapping(MAPPING))},
            )
        )  # fmt: skip
    async with database.transaction() as session:
        assert await queue_the_forgotten(session) == 0
