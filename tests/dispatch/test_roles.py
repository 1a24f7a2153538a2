"""What the role of web and worker cannot do, whatever statement it is made to send; and that it can do its work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from dispatch import roles
from dispatch.accounts.jobs import forget
from dispatch.cli.maintenance import dump_database, restore_database
from dispatch.orders.events.verify import verify
from dispatch.orders.intake.models import ImportRun
from dispatch.orders.intake.repository import refresh_statistics, remove_orders
from dispatch.orders.jobs import forget as forget_codes
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.reports.rollups.days import check, rebuild
from dispatch.reports.rollups.jobs import fold_days
from dispatch.reports.rollups.kept_work import forget_all
from grids.service import area_by_id
from kit.actor import SYSTEM, Role
from kit.db import Database, libpq_url
from tests.databases import TestCluster
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.orders.conftest import START, build_world
from tests.dispatch.reports.keeping import keep_all
from tests.journeys.people import REPORT, settle
from tests.site import ok, running

ATTACKS = (
    "DROP TRIGGER order_events_append_only ON order_events",
    "ALTER TABLE order_events DISABLE TRIGGER ALL",
    "ALTER TABLE order_events OWNER TO CURRENT_USER",
    "ALTER FUNCTION order_events_append_only() SECURITY DEFINER",
    "CREATE OR REPLACE FUNCTION order_events_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    "DROP FUNCTION undo_import(uuid, uuid)",
    "CREATE FUNCTION now2() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE mine (id int)",
    "DROP TABLE order_events CASCADE",
    "TRUNCATE order_events",
    "TRUNCATE orders CASCADE",
    "UPDATE order_events SET type = 'noted'",
    "DELETE FROM order_events",
    "DELETE FROM orders",
    "INSERT INTO removed_orders SELECT id, area_id, number, id, 1, NULL, now() FROM orders",
    "DELETE FROM removed_orders",
    "UPDATE unmaskings SET order_id = order_id",
    "DELETE FROM unmaskings",
    "UPDATE alembic_version SET version_num = 'x'",
    "SET session_replication_role = replica",
    "SET ROLE grid_dispatch",
    "CREATE ROLE other LOGIN",
    "CREATE DATABASE other",
    "COPY orders TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
)


@pytest.fixture
def program_url(cluster: TestCluster, database_url: str) -> str:
    url = cluster.program_url(str(make_url(database_url).database))
    with psycopg.connect(libpq_url(database_url)) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num text)")  # there once it was migrated
        roles.grant(owner, roles.role_of(url))
    return url


@pytest.fixture
async def program(program_url: str) -> AsyncIterator[Database]:
    opened = Database(program_url)
    yield opened
    await opened.dispose()


def test_the_record_of_events_cannot_be_touched_by_the_program(program_url: str):
    allowed = []
    with psycopg.connect(libpq_url(program_url), autocommit=True) as connection:
        connection.execute("GRANT ALL ON order_events TO CURRENT_USER")  # a warning is the answer, no right
        for statement in ATTACKS:
            try:
                connection.execute(statement.encode())
                allowed.append(statement)
            except psycopg.errors.InsufficientPrivilege:
                pass
    assert allowed == []


def test_what_works_with_the_owners_rights_has_a_fixed_path_and_is_not_for_everybody(
    database_url: str, program_url: str
):
    with psycopg.connect(libpq_url(database_url)) as owner:
        found = owner.execute(
            "SELECT p.proname, p.proconfig::text, has_function_privilege('pg_monitor', p.oid, 'EXECUTE') FROM pg_proc p"
            " WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace"
            " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')"
        ).fetchall()
        rights = dict(
            owner.execute(
                "SELECT c.relname, c.relacl::text FROM pg_class c WHERE c.relkind IN ('r', 'p')"
                " AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'spatial_ref_sys'"
            ).fetchall()
        )
    assert {name for name, _, _ in found} == {"undo_import", "refresh_statistics"}
    assert all("search_path=public, pg_temp" in config and not everybody for _, config, everybody in found)
    usual = {name for name, said in rights.items() if "grid_dispatch_program=arwd/" in said}
    assert rights.keys() - usual == roles.RIGHTS.keys() & rights.keys()


def test_one_role_for_all_is_noticed(database_url: str, program_url: str, cluster: TestCluster):
    assert roles.owns_tables(database_url)
    assert not roles.owns_tables(program_url)


def test_tables_that_a_migration_adds_are_granted_at_the_next_start(database_url: str, program_url: str):
    with psycopg.connect(libpq_url(database_url), autocommit=True) as owner:
        owner.execute("CREATE TABLE added (id int)")
        granted = owner.execute(roles._GRANTED, {"role": roles.role_of(program_url)}).fetchone()
        assert granted == (False,)
        roles.grant(owner, roles.role_of(program_url))
        assert owner.execute(roles._GRANTED, {"role": roles.role_of(program_url)}).fetchone() == (True,)


async def test_the_program_lives_an_order_undoes_an_import_and_forgets_what_it_should(
    database: Database, program: Database
):
    settled = await settle(database)
    async with running(program) as web:
        body = ok(await web.post(f"{settled.area}/orders", json=REPORT, headers=settled.desk[Role.AGENT]), 201)
        ok(await web.get(f"{settled.area}/orders", headers=settled.desk[Role.DISPATCHER]))
        assert body["number"]
    async with program.transaction() as session:
        await apply(session, SYSTEM, body["id"], acts.Note(note="seen"))
        await refresh_statistics(session)
        run = ImportRun(area_id=settled.town.area_id, filename="x.csv", sha256="x", mapping={}, counts={})
        session.add(run)
        await session.flush()
        assert await remove_orders(session, run.id, uuid4()) == 0
        assert not (await verify(session, settled.town.area_id)).mismatches
    await forget(program)
    await forget_codes(program)


def test_a_backup_made_by_the_program_is_for_its_owner_alone_and_restores(cluster: TestCluster, tmp_path: Path):
    file = tmp_path / "all.backup"
    file.write_bytes(b"an older one")
    file.chmod(0o644)
    first, second = cluster.clone("template1"), cluster.clone("template1")
    try:
        roles.prepare(cluster.url(first), cluster.program_url(first))
        assert dump_database(cluster.program_url(first), file) > 1000
        assert file.stat().st_mode & 0o777 == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["all.backup"]
        restore_database(cluster.url(second), file)
        roles.prepare(cluster.url(second), cluster.program_url(second))
        assert not roles.owns_tables(cluster.program_url(second))
    finally:
        cluster.drop(first)
        cluster.drop(second)


async def test_the_program_keeps_the_managers_numbers_and_makes_them_anew(database: Database, program: Database):
    async with program.transaction() as session:
        world = await build_world(session)
        await repair(world, START, world.anna)
        world.set(START + timedelta(days=3))
        area_id = world.area.id
    assert await keep_all(program, area_id) > 0
    await fold_days(program)
    async with program.transaction() as session:
        area = await area_by_id(session, area_id)
        assert await rebuild(session, area) == 1
        await forget_all(session, area)
    assert await keep_all(program, area_id) > 0
    async with database.transaction() as session:
        area = await area_by_id(session, area_id)
        assert (await check(session, area)).differences == []
