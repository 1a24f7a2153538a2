"""A month of 30 orders, counted and scored by hand on paper; the product must agree to the digit.

Every repair is reported and dispatched at once; the minutes are counted from there. Limits: accept 30 min, call 120 min
after acceptance, finish 240 min after acceptance (the clock starts at minute 30 at the latest).

    Anna   orders  accept  call  arrive  done   window   subscriber          what is wrong
           14      10      30    60      120    4 x      satisfied           nothing; the four windows 60-120 are kept
           2       40      60    90      150             satisfied           accepted late
           1       10      30    60      300             satisfied           finished after minute 250
           1       10      140   160     200             satisfied           called after minute 130
           1       10      30    100     150    60-90    satisfied           window missed
           1       10      30    60      120             attitude            goes to Bert as a rework
    Bert   8       10      30    60      120             satisfied           nothing
           1       10      30    60      120             silent, 3 calls     not reached: no answer
           1       10      30    60      300             satisfied           finished late
           rework  10      30    60      120             satisfied           nothing

    m = area's mean; r = (n + 20 m) / (d + 20); share = 0.6 + 0.4 (r - baseline) / (target - baseline), above target 1

    indicator (weight, baseline, target)   Anna n/d   Bert n/d   m       Anna r      points    Bert r     points
    acceptance   (5, .90, .98)             18/20      11/11      29/31   1138/1240   3.4435    921/961    4.4594
    contact      (8, .90, .98)             19/20      11/11      30/31   1189/1240   7.1548    941/961    7.9675
    appointments (12, .87, .95)            4/5        -          4/5     20/25       6.6207    -          -
    4 h          (20, .87, .95)            19/20      10/11      29/31   1169/1240   19.2742   890/961    17.6119
    first fix    (10, .82, .90)            19/20      10/10      29/30   1150/1200   10        880/900    10
    repeats      (8, <= .05)               0/20       0/11       0       0           8         0          8
    satisfaction (15, .89, .97)            19/20      10/10      29/30   1150/1200   14.125    880/900    15
    returned     (2, <= .05)               0/20       0/11       0       0           2         0          2

    Anna  70.6182 of 80: 88.27275; less late 2, missed window 1, attitude 5: 80.27. 20 orders: rank 1.
    Bert  65.0388 of 68: 95.64529; less late 2: 93.65. 11 orders: not enough data, no rank.

(appointments: 0.8 lies below the baseline: 0.6 x 0.8 / 0.87 x 12 = 6.6207.)
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.assessments import repository
from dispatch.assessments.service import AssessmentResult, compute, orders_behind
from dispatch.orders.models import Order
from kit.actor import SYSTEM
from tests.dispatch.assessments.conftest import call, repair, work
from tests.dispatch.orders.conftest import START, World

SEPTEMBER = START - timedelta(days=26)
"""2022-09-01 09:00 in Vancouver."""


@pytest.fixture
async def month(world: World) -> tuple[World, AssessmentResult, dict[str, Order]]:
    made: dict[str, Order] = {}

    async def one(name: str, who, day: int, **minutes) -> Order:
        made[name] = await repair(world, SEPTEMBER + timedelta(days=day), who, **minutes)
        return made[name]

    for number in range(14):
        await one(f"A{number + 1}", world.anna, number, window=(60, 120) if number < 4 else None)
    for number in (15, 16):
        await one(f"A{number}", world.anna, number, accept=40, contact=60, arrive=90, done=150)
    await one("A17", world.anna, 17, done=300)
    await one("A18", world.anna, 18, contact=140, arrive=160, done=200)
    await one("A19", world.anna, 19, arrive=100, done=150, window=(60, 90))
    a20 = await one("A20", world.anna, 20, say="attitude")
    again = world.now
    await work(world, a20, again, world.bert, accept=10, contact=30, arrive=60, done=120)
    world.set(again + timedelta(minutes=180))
    await call(world, a20, "satisfied")
    for number in range(8):
        await one(f"B{number + 1}", world.bert, number)
    b9 = await one("B9", world.bert, 8, say=None)
    for minutes in (180, 200, 480):
        world.set(SEPTEMBER + timedelta(days=8, minutes=minutes))
        await call(world, b9, "silence")
    await one("B10", world.bert, 9, done=300)
    world.set(SEPTEMBER + timedelta(days=70))
    result = await compute(world.session, SYSTEM, world.area, "2022-09")
    return world, result, made


async def test_thirty_orders_worked_by_hand_agree_to_the_digit(month):
    world, result, made = month
    assert len(made) == 30
    built = result.as_json()
    assert not built["provisional"]
    anna, bert = sorted(built["technicians"], key=lambda card: card["name"])
    expected = {
        "acceptance_on_time": ((18, 20, 0.9, 3.4435), (11, 11, 1.0, 4.4594)),
        "contact_on_time": ((19, 20, 0.95, 7.1548), (11, 11, 1.0, 7.9675)),
        "appointments_kept": ((4, 5, 0.8, 6.6207), (0, 0, None, None)),
        "repaired_on_time": ((19, 20, 0.95, 19.2742), (10, 11, 0.909091, 17.6119)),
        "installed_on_time": ((0, 0, None, None), (0, 0, None, None)),
        "first_time_fix": ((19, 20, 0.95, 10.0), (10, 10, 1.0, 10.0)),
        "repeat_faults": ((0, 20, 0.0, 8.0), (0, 11, 0.0, 8.0)),
        "satisfaction": ((19, 20, 0.95, 14.125), (10, 10, 1.0, 15.0)),
        "reports_in_order": ((0, 0, None, None), (0, 0, None, None)),
        "returned_orders": ((0, 20, 0.0, 2.0), (0, 11, 0.0, 2.0)),
    }
    for code, (hers, his) in expected.items():
        for card, wanted in ((anna, hers), (bert, his)):
            number = card["indicators"][code]
            assert (number["numerator"], number["denominator"], number["value"], number["points"]) == wanted, code
    assert [round(bound, 4) for bound in anna["indicators"]["repaired_on_time"]["interval"]] == [0.7639, 0.9911]
    assert (anna["score"], anna["rank"], anna["orders"]) == (80.27, 1, 20)
    assert sorted(entry["rule"] for entry in anna["deductions"]) == ["attitude", "late", "missed_window"]
    assert (bert["score"], bert["rank"], bert["rankNote"], bert["orders"]) == (93.65, None, "not_enough_data", 11)
    coverage = built["area"]["indicators"]["callback_coverage"]
    assert (coverage["numerator"], coverage["denominator"], coverage["value"]) == (30, 30, 1.0)
    assert world.area.name == "Vancouver"


async def test_each_number_opens_to_its_orders(month):
    world, result, made = month
    names = {order.id: name for name, order in made.items()}
    anna, bert = str(world.anna.id), str(world.bert.id)

    async def behind(who: str, code: str) -> tuple[list[str], list[str]]:
        counted, others = await orders_behind(world.session, SYSTEM, result.run, "technician", who, code)
        return sorted(names[one] for one in counted), sorted(names[one] for one in others)

    assert (await behind(anna, "repaired_on_time"))[1] == ["A17"]
    assert (await behind(anna, "acceptance_on_time"))[1] == ["A15", "A16"]
    assert (await behind(anna, "contact_on_time"))[1] == ["A18"]
    assert await behind(anna, "appointments_kept") == (["A1", "A2", "A3", "A4"], ["A19"])
    assert (await behind(anna, "satisfaction"))[1] == ["A20"]
    assert (await behind(anna, "first_time_fix"))[1] == ["A20"]
    assert (await behind(bert, "repaired_on_time"))[1] == ["B10"]
    assert "A20" in (await behind(bert, "satisfaction"))[0]
    counted, others = await behind(bert, "satisfaction")
    assert "B9" not in counted + others
    for card in await repository.cards(world.session, result.run.id):
        for code, number in card.indicators.items():
            if number["interval"] is None:
                continue
            counted, others = await orders_behind(
                world.session, SYSTEM, result.run, card.subject, card.subject_id, code
            )
            assert (len(counted), len(counted) + len(others)) == (number["numerator"], number["denominator"])
