"""The planners operators would pick instead, each in a process of its own that can be killed.

Every one gets the same problem (identical integer matrices) and the same wall time on the same two cores, says who
visits what in which order, and is judged by our evaluator, which places that order's times as well as it can be done.
What a peer cannot say is left out of what it is told: VROOM and PyVRP know no soft due times, no balance and no
over-skilling; PyVRP knows no breaks and no zones either. VROOM is told zones by one cost matrix each.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.evaluation.evaluate import Evaluation, evaluate
from optimizer.evaluation.subproblem import feasible_plan
from optimizer.problem import ENDLESS, Problem, Technician
from optimizer.problem.objective import may_serve

Sequences = dict[str, list[str]]
HOPELESS = 6.0
"""A planner that has not answered after so many times its limit is killed."""
HORIZON = 10**9
"""No window of a peer ends later: endless ones are cut here, in the units of the instance."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a planner said: whom it sends where, what its own report tells, its wall seconds, its peak memory."""

    sequences: Sequences | None
    seconds: float
    report: Any = None
    megabytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Judged:
    """The evaluator's word on an answer. `cut`: visits taken out because the order could not be worked."""

    cost: float
    dropped: int
    seconds: float
    cut: int = 0
    report: Any = None
    megabytes: float = 0.0


def ask(planner: str, problem: Problem, seconds: float, seed: int = 1, **options: Any) -> Judged:
    """Let `planner` (a name of PLANNERS) plan `problem` in a child process and judge what it answers."""
    return judged(problem, run(planner, problem, seconds, seed, **options))


def ask_pyvrp(problem: Problem, seconds: float, seed: int = 1) -> Judged:
    """PyVRP has one thread: two processes at once with different seeds, the better kept."""
    children = [_start("pyvrp", problem, seconds, seed + 100 * k, {}) for k in range(2)]
    answers = [judged(problem, child.answer()) for child in children]
    return min(answers, key=lambda one: (one.dropped, one.cost))


def run(planner: str, problem: Problem, seconds: float, seed: int = 1, **options: Any) -> Answer:
    """The answer of `planner` as it gave it. Without one of ours there is nothing to compare: exits."""
    answer = _start(planner, problem, seconds, seed, options).answer()
    if planner == "ours" and answer.sequences is None:
        raise SystemExit(f"nothing was measured: our planner {answer.report}")
    return answer


class _Child:
    def __init__(self, process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str], limit: float):
        self.process, self.folder, self.limit = process, folder, limit

    def answer(self) -> Answer:
        begin = time.monotonic()
        try:
            self.process.wait(self.limit)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            return Answer(None, time.monotonic() - begin, "killed")
        finally:
            output = Path(self.folder.name, "answer")
            content = output.read_bytes() if output.exists() else b""
            self.folder.cleanup()
        if not content:
            return Answer(None, time.monotonic() - begin, f"ended with {self.process.returncode}")
        answer: Answer = pickle.loads(content)
        return answer


def _start(planner: str, problem: Problem, seconds: float, seed: int, options: Mapping[str, Any]) -> _Child:
    folder = tempfile.TemporaryDirectory()
    Path(folder.name, "task").write_bytes(pickle.dumps((planner, problem, seconds, seed, dict(options)), protocol=5))
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.planners.peers", folder.name],
        start_new_session=True,
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.DEVNULL,
    )
    return _Child(process, folder, max(60.0, seconds * HOPELESS))


def judged(problem: Problem, answer: Answer) -> Judged:
    """Judge by our evaluator; where an order cannot be worked, its last visits are taken out until it can."""
    sequences: Sequences = {t: list(order) for t, order in (answer.sequences or {}).items()}
    cut = 0
    evaluation: Evaluation | None = None
    while evaluation is None or not evaluation.feasible:
        plan = feasible_plan(problem, sequences)
        if plan is None:
            faulty = {t for t, order in sequences.items() if order and feasible_plan(problem, {t: order}) is None}
        else:
            evaluation = evaluate(problem, plan, unfinished=True)  # no planner but ours says why a visit is left out
            faulty = {v.technician_id for v in evaluation.violations if v.technician_id is not None}
        if not faulty and (evaluation is None or not evaluation.feasible):
            raise AssertionError(f"nobody's route is at fault: {evaluation and evaluation.violations}")
        for technician in faulty:
            sequences[technician].pop()
            cut += 1
    dropped = len(problem.visits) - sum(len(order) for order in sequences.values())
    return Judged(evaluation.total, dropped, answer.seconds, cut, answer.report, answer.megabytes)


