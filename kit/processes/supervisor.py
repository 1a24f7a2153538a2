"""Supervisor of the processes of one installation: starts them, restarts crashed ones and ends them together.

Children die with their supervisor, even when it is killed: each asks the kernel for a SIGTERM at its parent's death.
Their output goes to `<home>/logs/<name>.log`.
"""

from __future__ import annotations

import ctypes
import fcntl
import http.client
import json
import os
import signal
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import structlog

from kit.processes.ports import free_port
from kit.processes.private import PRIVATE_FOLDER

__all__ = ["Child", "ProcessesError", "RunningUp", "Supervisor", "answers", "free_port", "running", "stop_running"]

log = structlog.get_logger()

_PR_SET_PDEATHSIG = 1
_LOG_LIMIT_BYTES = 50_000_000
_SETTLED_SECONDS = 60.0  # a child that lived this long starts again with the shortest pause
_LONGEST_PAUSE_SECONDS = 30.0
_WATCH_SECONDS = 2.0
_libc = ctypes.CDLL(None, use_errno=True)


class ProcessesError(RuntimeError):
    """The processes could not be started or stopped. The text names the process and the log to read."""


@dataclass(frozen=True)
class Child:
    """A process to keep alive.

    Attributes:
        name: names its log file and its messages.
        argv: the program and its arguments.
        env: added to our own environment.
        ready: asked again and again until it is true; None counts as ready once started.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None


@dataclass(frozen=True)
class RunningUp:
    """A supervisor that runs now, as `<home>/run.json` records it."""

    pid: int
    birth: str
    url: str
    ports: dict[str, int]
    ready: bool


class _Kept:
    """A child with its process, when it was started, and how often it crashed of late."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.again_at = 0.0
        self.crashes = 0
        self.was_ready = False


