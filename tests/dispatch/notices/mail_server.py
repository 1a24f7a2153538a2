"""A mail server of our own, which keeps what it is given."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller


class Box:
    """Keeps what it is sent, or refuses it."""

    def __init__(self, refusal: str | None) -> None:
        self.refusal, self.mails = refusal, list[bytes]()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refusal:
            return self.refusal
        self.mails.append(envelope.content)
        return "250 taken"


@contextmanager
def mail_server(refusal: str | None = None) -> Iterator[tuple[Box, dict[str, Any]]]:
    """A mail server on loopback, and the configuration of a channel to it."""
    box = Box(refusal)
    controller = Controller(box, hostname="127.0.0.1", port=0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        controller.port = free.getsockname()[1]
    controller.start()
    try:
        yield box, {"host": "127.0.0.1", "port": controller.port, "sender": "service@example.com", "tls": "none"}
    finally:
        controller.stop()
