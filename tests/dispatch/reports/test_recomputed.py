"""Numbers of the overview and the funnel, recomputed from events by plain SQL that shares nothing with the product."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from dispatch.assessments.service import compute
from dispatch.reports.overview import overview
from dispatch.reports.ranked import Wanted, rows
from dispatch.reports.suspicion import plot
from dispatch.technicians.models import Technician
from kit.actor import SYSTEM
from tests.dispatch.assessments.conftest import repair, world
from tests.dispatch.orders.conftest import START, World

__all__ = ["world"]
OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)
SEPTEMBER = datetime(2022, 9, 1, 7, 0, tzinfo=UTC)
BY_SQL = Path(__file__).with_name("funnel.sql").read_text(encoding="utf-8")
NUMBERS = """
WITH act AS (
    SELECT e.*, CAST(o.grid_id AS text) AS grid FROM order_events e JOIN orders o ON o.id = e.order_id
), done AS (
    SELECT c.order_id, c.grid, CAST(c.technician_id AS text) AS who, c.occurred_at AS at,
           (SELECT min(occurred_at) FROM act WHERE order_id = c.order_id AND type = 'dispatched') AS given,
           (SELECT min(occurred_at) FROM act WHERE order_id = c.order_id AND type = 'accepted') AS taken,
           (SELECT a.satisfaction FROM callback_attempts a WHERE a.order_id = c.order_id AND a.reached = 'answered'
            ORDER BY a.number DESC LIMIT 1) AS said
    FROM act c WHERE c.type = 'completed' AND c.occurred_at >= :start AND c.occurred_at < :end
), fact AS (
    SELECT who, grid, 'repaired_on_time' AS code,
           at - least(taken, given + interval '30 minutes') <= interval '4 hours' AS good FROM done
    UNION ALL SELECT who, grid, 'first_time_fix', said IS DISTINCT FROM 'dissatisfied' FROM done
    -- an answer belongs to the month in which it was given
    UNION ALL SELECT CAST(c.technician_id AS text), c.grid, 'satisfaction', a.satisfaction <> 'dissatisfied'
    FROM callback_attempts a JOIN act c ON c.order_id = a.order_id AND c.type = 'completed'
    WHERE a.reached = 'answered' AND a.at >= :start AND a.at < :end
)
SELECT whose, code, count(*) AS d, count(*) FILTER (WHERE good) AS n
FROM fact CROSS JOIN LATERAL (VALUES ('technician ' || who), ('grid ' || grid), ('area')) AS of (whose)
GROUP BY whose, code
"""
WORDS = """
SELECT reason, count(*) AS times FROM callback_attempts a CROSS JOIN LATERAL jsonb_array_elements_text(a.reasons) reason
WHERE a.reached = 'answered' AND a.at >= :start AND a.at < :end GROUP BY reason
"""
BOUNDS = {"start": SEPTEMBER, "end": OCTOBER}


async def a_month(world: World) -> None:
    """Seven people, of whom some are late more often than chance explains."""
    people = [world.anna, world.bert]
    for number in range(3, 8):
        people.append(Technician(area_id=world.area.id, employee_number=str(number), name=f"Person {number}"))
    world.session.add_all(people)
    await world.session.flush()
    for place, who in enumerate(people):
        for number in range(4 + place):
            late = number < (place * place) // 6
            say = ("satisfied", "attitude", "not_fixed", None)[(number * 3 + place) % 4]
            start = START - timedelta(days=number + 1, minutes=place * 7)
            await repair(world, start, who, done=420 if late else 110, say=say)
    await repair(world, OCTOBER - timedelta(minutes=150), world.bert, done=120)  # 23:30 on the last day, local
    await repair(world, OCTOBER - timedelta(minutes=60), world.bert, done=120)  # completed in October
    world.set(OCTOBER + timedelta(days=40))
    await compute(world.session, SYSTEM, world.area, "2022-09")


async def test_points_and_limits_of_a_funnel_are_those_of_plain_sql(world: World):
    await a_month(world)
    found = await plot(world.session, SYSTEM, world.area, "2022-09", "repaired_on_time", "technician")
    assert found is not None
    rows = (
        await world.session.execute(text(BY_SQL), {**BOUNDS, "cases": [cases for cases, _, _ in found.limits]})
    ).all()
    assert rows[0].phi > 1  # the limits are widened
    assert found.shape.centre == pytest.approx(rows[0].rate)
    assert found.shape.dispersion == pytest.approx(rows[0].phi)
    points = {row.who: (row.value, row.cases, row.z) for row in rows}
    assert len(points) == len(found.cards) == 7
    for card, z in found.cards:
        assert card.number is not None
        assert (card.number["value"], card.number["denominator"]) == pytest.approx(
            points[card.subject_id][:2], abs=1e-6
        )
        assert z == pytest.approx(points[card.subject_id][2])
    limits = {row.at: (row.low95, row.high95, row.low998, row.high998) for row in rows}
    for cases, near, far in found.limits:
        assert (*near, *far) == pytest.approx(limits[cases])


async def test_rates_totals_and_words_of_the_overview_are_those_of_plain_sql(world: World):
    await a_month(world)
    found = await overview(world.session, SYSTEM, world.area, "2022-09")
    rows = (await world.session.execute(text(NUMBERS), BOUNDS)).all()
    expected = {(row.whose, row.code): (row.n, row.d) for row in rows}
    shown = {
        ("area" if card.subject == "area" else f"{card.subject} {card.subject_id}", code): (
            card.indicators[code]["numerator"], card.indicators[code]["denominator"],
        )
        for card in found.cards
        for code in ("repaired_on_time", "first_time_fix", "satisfaction")
        if code in card.indicators and card.indicators[code]["denominator"]
    }  # fmt: skip
    assert shown == expected
    assert expected["area", "repaired_on_time"][1] > 40
    words = {row.reason: row.times for row in await world.session.execute(text(WORDS), BOUNDS)}
    assert dict(found.voice) == words
    assert len(words) == 2
    assert [count for _, count in found.voice] == sorted(words.values(), reverse=True)


async def test_words_by_technician_and_grid_are_the_whole_and_past_months_are_their_own_cards(world: World):
    await a_month(world)
    whole = dict((await overview(world.session, SYSTEM, world.area, "2022-09")).voice)
    for kind in ("technician", "grid"):
        parts: dict[str, int] = {}
        cards = (await overview(world.session, SYSTEM, world.area, "2022-09")).cards
        ids = [card.subject_id for card in cards if card.subject == kind]
        for one in ids:
            asked = {kind: UUID(one)}
            for reason, times in (await overview(world.session, SYSTEM, world.area, "2022-09", **asked)).voice:
                parts[reason] = parts.get(reason, 0) + times
        assert parts == whole
    await compute(world.session, SYSTEM, world.area, "2022-10")
    before = {
        (card.subject, card.subject_id): (card.score, {code: one["value"] for code, one in card.indicators.items()})
        for card in (await overview(world.session, SYSTEM, world.area, "2022-09")).cards
    }
    run = (await overview(world.session, SYSTEM, world.area, "2022-10")).run
    for kind in {kind for kind, _ in before}:
        after = await rows(world.session, SYSTEM, run, Wanted(kind), past=True)
        for row in after.rows:
            assert [(one.month, one.score, one.values) for one in row.past] == [
                ("2022-09", *before.pop((row.subject, row.id)))
            ]
    assert before == {}