class Supervisor:
    """Keeps children alive until it is told to stop (SIGINT, SIGTERM, SIGHUP).

    Args:
        home: where logs and `run.json` lie.
        url: what a person opens; recorded for other commands.
        ports: name → port, recorded likewise.
        grace_seconds: how long children may take to end before they are killed.
        ready_seconds: how long all of them together may take to become ready.
        start_attempts: how often a child may crash before it was ever ready.
        watch: called every two seconds while all is ready, for what else must be kept alive (the database).
    """

    def __init__(
        self,
        home: Path,
        *,
        url: str = "",
        ports: Mapping[str, int] | None = None,
        grace_seconds: float = 8.0,
        ready_seconds: float = 120.0,
        start_attempts: int = 3,
        watch: Callable[[], None] | None = None,
    ) -> None:
        self.home = home.expanduser().absolute()
        self.url = url
        self.ports = dict(ports or {})
        self.grace_seconds = grace_seconds
        self.ready_seconds = ready_seconds
        self.start_attempts = start_attempts
        self.watch = watch
        self._woken = threading.Event()
        self._stops = 0

    def run(self, children: Sequence[Child], on_ready: Callable[[], None]) -> None:
        """Start all, call `on_ready` once when all are ready, keep them alive, and return when told to stop.

        Raises:
            ProcessesError: another one runs for this home, or a child never became ready. All children are ended first.
        """
        try:
            self._run_alone(children, on_ready)
        except PermissionError as refused:
            raise ProcessesError(
                f"{refused.filename or self.home} cannot be written by this user; another one made it (root?). "
                f"Run as that user, or give {self.home} back to yours with chown."
            ) from refused

    def _run_alone(self, children: Sequence[Child], on_ready: Callable[[], None]) -> None:
        (self.home / "logs").mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        with (self.home / "up.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as taken:
                other = running(self.home)
                where = f" at {other.url} (process {other.pid})" if other else ""
                raise ProcessesError(
                    f"It runs already for {self.home}{where}. Stop that with `grid-dispatch down`, or set "
                    "GRID_DISPATCH_HOME to another folder for a second installation."
                ) from taken
            self._run([_Kept(child) for child in children], on_ready)

    def _run(self, kept: list[_Kept], on_ready: Callable[[], None]) -> None:
        before = {number: signal.signal(number, self._on_signal) for number in _STOP_SIGNALS}
        try:
            self._record(ready=False)
            for one in kept:
                self._start(one)
            if self._wait_until_ready(kept):
                self._record(ready=True)
                on_ready()
                watch_at = time.monotonic()
                while not self._stops:
                    self._tend(kept)
                    if self.watch is not None and time.monotonic() >= watch_at:
                        self.watch()
                        watch_at = time.monotonic() + _WATCH_SECONDS
                    self._woken.wait(0.2)
        finally:
            self._end(kept)
            (self.home / "run.json").unlink(missing_ok=True)
            for number, handler in before.items():
                signal.signal(number, handler)

    # -- starting and tending ---------------------------------------------------------------------------------------

    def _start(self, one: _Kept) -> None:
        path = self.home / "logs" / f"{one.child.name}.log"
        _shorten(path)
        supervisor = os.getpid()

        def tie_to_us() -> None:  # between fork and exec: only plain system calls
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != supervisor:
                os._exit(1)

        with path.open("ab") as output:
            one.process = subprocess.Popen(  # noqa: S603 - programs named by the composition root
                list(one.child.argv),
                env={**os.environ, **one.child.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the terminal's Ctrl-C reaches us alone; we pass it on in order
                preexec_fn=tie_to_us,
            )
        one.started = time.monotonic()

    def _tend(self, kept: list[_Kept]) -> None:
        """Restart processes that ended, after a pause that grows with every crash in a row."""
        now = time.monotonic()
        for one in kept:
            if one.process is not None and (code := one.process.poll()) is not None:
                _kill_group(one.process.pid, signal.SIGKILL)  # grandchildren would keep its port
                one.process = None
                one.crashes = one.crashes + 1 if now - one.started < _SETTLED_SECONDS else 1
                pause = min(0.5 * 2 ** (one.crashes - 1), _LONGEST_PAUSE_SECONDS)
                one.again_at = now + pause
                log.warning("process.died", name=one.child.name, code=code, again_in_seconds=pause)
            elif one.process is None and now >= one.again_at:
                self._start(one)
            elif now - one.started > _SETTLED_SECONDS:
                one.crashes = 0
        for one in kept:
            _shorten(self.home / "logs" / f"{one.child.name}.log")

    def _wait_until_ready(self, kept: list[_Kept]) -> bool:
        """Wait until all are ready. Returns False when told to stop before that."""
        deadline = time.monotonic() + self.ready_seconds
        while not self._stops:
            self._tend(kept)
            for one in kept:
                if not one.was_ready and one.process is not None and one.process.poll() is None:
                    one.was_ready = one.child.ready is None or one.child.ready()
                if not one.was_ready and one.crashes >= self.start_attempts:
                    raise self._not_ready(one, "ends again and again")
            late = [one for one in kept if not one.was_ready]
            if not late:
                return True
            if time.monotonic() > deadline:
                raise self._not_ready(late[0], f"was not ready after {self.ready_seconds:.0f} seconds")
            self._woken.wait(0.1)
        return False

    def _not_ready(self, one: _Kept, what: str) -> ProcessesError:
        path = self.home / "logs" / f"{one.child.name}.log"
        with suppress(OSError):
            tail = "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
            return ProcessesError(f"The process `{one.child.name}` {what}. The last lines of {path}:\n{tail}")
        return ProcessesError(f"The process `{one.child.name}` {what}; {path} says nothing.")

    # -- ending -----------------------------------------------------------------------------------------------------

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stops += 1
        self._woken.set()

    def _end(self, kept: list[_Kept]) -> None:
        """SIGTERM to all, SIGKILL to whoever still lives after the grace time or at a second Ctrl-C."""
        alive = [one.process for one in kept if one.process is not None]
        for process in alive:
            _kill_one(process.pid, signal.SIGTERM)
        deadline, asked = time.monotonic() + self.grace_seconds, self._stops
        while any(process.poll() is None for process in alive):
            if time.monotonic() > deadline or self._stops > max(asked, 1):
                break
            time.sleep(0.05)
        for process in alive:
            _kill_group(process.pid, signal.SIGKILL)
            process.wait()

    def _record(self, *, ready: bool) -> None:
        draft = self.home / "run.json.new"
        note = RunningUp(os.getpid(), _birth(os.getpid()) or "", self.url, self.ports, ready)
        draft.write_text(json.dumps(asdict(note)), encoding="utf-8")
        draft.replace(self.home / "run.json")


_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def running(home: Path) -> RunningUp | None:
    """The `up` that runs for this home, or None; a note left by one that was killed does not count."""
    try:
        note = RunningUp(**json.loads((home.expanduser() / "run.json").read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
        return None
    return note if note.birth and _birth(note.pid) == note.birth else None


def stop_running(home: Path, timeout: float = 20.0) -> bool:
    """Stop the `up` of this home and wait for its end (seconds); False when none runs.

    Raises:
        ProcessesError: it belongs to another user.
    """
    found = running(home)
    if found is None:
        return False
    for number, seconds in ((signal.SIGTERM, timeout), (signal.SIGKILL, 5.0)):
        try:
            os.kill(found.pid, number)
        except ProcessLookupError:
            break
        except PermissionError as refused:
            raise ProcessesError(
                f"It runs as another user (process {found.pid}). Stop it as that user or as root."
            ) from refused
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and _birth(found.pid) == found.birth:
            time.sleep(0.05)
        if _birth(found.pid) != found.birth:
            break
    return True


def answers(url: str) -> Callable[[], bool]:
    """A readiness question: does a GET of this address on this machine answer with less than 400?

    Over https the certificate is not looked at: it names the site, and the question is put to this machine.
    """
    parts = urlsplit(url)

    def ask() -> bool:
        connection = _connection(parts.scheme, parts.hostname or "127.0.0.1", parts.port)
        try:
            connection.request("GET", parts.path or "/")
            return connection.getresponse().status < 400
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme != "https":
        return http.client.HTTPConnection(host, port, timeout=2)
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=2, context=anybody)


def _birth(pid: int) -> str | None:
    """What tells a process from a later one with the same number: this boot, and its start in ticks since then."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the name before may hold anything
    return None if fields[0] in {"Z", "X"} else f"{boot}/{fields[19]}"


def _kill_one(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _kill_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _shorten(path: Path) -> None:
    """Keep one old log; the child goes on writing to the same file, at its end."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_LIMIT_BYTES:
            path.with_suffix(".log.1").write_bytes(path.read_bytes())
            os.truncate(path, 0)
