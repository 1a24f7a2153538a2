"""A network between a phone and the product that does what networks do. Loopback only.

Modes: `up`, `refuse` (nobody listens), `black_hole` (taken and never answered), `slow` (64 kbit/s), `cut` (the line
dies after so many bytes of a request have gone up), `cut_answer` (after so many bytes of an answer), `drop` (the
request arrives and is done, its answer is lost), `portal` (a page with 200 for whatever is asked).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["up", "refuse", "black_hole", "slow", "cut", "cut_answer", "drop", "portal"]
SLOW_BYTES, SLOW_PAUSE = 800, 0.1
_PORTAL = b"<!doctype html><title>Free WiFi</title><h1>Please accept our terms</h1>"


@dataclass
class Passed:
    """A request that came by: what was done to it, and its body as far as it came."""

    method: str
    path: str
    mode: Mode
    body: bytes
    answered: bool = False


@dataclass
class FaultProxy:
    """Use `set_mode`; `passed` is everything that was asked since."""

    target: int
    port: int = 0
    mode: Mode = "up"
    prefix: str = "/"
    times: int | None = None
    cut_after: int = 0
    instead: dict[str, tuple[str, bytes] | None] = field(default_factory=dict)
    """Another release of the app: files by path with their types; None for one that is no longer there."""
    passed: list[Passed] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    async def start(self) -> None:
        """Listen; at the same port as before, once there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Nobody listens any more, and what was open is dead."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()

    async def set_mode(self, mode: Mode, prefix: str = "/", times: int | None = None, cut_after: int = 0) -> None:
        """From now on requests whose path begins with `prefix` fare so, the next `times` of them or all."""
        self.mode, self.prefix, self.times, self.cut_after = mode, prefix, times, cut_after
        if mode == "refuse":
            await self.stop()
        elif self._server is None:
            await self.start()
        if mode == "black_hole" and prefix == "/":
            for writer in list(self._open):
                writer.transport.abort()

    def asked(self, method: str, prefix: str) -> list[Passed]:
        return [one for one in self.passed if one.method == method and one.path.startswith(prefix)]

    def _fate(self, path: str, length: int) -> Mode:
        if self.mode == "up" or not path.startswith(self.prefix) or self.times == 0:
            return "up"
        if self.mode == "cut" and length <= self.cut_after:
            return "up"
        if self.times is not None:
            self.times -= 1
        return self.mode

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            await self._one(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, asyncio.LimitOverrunError):
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            self._open.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        kept = [line for line in lines if line and not line.lower().startswith(("connection:", "proxy-connection:"))]
        length = next((int(line.split(":")[1]) for line in kept if line.lower().startswith("content-length:")), 0)
        fate = self._fate(path, length)
        seen = Passed(method, path, fate, b"")
        self.passed.append(seen)
        if fate == "black_hole":
            await asyncio.Event().wait()
        if fate == "cut":
            seen.body = await reader.readexactly(min(length, self.cut_after))
            writer.transport.abort()
            return
        while len(seen.body) < length:
            seen.body += await self._some(reader, fate, length - len(seen.body))
        if fate == "portal":
            await _give(writer, ("text/html", _PORTAL))
            return
        if path in self.instead:
            await _give(writer, self.instead[path])
            return
        up, down = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            down.write("\r\n".join([first, *kept, "Connection: close", "", ""]).encode("latin-1") + seen.body)
            await down.drain()
            if fate == "drop":
                await up.read()
                writer.transport.abort()
                return
            came = 0
            while part := await self._some(up, fate, 65536):
                came += len(part)
                writer.write(part)
                await writer.drain()
                if fate == "cut_answer" and came >= self.cut_after:
                    writer.transport.abort()
                    return
            seen.answered = True
        finally:
            down.close()

    async def _some(self, reader: asyncio.StreamReader, fate: Mode, most: int) -> bytes:
        if fate != "slow":
            return await reader.read(most)
        await asyncio.sleep(SLOW_PAUSE)
        return await reader.read(min(most, SLOW_BYTES))


async def _give(writer: asyncio.StreamWriter, file: tuple[str, bytes] | None) -> None:
    kind, body = file or ("application/problem+json", b"{}")
    about = ["HTTP/1.1 200 OK" if file else "HTTP/1.1 404 Not Found", f"Content-Type: {kind}"]
    about += [f"Content-Length: {len(body)}", "Cache-Control: no-cache", "Connection: close", "", ""]
    writer.write("\r\n".join(about).encode() + body)
    await writer.drain()


@asynccontextmanager
async def fault_proxy(target: int) -> AsyncIterator[FaultProxy]:
    """A proxy before the program at this port of ours."""
    proxy = FaultProxy(target)
    await proxy.start()
    try:
        yield proxy
    finally:
        tasks = list(proxy._tasks)
        await proxy.stop()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
