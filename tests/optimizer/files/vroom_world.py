"""Random problems in VROOM's JSON, every feature alone and together, and the real VROOM to ask about them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from optimizer.evaluation.subproblem import plan_of
from optimizer.evaluation.timetable import Timetable
from optimizer.files.vroom_plan import time_order
from optimizer.problem import Plan, Problem

Json = dict[str, Any]
FEATURES = ("windows", "skills", "priority", "setup", "breaks", "costs", "speed", "limits", "table", "loads",
            "profiles")  # fmt: skip


def program() -> bool:
    """Whether VROOM is here."""
    return find_spec("vroom") is not None


# The program of the wheel is Python around a library: it is loaded once, and forked for each question.
_ASKED = """
import json, os, sys
import vroom
for line in sys.stdin:
    words, answer = json.loads(line)
    child = os.fork()
    if child == 0:
        os.dup2(os.open(answer, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), 1)
        sys.argv = ["vroom", *words]
        try:
            vroom.main()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    print(flush=True)
"""


@cache
def _asked() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", _ASKED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def vroom(folder: Path, document: Json, *options: str) -> Json:
    """What VROOM answers."""
    file, said = folder / "vroom.json", folder / "answer.json"
    file.write_text(json.dumps(document))
    asked = _asked()
    assert asked.stdin is not None
    assert asked.stdout is not None
    print(json.dumps([["-i", str(file), *options], str(said)]), file=asked.stdin, flush=True)
    assert asked.stdout.readline() == "\n", "VROOM is gone"
    answer: Json = json.loads(said.read_text())
    return answer


def with_steps(document: Json, answer: Json) -> Json:
    """The problem with the routes of an answer as the vehicles' steps, for VROOM's plan mode."""
    changed: Json = json.loads(json.dumps(document))
    vehicles = {vehicle["id"]: vehicle for vehicle in changed["vehicles"]}
    for route in answer["routes"]:
        steps = [{key: step[key] for key in ("type", "id") if key in step} for step in route["steps"]]
        vehicles[route["vehicle"]]["steps"] = steps
    return changed


def world(seed: int, *, small: bool = False) -> Json:
    """A problem; `small` ones VROOM solves to the end."""
    r = random.Random(seed)
    features = {name for name in FEATURES if r.random() < 0.45}
    if "table" in features:
        features -= {"costs"}
    jobs, vehicles = (r.randint(4, 7), r.randint(1, 2)) if small else (r.randint(10, 25), r.randint(2, 4))
    size = jobs + vehicles if r.random() < 0.8 else max(2, jobs // 2)
    points = [(r.random() * 1000, r.random() * 1000) for _ in range(size)]
    durations = [
        [0 if a is b else int(abs(a[0] - b[0]) + abs(a[1] - b[1]) + r.randint(0, 60)) for b in points] for a in points
    ]
    matrices = {"car": _matrices(r, durations, costs="table" in features)}
    if "profiles" in features:
        slow = [[int(value * r.uniform(0.7, 2)) for value in row] for row in durations]
        matrices["bike"] = _matrices(r, slow, costs="table" in features and r.random() < 0.5)
    dimensions = r.randint(1, 2) if "loads" in features else 0
    fleet = [_vehicle(r, index, size, features, dimensions) for index in range(vehicles)]
    for vehicle in fleet if "profiles" in features else ():
        vehicle["profile"] = r.choice(["car", "bike"])
        if "table" in features and "costs" not in matrices[vehicle["profile"]] and r.random() < 0.5:
            vehicle["costs"] = _costs(r)
    return {
        "vehicles": fleet,
        "jobs": [_job(r, index, size, features, dimensions) for index in range(jobs)],
        "matrices": matrices,
    }


def _matrices(r: random.Random, durations: list[list[int]], *, costs: bool) -> Json:
    found = {"durations": durations, "distances": [[9 * value for value in row] for row in durations]}
    if costs:
        found["costs"] = [[int(value * r.uniform(0.5, 2)) for value in row] for row in durations]
    return found


def _costs(r: random.Random) -> Json:
    return {
        "fixed": r.choice([0, 500]),
        "per_hour": r.choice([3600, 1800, 7200]),
        "per_km": r.choice([0, 10]),
        "per_task_hour": r.choice([0, 600]),
    }


def _job(r: random.Random, index: int, size: int, features: set[str], dimensions: int) -> Json:
    job: Json = {"id": index * 3, "location_index": r.randrange(size), "service": r.randint(0, 300)}
    if "setup" in features:
        job["setup"] = r.randint(0, 200)
    if "windows" in features and r.random() < 0.6:
        start = r.randint(0, 8000)
        windows = [[start, start + r.randint(0, 2500)]]
        if r.random() < 0.3:
            windows.insert(0, [windows[0][1] + 500, windows[0][1] + r.randint(500, 2500)])
        job["time_windows"] = windows
    if "skills" in features and r.random() < 0.4:
        job["skills"] = [r.randint(1, 3)]
    if "priority" in features:
        job["priority"] = r.choice([0, 0, 1, 5, 100])
    for key in ("delivery", "pickup"):
        if dimensions and r.random() < 0.6:
            job[key] = [r.randint(0, 5) for _ in range(dimensions)]
    if r.random() < 0.2:
        job["description"] = f"job {index}"
    return job


def _vehicle(r: random.Random, index: int, size: int, features: set[str], dimensions: int) -> Json:
    vehicle: Json = {"id": index, "start_index": r.randrange(size), "end_index": r.randrange(size)}
    if r.random() < 0.4:
        del vehicle[r.choice(["start_index", "end_index"])]
    if features & {"windows", "breaks"}:
        vehicle["time_window"] = [r.randint(0, 1000), r.randint(5000, 9000)]
    if "skills" in features:
        vehicle["skills"] = [skill for skill in (1, 2, 3) if r.random() < 0.6]
    if dimensions:
        vehicle["capacity"] = [r.randint(5, 20) for _ in range(dimensions)]
    if "breaks" in features:
        start = r.randint(1300, 4000)
        vehicle["breaks"] = [{"id": 5, "service": r.randint(60, 600), "time_windows": [[start, start + 900]]}]
    if "costs" in features:
        vehicle["costs"] = _costs(r)
    if "speed" in features:
        vehicle["speed_factor"] = r.choice([0.5, 0.8, 1, 1.2, 1.37, 2])
    if "limits" in features:
        vehicle["max_tasks"] = r.randint(2, 10)
        vehicle["max_travel_time"] = r.randint(1500, 5000)
        if "table" not in features:
            vehicle["max_distance"] = r.randint(10_000, 40_000)
    return vehicle


def plan_of_orders(problem: Problem, orders: Sequence[Sequence[str]]) -> Plan:
    """The plan in which the first technician makes the visits of the first order, the second those of the second …"""
    table = Timetable(problem)
    pairs = zip(problem.technicians, orders, strict=False)
    return plan_of(problem, [time_order(table, technician, order) for technician, order in pairs if order])
