"""Files brought in: twice, cut short, corrected at the source, taken back; nothing lost, nothing doubled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from dispatch.orders.intake import importing
from dispatch.orders.intake.importing import import_orders, undo
from dispatch.orders.intake.results import ImportResult
from dispatch.orders.models import Order, OrderEvent, Outcome, Status
from dispatch.orders.rules.states import STATE_FIELDS, EventRecord, fold
from grids.models import AreaKind, ServiceArea
from grids.service import create_area
from kit.actor import SYSTEM
from kit.db import Database
from kit.errors import Conflict, Invalid
from tests.dispatch.orders.intake.conftest import Count, Writer, mapping, row


async def test_first_created_then_unchanged(database: Database, area: ServiceArea, write: Writer, count: Count):
    path = write([row(n) for n in range(1, 6)])
    first = await import_orders(database, area, path, mapping())
    again = await import_orders(database, area, path, mapping())
    assert (first.rows, first.created, first.unchanged, first.in_grid) == (5, 5, 0, 5)
    assert (again.rows, again.created, again.unchanged, again.in_grid) == (5, 0, 5, 5)
    assert await count("SELECT count(*) FROM orders") == 5
    assert await count("SELECT count(*) FROM order_events") == 5


async def test_the_state_of_every_imported_order_is_the_fold_of_its_events(
    database: Database, area: ServiceArea, write: Writer
):
    path = write([row(1), row(2, lon="", lat=""), row(3, closed="2022-09-09T10:00:00+02:00")])
    await import_orders(database, area, path, mapping(kind="history"))
    path = write([row(1, district="corrected"), row(3, closed="2022-09-10T10:00:00+02:00")])
    assert (await import_orders(database, area, path, mapping(kind="history"))).updated == 2
    await assert_rebuilt(database)


async def assert_rebuilt(database: Database) -> None:
    async with database.transaction() as session:
        orders = (await session.execute(select(Order))).scalars().all()
        for order in orders:
            query = select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.sequence)
            events = (await session.execute(query)).scalars().all()
            state = fold(
                EventRecord(type=e.type, occurred_at=e.occurred_at, technician_id=e.technician_id, data=e.data)
                for e in events
            )
            for name in STATE_FIELDS:
                if name != "point":
                    assert getattr(order, name) == getattr(state, name), name
            stored = await session.scalar(
                text("SELECT ARRAY[ST_X(point), ST_Y(point)] FROM orders WHERE id = :id AND point IS NOT NULL"),
                {"id": order.id},
            )
            assert (tuple(stored) if stored else None) == state.point


async def test_near_twins_are_two_orders(database: Database, area: ServiceArea, write: Writer):
    path = write([row(1), row(1), row(1, district="elsewhere")])
    assert (await import_orders(database, area, path, mapping())).created == 3
    assert (await import_orders(database, area, path, mapping())).unchanged == 3


async def test_history_is_archived_and_its_close_never_lies_before_its_opening(
    database: Database, area: ServiceArea, write: Writer
):
    path = write([row(1, closed="2022-09-09"), row(2, closed="2022-09-01"), row(3)])
    await import_orders(database, area, path, mapping(kind="history"))
    async with database.transaction() as session:
        orders = (await session.execute(select(Order).order_by(Order.reported_at))).scalars().all()
        assert [order.status for order in orders] == [Status.CLOSED] * 3
        assert {order.outcome for order in orders} == {Outcome.ARCHIVED}
        assert orders[0].closed_at == datetime(2022, 9, 9, 21, 59, 59, tzinfo=UTC)
        assert orders[1].closed_at == orders[1].reported_at
        assert orders[2].closed_at == orders[2].reported_at
        events = await session.execute(
            select(OrderEvent.data).where(OrderEvent.type == "archived").order_by(OrderEvent.occurred_at)
        )
        data = list(events.scalars())
    assert [("closedBeforeOpened" in one, "closingTimeUnknown" in one) for one in data] == [
        (True, False), (False, True), (False, False),
    ]  # fmt: skip


async def test_rows_without_a_place_are_kept_with_the_reason_and_what_is_known(
    database: Database, area: ServiceArea, write: Writer
):
    path = write(
        [
            row(1, lon="", lat="", address="", district="Old Town"),
            row(2, lon="", lat=""),
            row(3, lon="0", lat="0"),
            row(4, lon="50.05", lat="10.05"),
            row(5, lon="150.05", lat="110.05"),
            row(6, lon="11.5"),
        ]
    )
    result = await import_orders(database, area, path, mapping())
    assert (result.created, result.located, result.unlocated, result.outside_grids) == (6, 1, 5, 1)
    assert (result.bad_coordinates, result.bad_coordinates_line) == (3, 4)
    assert any("in line 4: turn latitude and longitude" in line for line in result.lines())
    async with database.transaction() as session:
        orders = (await session.execute(select(Order).order_by(Order.reported_at))).scalars().all()
    assert [order.place_problem for order in orders] == [
        "no_address", "address_not_found", "bad_coordinates", "bad_coordinates", "bad_coordinates", "outside_grids",
    ]  # fmt: skip
    assert orders[0].district_hint == "Old Town"


async def test_bad_rows_are_reported_with_line_and_reason_and_the_good_ones_kept(
    database: Database, area: ServiceArea, write: Writer
):
    path = write([row(1), row(2, opened="soon"), row(3)])
    result = await import_orders(database, area, path, mapping())
    assert result.created == 2
    assert [(bad.line, bad.reason) for bad in result.rejected] == [(3, "row.date")]
    assert "'soon'" in result.rejected[0].detail


async def test_strict_takes_nothing_when_one_row_is_bad(
    database: Database, area: ServiceArea, write: Writer, count: Count
):
    path = write([row(1), row(2, opened="soon")])
    with pytest.raises(Invalid, match="1 of 2 rows are bad, the first on line 3"):
        await import_orders(database, area, path, mapping(), strict=True)
    assert await count("SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM import_runs)") == 0


async def test_a_dry_run_counts_the_same_and_writes_nothing(
    database: Database, area: ServiceArea, write: Writer, count: Count
):
    path = write([row(1), row(1), row(2, opened="soon"), row(3, lon="", lat="", account="A1", phone="123")])
    dry = await import_orders(database, area, path, mapping(), dry_run=True)
    for table in ("orders", "order_events", "import_runs", "import_rejections", "subscribers"):
        assert await count(f"SELECT count(*) FROM {table}") == 0
    wet = await import_orders(database, area, path, mapping())
    for name in ImportResult.__struct_fields__:
        if name not in ("import_id", "dry_run", "seconds", "repeats", "duplicates"):
            assert getattr(dry, name) == getattr(wet, name), name


async def test_a_source_that_changed_corrects_what_nobody_touched(database: Database, area: ServiceArea, write: Writer):
    await import_orders(database, area, write([row(1), row(2)]), mapping())
    result = await import_orders(database, area, write([row(1, lon="10.15"), row(2)]), mapping())
    assert (result.updated, result.unchanged, result.conflicts) == (1, 1, 0)
    async with database.transaction() as session:
        code = await session.scalar(
            text("SELECT g.code FROM orders o JOIN grids g ON g.id = o.grid_id WHERE o.address = '1 Main Street'")
        )
    assert code == "E"


async def test_a_correction_with_coordinates_that_cannot_be_leaves_the_order_where_it_is(
    database: Database, area: ServiceArea, write: Writer, count: Count
):
    await import_orders(database, area, write([row(1), row(2)]), mapping())
    swapped = write([row(1, lon="50.05", lat="10.05"), row(2)])
    result = await import_orders(database, area, swapped, mapping())
    assert (result.updated, result.unchanged, result.rejected_rows, result.located) == (0, 1, 1, 2)
    assert [(one.line, one.reason) for one in result.rejected] == [(2, "row.bad_coordinates")]
    assert await count("SELECT count(*) FROM orders WHERE point IS NOT NULL") == 2


async def test_a_persons_edit_and_a_dispatched_order_are_conflicts_never_overwritten(
    database: Database, area: ServiceArea, write: Writer
):
    await import_orders(database, area, write([row(1), row(2), row(3)]), mapping())
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE orders SET edited_by_person = true, description = 'by hand' WHERE address = '1 Main Street'")
        )
        await session.execute(
            text(
                "INSERT INTO order_events (id, order_id, sequence, type, actor_role, occurred_at, received_at, data)"
                " SELECT gen_random_uuid(), id, 2, 'chased', 'agent', now(), now(), '{}' FROM orders"
                " WHERE address = '2 Main Street'"
            )
        )
    changed = write([row(n, district="new") for n in (1, 2, 3)])
    result = await import_orders(database, area, changed, mapping())
    assert (result.updated, result.conflicts) == (1, 2)
    assert [(one.line, one.reason) for one in result.conflict_rows] == [
        (2, "row.edited_by_person"),
        (3, "row.worked_on"),
    ]
    async with database.transaction() as session:
        found = await session.execute(text("SELECT description, district_hint FROM orders ORDER BY reported_at"))
        assert [tuple(one) for one in found] == [("by hand", None), (None, None), (None, "new")]


async def test_an_import_is_undone_while_nobody_has_worked_on_it(
    database: Database, area: ServiceArea, write: Writer, count: Count
):
    first = await import_orders(database, area, write([row(1)]), mapping())
    second = await import_orders(database, area, write([row(2), row(3)]), mapping())
    assert first.import_id is not None
    assert second.import_id is not None
    async with database.transaction() as session:
        assert await undo(session, SYSTEM, second.import_id) == 2
    assert await count("SELECT count(*) FROM orders") == 1
    assert await count("SELECT count(*) FROM order_events") == 1
    async with database.transaction() as session:
        with pytest.raises(Conflict, match="undone already"):
            await undo(session, SYSTEM, second.import_id)
        await session.execute(text("UPDATE orders SET edited_by_person = true"))
        with pytest.raises(Conflict, match="1 orders of this import have been worked on"):
            await undo(session, SYSTEM, first.import_id)
    assert (await import_orders(database, area, write([row(2), row(3)]), mapping())).created == 2


async def test_a_mapped_id_that_stands_twice_is_reported(database: Database, area: ServiceArea, write: Writer):
    by_id = mapping()
    by_id.key.id, by_id.key.columns = "account", []
    path = write([row(1, account="A"), row(2, account="A"), row(3, account="")])
    result = await import_orders(database, area, path, by_id)
    assert result.created == 1
    assert [(bad.line, bad.reason) for bad in result.rejected] == [(3, "row.doubled_key"), (4, "row.no_key")]


async def test_a_missing_column_is_named_with_those_there_are(database: Database, area: ServiceArea, tmp_path: Path):
    path = tmp_path / "short.csv"
    path.write_text("opened,what\n2022-01-01,lamp\n")
    with pytest.raises(Invalid, match=r"no column 'closed' .* it has: opened, what"):
        await import_orders(database, area, path, mapping())


async def test_a_header_and_ten_thousand_empty_lines_is_a_file_without_rows(
    database: Database, area: ServiceArea, write: Writer
):
    path = write([])
    with path.open("a") as out:
        out.write("\n" * 10_000)
    with pytest.raises(Invalid, match="no rows below it"):
        await import_orders(database, area, path, mapping())


async def test_replay_and_other_days_need_a_trial_area(database: Database, area: ServiceArea, write: Writer):
    async with database.transaction() as session:
        ordinary = await create_area(session, "real", kind=AreaKind.ORDINARY)
    path = write([row(1)])
    with pytest.raises(Invalid, match="no trial area"):
        await import_orders(database, ordinary, path, mapping())
    with pytest.raises(Invalid, match="History keeps its own days"):
        await import_orders(database, area, path, mapping(kind="history"), onto=date(2022, 9, 27))
    assert (await import_orders(database, ordinary, path, mapping(kind="history"))).created == 1


async def test_onto_lays_what_lies_in_a_grid_on_one_local_day(database: Database, area: ServiceArea, write: Writer):
    path = write([row(1), row(2, opened="2022-12-24T23:30:00+01:00"), row(3, lon="", lat=""), row(4, lon="12")])
    result = await import_orders(database, area, path, mapping(), onto=date(2022, 7, 1))
    assert (result.created, result.left_out, result.located) == (2, 2, 3)
    async with database.transaction() as session:
        times = (await session.execute(select(Order.reported_at).order_by(Order.reported_at))).scalars()
        local = [moment.astimezone(ZoneInfo("Europe/Berlin")).isoformat() for moment in times]
    assert local == ["2022-07-01T08:01:00+02:00", "2022-07-01T23:30:00+02:00"]


async def test_an_import_cut_short_is_taken_up_and_ends_with_the_same_totals(
    database: Database, area: ServiceArea, write: Writer, count: Count, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(importing, "BATCH", 3)
    path = write([*(row(n) for n in range(1, 9)), row(9, opened="soon"), *(row(1) for _ in range(4))])
    stopping = iter([False, False, True])
    with pytest.raises(Conflict, match="stopped after 6 rows"):
        await import_orders(database, area, path, mapping(), cancelled=lambda: next(stopping))
    assert await count("SELECT count(*) FROM orders") == 6
    result = await import_orders(database, area, path, mapping())
    assert result.resumed
    assert (result.rows, result.created, result.rejected_rows, result.unchanged) == (13, 12, 1, 0)
    assert [bad.line for bad in result.rejected] == [10]
    assert await count("SELECT count(*) FROM import_runs") == 1
    assert (await import_orders(database, area, path, mapping())).unchanged == 12


async def test_labels_are_compared_and_decide_nothing(database: Database, area: ServiceArea, write: Writer):
    path = write(
        [row(1, district="w"), row(2, district="Grid W"), row(3, district="E"), row(4), row(5, lon="12", district="W")]
    )
    result = await import_orders(database, area, path, mapping(), label_column="district")
    assert result.grid_agreement is not None
    assert (result.grid_agreement.compared, result.grid_agreement.equal) == (3, 2)
    assert (await import_orders(database, area, path, mapping())).grid_agreement is None


async def test_subscribers_are_known_again_by_account_or_phone(
    database: Database, area: ServiceArea, write: Writer, count: Count
):
    rows = [row(1, account="A", phone="1"), row(2, account="A"), row(3, phone="2"), row(4, phone="2"), row(5)]
    await import_orders(database, area, write(rows), mapping())
    assert await count("SELECT count(*) FROM subscribers") == 2
    assert await count("SELECT count(DISTINCT subscriber_id) FROM orders") == 2
    assert await count("SELECT count(*) FROM orders WHERE subscriber_id IS NULL") == 1


async def test_fault_types_of_the_mapping_get_their_words(
    database: Database, area: ServiceArea, write: Writer, count: Count
):
    await import_orders(database, area, write([row(1)]), mapping())
    await import_orders(database, area, write([row(1)]), mapping())
    assert await count("SELECT count(*) FROM fault_types WHERE code = 'lamp' AND service_seconds = 1800") == 1