# -- ours


def ours(problem: Problem, seconds: float, seed: int, options: Mapping[str, Any]) -> tuple[Sequences, Any]:
    """`optimizer.solve` on both cores; its report also holds the cost over time."""
    from optimizer.problem import Progress, StopRule
    from optimizer.solve import solve

    trace: list[tuple[float, float]] = []

    def tell(progress: Progress) -> None:
        trace.append((progress.elapsed, progress.cost))

    workers = options.get("workers", 2)
    plan = solve(problem, StopRule(seconds, options.get("iterations")), seed, workers, progress=tell)
    return {route.technician_id: list(route.visit_ids) for route in plan.routes}, (plan.report, trace)


# -- VROOM


def vroom(problem: Problem, seconds: float, seed: int, options: Mapping[str, Any]) -> tuple[Sequences, Any]:
    """VROOM at exploration level 5 with two threads."""
    del seed, options
    model = vroom_input(problem)
    solution = model.solve(exploration_level=5, nb_threads=2, timeout=timedelta(seconds=seconds))
    routes = solution.routes
    rows = routes[routes.type == "job"].itertuples()
    sequences = {
        problem.technicians[number - 1].id: [problem.visits[int(row.id) - 1].id for row in group]
        for number, group in groupby(rows, key=lambda row: int(row.vehicle_id))
    }
    return sequences, None


def vroom_input(problem: Problem, steps: Mapping[str, list[str]] | None = None) -> Any:
    """The problem as VROOM takes it; `steps` are routes for it to check instead of to find."""
    import vroom

    names = sorted({pair for visit in problem.visits for pair in visit.skills.items()})
    model = vroom.Input()
    zones = sorted({_zone(t) for t in problem.technicians}) if problem.weights.outside_grid else [""]
    durations = np.ascontiguousarray(problem.durations.astype(np.uint32))
    for zone in zones:
        model.set_durations_matrix(zone or "all", durations)
        if zone:
            model.set_costs_matrix(zone, _zone_costs(problem, zone, durations))
    numbers = {visit.id: number for number, visit in enumerate(problem.visits, start=1)}
    for number, technician in enumerate(problem.technicians, start=1):
        model.add_vehicle(
            vroom.Vehicle(
                number,
                start=technician.start_location,
                end=technician.end_location,
                profile=(_zone(technician) if problem.weights.outside_grid else "") or "all",
                capacity=list(technician.capacity),
                skills={k for k, (name, level) in enumerate(names) if technician.skills.get(name, 0) >= level},
                time_window=(technician.shift_start, technician.latest_end),
                breaks=[
                    vroom.Break(k, [(w.start, w.end) for w in pause.windows], pause.duration)
                    for k, pause in enumerate(technician.breaks, start=1)
                ],
                max_tasks=technician.max_visits,
                steps=_vroom_steps(vroom, steps.get(technician.id, []), numbers) if steps is not None else [],
            )
        )
    for number, visit in enumerate(problem.visits, start=1):
        model.add_job(
            vroom.Job(
                number,
                visit.location,
                default_setup=visit.setup_seconds,
                default_service=visit.service_seconds,
                delivery=list(visit.delivery),
                pickup=list(visit.pickup),
                skills={k for k, (name, level) in enumerate(names) if visit.skills.get(name, 0) >= level > 0},
                priority=min(100, 10 * (1 + visit.priority)),
                time_windows=[(max(0, w.start), min(w.end, HORIZON)) for w in visit.start_windows()],
            )
        )
    return model


def _vroom_steps(vroom: Any, order: list[str], numbers: Mapping[str, int]) -> list[Any]:
    jobs = [vroom.VehicleStepSingle(numbers[visit_id]) for visit_id in order]
    return [vroom.VehicleStepStart(), *jobs, vroom.VehicleStepEnd()]


def _zone(technician: Technician) -> str:
    return technician.grids[0].grid if technician.grids else "none"


