"""A database that another test had is as fresh as a clone of the schema, or is not lent again."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.databases import TestCluster, schema_key

CHANGES = {
    "a table": "CREATE TABLE another (id int)",
    "a table that went": "DROP TABLE alerts CASCADE",
    "a column": "ALTER TABLE alert_rules ADD COLUMN more int",
    "a column that went": "ALTER TABLE alert_rules DROP COLUMN name",
    "a check that went": "ALTER TABLE alert_rules DROP CONSTRAINT pk_alert_rules CASCADE",
    "a trigger that is off": "ALTER TABLE order_events DISABLE TRIGGER ALL",
    "a right": "GRANT SELECT ON alert_rules TO PUBLIC",
    "a function": "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a setting": "ALTER DATABASE {name} SET work_mem = '1MB'",
}
ROWS = "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('a', 'b')"
JOBS = "SELECT id FROM procrastinate_jobs"


@pytest.fixture
def lent(cluster: TestCluster, schema_template: str) -> Iterator[tuple[str, psycopg.Connection[tuple[object, ...]]]]:
    """A lent database and a connection of its test, which is still open when it goes back."""
    name = cluster.lend(schema_template)
    with cluster.connect(name) as connection:
        yield name, connection


def test_rows_and_numbers_of_the_test_before_are_gone(
    cluster: TestCluster, schema_template: str, lent: tuple[str, psycopg.Connection[tuple[object, ...]]]
) -> None:
    name, connection = lent
    connection.execute(ROWS)
    connection.execute("ANALYZE procrastinate_jobs")
    (first,) = connection.execute(JOBS).fetchall()
    cluster.take_back(name)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    assert cluster.lend(schema_template) == name
    with cluster.connect(name) as again:
        tables = again.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        assert len(tables) > 100
        rows = {table: again.execute(f"SELECT count(*) FROM {table}").fetchone() for (table,) in tables}  # type: ignore[arg-type]
        assert {table for table, count in rows.items() if count != (0,)} == {"spatial_ref_sys"}
        assert again.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'procrastinate_jobs'").fetchone() == (0,)
        again.execute(ROWS)
        assert again.execute(JOBS).fetchall() == [first]
    cluster.take_back(name)


def test_the_rows_of_the_template_are_there_again(cluster: TestCluster, schema_template: str) -> None:
    def build(url: str) -> None:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as made:
            made.execute(ROWS)

    template = cluster.template(f"{schema_key()}:one job", build, base=schema_template)
    name = cluster.lend(template)
    with cluster.connect(name) as connection:
        before = connection.execute("SELECT * FROM procrastinate_jobs").fetchall()
        assert len(before) == 1
        connection.execute(ROWS)
        connection.execute("UPDATE procrastinate_jobs SET task_name = 'c'")
    cluster.take_back(name)
    assert cluster.lend(template) == name
    with cluster.connect(name) as again:
        assert again.execute("SELECT * FROM procrastinate_jobs").fetchall() == before
        again.execute(ROWS)
        assert [number for (number,) in again.execute(f"{JOBS} ORDER BY id").fetchall()] == [1, 2]
    cluster.take_back(name)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_schema_is_not_lent_again(
    cluster: TestCluster, lent: tuple[str, psycopg.Connection[tuple[object, ...]]], change: str
) -> None:
    name, connection = lent
    with psycopg.connect(cluster.admin_url(name), autocommit=True) as admin:
        admin.execute(change.format(name=name))  # type: ignore[arg-type]
    cluster.take_back(name)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    with cluster.connect("postgres") as admin:
        assert admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None
