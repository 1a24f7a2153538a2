"""The outer gate of the web program: what is settled for every request before any room sees it.

Whom the request is from (`kit.http.clients`), whether it was meant for this site (Host), whether a page of another site
sent it (Sec-Fetch-Site, Origin), and the headers that every answer has, errors, files and unknown addresses too.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from kit.errors import Forbidden, Malformed, Problem, Unsupported
from kit.http.clients import Network, client_of, identify, parse_address, remember
from kit.http.problems import on_problem

READING = ("GET", "HEAD", "OPTIONS")
HSTS = "max-age=31536000"
_KEPT_PRIVATE = ("private", "no-store")
_PORTS = {"http": 80, "https": 443}


class Gate:
    """An ASGI application around another one.

    Args:
        inner: the program.
        headers: what every answer has, unless the handler said otherwise.
        trusted: networks whose proxies are believed.
        hops_header: where those proxies write down whom they speak for.
        hosts: names under which the site is reached, `*` for any. Addresses, `localhost` and this machine's own name
            need no mention: no stranger can make one of these names lead a browser here (DNS rebinding).
    """

    def __init__(
        self,
        inner: ASGIApp,
        *,
        headers: Mapping[str, str],
        trusted: Sequence[Network] = (),
        hops_header: str = "x-forwarded-for",
        hosts: Sequence[str] = (),
    ) -> None:
        self._inner = inner
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._trusted = tuple(trusted)
        self._hops_header = hops_header
        self._here = {"localhost", socket.gethostname().lower()}
        self._hosts = {host.lower().rstrip(".") for host in hosts} | self._here

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or answer it with the reason why not."""
        connected, headers = scope.get("client"), _headers_of(scope)
        client = identify(
            tuple(scope["headers"]),
            connected[0] if connected else None,
            scope["scheme"],
            scope["http_version"],
            self._trusted,
            self._hops_header,
        )
        name = _name_of(headers.get("host", ""))
        if not self._is_local(name):  # whoever asked for another name than this machine's came through something
            client = replace(client, forwarded=True)
        remember(scope, client)  # type: ignore[arg-type]

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._complete(scope, list(message["headers"]))
            await send(message)

        try:
            self._check(headers, str(scope.get("method", "GET")), name, client.scheme)
        except Problem as refused:
            request: Request[Any, Any, Any] = Request(scope)
            answer = on_problem(request, refused).to_asgi_response(None, request)
            await answer(scope, receive, say)
            return
        await self._inner(scope, receive, say)

    def _check(self, headers: Mapping[str, str], method: str, name: str | None, scheme: str) -> None:
        if name is None:
            raise Malformed("malformed.host", field="Host")
        if "*" not in self._hosts and name not in self._hosts and parse_address(name) is None:
            raise Forbidden("forbidden.host", host=name)
        if method not in READING:
            check_site(headers, headers["host"], scheme)

    def _is_local(self, name: str | None) -> bool:
        address = parse_address(name or "")
        return name in self._here or (address is not None and address.is_loopback)

    def _complete(self, scope: Scope, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """The headers of an answer, with those that it lacks."""
        said: MutableMapping[bytes, bytes] = {name.lower(): value for name, value in headers}
        added = [(name, value) for name, value in self._headers if name not in said]
        if client_of(scope).scheme == "https":
            added.append((b"strict-transport-security", HSTS.encode()))
        if said.get(b"content-type", b"").startswith(b"text/event-stream"):
            added.append((b"x-accel-buffering", b"no"))  # nginx passes each event on as it comes
        if scope["path"].startswith("/api"):
            control = said.get(b"cache-control", b"").decode("latin-1").lower()
            if not any(word in control for word in _KEPT_PRIVATE):
                headers = [(name, value) for name, value in headers if name.lower() != b"cache-control"]
                added.append((b"cache-control", b"no-store"))
        return headers + added


def check_site(headers: Mapping[str, str], host: str, scheme: str) -> None:
    """Raise `Forbidden` where a page of another site sent the request.

    A browser says so in Sec-Fetch-Site, which no page can write (W3C Fetch Metadata); over plain HTTP many say it in
    Origin alone. Programs send neither. A page that came by plain HTTP is another site than ours by HTTPS.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Forbidden("forbidden.site", site=site)
        return
    origin = headers.get("origin")
    if origin is None:
        return
    named, _, _rest = origin.partition("://")
    if _place(origin) != _place(f"{named}://{host}") or (scheme == "https" and named != "https"):
        raise Forbidden("forbidden.origin", origin=origin[:200], host=host)


def _headers_of(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _place(origin: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(origin)
        if not parts.hostname:
            return None
        return parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None


def _name_of(host: str) -> str | None:
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    if parts.path or parts.query or parts.fragment or "@" in host or not parts.hostname:
        return None
    return parts.hostname.rstrip(".")


# --- bodies -----------------------------------------------------------------------------------------------------------


def declared_types(handler: BaseRouteHandler) -> tuple[str, ...]:
    """The media types of bodies that an operation takes, as the OpenAPI document names them; none: it takes no body."""
    operation = getattr(handler, "operation_class", None)
    described = getattr(operation() if operation is not None else None, "request_body", None)
    if described is not None:
        return tuple(described.content)
    data = handler.parsed_data_field
    if data is None:
        return ()
    wanted = getattr(data.kwarg_definition, "media_type", None)
    return (str(getattr(wanted, "value", wanted) or "application/json"),)


async def require_declared_type(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard for every handler: the body is of the type that the operation declares. Raises `Unsupported`.

    A form of another site can send text/plain and form data without asking first, and never JSON.
    """
    wanted = declared_types(handler)
    if not wanted:
        return
    given = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given in wanted or ("application/json" in wanted and given.endswith("+json")):
        return
    if any(one.endswith("/*") and given.startswith(one[:-1]) for one in wanted):
        return
    raise Unsupported("unsupported.body", field="Content-Type", wanted=", ".join(wanted), given=given or "–")
