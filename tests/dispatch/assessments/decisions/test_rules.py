"""What a month proposes, card by card; the same month twice proposes the same."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from dispatch.assessments.decisions.models import DecisionKind
from dispatch.assessments.decisions.proposing import proposals, spotless
from dispatch.assessments.ledger.models import Ruling, RulingKind
from dispatch.assessments.models import ScoreCard
from dispatch.assessments.ranking.proposals import proposal
from dispatch.policies.limits import Limits

LIMITS = Limits()
ANNA, BERT = str(UUID(int=1)), str(UUID(int=2))


def card(subject_id: str, *, subject: str = "technician", said: str | None = None, **given: Any) -> ScoreCard:
    values = {
        "name": "Anna", "rank": 1, "score": 90.0, "orders": 30, "deductions": [], "indicators": {},
        "standing": {"proposal": said, "rankInterval": [1, 2], "ranked": 10, "observed": 1, "expected": 2.5},
    } | given  # fmt: skip
    return ScoreCard(subject=subject, subject_id=subject_id, **values)


def red_line(technician_id: str) -> Ruling:
    return Ruling(
        id=UUID(int=9), area_id=UUID(int=3), month=date(2022, 9, 1), order_id=UUID(int=4),
        technician_id=UUID(technician_id), kind=RulingKind.RED_LINE, rule="fake_completion", points=0, reason="x",
        takes_back_id=None, decided_by=None, created_at=datetime(2022, 9, 30, tzinfo=UTC),
    )  # fmt: skip


def test_a_star_is_a_technicians_and_says_its_ranks():
    team = card("A", subject="team", said="service_star")
    (found,) = proposals([card(ANNA, said="service_star"), team], {}, [], LIMITS)
    assert (found.kind, found.subject_id, found.rule) == (DecisionKind.SERVICE_STAR, ANNA, "best_ranks")
    assert found.evidence == {
        "rank": 1, "score": 90.0, "orders_counted": 30, "observed": 1, "expected": 2.5, "rankInterval": [1, 2],
        "ranked": 10, "percent": 25,
    }  # fmt: skip


def test_a_rectification_names_what_was_charged():
    charged = [{"entryId": "e", "orderId": "o", "eventId": None, "rule": "late", "points": -2.0}]
    (found,) = proposals([card(BERT, said="rectification", deductions=charged)], {}, [], LIMITS)
    assert (found.kind, found.evidence["entries"], found.evidence["orders"]) == ("rectification", ["e"], ["o"])


def test_whoever_crossed_a_red_line_gets_a_yellow_card_and_nothing_that_honours():
    cards = [card(ANNA, said="service_star"), card(BERT, name="Bert")]
    found = proposals(cards, {ANNA: ["o1"]}, [red_line(ANNA)], LIMITS)
    assert [(one.kind, one.name) for one in found] == [("yellow_card", "Anna")]
    assert found[0].evidence["lines"] == ["fake_completion"]
    assert found[0].evidence["orders"] == [str(UUID(int=4))]


def test_an_honour_card_needs_enough_answers_all_of_them_satisfied_and_no_charge():
    def rated(satisfied: int, answers: int, **given: Any) -> bool:
        number = {"satisfaction": {"numerator": satisfied, "denominator": answers}}
        return spotless(card(ANNA, indicators=number, **given), LIMITS)

    assert rated(10, 10)
    assert not rated(9, 9)
    assert not rated(10, 11)
    assert not rated(10, 10, rank=None)
    assert not rated(10, 10, deductions=[{"rule": "late"}])
    assert not rated(10, 10, subject="team")
    (found,) = proposals([card(ANNA)], {ANNA: ["o1", "o2"]}, [], LIMITS)
    assert (found.kind, found.evidence) == ("honour_card", {"answers": 2, "least": 10, "orders": ["o1", "o2"]})


def test_the_same_cards_in_another_order_propose_the_same():
    cards = [card(BERT, said="rectification"), card(ANNA, said="service_star")]
    assert proposals(cards, {}, [], LIMITS) == proposals(cards[::-1], {}, [], LIMITS)


def test_thresholds_are_the_policys_and_a_grid_needs_no_expectation():
    assert proposal(1, (1, 3), 10, None) is None
    assert proposal(1, (1, 3), 10, None, best=30) == "service_star"
    assert proposal(3, (3, 3), 3, None, place=True) is None
    assert proposal(3, (3, 3), 3, None, place=True, least=3) == "rectification"
    assert proposal(4, (3, 4), 4, None, place=True) is None
    assert proposal(4, (3, 4), 4, None, place=True, last=50) == "rectification"
    assert proposal(4, (3, 4), 4, None, last=50) is None
