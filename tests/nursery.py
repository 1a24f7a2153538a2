"""Installations that begin in no time: their processes are forked from one that has read the whole program before.

To read the program takes each of the five processes of an installation most of its start, and every file of browser
tests has an installation of its own. What runs is `grid-dispatch up` with its own supervisor and its own programs, each
with its arguments, environment, output, session and signals; only that they are not read from the disk again. That they
begin by themselves as well is what `tests/journeys` and `tests/dispatch/cli` show.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import multiprocessing
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from tests.databases import ROOT

_PR_SET_PDEATHSIG = 1
_FORK = multiprocessing.get_context("fork")
_libc = ctypes.CDLL(None, use_errno=True)


class Born:
    """A process that the nursery has begun."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ends = os.pidfd_open(pid)

    def ended(self, within: float = 0) -> bool:
        """Whether it is over, or is so within these seconds."""
        return bool(select.select([self._ends], [], [], within)[0])

    def stop(self, within: float) -> None:
        """Ctrl-C, and wait until it is over."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._ends, signal.SIGINT)
        if not self.ended(within):
            self.kill()
            raise AssertionError(f"process {self.pid} went on for {within} seconds after Ctrl-C")
        self._is_over(0)

    def kill(self) -> None:
        """SIGKILL to it and its group, whether or not it lives, and wait until it is over."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):  # before it has a group
            signal.pidfd_send_signal(self._ends, signal.SIGKILL)
        self._is_over(60)

    def _is_over(self, within: float) -> None:
        assert self.ended(within), f"process {self.pid} goes on after {within} seconds"
        os.close(self._ends)


class Nursery:
    """The process that has read the program."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self, command: Sequence[str], environment: Mapping[str, str], said: Path) -> Born:
        """A process with a group of its own and only this environment; what it prints goes to the end of a file.

        The command is `grid-dispatch …` or this Python with `-m MODULE …`.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        wanted = {"command": list(command), "environment": dict(environment), "said": str(said)}
        print(json.dumps(wanted), file=self._process.stdin, flush=True)
        return Born(int(self._process.stdout.readline()))


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A running one; whatever it began and is still there goes with it."""
    command = [sys.executable, "-m", "tests.nursery"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Nursery(process)


# -- within the nursery ------------------------------------------------------------------------------------------------


def _read_the_program() -> None:
    from dispatch import app, worker
    from dispatch.cli import serving  # noqa: F401

    for name in ("citymap.osrm.server", "granian.cli", "granian.server", "kit.postgres.embedded", "optimizer.child"):
        importlib.import_module(name)
    app.routes()
    worker.register_jobs()
    assert threading.active_count() == len(os.listdir("/proc/self/task")) == 1, "only what has one thread may be forked"
    gc.collect()
    gc.freeze()


def _run(argv: Sequence[str]) -> None:
    """What `python -m MODULE …` does."""
    assert argv[:2] == [sys.executable, "-m"], argv
    sys.argv = list(argv[2:])
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # it is known already: that is the point
        runpy.run_module(argv[2], run_name="__main__", alter_sys=True)


def _grid_dispatch(command: Sequence[str]) -> None:
    from dispatch.cli import main
    from kit.processes import supervisor

    supervisor.subprocess = SimpleNamespace(  # type: ignore[attr-defined]
        Popen=_Forked, DEVNULL=subprocess.DEVNULL, STDOUT=subprocess.STDOUT
    )
    main(list(command[1:]), prog_name=command[0])


class _Forked:
    """What the supervisor uses of `subprocess.Popen`."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        stdout: IO[bytes],
        preexec_fn: Callable[[], None],
        **_: Any,
    ) -> None:
        self._process = _FORK.Process(target=_begins, args=(_run, argv, env, stdout.fileno(), preexec_fn))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode


def _begins(
    what: Callable[[Sequence[str]], None], argv: Sequence[str], environment: Mapping[str, str], output: int,
    first: Callable[[], None],
) -> None:  # fmt: skip
    from kit.settings import settings

    first()
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(environment)
    settings.cache_clear()
    what(argv)


def _goes_with_us() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> None:
    """Begin what is asked for on standard input, one line each, until that ends."""
    _read_the_program()
    for line in sys.stdin:
        multiprocessing.active_children()  # takes away whatever is over
        wanted = json.loads(line)
        what = _grid_dispatch if wanted["command"][0] == "grid-dispatch" else _run
        with Path(wanted["said"]).open("ab") as said:
            given = (what, wanted["command"], wanted["environment"], said.fileno(), _goes_with_us)
            process = _FORK.Process(target=_begins, args=given)
            process.start()
        print(process.pid, flush=True)
    for living in multiprocessing.active_children():
        living.terminate()
        living.join(20)
        if living.exitcode is None:
            with suppress(ProcessLookupError):
                os.killpg(living.pid or 0, signal.SIGKILL)
            living.kill()


if __name__ == "__main__":
    main()
