"""Files of the research world: read as what they are, and the known best costs come out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.evaluation.evaluate import evaluate
from optimizer.files.instances import read_text
from optimizer.files.vroom import plan_to_vroom, read_plan, read_problem
from optimizer.problem import ProblemError, StopRule, TimeWindow
from optimizer.solve import solve

SOLOMON = """R000

VEHICLE
NUMBER     CAPACITY
  2         10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0         0          0          0        100          0
    1      3         4          5         20         30          10
    2      1         1          7          0         90          10
"""
ORTEC = """NAME : tiny
TYPE : VRPTW
DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
VEHICLES : 2
EDGE_WEIGHT_FORMAT : FULL_MATRIX
CAPACITY : 10
EDGE_WEIGHT_SECTION
0\t5\t7
4\t0\t2
9\t3\t0
NODE_COORD_SECTION
1 0 0
2 0 0
3 0 0
DEMAND_SECTION
1\t0
2\t4
3\t5
DEPOT_SECTION
1
-1
SERVICE_TIME_SECTION
1\t0
2\t10
3\t20
TIME_WINDOW_SECTION
1\t0\t1000
2\t50\t60
3\t0\t500
EOF
"""


def test_a_solomon_instance_is_read_to_a_thousandth() -> None:
    file = read_problem(read_text(SOLOMON))
    problem = file.problem
    assert problem.durations.tolist() == [[0, 5000, 1414], [5000, 0, 3606], [1414, 3606, 0]]
    assert [technician.capacity for technician in problem.technicians] == [(10,), (10,)]
    first = problem.visits[0]
    assert (first.id, first.location, first.service_seconds, first.delivery) == ("1", 1, 10_000, (5,))
    assert first.windows == (TimeWindow(20_000, 30_000),)
    answer = plan_to_vroom(file, solve(problem, StopRule(iterations=50)))
    assert answer["summary"]["objective"] == pytest.approx(2 * 5 + 2 * 1.414)
    assert answer["summary"]["routes"] == 2  # 12 do not go into 10


def test_an_ortec_instance_keeps_its_own_seconds() -> None:
    file = read_problem(read_text(ORTEC))
    assert file.problem.durations.tolist() == [[0, 5, 7], [4, 0, 2], [9, 3, 0]]
    assert [visit.id for visit in file.problem.visits] == ["1", "2"]
    answer = plan_to_vroom(file, solve(file.problem, StopRule(iterations=50)))
    assert answer["summary"]["cost"] == 7 + 3 + 4
    assert "objective" not in answer["summary"]


def test_routes_as_researchers_write_them_are_judged() -> None:
    file = read_problem(read_text(ORTEC))
    plan = read_plan(file, read_text("Route #1: 2 1\nCost 14\n", solution=True))
    assert evaluate(file.problem, plan).violations == ()
    assert evaluate(file.problem, plan).total == 14
    wrong = evaluate(file.problem, read_plan(file, read_text("Route #1: 1\n", solution=True)))
    assert [violation.code for violation in wrong.violations] == ["not_accounted"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("hello", "is neither VROOM's JSON nor"),
        ('{"jobs": [1,}', "line 1, column 13: is not JSON"),
        ('{"now": NaN}', "NaN is not a number"),
        (SOLOMON.replace("30          10", "30"), "line 11: a customer has 7 numbers, this has 6"),
        (SOLOMON.replace("3         4 ", "x         4 "), "line 11: 'x' is not a number"),
        (SOLOMON.replace("20         30", "40         30"), "line 11: a demand, a service time or a window"),
        (SOLOMON[: SOLOMON.index("CUSTOMER")], "is neither VROOM's JSON nor"),
        (ORTEC.replace("EXPLICIT", "EUC_2D"), "EDGE_WEIGHT_TYPE: must be EXPLICIT, not EUC_2D"),
        (ORTEC.replace("9\t3\t0\n", ""), "EDGE_WEIGHT_SECTION: has 6 numbers, 3 × 3 are needed"),
        (ORTEC.replace("3\t20\n", ""), "node 3: has no demand or no service time"),
        (ORTEC.replace("3\t5\n", "9\t5\n"), "there is no node 9"),
    ],
)
def test_what_is_no_instance_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read_problem(read_text(text))
    assert message in str(refused.value)


@pytest.mark.realdata
def test_every_public_instance_is_read_whole(realdata: Path) -> None:
    known = json.loads((realdata / "best_known.json").read_text())
    for path in sorted(path for folder in ("solomon", "homberger", "ortec") for path in (realdata / folder).iterdir()):
        file = read_problem(read_text(path.read_text()))
        assert len(file.problem.durations) == len(file.jobs) + 1
        assert all(visit.windows and visit.delivery for visit in file.problem.visits)
        if path.parent.name != "ortec":
            expected = known[path.stem]
            assert len(file.vehicles) == expected["vehicles"]
            assert file.problem.technicians[0].capacity == (expected["capacity"],)


@pytest.mark.realdata
@pytest.mark.slow
def test_the_best_known_distance_of_c101_comes_out_to_the_cent(realdata: Path) -> None:
    known = json.loads((realdata / "best_known.json").read_text())["C101"]
    file = read_problem(read_text((realdata / "solomon" / "C101.txt").read_text()))
    answer = plan_to_vroom(file, solve(file.problem, StopRule(iterations=4000), seed=1))
    assert answer["summary"]["objective"] == pytest.approx(known["best_known_cost"], abs=0.01)
    assert answer["summary"]["routes"] == known["solved_with_vehicles"]
