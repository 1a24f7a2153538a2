"""`kit.bounds` put before every handler of the web program, so that no operation can forget it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from litestar.openapi.spec import Operation, Schema
from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute

from kit.bounds import MAX_PARAMETER, MAX_REPEATS, check, check_parameter


@dataclass
class Limited(Operation):
    """An operation whose texts in path, query and headers say how long they may be."""

    def __post_init__(self) -> None:
        for parameter in self.parameters or []:
            _limit(getattr(parameter, "schema", None))


def _limit(schema: Any) -> None:
    if not isinstance(schema, Schema):
        return
    for part in (*(schema.one_of or ()), *(schema.any_of or ())):
        _limit(part)
    kind = getattr(schema.type, "value", schema.type)
    if kind == "string" and not (schema.enum or schema.format or schema.max_length):
        schema.max_length = MAX_PARAMETER
    if kind == "array" and schema.max_items is None:
        schema.max_items = MAX_REPEATS
        _limit(schema.items)


class Bounds(ReceiveRoutePlugin):
    """Every handler of the application is given checked values: its body, its query, its path and its headers."""

    def receive_route(self, route: BaseRoute) -> None:
        """Put the check before every handler of the route."""
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                handler(_checked(handler.fn))
                if handler.operation_class is Operation:
                    handler.operation_class = Limited


_OURS = ("session", "actor", "state", "request", "self", "body")
"""What a handler is given that did not come from outside as a value."""


def _checked(handle: Callable[..., Any]) -> Callable[..., Any]:
    if getattr(handle, "checks_bounds", False):
        return handle

    def look(given: Mapping[str, Any]) -> None:
        for name, value in given.items():
            if name not in _OURS:
                check_parameter(value, name) if name != "data" else check(value, name)

    if inspect.iscoroutinefunction(handle):

        @functools.wraps(handle)
        async def checked(*args: Any, **given: Any) -> Any:
            look(given)
            return await handle(*args, **given)
    else:

        @functools.wraps(handle)
        def checked(*args: Any, **given: Any) -> Any:
            look(given)
            return handle(*args, **given)

    cast(Any, checked).checks_bounds = True
    return checked
