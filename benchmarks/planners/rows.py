"""The optimizer beside the planners operators would pick instead: same problems, same cores, same wall time, one judge.

Rows (`--rows`): days (features all can express), everything (all terms on), quality (cost over time beside the own
longest run and VROOM, over-full days too), growth, insertion, finish (what OR-Tools adds), cores,
public (Solomon, Homberger, ORTEC). Ratios below 1 are in our favour; losses are printed
like wins, and a goal that is missed is printed as missed.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.goals import Goals
from benchmarks.planners.peers import Judged, Sequences, ask, ask_pyvrp, judged, run, vroom_check
from benchmarks.planners.public import public
from optimizer.files.generated import generate_day
from optimizer.problem import Problem

JOBS_EACH = 10
GOALS = {
    (False, 600): 0.83, (False, 1500): 0.72, (False, 3000): 0.75, (True, 600): 0.54, (True, 1500): 0.45,
    (True, 3000): 0.50,
}  # fmt: skip
QUALITY_GOALS: dict[tuple[bool, int, float], float] = {
    (True, 600, 30): 1.02, (True, 1500, 30): 1.03, (True, 3000, 30): 1.05, (False, 600, 30): 1.01,
    (False, 1500, 30): 1.02,
}  # fmt: skip
"""By everything on, size and seconds: cost beside the best of the longest search."""
SHORT_GOALS = {600: 1.10, 1500: 1.30}
"""By size, everything on: cost after 3 s beside the cost after 30 s."""
QUALITY_MEGABYTES = 655
"""Of the process that searches, at any size of the row on quality over time."""

KINDS = {"everything on": (JOBS_EACH, True), "common": (JOBS_EACH, False), "over-full": (12.5, True)}
"""Days of the row on quality over time: visits a technician, and whether everything is on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What of the optimizer to measure, how large and how long."""
    parser.add_argument("--rows", default=",".join(ROWS), help="which rows, by name")
    parser.add_argument("--sizes", default="600,1500,3000", help="jobs; a tenth as many technicians")
    parser.add_argument("--seconds", type=float, default=30, help="wall time of every planner")
    parser.add_argument("--times", default="3,10,30,100,300", help="seconds of the row on quality over time")
    parser.add_argument("--kinds", default=",".join(KINDS), help="days of the row on quality over time")
    parser.add_argument("--long", type=float, default=600, help="seconds of the own long run")
    parser.add_argument("--days", type=int, default=5, help="how many days are drawn for a median")
    parser.add_argument("--draw", type=int, default=None, help="the seed the days are drawn with (else the clock's)")
    parser.add_argument("--files", default="", help="public instances, as paths in the data folder")
    parser.add_argument("--public-seconds", type=float, default=60, help="wall time on public instances")
    parser.add_argument("--peers", default="vroom,pyvrp,ortools", help="which planners beside ours")


def measure(options: argparse.Namespace) -> bool:
    """Print the rows that are asked for, and whether every goal was kept."""
    draw = time.time_ns() % 10**6 if options.draw is None else options.draw
    options.seeds = random.Random(draw).sample(range(1, 10**6), options.days)
    options.sizes = [int(size) for size in options.sizes.split(",")]
    options.peers = options.peers.split(",")
    options.goals = Goals()
    print(
        f"optimizer: days drawn with {draw}: {options.seeds}; {options.seconds:g} s each; ours on two threads and two"
        " processes, VROOM -x 5 -t 2, PyVRP as two processes (the better kept), OR-Tools one thread;"
        " judged by optimizer.evaluation.evaluate",
        flush=True,
    )
    for name in options.rows.split(","):
        ROWS[name](options)
    for what in options.goals.missed:
        print(f"MISSED  {what}", flush=True)
    return not options.goals.missed


def a_day(size: int, seed: int, *, everything: bool) -> Problem:
    """A generated day with a technician for every ten jobs."""
    return generate_day(size, max(1, size // JOBS_EACH), seed, everything=everything)


def days(options: argparse.Namespace) -> None:
    """Features all can express."""
    _against(options, everything=False)


def everything(options: argparse.Namespace) -> None:
    """All terms on; the peers are told what they can express."""
    _against(options, everything=True)


def _against(options: argparse.Namespace, *, everything: bool) -> None:
    title = "everything on" if everything else "features all can express"
    for size in options.sizes:
        ratios: dict[str, list[float]] = {}
        for seed in options.seeds:
            problem = a_day(size, seed, everything=everything)
            answer = run("ours", problem, options.seconds, 1)
            mine = judged(problem, answer)
            say(f"{title}, {size // JOBS_EACH} × {size}, day {seed}", "ours", mine, mine)
            if not everything and answer.sequences is not None:
                _say_check(problem, answer.sequences)
            others = {}
            for peer in options.peers:
                if (peer == "ortools" and not everything) or (peer == "pyvrp" and everything):
                    continue
                others[peer] = ask_pyvrp(problem, options.seconds) if peer == "pyvrp" else ask(
                    peer, problem, options.seconds
                )  # fmt: skip
                say("", peer, others[peer], mine)
                ratios.setdefault(peer, []).append(mine.cost / others[peer].cost)
            if not everything and len(others) > 1:
                best = min(others.values(), key=lambda one: (one.dropped, one.cost))
                ratios.setdefault("the better of them", []).append(mine.cost / best.cost)
        for peer, found in ratios.items():
            goal = GOALS.get((everything, size)) if peer == ("vroom" if everything else "the better of them") else None
            goal = 0.5 if peer == "ortools" else goal
            what, ratio = f"{title}, {size} jobs: cost ÷ {peer}", statistics.median(found)
            print(
                f"  {what}: median {ratio:.3f} ({min(found):.3f}–{max(found):.3f})"
                f"{options.goals.beside(what, ratio, goal)}",
                flush=True,
            )


def say(what: str, who: str, one: Judged, mine: Judged) -> None:
    """One planner's line."""
    cut = f", {one.cut} cut out to make it workable" if one.cut else ""
    ratio = "" if one is mine else f"  ours is {mine.cost / one.cost:.3f} ×"
    failed = f" ({one.report})" if isinstance(one.report, str) else ""
    more = ""
    if one is mine and isinstance(one.report, tuple):
        report = one.report[0]
        more = (
            f"  {report.iterations:,} iterations; OR-Tools {report.ortools.cost_before:,.0f} →"
            f" {report.ortools.cost_after:,.0f} in {report.ortools.seconds:.1f} s"
        )
    if what:
        print(f"{what}:", flush=True)
    print(
        f"  {who:8} cost {one.cost:13,.0f}  dropped {one.dropped:3}{cut}  {one.seconds:6.1f} s {one.megabytes:6.0f} MB"
        f"{ratio}{failed}{more}",
        flush=True,
    )


