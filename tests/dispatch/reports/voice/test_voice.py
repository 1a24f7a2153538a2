"""What subscribers say: nobody can be known by a quote, words are those of many, and importance is what is planted."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from math import sqrt
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.orders.reporting import SubscriberGiven
from dispatch.orders.rules import acts
from dispatch.reports.voice.frequent import frequent
from dispatch.reports.voice.hiding import DOTS, Names, hidden
from dispatch.reports.voice.importance import drivers
from kit.actor import SYSTEM, Role
from kit.db import Database
from tests.dispatch.assessments.conftest import work
from tests.dispatch.orders.conftest import START, World, build_world
from tests.site import bearer, ok, refused, running

MONTH = "2022-09"


@pytest.mark.parametrize(
    ("said", "known", "quoted"),
    [
        ("call me at 138 0000 1234 please", [], f"call me at {DOTS} please"),
        ("请打13800001234找我", [], f"请打{DOTS}找我"),
        ("Mr Chen was rude", [], f"Mr {DOTS} was rude"),
        ("王先生态度差", [], f"{DOTS}先生态度差"),
        ("I told Barnaby twice", [], f"I told {DOTS} twice"),
        ("quatermain never came", ["Zeb Quatermain"], f"{DOTS} never came"),
        ("the man at 12 Oak St", ["12 Oak St"], f"the man at {DOTS}"),
        ("李建国没来，建国说明天", ["李建国"], f"{DOTS}没来，{DOTS}说明天"),
        ("write to a.b@example.com", [], f"write to {DOTS}"),
        ("Ms. ALı came, İrmak too", ["Ali Irmak"], f"Ms. {DOTS} came, {DOTS} too"),
        ("the TV was slow for 3 days", [], "the TV was slow for 3 days"),
    ],
)
def test_nobody_can_be_known_by_a_quote(said: str, known: list[str], quoted: str):
    assert hidden(said, known) == quoted


@given(st.text(max_size=40), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=40))
def test_a_phone_is_hidden_wherever_it_stands(before: str, phone: str, after: str):
    assert phone not in hidden(f"{before}{phone}{after}", [])


NAMES = st.lists(
    st.one_of(st.text("王李伟建国a ", min_size=1, max_size=4), st.text("aAbnB oß'", min_size=1, max_size=9)),
    max_size=12,
)


@given(st.text("王李伟建国，abnABNo ßs'", max_size=30), NAMES)
def test_a_sentence_held_against_a_few_names_is_hidden_as_if_against_all(said: str, names: list[str]):
    assert hidden(said, Names(names).in_(said)) == hidden(said, names)


def test_words_are_those_of_several_and_a_part_of_a_longer_one_says_nothing():
    answers = [("没有上门", False), ("没有上门维修", False), ("说没有上门", True), ("came late", False)]
    found = {one.word: (one.answers, one.dissatisfied) for one in frequent(answers)}
    assert found == {"没有上门": (3, 2)}


def test_importance_is_the_correlation_and_the_borders_are_the_means():
    dice = random.Random(3)
    rows = []
    for _ in range(400):
        strong, weak = dice.random() < 0.6, dice.random() < 0.9
        rows.append((dice.random() < (0.95 if strong else 0.35), {"strong": strong, "weak": weak, "none": None}, 1))
    found = {one.code: one for one in drivers(rows, ("weak", "strong", "none"))}
    for code in ("strong", "weak"):
        xs, ys = [float(kept[code]) for _, kept, _ in rows], [float(good) for good, _, _ in rows]
        left, right = mean(xs), mean(ys)
        plain = sum((x - left) * (y - right) for x, y in zip(xs, ys, strict=True)) / sqrt(
            sum((x - left) ** 2 for x in xs) * sum((y - right) ** 2 for y in ys)
        )
        assert found[code].importance == pytest.approx(plain)
        low, high = found[code].interval or (1, -1)
        assert low < plain < high
    assert (found["strong"].field, found["weak"].field) == ("do_more", "overdone")
    assert (found["none"].answers, found["none"].importance) == (0, None)
    assert drivers(rows[:19], ("strong",))[0].importance is None
    assert drivers(rows, ("strong",))[0].field is None  # nothing to compare it with


def test_what_may_be_chance_alone_is_in_no_field():
    rows = [(good, {"strong": good if n % 10 else not good, "even": n % 2 == 0}, 1)
            for n, good in enumerate([True, True, False, False] * 30)]  # fmt: skip
    found = {one.code: one for one in drivers(rows, ("strong", "even"))}
    low, high = found["even"].interval or (1, 1)
    assert low < 0 < high
    assert (found["strong"].field is None, found["even"].field) == (False, None)


@pytest.fixture
async def town(database: Database) -> World:
    """Five calls: two complaints with notes that name people, one answer without an opinion, one nobody answered."""
    async with database.transaction() as session:
        world = await build_world(session)
        said = [
            (Satisfaction.SATISFIED, [], "Wei was kind"),
            (Satisfaction.DISSATISFIED, ["attitude", "not_on_time"], "he was late, Li Wei says, call 13800000001"),
            (Satisfaction.DISSATISFIED, ["not_on_time"], "late again, Anna did not call"),
            (Satisfaction.VERY_SATISFIED, [], "late but kind"),
            (None, [], None),
        ]
        for number, (opinion, reasons, note) in enumerate(said):
            start = START + timedelta(hours=3 * number)
            world.set(start)
            order = await world.report(subscriber=SubscriberGiven("Li Wei", (f"1380000000{number}",)))
            await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
            await work(world, order, start, world.anna, accept=5, contact=20, arrive=40, done=300 if reasons else 90)
            if opinion is None:
                answer = Answer(Reached.NO_ANSWER)
            else:
                answer = Answer(Reached.ANSWERED, True, opinion, reasons, note=note)
            await record_attempt(session, world.agent, order.id, answer)
    return world


async def test_reasons_words_and_quotes_over_http(database: Database, town: World):
    people = await bearer(database, "mona", Role.MANAGER, area_ids=[town.area.id])
    base = f"/api/areas/{town.area.id}/reports/{MONTH}"
    async with running(database) as http:
        found = ok(await http.get(f"{base}/voice", headers=people))
        async with database.transaction() as session:
            rows = (
                await session.execute(
                    text("SELECT satisfaction, reasons FROM callback_attempts WHERE satisfaction IS NOT NULL")
                )
            ).all()
        assert (found["answers"], found["satisfied"]) == (len(rows), sum("dis" not in row[0] for row in rows))
        plain = Counter(reason for row in rows for reason in row[1])
        assert {one["code"]: one["times"] for one in found["reasons"]} == plain
        assert [(one["word"], one["answers"], one["dissatisfied"]) for one in found["words"]] == [("late", 3, 2)]
        kept = {one["code"]: (one["answers"], one["kept"], one["importance"]) for one in found["drivers"]}
        assert kept["not_chased"] == (4, 1.0, None)  # too few to tell what matters
        assert kept["in_time"] == (4, 0.5, None)  # those whose answer sent the order out again are in it
        assert kept["first_visit"] == (4, 1.0, None)  # an answer is no cause of itself
        assert kept["accepted"] == (4, 1.0, None)
        quotes = ok(await http.get(f"{base}/quotes", headers=people))["items"]
        assert [one["words"] for one in quotes] == [
            f"late again, {DOTS} did not call", "late but kind", f"he was late, {DOTS} says, call {DOTS}",
            f"{DOTS} was kind",
        ]  # fmt: skip
        some = ok(await http.get(f"{base}/quotes", params={"reason": "attitude"}, headers=people))["items"]
        assert [one["orderNumber"] for one in some] == [quotes[2]["orderNumber"]]
        first = ok(await http.get(f"{base}/quotes", params={"word": "late", "limit": 2}, headers=people))
        rest = ok(
            await http.get(
                f"{base}/quotes", params={"word": "late", "limit": 2, "cursor": first["nextCursor"]}, headers=people
            )
        )
        assert [*first["items"], *rest["items"]] == quotes[:3]
        west = {"grid": str(town.west.id)}
        assert ok(await http.get(f"{base}/voice", params=west, headers=people))["answers"] == 0


async def test_observers_get_no_quotes_and_the_file_has_none(database: Database, town: World):
    watcher = await bearer(database, "olga", Role.OBSERVER, area_ids=[town.area.id])
    base = f"/api/areas/{town.area.id}/reports/{MONTH}"
    async with running(database) as http:
        refused(await http.get(f"{base}/quotes", headers=watcher), 403, "forbidden.role")
        assert ok(await http.get(f"{base}/voice", headers=watcher))["answers"] == 4
        file = await http.get(f"{base}/voice.xlsx", headers=watcher)
        assert file.content.startswith(b"PK")
    async with database.transaction() as session:
        assert (await session.scalars(text("SELECT report FROM report_exports"))).all() == ["voice"]
