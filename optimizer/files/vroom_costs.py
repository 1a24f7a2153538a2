"""What a VROOM file says about travel and about price: its matrices, its weights, and VROOM's lexicographic drops as
prices.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from optimizer.files.json_reader import Node, matrix
from optimizer.problem import ENDLESS, MAX_MATRIX_VALUE, UNREACHABLE, Matrix, Problem, ProblemError, Weights

DEFAULT_HOUR_COST = 3600


@dataclass(frozen=True, slots=True)
class Tables:
    """The matrices of one profile: seconds, and where the file has them metres and its own costs."""

    durations: Matrix
    distances: Matrix | None = None
    costs: Matrix | None = None

    @property
    def second(self) -> Matrix:
        """What stands in for the metres of the roads: the file's costs, else its metres, else nothing."""
        if self.costs is not None:
            return self.costs
        if self.distances is not None:
            return self.distances
        return np.where(self.durations == UNREACHABLE, UNREACHABLE, 0).astype(np.int32)


def read_tables(root: Node, vehicles: list[Node], weighted: bool) -> dict[str, Tables]:
    """The matrices of the profiles that vehicles have, in the file's order.

    Raises ProblemError where some are missing, not square, of several sizes, or not what a vehicle's prices and limits
    need.
    """
    users: dict[str, Node] = {} if vehicles else {"car": root}
    for vehicle in vehicles:
        users.setdefault(vehicle.text("profile", "car"), vehicle)
    matrices = root.node("matrices") or Node({}, "matrices")
    if not root.has("matrices") and root.has("matrix"):  # VROOM's older form
        matrices = Node({"car": {"durations": root.values["matrix"]}}, "matrices")
    for name, user in users.items():
        table = matrices.node(name)
        if table is None or not table.has("durations"):
            if not vehicles and not root.array("jobs"):
                return {name: Tables(np.zeros((0, 0), dtype=np.int32))}
            raise ProblemError(f"matrices.{name}.durations", _ASK.format(because=_because(user)))
    found = {name: _tables(matrices.node(name)) for name in matrices.values if name in users}
    _check_sizes(found)
    for vehicle in vehicles:
        name = vehicle.text("profile", "car")
        _check_needs(vehicle, f"matrices.{name}.distances", found[name])
    for name, tables in found.items():
        if tables.costs is not None and weighted:
            raise ProblemError(
                f"matrices.{name}.costs", "a table of costs cannot be added to weights: give one of them"
            )
        if tables.distances is None and any(other.distances is not None for other in found.values()):
            raise ProblemError(f"matrices.{name}.distances", "is missing beside the distances of another profile")
    return found


def _tables(node: Node | None) -> Tables:
    assert node is not None  # noqa: S101 - asked for above
    durations, distances, costs = (matrix(node.values[key], node.at(key)) if node.has(key) else None for key in _TABLES)
    assert durations is not None  # noqa: S101 - likewise
    return Tables(durations, distances, costs)


_TABLES = ("durations", "distances", "costs")


def _check_sizes(found: Mapping[str, Tables]) -> None:
    first = next(iter(found))
    size = len(found[first].durations)
    for name, tables in found.items():
        of_whom = "" if name == first else f" of {first}"
        for key in _TABLES:
            square = getattr(tables, key)
            if square is not None and len(square) != size:
                message = f"has {len(square)} rows, the durations{of_whom} have {size}"
                raise ProblemError(f"matrices.{name}.{key}", message)


_ASK = (
    "travel times are needed{because}: a square table of seconds whose rows location_index, start_index and end_index "
    "name; coordinates alone are not enough, there is no routing engine to ask"
)


def _because(node: Node) -> str:
    return f" for {node.path}" if node.path else ""


def _check_needs(vehicle: Node, path: str, tables: Tables) -> None:
    price = vehicle.node("costs") or Node({}, "")
    kilometres = price.has("per_km") and price.number("per_km", 0) > 0
    for key, wanted in (("costs.per_km", kilometres), ("max_distance", vehicle.has("max_distance"))):
        if wanted and tables.distances is None:
            raise ProblemError(path, f"is needed for {vehicle.at(key)}")
        if wanted and tables.costs is not None:
            raise vehicle.refuse(key, "cannot be counted beside a table of costs")
    if tables.costs is not None and price.number("per_hour", DEFAULT_HOUR_COST) != DEFAULT_HOUR_COST:
        raise vehicle.refuse("costs.per_hour", "cannot be counted beside a table of costs")