def _say_check(problem: Problem, sequences: Sequences) -> None:
    violations, seconds = vroom_check(problem, sequences)
    print(f"  VROOM's plan mode on our routes: {violations} violations, {seconds:,} s on the road", flush=True)


def quality(options: argparse.Namespace) -> None:
    """Our cost over time beside our own longest run and VROOM's, on usual, common and over-full days."""
    times = [float(part) for part in options.times.split(",")]
    for kind in options.kinds.split(","):
        each, everything = KINDS[kind]
        for size in options.sizes:
            days = [generate_day(size, int(size / each), seed, everything=everything) for seed in options.seeds]
            found = [[ask("ours", problem, seconds) for seconds in times] for problem in days]
            vroom = [ask("vroom", problem, times[-1]) for problem in days] if "vroom" in options.peers else []
            for number, seconds in enumerate(times):
                ratio = statistics.median(row[number].cost / min(one.cost for one in row) for row in found)
                out = statistics.mean(row[number].dropped for row in found)
                megabytes = max(row[number].megabytes for row in found)
                beside = [row[number].cost / peer.cost for row, peer in zip(found, vroom, strict=False)]
                what = f"quality, {size} jobs, {kind}, {seconds:g} s"
                goal = QUALITY_GOALS.get((everything, size, seconds)) if number + 1 < len(times) else None
                print(
                    f"{what}: {ratio:.3f} × the own best{options.goals.beside(what, ratio, goal)}"
                    + (f"; {statistics.median(beside):.3f} × VROOM" if beside else "")
                    + f"; {out:.1f} left out; {megabytes:.0f} MB"
                    + options.goals.beside(f"{what}, memory", megabytes, QUALITY_MEGABYTES, " MB"),
                    flush=True,
                )
            if everything and {3.0, 30.0} <= set(times) and size in SHORT_GOALS:
                short, usual = times.index(3.0), times.index(30.0)
                ratio = statistics.median(row[short].cost / row[usual].cost for row in found)
                what = f"quality, {size} jobs, {kind}: 3 s ÷ 30 s"
                print(f"{what} {ratio:.3f}{options.goals.beside(what, ratio, SHORT_GOALS[size])}", flush=True)


