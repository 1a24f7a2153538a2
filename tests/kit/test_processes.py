from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.processes.supervisor import Child, ProcessesError, Supervisor, answers, free_port, running, stop_running
from tests.databases import ROOT

PATIENCE_SECONDS = 30

PROGRAM = """
import sys
from pathlib import Path
from kit.processes.supervisor import Child, Supervisor
home = Path(sys.argv[1])
children = [Child(f"child{n}", [sys.executable, "-c", code]) for n, code in enumerate(sys.argv[2:])]
up = Supervisor(home, url="http://127.0.0.1:1/", ports={"web": 1}, grace_seconds=1)
up.run(children, lambda: print("ready", flush=True))
print("ended", flush=True)
"""
SLEEPER = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
STUBBORN = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER


def start(home: Path, *children: str) -> subprocess.Popen[str]:
    """A supervisor in a process of its own, ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home), *children], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def until(question: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not question():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pids(home: Path, name: str = "child0") -> list[int]:
    path = home / "logs" / f"{name}.log"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def first_pid(home: Path, name: str = "child0") -> int:
    until(lambda: len(pids(home, name)) > 0)
    return pids(home, name)[0]


def finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    return output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_also_a_child_that_will_not(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path, SLEEPER, STUBBORN)
    children = [first_pid(tmp_path, "child0"), first_pid(tmp_path, "child1")]
    process.send_signal(number)
    assert finish(process) == "ended\n"
    assert process.returncode == 0
    assert not any(is_alive(pid) for pid in children)
    assert running(tmp_path) is None


def test_a_child_that_crashes_is_started_again(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEPER)
    os.kill(first_pid(tmp_path), signal.SIGKILL)
    until(lambda: len(pids(tmp_path)) == 2)
    assert is_alive(pids(tmp_path)[1])
    assert stop_running(tmp_path)
    finish(process)


def test_children_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEPER)
    child = first_pid(tmp_path)
    process.kill()
    finish(process)
    until(lambda: not is_alive(child))
    assert running(tmp_path) is None, "the note it left behind does not count"


def test_other_commands_find_the_running_one_and_stop_it(tmp_path: Path) -> None:
    assert running(tmp_path) is None
    assert stop_running(tmp_path) is False
    process = start(tmp_path, SLEEPER)
    found = running(tmp_path)
    assert found is not None
    assert (found.pid, found.url, found.ports) == (process.pid, "http://127.0.0.1:1/", {"web": 1})
    assert stop_running(tmp_path) is True
    finish(process)
    assert running(tmp_path) is None


def test_a_recycled_process_number_is_not_taken_for_the_running_one(tmp_path: Path) -> None:
    note = {"pid": os.getpid(), "birth": "another boot/1", "url": "", "ports": {}, "ready": True}
    (tmp_path / "run.json").write_text(json.dumps(note))
    assert running(tmp_path) is None
    assert stop_running(tmp_path) is False


def test_a_second_one_for_the_same_home_is_refused_with_the_address_of_the_first(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEPER)
    with pytest.raises(ProcessesError, match="runs already"):
        Supervisor(tmp_path).run([], lambda: None)
    assert running(tmp_path) is not None, "the refused one does not take the first one's note away"
    stop_running(tmp_path)
    finish(process)


def test_a_child_that_never_starts_is_named_with_its_last_words(tmp_path: Path) -> None:
    child = Child("web", [sys.executable, "-c", "raise SystemExit('no such road')"], ready=lambda: False)
    with pytest.raises(ProcessesError, match=r"(?s)`web` ends again and again.*no such road"):
        Supervisor(tmp_path, start_attempts=1).run([child], lambda: None)
    assert not (tmp_path / "run.json").exists()


def test_what_else_must_live_is_looked_after_while_it_runs(tmp_path: Path) -> None:
    watched: list[float] = []

    def watch() -> None:
        watched.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGTERM)

    Supervisor(tmp_path, watch=watch).run([], lambda: None)
    assert len(watched) == 1


def test_readiness_is_an_answer_over_http(tmp_path: Path) -> None:
    port = free_port()
    ready = answers(f"http://127.0.0.1:{port}/")
    assert not ready()
    seen: list[bool] = []

    def on_ready() -> None:
        seen.append(ready())
        os.kill(os.getpid(), signal.SIGTERM)

    server = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    Supervisor(tmp_path).run([Child("web", server, ready=ready)], on_ready)
    assert seen == [True]
