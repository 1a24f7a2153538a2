"""Rows of a ranking, a page at a time: the cards' own numbers, in an order that any other sorting agrees with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.assessments.service import compute
from dispatch.reports.overview import at_most, front_page, overview
from dispatch.reports.ranked import RANKED, Wanted, counts, rows
from dispatch.technicians.models import Technician
from kit.actor import SYSTEM, Role
from kit.db import Database
from kit.errors import NotFound
from tests.dispatch.assessments.conftest import repair, world
from tests.dispatch.orders.conftest import START, World, build_world
from tests.site import bearer, ok, refused, running

__all__ = ["world"]
OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)
MONTH = "2022-09"


async def a_month(world: World) -> None:
    """Seven people in two teams, of whom some are late more often; one has no orders at all."""
    people = [world.anna, world.bert]
    for number in range(3, 9):
        people.append(Technician(area_id=world.area.id, employee_number=str(number), name=f"Person {number}"))
    for place, who in enumerate(people):
        who.team, who.contractor = f"Team {place % 2}", "Northline" if place < 3 else "Southline"
    world.session.add_all(people)
    await world.session.flush()
    for place, who in enumerate(people[:-1]):
        for number in range(3 + place):
            late = number < (place * place) // 6
            start = START - timedelta(days=number + 1, minutes=place * 7)
            say = "attitude" if number % 3 == 2 else "satisfied"
            await repair(world, start, who, done=420 if late else 110, say=say)
    world.set(OCTOBER + timedelta(days=40))
    await compute(world.session, SYSTEM, world.area, MONTH)


async def test_rows_are_the_cards_with_the_numbers_that_were_asked_for(world: World):
    await a_month(world)
    whole = await overview(world.session, SYSTEM, world.area, MONTH)
    shown = 0
    for kind in ("area", *RANKED):
        cards = {card.subject_id: card for card in whole.cards if card.subject == kind}
        every = await rows(world.session, SYSTEM, whole.run, Wanted(kind))
        some = await rows(world.session, SYSTEM, whole.run, Wanted(kind, ["repaired_on_time", "score"]))
        assert {row.id for row in every.rows} == {row.id for row in some.rows} == cards.keys()
        for row in every.rows:
            card = cards[row.id]
            assert row.numbers == card.indicators
            assert (row.name, row.rural, row.orders, row.score, row.rank, row.rank_note, row.rank_change) == (
                card.name, card.rural, card.orders, card.score, card.rank, card.rank_note, card.rank_change
            )  # fmt: skip
            assert row.standing == card.standing
            shown += 1
        for row in some.rows:
            wanted = {"repaired_on_time"} & cards[row.id].indicators.keys()
            assert row.numbers == {code: cards[row.id].indicators[code] for code in wanted}
    assert shown == len(whole.cards) > 12
    assert await counts(world.session, SYSTEM, whole.run) == {
        kind: sum(card.subject == kind for card in whole.cards) for kind in ("area", *RANKED)
    }


@pytest.mark.parametrize("worse", [False, True])
@pytest.mark.parametrize("measure", ["score", "repaired_on_time", "satisfaction"])
async def test_the_worst_come_first_and_who_has_no_data_last_however_the_pages_are_cut(
    world: World, measure: str, worse: bool
):
    await a_month(world)
    whole = await overview(world.session, SYSTEM, world.area, MONTH)
    assert await at_most(world.session, world.area, whole.run, [measure]) is False
    assert await at_most(world.session, world.area, whole.run, ["repeat_faults", measure]) is True

    def value(card: Any) -> float | None:
        return card.score if measure == "score" else card.indicators.get(measure, {"value": None})["value"]

    def key(card: Any) -> tuple[bool, float, str]:
        found = value(card)
        return found is None, 0.0 if found is None else -found if worse else found, card.name

    expected = [card.subject_id for card in sorted(whole.cards, key=key) if card.subject == "technician"]
    found: list[str] = []
    while True:
        page = await rows(
            world.session, SYSTEM, whole.run, Wanted("technician", [measure], worse), limit=3, offset=len(found)
        )
        if not page.rows:
            break
        assert page.total == len(expected)
        found += [row.id for row in page.rows]
    assert found == expected
    assert len({value(card) for card in whole.cards if card.subject == "technician"}) > 3
    if measure == "repaired_on_time":
        last = next(card for card in whole.cards if card.subject_id == found[-1])
        assert (last.name, value(last)) == ("Person 8", None)


async def test_technicians_of_a_team_and_contractor_and_rows_by_name(world: World):
    await a_month(world)
    run = (await overview(world.session, SYSTEM, world.area, MONTH)).run
    mine = await rows(world.session, SYSTEM, run, Wanted("technician", team="Team 0", contractor="Northline"))
    assert {(row.name, row.team, row.contractor) for row in mine.rows} == {
        ("Anna", "Team 0", "Northline"), ("Person 3", "Team 0", "Northline"),
    }  # fmt: skip
    anna = await rows(world.session, SYSTEM, run, Wanted("technician", ids=[str(world.anna.id), "nobody"]))
    assert [row.name for row in anna.rows] == ["Anna"]
    busy = await rows(world.session, SYSTEM, run, Wanted("technician", ["score"], sort="orders"))
    assert [row.orders for row in busy.rows] == sorted((row.orders for row in busy.rows), reverse=True)
    ranked = await rows(world.session, SYSTEM, run, Wanted("technician", ["score"], sort="rank"))
    places = [row.rank for row in ranked.rows if row.rank is not None]
    assert places == sorted(places)
    assert ranked.rows[-1].rank is None


async def test_who_may_see_a_part_gets_the_rows_of_the_part(world: World):
    await a_month(world)
    whole = await overview(world.session, SYSTEM, world.area, MONTH)
    readers = {
        "west": world.actor(Role.GRID_LEAD, grids=frozenset({world.west.id})),
        "firm": world.actor(Role.MANAGER, contractor="Northline"),
        "boss": world.actor(Role.MANAGER),
    }
    for name, actor in readers.items():
        cards = (await overview(world.session, actor, world.area, MONTH)).cards
        for kind in ("area", *RANKED):
            found = await rows(world.session, actor, whole.run, Wanted(kind))
            assert {row.id for row in found.rows} == {card.subject_id for card in cards if card.subject == kind}, name
        assert sum((await counts(world.session, actor, whole.run)).values()) == len(cards)
    first = {
        name: [(row.subject, row.name) for row in (await front_page(world.session, actor, world.area, MONTH)).rows]
        for name, actor in readers.items()
    }
    assert first["firm"] == [("contractor", "Northline")]
    assert first["west"] == [("grid", world.west.name)]
    assert first["boss"] == [("area", world.area.name)]
    with pytest.raises(NotFound):
        await front_page(world.session, readers["west"], world.area, MONTH, grid=world.east.id)
    with pytest.raises(NotFound):
        await front_page(world.session, readers["firm"], world.area, MONTH, contractor="Southline")


async def test_pages_over_http_are_those_of_one_version(database: Database):
    async with database.transaction() as session:
        town = await build_world(session)
        await a_month(town)
    boss = await bearer(database, "mona", Role.MANAGER, area_ids=[town.area.id])
    path = f"/api/areas/{town.area.id}/reports/{MONTH}/ranked"
    asked: dict[str, Any] = {"subject": "technician", "measure": ["repaired_on_time"], "limit": 5}
    async with running(database) as http:
        first = ok(await http.get(path, params=asked, headers=boss))
        assert (first["version"], first["total"], len(first["items"])) == (1, 8, 5)
        async with database.transaction() as session:
            await compute(session, SYSTEM, town.area, MONTH)
        rest = ok(
            await http.get(path, params=asked | {"cursor": first["nextCursor"], "version": 1}, headers=boss)
        )  # fmt: skip
        assert (rest["version"], rest["nextCursor"], len(rest["items"])) == (1, None, 3)
        assert len({one["id"] for one in first["items"] + rest["items"]}) == 8
        assert all(one["numbers"].keys() == {"repaired_on_time"} for one in first["items"])
        assert ok(await http.get(path, params=asked, headers=boss))["version"] == 2
        refused(
            await http.get(path, params=asked | {"measure": ["no_such"]}, headers=boss), 422, "report.no_indicator"
        )  # fmt: skip
        refused(await http.get(path, params=asked | {"cursor": "x"}, headers=boss), 400, "malformed.cursor")
        refused(await http.get(path, params=asked | {"version": 9}, headers=boss), 404, "assessment.none")
