"""What every controller shares: the session of a request, who asks, the error table, pages, versions, repeats."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import inspect
import json
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, cast
from uuid import UUID

import msgspec
import structlog
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, RequestBody, Schema
from litestar.params import QueryParameter
from litestar.plugins import ReceiveRoutePlugin
from litestar.response.base import ASGIResponse
from litestar.routes import BaseRoute, HTTPRoute
from litestar.serialization import get_serializer
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from kit.actor import Actor
from kit.db import Database
from kit.http import idempotency
from kit.http import problems as http_problems
from kit.http.bounds import Limited
from kit.privacy import masked

log = structlog.get_logger()
SESSION_COOKIE = "grid_dispatch_session"
CSRF_HEADER = "x-csrf-token"
_answering: ContextVar[Request[Any, Any, Any]] = ContextVar("answering")


class Struct(msgspec.Struct, rename="camel", kw_only=True):
    """What HTTP says: camelCase outside, our names inside."""

    shown_once: ClassVar[tuple[str, ...]] = ()
    """Fields with a secret: a kept answer has null there, and so has a repeat."""


T = TypeVar("T")


class Page(Struct, Generic[T]):  # noqa: UP046 - Python 3.12's get_type_hints does not find the T of `class Page[T]`
    """A page of a list. Send `nextCursor` back as `cursor` for the next one; null ends the list."""

    items: list[T]
    next_cursor: str | None = None


def encode_cursor(*parts: object) -> str:
    """An opaque cursor from the sort key of a page's last row."""
    return base64.urlsafe_b64encode(json.dumps([str(part) for part in parts]).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, parts: int) -> list[str]:
    """The sort key inside a cursor. Raises `Malformed` for one we did not give out."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise errors.Malformed("malformed.cursor", field="cursor") from error
    if not isinstance(values, list) or len(values) != parts:
        raise errors.Malformed("malformed.cursor", field="cursor")
    return [str(value) for value in values]


def id_in_cursor(cursor: str | None) -> UUID | None:
    """The id of the last row of the page before, where pages are in the order of ids; None for the first page.

    Raises `Malformed` for a cursor we did not give out.
    """
    if cursor is None:
        return None
    (place,) = decode_cursor(cursor, 1)
    try:
        return UUID(place)
    except ValueError as error:
        raise errors.Malformed("malformed.cursor", field="cursor") from error


# --- bodies that are files --------------------------------------------------------------------------------------------


@dataclass
class GeoJsonFile(Limited):
    """For `operation_class`: the OpenAPI document says that the body is a GeoJSON FeatureCollection."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = _file_body("application/geo+json", OpenAPIType.OBJECT, "A GeoJSON FeatureCollection.")


