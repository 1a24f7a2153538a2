"""The solver's process: it reports, it can be stopped, it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.child import SolveCancelled, SolveFailed, run_in_child
from optimizer.evaluation.evaluate import evaluate
from optimizer.files.generated import generate_day
from optimizer.problem import Problem, Progress, StopRule
from optimizer.solve import solve

ROOT = Path(__file__).resolve().parents[2]
DAY = generate_day(40, 6, 1)


def children_of(parent: int) -> list[int]:
    """Every living process below `parent`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found += [int(entry.name), *children_of(int(entry.name))]
    return found


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """What lives before a test may live after it (pytest's own helpers), nothing else."""
    before = set(children_of(os.getpid()))
    yield
    assert set(children_of(os.getpid())) <= before


def test_a_child_solves_and_reports() -> None:
    seen: list[Progress] = []
    result = run_in_child(DAY, StopRule(iterations=100), seed=1, on_progress=seen.append)
    assert result.evaluation.violations == ()
    assert result.evaluation.total == evaluate(DAY, result.plan).total == result.report.cost
    assert seen[0].phase in ("start", "insert")
    assert seen[-1].phase == "done"


def test_a_child_gives_the_plan_solve_gives() -> None:
    assert run_in_child(DAY, StopRule(iterations=50), seed=4).plan == solve(DAY, StopRule(iterations=50), seed=4)


def test_a_search_of_an_hour_ends_with_its_best_plan_once_it_is_enough() -> None:
    seen: list[Progress] = []
    result = run_in_child(
        DAY,
        StopRule(seconds=3600),
        on_progress=seen.append,
        enough=lambda: bool(seen) and seen[-1].phase == "search",
    )
    assert result.evaluation.violations == ()
    assert result.report.ortools is not None
    assert result.report.ortools.groups > 0
    assert len(result.plan.unplanned) <= 1


@pytest.mark.parametrize("workers", [1, 2])
def test_cancelling_ends_the_child_and_all_it_started(workers: int) -> None:
    started: list[Progress] = []

    def cancelled() -> bool:
        return any(item.phase != "start" for item in started)

    with pytest.raises(SolveCancelled):
        run_in_child(DAY, StopRule(seconds=600), workers=workers, on_progress=started.append, cancelled=cancelled)


def test_a_killed_child_is_a_clear_error() -> None:
    def kill(_: Progress) -> None:
        for child in children_of(os.getpid()):
            if b"optimizer.child" in (Path("/proc") / str(child) / "cmdline").read_bytes():
                os.kill(child, signal.SIGKILL)

    with pytest.raises(SolveFailed, match="SIGKILL"):
        run_in_child(DAY, StopRule(seconds=60), on_progress=kill)


def test_an_error_in_the_child_is_told() -> None:
    broken = Problem(DAY.technicians, DAY.visits, DAY.durations, DAY.distances)
    object.__setattr__(broken, "roads", None)
    with pytest.raises(SolveFailed, match="Error"):
        run_in_child(broken, StopRule(iterations=1))


def test_an_error_of_the_listener_ends_the_child() -> None:
    def fail(_: Progress) -> None:
        raise LookupError("the listener is gone")

    with pytest.raises(LookupError):
        run_in_child(DAY, StopRule(seconds=60), on_progress=fail)


def test_no_child_survives_its_parent() -> None:
    code = (
        "from optimizer.child import run_in_child\n"
        "from optimizer.files.generated import generate_day\n"
        "from optimizer.problem import StopRule\n"
        "tell = lambda p: print(p.phase, flush=True)\n"
        "run_in_child(generate_day(40, 6, 1), StopRule(seconds=600), workers=2, on_progress=tell)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    parent.stdout.readline()
    below = children_of(parent.pid)
    assert below
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(200):
        if not any(Path(f"/proc/{pid}").exists() for pid in below):
            break
        time.sleep(0.05)
    assert not [pid for pid in below if Path(f"/proc/{pid}").exists()]
