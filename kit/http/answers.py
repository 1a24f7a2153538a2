"""What every operation can answer besides success, said in the OpenAPI document.

Most of it follows from what an operation asks for (see `statuses`). What does not is declared beside the operation:
`@post(…, opt={"may_answer": (429,)})`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIType, Schema
from litestar.plugins import OpenAPISchemaPlugin, ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute
from litestar.typing import FieldDefinition

from kit.http.problem_codes import codes
from kit.http.problems import STATUS

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
FROM_US = frozenset({"session", "actor", "state", "request", "self", "body", "data"})
"""What a handler is given that is no parameter of the request."""


class CodeOf(msgspec.Struct, frozen=True):
    """Marks a text as one of the codes of a status."""

    status: int


def _problem(status: int, meaning: str) -> type[msgspec.Struct]:
    made = msgspec.defstruct(
        f"Problem{status}",
        [
            ("type", str),
            ("title", str),
            ("status", Literal[status]),
            ("detail", str),
            ("code", Annotated[str, CodeOf(status)]),
            ("field", str | None, None),
            ("current", Any, None),
        ],
        kw_only=True,
    )
    made.__doc__ = meaning
    return made


_MEANINGS = {status: (kind.__doc__ or "").partition(": ")[2] for kind, status in STATUS.items()}
PROBLEMS = {
    status: ResponseSpec(
        data_container=_problem(status, meaning),
        media_type="application/problem+json",
        generate_examples=False,
        description=meaning[:1].upper() + meaning[1:],
    )
    for status, meaning in _MEANINGS.items()
}
"""The answer of each status in `kit.http.problems.STATUS`."""
EMPTY = {
    204: ResponseSpec(None, description="Nothing more to say."),
    304: ResponseSpec(None, description="What the caller holds is still right."),
}
"""Answers without a body."""


def statuses(handler: HTTPRouteHandler, path: str) -> set[int]:
    """The statuses an operation can give besides its own.

    The site's name can be a stranger's, the actor not allowed or the page another site's (403), an actor missing (401);
    what needs no sign-in is asked too often (429), a name in the path unknown (404), a value malformed (400) or
    impossible (422), a body too large (413) or of a wrong type (415). A change can collide with another (409), and with
    a version that its caller has not seen (412). Without the database there is no answer (503).
    """
    asked = set(handler.parsed_fn_signature.parameters)
    writes = bool(handler.http_methods & WRITING)
    found = set(handler.opt.get("may_answer", ()))
    found |= {403}
    if "actor" in asked:
        found |= {401}
    elif handler.opt.get("per_minute", 1) is not None:
        found |= {429}
    if "{" in path:
        found |= {404}
    if asked - FROM_US or "data" in asked or "body" in asked:
        found |= {400, 422}
    if "data" in asked or "body" in asked:
        found |= {413, 415}
    if asked & {"session", "state"}:
        found |= {503} | ({409} if writes else set())
        if writes and "data" in asked:
            found |= {404}
    written = getattr(inspect.unwrap(handler.fn), "__code__", None)
    if written is not None and "expected_version" in written.co_names:
        found |= {400, 412}
    return found


class Answers(ReceiveRoutePlugin, OpenAPISchemaPlugin):
    """Says of every operation of the application how it can refuse, with the codes that these packages raise."""

    packages: tuple[str, ...] = ()

    def __init__(self, packages: tuple[str, ...]) -> None:
        self.packages = packages

    def receive_route(self, route: BaseRoute) -> None:
        """Add the refusals to the answers of every operation of the route."""
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                told = {status: (PROBLEMS | EMPTY)[status] for status in sorted(statuses(handler, route.path))}
                if handler.status_code in EMPTY:
                    told[handler.status_code] = EMPTY[handler.status_code]
                handler.responses = {**told, **(handler.responses or {})}

    @staticmethod
    def is_plugin_supported_field(field_definition: FieldDefinition) -> bool:
        """Whether the type is the code of a problem."""
        return any(isinstance(part, CodeOf) for part in field_definition.metadata)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        """A text with all the codes of its status."""
        status = next(part.status for part in field_definition.metadata if isinstance(part, CodeOf))
        return Schema(type=OpenAPIType.STRING, enum=list(codes(self.packages).get(status, ())))
