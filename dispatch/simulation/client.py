"""The public HTTP API as its clients use it: bearer tokens, keys for repeats, patience with a restarting server."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx

PATIENCE_SECONDS = 120.0


class Refused(Exception):
    """An answer of 400 and up: the problem's code and sentence."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body.get('code')}: {body.get('detail')}")
        self.status = status
        self.code = str(body.get("code"))
        self.body = body


class Site:
    """A running product, by its address; connections are shared by everybody who speaks to it."""

    def __init__(self, url: str, http: httpx.Client | None = None) -> None:
        self._http = http or httpx.Client(base_url=url, timeout=120.0, headers={"Accept-Language": "en"})
        self.requests = 0

    def as_(self, token: str) -> Client:
        """Speak as the holder of a token."""
        return Client(self, token)

    def send(self, method: str, path: str, token: str, **options: Any) -> httpx.Response:
        """One request. A server that is away is asked again; every POST carries its key, so that is safe."""
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        if method == "POST":
            headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.requests += 1
                response = self._http.request(method, path, headers=headers, **options)
                if not _try_again(response):
                    return response
                trouble: Exception = Refused(response.status_code, _body(response))
            except httpx.TransportError as error:
                trouble = error
            if time.monotonic() > deadline:
                raise trouble
            time.sleep(0.5)

    def page(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request of a browser that nobody is signed in to; nothing is followed or repeated."""
        self.requests += 1
        return self._http.request(method, path, follow_redirects=False, **options)

    def close(self) -> None:
        """End the connections."""
        self._http.close()


class Client:
    """One person or phone."""

    def __init__(self, site: Site, token: str) -> None:
        self._site = site
        self._token = token

    def get(self, path: str, **params: Any) -> Any:
        """The answer's JSON; raises `Refused`."""
        given = {name: value for name, value in params.items() if value is not None}
        return self._read(self._site.send("GET", path, self._token, params=given))

    def post(self, path: str, body: Any = None, *, if_match: str | None = None) -> Any:
        """The answer's JSON; raises `Refused`. `if_match` is the version that the request relies on."""
        headers = {"If-Match": if_match} if if_match else {}
        return self._read(self._site.send("POST", path, self._token, json=body, headers=headers))

    def put(self, path: str, body: Any) -> Any:
        """The answer's JSON; raises `Refused`."""
        return self._read(self._site.send("PUT", path, self._token, json=body))

    def put_file(self, path: str, content: bytes, media_type: str, **params: Any) -> Any:
        """Upload one file as multipart `file`."""
        files = {"file": ("photo.jpg", content, media_type)}
        return self._read(self._site.send("PUT", path, self._token, files=files, params=params))

    def every(self, path: str, **params: Any) -> Iterator[Any]:
        """All items of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **params, cursor=cursor, limit=200)
            yield from page["items"]
            cursor = page.get("nextCursor")
            if cursor is None:
                return

    def _read(self, response: httpx.Response) -> Any:
        if response.status_code >= 400:
            raise Refused(response.status_code, _body(response))
        return response.json() if response.content else None


def _try_again(response: httpx.Response) -> bool:
    """Whether the server was away, or only met another transaction at a bad moment."""
    return response.status_code in (502, 503, 504) or (
        response.status_code == 409 and _body(response).get("code") == "conflict.retry"
    )


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {"code": "unreadable", "detail": response.text[:200]}
    return body if isinstance(body, dict) else {"detail": str(body)}
