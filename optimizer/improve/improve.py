"""Improvement with OR-Tools: every group of neighbours once, then groups around unplanned visits, while time allows."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TYPE_CHECKING, Protocol

from optimizer.evaluation.subproblem import judge
from optimizer.improve.decompose import Group, Neighbourhood, Sequences, group_problem
from optimizer.improve.routing_model import ModelResult, improve
from optimizer.problem import OrToolsReport, Problem
from optimizer.search.construct import Routes

if TYPE_CHECKING:
    from types import FrameType

MOST_SECONDS = 2.0
"""No group gets more than this in one go."""

ANOTHER_ROUND_SECONDS = 0.3
"""With less left no group is looked at a second time."""

ROUNDS_WITHOUT_LIMIT = 1
"""How often every route passes through OR-Tools where only iterations are limited."""


Running = dict[Future[ModelResult], tuple[Problem, Sequences, Group]]


class _Clock(Protocol):
    def left(self) -> float | None: ...

    def until_closing(self) -> float | None: ...


def die_with_parent(_signal: int = 0, _frame: FrameType | None = None) -> None:
    """Ask Linux to kill this process when the one that made it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)


def _begin_worker(maker: int) -> None:
    """A worker's first act. Its parent may have died while it was still importing: then nothing would ever end it."""
    die_with_parent()
    if os.getppid() != maker:
        os._exit(1)


class Finisher:
    """Runs groups through OR-Tools, here or in `workers` processes, and keeps the answers that the evaluator finds
    better.
    """

    def __init__(self, problem: Problem, clock: _Clock, seed: int, workers: int) -> None:
        self.problem, self.clock, self.seed, self.workers = problem, clock, seed, max(1, workers)
        self.pool: ProcessPoolExecutor | None = None
        if self.workers > 1 and problem.visits and problem.technicians:
            context = multiprocessing.get_context("spawn")
            self.pool = ProcessPoolExecutor(
                self.workers, mp_context=context, initializer=_begin_worker, initargs=(os.getpid(),)
            )
            for _ in range(self.workers):  # started now, so that their imports are done when they are needed
                self.pool.submit(os.getpid)

    def close(self) -> None:
        if self.pool is not None:
            self.pool.shutdown(wait=True, cancel_futures=True)

    def finish(self, routes: Routes, tell: Callable[[float], None]) -> OrToolsReport:
        """Improve `routes` until the time is up, or for a fixed number of rounds where there is no limit."""
        begin = time.monotonic()
        run = _Run(self, routes, tell)
        before = self._cost(run.sequences)
        if not self.problem.technicians or not routes.visits:  # nobody and nothing to improve
            return OrToolsReport(0, 0, before, before, time.monotonic() - begin, 0)
        first = Neighbourhood(self.problem, run.sequences).partition(routes.unplanned(), self.seed)
        run.batch(first, again=False)
        rounds = 1
        most = ROUNDS_WITHOUT_LIMIT if self.clock.left() is None else 10**9
        while run.may_go_on(again=True) and rounds < most:
            accepted = run.accepted
            run.batch(list(self._more(run, rounds)), again=True)
            rounds += 1
            if run.accepted == accepted and rounds > 6:
                break
        routes.load(run.sequences)
        seconds = time.monotonic() - begin
        after = self._cost(run.sequences)
        return OrToolsReport(run.groups, run.accepted, before, after, seconds, run.routes_seen)

    def _cost(self, sequences: Sequences) -> float:
        """The evaluator's cost of the whole plan; infinite where a route has no timing (`solve` repairs that)."""
        judged = judge(self.problem, sequences)
        return float("inf") if judged is None else judged.total

    def _more(self, run: _Run, number: int) -> Iterator[Group]:
        """The next groups: around the dearest unplanned visits, then anywhere; none of them share a technician."""
        near = Neighbourhood(self.problem, run.sequences)
        routes = run.routes
        unplanned = sorted(routes.unplanned(), key=lambda v: (-routes.arrays.drop[routes.number[v]], v))
        used: set[int] = set()
        shift = (number - 1) * 3
        for visit_id in (unplanned[shift:] + unplanned[:shift])[:3]:
            group = near.around(visit_id, unplanned, self.seed + number)
            if group is not None and not used & set(group.technicians):
                used |= set(group.technicians)
                yield group
        for attempt in range(6):
            group = near.anywhere(unplanned, (self.seed + number) * 100 + attempt)
            if not used & set(group.technicians):
                used |= set(group.technicians)
                yield group


class _Run:
    """One call of `finish`: the sequences as they stand, and what was counted."""

    def __init__(self, finisher: Finisher, routes: Routes, tell: Callable[[float], None]) -> None:
        self.finisher, self.routes, self.tell = finisher, routes, tell
        self.sequences: Sequences = routes.sequences()
        self.groups = self.accepted = self.routes_seen = 0

    def may_go_on(self, *, again: bool) -> bool:
        """Whether there is time for a group. Who ends a run early gets every route looked at once, but not `again`."""
        clock = self.finisher.clock
        left = clock.left() if again else clock.until_closing()
        return left is None or left > (ANOTHER_ROUND_SECONDS if again else 0)

    def batch(self, groups: list[Group], *, again: bool) -> None:
        """Solve groups that share no technician, those with most unplanned visits first, while `may_go_on`."""
        waiting = sorted(self._shared_out(groups), key=lambda group: -len(group.extra))
        running: Running = {}
        slots = self.finisher.workers if self.finisher.pool is not None else 1
        while waiting or running:
            while waiting and len(running) < slots and self.may_go_on(again=again):
                self._start(waiting.pop(0), len(waiting) + 1, slots, running)
            if not running:
                return
            done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda f: running[f][2].technicians):
                self._take(future.result(), *running.pop(future))
            self.tell(self.routes.cost)

    def _shared_out(self, groups: list[Group]) -> list[Group]:
        """Every unplanned visit is offered to one group only, whichever process is faster."""
        free = set(self.routes.unplanned())
        shared = []
        for group in groups:
            extra = tuple(visit_id for visit_id in group.extra if visit_id in free)
            free.difference_update(extra)
            shared.append(Group(group.technicians, extra))
        return shared

    def _start(
        self,
        group: Group,
        to_come: int,
        slots: int,
        running: Running,
    ) -> None:
        small, sequences = group_problem(self.finisher.problem, group, self.sequences)
        left = self.finisher.clock.left()
        seconds = None if left is None else min(MOST_SECONDS, max(0.01, left * 0.95) * slots / max(slots, to_come))
        self.groups += 1
        self.routes_seen += sum(1 for order in sequences.values() if order)
        if self.finisher.pool is not None:
            future = self.finisher.pool.submit(improve, small, sequences, seconds=seconds, guided=False)
        else:
            future = Future()
            future.set_result(improve(small, sequences, seconds=seconds, guided=False))
        running[future] = (small, sequences, group)

    def _take(self, result: ModelResult, small: Problem, before: Sequences, group: Group) -> None:
        """Keep the answer if it is feasible and cheaper by the evaluator's word."""
        if result.sequences is None or result.sequences == before:
            return
        old, new = judge(small, before), judge(small, result.sequences)
        if new is None or not new.feasible or old is None or new.total >= old.total:
            return
        self.accepted += 1
        self.sequences.update(result.sequences)
        self.routes.load(self.sequences)
