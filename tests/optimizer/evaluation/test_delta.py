"""The price of an edit is the judge's difference over the whole plan, whatever the edit breaks."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.evaluation.delta import Ledger
from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import timed_plan
from optimizer.problem import Plan, ProblemError, TimeWindow
from tests.optimizer.random_days import random_plan, random_problem
from tests.optimizer.small import on_line, only, person, visit


@pytest.mark.parametrize("seed", range(12))
def test_a_forced_move_costs_and_breaks_what_the_judge_finds_in_the_whole_plan(seed: int) -> None:
    problem = random_problem(seed)
    plan = random_plan(problem, seed)
    before = evaluate(problem, plan, unfinished=True)
    rng = np.random.default_rng(seed)
    begun = {stop.visit_id for person in problem.technicians for stop in person.frozen}
    for _ in range(12):
        ledger = Ledger(problem, plan)
        moved = str(rng.choice([v.id for v in problem.visits if v.id not in begun]))
        target = str(rng.choice([t.id for t in problem.technicians]))
        room = len([v for v in ledger.sequence(target) if v != moved])
        priced = ledger.priced(ledger.placed(moved, target, int(rng.integers(room + 1))), force=True)
        assert priced is not None
        ledger.take(priced)
        after = evaluate(problem, ledger.plan(), unfinished=True)
        assert priced.price == pytest.approx(after.total - before.total, abs=1e-4)
        codes = {(v.code, v.technician_id, v.visit_id) for v in after.violations}
        assert {(v.code, v.technician_id, v.visit_id) for v in priced.violations} <= codes
        assert bool(priced.violations) == bool(
            codes - {(v.code, v.technician_id, v.visit_id) for v in before.violations}
        )
        assert ledger.where[moved] == target


def test_without_force_there_is_no_price_for_what_cannot_be_timed() -> None:
    problem = on_line([0, 10], [person("a")], [visit("v", 1, windows=(TimeWindow(0, 5),))], only(travel=1))
    ledger = Ledger(problem, Plan())
    assert ledger.priced({"a": ["v"]}) is None
    forced = ledger.priced({"a": ["v"]}, force=True)
    assert forced is not None
    assert [v.code for v in forced.violations] == ["outside_window"]


def test_what_was_broken_before_is_not_held_against_an_edit_that_mends_it() -> None:
    visits = [visit("v", 1, windows=(TimeWindow(0, 5),)), visit("w", 1)]
    problem = on_line([0, 10], [person("a"), person("b", 1)], visits, only(travel=1))
    ledger = Ledger(problem, timed_plan(problem, {"a": ["v", "w"]}))
    mended = ledger.priced(ledger.placed("v", "b", 0), force=True)
    assert mended is not None
    assert mended.violations == ()
    assert mended.late() == {}
    same = ledger.priced({"a": ["w", "v"]}, force=True)
    assert same is not None
    assert same.violations == ()


def test_an_edit_names_what_exists_and_has_not_begun_and_holds_nothing_twice() -> None:
    problem = on_line([0, 10], [person("a"), person("b", 1)], [visit("v", 1)], only(travel=1))
    ledger = Ledger(problem, timed_plan(problem, {"a": ["v"]}))
    for wrong in ({"ghost": []}, {"b": ["v"]}, {"b": ["ghost"]}, {"a": ["v"], "b": ["v"]}):
        with pytest.raises(ProblemError):
            ledger.priced(wrong)
