"""Statements: sums to the cent, nothing paid twice, own and lent are all of a technician's work."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from dispatch.assessments.settlement.points import (
    POINTS,
    base_points,
    distance_factor,
    money,
    quality_factor,
    rounded,
)
from dispatch.assessments.settlement.statements import PAID, Before, Contract, Work, statements

FIRST = date(2026, 1, 1)
RANDOM_MONTHS = 10_000


def a_month(dice: random.Random) -> tuple[list[Work], list[Contract]]:
    """Some people, grids, contracts that change within the month, and orders anywhere; some came back."""
    people = [f"p{number}" for number in range(dice.randint(1, 6))]
    grids = [f"g{number}" for number in range(dice.randint(1, 4))]
    contracts = []
    for grid in grids:
        cut = FIRST + timedelta(days=dice.randint(2, 27))
        for number, (first, last) in enumerate(((date(2025, 1, 1), cut), (cut + timedelta(days=1), None))):
            if dice.random() < 0.8:
                pair = tuple(dice.sample(people, min(len(people), dice.randint(1, 2))))
                price = Decimal(dice.randint(1, 4000)).scaleb(-2)
                contracts.append(Contract(f"{grid}-{number}", grid, first, last, pair, price))
    works = []
    for number in range(dice.randint(0, 14)):
        day = FIRST + timedelta(days=dice.randint(0, 30))
        where = dice.choice([*grids, None])
        one = Work(
            order=f"o{number}", event=f"e{number}", who=dice.choice(people), grid=where, day=day,
            base=Fraction(dice.randint(600, 9000), 900), difficulty=Fraction(dice.randint(5, 30), 10),
            distance=Fraction(dice.choice((100, 110, 125)), 100),
            quality=quality_factor(dice.choice([None, dice.uniform(0, 110)]), (60, 100), (60, 120)),
        )  # fmt: skip
        if dice.random() < 0.2:
            works.append(replace(one, came_back=True))
            works.append(replace(one, event=f"{one.event}b", who=dice.choice(people), again=True))
        else:
            works.append(one)
    return works, contracts


def test_in_ten_thousand_random_months_every_cent_is_there_once():
    dice = random.Random(12)
    for _ in range(RANDOM_MONTHS):
        works, contracts = a_month(dice)
        found = statements(works, contracts)
        price = {one.id: one for one in contracts}
        times: Counter[str] = Counter()
        cents: dict[str, int] = defaultdict(int)
        mirrored: Counter[tuple[str, Decimal]] = Counter()
        for one in found:
            assert one.total == sum((line.amount for line in one.lines if line.part in PAID), Decimal(0))
            for line in one.lines:
                assert line.amount == money(line.points, line.unit_price)
                if line.part in PAID:
                    times[line.work.event] += 1
                    cents[line.work.who] += int(line.amount * 100)
                if line.part == "own":
                    assert price[one.contract or ""].grid == line.work.grid
                    assert line.work.who in price[one.contract or ""].people
                mirrored[line.work.event, line.amount] += 1 if line.part == "borrowed" else 0
                if line.part == "borrowed":
                    assert line.work.who not in price[one.contract or ""].people
        assert times == Counter(work.event for work in works)
        lines = {line.work.event: line for one in found for line in one.lines if line.part in PAID}
        for who in {work.who for work in works}:
            own = sum(int(lines[work.event].amount * 100) for work in works if work.who == who)
            assert cents[who] == own
        assert all(count <= 1 for count in mirrored.values())


def test_a_rework_earns_nothing_for_the_first_and_all_for_who_redoes_it():
    first = Work("o", "e1", "anna", "g", FIRST, Fraction(4), Fraction(1), Fraction(1), Fraction(1), came_back=True)
    second = replace(first, event="e2", who="bert", came_back=False, again=True)
    contract = Contract("c", "g", FIRST, None, ("anna", "bert"), Decimal("2.50"))
    (one,) = statements([first, second], [contract])
    assert [(line.work.who, line.amount, line.work.why) for line in one.lines] == [
        ("anna", Decimal("0.00"), "came_back"),
        ("bert", Decimal("10.00"), "redone"),
    ]


def test_what_came_back_after_its_month_was_out_is_taken_back_once():
    done = Work("o", "e", "anna", "g", FIRST, Fraction(4), Fraction(1), Fraction(1), Fraction(1))
    contract = Contract("c", "g", FIRST, None, ("anna",), Decimal("2.50"))
    (january,) = statements([done], [contract])
    back = replace(done, came_back=True)
    known = Before(FIRST, back, Decimal("2.50"), january.lines[0].points, january.lines[0].amount)
    (february,) = statements([], [contract], [known])
    (line,) = february.lines
    assert (line.part, line.points, line.amount, line.corrects) == ("correction", -4, Decimal("-10.00"), FIRST)
    after = replace(known, points=known.points + line.points, amount=known.amount + line.amount)
    assert statements([], [contract], [after]) == []


def test_who_lends_is_paid_at_the_price_of_the_place_and_the_place_sees_it():
    work = Work("o", "e", "anna", "far", FIRST, Fraction(2), Fraction(1), Fraction(1), Fraction(1))
    home = Contract("home", "near", FIRST, None, ("anna",), Decimal(1))
    there = Contract("there", "far", FIRST, None, ("bert",), Decimal(3))
    paying, seeing = statements([work], [home, there])
    assert (paying.contract, paying.lines[0].part, paying.total) == ("home", "lent", Decimal("6.00"))
    assert (seeing.contract, seeing.lines[0].part, seeing.total) == ("there", "borrowed", Decimal("0.00"))
    assert seeing.sum_of("borrowed") == Decimal("6.00")


def test_who_has_no_contract_has_a_statement_of_their_own():
    work = Work("o", "e", "anna", None, FIRST, Fraction(2), Fraction(1), Fraction(1), Fraction(1))
    (one,) = statements([work], [])
    assert (one.contract, one.who, one.total) == (None, "anna", Decimal("2.00"))


@given(st.fractions(min_value=0, max_value=10_000))
def test_rounding_is_half_to_even_and_never_off_by_more_than_half(value: Fraction):
    found = rounded(value, POINTS)
    off = abs(Fraction(found) - value)
    assert off <= Fraction(1, 20_000)
    if off == Fraction(1, 20_000):
        assert int(found.scaleb(4)) % 2 == 0


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_better_score_is_never_worth_less(one: float, other: float):
    low, high = sorted((one, other))
    first, second = (quality_factor(score, (60, 100), (60, 120)) for score in (low, high))
    assert Fraction(6, 10) <= first <= second <= Fraction(12, 10)


def test_the_factors_are_those_of_the_rules():
    assert [quality_factor(score, (60, 100), (60, 120)) for score in (None, 20, 60, 80, 100, 108)] == [
        1, Fraction(3, 5), Fraction(3, 5), Fraction(9, 10), Fraction(6, 5), Fraction(6, 5),
    ]  # fmt: skip
    assert [distance_factor(metres, (5000, 15_000), (100, 110, 125)) for metres in (None, 5000, 5001, 20_000)] == [
        1, 1, Fraction(11, 10), Fraction(5, 4),
    ]  # fmt: skip
    assert base_points(2700, 900) == 3
    assert money(Decimal("0.0500"), Decimal("0.10")) == Decimal("0.00")
    assert money(Decimal("0.1500"), Decimal("0.10")) == Decimal("0.02")
