"""SMS gateways on loopback: each takes messages as data says, and remembers them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


Answer = Callable[[Asked], Awaitable[tuple[int, Any] | None]]


@dataclass
class Gateway:
    """A server that answers as `answer` says; None cuts the connection without an answer."""

    answer: Answer
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            method, target, _ = first.split(" ")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            parts = urlsplit(target)
            one = Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
            self.asked.append(one)
            self.came.set()
            said = await self.answer(one)
            if said is not None:
                status, content = said
                sent = json.dumps(content).encode()
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n".encode())
                writer.write(f"Content-Length: {len(sent)}\r\nConnection: close\r\n\r\n".encode() + sent)
                await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def gateway(answer: Answer, port: int = 0) -> AsyncIterator[Gateway]:
    """A running gateway on a free port of loopback, or on the one given."""
    made = Gateway(answer)
    server = await asyncio.start_server(made._serve, "127.0.0.1", port)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield made
    finally:
        server.close()


async def takes_all(asked: Asked) -> tuple[int, Any]:
    """Takes every message and names it."""
    return 200, {"id": f"m-{asked.headers.get('idempotency-key', '')}"}