def growth(options: argparse.Namespace) -> None:
    """How long each size takes to come within 5 % of its own long run; the exponent of the growth."""
    points = []
    for size in (300, *options.sizes):
        problem = a_day(size, options.seeds[0], everything=True)
        best = ask("ours", problem, options.long)
        seconds, limit = None, 1.0
        while seconds is None and limit < options.long:
            one = ask("ours", problem, limit)
            if one.cost <= 1.05 * best.cost:
                seconds = one.seconds
            limit *= 1.5
        took = options.long if seconds is None else seconds
        points.append((size, took))
        print(
            f"  growth: {size} jobs: {took:.1f} s to 1.05 × {best.cost:,.0f}; {best.megabytes:.0f} MB"
            f"{options.goals.beside(f'growth, {size} jobs, memory', best.megabytes, 1500, ' MB')}",
            flush=True,
        )
    if len(points) > 1:
        logs = np.log(np.array(points))
        exponent = float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])
        print(f"growth: exponent {exponent:.2f}{options.goals.beside('growth', exponent, 1.3)}", flush=True)


def insertion(options: argparse.Namespace) -> None:
    """The five best places of an urgent visit among 1,000 technicians with nine stops each, priced by the judge."""
    from optimizer.advice.best_insertion import Inserter
    from optimizer.evaluation.subproblem import timed_plan
    from optimizer.precompile import precompile
    from optimizer.search.construct import Routes

    precompile()
    problem = generate_day(9_300, 1_000, 1)
    routes = Routes(problem)
    routes.insert_missing()
    order = np.random.default_rng(1).permutation(len(routes.visits))[:300]
    keep: dict[str, list[str]] = {t: list(o) for t, o in routes.sequences().items()}
    taken = {routes.visits[int(v)].id for v in order}
    routes.load({t: [v for v in o if v not in taken] for t, o in keep.items()})
    inserter = Inserter(problem, timed_plan(problem, routes.sequences()))
    inserter.best(routes.visits[int(order[0])].id, 5)
    seconds = []
    for v in order:
        begin = time.perf_counter()
        inserter.best(routes.visits[int(v)].id, 5)
        seconds.append(time.perf_counter() - begin)
    p50, p99 = np.percentile(seconds, [50, 99]) * 1000
    stops = int(routes.state.lengths.sum()) / len(problem.technicians)
    print(
        f"insertion, 1,000 technicians × {stops:.1f} stops: p50 {p50:.2f} ms, p99 {p99:.2f} ms"
        f"{options.goals.beside('insertion, p99', p99, 10, ' ms')}",
        flush=True,
    )


def finish(options: argparse.Namespace) -> None:
    """What OR-Tools adds to what the search found."""
    for size in options.sizes:
        problem = a_day(size, options.seeds[0], everything=True)
        one = ask("ours", problem, options.seconds)
        report = one.report[0].ortools
        share = 1 - report.cost_after / report.cost_before
        print(
            f"finish, {size} jobs: OR-Tools {report.cost_before:,.0f} → {report.cost_after:,.0f} ({share:.2%} less) in"
            f" {report.seconds:.1f} s, {report.groups} groups, {report.accepted} answers taken",
            flush=True,
        )


def cores(options: argparse.Namespace) -> None:
    """Iterations on two cores beside one."""
    for size in options.sizes:
        problem = a_day(size, options.seeds[0], everything=True)
        both: list[Any] = [ask("ours", problem, options.seconds, workers=workers).report[0] for workers in (1, 2)]
        speeds = [report.iterations / report.seconds["search"] for report in both]
        gain = speeds[1] / speeds[0]
        print(
            f"cores, {size} jobs: {speeds[0]:,.0f} iterations/s on one, {speeds[1]:,.0f} on two:"
            f" {gain:.2f} ×{options.goals.beside(f'cores, {size} jobs', gain, 1.6, at_least=True)}",
            flush=True,
        )


ROWS: dict[str, Callable[[argparse.Namespace], None]] = {
    "days": days,
    "everything": everything,
    "quality": quality,
    "growth": growth,
    "insertion": insertion,
    "finish": finish,
    "cores": cores,
    "public": public,
}


def parse(words: Sequence[str], alone: Sequence[str]) -> argparse.Namespace:
    """The command line of `python -m benchmarks`; `alone` are the parts that are run by name only."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        choices=["city", "pace", "hover", "optimizer", *alone, []],
        help="default: city and optimizer",
    )
    phones = parser.add_argument_group("phones")
    phones.add_argument("--minutes", type=float, default=10, help="how long phones pull and post; 10 unless said")
    phones.add_argument("--phones", type=int, default=5000, help="how many; 5,000 unless said")
    phones.add_argument("--workers", type=int, default=1, help="web processes; 1 unless said")
    parser.add_argument("--months", type=int, default=20, help="fairness: how many months; 20 unless said")
    parser.add_argument(
        "--orders", type=int, nargs="+", default=[100_000, 1_000_000], help="manager: how many orders, size by size"
    )
    add_arguments(parser)
    return parser.parse_args(words)
