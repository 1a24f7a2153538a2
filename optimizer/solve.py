"""From a problem to a plan, in four steps: insert greedily, search by ruin and recreate, improve with OR-Tools on
groups of neighbours, find the reason of every visit that is left out.

Every route with visits passes through an OR-Tools model with all its constraints, where the limit leaves the time for
it; the routes beside visits left out come first, and the report says how many routes it was. A run of a few seconds
over a large day is left to the search (`OR_TOOLS_SECONDS`). An answer of OR-Tools is taken over only where the
independent evaluator finds it feasible and cheaper.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from optimizer.advice.reasons import with_reasons
from optimizer.evaluation.evaluate import Evaluation, evaluate
from optimizer.evaluation.locality import by_locality, in_order_of
from optimizer.evaluation.subproblem import feasible_plan
from optimizer.improve.decompose import GROUP_SIZE
from optimizer.improve.improve import Finisher
from optimizer.precompile import precompile
from optimizer.problem import OrToolsReport, Plan, Problem, ProblemError, Progress, SolveReport, StopRule
from optimizer.problem.kept import pack
from optimizer.search.anneal import Search
from optimizer.search.construct import SMALL, Routes

GROUP_SECONDS = 0.1
FINISH_SHARE = 0.1
"""What OR-Tools is left: so long for every group of routes, but no more than this share of the time."""

OR_TOOLS_SECONDS = 5.0
"""With less than that a day of more than `SMALL` visits does without OR-Tools. To start it takes half a second of every
core, a quarter of the search's steps in a run of 3 seconds, and in what it was left it found a few ten-thousandths.
"""

FIRST_PLAN_SECONDS = 5.0
"""The greedy first plan may take so long even where the limit is shorter; 3,000 visits take about one."""

KEEP_SECONDS = 5.0
"""Progress carries the best plan so far, at most so often."""

CLOSING_SHARE = 0.03
CLOSING_SECONDS = 0.1
CLOSING_VISIT_SECONDS = 0.000_15
"""Kept back for the last timetable, its judgement and the reasons: this share of the limit, at least so long and so
long for every visit.
"""


class Clock:
    """The wall time of one run, and how much of it is left. Seconds."""

    def __init__(self, limit: float | None, visits: int, enough: Callable[[], bool]) -> None:
        self.begin = time.monotonic()
        self.limit = limit
        self.closing = max(CLOSING_SHARE * (limit or 0.0), CLOSING_SECONDS + CLOSING_VISIT_SECONDS * visits)
        self.enough = enough

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.begin

    def forget(self, seconds: float) -> None:
        """Do not count `seconds` that were spent on compiling, once per machine."""
        if self.elapsed >= seconds:
            self.begin += seconds

    def left(self) -> float | None:
        """Seconds until the closing work must begin. None: there is no limit. 0: it is enough."""
        return 0.0 if self.enough() else self.until_closing()

    def until_closing(self) -> float | None:
        """The same, however early it is enough."""
        return None if self.limit is None else self.limit - self.closing - self.elapsed


@dataclass(frozen=True, slots=True)
class SolveResult:
    """A finished plan, the judge's evaluation of it, and how it came about."""

    plan: Plan
    evaluation: Evaluation
    report: SolveReport


