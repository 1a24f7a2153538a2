"""Bringing a database to the newest schema, and checking that the tables in code are the tables in migrations."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from kit.db import driver_url

FOLDER = Path(__file__).resolve().parent / "migrations"


def configuration(url: str) -> Config:
    """Alembic's settings for one database; there is no ini file to keep in step."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = driver_url(url)
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`. Each migration is one transaction; a failed one leaves the schema as it was."""
    command.upgrade(configuration(url), revision)


def check(url: str) -> None:
    """Raise `alembic.util.CommandError` when the code's tables differ from the migrated ones."""
    command.check(configuration(url))


def is_current(url: str) -> bool:
    """Whether the database is at the newest revision."""
    engine = create_engine(driver_url(url))
    try:
        with engine.connect() as connection:
            heads = set(MigrationContext.configure(connection).get_current_heads())
    finally:
        engine.dispose()
    return heads == set(ScriptDirectory.from_config(configuration(url)).get_heads())
