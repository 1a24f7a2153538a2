"""Generated technician days for tests and benchmarks: clustered places, asymmetric times.

30 × 30 km in nine zones; 8-hour shifts with own start and end; 45 minutes of lunch inside 11:30–13:30; five skills,
30 % of the visits need one; 20 % have a hard two-hour appointment, the others are due four hours after their report,
weighted by priority; every visit may be dropped at a price; crossing zones, and more than 6 h 45 of work and travel,
have a price.
"""

from __future__ import annotations

import numpy as np

from optimizer.problem import Break, GridContract, Problem, Technician, TimeWindow, Visit, Weights

SIDE = 30_000
HOUR = 3600
SKILLS = ("fibre", "coax", "indoor", "tv", "mesh")


def generate_day(visits: int, technicians: int, seed: int, *, everything: bool = True) -> Problem:
    """A day of `visits` and `technicians`, time 0 being midnight. Without `everything`: travel, skills, appointments,
    shifts, drops only.
    """
    rng = np.random.default_rng(seed)
    count = visits + technicians
    centres = rng.uniform(0, SIDE, size=(max(4, visits // 60), 2))
    points = centres[rng.integers(len(centres), size=count)] + rng.normal(0, 1500, size=(count, 2))
    spread = rng.random(count) < 0.4
    points[spread] = rng.uniform(0, SIDE, size=(int(spread.sum()), 2))
    points = np.clip(points, 0, SIDE)
    metres = np.abs(points[:, None, :] - points[None, :, :]).sum(axis=2) * 0.9 + 150
    noise = rng.uniform(0.9, 1.25, size=(count, count))
    np.fill_diagonal(metres, 0)
    durations = (metres / 9.0 * noise).astype(np.int32)
    distances = metres.astype(np.int32)
    zone = (points // (SIDE / 3 + 1)).astype(int)
    zones = [f"{row}{column}" for row, column in zone]
    return Problem(
        tuple(_technician(i, visits + i, zones[visits + i], rng, everything) for i in range(technicians)),
        tuple(_visit(i, zones[i], rng, everything) for i in range(visits)),
        durations,
        distances,
        Weights() if everything else Weights(outside_grid=0, imbalance=0, over_skilling=0, tardiness=0),
    )


def _technician(index: int, place: int, zone: str, rng: np.random.Generator, everything: bool) -> Technician:
    start = int(rng.integers(28, 34)) * HOUR // 4
    lunch = Break(45 * 60, (TimeWindow(11 * HOUR + 1800, 12 * HOUR + 2700),))
    return Technician(
        f"t{index}",
        start,
        start + 8 * HOUR,
        place,
        place,
        breaks=(lunch,) if everything else (),
        skills={skill: int(rng.integers(1, 4)) for skill in SKILLS if rng.random() < 0.6},
        grids=(GridContract(zone),),
        max_visits=14,
    )


def _visit(index: int, zone: str, rng: np.random.Generator, everything: bool) -> Visit:
    report = int(rng.integers(5 * HOUR, 13 * HOUR))
    slot = int(rng.integers(9, 16)) * HOUR
    appointment = rng.random() < 0.2
    due = everything and not appointment
    priority = int(rng.choice([0, 0, 0, 1, 3]))
    skill = {SKILLS[int(rng.integers(len(SKILLS)))]: int(rng.integers(1, 3))} if rng.random() < 0.3 else {}
    return Visit(
        f"v{index}",
        index,
        int(rng.integers(20, 46)) * 60,
        windows=(TimeWindow(slot, slot + 2 * HOUR),) if appointment else (),
        earliest=report if due else None,
        due=report + 4 * HOUR if due else None,
        due_weight=1 + priority,
        priority=priority,
        drop_cost=20_000 * (1 + priority),
        skills=skill,
        grid=zone if everything else None,
    )
