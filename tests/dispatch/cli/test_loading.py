"""What a command loads: the rooms it needs, when it runs, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

from alembic.script import ScriptDirectory
from sqlalchemy import text

from dispatch import migrate
from dispatch.cli import COMMANDS, main
from kit.db import Database
from tests.dispatch.cli.program import program

HEAVY = (
    "alembic", "geoalchemy2", "holidays", "litestar", "numba", "numpy", "ortools", "osmium", "osrm", "procrastinate",
    "shapely", "sqlalchemy",
)  # fmt: skip
LOADED = """
import sys
from dispatch.cli import main
try:
    main({arguments!r})
finally:
    print("loaded:", *sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""


def loaded_by(*arguments: str, **environment: str) -> tuple[str, set[str]]:
    """What a command says on stdout, run in a process of its own, and the packages that process has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(arguments=list(arguments))],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, set(done.stderr.rpartition("loaded:")[2].split())


async def test_locate_loads_neither_the_planner_nor_the_web_nor_the_map(database: Database):
    assert (await program(database.url, "city", "create", "plain", "--timezone", "UTC")).exit_code == 0
    said, loaded = loaded_by("locate", "plain", "--", "1", "2", DATABASE_URL=database.url)
    assert said.strip() == "No grid of plain holds 1.0, 2.0."
    assert not loaded & set(HEAVY)
    assert "psycopg" in loaded  # the list is read, and what is loaded stands in it


def test_the_help_lists_every_command_and_loads_no_room_of_the_product():
    said, loaded = loaded_by("--help", COLUMNS="120")
    for name in (name for names in COMMANDS.values() for name in names):
        assert f"│ {name} " in said
    assert not loaded & set(HEAVY) - {"numpy"}  # `solve` names its violations from the optimizer, which knows arrays


def test_every_command_stands_in_the_table_that_says_which_file_has_it():
    context = main.make_context("grid-dispatch", [], resilient_parsing=True)
    assert sorted(main.list_commands(context)) == sorted(name for names in COMMANDS.values() for name in names)


async def test_the_newest_revision_is_the_one_alembic_would_bring_a_database_to(database: Database):
    assert migrate.newest() == set(ScriptDirectory.from_config(migrate.configuration(database.url)).get_heads())
    async with database.transaction() as session:
        await session.execute(text("DROP TABLE IF EXISTS alembic_version"))
    assert not migrate.is_current(database.url)