def _zone_costs(problem: Problem, zone: str, durations: Any) -> Any:
    """What a way costs somebody of `zone`: crossing is paid on arrival."""
    costs = durations.copy()
    outside = [v.location for v in problem.visits if v.grid is not None and v.grid != zone]
    costs[:, outside] += np.uint32(problem.weights.outside_grid)
    np.fill_diagonal(costs, 0)
    return costs


def vroom_check(problem: Problem, sequences: Mapping[str, list[str]]) -> tuple[int, int]:
    """VROOM's plan mode on these routes: (violations it reports, seconds on the road as it counts them)."""
    kept = tuple(t for t in problem.technicians if sequences.get(t.id))
    done = {visit_id for t in kept for visit_id in sequences[t.id]}
    part = replace(problem, technicians=kept, visits=tuple(v for v in problem.visits if v.id in done))
    answer = vroom_input(part, sequences).check().to_dict()
    told = answer["summary"].get("violations", [])
    return len(told) + len(answer["unassigned"]), int(answer["summary"]["duration"])


# -- PyVRP


def pyvrp(problem: Problem, seconds: float, seed: int, options: Mapping[str, Any]) -> tuple[Sequences, Any]:
    """PyVRP on one core; skills and the number of visits are load dimensions."""
    del options
    import pyvrp as engine
    from pyvrp.stop import MaxRuntime

    names = sorted({pair for visit in problem.visits for pair in visit.skills.items()})
    limits = any(t.max_visits < len(problem.visits) for t in problem.technicians)
    dims = max((len(v.delivery) for v in problem.visits), default=0)
    kinds: dict[Any, list[str]] = {}
    for t in problem.technicians:
        capacity = [*(t.capacity or (0,) * dims), *([t.max_visits] if limits else [])]
        capacity += [10**6 if t.skills.get(name, 0) >= level else 0 for name, level in names]
        ends = (t.start_location, t.end_location)
        kinds.setdefault((tuple(capacity), ends, t.shift_start, t.latest_end), []).append(t.id)
    places = sorted({place for kind in kinds for place in kind[1] if place is not None})
    depots = [engine.Depot(place) for place in places]
    clients = []
    for visit in problem.visits:
        window = visit.start_windows()[0]
        loads = [*(visit.delivery or (0,) * dims), *([1] if limits else [])]
        loads += [1 if visit.skills.get(name, 0) == level else 0 for name, level in names]
        clients.append(
            engine.Client(
                visit.location,
                loads,
                service_duration=visit.service_seconds + visit.setup_seconds,
                tw_early=max(0, window.start),
                tw_late=min(window.end, HORIZON),
                prize=int(visit.drop_cost if visit.drop_cost is not None else 10**6),
                required=False,
            )
        )
    types = [
        engine.VehicleType(
            len(people), list(capacity), places.index(start), places.index(end), tw_early=begin, tw_late=latest
        )
        for (capacity, (start, end), begin, latest), people in kinds.items()
    ]
    matrix = problem.durations.astype(np.int64)
    here = [engine.Location(0, 0) for _ in range(len(matrix))]
    data = engine.ProblemData(here, clients, depots, types, [matrix], [matrix])
    result = engine.solve(data, MaxRuntime(seconds), seed, collect_stats=False)
    free = [list(people) for people in kinds.values()]
    sequences: Sequences = {}
    for route in result.best.routes():
        order = [problem.visits[one.idx].id for one in route if one.is_client()]
        sequences[free[route.vehicle_type()].pop()] = order
    return sequences, result.num_iterations


# -- a plain OR-Tools model of the whole day


