"""What every command needs: the database (started if none runs, stopped again), the newest schema, output, errors.

Every command and every page of help loads this file: the database's packages are loaded when it is opened.
"""

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
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec
from zoneinfo import ZoneInfo

import msgspec
import rich_click as click
from rich.console import Console
from rich.markup import escape

from kit.errors import Problem, Unavailable
from kit.i18n import language_of, text
from kit.postgres.programs import EmbeddedPostgresError
from kit.settings import settings

if TYPE_CHECKING:
    from citymap.osrm.client import RoadsClient
    from grids.models import ServiceArea
    from kit.db import Database

P = ParamSpec("P")
err = Console(stderr=True, highlight=False)
out = Console(highlight=False)


def language() -> str:
    """`zh` on a Chinese terminal, else `en`."""
    chosen = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return language_of(chosen.replace("_", "-"))


@dataclass
class Runtime:
    """A running database at the newest schema, and (where asked for) the client of the roads process."""

    url: str
    as_json: bool
    roads: RoadsClient | None = None

    @cached_property
    def database(self) -> Database:
        """The pool, opened when a command first asks for it; every table is known by then."""
        import dispatch.tables  # noqa: F401 - a row can be stored only where the tables that its keys name are known
        from kit.db import Database

        return Database(self.url, pool_size=4)

    async def area(self, code: str) -> ServiceArea:
        """The service area of this code; raises `NotFound` with the codes there are."""
        from grids.service import area_by_code

        async with self.database.transaction() as session:
            return await area_by_code(session, code)

    async def close(self) -> None:
        """Close the pool where one was opened."""
        if "database" in self.__dict__:
            await self.database.dispose()


@contextmanager
def database_url() -> Iterator[str]:
    """The database at the newest schema; a private server is started, and stopped when nobody is left."""
    from dispatch import roles
    from kit.postgres.embedded import EmbeddedPostgres

    chosen = settings()
    if chosen.database_url:
        roles.prepare(chosen.owner_database_url or chosen.database_url, chosen.database_url)
        yield chosen.database_url
        return
    private = EmbeddedPostgres(chosen.data_home)
    with private.use() as owner_url:
        url = private.program_url()
        roles.prepare(owner_url, url)
        yield url


@asynccontextmanager
async def open_runtime(*, roads: bool = False, as_json: bool = False) -> AsyncIterator[Runtime]:
    """Everything a command works with, for the time of the block."""
    chosen = settings()
    with database_url() as url:
        runtime = Runtime(url, as_json)
        try:
            if roads:
                from citymap.osrm.client import roads_process

                async with roads_process(chosen.roads_socket, chosen.data_home, url) as runtime.roads:
                    yield runtime
            else:
                yield runtime
        finally:
            await runtime.close()


def command(
    group: click.Group, name: str, *, roads: bool = False
) -> Callable[[Callable[Concatenate[Runtime, P], Awaitable[int | None]]], click.Command]:
    """A command whose function is `async def f(runtime, **options)`; adds `--json`, errors as sentences, exit codes.

    With `roads`, the roads process is started, or the one that runs is used.
    """

    def decorate(function: Callable[Concatenate[Runtime, P], Awaitable[int | None]]) -> click.Command:
        @functools.wraps(function)
        def run(*args: P.args, **options: P.kwargs) -> None:
            as_json = bool(options.pop("as_json", False))
            from kit.processes.logs import configure_logging

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
    except EmbeddedPostgresError as error:
        err.print(f"[red]✗[/red] {error}", soft_wrap=True)
        sys.exit(1)
    except (KeyboardInterrupt, asyncio.CancelledError):
        err.print("Stopped; nothing half-done was kept.")
        sys.exit(130)
    except Exception as error:
        import psycopg
        from sqlalchemy.exc import OperationalError

        if not isinstance(error, OperationalError | psycopg.OperationalError):
            raise
        said = str(getattr(error, "orig", error)).strip().splitlines()[0]
        _fail(Unavailable("database.unreachable", detail=said), as_json)


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
        out.print(line, soft_wrap=True, markup=False)


@contextmanager
def progress(description: str) -> Iterator[Callable[[str, float], None]]:
    """A progress bar on a terminal, nothing elsewhere: call it with a phase and a fraction of 0 … 1."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
        console=err, transient=True, disable=not err.is_terminal,
    ) as bars:  # fmt: skip
        task = bars.add_task(description, total=1.0)

        def advance(phase: str, fraction: float) -> None:
            bars.update(task, description=f"{description}: {phase}", completed=fraction)

        yield advance
