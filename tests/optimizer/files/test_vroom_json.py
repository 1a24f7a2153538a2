"""VROOM's JSON: what we write we read back identically; what VROOM means we count."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from optimizer.evaluation.evaluate import evaluate
from optimizer.files.generated import generate_day
from optimizer.files.vroom import (
    plan_from_vroom,
    plan_to_vroom,
    problem_from_vroom,
    problem_to_vroom,
    read_plan,
    read_problem,
)
from optimizer.problem import FrozenStop, Pin, ProblemError, PublishedStop, Roads, StopRule, TimeWindow
from optimizer.solve import solve

MATRIX = [[0, 10, 20], [10, 0, 10], [20, 10, 0]]


def written(document: dict[str, Any]) -> dict[str, Any]:
    """As if it had been in a file."""
    answer: dict[str, Any] = json.loads(json.dumps(document))
    return answer


def vroom(jobs: list[dict[str, Any]], *vehicles: dict[str, Any], **more: Any) -> dict[str, Any]:
    fleet = list(vehicles) or [{"id": 7, "start_index": 0, "end_index": 0}]
    return {"vehicles": fleet, "jobs": jobs, "matrices": {"car": {"durations": MATRIX}}, **more}


def test_a_day_written_and_read_back_is_the_same_day() -> None:
    day = generate_day(30, 4, 3)
    first = replace(
        day.technicians[0],
        frozen=(FrozenStop("v0", 30_000, 30_000, 32_000),),
        soft_end=60_000,
        speed_factor=1.2,
        cost_per_hour=36,
        max_travel_seconds=9000,
        rating=4.5,
    )
    visits = list(day.visits)
    visits[1] = replace(visits[1], pin=Pin("t1", None, 0), name="corner house")
    visits[2] = replace(
        visits[2],
        required_technicians=frozenset({"t2", "absent"}),
        preferred_technicians=frozenset({"t3"}),
        excluded_technicians=frozenset({"t1"}),
        preferred_windows=(TimeWindow(40_000, 45_000),),
        mandatory=True,
    )
    visits[3] = replace(visits[3], earliest=35_000, windows=(TimeWindow(30_000, 50_000),))
    published = (PublishedStop("v5", "t1", 40_000, TimeWindow(39_000, 42_000)), PublishedStop("v6", "gone", 40_000))
    day = replace(day, technicians=(first, *day.technicians[1:]), visits=tuple(visits), published=published, now=31_000)
    file = read_problem(written(problem_to_vroom(day)))
    assert file.warnings == ()
    again = file.problem
    assert again.technicians == day.technicians
    assert again.visits == day.visits
    assert (again.weights, again.published, again.now) == (day.weights, day.published, day.now)
    assert (again.durations == day.durations).all()
    assert (again.distances == day.distances).all()
    assert again.more_roads == ()


def test_a_plan_written_and_read_back_evaluates_identically() -> None:
    day = generate_day(30, 4, 3)
    people = tuple(replace(t, profile=k % 2) for k, t in enumerate(day.technicians))
    day = replace(day, technicians=people, more_roads=(Roads(day.durations * 2, day.distances + 7),))
    plan = solve(day, StopRule(iterations=50))
    inputs, outputs = written(problem_to_vroom(day)), written(plan_to_vroom(day, plan))
    file = read_problem(inputs)
    again = read_plan(file, outputs)
    assert [(r.technician_id, r.visit_ids, r.start, r.end, r.breaks) for r in again.routes] == [
        (r.technician_id, r.visit_ids, r.start, r.end, r.breaks) for r in plan.routes
    ]
    assert file.problem.technicians == day.technicians
    assert evaluate(file.problem, again) == evaluate(day, plan)
    assert plan_to_vroom(file, again) == plan_to_vroom(day, plan_from_vroom(day, outputs)) == outputs
    assert outputs["summary"]["cost"] == pytest.approx(evaluate(day, plan).total)
    assert outputs["summary"]["unassigned"] == len(plan.unplanned)
    assert all(item["reason"] and item["text"] for item in outputs["unassigned"])


def test_what_we_write_says_the_same_in_vrooms_words() -> None:
    day = generate_day(30, 4, 3)
    inputs, outputs = written(problem_to_vroom(day)), written(plan_to_vroom(day, solve(day, StopRule(iterations=50))))
    jobs = {job["id"]: job for job in inputs["jobs"]}
    vehicles = {vehicle["id"]: vehicle for vehicle in inputs["vehicles"]}
    durations = inputs["matrices"]["car"]["durations"]
    for route in outputs["routes"]:
        vehicle = vehicles[route["vehicle"]]
        first, *rest = route["steps"]
        assert first["arrival"] >= vehicle["time_window"][0]
        place, free, driven = vehicle["start_index"], first["arrival"], 0
        for step in rest:
            assert step["arrival"] >= free
            begin = step["arrival"] + step["waiting_time"]
            free = begin + step["setup"] + step["service"]
            if step["type"] == "break":
                continue
            driven += durations[place][step["location_index"]]
            assert step["duration"] == driven
            place = step["location_index"]
            if step["type"] == "job":
                job = jobs[step["id"]]
                assert set(job.get("skills", ())) <= set(vehicle.get("skills", ()))
                assert any(a <= begin <= b for a, b in job.get("time_windows", [[0, 10**9]]))
        assert rest[-1]["arrival"] <= vehicle["time_window"][1]
        spent = driven + route["setup"] + route["service"] + route["waiting_time"]
        assert rest[-1]["arrival"] - first["arrival"] >= spent


def test_without_weights_the_cost_is_vrooms() -> None:
    problem = problem_from_vroom(vroom([{"id": 1, "location_index": 1}, {"id": 2, "location_index": 2, "service": 5}]))
    plan = solve(problem, StopRule(iterations=20))
    assert plan_to_vroom(problem, plan)["summary"]["cost"] == 40


def test_priorities_are_lexicographic_without_weights() -> None:
    jobs = [{"id": i, "location_index": 1, "service": 10} for i in range(1, 5)]
    jobs.append({"id": 9, "location_index": 2, "service": 40, "priority": 1})
    vehicle = {"id": 1, "start_index": 0, "end_index": 0, "time_window": [0, 80]}
    plan = solve(problem_from_vroom(vroom(jobs, vehicle)), StopRule(iterations=100))
    assert plan.routes[0].visit_ids == ("9",)


def test_vehicle_costs_are_honoured() -> None:
    vehicle = {"id": 1, "start_index": 0, "end_index": 0, "costs": {"fixed": 100, "per_hour": 7200}}
    problem = problem_from_vroom(vroom([{"id": 1, "location_index": 2}], vehicle))
    assert evaluate(problem, solve(problem, StopRule(iterations=10))).total == 180


@pytest.fixture
def examples(realdata: Path) -> Path:
    return realdata.parent / "specs" / "vroom"


@pytest.mark.realdata
def test_vrooms_own_example_costs_what_vroom_says(examples: Path) -> None:
    inputs = json.loads((examples / "example_2.json").read_text())
    outputs = json.loads((examples / "example_2_sol.json").read_text())
    file = read_problem(inputs)
    evaluation = evaluate(file.problem, read_plan(file, outputs), unfinished=True)
    assert evaluation.violations == ()
    assert evaluation.total == outputs["summary"]["cost"]
    ours = plan_to_vroom(file, solve(file.problem, StopRule(iterations=20)))
    for key in outputs["summary"].keys() - {"computing_times"}:
        assert ours["summary"][key] == outputs["summary"][key]
    kinds = [[step["type"] for step in route["steps"]] for route in ours["routes"]]
    assert kinds == [[step["type"] for step in route["steps"]] for route in outputs["routes"]]


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "message"), [("example_1", "shipments"), ("example_3", "coordinates alone")])
def test_vrooms_other_examples_are_refused_in_words(examples: Path, name: str, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        problem_from_vroom(json.loads((examples / f"{name}.json").read_text()))
