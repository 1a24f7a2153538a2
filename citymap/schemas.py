"""What HTTP says about a city map."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from kit.http.requests import Struct


class MapOut(Struct):
    """An area's map. `bbox` is [west, south, east, north]; `credit` must be shown with it."""

    id: UUID
    name: str
    credit: str
    bbox: list[float]
    imported_at: datetime
    extract_sha256: str
    calibration_factor: float
    calibration: dict[str, Any] | None
    counts: dict[str, int]
    layers: list[str]
    tiles: str


class AddressOut(Struct):
    """A place that an address may mean. `point` is [longitude, latitude]; `confidence` is high, medium or low."""

    label: str
    point: list[float]
    kind: str
    level: str
    confidence: str
    score: float
    error_metres: int
    explanation: str


class AddressesOut(Struct):
    """Places, best first."""

    items: list[AddressOut]