def scaled(table: Matrix, scale: int) -> Matrix:
    """The table with every entry multiplied."""
    if scale == 1:
        return table
    large = np.where(table == UNREACHABLE, -1, table).astype(np.int64) * scale
    if (large > MAX_MATRIX_VALUE).any():
        raise ProblemError("matrices", f"values above {MAX_MATRIX_VALUE // scale} cannot go with a speed_factor")
    return np.where(large < 0, UNREACHABLE, large).astype(np.int32)


def vroom_weights(*, priced: bool) -> Weights:
    """Cost as VROOM has it: travel time, or (`priced`) what the vehicles cost."""
    empty: dict[str, Any] = {item.name: 0 for item in fields(Weights)}
    own: dict[str, Any] = {"travel": int(not priced), "technician_cost": 1}
    return Weights(**(empty | own | {"imbalance_above": ENDLESS}))


def read_weights(node: Node) -> Weights:
    """The weights of a file. Unnamed ones are zero; `imbalance` may be {above, per_second}, `change` {technician, time,
    notified}.
    """
    known = {item.name for item in fields(Weights)}
    given: dict[str, Any] = dict(node.values)
    if isinstance(given.get("imbalance"), Mapping):
        nested = Node(given.pop("imbalance"), node.at("imbalance"))
        given |= {"imbalance_above": nested.whole("above", 0, 0), "imbalance": nested.number("per_second", 0)}
        _refuse_unread(nested)
    if isinstance(given.get("change"), Mapping):
        nested = Node(given.pop("change"), node.at("change"))
        given |= {f"change_{key}": nested.number(key, 0) for key in ("technician", "time", "notified")}
        _refuse_unread(nested)
    elif "change" in given:
        given["change_technician"] = given.pop("change")
    for name, value in given.items():
        if name not in known:
            raise node.refuse(name, f"there is no such weight; known are {', '.join(sorted(known))}")
        given[name] = Node({name: value}, node.path).number(name, 0)
    return Weights(**(dict.fromkeys(known, 0) | given))


def _refuse_unread(node: Node) -> None:
    for key in node.unread():
        raise node.refuse(key, "there is no such weight")


def with_drop_prices(problem: Problem, own: Collection[str]) -> Problem:
    """The same with a price on every visit but those in `own`: priorities first, then the number of visits, then cost.

    One visit left out costs more than any plan can save by it, one unit of priority more than all visits together.
    """
    price = _dearest_plan(problem) + 1
    others = 1 + len(problem.visits) if any(visit.priority for visit in problem.visits) else 0
    visits = tuple(
        visit if visit.id in own else replace(visit, drop_cost=price * (1 + visit.priority * others))
        for visit in problem.visits
    )
    weights = problem.weights
    if any(visit.mandatory for visit in visits):
        weights = replace(weights, mandatory=price * (1 + 100 * others) * len(visits))
    return replace(problem, visits=visits, weights=weights)


def _dearest_plan(problem: Problem) -> int:
    """What no plan of these visits can exceed, own drop costs included."""
    people, weights = problem.technicians, problem.weights

    def dearest(table: Matrix) -> Any:
        return np.where(table == UNREACHABLE, 0, table).max(axis=0, initial=0).astype(np.float64)

    leg = np.zeros(len(problem.durations))
    for profile, roads in enumerate(problem.roads):
        drivers = [t for t in people if t.profile == profile]
        second = max([weights.travel + weights.technician_cost * t.cost_per_hour / 3600 for t in drivers], default=0)
        second /= min([t.speed_factor for t in drivers], default=1)
        metre = max([weights.distance + weights.technician_cost * t.cost_per_km / 1000 for t in drivers], default=0)
        leg = np.maximum(leg, dearest(roads.durations) * second + dearest(roads.distances) * metre)
    task = max([t.cost_per_task_hour for t in people], default=0) / 3600
    total = sum(float(leg[v.location]) + (v.service_seconds + v.setup_seconds) * task for v in problem.visits)
    total += sum(t.fixed_cost for t in people)
    total += sum(float(leg[t.end_location]) for t in people if t.end_location is not None)
    total += sum(visit.drop_cost or 0 for visit in problem.visits)
    # Legs are rounded one by one where somebody's speed is not the matrix's.
    return int(total) + len(problem.visits) + len(people)
