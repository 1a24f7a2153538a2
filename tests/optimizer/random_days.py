"""Small random days with every feature on, and random plans for them, from a seed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import timed_plan
from optimizer.evaluation.timetable import Timetable
from optimizer.problem import (
    UNREACHABLE,
    Break,
    FrozenStop,
    GridContract,
    Pin,
    Plan,
    Problem,
    PublishedStop,
    Roads,
    Technician,
    TimeWindow,
    Visit,
    Weights,
)

HOUR = 3600
SKILLS, GRIDS = ("fibre", "coax"), ("g1", "g2", "g3")


def random_problem(seed: int, technicians: int = 4, visits: int = 14) -> Problem:
    """Asymmetric roads (some missing), two breaks, windows, wishes, pins, loads, work under way, a published plan; on
    half of the days some people have roads of their own.
    """
    rng = np.random.default_rng(seed)
    places = visits + technicians - 2
    points = rng.integers(0, 9000, size=(places, 2))
    metres = np.abs(points[:, None, :] - points[None, :, :]).sum(axis=2)
    durations = (metres / 8 * rng.uniform(0.8, 1.4, size=metres.shape)).astype(np.int32)
    distances = metres.astype(np.int32)
    np.fill_diagonal(durations, 0)
    if rng.random() < 0.3:
        durations[rng.integers(places), rng.integers(places)] = UNREACHABLE
    now = int(rng.integers(8, 10)) * HOUR if rng.random() < 0.5 else None
    ids = [f"t{i}" for i in range(technicians)]
    trips = [_visit(rng, i, places, ids) for i in range(visits)]
    people = [_technician(rng, i, places, trips, now) for i in range(technicians)]
    roads = np.random.default_rng([seed, 1])
    more: tuple[Roads, ...] = ()
    if roads.random() < 0.5:
        slow = (metres / 5 * roads.uniform(0.4, 1.6, size=metres.shape)).astype(np.int32)
        np.fill_diagonal(slow, 0)
        slow[roads.integers(places), roads.integers(places)] = UNREACHABLE
        more = (Roads(slow, (metres * 1.3).astype(np.int32)),)
        people = [replace(person, profile=int(roads.integers(2))) for person in people]
    begun = {stop.visit_id for person in people for stop in person.frozen}
    trips = [replace(t, pin=None, windows=(), earliest=None) if t.id in begun else t for t in trips]
    told = tuple(_published(rng, trip, ids) for trip in trips if trip.id not in begun and rng.random() < 0.5)
    return Problem(tuple(people), tuple(trips), durations, distances, _weights(rng), told, now, more)


def _technician(rng: Any, index: int, places: int, trips: list[Visit], now: int | None) -> Technician:
    start = int(rng.integers(16, 19)) * HOUR // 2
    lunch = Break(2700, (TimeWindow(int(11.5 * HOUR), 12 * HOUR + 2700),), "lunch")
    tea = Break(600, (TimeWindow(10 * HOUR, 10 * HOUR + 1200), TimeWindow(15 * HOUR, 16 * HOUR)), "tea")
    breaks = [(), (lunch,), (lunch, tea), (tea,)][int(rng.integers(4))]
    frozen = ()
    if now is not None and rng.random() < 0.4:
        begin = now - int(rng.integers(0, 3000))
        frozen = (FrozenStop(trips[index].id, begin, begin, max(now, begin + int(rng.integers(600, 3000)))),)
    grids = rng.choice(GRIDS, size=int(rng.integers(1, 3)), replace=False)
    return Technician(
        f"t{index}", start, start + 8 * HOUR,
        None if rng.random() < 0.1 else int(rng.integers(places)),
        None if rng.random() < 0.2 else int(rng.integers(places)),
        soft_end=start + 7 * HOUR if rng.random() < 0.5 else None,
        max_overtime=int(rng.choice([0, 1800])),
        breaks=breaks,
        skills={skill: int(rng.integers(1, 4)) for skill in SKILLS if rng.random() < 0.7},
        speed_factor=float(rng.choice([1.0, 0.8, 1.25])),
        fixed_cost=float(rng.choice([0, 50])),
        cost_per_hour=float(rng.choice([0, 36])), cost_per_task_hour=float(rng.choice([0, 18])),
        cost_per_km=float(rng.choice([0, 2])),
        max_visits=int(rng.integers(3, 9)),
        max_travel_seconds=None if rng.random() < 0.7 else int(rng.integers(6000, 12_000)),
        max_distance=None if rng.random() < 0.8 else 60_000,
        grids=tuple(GridContract(str(g), "A", 0.5, float(rng.integers(-2, 4))) for g in grids),
        frozen=frozen,
        capacity=(int(rng.integers(3, 9)),),
    )  # fmt: skip


def _visit(rng: Any, index: int, places: int, ids: list[str]) -> Visit:
    slot = int(rng.integers(9, 16)) * HOUR
    windows: tuple[TimeWindow, ...] = ()
    if rng.random() < 0.35:
        windows = (TimeWindow(slot, slot + 2 * HOUR),)
        if rng.random() < 0.3:
            windows = (*windows, TimeWindow(slot + 3 * HOUR, slot + 4 * HOUR))
    pin = None
    if rng.random() < 0.15:
        pin = [Pin(str(rng.choice(ids))), Pin(position=int(rng.integers(-1, 2))), Pin(start=slot + 600)][
            rng.integers(3)
        ]
    due = int(rng.integers(9, 18)) * HOUR if rng.random() < 0.6 else None
    return Visit(
        f"v{index}", int(rng.integers(places)), int(rng.integers(10, 60)) * 60,
        setup_seconds=int(rng.choice([0, 300])),
        windows=windows,
        preferred_windows=(TimeWindow(slot + 1800, slot + 3 * HOUR),) if rng.random() < 0.3 else (),
        earliest=int(rng.integers(6, 11)) * HOUR if rng.random() < 0.4 else None,
        due=due, due_weight=float(rng.choice([1, 2, 4])),
        priority=int(rng.integers(0, 3)),
        drop_cost=float(rng.choice([2000, 20_000, 50_000])),
        skills={str(rng.choice(SKILLS)): int(rng.integers(1, 3))} if rng.random() < 0.4 else {},
        preferred_technicians=frozenset({str(rng.choice(ids))}) if rng.random() < 0.3 else frozenset(),
        excluded_technicians=frozenset({ids[0]}) if rng.random() < 0.1 else frozenset(),
        grid=str(rng.choice(GRIDS)) if rng.random() < 0.8 else None,
        pin=pin,
        delivery=(int(rng.integers(0, 3)),), pickup=(int(rng.integers(0, 2)),),
    )  # fmt: skip


def _published(rng: Any, trip: Visit, ids: list[str]) -> PublishedStop:
    start = int(rng.integers(9 * HOUR, 16 * HOUR))
    told = TimeWindow(start - 1800, start + 5400) if rng.random() < 0.3 else None
    return PublishedStop(trip.id, str(rng.choice(ids)), start, told)


def _weights(rng: Any) -> Weights:
    return Weights(
        distance=float(rng.choice([0, 0.25])),
        waiting=float(rng.choice([0, 0, 0.5])),
        tardiness=float(rng.choice([0.5, 1, 4])),
        imbalance_above=int(rng.choice([9000, 24_300])),
        change_technician=float(rng.choice([0, 3600])),
        change_time=float(rng.choice([0, 0.5, 2])),
        change_notified=float(rng.choice([0, 5000])),
        risk=float(rng.choice([0, 1])),
        rolling_share=float(rng.choice([0, 200])),
    )


def random_plan(problem: Problem, seed: int, spare: int = 4) -> Plan:
    """A plan without violations that leaves out at least `spare` visits, where there are so many that may be."""
    rng = np.random.default_rng(seed)
    table = Timetable(problem)
    begun = {stop.visit_id for person in problem.technicians for stop in person.frozen}
    order = [visit.id for visit in problem.visits if visit.id not in begun]
    rng.shuffle(order)
    sequences: dict[str, list[str]] = {person.id: [] for person in problem.technicians}
    for visit_id in order[spare:]:
        for person in rng.permutation([p.id for p in problem.technicians]):
            at = int(rng.integers(len(sequences[person]) + 1))
            tried = [*sequences[person][:at], visit_id, *sequences[person][at:]]
            if table.route(person, tried) is None:
                continue
            if evaluate(problem, timed_plan(problem, sequences | {person: tried}), unfinished=True).feasible:
                sequences[person] = tried
                break
    return timed_plan(problem, sequences)
