"""The overview: what managers elsewhere report as broken in such pages is right here."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from dispatch.assessments.service import compute
from dispatch.reports.exporting import csv, workbook
from dispatch.reports.overview import overview
from grids.models import Grid
from kit.actor import SYSTEM, Role
from kit.errors import Forbidden, NotFound
from tests.dispatch.assessments.conftest import repair, world
from tests.dispatch.orders.conftest import START, World

__all__ = ["world"]
OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)
"""Midnight in Vancouver."""


async def busy(world: World) -> None:
    await repair(world, START, world.anna, done=300)
    await repair(world, START + timedelta(hours=6), world.anna, say="attitude")
    await repair(world, START + timedelta(days=1), world.bert)
    await repair(world, OCTOBER - timedelta(minutes=150), world.bert, done=120)  # 21:30 on the last day; 04:30 in UTC
    world.set(OCTOBER + timedelta(days=40))
    await compute(world.session, SYSTEM, world.area, "2022-09")


async def test_the_borders_of_days_and_months_are_the_areas_not_the_readers(world: World):
    await busy(world)
    found = await overview(world.session, SYSTEM, world.area, "2022-09")
    days = {f"{day.day:%m-%d}": day for day in found.days}
    assert (min(days), max(days), len(days)) == ("09-01", "09-30", 30)
    assert (days["09-27"].reported, days["09-28"].reported, days["09-30"].reported) == (2, 1, 1)
    assert days["09-30"].completed == 1
    assert sum(day.late for day in found.days) == 1


async def test_totals_are_those_of_the_rows_and_no_average_of_averages(world: World):
    await busy(world)
    found = await overview(world.session, SYSTEM, world.area, "2022-09")
    by = {kind: [card for card in found.cards if card.subject == kind] for kind in ("technician", "grid", "area")}
    (area,) = by["area"]
    whole = area.indicators["first_time_fix"]
    for kind in ("technician", "grid"):
        parts = [card.indicators["first_time_fix"] for card in by[kind]]
        assert sum(part["denominator"] for part in parts) == whole["denominator"]
        assert sum(part["numerator"] for part in parts) == whole["numerator"]
    rows = "SELECT count(*) FROM order_events WHERE type = 'completed' AND occurred_at >= :start AND occurred_at < :end"
    bounds = {"start": datetime(2022, 9, 1, 7, tzinfo=UTC), "end": OCTOBER}
    assert sum(day.completed for day in found.days) == await world.session.scalar(text(rows), bounds)
    assert sum(day.completed for day in found.days) == whole["denominator"]  # the same total on both parts of the page


async def test_no_data_is_nothing_and_never_zero(world: World):
    await busy(world)
    found = await overview(world.session, SYSTEM, world.area, "2022-09")
    for card in found.cards:
        for number in card.indicators.values():
            assert (number["value"] is None) == (number["denominator"] == 0)
    assert any(number["denominator"] == 0 for card in found.cards for number in card.indicators.values())


async def test_a_filter_holds_for_days_and_words_and_their_parts_are_the_whole(world: World):
    await busy(world)
    whole = await overview(world.session, SYSTEM, world.area, "2022-09")
    parts = [
        await overview(world.session, SYSTEM, world.area, "2022-09", technician=one.id)
        for one in (world.anna, world.bert)
    ]
    done = [sum(day.completed for day in part.days) for part in parts]
    assert done[1] == 2
    assert sum(done) == sum(day.completed for day in whole.days)
    assert (dict(parts[0].voice), dict(parts[1].voice)) == ({"attitude": 1}, {})


async def test_a_technician_looked_at_within_a_grid_is_shown_with_the_days_and_words_of_that_grid(world: World):
    await busy(world)
    east, west = [
        await overview(world.session, SYSTEM, world.area, "2022-09", technician=world.anna.id, grid=grid.id)
        for grid in (world.east, world.west)
    ]
    assert [sum(day.completed for day in part.days) for part in (east, west)] == [2, 0]
    assert [sum(day.reported for day in part.days) for part in (east, west)] == [
        1,
        0,
    ]  # the other is a rework of Bert now
    assert [dict(part.voice) for part in (east, west)] == [{"attitude": 1}, {}]


async def test_managers_see_their_areas_and_leads_their_grids(world: World):
    await busy(world)
    with pytest.raises(Forbidden):
        await overview(world.session, world.technician(), world.area, "2022-09")
    west = world.actor(Role.GRID_LEAD, grids=frozenset({world.west.id}))
    seen = await overview(world.session, west, world.area, "2022-09")
    assert {card.subject_id for card in seen.cards if card.subject == "grid"} == {str(world.west.id)}
    with pytest.raises(NotFound):
        await overview(world.session, west, world.area, "2022-09", grid=world.east.id)


async def test_files_hold_real_numbers_and_every_row_of_the_page(world: World):
    (await world.session.get_one(Grid, world.west.id)).rural = True
    await busy(world)
    found = await overview(world.session, SYSTEM, world.area, "2022-09")
    table = csv(found, "en").splitlines()
    assert len(table) == len(found.cards) + 1
    assert table[0].split(",")[:7] == ["﻿Score of", "Name", "Rural", "Orders", "Score", "Rank", "Rank from"]
    rural = [line.split(",")[2] for line in table[1:]]
    assert rural == ["rural" if card.rural else "" for card in found.cards]
    assert "rural" in rural  # ranked apart, so that two first places are told apart
    for language in ("en", "zh"):
        with zipfile.ZipFile(io.BytesIO(workbook(found, language))) as book:
            first = book.read("xl/worksheets/sheet1.xml").decode()
            styles = book.read("xl/styles.xml").decode()
        assert first.count("<row ") == len(found.cards) + 1
        assert "0.0%" in styles
        assert "<f>" not in first
