"""A push service on this machine, and a browser's keys: what is sent is checked as RFC 8291 and 8292 say."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AUTH = b"0123456789abcdef"


def b64(data: bytes) -> str:
    """URL-safe base64 as browsers write it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """What `b64` made."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class BrowserKeys:
    """The keys of a subscription; only who has them reads its messages."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        public = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.given = {"p256dh": b64(public), "auth": b64(AUTH)}

    def read(self, body: bytes) -> Any:
        """A message as the browser's worker gets it."""
        return json.loads(http_ece.decrypt(body, private_key=self._private, auth_secret=AUTH, version="aes128gcm"))


@dataclass(frozen=True)
class Sent:
    """A request to the push service."""

    head: str
    body: bytes

    def signed_by(self, key: str) -> dict[str, Any]:
        """The claims of its VAPID token. Raises `InvalidSignature` unless this key has signed them."""
        found = re.search(r"authorization: vapid t=([^.]+)[.]([^.]+)[.]([^,]+), ?k=([^\r]+)", self.head, re.IGNORECASE)
        assert found is not None, self.head
        header, claims, signature, named = found.groups()
        raw = unb64(signature)
        ordered = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(key))
        point.verify(ordered, f"{header}.{claims}".encode(), ec.ECDSA(SHA256()))
        assert named == key
        told: dict[str, Any] = json.loads(unb64(claims))
        return told


@dataclass
class PushService:
    """It keeps what it is sent, and answers as it is told."""

    port: int = 0
    status: int = 201
    sent: list[Sent] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        """The address of one browser."""
        return f"http://127.0.0.1:{self.port}/one"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(
            int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length")
        )
        self.sent.append(Sent(head, await reader.readexactly(length)))
        writer.write(f"HTTP/1.1 {self.status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[PushService]:
    """The service, until the block ends."""
    service = PushService()
    server = await asyncio.start_server(service.answer, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    async with server:
        yield service
