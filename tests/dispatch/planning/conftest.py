"""The town of these stories, built once; every test has one of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch.planning.board import board_cache
from kit.db import Database
from tests.databases import TestCluster, schema_key, sources_hash
from tests.dispatch.planning.town import Town, build_template, open_town


@pytest.fixture(scope="session")
def town_template(cluster: TestCluster, schema_template: str) -> str:
    """The template that holds the town at nine in the morning, nothing reported yet."""
    sources = sources_hash("tests/dispatch/planning/town.py", "dispatch/policies/*.py", "dispatch/technicians/*.py")
    return cluster.template(f"{schema_key()}:planning:{sources}", build_template, base=schema_template)


@pytest.fixture
def database_url(cluster: TestCluster, town_template: str) -> Iterator[str]:
    """The address of a fresh database with the town in it."""
    name = cluster.lend(town_template)
    yield cluster.url(name)
    cluster.take_back(name)


@pytest.fixture
async def town(database: Database) -> Town:
    """A committed town at nine in the morning."""
    board_cache._boards.clear()  # the towns of all stories are one area, in a database each
    return await open_town(database)