def ortools(problem: Problem, seconds: float, seed: int, options: Mapping[str, Any]) -> tuple[Sequences, Any]:
    """One routing model with guided local search, as its documentation shows it; lunch is taken out of the clock."""
    del seed, options
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    fleet, count = len(problem.technicians), len(problem.visits)
    starts = [count + k for k in range(fleet)]
    manager = pywrapcp.RoutingIndexManager(count + fleet, fleet, starts, starts)
    routing = pywrapcp.RoutingModel(manager)
    nodes = [v.location for v in problem.visits] + [t.start_location or 0 for t in problem.technicians]
    road = problem.durations[np.ix_(nodes, nodes)].astype(np.int64)
    work = np.array([v.service_seconds + v.setup_seconds for v in problem.visits] + [0] * fleet)
    clock = routing.RegisterTransitMatrix((road + work[:, None]).tolist())
    clock_of = _compressed(problem)
    arcs: dict[str, int] = {}
    for k, technician in enumerate(problem.technicians):
        zone = _zone(technician) if problem.weights.outside_grid else ""
        if zone not in arcs:
            extra = np.array([problem.weights.outside_grid * (v.grid not in (None, zone)) for v in problem.visits])
            extra = np.concatenate([extra if zone else np.zeros(count), np.zeros(fleet)]).astype(np.int64)
            arcs[zone] = routing.RegisterTransitMatrix((road + extra[None, :]).tolist())
        routing.SetArcCostEvaluatorOfVehicle(arcs[zone], k)
    routing.AddDimension(clock, 200_000, 200_000, False, "time")
    times = routing.GetDimensionOrDie("time")
    for k, technician in enumerate(problem.technicians):
        times.CumulVar(routing.Start(k)).SetRange(clock_of(technician.shift_start), 200_000)
        times.CumulVar(routing.End(k)).SetRange(0, clock_of(technician.latest_end))
    if problem.weights.imbalance:
        routing.AddDimension(clock, 0, 200_000, True, "load")
        for k in range(fleet):
            routing.GetDimensionOrDie("load").SetCumulVarSoftUpperBound(
                routing.End(k), problem.weights.imbalance_above, int(problem.weights.imbalance)
            )
    most = routing.RegisterUnaryTransitVector([1] * count + [0] * fleet)
    routing.AddDimensionWithVehicleCapacity(most, 0, [t.max_visits for t in problem.technicians], True, "visits")
    for v, visit in enumerate(problem.visits):
        index = manager.NodeToIndex(v)
        able = [k for k, technician in enumerate(problem.technicians) if may_serve(technician, visit) is None]
        routing.VehicleVar(index).SetValues([-1, *able])
        routing.AddDisjunction([index], int(visit.drop_cost or 0))
        window = visit.start_windows()[0]
        if window.start > -ENDLESS:
            times.CumulVar(index).SetMin(clock_of(window.start))
        if window.end < ENDLESS:
            times.CumulVar(index).SetMax(clock_of(window.end))
        if visit.due is not None and problem.weights.tardiness:
            due = max(0, clock_of(visit.due) - int(work[v]))
            times.SetCumulVarSoftUpperBound(index, due, int(visit.due_weight * problem.weights.tardiness))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(seconds * 1000))
    solution = routing.SolveWithParameters(parameters)
    sequences: Sequences = {}
    for k, technician in enumerate(problem.technicians):
        order = []
        index = routing.Start(k)
        while solution is not None and not routing.IsEnd(index):
            if manager.IndexToNode(index) < count:
                order.append(problem.visits[manager.IndexToNode(index)].id)
            index = solution.Value(routing.NextVar(index))
        sequences[technician.id] = order
    return sequences, None


def _compressed(problem: Problem) -> Callable[[int], int]:
    """A clock that stands still while everybody eats, for days on which all have the same one break."""
    breaks = {t.breaks for t in problem.technicians}
    pause = next(iter(breaks))[0] if len(breaks) == 1 and next(iter(breaks)) else None
    if pause is None:
        return lambda moment: moment
    latest = pause.windows[-1].end
    return lambda moment: moment - pause.duration if moment > latest else moment


PLANNERS = {"ours": ours, "vroom": vroom, "pyvrp": pyvrp, "ortools": ortools}


def main() -> None:
    """The child's side: one task from the folder named on the command line, one answer into it."""
    import resource

    folder = Path(sys.argv[1])
    planner, problem, seconds, seed, options = pickle.loads(folder.joinpath("task").read_bytes())
    if planner == "ours":
        from optimizer.precompile import precompile

        precompile()
    begin = time.monotonic()
    sequences, report = PLANNERS[planner](problem, seconds, seed, options)
    spent = time.monotonic() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    folder.joinpath("part").write_bytes(pickle.dumps(Answer(sequences, spent, report, peak)))
    folder.joinpath("part").rename(folder / "answer")


if __name__ == "__main__":
    # pickled under the name others import
    from benchmarks.planners import peers

    peers.main()
