"""Moments that were stored before anybody refused them: found, brought inside, traced, and taken no more."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from dispatch import roles
from dispatch.cli.maintenance import dump_database, restore_database
from dispatch.mending.mend import mend
from dispatch.orders.events.verify import verify
from dispatch.orders.rules import acts
from kit.actor import SYSTEM, Role
from kit.db import Database, libpq_url
from tests.databases import TestCluster, migrate_in_a_process
from tests.dispatch.cli.program import program, told
from tests.dispatch.planning.town import NINE
from tests.journeys.people import Settled, settle
from tests.site import ok, running

CHOSEN, FAR = datetime(2098, 6, 1, 12, tzinfo=UTC), "9999-12-31 23:59:59-12:00"
DAMAGE = f"""
ALTER TABLE orders DROP CONSTRAINT ck_orders_appointment_end_possible, DROP CONSTRAINT ck_orders_due_at_possible,
    DROP CONSTRAINT ck_orders_technician_due_at_possible, DROP CONSTRAINT ck_orders_grid_due_at_possible,
    DROP CONSTRAINT ck_orders_company_due_at_possible;
ALTER TABLE leaves DROP CONSTRAINT ck_leaves_period_possible;
ALTER TABLE photos DROP CONSTRAINT ck_photos_taken_at_possible;
ALTER TABLE policies DROP CONSTRAINT ck_policies_valid_from_possible;
ALTER TABLE order_alarms DROP CONSTRAINT ck_order_alarms_due_at_possible;
ALTER TABLE order_events DISABLE TRIGGER USER;
UPDATE order_events SET data = replace(data::text, '2098-06-01T12:00:00', '9999-12-31T23:59:59-12:00')::jsonb;
UPDATE order_events SET data = replace(replace(data::text, '-12:00+00:00', '-12:00'), '-12:00Z', '-12:00')::jsonb;
ALTER TABLE order_events ENABLE TRIGGER USER;
UPDATE orders SET appointment_end = '{FAR}' WHERE appointment_end = '{CHOSEN}';
UPDATE orders SET due_at = '{FAR}' WHERE due_at = '{CHOSEN}';
UPDATE orders SET technician_due_at = '{FAR}' WHERE technician_due_at = '{CHOSEN}';
UPDATE orders SET grid_due_at = '{FAR}' WHERE grid_due_at = '{CHOSEN}';
UPDATE orders SET company_due_at = '{FAR}' WHERE company_due_at = '{CHOSEN}';
UPDATE policies SET valid_from = '-infinity';
INSERT INTO leaves (id, technician_id, period, kind)
    SELECT gen_random_uuid(), id, tstzrange('2023-01-01 00:00:00+00', '{FAR}'), 'leave' FROM technicians LIMIT 1;
INSERT INTO photos (id, order_id, kind, taken_at)
    SELECT gen_random_uuid(), id, 'after', '0044-03-15 12:00:00+00 BC' FROM orders LIMIT 1;
INSERT INTO order_alarms (order_id, clock, due_at, percent, role, at)
    SELECT id, 'complete', '{FAR}', 80, 'dispatcher', now() FROM orders LIMIT 1;
"""


async def damaged(database: Database) -> Settled:
    """A town with rows as an installation without today's checks could store them."""
    settled = await settle(database)
    town = settled.town
    for _ in range(2):
        order = await town.report()
        await town.do(SYSTEM, order, acts.Dispatch(technician_id=town.anna, why="a_technician"))
        await town.do(town.technician(town.anna), order, acts.Accept(), occurred_at=NINE)
        window = acts.Rebook(window_start=NINE + timedelta(hours=2), window_end=CHOSEN, by="subscriber")
        await town.do(town.technician(town.anna), order, window, occurred_at=NINE)
    with psycopg.connect(libpq_url(database.url)) as connection:
        connection.execute(DAMAGE)
    return settled


