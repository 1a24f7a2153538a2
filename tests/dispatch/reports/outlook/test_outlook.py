"""The forecast: a backtest on generated weeks, and the page's numbers against plain statements."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, timedelta
from math import exp
from pathlib import Path
from statistics import mean

import pytest
from sqlalchemy import text

from dispatch.reports.controllers import XLSX
from dispatch.reports.outlook.forecast import LEAST_WEEKS, WEEKS, next_week
from dispatch.technicians.editing import add_shift
from kit.actor import Role
from kit.db import Database
from kit.spreadsheets.sheets import BOM
from kit.spreadsheets.workbooks import workbook_rows
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.orders.conftest import START, World, build_world
from tests.site import bearer, ok, running


def counts(dice: random.Random, days: int, shape: float) -> list[int]:
    """Daily counts with a week's pattern; a gamma mixes them, so that they spread more than chance (shape 0: not)."""
    pattern = [30, 26, 25, 24, 28, 14, 10]
    found = []
    for day in range(days):
        rate = pattern[day % 7] * (dice.gammavariate(shape, 1 / shape) if shape else 1.0)
        count, left = 0, dice.random()
        while left > exp(-rate):
            left *= dice.random()
            count += 1
        found.append(count)
    return found


@pytest.mark.parametrize("shape", [0, 8.0], ids=["poisson", "over-dispersed"])
def test_a_backtest_keeps_its_interval_and_beats_last_weeks_numbers(shape: float):
    dice = random.Random(11)
    inside = days = weeks = whole = 0
    ours, naive = [], []
    for _ in range(200):
        series = counts(dice, 7 * (WEEKS + 1), shape)
        past, real = series[: 7 * WEEKS], series[7 * WEEKS :]
        found = next_week(past)
        assert found is not None
        for at, day in enumerate(found.days):
            days += 1
            inside += day.low <= real[at] <= day.high
            ours.append(abs(day.mean - real[at]))
            naive.append(abs(past[at - 7] - real[at]))
        weeks += 1
        whole += found.total.low <= sum(real) <= found.total.high
    print(f"shape {shape}: days inside {inside / days:.3f}, weeks inside {whole / weeks:.3f}, "
          f"mean error {mean(ours):.2f}, of last week's numbers {mean(naive):.2f}")  # fmt: skip
    assert 0.90 <= inside / days <= 0.985
    assert 0.90 <= whole / weeks <= 1
    assert mean(ours) < mean(naive)


def test_too_short_a_history_says_nothing_and_no_reports_are_expected_where_there_were_none():
    assert next_week([3] * (7 * LEAST_WEEKS - 1)) is None
    found = next_week([0] * 70)
    assert found is not None
    assert (found.total.mean, found.total.low, found.total.high) == (0, 0, 0)


@pytest.fixture
async def town(database: Database) -> World:
    """Four weeks and a day with a repair every Monday, and an open order."""
    async with database.transaction() as session:
        world = await build_world(session)
        monday = START - timedelta(days=START.weekday())
        for week in range(4, -1, -1):
            await repair(world, monday - timedelta(weeks=week), world.anna, arrive=60, done=120)
        world.set(START)
        await world.report()
        for day in (date(2022, 9, 27), date(2022, 9, 28)):
            start = START + timedelta(days=(day - date(2022, 9, 27)).days)
            await add_shift(session, world.anna, start, start + timedelta(hours=8), [])
    return world


async def test_the_weeks_load_and_capacity_over_http(database: Database, town: World):
    people = await bearer(database, "mona", Role.MANAGER, area_ids=[town.area.id])
    async with running(database) as http:
        found = ok(await http.get(f"/api/areas/{town.area.id}/outlook", headers=people))
        assert [day["day"] for day in found["days"]] == [f"2022-09-{27 + at}" for at in range(4)] + [
            f"2022-10-0{at}" for at in range(1, 4)
        ]
        async with database.transaction() as session:
            plain = (
                await session.execute(
                    text(
                        "SELECT extract(isodow FROM reported_at AT TIME ZONE 'America/Vancouver') AS day,"
                        " count(*) / 4.0 AS orders FROM orders WHERE completed_at IS NOT NULL"
                        " AND reported_at >= '2022-08-30 07:00Z' GROUP BY 1"
                    )
                )
            ).all()
        means = {(date.fromisoformat(day["day"]).isoweekday()): day["expected"]["orders"] for day in found["days"]}
        assert {day: orders for day, orders in means.items() if orders} == {int(r.day): float(r.orders) for r in plain}
        assert found["total"]["orders"] == pytest.approx(1.0)
        assert found["secondsAnOrder"] == pytest.approx(75 * 60)  # 15 minutes on the road, an hour at work
        assert found["openOrders"] == 1
        monday = found["days"][6]
        assert monday["loadSeconds"] == pytest.approx(75 * 60)
        assert [day["capacitySeconds"] for day in found["days"]][:3] == [8 * 3600, 8 * 3600, 0]
        east = next(one for one in found["grids"] if one["gridId"] == str(town.east.id))
        assert sum(one["expected"]["orders"] for one in found["grids"]) == pytest.approx(1.0)
        assert east["expected"]["orders"] in (0.0, 1.0)


async def test_the_forecast_is_a_file_with_the_numbers_of_the_page(database: Database, town: World, tmp_path: Path):
    people = await bearer(database, "mona", Role.MANAGER, area_ids=[town.area.id])
    path = f"/api/areas/{town.area.id}/outlook"
    async with running(database) as http:
        found = ok(await http.get(path, headers=people))
        answer = await http.get(f"{path}.xlsx", params={"lang": "zh"}, headers=people)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, XLSX)
        file = tmp_path / "outlook.xlsx"
        file.write_bytes(answer.content)
        rows = [row for _, row in workbook_rows(file)][1:]
        assert [row[0] for row in rows] == [*(day["day"] for day in found["days"]), "合计"]
        assert [float(row[1]) for row in rows[:7]] == [day["expected"]["orders"] for day in found["days"]]
        assert [float(row[7]) for row in rows[:7]] == [day["capacitySeconds"] / 3600 for day in found["days"]]
        assert (float(rows[7][1]), float(rows[7][7])) == (pytest.approx(found["total"]["orders"]), 16)
        grids = [row[0] for _, row in workbook_rows(file, "网格")][1:]
        assert grids == [one["name"] for one in found["grids"]]
        plain = await http.get(f"{path}.csv", params={"lang": "en"}, headers=people)
        lines = list(csv.reader(io.StringIO(plain.text.removeprefix(BOM))))
        assert lines[0][0] == "Day"
        assert [line[0] for line in lines[1:8]] == [day["day"] for day in found["days"]]
        async with database.transaction() as session:
            log = await session.execute(text("SELECT report, format FROM report_exports ORDER BY at, id"))
            assert [tuple(row) for row in log] == [("outlook", "xlsx"), ("outlook", "csv")]
