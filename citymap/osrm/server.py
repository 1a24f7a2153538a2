"""The host's one `roads` process: it alone loads OSRM and answers over a local socket.

    python -m citymap.osrm.server --socket PATH --home DIR --database-url URL

A city's road data is fetched from the database when the host does not have it, so that a worker on another host needs
only `DATABASE_URL`. The few cities asked last stay open.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import os
import signal
import tempfile
from collections import OrderedDict
from pathlib import Path

import msgspec
import structlog

from citymap.osrm import data as roads
from citymap.osrm.engine import Engine
from citymap.osrm.protocol import (
    Failure,
    Ping,
    Pong,
    Reply,
    Request,
    Route,
    Table,
    decode_request,
    encode,
    read_message,
    write_message,
)
from kit.db import Database
from kit.errors import Problem
from kit.postgres.blobs import copy_blob_to
from kit.processes.logs import configure_logging
from kit.processes.private import PRIVATE_FOLDER
from kit.settings import settings

log = structlog.get_logger()
OPEN_CITIES = 3


class RoadsServer:
    """Answers requests one after another (OSRM would block the loop anyway) and keeps a few engines open."""

    def __init__(self, home: Path, database: Database | None) -> None:
        self._home = home
        self._database = database
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._turn = asyncio.Lock()

    async def serve(self, socket_path: Path) -> None:
        """Listen until cancelled. The socket is for this account only."""
        lock = _claim(socket_path)
        if lock is None:
            log.info("roads_already_running", socket=str(socket_path))
            return
        previous = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._converse, path=str(socket_path))
        finally:
            os.umask(previous)
        log.info("roads_listening", socket=str(socket_path))
        try:
            async with server:
                await server.serve_forever()
        finally:
            _vacate(socket_path)
            os.close(lock)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                message = await read_message(reader)
                await write_message(writer, encode(await self._answer(message)))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def _answer(self, message: bytes) -> Reply:
        try:
            request: Request = decode_request(message)
            if isinstance(request, Ping):
                return Pong(os.getpid(), len(self._engines))
            async with self._turn:
                engine = await self._engine(request.key, request.blob)
                return await asyncio.to_thread(_work, engine, request)
        except msgspec.MsgspecError as error:
            log.warning("roads_unreadable", error=str(error))
            return Failure("roads.failed", "")
        except Problem as error:
            return Failure(error.code, error.sentence())
        except (RuntimeError, OSError) as error:
            log.warning("roads_failed", error=str(error))
            return Failure("roads.failed", "")

    async def _engine(self, key: str, blob: str) -> Engine:
        engine = self._engines.pop(key, None)
        if engine is None:
            directory = roads.cache_directory(self._home, key)
            if not directory.is_dir():
                directory = await self._fetch(key, blob)
            engine = await asyncio.to_thread(Engine, directory)
            log.info("roads_opened", key=key[:12])
        self._engines[key] = engine
        while len(self._engines) > OPEN_CITIES:
            self._engines.popitem(last=False)
        return engine

    async def _fetch(self, key: str, blob: str) -> Path:
        if self._database is None:
            raise RuntimeError(f"the road data {key[:12]} is not on this host and no database was named")
        self._home.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="roads-", dir=self._home) as scratch:
            archive = Path(scratch) / "roads.tar.gz"
            async with self._database.transaction() as session:
                await copy_blob_to(session, blob, archive)
            log.info("roads_fetched", key=key[:12], bytes=archive.stat().st_size)
            return await asyncio.to_thread(roads.unpack, archive, self._home, key)


def _claim(socket_path: Path) -> int | None:
    """Take the host's lock beside the socket and clear a dead server's socket; None when a living server holds it."""
    socket_path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(f"{socket_path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    _vacate(socket_path)
    return lock


def _vacate(socket_path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        socket_path.unlink()


def _work(engine: Engine, request: Table | Route) -> Reply:
    if isinstance(request, Table):
        return engine.table(request.points, request.radius_metres, request.sources, request.destinations)
    return engine.route(request.points, request.radius_metres)


async def run(socket_path: Path, home: Path, database_url: str | None, parent: int | None = None) -> None:
    """Serve until SIGTERM, SIGINT, or the end of the process `parent`."""
    database = Database(database_url, pool_size=1) if database_url else None
    serving = asyncio.current_task()
    assert serving is not None  # noqa: S101 - we run in a task
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, serving.cancel)
    watching = asyncio.create_task(_end_with(parent, serving)) if parent else None
    try:
        await RoadsServer(home, database).serve(socket_path)
    except asyncio.CancelledError:
        log.info("roads_stopped")
    finally:
        if watching is not None:
            watching.cancel()
        if database is not None:
            await database.dispose()


async def _end_with(parent: int, serving: asyncio.Task[None]) -> None:
    """A killed parent must not leave a server behind that holds the city in memory."""
    while os.getppid() == parent:  # noqa: ASYNC110 - the kernel has no event for this
        await asyncio.sleep(1.0)
    serving.cancel()


def main() -> None:
    """The command line of the `roads` process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--socket", type=Path, required=True, help="where to listen (a unix socket)")
    parser.add_argument("--home", type=Path, required=True, help="where unpacked road data is kept")
    parser.add_argument("--database-url", default=os.environ.get("DATABASE_URL"), help="where road data is fetched")
    parser.add_argument("--parent", type=int, help="end when this process, which started us, has gone")
    arguments = parser.parse_args()
    # Started for the time of one command, it speaks up on that command's terminal only when something is wrong.
    configure_logging("WARNING" if arguments.parent else settings().log_level, as_json=settings().log_json)
    asyncio.run(run(arguments.socket, arguments.home, arguments.database_url, arguments.parent))


if __name__ == "__main__":
    main()