async def test_every_impossible_moment_is_found_then_mended_and_lists_answer_again(database: Database) -> None:
    settled = await damaged(database)
    desk, orders = settled.desk[Role.DISPATCHER], f"{settled.area}/orders"
    async with running(database) as site:
        assert (await site.get(orders, headers=desk)).status_code >= 400

        listed = await program(database.url, "mend", "--json")
        assert listed.exit_code == 1
        found = mend(database.url, apply=False).wrong
        assert len(json.loads(listed.stdout)["wrong"]) == len(found)
        places = {f"{one.table}.{one.column}" for one in found}
        assert places == {
            "orders.appointment_end", "orders.due_at", "orders.technician_due_at", "orders.grid_due_at",
            "orders.company_due_at", "order_events.data", "leaves.period", "photos.taken_at", "policies.valid_from",
            "order_alarms.due_at",
        }  # fmt: skip
        assert not any(one.mended for one in found)
        assert (await site.get(orders, headers=desk)).status_code >= 400

        done = told(await program(database.url, "mend", "--apply", "--json"))
        assert len(done["wrong"]) == len(found)
        assert all(one["mended"] for one in done["wrong"])
        assert len(done["checksRestored"]) == 9
        page = ok(await site.get(orders, headers=desk))
        assert [one["appointmentEnd"] for one in page["items"]] == ["2099-12-30T00:00:00Z"] * 2
    async with database.transaction() as session:
        checked = await verify(session, settled.town.area_id)
    assert (checked.orders, checked.mismatches) == (2, [])
    assert told(await program(database.url, "mend", "--json"))["wrong"] == []


async def test_old_values_stay_events_are_kept_again_and_nothing_impossible_is_taken_any_more(
    database: Database,
) -> None:
    await damaged(database)
    found = mend(database.url, apply=True).wrong
    with psycopg.connect(libpq_url(database.url), autocommit=True) as connection:
        traces = connection.execute("SELECT table_name, column_name, was, becomes FROM mended_values").fetchall()
        assert len(traces) == len(found)
        assert ("photos", "taken_at", "0044-03-15 12:00:00+00 BC", None) in traces
        (leave,) = [row for row in traces if row[0] == "leaves"]
        assert (leave[2].rstrip(')"')[-15:], leave[3][-3:]) == ("1 11:59:59+00", '",)') or leave[3].endswith(",)")
        assert connection.execute("SELECT count(*) FROM leaves WHERE upper_inf(period)").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM order_alarms").fetchone() == (0,)
        with pytest.raises(psycopg.IntegrityError, match="never changed"):
            connection.execute("UPDATE order_events SET type = 'noted'")
        with pytest.raises(psycopg.errors.CheckViolation, match="ck_orders_due_at_possible"):
            connection.execute("UPDATE orders SET due_at = %s", [FAR])


async def test_a_value_that_a_constraint_does_not_let_in_is_named_and_left(database: Database) -> None:
    await settle(database)
    with psycopg.connect(libpq_url(database.url)) as connection:
        connection.execute("ALTER TABLE policies DROP CONSTRAINT ck_policies_valid_from_possible")
        again = (
            "INSERT INTO policies (id, area_id, number, valid_from, limits)"
            " SELECT gen_random_uuid(), area_id, {0}, {1}, limits FROM policies WHERE number = 1"
        )
        connection.execute(again.format(8, "'12000-01-01'"))
        connection.execute(again.format(9, "'13000-01-01'"))
    told_so = await program(database.url, "mend", "--apply")
    assert told_so.exit_code == 1
    assert "uq_policies_area_id_valid_from" in told_so.stdout
    assert len(mend(database.url, apply=False).wrong) == 1


async def test_a_backup_with_impossible_moments_is_restored_and_then_mended(
    database: Database, cluster: TestCluster, tmp_path: Path
) -> None:
    old = cluster.clone("template1")
    fresh = cluster.clone("template1")
    try:
        migrate_in_a_process(cluster.url(old))
        opened = Database(cluster.url(old))
        await damaged(opened)
        await opened.dispose()
        file = tmp_path / "old.dump"
        dump_database(cluster.url(old), file)
        restore_database(cluster.url(fresh), file)
        roles.prepare(cluster.url(fresh), cluster.program_url(fresh))
        assert mend(cluster.url(fresh), apply=True).is_fine
        assert mend(cluster.url(fresh), apply=False).wrong == []
    finally:
        cluster.drop(old)
        cluster.drop(fresh)
