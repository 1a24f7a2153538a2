from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from dispatch import migrate
from kit.db import libpq_url
from tests.databases import TestCluster, migrate_in_a_process
from tests.migration_check import facts

DUMP = Path(__file__).with_name("first_schema.sql")

# Tables and columns that a later migration took away on purpose, with the place where their content went.
GONE_TABLES: dict[str, str] = {}
GONE_COLUMNS: dict[tuple[str, str], str] = {}

Rows = dict[str, list[dict[str, Any]]]


def content(url: str) -> Rows:
    """Every row of every table of ours, as JSON, in a stable order."""
    found: Rows = {}
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT LIKE 'procrastinate%' AND tablename NOT IN ('spatial_ref_sys', 'alembic_version')"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(sql.SQL("SELECT to_jsonb(t) FROM {} t").format(sql.Identifier("public", table)))
            found[table] = sorted((row for (row,) in rows), key=lambda row: json.dumps(row, sort_keys=True))
    return found


@pytest.fixture(scope="module")
def upgraded(cluster: TestCluster) -> Iterator[tuple[Rows, str]]:
    """What the first release held, and the address of the database after its upgrade."""
    name = cluster.clone("template1")
    with cluster.connect(name) as connection:
        connection.execute(DUMP.read_text(encoding="utf-8").encode())
    before = content(cluster.url(name))
    migrate_in_a_process(cluster.url(name))
    yield before, cluster.url(name)
    cluster.drop(name)


def test_the_first_schema_upgrades_to_the_newest_with_every_row_intact(upgraded: tuple[Rows, str]) -> None:
    before, url = upgraded
    assert len(before) > 20
    assert all(len(rows) >= 2 for rows in before.values())
    assert migrate.is_current(url)
    after = content(url)
    for table, rows in before.items():
        if table in GONE_TABLES:
            assert table not in after
            continue
        kept = [column for column in rows[0] if (table, column) not in GONE_COLUMNS]
        seen = [{column: row[column] for column in kept} for row in after[table]]
        assert sorted(map(json.dumps, seen)) == sorted(json.dumps({c: row[c] for c in kept}) for row in rows), table


def test_the_upgraded_first_schema_is_the_newest_to_the_last_constraint(
    upgraded: tuple[Rows, str], cluster: TestCluster
) -> None:
    fresh = cluster.clone("template1")
    try:
        migrate_in_a_process(cluster.url(fresh))
        with psycopg.connect(libpq_url(upgraded[1])) as old, cluster.connect(fresh) as new:
            assert facts(old) == facts(new)
    finally:
        cluster.drop(fresh)
