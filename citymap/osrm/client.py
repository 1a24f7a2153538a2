"""Asking the `roads` process, and starting one where none runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from citymap.osrm.protocol import (
    Failure,
    Ping,
    Pong,
    Reply,
    Request,
    Route,
    RouteLeg,
    RouteReply,
    Table,
    TableReply,
    decode_reply,
    encode,
    read_message,
    write_message,
)
from kit.errors import Unavailable
from kit.geo import LonLat

_START_SECONDS = 60.0
_ANSWER_SECONDS = 300.0
_MOST_CELLS = 8_000_000
"""So many pairs are asked for at once: a message holds 64 million, and the server more than ten times their bytes."""
_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class RoadData:
    """Names a city's roads: the key of the host's cache and the blob to fetch them from."""

    key: str
    blob: str


@dataclass(frozen=True, slots=True)
class Table2D:
    """Tenths of a second and decimetres, int32, rows × columns; `NO_ROUTE` (−1) where there is no way."""

    durations: npt.NDArray[np.int32]
    distances: npt.NDArray[np.int32]
    unsnapped: list[int]


class RoadsClient:
    """Talks to the `roads` process. Each question opens its own connection, so a restarted server is found again.

    Raises `Unavailable` (`roads.not_running`) when nobody listens, or (`roads.failed`) when the server cannot answer.
    """

    def __init__(self, socket_path: Path, most_cells: int = _MOST_CELLS) -> None:
        self.socket_path = socket_path
        self.most_cells = most_cells

    async def ping(self) -> bool:
        """Whether the server answers."""
        try:
            return isinstance(await self._ask(Ping()), Pong)
        except Unavailable:
            return False

    async def table(
        self,
        data: RoadData,
        points: Sequence[LonLat],
        radius_metres: float,
        sources: Sequence[int] = (),
        destinations: Sequence[int] = (),
    ) -> Table2D:
        """Durations and distances between all points, or from `sources` to `destinations` (indexes).

        A table that is too large for one answer is asked for some rows at a time.
        """
        rows = list(sources) or list(range(len(points)))
        columns = len(destinations) or len(points)
        at_once = max(1, self.most_cells // max(1, columns))
        if len(rows) > at_once:
            parts = [
                await self.table(data, points, radius_metres, rows[begin : begin + at_once], destinations)
                for begin in range(0, len(rows), at_once)
            ]
            return Table2D(
                np.vstack([part.durations for part in parts]),
                np.vstack([part.distances for part in parts]),
                sorted({point for part in parts for point in part.unsnapped}),
            )
        reply = await self._ask(
            Table(data.key, data.blob, list(points), radius_metres, list(sources), list(destinations))
        )
        assert isinstance(reply, TableReply)  # noqa: S101 - the protocol pairs them
        shape = (len(rows), columns)
        return Table2D(
            np.frombuffer(reply.durations, dtype="<i4").reshape(shape),
            np.frombuffer(reply.distances, dtype="<i4").reshape(shape),
            reply.unsnapped,
        )

    async def route(self, data: RoadData, points: Sequence[LonLat], radius_metres: float) -> list[RouteLeg]:
        """The legs between consecutive points, with their lines."""
        reply = await self._ask(Route(data.key, data.blob, list(points), radius_metres))
        assert isinstance(reply, RouteReply)  # noqa: S101 - the protocol pairs them
        return reply.legs

    async def _ask(self, request: Request) -> Reply:
        """Ask once, and once more when the server went away in the middle: questions change nothing."""
        for attempt in (1, 2):
            try:
                reply = await self._converse(encode(request))
            except TimeoutError as error:
                raise Unavailable("roads.failed") from error
            except (ConnectionError, FileNotFoundError, asyncio.IncompleteReadError) as error:
                if attempt == 2:
                    raise Unavailable("roads.not_running", socket=str(self.socket_path)) from error
                await asyncio.sleep(0.2)
                continue
            if isinstance(reply, Failure):
                raise Unavailable("roads.failed", detail=reply.detail)
            return reply
        raise AssertionError("unreachable")

    async def _converse(self, message: bytes) -> Reply:
        reader, writer = await asyncio.open_unix_connection(str(self.socket_path))
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await write_message(writer, message)
                reply: Reply = decode_reply(await read_message(reader))
                return reply
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def roads_process(socket_path: Path, home: Path, database_url: str | None) -> AsyncIterator[RoadsClient]:
    """A client of the host's `roads` process; where none answers, one is started and ended again with the block."""
    client = RoadsClient(socket_path)
    if await client.ping():
        yield client
        return
    process = await start_roads_process(socket_path, home, database_url)
    try:
        yield client
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def start_roads_process(socket_path: Path, home: Path, database_url: str | None) -> asyncio.subprocess.Process:
    """Start the `roads` process and wait until it answers. Raises `Unavailable` when it does not come up.

    It ends with this process, and at once (with code 0) when another one has the socket already.
    """
    environment = dict(os.environ)
    if database_url:
        environment["DATABASE_URL"] = database_url
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "citymap.osrm.server", "--socket", str(socket_path), "--home", str(home),
        "--parent", str(os.getpid()),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, env=environment, cwd=_CHECKOUT,
    )  # fmt: skip
    client = RoadsClient(socket_path)
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while not await client.ping():
        if process.returncode or asyncio.get_running_loop().time() > deadline:
            if process.returncode is None:
                process.kill()
            await process.wait()
            raise Unavailable("roads.not_running", socket=str(socket_path))
        await asyncio.sleep(0.05)
    return process
