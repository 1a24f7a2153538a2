"""Rules are tried on a month before they count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from dispatch.assessments.preview import IndicatorChange, preview
from dispatch.assessments.service import compute, read
from dispatch.policies.service import add_policy
from kit.actor import SYSTEM, Role
from kit.errors import Forbidden, Invalid
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.orders.conftest import START, World

OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)


async def test_a_preview_names_who_moves_and_why_and_stores_nothing(world: World):
    await repair(world, START, world.anna, done=300)
    await repair(world, START + timedelta(days=1), world.bert)
    world.set(OCTOBER)
    before = await compute(world.session, SYSTEM, world.area, "2022-09")
    counted = "SELECT (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM score_cards)"
    stored = (await world.session.execute(text(counted))).one()
    compared, moves = await preview(
        world.session, world.actor(Role.MANAGER), world.area, "2022-09", {"deductLate": 7}, []
    )
    assert compared == len(before.cards)
    (move,) = moves
    assert (move.name, move.why[0][0], move.why[0][1]) == ("Anna", "late", -5)
    assert move.score[0] is not None
    assert move.score[1] == pytest.approx(move.score[0] - 5)
    _, moved = await preview(
        world.session, SYSTEM, world.area, "2022-09", {}, [IndicatorChange("repaired_on_time", weight=0.0)]
    )
    assert {one.why[0][0] for one in moved if one.name == "Anna"} == {"repaired_on_time"}
    assert (await world.session.execute(text(counted))).one() == stored
    assert (await read(world.session, SYSTEM, world.area, "2022-09")).run.id == before.run.id


async def test_what_was_previewed_is_what_is_computed_once_the_rule_counts(world: World):
    await add_policy(world.session, world.area.id, OCTOBER, {"deductLate": 7}, None)
    await repair(world, OCTOBER + timedelta(days=1, hours=9), world.anna, done=300)
    world.set(OCTOBER + timedelta(days=20))
    _, moves = await preview(world.session, SYSTEM, world.area, "2022-10", {"deductLate": 2}, [])
    cards = (await compute(world.session, SYSTEM, world.area, date(2022, 10, 1))).cards
    anna = next(card for card in cards if card.name == "Anna" and card.subject == "technician")
    assert [move.score[0] for move in moves if move.name == "Anna"] == [anna.score]


async def test_rules_that_cannot_be_are_refused(world: World):
    world.set(OCTOBER)
    for limits, changes in (({"noSuch": 1}, []), ({"deductLate": -1}, []), ({}, [IndicatorChange("no_such")])):
        with pytest.raises(Invalid):
            await preview(world.session, SYSTEM, world.area, "2022-09", limits, changes)
    with pytest.raises(Forbidden):
        await preview(world.session, world.lead, world.area, "2022-09", {}, [])
