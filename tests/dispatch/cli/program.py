"""The program on the command line, run inside the test's own process: importing it anew costs seconds."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import psycopg
from alembic import command
from click.testing import CliRunner, Result

from dispatch import migrate
from dispatch.cli import main
from kit.db import libpq_url
from kit.settings import settings


def run_program(url: str, *arguments: str, empty: bool = False) -> Result:
    """What `grid-dispatch …` answers for the database at `url`: `exit_code`, `stdout`, `stderr`.

    `empty`: nothing is in that database, not even a schema.
    """
    if not empty:
        _mark_newest(url)
    settings.cache_clear()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        return CliRunner(catch_exceptions=False).invoke(
            main, list(arguments), env={"DATABASE_URL": url, "LC_ALL": "C.UTF-8", "COLUMNS": "200"}
        )
    finally:
        settings.cache_clear()
        root.handlers[:], root.level = handlers, level


async def program(url: str, *arguments: str, empty: bool = False) -> Result:
    """The same from a test that has a running loop of its own."""
    return await asyncio.to_thread(run_program, url, *arguments, empty=empty)


def told(result: Result) -> Any:
    """The one object on stdout of a command run with `--json` that succeeded."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _mark_newest(url: str) -> None:
    """Say that a schema made from the models is the newest one, as a migrated database says."""
    with psycopg.connect(libpq_url(url)) as connection:
        found = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    if found == (None,):
        command.stamp(migrate.configuration(url), "head")
