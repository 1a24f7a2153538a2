"""What every controller shares: the session of a request, who asks, the error table, pages, versions, repeats."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

import msgspec
import psycopg
import structlog
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, RequestBody, Schema
from litestar.params import QueryParameter
from litestar.response.base import ASGIResponse
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors, idempotency
from kit.actor import Actor
from kit.bounds import MAX_DEPTH
from kit.db import Database
from kit.http_bounds import Limited
from kit.i18n import catalogue, language_of, text
from kit.ids import uuid7
from kit.privacy import masked

log = structlog.get_logger()
SESSION_COOKIE = "grid_dispatch_session"
CSRF_HEADER = "x-csrf-token"
TRY_AGAIN = ("40001", "40P01")
"""SQLSTATEs of a transaction that only met another one at a bad moment: a serialization failure, a deadlock."""
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


# --- errors -----------------------------------------------------------------------------------------------------------

STATUS: dict[type[errors.Problem], int] = {
    errors.Malformed: 400,
    errors.NotSignedIn: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.Invalid: 422,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}


def problem(
    request: Request[Any, Any, Any],
    status: int,
    code: str,
    /,
    *,
    field: str | None = None,
    current: Any = None,
    **params: Any,
) -> Response[Any]:
    """An RFC 9457 answer in the caller's language."""
    language = language_of(request.headers.get("accept-language"))
    body: dict[str, Any] = {"type": f"urn:grid-dispatch:problem:{code}", "status": status, "code": code}
    body["title"] = body["detail"] = text(code, language, **({"field": field or "–"} | params))
    if field is not None:
        body["field"] = field
    if current is not None:
        body["current"] = current
    headers = {"Content-Language": language}
    if status == 429:
        headers["Retry-After"] = str(params.get("seconds", 60))
    return Response(body, status_code=status, media_type="application/problem+json", headers=headers)


def on_problem(request: Request[Any, Any, Any], error: errors.Problem) -> Response[Any]:
    """Our own named errors."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return problem(request, status, error.code, field=error.field, current=error.current, **error.params)


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What the framework refuses: unreadable bodies, unknown addresses, wrong methods."""
    if isinstance(error, ValidationException):
        first: Any = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
        return problem(request, 400, "malformed", field=first.get("key"), detail=first.get("message") or error.detail)
    if isinstance(error, NotFoundException):
        return problem(request, 404, "not_found.page")
    if error.status_code == 405:
        return problem(request, 405, "method_not_allowed")
    if error.status_code == 413:
        return problem(request, 413, "too_large", limit="–")
    return problem(request, error.status_code, "malformed", detail=error.detail)


def on_database_error(request: Request[Any, Any, Any], error: DBAPIError) -> Response[Any]:
    """A rule the database keeps is a 409 with that rule's own sentence; a lost connection is a 503.

    A deadlock or a serialization failure is a 409 too, and the caller may simply send the request again. A value that
    PostgreSQL cannot hold (a NUL in a text) is a 400.
    """
    if isinstance(error, DataError):
        return problem(request, 400, "malformed.value")
    if _sqlstate(error) in TRY_AGAIN:
        return problem(request, 409, "conflict.retry")
    if isinstance(error, IntegrityError) or _sqlstate(error)[:2] in ("23", "P0"):
        name = _constraint(error)
        code = f"constraint.{name}"
        if code in catalogue():
            return problem(request, 409, code)
        return problem(request, 409, "conflict.constraint", rule=name)
    if isinstance(error, OperationalError) or _sqlstate(error)[:2] in ("08", "57"):
        return problem(request, 503, "unavailable.database")
    return on_unexpected(request, error)


def on_lost_connection(request: Request[Any, Any, Any], _error: psycopg.OperationalError) -> Response[Any]:
    """The driver's own word, of a statement that did not go through SQLAlchemy, that the database went away."""
    return problem(request, 503, "unavailable.database")


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A mistake of ours: the traceback goes to the log under a reference, never to the caller."""
    reference = uuid7().hex[-12:]
    log.error(
        "http.internal",
        reference=reference,
        method=request.method,
        route=request.scope.get("path_template"),
        exc_info=error,
    )
    return problem(request, 500, "internal", reference=reference)


def on_too_deep(request: Request[Any, Any, Any], _error: RecursionError) -> Response[Any]:
    """A body nested so deep that it cannot even be read."""
    return problem(request, 400, "malformed.depth", field="data", limit=MAX_DEPTH)


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _constraint(error: DBAPIError) -> str:
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or "–"


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
        async with database.single_statements() as session:
            found = await authenticate(session, bearer, cookie)
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
        raise errors.NotSignedIn("not_signed_in")


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


async def provide_session(request: Request[Any, Any, Any], state: State) -> AsyncIterator[AsyncSession]:
    """One request, one transaction: committed in `kit.db` when the handler returned, rolled back when it raised."""
    database: Database = state.database
    key = request.headers.get("idempotency-key")
    async with database.transaction() as session:
        repeats = request.scope["route_handler"].opt.get("keeps_answer", True)
        if key and repeats and request.method == "POST" and isinstance(request.user, Actor) and request.user.account_id:
            await _claim(session, request, request.user.account_id, key)
        yield session


async def _claim(session: AsyncSession, request: Request[Any, Any, Any], account_id: UUID, key: str) -> None:
    body = await request.body()
    fingerprint = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).hexdigest()
    first = await idempotency.claim(session, account_id, key, fingerprint)
    if first is None:
        request.state.idempotency = (session, account_id, key)
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


async def note_request(request: Request[Any, Any, Any]) -> None:
    """`before_request` of the app: `finish_answer` is told the answer alone, and needs to know whose it is."""
    _answering.set(request)


async def finish_answer(response: Response[Any]) -> Response[Any]:
    """`after_request` of the app: blank what the caller may not see, then remember what is answered."""
    asker = _answering.get().scope.get("user")
    if isinstance(asker, Actor):
        response.content = masked(response.content, asker)
    return await remember_answer(response)


async def remember_answer(response: Response[Any]) -> Response[Any]:
    """Keep the answer for a caller who never hears it and repeats.

    It runs before the request's transaction ends, so what was done and what was answered are kept together or not at
    all: there is no moment at which a dying process could leave the one without the other. Secrets are not kept: an
    operation that gives nothing else says `keeps_answer=False`, another names them in its answer's `shown_once`.
    """
    request = _answering.get()
    session, account_id, key = request.state.get("idempotency", (None, None, None))
    if session is None:
        return response
    handler: Any = request.scope["route_handler"]
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
    return response


def expected_version(request: Request[Any, Any, Any]) -> int | None:
    """The version in `If-Match`, or None. Raises `Malformed` when it is not a number in quotes."""
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    try:
        return int(header.strip().removeprefix("W/").strip('"'))
    except ValueError as error:
        raise errors.Malformed("malformed", field="If-Match", detail="If-Match holds a version in quotes") from error


def check_version(current: int, expected: int | None, state: Any) -> None:
    """Raise `Stale` with the current state when somebody else changed the row first."""
    if expected is not None and expected != current:
        raise errors.Stale("stale", current=state)


EXCEPTION_HANDLERS: dict[Any, Any] = {
    errors.Problem: on_problem,
    Replayed: on_replayed,
    HTTPException: on_http_exception,
    DBAPIError: on_database_error,
    psycopg.OperationalError: on_lost_connection,
    RecursionError: on_too_deep,
    Exception: on_unexpected,
}
