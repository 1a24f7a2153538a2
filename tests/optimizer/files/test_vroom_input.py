"""What people put into VROOM files: everything odd is understood, or refused in words that name the place."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.evaluation.evaluate import evaluate
from optimizer.files.vroom import plan_to_vroom, problem_from_vroom, read_plan, read_problem
from optimizer.files.vroom_plan import plan_of_steps
from optimizer.problem import NOT_ASKED, UNREACHABLE, Plan, ProblemError, TimeWindow, Unplanned, Weights
from tests.optimizer.files.vroom_world import plan_of_orders

MATRIX = [[0, 10, 20], [10, 0, 10], [20, 10, 0]]
VAN: dict[str, Any] = {"id": 7, "start_index": 0, "end_index": 0}
BIKE: dict[str, Any] = {"id": 8, "start_index": 0, "end_index": 0, "profile": "bike"}


def vroom(jobs: list[dict[str, Any]], *vehicles: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"vehicles": list(vehicles) or [VAN], "jobs": jobs, "matrices": {"car": {"durations": MATRIX}}, **more}


def job(**more: Any) -> dict[str, Any]:
    return {"id": 1, "location_index": 1, **more}


def table(**more: Any) -> dict[str, Any]:
    return {"car": {"durations": MATRIX, **more}}


REFUSED: list[tuple[Any, str]] = [
    ([], r"must be an object, not \[\]"),
    ({}, r"^vehicles: is missing"),
    ({"vehicles": []}, r"^jobs: is missing"),
    ({"vehicles": {}, "jobs": []}, r"^vehicles: must be a list"),
    ({"vehicles": [3], "jobs": []}, r"^vehicles\[0\]: must be an object, not 3"),
    (vroom([], shipments=[{"pickup": {}}]), r"^shipments: .*not supported"),
    (
        {"vehicles": [{"id": 1, "start": [0, 0]}], "jobs": []},
        r"^matrices\.car\.durations: travel times are needed for vehicles\[0\]",
    ),
    (
        {"vehicles": [VAN | {"profile": "bike"}], "jobs": [], "matrices": table()},
        r"^matrices\.bike\.durations: travel times are needed for vehicles\[0\]",
    ),
    (vroom([], VAN, VAN | {"id": 8, "profile": "bike"}), r"^matrices\.bike\.durations"),
    (
        vroom(
            [], VAN, VAN | {"id": 8, "profile": "bike"}, matrices=table() | {"bike": {"durations": [[0, 1], [1, 0]]}}
        ),
        r"^matrices\.bike\.durations: has 2 rows, the durations of car have 3",
    ),
    (
        vroom([], VAN, BIKE, matrices=table(distances=MATRIX) | {"bike": {"durations": MATRIX}}),
        r"^matrices\.bike\.distances: is missing beside the distances of another profile",
    ),
    (
        vroom([], VAN, BIKE | {"max_distance": 5}, matrices=table() | {"bike": {"durations": MATRIX}}),
        r"^matrices\.bike\.distances: is needed for vehicles\[1\]\.max_distance",
    ),
    (
        vroom([], VAN, BIKE, weights={}, matrices=table() | {"bike": {"durations": MATRIX, "costs": MATRIX}}),
        r"^matrices\.bike\.costs: .*cannot be added to weights",
    ),
    (vroom([], matrices={"car": {"durations": [[0, 1], [1]]}}), r"^matrices\.car\.durations\[1\]: has 1 entries"),
    (vroom([], matrices={"car": {"durations": [[0, 1.5], [1, 0]]}}), r"durations\[0\]\[1\]: 1\.5 is not a whole"),
    (vroom([], matrices={"car": {"durations": [[0, -1], [1, 0]]}}), r"durations\[0\]\[1\]: -1 is negative"),
    (vroom([], matrices={"car": {"durations": [[0, "far"], [1, 0]]}}), r"durations\[0\]\[1\]: 'far' is not a whole"),
    (vroom([], matrices={"car": {"durations": 3}}), r"durations: must be a table"),
    (vroom([], matrices=table(distances=[[0]])), r"distances: has 1 rows, the durations have 3"),
    (vroom([job(location=[0, 0], location_index=None)]), r"^jobs\[0\]\.location_index: is needed"),
    (vroom([job(location_index=3)]), r"^jobs\[0\]\.location_index: 3 is not a row of the matrices, which have 3"),
    (vroom([job(id="x")]), r"^jobs\[0\]\.id: 'x' is not a whole number"),
    (vroom([job(id=True)]), r"^jobs\[0\]\.id: true is not a whole number"),
    (vroom([job(id=-1)]), r"^jobs\[0\]\.id: -1 is negative"),
    (vroom([{"location_index": 0}]), r"^jobs\[0\]\.id: null is not"),
    (vroom([job(), job()]), r"^jobs\[1\]\.id: 1 is the id of jobs\[0\] already"),
    (vroom([job(), job(id=2, external_id="1")]), r"^jobs\[1\]\.external_id: '1' is the id of jobs\[0\] already"),
    (vroom([], VAN, VAN), r"^vehicles\[1\]\.id: 7 is the id of vehicles\[0\] already"),
    (
        vroom([job(time_windows=[[0, 1], [5, 4]])]),
        r"^jobs\[0\]\.time_windows\[1\]: the window ends \(4\) before it starts",
    ),
    (vroom([job(time_windows=[[0, 9], [5, 14]])]), r"^jobs\[0\]\.time_windows\[1\]: overlaps"),
    (vroom([job(time_windows=[[0, 9.5]])]), r"^jobs\[0\]\.time_windows\[0\]\[1\]: 9\.5 is not a whole number"),
    (vroom([job(time_windows=[5])]), r"^jobs\[0\]\.time_windows\[0\]: a time window is \[start, end\], not 5"),
    (vroom([job(time_windows=[])]), r"^jobs\[0\]\.time_windows: holds no window"),
    (vroom([job(service=-5)]), r"^jobs\[0\]\.service: -5 is negative"),
    (vroom([job(service="long")]), r"^jobs\[0\]\.service: 'long' is not a whole number"),
    (vroom([job(priority=101)]), r"^jobs\[0\]\.priority: 101 is above 100"),
    (vroom([job(skills=["tv"])]), r"^jobs\[0\]\.skills\[0\]: 'tv' is not a whole number"),
    (vroom([job(drop_cost=float("nan"))]), r"^jobs\[0\]\.drop_cost: nan is not a number"),
    (vroom([job(pin={})]), r"^jobs\[0\]\.pin: a pin fixes"),
    (vroom([job(pin={"vehicle": 3})]), r"^jobs\[0\]\.pin\.vehicle: there is no vehicle 3"),
    (vroom([job(required_vehicles=[3])]), r"^jobs\[0\]\.required_vehicles\[0\]: there is no vehicle 3"),
    (
        vroom([job(required_vehicles=[7], excluded_vehicles=[7])]),
        r"^jobs\[0\]\.excluded_vehicles: 7 is required and excluded",
    ),
    (
        vroom([job(service=5, service_per_type={"van": 9})], VAN | {"type": "van"}),
        r"^jobs\[0\]\.service_per_type: .*not supported",
    ),
    (vroom([], {"id": 1}), r"^vehicles\[0\]: a vehicle needs start_index or end_index"),
    (vroom([], VAN | {"start_index": 9}), r"^vehicles\[0\]\.start_index: 9 is not a row"),
    (vroom([], VAN | {"start_index": None, "start": [1, 2]}), r"^vehicles\[0\]\.start_index: is needed beside start"),
    (vroom([], VAN | {"time_window": [9, 1]}), r"^vehicles\[0\]\.time_window: the window ends \(1\)"),
    (vroom([], VAN | {"speed_factor": 0}), r"^vehicles\[0\]\.speed_factor: must be above 0"),
    (vroom([], VAN | {"speed_factor": 6}), r"^vehicles\[0\]\.speed_factor: 6 is above 5"),
    (vroom([], VAN | {"max_tasks": -1}), r"^vehicles\[0\]\.max_tasks: -1 is negative"),
    (vroom([], VAN | {"max_distance": 5}), r"distances: is needed for vehicles\[0\]\.max_distance"),
    (vroom([], VAN | {"costs": {"per_km": 5}}), r"distances: is needed for vehicles\[0\]\.costs\.per_km"),
    (vroom([], VAN | {"costs": {"fixed": -5}}), r"^vehicles\[0\]\.costs\.fixed: -5 is negative"),
    (vroom([], VAN | {"breaks": [{"id": 1}]}), r"^vehicles\[0\]\.breaks\[0\]\.service: a break lasts at least"),
    (
        vroom([], VAN | {"breaks": [{"id": 1, "service": 9, "max_load": [1]}]}),
        r"^vehicles\[0\]\.breaks\[0\]\.max_load: .*not supported",
    ),
    (
        vroom([], VAN | {"costs": {"per_hour": 9}}, matrices=table(costs=MATRIX)),
        r"^vehicles\[0\]\.costs\.per_hour: cannot be counted",
    ),
    (vroom([], weights={}, matrices=table(costs=MATRIX)), r"^matrices\.car\.costs: .*cannot be added to weights"),
    (vroom([], weights={"traffic": 1}), r"^weights\.traffic: there is no such weight"),
    (vroom([], weights={"travel": -1}), r"^weights\.travel: -1 is negative"),
    (vroom([], weights={"imbalance": {"over": 1}}), r"^weights\.imbalance\.over: there is no such weight"),
    (vroom([job(delivery=[1])], VAN | {"capacity": [1, 2]}), "same number of dimensions"),
    (vroom([], published=[{"job": 5, "vehicle": 7, "start": 0}]), r"^published\[0\]\.job: there is no job 5"),
]


@pytest.mark.parametrize(("document", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_cannot_be_read_is_refused_in_words_that_name_the_place(document: Any, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        problem_from_vroom(document)


def test_a_file_without_jobs_or_vehicles_is_an_empty_day() -> None:
    nobody = read_problem({"vehicles": [], "jobs": []})
    assert plan_to_vroom(nobody, Plan())["summary"]["cost"] == 0
    idle = read_problem(vroom([]))
    assert plan_to_vroom(idle, Plan()) == plan_to_vroom(idle, read_plan(idle, {"code": 0, "routes": []}))
    alone = read_problem({"vehicles": [], "jobs": [job()], "matrices": table()})
    answer = plan_to_vroom(alone, Plan((), (Unplanned("1", "nobody_on_shift"),)))
    assert answer["unassigned"][0]["id"] == 1
    assert answer["summary"]["unassigned"] == 1


def test_numbers_may_be_written_with_a_point_and_ids_may_be_zero() -> None:
    problem = problem_from_vroom(vroom([job(id=0.0, service=5.0, location_index=2.0)], VAN | {"id": 0}))
    assert (problem.visits[0].id, problem.visits[0].location, problem.visits[0].service_seconds) == ("0", 2, 5)
    assert problem.technicians[0].id == "0"


def test_windows_may_stand_in_any_order() -> None:
    problem = problem_from_vroom(vroom([job(time_windows=[[20, 30], [0, 10]])]))
    assert problem.visits[0].windows == (TimeWindow(0, 10), TimeWindow(20, 30))


def test_null_and_what_is_farther_than_any_road_is_no_road() -> None:
    far = [[0, None, 4_294_967_295], [10, 0, 10], [20, 10, 0]]
    problem = problem_from_vroom(vroom([], matrices={"car": {"durations": far}}))
    assert problem.durations[0].tolist() == [0, UNREACHABLE, UNREACHABLE]


def test_the_older_words_matrix_and_amount_are_understood() -> None:
    document = vroom([job(amount=[2])], VAN | {"capacity": [1]})
    document["matrix"] = document.pop("matrices")["car"]["durations"]
    problem = problem_from_vroom(document)
    assert problem.durations.tolist() == MATRIX
    assert problem.visits[0].delivery == (2,)
    both = problem_from_vroom(vroom([job(amount=[2], pickup=[1])]))
    assert (both.visits[0].delivery, both.visits[0].pickup) == ((), (1,))


def test_every_vehicle_drives_on_the_matrix_of_its_profile() -> None:
    slow, short = [[0, 30, 60], [30, 0, 30], [60, 30, 0]], [[0, 1, 2], [1, 0, 1], [2, 1, 0]]
    matrices = {"bike": {"durations": slow, "distances": short}} | table(distances=MATRIX) | {"boat": {}}
    file = read_problem(vroom([job(), job(id=2, location_index=2)], VAN, BIKE, matrices=matrices))
    assert [roads.durations.tolist() for roads in file.problem.roads] == [slow, MATRIX]
    assert [technician.profile for technician in file.problem.technicians] == [1, 0]
    plan = plan_of_orders(file.problem, [["1"], ["2"]])
    answer = plan_to_vroom(file, plan)
    routes = [[(step["arrival"], step["duration"], step["distance"]) for step in r["steps"]] for r in answer["routes"]]
    assert routes == [[(0, 0, 0), (10, 10, 10), (20, 20, 20)], [(0, 0, 0), (60, 60, 2), (120, 120, 4)]]
    assert answer["summary"]["cost"] == 140
    again = read_plan(file, json.loads(json.dumps(answer)))
    assert evaluate(file.problem, again) == evaluate(file.problem, plan)


def test_a_table_of_costs_prices_the_vehicles_of_its_profile_alone() -> None:
    costs = [[0, 7, 9], [3, 0, 5], [1, 2, 0]]
    matrices = table(costs=costs, distances=MATRIX) | {"bike": {"durations": MATRIX, "distances": MATRIX}}
    jobs = [job(), job(id=2, location_index=2)]
    for bike, cost in ((BIKE, 40), (BIKE | {"costs": {"fixed": 5, "per_hour": 7200, "per_km": 1000}}, 5 + 80 + 40)):
        file = read_problem(vroom(jobs, VAN, bike, matrices=matrices))
        answer = plan_to_vroom(file, plan_of_orders(file.problem, [["1"], ["2"]]))
        assert [route["cost"] for route in answer["routes"]] == [7 + 3, cost]
        assert [route["distance"] for route in answer["routes"]] == [20, 40]


def test_what_one_profile_cannot_reach_another_can() -> None:
    apart = [[0, 10, None], [10, 0, None], [None, None, 0]]
    document = vroom([job(location_index=2)], VAN, BIKE, matrices=table() | {"bike": {"durations": apart}})
    file = read_problem(document)
    judged = [
        evaluate(file.problem, plan_of_orders(file.problem, orders), unfinished=True)
        for orders in ([["1"]], [[], ["1"]])
    ]
    assert [[violation.code for violation in one.violations] for one in judged] == [[], ["unreachable"]]


def test_a_type_matters_only_where_a_vehicle_has_it() -> None:
    problem_from_vroom(vroom([job(service=5, service_per_type={"lorry": 9})], VAN | {"type": "van"}))


def test_what_nothing_reads_is_said_and_what_counts_only_beside_weights_too() -> None:
    file = read_problem(vroom([job(time_window=[0, 1], due=5), job(id=2, time_window=[0, 1])], sped_factor=2))
    assert set(file.warnings) == {
        "sped_factor: nothing reads this key",
        "jobs[0].time_window: nothing reads this key",
        "jobs[0].due: counts only beside `weights` or with a policy",
    }
    assert read_problem(vroom([job(due=5)], weights={"tardiness": 1})).warnings == ()


def test_a_wish_whose_weight_is_zero_is_said_by_its_key() -> None:
    jobs = [job(id=1, due=5, due_weight=2), job(id=2, preferred_windows=[[0, 9]])]
    file = read_problem(vroom(jobs, VAN | {"overtime": {"from": 5, "seconds": 1}}, weights={"travel": 1}))
    assert file.warnings == (
        "jobs[0].due: counts nothing, the weight `tardiness` or `risk` is 0",
        "jobs[0].due_weight: counts nothing, the weight `tardiness` is 0",
        "jobs[1].preferred_windows: counts nothing, the weight `missed_preference` is 0",
        "vehicles[0].overtime: counts nothing, the weight `overtime` is 0",
    )
    weights = {"tardiness": 1, "missed_preference": 1, "overtime": 1}
    again = read_problem(vroom(jobs, VAN | {"overtime": {"from": 5, "seconds": 1}}, weights=weights))
    assert again.warnings == ()


def test_lateness_without_its_own_weight_is_said_though_the_risk_of_it_counts() -> None:
    file = read_problem(vroom([job(due=5)], weights={"risk": 1}))
    assert file.warnings == ("jobs[0].due: being late costs nothing, the weight `tardiness` is 0",)
    assert read_problem(vroom([job(due=5)], weights={"risk": 1, "tardiness": 1})).warnings == ()


def test_every_soft_key_without_a_weight_is_named() -> None:
    jobs = [job(id=1, priority=3, mandatory=True, grid="g"), job(id=2, priority=3, drop_cost=9)]
    van = VAN | {"grids": [{"grid": "g"}]}
    published = [{"job": 1, "vehicle": van["id"], "start": 0}]
    weights = {"travel": 1, "risk_buffer": 60, "imbalance": {"above": 9}}
    assert set(read_problem(vroom(jobs, van, weights=weights, published=published)).warnings) == {
        "jobs[0].grid: counts nothing, the weight `outside_grid` is 0",
        "jobs[0].mandatory: counts nothing, the weight `mandatory` is 0",
        "jobs[0].priority: counts nothing, the weight `drop` is 0",
        "vehicles[0].grids: counts nothing, the weight `outside_grid` or `rolling_share` is 0",
        "published: counts nothing, the weight `change_technician` or `change_time` or `change_notified` is 0",
        "weights.risk_buffer: counts nothing, the weight `risk` is 0",
        "weights.imbalance.above: counts nothing without `per_second`",
    }
    full = weights | {"outside_grid": 1, "mandatory": 1, "drop": 1, "change": 1, "risk": 1, "imbalance": 1}
    assert read_problem(vroom(jobs, van, weights=full, published=published)).warnings == ()


def test_weights_may_be_nested_as_the_documentation_has_them() -> None:
    weights = {
        "travel": 2,
        "imbalance": {"above": 24_300, "per_second": 0.5},
        "change": {"technician": 3, "time": 0.1, "notified": 9},
    }
    found = problem_from_vroom(vroom([], weights=weights)).weights
    assert (found.travel, found.imbalance_above, found.imbalance) == (2, 24_300, 0.5)
    assert (found.change_technician, found.change_time, found.change_notified) == (3, 0.1, 9)
    assert (found.tardiness, found.drop) == (0, 0)
    assert problem_from_vroom(vroom([], weights={"change": 7})).weights.change_technician == 7


def test_a_policy_takes_the_place_of_the_files_own_weights() -> None:
    file = read_problem(vroom([job(due=5)], weights={"travel": 9}), Weights(travel=3))
    assert file.problem.weights.travel == 3
    assert not file.lexicographic


def test_a_table_of_costs_is_what_travel_costs_and_metres_stay_metres() -> None:
    costs, metres = [[0, 7, 9], [3, 0, 5], [1, 2, 0]], [[0, 100, 200], [100, 0, 100], [200, 100, 0]]
    file = read_problem(vroom([job()], matrices=table(costs=costs, distances=metres)))
    answer = plan_to_vroom(file, plan_of_orders(file.problem, [["1"]]))
    assert answer["summary"]["cost"] == 7 + 3
    assert (answer["summary"]["duration"], answer["summary"]["distance"]) == (20, 200)


def test_descriptions_coordinates_and_loads_come_back() -> None:
    van = VAN | {"description": "van", "start": [1.5, 2.5], "end": [1.5, 2.5], "capacity": [5, 5]}
    jobs = [
        job(description="school", location=[3.5, 4.5], delivery=[2, 0], pickup=[0, 1]),
        job(id=2, description="left", skills=[4]),
    ]
    file = read_problem(vroom(jobs, van))
    answer = plan_to_vroom(file, plan_of_orders(file.problem, [["1"]]))
    (route,) = answer["routes"]
    start, school, end = route["steps"]
    assert (route["description"], start["location"], start["location_index"]) == ("van", [1.5, 2.5], 0)
    assert (school["description"], school["location"], school["job"]) == ("school", [3.5, 4.5], 1)
    assert (start["load"], school["load"], end["load"]) == ([2, 0], [0, 1], [0, 1])
    assert (route["delivery"], route["amount"], route["pickup"]) == ([2, 0], [2, 0], [0, 1])
    assert answer["unassigned"][0]["description"] == "left"


def test_a_route_without_own_end_ends_at_its_last_job() -> None:
    file = read_problem(vroom([job(id=4, location_index=2)], {"id": 1, "start_index": 0}))
    answer = plan_to_vroom(file, plan_of_orders(file.problem, [["4"]]))
    assert [step["location_index"] for step in answer["routes"][0]["steps"]] == [0, 2, 2]
    assert answer["summary"]["duration"] == 20


def test_breaks_keep_the_numbers_of_the_file() -> None:
    van = VAN | {
        "time_window": [0, 1000],
        "breaks": [
            {"id": 40, "service": 5, "time_windows": [[500, 600]], "description": "tea"},
            {"id": 30, "service": 5, "time_windows": [[5, 6]]},
        ],
    }
    file = read_problem(vroom([job()], van))
    answer = plan_to_vroom(file, plan_of_orders(file.problem, [["1"]]))
    steps = [step for step in answer["routes"][0]["steps"] if step["type"] == "break"]
    assert [(step["id"], step.get("description")) for step in steps] == [(30, None), (40, "tea")]
    assert evaluate(file.problem, read_plan(file, json.loads(json.dumps(answer)))).feasible


def test_the_steps_of_vehicles_are_a_plan_at_the_best_times() -> None:
    van = VAN | {"steps": [{"type": "start"}, {"type": "job", "id": 2}, {"type": "job", "id": 1}, {"type": "end"}]}
    file = read_problem(vroom([job(time_windows=[[100, 200]]), job(id=2, location_index=2)], van))
    plan = plan_of_steps(file)
    assert plan is not None
    assert plan.routes[0].visit_ids == ("2", "1")
    assert evaluate(file.problem, plan).feasible
    assert plan_of_steps(read_problem(vroom([]))) is None


def test_an_order_no_times_can_keep_is_timed_as_early_as_possible_and_judged() -> None:
    file = read_problem(vroom([job(time_windows=[[0, 5]])]))
    evaluation = evaluate(file.problem, plan_of_orders(file.problem, [["1"]]), unfinished=True)
    assert [violation.code for violation in evaluation.violations] == ["outside_window"]


BAD_ANSWERS: list[tuple[Any, str]] = [
    ({"code": 2, "error": "No vehicle defined."}, r"^code: the answer reports an error: No vehicle defined"),
    ({"code": 0}, r"^routes: is missing"),
    ({"routes": [{"steps": []}]}, r"^routes\[0\]\.vehicle: must name a vehicle"),
    ({"routes": [{"vehicle": 7, "steps": [{"type": "pickup", "id": 1}]}]}, r"steps\[0\]\.type: 'pickup' is none of"),
    (
        {"routes": [{"vehicle": 7, "steps": [{"type": "start", "arrival": 0}, {"type": "job", "id": 1}]}]},
        r"^routes\[0\]\.steps\[1\]\.arrival: is missing",
    ),
    (
        {"routes": [{"vehicle": 7, "steps": [{"type": "job", "arrival": 0}]}]},
        r"^routes\[0\]\.steps\[0\]\.id: must name a job",
    ),
    ({"routes": [{"vehicle": 7, "steps": []}, {"vehicle": 7, "steps": []}]}, r"^routes\[1\]: .*has two routes"),
]


@pytest.mark.parametrize(("document", "message"), BAD_ANSWERS, ids=[message for _, message in BAD_ANSWERS])
def test_an_answer_that_cannot_be_read_is_refused_in_words(document: Any, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        read_plan(read_problem(vroom([job()])), document)


def test_an_answer_about_something_else_is_judged_and_never_crashes() -> None:
    file = read_problem(vroom([job()]))
    steps = [{"type": "start", "arrival": 0}, {"type": "job", "id": 99, "arrival": 5}, {"type": "end", "arrival": 9}]
    answer = plan_to_vroom(file, read_plan(file, {"routes": [{"vehicle": 3, "steps": steps}]}))
    codes = {item["code"] for item in answer["summary"]["violations"]}
    assert codes == {"unknown_technician", "unknown_visit", "not_accounted"}


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEYS = {
    "job": ["id", "location_index", "service", "setup", "time_windows", "skills", "priority", "delivery", "due", "pin",
            "drop_cost", "grid", "preferred_windows", "required_vehicles", "description", "earliest", "mandatory"],
    "vehicle": ["id", "start_index", "end_index", "time_window", "breaks", "skills", "costs", "capacity", "max_tasks",
                "speed_factor", "grids", "overtime", "frozen", "skill_levels", "steps", "profile", "type"],
    "root": ["weights", "matrices", "matrix", "published", "now", "skill_names", "shipments", "precision"],
}  # fmt: skip


@given(st.data())
def test_no_value_anywhere_crashes_the_reader(data: st.DataObject) -> None:
    document = vroom([job()])
    where = data.draw(st.sampled_from(sorted(KEYS)))
    target = {"job": document["jobs"][0], "vehicle": document["vehicles"][0], "root": document}[where]
    target = dict(target) if where == "vehicle" else target
    if where == "vehicle":
        document["vehicles"] = [target]
    target[data.draw(st.sampled_from(KEYS[where]))] = data.draw(anything)
    try:
        file = read_problem(document)
        plan = plan_of_steps(file)
    except ProblemError:
        return
    plan_to_vroom(file, plan or Plan((), (Unplanned(next(iter(file.jobs)), "all_full"),)))


@given(anything)
def test_no_answer_crashes_the_reader(document: Any) -> None:
    file = read_problem(vroom([job()]))
    for routes in (document, {"routes": document}, {"routes": [{"vehicle": 7, "steps": document}]}):
        with suppress(ProblemError):
            plan_to_vroom(file, read_plan(file, routes))


def test_a_plan_that_gives_no_reasons_is_not_said_to_be_full() -> None:
    file = read_problem(vroom([job(), job(id=2)]))
    answer = plan_to_vroom(file, plan_of_orders(file.problem, [["1"]]))
    (left_out,) = answer["unassigned"]
    assert left_out["id"] == 2
    assert not {"reason", "text", "detail"} & left_out.keys()
    assert answer["summary"]["violations"] == []
    assert [item.reason for item in read_plan(file, answer).unplanned] == [NOT_ASKED]
