"""Bringing a database to the newest schema, and checking that the tables in code are the tables in migrations.

Every command asks `is_current`, so this module loads Alembic only where something is migrated.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from kit.postgres.url import driver_url, libpq_url

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).resolve().parent / "migrations"
_ASSIGNED = re.compile(r"^(revision|down_revision)(?:: [^=]+)? = (.+)$", re.MULTILINE)


def configuration(url: str) -> Config:
    """Alembic's settings for one database; there is no ini file to keep in step."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = driver_url(url)
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`. Each migration is one transaction; a failed one leaves the schema as it was."""
    from alembic import command

    command.upgrade(configuration(url), revision)


def check(url: str) -> None:
    """Raise `alembic.util.CommandError` when the code's tables differ from the migrated ones."""
    from alembic import command

    command.check(configuration(url))


def newest() -> set[str]:
    """The revisions that no other revision builds on, as the files of `migrations/versions` name them."""
    revisions: set[str] = set()
    built_on: set[str] = set()
    for file in (FOLDER / "versions").glob("*.py"):
        for name, value in _ASSIGNED.findall(file.read_text(encoding="utf-8")):
            named = ast.literal_eval(value)
            found = {named} if isinstance(named, str) else set(named or ())
            (revisions if name == "revision" else built_on).update(found)
    return revisions - built_on


def is_current(url: str) -> bool:
    """Whether the database is at the newest revision."""
    with psycopg.connect(libpq_url(url)) as connection:
        if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
            return False
        at = {str(row[0]) for row in connection.execute("SELECT version_num FROM alembic_version")}
    return at == newest()
