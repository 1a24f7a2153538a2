"""Statements as a file: the same amounts as on the page, all lines, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dispatch.assessments.service import compute
from dispatch.assessments.settlement.drafting import draft
from dispatch.reports.exporting import book_of
from dispatch.reports.settling import sheets_of
from grids.contracts import Terms, create_contract
from kit.actor import SYSTEM, Role
from kit.errors import Forbidden
from tests.dispatch.assessments.conftest import repair, world
from tests.dispatch.orders.conftest import START, World

__all__ = ["world"]
OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_sheets_have_every_line_and_the_sums_of_the_statements(world: World, language: str):
    await create_contract(world.session, world.east, Terms(world.bert.id, date(2022, 1, 1), unit_points=2.5))
    await repair(world, START, world.bert)
    await repair(world, START + timedelta(days=1), world.anna)
    world.set(OCTOBER)
    await compute(world.session, SYSTEM, world.area, "2022-09")
    stored = await draft(world.session, SYSTEM, world.area, "2022-09")
    statements, lines = await sheets_of(world.session, SYSTEM, world.area, "2022-09", language)
    total = sum(float(row[5] or 0) for row in statements[1][1:])
    assert total == pytest.approx(float(sum(one.total for one in stored)))
    assert total == pytest.approx(sum(float(row[12] or 0) for row in lines[1][1:] if "orrowed" not in str(row[1])
                                      and "受援" not in str(row[1])))  # fmt: skip
    assert len(lines[1]) == 1 + 3
    assert all(len(row) == len(formats) for _, rows, formats in (statements, lines) for row in rows)
    assert book_of([statements, lines]).startswith(b"PK")


async def test_only_who_settles_takes_the_file(world: World):
    with pytest.raises(Forbidden):
        await sheets_of(world.session, world.actor(Role.OBSERVER), world.area, "2022-09", "en")
