"""`solve` and `evaluate`: files in, files out, and a sentence for everything that goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dispatch.cli import main
from optimizer.files.generated import generate_day
from optimizer.files.vroom import problem_to_vroom

MATRIX = [[0, 10, 20], [10, 0, 10], [20, 10, 0]]
DAY: dict[str, Any] = {
    "vehicles": [{"id": 0, "start_index": 0, "end_index": 0, "time_window": [0, 100]}],
    "jobs": [{"id": 0, "location_index": 1, "service": 5}, {"id": 4, "location_index": 2, "skills": [3]}],
    "matrices": {"car": {"durations": MATRIX}},
}


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner(catch_exceptions=False).invoke(main, list(arguments), input=stdin)


@pytest.fixture
def problem(tmp_path: Path) -> Path:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(DAY))
    return path


def test_a_file_is_planned_and_its_answer_is_judged_at_the_same_cost(problem: Path, tmp_path: Path):
    solution = tmp_path / "solution.json"
    planned = run("solve", str(problem), "-o", str(solution), "--seconds", "1")
    assert (planned.exit_code, planned.stdout) == (0, "")
    answer = json.loads(solution.read_text())
    assert (answer["code"], answer["summary"]["cost"], answer["summary"]["unassigned"]) == (0, 20, 1)
    assert [step.get("id") for step in answer["routes"][0]["steps"]] == [None, 0, None]
    assert answer["unassigned"][0]["reason"] == "no_skill"
    assert list(tmp_path.iterdir()) == [problem, solution] or set(tmp_path.iterdir()) == {problem, solution}
    judged = run("evaluate", str(problem), str(solution))
    assert judged.exit_code == 0
    said = json.loads(judged.stdout)["summary"]
    assert said == {key: value for key, value in answer["summary"].items() if key != "computing_times"}


def test_a_problem_may_come_from_standard_input_and_the_answer_goes_to_standard_output():
    planned = run("solve", "--seconds", "1", stdin=json.dumps(DAY))
    assert planned.exit_code == 0
    assert json.loads(planned.stdout)["summary"]["routes"] == 1


@pytest.mark.parametrize(
    ("empty", "left"), [({"jobs": []}, 0), ({"vehicles": []}, 2), ({"jobs": [], "vehicles": []}, 0)]
)
def test_a_day_without_jobs_or_without_vehicles_is_an_empty_plan(empty: dict[str, Any], left: int):
    planned = run("solve", "--seconds", "1", stdin=json.dumps(DAY | empty))
    assert planned.exit_code == 0, planned.stderr
    answer = json.loads(planned.stdout)
    assert (answer["routes"], answer["summary"]["unassigned"], answer["summary"]["cost"]) == ([], left, 0)


def test_a_plan_that_breaks_a_rule_is_judged_and_the_exit_code_says_so(problem: Path, tmp_path: Path):
    steps = [{"type": "start", "arrival": 0}, {"type": "job", "id": 4, "arrival": 20}, {"type": "end", "arrival": 30}]
    solution = tmp_path / "solution.json"
    solution.write_text(json.dumps({"code": 0, "routes": [{"vehicle": 0, "steps": steps}], "unassigned": []}))
    judged = run("evaluate", str(problem), str(solution))
    assert judged.exit_code == 4
    found = {item["code"]: item["cause"] for item in json.loads(judged.stdout)["summary"]["violations"]}
    assert found == {"missing_skill": "skills", "travel_too_short": "lead_time", "not_accounted": "not_accounted"}


def test_the_steps_of_vehicles_are_judged_where_no_solution_is_named(tmp_path: Path):
    path = tmp_path / "steps.json"
    vehicle = DAY["vehicles"][0] | {"steps": [{"type": "start"}, {"type": "job", "id": 0}, {"type": "end"}]}
    path.write_text(json.dumps(DAY | {"vehicles": [vehicle]}))
    judged = run("evaluate", str(path))
    assert judged.exit_code == 0
    assert json.loads(judged.stdout)["summary"]["cost"] == 20
    begun = run("solve", str(path), "--seconds", "1")
    assert json.loads(begun.stdout)["summary"]["cost"] == 20
    vehicle["steps"][1]["id"] = 4
    path.write_text(json.dumps(DAY | {"vehicles": [vehicle]}))
    refused = run("solve", str(path), "--seconds", "1")
    assert refused.exit_code == 2
    assert (
        "vehicles[0].steps: cannot be where the search begins: Skill 3 at level 1 is missing. (job 4)" in refused.stderr
    )


def test_a_policy_weighs_the_file_instead_of_its_own_weights(problem: Path):
    jobs = [job | {"due": 0, "drop_cost": 9} for job in DAY["jobs"]]
    document = json.dumps(DAY | {"jobs": jobs, "weights": {"travel": 7}})
    own = json.loads(run("solve", "--seconds", "1", stdin=document).stdout)["summary"]
    assert (own["cost"], own["terms"]) == (18, {"dropped": 18})  # 7 × 20 is more than 9
    policy = run("solve", "--seconds", "1", "--policy", "shortest_drive", stdin=document)
    terms = json.loads(policy.stdout)["summary"]["terms"]
    assert terms == {"dropped": 18}
    refused = run("solve", str(problem), "--policy", "fastest")
    assert refused.exit_code == 2
    assert (
        "there is no policy 'fastest'; known are balanced, sla_first, shortest_drive, keep_the_plan" in refused.stderr
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the file is empty"),
        ("what", "is neither VROOM's JSON nor a Solomon, Homberger or ORTEC instance"),
        ('{"vehicles": [', "line 1, column 15: is not JSON"),
        (json.dumps(DAY | {"jobs": [{"id": 1}]}), "jobs[0].location_index: is needed"),
        (
            json.dumps(DAY | {"jobs": [{"id": 1, "location_index": 1, "time_windows": [[9, 5]]}]}),
            "jobs[0].time_windows[0]: the window ends (5) before it starts (9)",
        ),
        (json.dumps(DAY | {"shipments": [{}]}), "shipments: shipments (a pickup and a delivery that belong together)"),
        (json.dumps(DAY | {"matrices": {}}), "matrices.car.durations: travel times are needed for vehicles[0]"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence_that_names_the_place(text: str, sentence: str):
    refused = run("solve", "--seconds", "1", stdin=text)
    assert refused.exit_code == 2
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr
    error = json.loads(refused.stdout)
    assert error["code"] == 2
    assert sentence in error["error"]


def test_a_file_that_is_not_there_or_a_folder_that_is_not_is_said(problem: Path, tmp_path: Path):
    missing = run("solve", str(tmp_path / "none.json"))
    assert (missing.exit_code, "none.json: cannot be read: No such file" in missing.stderr) == (2, True)
    nowhere = run("solve", str(problem), "--seconds", "1", "-o", str(tmp_path / "no" / "out.json"))
    assert nowhere.exit_code == 2
    assert "out.json: cannot be written: No such file or directory" in nowhere.stderr
    nothing = run("evaluate", str(problem))
    assert nothing.exit_code == 2
    assert "there is no plan to judge" in nothing.stderr


def test_keys_that_nothing_reads_are_said_and_do_not_stop_the_planning():
    jobs = [DAY["jobs"][0] | {"time_window": [0, 5]}]
    planned = run("solve", "--seconds", "1", stdin=json.dumps(DAY | {"jobs": jobs}))
    assert planned.exit_code == 0
    assert "jobs[0].time_window: nothing reads this key" in planned.stderr


@contextmanager
def solving(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`solve` of `day.json` to `plan.json` for ten minutes, as from a terminal, and its child."""
    path, output = tmp_path / "day.json", tmp_path / "plan.json"
    path.write_text(json.dumps(problem_to_vroom(generate_day(60, 6, 1))))
    # What a shell starts in the background is told to ignore Ctrl-C.
    start = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from dispatch.cli import main; main()"
    )
    program = [sys.executable, "-c", start, "solve", str(path), "-o", str(output)]
    with subprocess.Popen([*program, "--seconds", "600"], stderr=subprocess.PIPE, start_new_session=True) as running:
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
        deadline = time.monotonic() + 60
        while not children.read_text().split() and time.monotonic() < deadline:
            time.sleep(0.1)
        child = int(children.read_text().split()[0])
        yield running, child
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_ctrl_c_ends_the_search_and_writes_the_best_plan_so_far(tmp_path: Path):
    with solving(tmp_path) as (running, _):
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        said = running.stderr.read().decode()
        assert running.wait(60) == 0
    assert "Ending with the best plan so far" in said
    assert set(tmp_path.iterdir()) == {tmp_path / "day.json", tmp_path / "plan.json"}
    judged = run("evaluate", str(tmp_path / "day.json"), str(tmp_path / "plan.json"))
    assert judged.exit_code == 0
    summary = json.loads(judged.stdout)["summary"]
    assert (summary["violations"], summary["unassigned"] < 20) == ([], True)


def test_ctrl_c_twice_leaves_nothing_behind_and_says_so(tmp_path: Path):
    with solving(tmp_path) as (running, child):
        os.kill(child, signal.SIGSTOP)  # so that no plan is there in between
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        said = os.read(running.stderr.fileno(), 1000).decode()
        running.send_signal(signal.SIGINT)
        said += running.stderr.read().decode()
        assert running.wait(30) == 130
    assert "Ctrl-C again ends without one" in said
    assert "Stopped; nothing was written." in said
    assert set(tmp_path.iterdir()) == {tmp_path / "day.json"}
