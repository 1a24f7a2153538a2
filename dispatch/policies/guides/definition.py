"""The form of a guide, and what a completion must say by it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from kit.bounds import Code, Name
from kit.errors import Invalid
from kit.http.requests import Struct

Few = msgspec.Meta(max_length=50)


class Named(Struct):
    """A name in both languages."""

    en: Name
    zh: Name


class GuideChoice(Struct):
    """A cause or an action; a cause may have closer ones within it."""

    code: Code
    name: Named
    within: Annotated[list[GuideChoice], Few] = msgspec.field(default_factory=list)


class GuideReading(Struct):
    """A reading with its limits, both inclusive. Outside of them a completion gives a reason."""

    key: Code
    name: Named
    unit: Code
    low: float | None = None
    high: float | None = None
    required: bool = False


class GuideCheck(Struct):
    """A line of the checklist."""

    key: Code
    name: Named


class GuidePhotos(Struct):
    """How many photos of each kind a completion needs."""

    before: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0
    after: Annotated[int, msgspec.Meta(ge=0, le=10)] = 1


class LoadName(Struct):
    """Something to bring: its code as the fault type has it, and its name."""

    code: Code
    name: Named


class Definition(Struct):
    """A guide. `causes` are fault types (what was really wrong) with closer causes within them."""

    causes: Annotated[list[GuideChoice], Few] = msgspec.field(default_factory=list)
    actions: Annotated[list[GuideChoice], Few] = msgspec.field(default_factory=list)
    readings: Annotated[list[GuideReading], Few] = msgspec.field(default_factory=list)
    checklist: Annotated[list[GuideCheck], Few] = msgspec.field(default_factory=list)
    photos: GuidePhotos = msgspec.field(default_factory=GuidePhotos)
    bring: Annotated[list[LoadName], Few] = msgspec.field(default_factory=list)


def checked(definition: Definition) -> Definition:
    """The definition. Raises `Invalid` for a key given twice, or limits the wrong way round."""
    for field, keys in (
        ("readings", [one.key for one in definition.readings]),
        ("checklist", [one.key for one in definition.checklist]),
        ("causes", [one.code for one in definition.causes]),
        ("actions", [one.code for one in definition.actions]),
    ):
        if twice := sorted({key for key in keys if keys.count(key) > 1 or not key.strip()}):
            raise Invalid("guide.twice", field=field, key=twice[0])
    for reading in definition.readings:
        if reading.low is not None and reading.high is not None and reading.low > reading.high:
            raise Invalid("guide.limits", field="readings", key=reading.key)
    return definition


def check_readings(definition: Definition, readings: Mapping[str, Any], reasons: Mapping[str, Any] | None) -> None:
    """Raise `Invalid` for a reading outside its limits that nobody explains, or that is no number."""
    for reading in definition.readings:
        value = readings.get(reading.key)
        if value is None:
            continue
        number = _number(value)
        if number is None:
            raise Invalid("guide.no_number", field="readings", key=reading.key, name=reading.name.en)
        low, high = reading.low, reading.high
        inside = (low is None or number >= low) and (high is None or number <= high)
        reason = (reasons or {}).get(reading.key)
        if not inside and not (isinstance(reason, str) and reason.strip()):
            raise Invalid(
                "guide.outside", field="readings", key=reading.key, value=f"{number:g}", unit=reading.unit,
                low="–" if low is None else f"{low:g}", high="–" if high is None else f"{high:g}",
            )  # fmt: skip


def check_complete(definition: Definition, readings: Mapping[str, Any], ticked: Sequence[str]) -> None:
    """Raise `Invalid` for a required reading or a line of the checklist that is missing."""
    for reading in definition.readings:
        if reading.required and readings.get(reading.key) is None:
            raise Invalid("guide.reading_needed", field="readings", key=reading.key)
    for line in definition.checklist:
        if line.key not in ticked:
            raise Invalid("guide.check_needed", field="checklist", key=line.key)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
