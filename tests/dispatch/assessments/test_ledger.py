"""The ledger: its lines are the score, corrections name what they correct, and a closed month stands still."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dispatch.assessments import appeals, repository
from dispatch.assessments.ledger import closing, rulings
from dispatch.assessments.ledger.entries import entries_of, verify_ledger
from dispatch.assessments.ledger.lines import Charged, Earned, Ruled, score_lines
from dispatch.assessments.ledger.models import RulingKind
from dispatch.assessments.service import compute, publish, read
from kit.actor import SYSTEM, Role
from kit.errors import Conflict, Forbidden, Invalid
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.orders.conftest import START, World

OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)
SETTLED = OCTOBER + timedelta(days=31)
MONTH = date(2022, 9, 1)


async def bytes_of(world: World) -> bytes:
    """The month as it is read: the cards and every line of the ledger."""
    built = (await read(world.session, SYSTEM, world.area, MONTH)).as_json()
    kept = {key: value for key, value in built.items() if key not in ("runId", "number")}
    rows = await world.session.execute(text("SELECT * FROM ledger_entries ORDER BY id"))
    return msgspec.json.encode([kept, [str(row) for row in rows]], order="sorted")


async def busy(world: World) -> None:
    """Fair, late, disliked and silent work of two people."""
    await repair(world, START, world.anna, done=300)
    await repair(world, START + timedelta(hours=6), world.anna, done=100, say="attitude")
    await repair(world, START + timedelta(days=1), world.anna, accept=40, contact=200, arrive=210, done=300)
    await repair(world, START + timedelta(days=1, hours=6), world.bert, say="not_fixed")
    await repair(world, START + timedelta(days=2), world.bert, say=None)


async def test_lines_sum_up_to_every_score_and_the_same_month_twice_is_the_same_to_the_byte(world: World):
    await busy(world)
    world.set(SETTLED)
    first = await compute(world.session, SYSTEM, world.area, MONTH)
    before = await bytes_of(world)
    check = await verify_ledger(world.session, world.area.id)
    assert (check.differences, check.cards, check.lines > 20) == ([], len(first.cards), True)
    await compute(world.session, SYSTEM, world.area, MONTH)
    assert await bytes_of(world) == before
    assert (await verify_ledger(world.session, world.area.id)).differences == []


async def test_verify_names_a_score_that_is_not_the_sum_of_its_lines(world: World):
    await busy(world)
    world.set(SETTLED)
    await compute(world.session, SYSTEM, world.area, MONTH)
    await world.session.execute(text("UPDATE score_cards SET score = score + 1 WHERE name = 'Anna'"))
    (said,) = (await verify_ledger(world.session, world.area.id)).differences
    assert "Anna" in said
    assert "sum up to" in said


async def test_what_points_are_comes_out_of_plain_sql_over_events_as_well(world: World):
    await busy(world)
    world.set(SETTLED)
    cards = (await compute(world.session, SYSTEM, world.area, MONTH)).cards
    query = Path(__file__).with_name("recompute.sql").read_text(encoding="utf-8")
    rows = await world.session.execute(text(query), {"start": datetime(2022, 9, 1, 7, tzinfo=UTC), "end": OCTOBER})
    recomputed = {row.technician: row for row in rows}
    seen = {card.subject_id: card for card in cards if card.subject == "technician" and card.score is not None}
    assert seen.keys() == {str(key) for key in recomputed}
    assert len(seen) == 2
    for key, row in recomputed.items():
        card = seen[str(key)]
        assert Decimal(str(card.score)) == row.score, (card.name, card.indicators)
        assert -sum(entry["points"] for entry in card.deductions) == row.deducted


async def test_an_upheld_appeal_moves_exactly_its_lines_and_names_the_old_ones(world: World):
    order = await repair(world, START, world.anna, done=300)
    await repair(world, START + timedelta(days=1), world.anna)
    world.set(SETTLED)
    await compute(world.session, SYSTEM, world.area, MONTH)
    await publish(world.session, world.actor(Role.MANAGER), world.area, MONTH)
    (entry,) = await repository.entries(world.session, world.area.id, MONTH)
    await appeals.appeal(world.session, world.technician(), entry.id, "the street was closed")
    with pytest.raises(Conflict):
        await closing.close(world.session, world.actor(Role.MANAGER), world.area, MONTH)
    await appeals.decide(world.session, world.actor(Role.INSPECTOR), entry.id, upheld=True, note="true")
    lines = await entries_of(world.session, world.area.id, MONTH, "technician", str(world.anna.id), 2)
    (charge,) = [line for line in lines if line.kind == "deduction" and line.corrects_id is None]
    (void,) = [line for line in lines if line.corrects_id == charge.id]
    assert (charge.points, void.points, charge.order_id, void.run_number) == (-2, 2, order.id, 2)
    assert {line.rule for line in lines if line.run_number == 2 and line.kind == "deduction"} == {"late"}
    assert (await verify_ledger(world.session, world.area.id)).differences == []
    bert = await entries_of(world.session, world.area.id, MONTH, "technician", str(world.bert.id), 2)
    assert bert == []


async def test_a_red_line_takes_the_month_and_a_bonus_is_capped_until_they_are_taken_back(world: World):
    order = await repair(world, START, world.anna)
    inspector = world.actor(Role.INSPECTOR)
    world.set(SETTLED)
    with pytest.raises(Invalid):
        await rulings.rule(
            world.session, inspector, order.id, kind=RulingKind.RED_LINE, rule="bad_day", points=0, reason="x"
        )
    with pytest.raises(Forbidden):
        await rulings.rule(
            world.session, world.lead, order.id, kind=RulingKind.BONUS, rule="helped", points=4, reason="x"
        )
    red = await rulings.rule(
        world.session, inspector, order.id, kind=RulingKind.RED_LINE, rule="false_sign_in", points=0, reason="4 km away"
    )

    async def score() -> float | None:
        cards = (await compute(world.session, SYSTEM, world.area, MONTH)).cards
        return next(card.score for card in cards if card.name == "Anna" and card.subject == "technician")

    assert await score() == 0.0
    with pytest.raises(Conflict):
        await rulings.rule(
            world.session, inspector, order.id, kind=RulingKind.RED_LINE, rule="false_sign_in", points=0, reason="again"
        )
    await rulings.take_back(world.session, inspector, red.id, "the phone's position was wrong")
    with pytest.raises(Conflict):
        await rulings.take_back(world.session, inspector, red.id, "twice")
    plain = await score()
    for number in range(2):
        await rulings.rule(
            world.session, inspector, order.id, kind=RulingKind.BONUS, rule=f"helped_{number}", points=8, reason="x"
        )
    assert plain is not None
    assert await score() == plain + 10
    assert (await verify_ledger(world.session, world.area.id)).differences == []


async def test_a_closed_month_does_not_change_whatever_is_done_afterwards(world: World):
    order = await repair(world, START, world.anna, done=300)
    manager, inspector = world.actor(Role.MANAGER), world.actor(Role.INSPECTOR)
    world.set(OCTOBER)
    await compute(world.session, SYSTEM, world.area, MONTH)
    with pytest.raises(Conflict):
        await closing.close(world.session, manager, world.area, MONTH)  # provisional
    world.set(SETTLED)
    await compute(world.session, SYSTEM, world.area, MONTH)
    with pytest.raises(Conflict):
        await closing.close(world.session, manager, world.area, MONTH)  # not published
    await publish(world.session, manager, world.area, MONTH)
    world.wait(days=6)  # nobody may appeal any more
    await closing.close(world.session, manager, world.area, MONTH)
    before = await bytes_of(world)
    await appeals.inspect(world.session, inspector, order.id, passed=False, findings=["no photo"])
    await repair(world, START + timedelta(days=2), world.bert)
    world.set(SETTLED + timedelta(days=7))
    with pytest.raises(Conflict):
        await compute(world.session, SYSTEM, world.area, MONTH)
    with pytest.raises(Conflict):
        await rulings.rule(
            world.session, inspector, order.id, kind=RulingKind.BONUS, rule="helped", points=1, reason="x"
        )
    assert await bytes_of(world) == before
    with pytest.raises(Invalid):
        await closing.reopen(world.session, manager, world.area, MONTH, " ")
    await closing.reopen(world.session, manager, world.area, MONTH, "a report was lost")
    await compute(world.session, SYSTEM, world.area, MONTH)
    assert await bytes_of(world) != before
    assert (await read(world.session, SYSTEM, world.area, MONTH, 2)).run.published_at is not None
    assert (await verify_ledger(world.session, world.area.id)).differences == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger_entries SET points = 0", "DELETE FROM ledger_entries", "TRUNCATE ledger_entries, rulings"],
)
async def test_the_database_refuses_to_change_a_line(world: World, statement: str):
    await repair(world, START, world.anna)
    world.set(OCTOBER)
    await compute(world.session, SYSTEM, world.area, MONTH)
    with pytest.raises(DBAPIError, match="never changed"):
        await world.session.execute(text(statement))


_POINTS = st.integers(0, 200_000).map(lambda n: Fraction(n, 10_000))


@given(
    st.lists(st.tuples(_POINTS, st.integers(20, 40)), max_size=11),
    st.lists(st.sampled_from([1, 2, 3, 5, 10]), max_size=12),
    st.lists(st.integers(1, 10), max_size=4),
    st.integers(0, 2),
)
def test_the_lines_always_sum_up_to_the_score(earned, charges, bonuses, red):
    given_rules = [Earned(f"i{n}", "1", points, Fraction(weight), {}) for n, (points, weight) in enumerate(earned)]
    charged = [Charged("late", f"o{n}", f"e{n}", Fraction(-off), {}) for n, off in enumerate(charges)]
    ruled = [Ruled("bonus", "b", f"r{n}", "o", points) for n, points in enumerate(bonuses)]
    ruled += [Ruled("red_line", "false_sign_in", f"x{n}", "o", 0) for n in range(red)]
    lines, score = score_lines(given_rules, charged, ruled, "policy 1", 30, 10)
    total = sum((line.points for line in lines), Decimal(0))
    if score is None:
        assert (given_rules, lines) == ([], [])
        return
    assert Fraction(total) == score >= 0
    assert not red or score == 0
    assert len({line.key for line in lines}) == len(lines)
    assert all(abs(line.points) < Decimal("0.02") for line in lines if line.kind == "rounding")
