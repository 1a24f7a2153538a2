"""The input of a month's facts: orders, their events and callbacks, and the rules in force. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from dispatch.policies.calendars import Calendars
from dispatch.policies.limits import Limits


class Event(NamedTuple):
    """An event of an order as the fold reads it; `at` is the time that counts. A month has a million of them."""

    id: UUID
    type: str
    at: datetime
    technician_id: UUID | None
    role: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A callback attempt."""

    id: UUID
    round: int
    at: datetime
    answered: bool
    solved: bool | None
    satisfaction: str | None
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class OrderInfo:
    """The data of an order that its events do not repeat."""

    id: UUID
    area_id: UUID
    kind: str
    channel: str
    level: str
    tier: str
    fault_type: str
    cause: str | None
    grid_id: UUID | None
    rural: bool
    chases: int
    bounces: int
    reworks: int
    outcome: str | None
    closed_at: datetime | None
    repeats: Sequence[datetime] = ()
    """When orders were reported that repeat this one: same subscriber or linked, same corrected cause."""
    inspected: tuple[UUID, datetime, bool] | None = None
    """Whose completion report was checked, when, and whether it passed."""


class PolicyVersions:
    """The limits in force at an instant. A past older than the first version is judged by the first."""

    def __init__(self, versions: Sequence[tuple[datetime, int, Limits]]) -> None:
        self._versions = sorted(versions, key=lambda version: version[0])
        self._starts = [version[0] for version in self._versions]

    def at(self, moment: datetime) -> tuple[int, Limits]:
        """Number and limits of the version in force; the shipped ones where there is none."""
        if not self._versions:
            return 0, Limits()
        position = max(bisect_right(self._starts, moment) - 1, 0)
        return self._versions[position][1:]


@dataclass(frozen=True, slots=True)
class Context:
    """The input that is the same for all orders of the month."""

    now: datetime
    month_end: datetime
    policies: PolicyVersions
    calendars: Calendars
    teams: Mapping[UUID, str | None]
    attribution: Callable[[str, str], str | None]
    """(kind of reason, code) -> technician, network, parts, dispatch or subscriber."""
    upheld: frozenset[tuple[str, str]] = frozenset()
    """(rule, event) of entries that an appeal made void."""
