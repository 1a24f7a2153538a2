"""Bad input on the command line: one clear sentence with place and remedy, exit code 1, and nothing is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
import shapely
from shapely import box
from sqlalchemy import text

from dispatch.policies.service import install_defaults
from grids.importing import import_grids
from grids.service import create_area
from kit.db import Database, libpq_url
from kit.processes.ports import free_port
from tests.citymap.extracts import town as small_town
from tests.dispatch.cli.program import program, run_program, told
from tests.dispatch.orders.intake.conftest import MAPPING
from tests.dispatch.planning.town import NINE, Town, build_town
from tests.grids.test_importing import EAST, WEST, collection, moved
from tests.journeys.people import act, batch, settle
from tests.site import ok, running

PEOPLE = "employee_number,name,weekdays,shift_start,shift_end\n"
CONTRACTS = "grid,technician_a,technician_b,from,to\n"
ORDERS = "opened,closed,what,address,district,lon,lat,account,phone\n"
ROW = "2022-09-27T{:02}:00:00-07:00,,lamp,{} Main Street,,-123.15,49.25,,\n"


class Bad(NamedTuple):
    """A command whose `{file}` holds `content`, and what its one sentence must say: the place, then the remedy."""

    command: str
    content: bytes | Callable[[Path], bytes]
    place: str
    remedy: str


def truncated(folder: Path) -> bytes:
    whole = small_town(folder / "whole.osm.pbf").read_bytes()
    return whole[: len(whole) * 2 // 3]


def elsewhere(folder: Path) -> bytes:
    return small_town(folder / "whole.osm.pbf").read_bytes()


def swapped(shape: Any) -> Any:
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


CITY = "city import plain {file}"
IMPORT = "orders import plain {file} --mapping {mapping}"
BAD = {
    "a truncated extract": Bad(CITY, truncated, "ends inside a block at byte", "Download it again"),
    "a truncated extract for a new area": Bad(
        "city import fresh {file} --timezone America/Vancouver", truncated, "ends inside a block", "Download it again"
    ),
    "a new area in no time zone": Bad(
        "city import fresh {file} --timezone Mars/City", elsewhere, "Mars/City", "America/Vancouver"
    ),
    "a foreign extract": Bad(CITY, b"<osm/>" * 99, "bad.osm.pbf is not an OpenStreetMap", "Download"),
    "an extract of another city": Bad(CITY, elsewhere, "covers 0", "Choose an extract that holds"),
    "an extract that is not there": Bad("city import plain {file}.gone", b"", "bad.osm.pbf.gone", "There is no file"),
    "grids in feet": Bad(
        "grids import plain {file} --name-field name",
        lambda _: collection(moved(WEST, "EPSG:2285"), moved(EAST, "EPSG:2285")),
        "(a)", "Add its crs member",
    ),
    "grids with swapped axes": Bad(
        "grids import plain {file} --name-field name",
        lambda _: collection(swapped(WEST), swapped(EAST)), "latitude first", "ogr2ogr",
    ),
    "grids that overlap": Bad(
        "grids import plain {file} --name-field name",
        collection(WEST, box(-123.15, 49.2, -123.0, 49.3)), "25.00 %", "--accept-overlaps",
    ),
    "grids without that name": Bad(
        "grids import plain {file} --name-field nom", collection(WEST), "nom", "The file has: name"
    ),
    "technicians in no encoding": Bad(
        "technicians import plain {file}", PEOPLE.encode() + b"1,\xff\xff\xff,1-5,8:00,16:00\n", "neither", "UTF-8"
    ),
    "technicians without a column": Bad(
        "technicians import plain {file}", b"employee_number,weekdays\n1,1-5\n", "name is missing", "Wanted"
    ),
    "contracts without a column": Bad(
        "contracts import plain {file}", b"grid,from\na,2022-01-01\n", "technician_a is missing", "Wanted"
    ),
    "orders in no encoding": Bad(IMPORT, ORDERS.encode() + b"2022-09-27,,\xff\xff\xff\n", "Line 2", "[file] encoding"),
    "orders without a column": Bad(IMPORT, b"opened,what\n2022-09-27,lamp\n", "'closed'", "Mend the mapping"),
    "orders of empty lines": Bad(IMPORT, ORDERS.encode() + b"\n" * 10_000, "no rows below", "export it again"),
    "orders with dates in two formats": Bad(
        IMPORT, (ORDERS + ROW.format(9, 1) + "27/09/2022 10:00,,lamp,2 Main Street,,-123.15,49.25,,\n").encode(),
        "line 3", "one format",
    ),
    "no such mapping": Bad("orders import plain {file} --mapping atlantis", ORDERS.encode(), "atlantis", "vancouver"),
    "past days of an ordinary area": Bad("simulate plain --date 2022-09-27", b"", "plain", "only trial areas"),
    "orders onto a day of an ordinary area": Bad(
        f"{IMPORT} --onto 2022-09-27", (ORDERS + ROW.format(9, 1)).encode(), "plain is none", "trial"
    ),
    "an area nobody knows": Bad("verify atlantis", b"", "atlantis", "There is no service area"),
    "a month that is none": Bad("assess plain --month 2022-13", b"", "2022-13", "2022-09"),
    "a point off the globe": Bad("locate plain -- 49.25 -123.15", b"", "49.25", "longitude"),
}  # fmt: skip


@pytest.fixture
async def plain_url(database: Database) -> str:
    """An ordinary area in Vancouver with two grids."""
    async with database.transaction() as session:
        area = await create_area(session, "plain", "Plain", "America/Vancouver")
        await install_defaults(session, area)
        await import_grids(session, area, collection(WEST, EAST), "name")
    return database.url


def rows(url: str) -> dict[str, tuple[Any, ...] | None]:
    """Count and checksum of every table; what an import says of itself is not counted."""
    with psycopg.connect(libpq_url(url)) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT IN ('spatial_ref_sys', 'alembic_version', 'import_runs')"
        ).fetchall()
        query = "SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {} AS t"
        return {str(name): connection.execute(query.format(name).encode()).fetchone() for (name,) in names}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_sentence_and_changes_nothing(kind: str, plain_url: str, tmp_path: Path):
    bad = BAD[kind]
    file, mapping = tmp_path / "bad.osm.pbf", tmp_path / "mapping.toml"
    file.write_bytes(bad.content if isinstance(bad.content, bytes) else bad.content(tmp_path))
    mapping.write_text(MAPPING.replace('"replay"', '"history"') if "--onto" not in bad.command else MAPPING)
    before = rows(plain_url)
    answer = run_program(plain_url, *bad.command.format(file=file, mapping=mapping).split())
    assert answer.exit_code == 1, answer.output
    assert answer.stdout == ""
    (sentence,) = answer.stderr.strip().splitlines()
    assert sentence.startswith("✗ ")
    assert bad.place in sentence
    assert bad.remedy in sentence
    assert "–" not in sentence.replace(" – ", " "), "a parameter of the sentence is missing"
    assert rows(plain_url) == before


def test_for_machines_the_sentence_is_an_object_with_its_code(plain_url: str):
    answer = run_program(plain_url, "verify", "atlantis", "--json")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["error"]["code"] == "not_found.area"
    assert "atlantis" in answer.stderr


@pytest.mark.parametrize("command", ["verify plain", "backup {file}", "restore {file}"])
def test_a_database_that_does_not_answer_is_said_with_what_to_check(command: str, tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("")
    url = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/nowhere"
    answer = run_program(url, *command.format(file=file).split(), empty=True)
    assert answer.exit_code == 1
    assert "Check DATABASE_URL" in answer.stderr
    assert "secret" not in answer.stderr


def test_rows_that_cannot_be_are_named_with_their_line_and_the_others_are_kept(plain_url: str, tmp_path: Path):
    people, contracts = tmp_path / "people.csv", tmp_path / "contracts.csv"
    people.write_text(PEOPLE + "1,Ann,1-5,08:00,16:00\n2,Bob,,,\n3,Eve,1-5,08:00,16:00\n")
    answer = run_program(plain_url, "technicians", "import", "plain", str(people))
    assert (answer.exit_code, "2 technicians created" in answer.stdout) == (1, True)
    assert "line 3: Bob (2) has no shift and could never be planned; fill weekdays" in answer.stdout
    contracts.write_text(CONTRACTS + "a,1,,2022-01-01,\na,3,,2022-06-01,\nb,3,3,2022-01-01,\n")
    answer = run_program(plain_url, "contracts", "import", "plain", str(contracts))
    assert answer.exit_code == 1
    assert "line 3: Grid a is already under contract from 2022-01-01" in answer.stdout
    assert "line 4: A and B are the same person; name two different people" in answer.stdout


def test_swapped_and_missing_coordinates_wait_on_the_worklist(plain_url: str, tmp_path: Path):
    file, mapping = tmp_path / "orders.csv", tmp_path / "mapping.toml"
    places = ("-123.15,49.25", "49.25,-123.15", "0,0")
    lines = [ROW.format(9 + number, number).replace("-123.15,49.25", place) for number, place in enumerate(places)]
    file.write_text(ORDERS + "".join(lines))
    mapping.write_text(MAPPING.replace('"replay"', '"history"'))
    answer = told(run_program(plain_url, "orders", "import", "plain", str(file), "--mapping", str(mapping), "--json"))
    assert (answer["created"], answer["located"], answer["unlocated"], answer["rejected"]) == (3, 1, 2, [])


async def test_a_day_that_cannot_be_planned_says_what_is_missing(database: Database):
    town = await build_town(database)
    nothing = await _plan(town)
    assert "Town" in nothing or "town" in nothing
    assert "has no open orders on 2022-09-27" in nothing
    await town.report()
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM roster_patterns"))
    assert "Nobody is at work in" in (nobody := await _plan(town))
    assert "enter rosters" in nobody


async def _plan(town: Town) -> str:
    """The sentence of a refused plan, after checking that nothing but the run's own record was written."""
    before = rows(town.database.url)
    answer = await program(
        town.database.url, "plan", "town", "--date", "2022-09-27", "--seconds", "1", "--allow-straight-line"
    )
    assert answer.exit_code == 1, answer.output
    after = rows(town.database.url)
    assert {name for name in after if after[name] != before[name]} <= {"plan_runs", "feed"}
    return answer.stderr


async def test_a_phone_that_lives_in_another_year_is_told_so_and_nothing_is_kept(database: Database):
    settled = await settle(database)
    town = settled.town
    order = await town.report()
    phone_time = datetime(2019, 9, 27, 1, 0, tzinfo=UTC)
    sent = act(str(order.id), 0, "noted") | {"occurredAt": (phone_time - timedelta(minutes=1)).isoformat()}
    async with running(database) as web:
        before = rows(database.url)
        answer = ok(await web.post("/api/mobile/sync", json=batch(phone_time, sent), headers=settled.phones[town.anna]))
        after = rows(database.url)
    (refusal,) = answer["answers"]
    assert (refusal["result"], refusal["code"]) == ("rejected", "mobile.clock_wrong")
    assert "2019-09-27" in refusal["detail"]
    assert NINE.date().isoformat() in refusal["detail"]
    assert {name for name in after if after[name] != before[name]} <= {"access_tokens"}
