"""An SMS gateway on this machine, for whoever simulates: it takes what it is sent, and can be down for a while."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Gateway:
    """What it took, in order: area time, reference, phone and text. From the first message after `fails_from` on it
    refuses everything for an hour of the area's time.
    """

    url: str = ""
    now: datetime | None = None
    fails_from: datetime | None = None
    works_from: datetime | None = None
    taken: list[tuple[datetime | None, str, str, str]] = field(default_factory=list)
    refused: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: dict[str, Any]) -> tuple[HTTPStatus, dict[str, Any]]:
        """Answer one request."""
        with self._lock:
            if self.now is not None and self.fails_from is not None and self.now >= self.fails_from:
                self.works_from = self.works_from or self.now + timedelta(hours=1)
            if self.now is not None and self.works_from is not None and self.now < self.works_from:
                self.refused += 1
                return HTTPStatus.SERVICE_UNAVAILABLE, {"error": "down"}
            self.taken.append((self.now, message["reference"], message["to"], message["text"]))
            return HTTPStatus.OK, {"id": f"G{len(self.taken)}"}


@contextmanager
def gateway() -> Iterator[Gateway]:
    """A gateway that listens on loopback for the time of the block."""
    kept = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = kept.take(json.loads(content))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing: its requests name phones."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/sms"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