@dataclass
class CsvFile(Limited):
    """For `operation_class`: the body is a CSV file."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = _file_body("text/csv", OpenAPIType.STRING, "CSV in UTF-8 or GB18030, with a heading.")


@dataclass
class ImageFile(Limited):
    """For `operation_class`: the body is a picture."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = _file_body("image/*", OpenAPIType.STRING, "A JPEG, PNG or WebP.")


@dataclass
class BytesFile(Limited):
    """For `operation_class`: the body is bytes of any kind, such as a piece of a file."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.request_body = _file_body("application/octet-stream", OpenAPIType.STRING, "Bytes as they are.")


CSV_ANSWER = ResponseSpec(data_container=str, media_type="text/csv", generate_examples=False,
                          description="CSV in UTF-8 with a byte order mark, as a file to keep.")  # fmt: skip
"""Of a handler whose answer is a spreadsheet."""
SheetLanguage = Annotated[
    Literal["en", "zh", "qps"] | None,
    QueryParameter(name="lang", description="The language of the sheet, where a link can send no Accept-Language."),
]


def _file_body(media_type: str, kind: OpenAPIType, description: str) -> RequestBody:
    content: dict[str, Any] = {media_type: OpenAPIMediaType(schema=Schema(type=kind, description=description))}
    return RequestBody(content=content, required=True)


# --- who asks ---------------------------------------------------------------------------------------------------------

Authenticate = Callable[[AsyncSession, str | None, str | None], Awaitable[tuple[Actor, str | None] | None]]
"""`(session, bearer_token, session_cookie)` -> the actor and, for browsers, the CSRF token of their session."""


def credentials(connection: ASGIConnection[Any, Any, Any, Any]) -> tuple[str | None, str | None]:
    """The bearer token, or else the session cookie, that a request shows."""
    header = connection.headers.get("authorization", "")
    bearer = header[7:].strip() if header[:7].lower() == "bearer " else None
    return bearer, connection.cookies.get(SESSION_COOKIE) if bearer is None else None


class Authentication(AbstractAuthenticationMiddleware):
    """Puts the `Actor` on the request, `None` where nobody is signed in. `app.py` sets `app.state.authenticate`."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """Read the bearer token or the session cookie; a cookie needs its CSRF token for anything but reading."""
        bearer, cookie = credentials(connection)
        if bearer is None and cookie is None:
            return AuthenticationResult(user=None, auth=None)
        database: Database = connection.app.state.database
        authenticate: Authenticate = connection.app.state.authenticate
        try:
            async with database.single_statements() as session:
                found = await authenticate(session, bearer, cookie)
        except errors.NotSignedIn as refused:
            connection.scope["state"]["refused"] = refused  # told by what needs somebody signed in
            found = None
        if found is None:
            return AuthenticationResult(user=None, auth=None)
        actor, csrf = found
        if csrf is not None and connection.scope.get("method") not in ("GET", "HEAD", "OPTIONS"):
            sent = connection.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(sent.encode(), csrf.encode()):
                raise errors.Forbidden("forbidden.csrf")
        return AuthenticationResult(user=actor, auth=csrf)


async def require_signed_in(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard for every handler that asks for the actor.

    It runs before any dependency begins: Litestar leaves one open for good when another beside it raises, so the 401
    must not come from `provide_actor`. It is a coroutine because Litestar runs a plain function in a thread.
    """
    if "actor" in handler.parsed_fn_signature.parameters and not isinstance(connection.scope.get("user"), Actor):
        raise connection.scope["state"].get("refused") or errors.NotSignedIn("not_signed_in")


async def provide_actor(request: Request[Any, Any, Any]) -> Actor:
    """The signed-in actor; raises `NotSignedIn`. Public routes do not ask for it."""
    if not isinstance(request.user, Actor):
        raise errors.NotSignedIn("not_signed_in")
    return request.user


# --- the transaction of a request -------------------------------------------------------------------------------------


class Replayed(Exception):
    """The request was applied before; `response` is what was answered then."""

    def __init__(self, response: Response[Any]) -> None:
        self.response = response


def on_replayed(_request: Request[Any, Any, Any], replayed: Replayed) -> Response[Any]:
    """Give the first answer again."""
    return replayed.response


async def provide_session(request: Request[Any, Any, Any], state: State) -> AsyncSession:
    """The session of a request. It holds no connection until it is used; `Transactions` commits it and closes it.

    It is not a generator, because Litestar never ends one whose neighbour (a query, a body) turns out to be malformed.
    """
    database: Database = state.database
    return database.session(request=request)


class Transactions(ReceiveRoutePlugin):
    """One request, one transaction: `kit.db` commits when the handler has returned, and rolls back when it raises."""

    def receive_route(self, route: BaseRoute) -> None:
        """Wrap every handler of the route that asks for the session."""
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if inspect.iscoroutinefunction(handler.fn) and "session" in inspect.signature(handler.fn).parameters:
                    handler(_in_transaction(handler.fn))


def _in_transaction(handle: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    if getattr(handle, "in_transaction", False):
        return handle

    @functools.wraps(handle)
    async def kept(*args: Any, session: AsyncSession, **given: Any) -> Response[Any]:
        request: Request[Any, Any, Any] = session.info["request"]
        database: Database = request.app.state.database
        asker = request.scope.get("user")
        async with database.transaction(session):
            key = request.headers.get("idempotency-key") if request.method == "POST" else None
            repeats = key and request.route_handler.opt.get("keeps_answer", True)
            account_id = asker.account_id if repeats and isinstance(asker, Actor) else None
            if key and account_id:
                await _claim(session, request, account_id, key)
            made = await handle(*args, session=session, **given)
            answer = (
                made if isinstance(made, Response) else Response(made, status_code=request.route_handler.status_code)
            )
            if isinstance(asker, Actor):
                answer.content = masked(answer.content, asker)
            if key and account_id:
                await _remember(session, request, account_id, key, answer)
            return _rendered(answer, request)

    cast(Any, kept).in_transaction = True
    return kept


def _rendered(answer: Response[Any], request: Request[Any, Any, Any]) -> Response[Any]:
    """The answer with its body written out: what cannot be written must fail before the transaction is committed."""
    handler = request.route_handler
    if type(answer) is Response:
        answer.media_type = answer.media_type or getattr(handler, "media_type", None)
        encoders = {**handler.resolve_type_encoders(), **(answer.response_type_encoders or {})}
        answer.content = answer.render(
            answer.content, answer.media_type or "application/json", get_serializer(encoders)
        )
    return answer


async def _claim(session: AsyncSession, request: Request[Any, Any, Any], account_id: UUID, key: str) -> None:
    fingerprint = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + await _sent(request)).hexdigest()
    first = await idempotency.claim(session, account_id, key, fingerprint)
    if first is None:
        return
    if first.fingerprint != fingerprint or first.status is None:
        raise errors.Conflict("conflict.repeat", key=key)
    raise Replayed(
        Response(
            first.body or b"",
            status_code=first.status,
            media_type=first.media_type or "application/json",
            headers={"Idempotency-Replayed": "true"},
        )
    )


async def _sent(request: Request[Any, Any, Any]) -> bytes:
    """What was sent. A form with files is read as a form: its stream is there once, a repeat has other boundaries."""
    if request.content_type[0] != RequestEncodingType.MULTI_PART:
        return await request.body()
    sent = b""
    for name, value in (await request.form()).multi_items():
        content = str(value).encode()
        if isinstance(value, UploadFile):
            content = str(value.filename).encode() + b"\n" + await value.read()
            await value.seek(0)
        sent += f"{name} {len(content)}\n".encode() + content
    return sent


async def _remember(
    session: AsyncSession, request: Request[Any, Any, Any], account_id: UUID, key: str, response: Response[Any]
) -> None:
    """Keep the answer for a caller who never hears it and repeats.

    It is stored in the transaction of the request, so what was done and what was answered are kept together or not at
    all: there is no moment at which a dying process could leave the one without the other. Secrets are not kept: an
    operation that gives nothing else says `keeps_answer=False`, another names them in its answer's `shown_once`.
    """
    handler: Any = request.route_handler
    kept = response
    if isinstance(response.content, Struct) and response.content.shown_once:
        content = msgspec.structs.replace(response.content, **dict.fromkeys(response.content.shown_once))
        kept = Response(content, status_code=response.status_code, media_type=response.media_type)
    answer = kept.to_asgi_response(
        None, request, status_code=handler.status_code, media_type=getattr(handler, "media_type", None)
    )
    if isinstance(answer, ASGIResponse):
        media_type = dict(answer.encoded_headers).get(b"content-type", b"application/json").decode()
        await idempotency.keep_answer(session, account_id, key, answer.status_code, answer.body, media_type)


async def note_request(request: Request[Any, Any, Any]) -> None:
    """`before_request` of the app: `finish_answer` is told the answer alone, and needs to know whose it is."""
    _answering.set(request)


async def finish_answer(response: Response[Any]) -> Response[Any]:
    """`after_request` of the app: blank what the caller may not see, also where an operation asks for no session."""
    asker = _answering.get().scope.get("user")
    if isinstance(asker, Actor):
        response.content = masked(response.content, asker)
    return response


def expected_version(request: Request[Any, Any, Any]) -> int | None:
    """The version in `If-Match`, or None. Raises `Malformed` when it is not a number in quotes."""
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    try:
        return int(header.strip().removeprefix("W/").strip('"'))
    except ValueError as error:
        raise errors.Malformed("malformed.version", field="If-Match") from error


def check_version(current: int, expected: int | None, state: Any) -> None:
    """Raise `Stale` with the current state when somebody else changed the row first."""
    if expected is not None and expected != current:
        raise errors.Stale("stale", current=state)


EXCEPTION_HANDLERS: dict[Any, Any] = {**http_problems.EXCEPTION_HANDLERS, Replayed: on_replayed}
