"""The log tells what went wrong, and nothing about anybody."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import text

from kit.db import Database
from kit.processes.logs import configure_logging

NAME = "Zebu" + "lon"
"""In two parts, since a traceback shows the source it went through."""


@pytest.fixture
def as_written() -> Iterator[None]:
    """Logging as the programs set it up, and as it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("DEBUG")
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.usefixtures("as_written")
async def test_a_row_that_broke_a_rule_is_not_in_the_traceback(database: Database, capsys: pytest.CaptureFixture[str]):
    configure_logging("DEBUG")
    log = structlog.get_logger("test")
    for statement in ("INSERT INTO people VALUES (:name, 1)", "INSERT INTO people VALUES (:name, -1)"):
        try:
            async with database.transaction() as session:
                await session.execute(text("CREATE TABLE people (name text UNIQUE, age int CHECK (age > 0))"))
                await session.execute(text("INSERT INTO people VALUES (:name, 1)"), {"name": NAME})
                await session.execute(text(statement), {"name": NAME})
        except Exception as error:
            log.exception("it.failed", exc_info=error, name=NAME)
    written = capsys.readouterr().err
    assert written.count("it.failed") == 2
    assert "people_age_check" in written
    assert "people_name_key" in written
    assert NAME not in written


@pytest.mark.usefixtures("as_written")
def test_what_names_a_person_is_dropped_from_every_line(capsys: pytest.CaptureFixture[str]):
    configure_logging("DEBUG")
    structlog.get_logger("test").warning("it.happened", phone="5550177", subscriber=NAME, order="VAN-1")
    written = capsys.readouterr().err
    assert "VAN-1" in written
    assert NAME not in written
    assert "5550177" not in written