def solve(
    problem: Problem,
    stop: StopRule,
    seed: int = 0,
    workers: int = 1,
    initial: Plan | None = None,
    progress: Callable[[Progress], None] | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Plan:
    """The best plan found until `stop`, with its `report`. See :func:`solve_and_judge`."""
    return solve_and_judge(problem, stop, seed, workers, initial, progress, enough).plan


def solve_and_judge(
    problem: Problem,
    stop: StopRule,
    seed: int = 0,
    workers: int = 1,
    initial: Plan | None = None,
    progress: Callable[[Progress], None] | None = None,
    enough: Callable[[], bool] = lambda: False,
    begun: float = 0.0,
) -> SolveResult:
    """The best plan found until `stop`, its evaluation and its report. The plan has no violation, and every unplanned
    visit has its reason. Same seed, workers and iterations (no seconds): same plan.

    `initial` is where to begin; an initial plan without violations is never made worse. `workers` is the number of
    threads of the search and of processes for the OR-Tools groups. Once `enough` says so, the search ends and the
    best plan so far is finished and answered, however much of `stop` is left. Raises ProblemError where even the work
    under way cannot be timed. `begun` is the part (0…1) of a longer search that `initial` has behind it: this one goes
    on as cool as that one was.
    """
    clock = Clock(stop.seconds, len(problem.visits), enough)
    clock.forget(precompile())
    given, problem = problem, by_locality(problem)
    routes = Routes(problem)
    marks: dict[str, float] = {}

    keep_at = 0.0

    def tell(
        phase: str,
        iterations: int = 0,
        cost: float | None = None,
        best: Callable[[], Mapping[str, Sequence[str]]] | None = None,
    ) -> None:
        nonlocal keep_at
        if progress is None:
            return
        value, kept = routes.cost if cost is None else cost, None
        if best is not None and clock.elapsed >= keep_at:
            kept, keep_at = pack(best()), clock.elapsed + KEEP_SECONDS
        left = None if clock.limit is None else max(0.0, clock.limit - clock.elapsed)
        progress(Progress(phase, clock.elapsed, value, routes.planned, len(problem.visits), iterations, left, kept))

    finisher = Finisher(problem, clock, seed, workers) if _takes_ortools(problem, stop) else None
    try:
        if initial is not None:
            routes.load({route.technician_id: route.visit_ids for route in initial.routes})

        inserting_since = clock.elapsed

        def time_is_left() -> bool:
            tell("insert")
            left = clock.left()
            enough = left is None or left > (stop.seconds or 0) / 2
            # A visit must not be left out because a busy machine was slow to load: the first plan is made whole.
            return enough or clock.elapsed - inserting_since < FIRST_PLAN_SECONDS

        routes.insert_missing(time_is_left)
        cost_seed = routes.cost
        marks["insert"] = clock.elapsed
        iterations = _search(problem, routes, stop, seed, workers, clock, tell, begun)
        marks["search"] = clock.elapsed - marks["insert"]
        report = None
        if finisher is not None:
            report = finisher.finish(routes, lambda cost: tell("ortools", iterations, cost, routes.sequences))
    finally:
        if finisher is not None:
            finisher.close()
    plan, evaluation = _close(given, problem, routes, initial)
    if report is None:
        report = OrToolsReport(cost_before=evaluation.total, cost_after=evaluation.total)
    marks["ortools"] = report.seconds
    tell("done", iterations, evaluation.total)
    how = SolveReport(seed, iterations, clock.elapsed, marks, cost_seed, evaluation.total, ortools=report)
    return SolveResult(replace(plan, report=how), evaluation, how)


def _takes_ortools(problem: Problem, stop: StopRule) -> bool:
    """Whether starting OR-Tools is worth its time."""
    return stop.seconds is None or stop.seconds >= OR_TOOLS_SECONDS or len(problem.visits) <= SMALL


def _search(
    problem: Problem,
    routes: Routes,
    stop: StopRule,
    seed: int,
    workers: int,
    clock: Clock,
    tell: Callable[[str, int, float, Callable[[], Mapping[str, Sequence[str]]]], None],
    begun: float,
) -> int:
    left = clock.left()
    if not routes.visits or not problem.technicians:
        return 0
    search = Search(routes, seed, workers)

    def searching(iterations: int, cost: float) -> None:
        tell("search", iterations, cost, search.best_sequences)

    if left is None:
        return search.run(None, stop.iterations, searching, clock.enough, begun)
    groups = 1 + int((routes.state.lengths > 0).sum()) / GROUP_SIZE
    each = groups / max(1, workers)
    reserve = min(left * FINISH_SHARE, each * GROUP_SECONDS) if _takes_ortools(problem, stop) else 0.0
    return search.run(max(0.0, left - reserve), stop.iterations, searching, clock.enough, begun)


def continued(problem: Problem, sequences: Mapping[str, Sequence[str]]) -> Plan | None:
    """The plan of these visits by technician, as far as the day still knows and allows them. None where what is left
    has no timing.
    """
    routes = Routes(problem)
    routes.load(sequences)
    return feasible_plan(problem, routes.sequences())


def _close(given: Problem, problem: Problem, routes: Routes, initial: Plan | None) -> tuple[Plan, Evaluation]:
    """The plan of these routes: timed, repaired if need be, with reasons; or `initial` if that is better.

    Judged once, as a plan of `given`; `problem` is the same day with its places numbered anew.
    """
    plan, judged = _judged(given, problem, routes)
    while plan is None or judged is None or not judged.feasible:
        _shorten(problem, routes, judged)
        plan, judged = _judged(given, problem, routes)
    if initial is not None:
        before = evaluate(given, initial, unfinished=True)
        if before.feasible and before.total < judged.total:
            plan, judged = in_order_of(given, initial), before
    return with_reasons(problem, plan), judged


def _judged(given: Problem, problem: Problem, routes: Routes) -> tuple[Plan | None, Evaluation | None]:
    """The plan of these routes and its evaluation; None where a route has no feasible timing."""
    timed = feasible_plan(problem, routes.sequences())
    if timed is None:
        return None, None
    plan = in_order_of(given, timed)
    return plan, evaluate(given, plan, unfinished=True)


def _shorten(problem: Problem, routes: Routes, judged: Evaluation | None) -> None:
    """Take the last visit from every route that cannot be timed (None: some of them) or breaks a rule."""
    sequences = routes.sequences()
    if judged is None:
        faulty = {t for t, order in sequences.items() if order and feasible_plan(problem, {t: order}) is None}
    else:
        faulty = {v.technician_id for v in judged.violations if v.technician_id is not None}
    faulty = {t for t in faulty if sequences.get(t)}
    if not faulty:
        raise ProblemError("", "the work under way cannot be continued: no timing of the frozen stops exists")
    for technician in faulty:
        sequences[technician].pop()
    routes.load(sequences)
