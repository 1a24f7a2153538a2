"""What is said over the `roads` socket: MessagePack structs, each behind its length in four bytes (big-endian)."""

from __future__ import annotations

import asyncio
import struct

import msgspec

from kit.geo import LonLat

MAX_MESSAGE_BYTES = 512 * 1024 * 1024
_LENGTH = struct.Struct(">I")
NO_ROUTE = -1
"""Stands for "no way from here to there" in the arrays of `TableReply`."""


class Ping(msgspec.Struct, tag=True):
    """Is anybody there?"""


class Table(msgspec.Struct, tag=True):
    """All durations and distances from `sources` to `destinations` (indexes into `points`; empty means all)."""

    key: str
    blob: str
    points: list[LonLat]
    radius_metres: float
    sources: list[int] = []
    destinations: list[int] = []


class Route(msgspec.Struct, tag=True):
    """The driven line through `points`, leg by leg."""

    key: str
    blob: str
    points: list[LonLat]
    radius_metres: float


class Pong(msgspec.Struct, tag=True):
    """The server's process id and how many cities it has open."""

    pid: int
    engines: int


class TableReply(msgspec.Struct, tag=True):
    """Row-major int32 little-endian: tenths of a second and decimetres; `NO_ROUTE` where there is none."""

    durations: bytes
    distances: bytes
    unsnapped: list[int]


class RouteLeg(msgspec.Struct):
    """One leg in tenths of a second and decimetres, with its line; both `NO_ROUTE` where there is no way."""

    duration: int
    distance: int
    line: list[LonLat]


class RouteReply(msgspec.Struct, tag=True):
    """The legs between consecutive points."""

    legs: list[RouteLeg]


class Failure(msgspec.Struct, tag=True):
    """The server could not answer; `code` is one of `messages.toml`."""

    code: str
    detail: str


type Request = Ping | Table | Route
type Reply = Pong | TableReply | RouteReply | Failure

encode = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(Ping | Table | Route).decode
decode_reply = msgspec.msgpack.Decoder(Pong | TableReply | RouteReply | Failure).decode


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """The next message. Raises `asyncio.IncompleteReadError` when the other side has gone."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > MAX_MESSAGE_BYTES:
        raise asyncio.IncompleteReadError(b"", length)
    return await reader.readexactly(length)


async def write_message(writer: asyncio.StreamWriter, message: bytes) -> None:
    """Send one message."""
    writer.write(_LENGTH.pack(len(message)))
    writer.write(message)
    await writer.drain()
