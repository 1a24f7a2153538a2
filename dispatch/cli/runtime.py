"""What every command needs: the database (started if none runs, stopped again), the newest schema, output, errors."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import locale
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Concatenate, NoReturn, ParamSpec
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import rich_click as click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import OperationalError

from citymap.roads_client import RoadsClient, roads_process
from dispatch import migrate
from grids.models import ServiceArea
from grids.service import area_by_code
from kit.db import Database
from kit.embedded import EmbeddedPostgres, EmbeddedPostgresError
from kit.errors import Problem, Unavailable
from kit.i18n import language_of, text
from kit.logs import configure_logging
from kit.settings import Settings, settings

P = ParamSpec("P")
err = Console(stderr=True, highlight=False)
out = Console(highlight=False)


def language() -> str:
    """`zh` on a Chinese terminal, else `en`."""
    chosen = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return language_of(chosen.replace("_", "-"))


@dataclass(slots=True)
class Runtime:
    """A running database at the newest schema, and (where asked for) the roads process."""

    settings: Settings
    database: Database
    url: str
    roads: RoadsClient
    as_json: bool

    async def area(self, code: str) -> ServiceArea:
        """The service area of this code; raises `NotFound` with the codes there are."""
        async with self.database.transaction() as session:
            return await area_by_code(session, code)


@contextmanager
def database_url() -> Iterator[str]:
    """The database at the newest schema; a private server is started, and stopped when nobody is left."""
    chosen = settings()
    if chosen.database_url:
        if not migrate.is_current(chosen.database_url):
            migrate.upgrade(chosen.database_url)
        yield chosen.database_url
        return
    with EmbeddedPostgres(chosen.data_home).use() as url:
        if not migrate.is_current(url):
            migrate.upgrade(url)
        yield url


@asynccontextmanager
async def open_runtime(*, roads: bool = False, as_json: bool = False) -> AsyncIterator[Runtime]:
    """Everything a command works with, for the time of the block."""
    chosen = settings()
    with database_url() as url:
        database = Database(url, pool_size=4)
        try:
            if roads:
                async with roads_process(chosen.roads_socket, chosen.data_home, url) as client:
                    yield Runtime(chosen, database, url, client, as_json)
            else:
                yield Runtime(chosen, database, url, RoadsClient(chosen.roads_socket), as_json)
        finally:
            await database.dispose()


def command(
    group: click.Group, name: str, *, roads: bool = False
) -> Callable[[Callable[Concatenate[Runtime, P], Awaitable[int | None]]], click.Command]:
    """A command whose function is `async def f(runtime, **options)`; adds `--json`, errors as sentences, exit codes."""

    def decorate(function: Callable[Concatenate[Runtime, P], Awaitable[int | None]]) -> click.Command:
        @functools.wraps(function)
        def run(*args: P.args, **options: P.kwargs) -> None:
            as_json = bool(options.pop("as_json", False))
            chosen = settings()
            configure_logging("WARNING" if chosen.log_level == "INFO" else chosen.log_level, as_json=chosen.log_json)

            async def inside() -> int | None:
                async with open_runtime(roads=roads, as_json=as_json) as runtime:
                    return await function(runtime, *args, **options)

            with failing_in_words(as_json):
                code = asyncio.run(inside())
            sys.exit(code or 0)

        run.__doc__ = function.__doc__
        wrapped = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, logs on stderr.")(
            run
        )
        return group.command(name)(wrapped)

    return decorate


@contextmanager
def failing_in_words(as_json: bool) -> Iterator[None]:
    """Turn what went wrong into one sentence that says what to do, and exit 1 (130 after Ctrl-C)."""
    try:
        yield
    except Problem as problem:
        _fail(problem, as_json)
    except (OperationalError, psycopg.OperationalError) as error:
        said = str(getattr(error, "orig", error)).strip().splitlines()[0]
        _fail(Unavailable("database.unreachable", detail=said), as_json)
    except EmbeddedPostgresError as error:
        err.print(f"[red]✗[/red] {error}", soft_wrap=True)
        sys.exit(1)
    except (KeyboardInterrupt, asyncio.CancelledError):
        err.print("Stopped; nothing half-done was kept.")
        sys.exit(130)


def _fail(problem: Problem, as_json: bool) -> NoReturn:
    if as_json:
        body = {"error": {"code": problem.code, "field": problem.field, "detail": problem.sentence(language())}}
        sys.stdout.write(dump(body) + "\n")
    err.print(f"[red]✗[/red] {escape(problem.sentence(language()))}", markup=True, soft_wrap=True)
    sys.exit(1)


def dump(value: Any) -> str:
    """JSON as the API writes it: camelCase names, ISO times, ids as text."""
    return json.dumps(plain(value), ensure_ascii=False)


def plain(value: Any) -> Any:
    """Dataclasses and structs as dictionaries with camelCase names, everything else as JSON has it."""
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.to_builtins(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {_camel(name): plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return msgspec.to_builtins(value)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


async def live_day(runtime: Runtime, area: ServiceArea, day: date) -> ServiceArea:
    """Bring a trial area to a day that is past for it and say so; other areas and days are left as they are.

    Raises `Conflict`, before anything is written, where the clock would have to go back.
    """
    from dispatch.planning.dispatching.replay_clock import begin_past_day

    now = await begin_past_day(runtime.database, area, day)
    if now is None:
        return area
    there = now.astimezone(ZoneInfo(area.timezone)).isoformat(timespec="minutes")
    err.print(escape(text("cli.clock_moved", language(), area=area.name, day=day, now=there)), soft_wrap=True)
    return await runtime.area(area.code)


def show(runtime: Runtime, result: Any, lines: Callable[[], list[str]]) -> None:
    """Print the result: one object for machines, or a few lines for people."""
    if runtime.as_json:
        sys.stdout.write(dump(result) + "\n")
        return
    for line in lines():
        out.print(line, soft_wrap=True)


@contextmanager
def progress(description: str) -> Iterator[Callable[[str, float], None]]:
    """A progress bar on a terminal, nothing elsewhere: call it with a phase and a fraction of 0 … 1."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
        console=err, transient=True, disable=not err.is_terminal,
    ) as bars:  # fmt: skip
        task = bars.add_task(description, total=1.0)

        def advance(phase: str, fraction: float) -> None:
            bars.update(task, description=f"{description}: {phase}", completed=fraction)

        yield advance
