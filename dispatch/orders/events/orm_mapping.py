"""Conversion between table rows and the pure types: points, states, event records."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from geoalchemy2 import WKTElement
from geoalchemy2.shape import to_shape

from dispatch.orders.models import Order, OrderEvent
from dispatch.orders.rules.states import STATE_FIELDS, EventRecord, LonLat, OrderState


def lonlat(geometry: Any) -> LonLat | None:
    """`(lon, lat)` of a stored or just assigned point."""
    if geometry is None:
        return None
    shape = to_shape(geometry)
    return cast("LonLat", (shape.x, shape.y))


def geometry(point: LonLat | None) -> WKTElement | None:
    """The value for a point column, with full precision."""
    return None if point is None else WKTElement(f"POINT({float(point[0])!r} {float(point[1])!r})", srid=4326)


def state_of(order: Order) -> OrderState:
    """The state columns of a stored order."""
    values = {name: getattr(order, name) for name in STATE_FIELDS}
    values["point"] = lonlat(order.point)
    return OrderState(**values)


def write_state(order: Order, before: OrderState, after: OrderState) -> None:
    """Write a new state into the row. Only changed columns are set."""
    for name in STATE_FIELDS:
        value = getattr(after, name)
        if value != getattr(before, name):
            setattr(order, name, geometry(value) if name == "point" else value)


def record_of(event: OrderEvent) -> EventRecord:
    """A stored event as `evolve` reads it."""
    return EventRecord(
        type=event.type, occurred_at=event.occurred_at, technician_id=event.technician_id, data=event.data
    )


def to_json(value: Any) -> Any:
    """The JSON form of a struct, dict or list: ids and times as text."""
    return msgspec.to_builtins(value, str_keys=True)
