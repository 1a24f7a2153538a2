"""Errors as HTTP says them (RFC 9457): one table from named errors to statuses, and one form of answer."""

from __future__ import annotations

import random
from typing import Any

import psycopg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kit import errors
from kit.bounds import MAX_DEPTH
from kit.explaining import explained
from kit.i18n import catalogue, language_of, text
from kit.ids import uuid7

log = structlog.get_logger()
TRY_AGAIN = ("40001", "40P01")
"""SQLSTATEs of a transaction that only met another one at a bad moment: a serialization failure, a deadlock."""
OURS = "Grid-Dispatch-Answer"
"""A header of every refusal of ours: a portal's or a proxy's page, which a phone may be shown instead, has it not."""
STATUS: dict[type[errors.Problem], int] = {
    errors.Malformed: 400,
    errors.NotSignedIn: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.BeyondEnd: 416,
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
    headers = {"Content-Language": language, OURS: "problem"}
    if status in (429, 503):
        headers["Retry-After"] = str(params.get("seconds", 60 if status == 429 else _later()))
    return Response(body, status_code=status, media_type="application/problem+json", headers=headers)


def on_problem(request: Request[Any, Any, Any], error: errors.Problem) -> Response[Any]:
    """Our own named errors."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    answer = problem(request, status, error.code, field=error.field, current=error.current, **error.params)
    answer.content.update(error.members)
    return answer


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What the framework refuses: unreadable bodies, unknown addresses, wrong methods."""
    if isinstance(error, ValidationException):
        first: Any = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
        key = first.get("key")
        detail = explained(str(first.get("message") or error.detail), place=key)
        return problem(request, 400, "malformed", field=key, detail=detail)
    if isinstance(error, NotFoundException):
        return problem(request, 404, "not_found.page")
    if error.status_code == 405:
        return problem(request, 405, "method_not_allowed")
    if error.status_code == 413:
        most = request.route_handler.resolve_request_max_body_size()  # of a route: there are bodies only there
        return problem(request, 413, "too_large", limit=f"{most:,}")
    return problem(request, error.status_code, "malformed", detail=explained(error.detail))


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


def on_busy(request: Request[Any, Any, Any], _error: PoolTimeout) -> Response[Any]:
    """Every connection of this process is in use, and was for seconds: come again."""
    return problem(request, 503, "unavailable.busy")


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


def _later() -> int:
    """Seconds until the next try, drawn so that who was turned away together does not come back together."""
    return random.randint(2, 15)  # noqa: S311 - no secret


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _constraint(error: DBAPIError) -> str:
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or "–"


EXCEPTION_HANDLERS: dict[Any, Any] = {
    errors.Problem: on_problem,
    HTTPException: on_http_exception,
    DBAPIError: on_database_error,
    psycopg.OperationalError: on_lost_connection,
    PoolTimeout: on_busy,
    RecursionError: on_too_deep,
    Exception: on_unexpected,
}
