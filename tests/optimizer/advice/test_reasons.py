"""Every unplanned visit says truly why."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.advice.reasons import reasons_of, with_reasons
from optimizer.evaluation.subproblem import timed_plan
from optimizer.problem import NOT_ASKED, FrozenStop, Pin, Plan, StopRule, Technician, TimeWindow, Unplanned, Visit
from optimizer.problem.objective import REASONS
from optimizer.solve import solve
from tests.optimizer.small import on_line, only, person, visit


def reason(technicians: list[Technician], subject: Visit, *others: Visit, **more: Any) -> tuple[str, dict[str, Any]]:
    problem = on_line([0, 10], technicians, [subject, *others], only(travel=1), **more)
    plan = solve(problem, StopRule(iterations=60))
    (item,) = [item for item in plan.unplanned if item.visit_id == subject.id]
    assert "…" not in REASONS[item.reason].say("en", item.detail)
    return item.reason, dict(item.detail)


SHIFT = {"shift_start": 1000, "shift_end": 2000}


@pytest.mark.parametrize(
    ("technicians", "subject", "expected"),
    [
        ([], visit("v", 0), "nobody_on_shift"),
        ([person("a", skills={"coax": 1})], visit("v", 0, skills={"fibre": 1}), "no_skill"),
        ([person("a")], visit("v", 0, required_technicians=frozenset({"carl"})), "required_technician_absent"),
        ([person("a")], visit("v", 0, pin=Pin("carl")), "required_technician_absent"),
        ([person("a")], visit("v", 0, excluded_technicians=frozenset({"a"})), "all_excluded"),
        ([person("a", **SHIFT)], visit("v", 0, windows=(TimeWindow(3000, 4000),)), "outside_every_shift"),
        ([person("a", **SHIFT)], visit("v", 0, earliest=2500), "would_start_before_report"),
        ([person("a")], visit("v", 0, windows=(TimeWindow(0, 9),), earliest=10), "window_before_report"),
        ([person("a", **SHIFT)], visit("v", 0, service_seconds=1001), "too_long"),
        ([person("a", max_travel_seconds=19)], visit("v", 1), "over_limits"),
        ([person("a", **SHIFT)], visit("v", 0, pin=Pin(start=2500)), "pin_impossible"),
        ([person("a")], visit("v", 0, windows=(TimeWindow(0, 9),), pin=Pin(start=10)), "pin_impossible"),
        ([person("a")], visit("v", 1, drop_cost=19), "not_worth_it"),
        ([person("a", max_visits=0)], visit("v", 0), "all_full"),
    ],
)
def test_alone_on_an_empty_day(technicians: list[Technician], subject: Visit, expected: str) -> None:
    assert reason(technicians, subject)[0] == expected


def test_a_window_that_is_over_has_passed() -> None:
    subject = visit("v", 0, windows=(TimeWindow(100, 200),))
    assert reason([person("a")], subject, now=300)[0] == "window_passed"


def test_everybody_full_is_not_the_same_as_too_dear() -> None:
    worker = [person("a", shift_end=100)]
    other = visit("other", 0, service_seconds=60, drop_cost=5000)
    assert reason(worker, visit("v", 0, service_seconds=60), other)[0] == "all_full"
    code, detail = reason(worker, visit("v", 1, service_seconds=10, drop_cost=7), other)
    assert (code, detail) == ("not_worth_it", {"technician": "a", "cost": 20, "drop": 7})


def test_who_is_at_work_till_the_evening_is_full() -> None:
    facts = (FrozenStop("done", 0, 0, 99_990),)
    assert reason([person("a", frozen=facts)], visit("v", 1), visit("done", 0), now=50_000)[0] in {
        "all_full",
        "too_long",
    }


def test_the_missing_skill_is_named_with_its_level() -> None:
    assert reason([person("a", skills={"fibre": 1})], visit("v", 0, skills={"fibre": 2}))[1] == {"skills": "fibre 2"}


def test_what_nobody_got_round_to_is_not_said_to_be_too_dear() -> None:
    problem = on_line([0, 10], [person("a")], [visit("cheap", 1), visit("dear", 1, drop_cost=5)], only(travel=1))
    found = reasons_of(problem, Plan(), ["cheap", "dear"])
    assert found["cheap"] == ("out_of_time", {"technician": "a"})
    assert found["dear"] == ("not_worth_it", {"technician": "a", "cost": 20, "drop": 5})


def test_only_who_was_not_asked_about_yet_gets_a_reason() -> None:
    problem = on_line([0, 10], [person("a")], [visit("cheap", 1), visit("dear", 1, drop_cost=5)], only(travel=1))
    plan = Plan(unplanned=(Unplanned("cheap", "unreachable"), Unplanned("dear", NOT_ASKED)))
    assert [item.reason for item in with_reasons(problem, plan).unplanned] == ["unreachable", "not_worth_it"]
    assert plan.unplanned[1].reason not in REASONS


def test_a_first_plan_that_nothing_beats_gets_its_reasons() -> None:
    problem = on_line([0, 10], [person("a")], [visit("here", 0), visit("dear", 1, drop_cost=5)], only(travel=1))
    plan = solve(problem, StopRule(iterations=5), initial=timed_plan(problem, {"a": ["here"]}))
    assert [(item.visit_id, item.reason) for item in plan.unplanned] == [("dear", "not_worth_it")]
