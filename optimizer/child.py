"""Runs `solve` in a process of its own. The process can be cancelled, it can crash without harm, and it never outlives
the process that started it.

The parent starts `python -m optimizer.child` and writes a task to its standard input: solve a problem,
or repair a published day. It reads frames from a pipe
(a length and a pickle, both written by our own code): progress, the result, or an error. The input stays open. When the
parent dies, the child sees the end of its input and kills its whole process group. One byte on the input asks for the
best plan so far.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Protocol, Self

from optimizer.disruptions import Disruption
from optimizer.evaluation.evaluate import evaluate
from optimizer.improve.improve import die_with_parent
from optimizer.problem import Plan, Problem, ProblemError, Progress, StopRule
from optimizer.problem.kept import unpack
from optimizer.replan import Budget, Repairs, replan
from optimizer.solve import SolveResult, continued, solve_and_judge

HEARTBEAT_SECONDS = 0.5
POLL_SECONDS = 0.1
START_SECONDS = 300.0
"""How long a child may take to start and, the first time on a machine, to compile the search."""

GRACE_SECONDS = 60.0
"""How long beyond its limit a child may take before it is given up."""

HEAD = struct.Struct("!Q")


class SolveCancelled(RuntimeError):
    """The caller asked to stop. The child is gone, and there is no plan."""


class SolveFailed(RuntimeError):
    """The child ended without an answer. The message says how."""


class Task[Answer](Protocol):
    """What a child can be asked to do. It must survive pickling."""

    @property
    def problem(self) -> Problem:
        """What it is about."""
        ...

    @property
    def seconds(self) -> float | None:
        """The most it may take; None without a limit."""
        ...

    def run(self, progress: Callable[[Progress], None], enough: Callable[[], bool]) -> Answer:
        """Do it in this process."""
        ...


def _after_start(seconds: float | None, waited: float) -> float | None:
    """What is left of a limit: starting takes seconds, too; half of it is left to a machine however slow."""
    return None if seconds is None else max(seconds / 2, seconds - waited)


@dataclass(frozen=True, slots=True)
class SolveTask:
    """A problem to solve until `stop`. `kept` is the packed best plan of a search that ended too early, and `begun` the
    part (0…1) of it that was done: this one goes on from there.
    """

    problem: Problem
    stop: StopRule
    seed: int = 0
    workers: int = 1
    initial: Plan | None = None
    kept: bytes | None = None
    begun: float = 0.0

    @property
    def seconds(self) -> float | None:
        return self.stop.seconds

    def started_after(self, waited: float) -> Self:
        """The same task, `waited` seconds later."""
        return replace(self, stop=replace(self.stop, seconds=_after_start(self.stop.seconds, waited)))

    def run(self, progress: Callable[[Progress], None], enough: Callable[[], bool]) -> SolveResult:
        """Solve it in this process."""
        initial = self.initial if self.kept is None else continued(self.problem, unpack(self.kept))
        return solve_and_judge(
            self.problem, self.stop, self.seed, self.workers, initial, progress, enough, self.begun
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class RepairTask:
    """A published day to repair after `changes`, within a budget; see `optimizer.replan.replan`."""

    problem: Problem
    published: Plan
    changes: Sequence[Disruption]
    budget: Budget
    stop: StopRule

    @property
    def seconds(self) -> float | None:
        return self.stop.seconds

    def started_after(self, waited: float) -> Self:
        """The same task, `waited` seconds later."""
        return replace(self, stop=replace(self.stop, seconds=_after_start(self.stop.seconds, waited)))

    def run(self, progress: Callable[[Progress], None], enough: Callable[[], bool]) -> Repairs:
        """Repair it in this process."""
        return replan(
            self.problem, self.published, self.changes, self.budget, seconds=self.stop.seconds,
            iterations=self.stop.iterations, progress=progress, stopped=enough,
        )  # fmt: skip


def run_in_child(
    problem: Problem,
    stop: StopRule,
    seed: int = 0,
    workers: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    initial: Plan | None = None,
    enough: Callable[[], bool] | None = None,
) -> SolveResult:
    """`solve` in a child process; see `run_task`."""
    try:
        return run_task(SolveTask(problem, stop, seed, workers, initial), on_progress, cancelled, enough)
    except ProblemError as error:
        raise SolveFailed(f"{type(error).__name__}: {error}") from error


def run_task[Answer](
    task: Task[Answer],
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    enough: Callable[[], bool] | None = None,
) -> Answer:
    """A task in a child process. `on_progress` is called at least once a second, `cancelled` and `enough` ten times a
    second, all in this thread. Once it is `enough`, the best answer so far is finished and given.

    Raises SolveCancelled (within two seconds after `cancelled` says yes), SolveFailed when the child dies or hangs,
    ProblemError when the task cannot be, and whatever `on_progress` raises; the child is dead by then in
    every case.
    """
    read_end, write_end = os.pipe()
    with tempfile.TemporaryFile() as errors:
        try:
            child = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", "optimizer.child", str(write_end), str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(write_end,),
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            )
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        try:
            _send(child, (task, time.monotonic()))
            answer: Answer = _listen(child, read_end, errors, task.seconds, on_progress, cancelled, enough)
            return answer
        finally:
            os.close(read_end)
            _end(child)


def _send(child: subprocess.Popen[bytes], task: Any) -> None:
    if child.stdin is None:  # we asked for a pipe
        raise SolveFailed("the solver's input is closed")
    with contextlib.suppress(BrokenPipeError):  # it died at once: the listener says how
        payload = pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL)
        child.stdin.write(HEAD.pack(len(payload)))
        child.stdin.write(payload)
        child.stdin.flush()


def _listen(
    child: subprocess.Popen[bytes],
    pipe: int,
    errors: BinaryIO,
    limit: float | None,
    on_progress: Callable[[Progress], None] | None,
    cancelled: Callable[[], bool] | None,
    enough: Callable[[], bool] | None,
) -> Any:
    buffer = bytearray()
    deadline, started = time.monotonic() + START_SECONDS, False
    while True:
        if cancelled is not None and cancelled():
            raise SolveCancelled("planning was cancelled")
        if enough is not None and enough():
            enough = None
            _tell_enough(child)
        if time.monotonic() > deadline:
            raise SolveFailed("the solver overran its time limit and was ended")
        if not select.select([pipe], [], [], POLL_SECONDS)[0]:
            continue
        data = os.read(pipe, 1 << 20)
        if not data:
            raise SolveFailed(_last_words(child, errors))
        buffer += data
        while (message := _take(buffer)) is not None:
            kind, content = message
            if kind == "result":
                return content
            if kind == "refused":
                raise content
            if kind == "error":
                raise SolveFailed(content)
            if content.phase != "start" and not started:
                started = True
                deadline = float("inf") if limit is None else time.monotonic() + limit * 1.1 + GRACE_SECONDS
            if on_progress is not None:
                on_progress(content)


def _tell_enough(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        with contextlib.suppress(OSError):  # it has just ended: its answer is on the way
            child.stdin.write(b".")
            child.stdin.flush()


def _take(buffer: bytearray) -> tuple[str, Any] | None:
    """The next whole frame of the buffer, taken out of it."""
    if len(buffer) < HEAD.size:
        return None
    (length,) = HEAD.unpack_from(buffer)
    if len(buffer) < HEAD.size + length:
        return None
    frame = bytes(buffer[HEAD.size : HEAD.size + length])
    del buffer[: HEAD.size + length]
    message: tuple[str, Any] = pickle.loads(frame)  # noqa: S301 - written by our own child
    return message


def _last_words(child: subprocess.Popen[bytes], errors: BinaryIO) -> str:
    code = child.wait()
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 2000))
    tail = errors.read().decode("utf-8", "replace").strip().splitlines()
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return f"the solver ended without an answer ({how})" + (f": {tail[-1]}" if tail else "")


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and everything it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()
    child.wait()


class _Voice:
    """Writes frames. It repeats the last progress every half second, so that a long step is not silent."""

    def __init__(self, pipe: int, problem: Problem) -> None:
        self.pipe, self.lock = pipe, threading.Lock()
        nothing = evaluate(problem, Plan()).total
        self.last = Progress("start", 0.0, nothing, 0, len(problem.visits))
        self.begin = self.said = self.heard = time.monotonic()
        self.quiet = threading.Event()

    def say(self, kind: str, content: Any) -> None:
        payload = pickle.dumps((kind, content), protocol=pickle.HIGHEST_PROTOCOL)
        with self.lock:
            frame = memoryview(HEAD.pack(len(payload)) + payload)
            while frame:
                frame = frame[os.write(self.pipe, frame) :]

    def progress(self, progress: Progress) -> None:
        must = progress.phase != self.last.phase or progress.best is not None
        self.last, self.heard = replace(progress, best=None), time.monotonic()
        if must or time.monotonic() - self.said >= HEARTBEAT_SECONDS / 2:
            self.said = time.monotonic()
            self.say("progress", progress)

    def beat(self) -> None:
        while not self.quiet.wait(HEARTBEAT_SECONDS):
            if time.monotonic() - self.said >= HEARTBEAT_SECONDS:
                self.said = time.monotonic()
                last, now = self.last, time.monotonic()
                left = None if last.left is None else max(0.0, last.left - (now - self.heard))
                self.say("progress", replace(last, elapsed=max(last.elapsed, now - self.begin), left=left))


def _obey_parent(enough: threading.Event) -> None:
    """A byte on our input says that it is enough; at its end we end everything we started and ourselves."""
    while sys.stdin.buffer.read(1):
        enough.set()
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """The child's side: one task in, progress and one answer out."""
    pipe, parent = int(sys.argv[1]), int(sys.argv[2])
    die_with_parent()
    if os.getppid() != parent:
        return
    (length,) = HEAD.unpack(sys.stdin.buffer.read(HEAD.size))
    task, asked = pickle.loads(sys.stdin.buffer.read(length))  # noqa: S301 - written by our own parent
    enough = threading.Event()
    threading.Thread(target=_obey_parent, args=(enough,), daemon=True).start()
    task = task.started_after(time.monotonic() - asked)
    voice = _Voice(pipe, task.problem)
    threading.Thread(target=voice.beat, daemon=True).start()
    try:
        answer = task.run(voice.progress, enough.is_set)
        voice.quiet.set()
        voice.say("result", answer)
    except ProblemError as error:
        voice.quiet.set()
        voice.say("refused", error)
    except Exception as error:  # noqa: BLE001 - the parent is told, whatever it was
        voice.quiet.set()
        voice.say("error", f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
