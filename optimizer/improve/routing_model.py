"""The OR-Tools model of a few technicians: windows, skills, shifts, breaks, limits, soft due times and drops.

A model of a whole day does not scale; one of four or five technicians with some fifty visits does. The model starts
from good routes and only improves them. :func:`optimizer.evaluation.evaluate.evaluate` judges every answer before it is
used.

Two things are only approximate. A set-up that is saved counts as a shorter leg, and a missed preferred window as a cost
per second around the window. Both only guide the search; the judge counts exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from optimizer.problem import NO_ROAD, Problem, TimeWindow, Visit
from optimizer.problem.flatten import (
    BASE_DISTANCE,
    BASE_LOCATION,
    BASE_TIME,
    BASE_TRAVEL,
    BASE_WORK,
    END_LOCATION,
    FROZEN,
    LATEST_END,
    LOCATION,
    MAX_DISTANCE,
    MAX_TRAVEL,
    ROOM,
    SERVICE,
    SETUP,
)
from optimizer.search.arrays import Arrays, index_of_movable, make_arrays

NEIGHBOUR_SECONDS = 3600
"""How long OR-Tools may work on one neighbour where iterations alone end a run: longer than any takes."""
GROUP_SECONDS = 10
"""And on a group: it can try the breaks of given routes for hours before it has begun. Such a group stays as it is."""
Sequences = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class ModelResult:
    """Sequences of movable visits per technician. None where the model could not start or found nothing."""

    sequences: Sequences | None
    objective: int = 0


def improve(
    problem: Problem, sequences: Mapping[str, Sequence[str]], *, seconds: float | None, guided: bool = True
) -> ModelResult:
    """Improve `sequences` (movable visits only; a technician without one is idle) with OR-Tools.

    `seconds` None: descend to a local optimum, which is deterministic. Else search at most that long; with `guided` the
    search goes on from the local optimum by guided local search until the time is up.
    """
    return _Model(problem).solve(sequences, seconds, guided)


class _Model:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.a: Arrays = make_arrays(problem)
        self.visits = [problem.visits[i] for i in index_of_movable(problem)]
        self.count = len(self.visits)
        self.fleet = len(problem.technicians)
        people = self.a.technician
        self.offset = int(people[:, BASE_TIME].min()) if self.fleet else 0
        self.horizon = int(people[:, [BASE_TIME, LATEST_END]].max()) - self.offset + 1 if self.fleet else 1
        starts = [self.count + 2 * k for k in range(self.fleet)]
        ends = [self.count + 2 * k + 1 for k in range(self.fleet)]
        self.manager = pywrapcp.RoutingIndexManager(self.count + 2 * self.fleet, self.fleet, starts, ends)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.solver = self.routing.solver()
        w = problem.weights
        costs = [w.travel, w.distance, w.waiting, w.imbalance, w.overtime, w.missed_preference, w.change_time]
        costs += [v.due_weight * w.tardiness for v in self.visits]
        self.scale = 1 if all(float(value).is_integer() for value in costs) else 100

    def solve(self, sequences: Mapping[str, Sequence[str]], seconds: float | None, guided: bool) -> ModelResult:
        if not self.visits or not self.fleet:
            return ModelResult(None)
        self._matrices()
        self._time()
        self._limits()
        self._visits()
        self._breaks()
        parameters = self._parameters(seconds, guided)
        self.routing.CloseModelWithParameters(parameters)
        initial = self.routing.ReadAssignmentFromRoutes(self._as_routes(sequences), True)
        if initial is None:
            return ModelResult(None)
        solution = self.routing.SolveFromAssignmentWithParameters(initial, parameters)
        if solution is None:
            return ModelResult(None)
        return ModelResult(self._read(solution), int(solution.ObjectiveValue()))

    def _price(self, value: float) -> int:
        return round(value * self.scale)

    # -- what arcs cost and take

    def _place(self, node: int, technician: int) -> int:
        if node < self.count:
            return int(self.a.visit[node, LOCATION])
        last = (node - self.count) % 2 == 1
        return int(self.a.technician[technician, END_LOCATION if last else BASE_LOCATION])

    def _matrices(self) -> None:
        self.times: list[int] = []
        self.loads: list[int] = []
        self.roads: list[int] = []
        self.lengths: list[int] = []
        a, size = self.a, self.count + 2 * self.fleet
        for t, technician in enumerate(self.problem.technicians):
            places = [self._place(node, t) for node in range(size)]
            works = [int(a.visit[v, SERVICE] + a.visit[v, SETUP]) if v < self.count else 0 for v in range(size)]
            time, road, length, cost = ([[0] * size for _ in range(size)] for _ in range(4))
            free = len(self.problem.durations)
            for i, origin in enumerate(places):
                for j, target in enumerate(places):
                    leg = (0, 0)
                    if i != j and free not in (origin, target):
                        leg = self.problem.leg(technician, origin, target) or (NO_ROAD, 0)
                    saved = int(a.visit[j, SETUP]) if j < self.count and origin == target and i != j else 0
                    time[i][j] = max(0, works[i] + leg[0] - saved)
                    road[i][j], length[i][j] = leg
                    cost[i][j] = self._arc_cost(t, j, leg, works[i])
            self.times.append(self.routing.RegisterTransitMatrix(time))
            self.roads.append(self.routing.RegisterTransitMatrix(road))
            self.lengths.append(self.routing.RegisterTransitMatrix(length))
            self.routing.SetArcCostEvaluatorOfVehicle(self.routing.RegisterTransitMatrix(cost), t)
            if technician.fixed_cost and not technician.frozen:
                own = self.problem.weights.technician_cost * technician.fixed_cost
                self.routing.SetFixedCostOfVehicle(self._price(own), t)
            if technician.frozen:
                self.routing.SetVehicleUsedWhenEmpty(True, t)

    def _arc_cost(self, t: int, target: int, leg: tuple[int, int], work: int) -> int:
        a, w, technician = self.a, self.problem.weights, self.problem.technicians[t]
        if leg[0] >= NO_ROAD:
            return NO_ROAD
        own = technician.cost_per_km * leg[1] / 1000
        own += (technician.cost_per_hour * leg[0] + technician.cost_per_task_hour * work) / 3600
        value = w.travel * leg[0] + w.distance * leg[1] + w.technician_cost * own
        if target < self.count and a.static[t, target] < float("inf"):
            value += float(a.static[t, target])
        return self._price(value)

    # -- when

    def _time(self) -> None:
        routing, a, w = self.routing, self.a, self.problem.weights
        routing.AddDimensionWithVehicleTransits(self.times, self.horizon, self.horizon, False, "time")
        self.time = routing.GetDimensionOrDie("time")
        if w.waiting:
            self.time.SetSlackCostCoefficientForAllVehicles(self._price(w.waiting))
        for t, technician in enumerate(self.problem.technicians):
            begin = int(a.technician[t, BASE_TIME]) - self.offset
            latest = max(begin, int(a.technician[t, LATEST_END]) - self.offset)
            start, end = self.time.CumulVar(routing.Start(t)), self.time.CumulVar(routing.End(t))
            start.SetRange(begin, begin if technician.frozen else latest)
            end.SetRange(begin, self.horizon if technician.frozen and begin >= latest else latest)
            overtime_from = technician.overtime_from - self.offset
            if w.overtime and overtime_from < latest:
                self.time.SetCumulVarSoftUpperBound(routing.End(t), max(0, overtime_from), self._price(w.overtime))

    def _breaks(self) -> None:
        works = [0] * self.routing.Size()
        for v in range(self.count):
            works[self.manager.NodeToIndex(v)] = int(self.a.visit[v, SERVICE] + self.a.visit[v, SETUP])
        for t, technician in enumerate(self.problem.technicians):
            intervals = []
            for index, pause in enumerate(technician.breaks):
                windows = technician.break_windows(index, self.problem.now)
                if not windows:
                    continue
                low, high = windows[0].start - self.offset, windows[-1].end - self.offset
                interval = self.solver.FixedDurationIntervalVar(low, high, pause.duration, False, f"break {t} {index}")
                begin = interval.StartExpr().Var()
                for gap in _holes(windows):
                    begin.RemoveInterval(gap[0] - self.offset, gap[1] - self.offset)
                intervals.append(interval)
            if intervals:
                self.time.SetBreakIntervalsOfVehicle(intervals, t, works)

    # -- how much

    def _limits(self) -> None:
        routing, a, w = self.routing, self.a, self.problem.weights
        ones = routing.RegisterUnaryTransitVector([1] * self.count + [0] * (2 * self.fleet))
        routing.AddDimensionWithVehicleCapacity(ones, 0, [int(r) for r in a.technician[:, ROOM]], True, "count")
        self.number = routing.GetDimensionOrDie("count")
        technicians = self.problem.technicians
        if any(t.max_travel_seconds is not None for t in technicians):
            rooms = self._rooms(MAX_TRAVEL, BASE_TRAVEL, NO_ROAD - 1)
            routing.AddDimensionWithVehicleTransitAndCapacity(self.roads, 0, rooms, True, "travel")
        if any(t.max_distance is not None for t in technicians):
            rooms = self._rooms(MAX_DISTANCE, BASE_DISTANCE, 2**40)
            routing.AddDimensionWithVehicleTransitAndCapacity(self.lengths, 0, rooms, True, "distance")
        if w.imbalance:
            routing.AddDimensionWithVehicleTransits(self.times, 0, 10**9, True, "load")
            load = routing.GetDimensionOrDie("load")
            for t in range(self.fleet):
                above = max(0, w.imbalance_above - int(a.technician[t, BASE_TRAVEL] + a.technician[t, BASE_WORK]))
                load.SetCumulVarSoftUpperBound(routing.End(t), above, self._price(w.imbalance))
        for d in range(a.capacity.shape[1]):
            for kind, name in enumerate(("delivery", "pickup")):
                values = [int(a.load[v, d, kind]) for v in range(self.count)] + [0] * (2 * self.fleet)
                rooms = [max(0, int(a.capacity[t, d] - a.base_load[t, d, kind])) for t in range(self.fleet)]
                vector = routing.RegisterUnaryTransitVector(values)
                routing.AddDimensionWithVehicleCapacity(vector, 0, rooms, True, f"{name}{d}")

    def _rooms(self, limit: int, base: int, most: int) -> list[int]:
        """What is left of a limit to each technician."""
        left = self.a.technician[:, limit] - self.a.technician[:, base]
        return [max(0, min(int(value), most)) for value in left]

    # -- who and whether

    def _visits(self) -> None:
        for v, visit in enumerate(self.visits):
            index = self.manager.NodeToIndex(v)
            allowed = [t for t in range(self.fleet) if self.a.static[t, v] < float("inf")]
            self.routing.VehicleVar(index).SetValues([-1, *allowed])
            self.routing.AddDisjunction([index], self._price(float(self.a.drop[v])))
            windows = visit.start_windows()
            if windows:
                self._when(index, visit, windows)
            if visit.pin is not None and visit.pin.position is not None:
                self._position(index, visit.pin.position, allowed)

    def _when(self, index: int, visit: Visit, windows: tuple[TimeWindow, ...]) -> None:
        cumul = self.time.CumulVar(index)
        low, high = max(0, windows[0].start - self.offset), min(self.horizon, windows[-1].end - self.offset)
        if low > high:
            self.routing.VehicleVar(index).SetValues([-1])
            return
        cumul.SetRange(low, high)
        for gap in _holes(windows):
            if gap[1] > self.offset:
                cumul.RemoveInterval(max(0, gap[0] - self.offset), gap[1] - self.offset)
        w = self.problem.weights
        published = next((p for p in self.problem.published if p.visit_id == visit.id), None)
        wish = next((x for x in visit.preferred_windows if x.end >= windows[0].start), None)
        below: tuple[int, float] | None = None
        above: tuple[int, float] | None = None
        if published is not None and w.change_time:
            below = above = (published.start, w.change_time)
        elif wish is not None and w.missed_preference:
            below, above = (wish.start, w.missed_preference / 1800), (wish.end, w.missed_preference / 1800)
        if visit.due is not None and visit.due_weight * w.tardiness:
            above = (visit.due - visit.service_seconds - visit.setup_seconds, visit.due_weight * w.tardiness)
        if below is not None and self._price(below[1]):
            self.time.SetCumulVarSoftLowerBound(index, max(0, below[0] - self.offset), self._price(below[1]))
        if above is not None and self._price(above[1]):
            self.time.SetCumulVarSoftUpperBound(index, max(0, above[0] - self.offset), self._price(above[1]))

    def _position(self, index: int, position: int, allowed: list[int]) -> None:
        if position == -1:
            self.routing.NextVar(index).SetValues([index, *(self.routing.End(t) for t in allowed)])
            return
        frozen = self.a.technician[:, FROZEN]
        possible = sorted({position - int(frozen[t]) for t in allowed if position >= frozen[t]})
        if not possible:
            self.routing.VehicleVar(index).SetValues([-1])
            return
        # a visit left out has any count; a visit made has as many before it as its place says
        active = self.routing.ActiveVar(index)
        self.solver.Add(self.number.CumulVar(index) * active >= possible[0] * active)
        self.solver.Add(self.number.CumulVar(index) * active <= possible[-1] * active)

    # -- in and out

    def _as_routes(self, sequences: Mapping[str, Sequence[str]]) -> list[list[int]]:
        number = {visit.id: index for index, visit in enumerate(self.visits)}
        return [
            [self.manager.NodeToIndex(number[visit_id]) for visit_id in sequences.get(technician.id, ())]
            for technician in self.problem.technicians
        ]

    def _parameters(self, seconds: float | None, guided: bool) -> Any:
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic
        guide = guided and seconds is not None
        parameters.local_search_metaheuristic = (
            metaheuristic.GUIDED_LOCAL_SEARCH if guide else metaheuristic.GREEDY_DESCENT
        )
        if seconds is not None:
            parameters.time_limit.FromMilliseconds(max(1, round(seconds * 1000)))
        else:  # its default, a tenth of a wall second a neighbour, would let a busy machine change the answer
            parameters.lns_time_limit.FromSeconds(NEIGHBOUR_SECONDS)
            parameters.time_limit.FromSeconds(GROUP_SECONDS)
        return parameters

    def _read(self, solution: Any) -> Sequences:
        sequences: Sequences = {}
        for t, technician in enumerate(self.problem.technicians):
            index = solution.Value(self.routing.NextVar(self.routing.Start(t)))
            order = []
            while not self.routing.IsEnd(index):
                order.append(self.visits[self.manager.IndexToNode(index)].id)
                index = solution.Value(self.routing.NextVar(index))
            sequences[technician.id] = order
        return sequences


def _holes(windows: tuple[TimeWindow, ...]) -> list[tuple[int, int]]:
    """The forbidden seconds between the windows, both ends included."""
    return [
        (before.end + 1, after.start - 1) for before, after in pairwise(windows) if before.end + 1 <= after.start - 1
    ]
