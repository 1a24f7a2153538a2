"""An installation whose parts are killed at random moments of a day, and a memory of all that it has answered."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from kit.jobs import FILES, LOOP, PLANNING
from kit.postgres.embedded import EmbeddedPostgres
from kit.postgres.url import libpq_url
from kit.processes.supervisor import answers
from tests.nursery import Born, Nursery
from tests.waiting import until_so

LATEST_SECONDS = 0.05
"""A blow falls at most so long after the request that it was drawn for begins."""
VICTIMS = ("web", "web", "worker", "planner", "backend", "connections", "database")
_QUEUES = {"worker": (LOOP,), "planner": (PLANNING, FILES)}
_SILENT = """
UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'
WHERE id IN (SELECT worker_id FROM procrastinate_jobs WHERE status = 'doing' AND queue_name = ANY(%s))
"""
_ANY_BACKEND = """
SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
AND datname = current_database() ORDER BY pid
"""


class Installation:
    """Web, worker, planner and a private database, each started again as soon as it has ended.

    Args:
        server: the private cluster, running.
        programs: begins the processes, so that they are back before the day has gone on for long.
        port: where the web process listens.
        folder: where the processes' logs go.
        hurry: the half minute in which nobody hears of a dead worker passes at once.
    """

    def __init__(self, server: EmbeddedPostgres, programs: Nursery, port: int, folder: Path, *, hurry: bool) -> None:
        self.server, self.port, self.hurry = server, port, hurry
        self._programs = programs
        self._processes: dict[str, Born] = {}
        self._folder = folder
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    @property
    def url(self) -> str:
        """The address of its pages."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """All of it for the time of the block."""
        try:
            self._tend()
            self._keeper.start()
            until_so(answers(f"{self.url}/api/health"), "the start")
            yield
        finally:
            self._over.set()
            if self._keeper.ident is not None:
                self._keeper.join()
            with self._lock:
                for name in list(self._processes):
                    self._kill_process(name)

    def strike(self, victim: str, draw: random.Random) -> None:
        """Kill one part without a goodbye; it is started again."""
        with self._lock:
            if victim == "backend":
                self._kill_backend(draw)
            elif victim == "connections":
                with contextlib.suppress(psycopg.OperationalError), self._connect() as connection:
                    connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({_ANY_BACKEND}) AS everybody")
            elif victim == "database":
                pid = self.server.status().pid
                if pid is not None:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            else:
                self._kill_process(victim)
                if self.hurry and victim in _QUEUES:
                    with contextlib.suppress(psycopg.OperationalError), self._connect() as connection:
                        connection.execute(_SILENT, [list(_QUEUES[victim])])
        self._tend()

    def query(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Rows of the database."""
        with self._connect() as connection:
            return connection.execute(statement, list(parameters)).fetchall()  # type: ignore[arg-type]

    def _connect(self) -> psycopg.Connection[Any]:
        address = self.server.admin_url("grid_dispatch")
        return psycopg.connect(address, autocommit=True, connect_timeout=5)

    def _kill_backend(self, draw: random.Random) -> None:
        """SIGKILL to one of the database's own processes, after which the server ends all others and recovers."""
        try:
            pids = [row[0] for row in self.query(_ANY_BACKEND)]
        except psycopg.OperationalError:
            return
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(draw.choice(pids), signal.SIGKILL)

    def _kill_process(self, name: str) -> None:
        self._processes.pop(name).kill()

    def _keep(self) -> None:
        while not self._over.wait(0.1):
            self._tend()

    def _tend(self) -> None:
        """Start again what has ended."""
        with self._lock:
            self.server.keep_running()
            for name, command in self._commands().items():
                process = self._processes.get(name)
                if process is not None and process.ended():
                    self._kill_process(name)
                if name not in self._processes:
                    environment = {**os.environ, "DATABASE_URL": libpq_url(self.server.program_url())}
                    said = self._folder / f"{name}.log"
                    self._processes[name] = self._programs.begin(command, environment, said)

    def _commands(self) -> dict[str, list[str]]:
        python = [sys.executable, "-m"]
        web = ["granian", "--interface", "asgi", "--factory", "--port", str(self.port), "--no-ws"]
        return {
            "web": [*python, *web, "dispatch.app:create_app"],
            "worker": [*python, "dispatch.worker", LOOP],
            "planner": [*python, "dispatch.worker", PLANNING, FILES],
        }


@dataclass
class Memory:
    """What was answered with success: ids by kind. Kept by the clients, who know nothing of the database."""

    orders: set[str] = field(default_factory=set)
    phone_acts: set[str] = field(default_factory=set)
    desk_events: set[str] = field(default_factory=set)
    attempts: set[str] = field(default_factory=set)
    photos: set[str] = field(default_factory=set)
    plans: set[str] = field(default_factory=set)
    answered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    def note(self, response: httpx.Response) -> None:
        """Remember one answer (a hook of httpx)."""
        self.statuses[response.status_code] += 1
        if response.status_code >= 400:
            return
        self.answered += 1
        method, path = response.request.method, response.request.url.path
        if method == "PUT" and (found := re.fullmatch(r"/api/mobile/photos/([^/]+)", path)):
            self.photos.add(found[1])
        if method != "POST":
            return
        response.read()
        if re.fullmatch(r"/api/areas/[^/]+/orders", path):
            self.orders.add(response.json()["id"])
        elif path == "/api/mobile/sync":
            sent = json.loads(response.request.content)["acts"]
            for act, answer in zip(sent, response.json()["answers"], strict=True):
                if answer["result"] in ("applied", "already"):
                    self.phone_acts.add(act["id"])
        elif re.fullmatch(r"/api/orders/[^/]+/acts", path):
            self.desk_events.add(response.json()["event"]["id"])
        elif re.fullmatch(r"/api/orders/[^/]+/callbacks", path):
            self.attempts.add(response.json()["attempt"]["id"])
        elif found := re.fullmatch(r"/api/plans/([^/]+)/publish", path):
            self.plans.add(found[1])


class Misfortune:
    """The blows of a day: each is drawn for a moment of the area's clock and falls while a request is under way."""

    def __init__(self, installation: Installation, blows: int, seed: int, begin: float, end: float) -> None:
        self._installation = installation
        self._draw = random.Random(f"{seed}:chaos")
        self._moments = sorted(self._draw.uniform(begin, end) for _ in range(blows))
        self._total = blows
        self._under_way: threading.Thread | None = None
        self.struck: Counter[str] = Counter()

    @property
    def left(self) -> int:
        """How many are still to come."""
        return self._total - self.struck.total()

    def tempt(self, now: float, shown: str) -> None:
        """A request begins at this moment of the area's clock (seconds): a blow that is due falls on it."""
        if not self._moments or now < self._moments[0] or (self._under_way and self._under_way.is_alive()):
            return
        self._moments.pop(0)
        victim, pause = self._draw.choice(VICTIMS), self._draw.uniform(0, LATEST_SECONDS)
        self.struck[victim] += 1
        print(f"{self.struck.total()}/{self._total} {shown} {victim}", flush=True)
        self._under_way = threading.Timer(pause, self._installation.strike, (victim, self._draw))
        self._under_way.daemon = True
        self._under_way.start()

    def settle(self) -> None:
        """Wait for the last blow."""
        if self._under_way is not None:
            self._under_way.join()
