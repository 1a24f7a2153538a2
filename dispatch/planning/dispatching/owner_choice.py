"""Who owns an order (首问负责): the choice of `domain.md` §4, pure and deterministic.

The grid's A technician if on shift, skilled and below the load cap (on leave: whoever stands in); else B; else the
cheapest capable neighbour; else nobody: the order stays reported and waits for the dispatcher (the team's pool).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from kit.geo import LonLat, haversine_metres

NEXT_SHIFTS = timedelta(hours=4)
"""Where nobody is on shift now (night), those count whose next shift starts within this time of the first one."""
ROAD_METRES_PER_SECOND = 30 / 3.6 / 1.4
"""Straight-line speed for comparing neighbours: 30 km/h on roads 1.4 times as long as the straight line."""
BUSY_SECONDS = 600
"""What each order a neighbour has already adds to the price of giving them another."""

Why = Literal["a_technician", "b_technician", "neighbour"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A technician as the choice sees them at one moment.

    `ready_at` is now for somebody on shift, the start of the next shift for others, None where none is near.
    `load` is what counts against `cap` in that shift. `near` are the places of their day: start and open orders.
    """

    id: UUID
    ready_at: datetime | None
    skills: Mapping[str, int] = field(default_factory=dict)
    load: int = 0
    cap: int = 12
    near: tuple[LonLat, ...] = ()
    speed_factor: float = 1.0
    contractor: str | None = None
    on_leave: bool = False
    substitute_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What an order asks of its owner. `point` may be the grid's own point where the order's is not known."""

    skill: str | None = None
    skill_level: int = 1
    point: LonLat | None = None
    technician_a_id: UUID | None = None
    technician_b_id: UUID | None = None
    contractor: str | None = None
    """Only this contractor's people may come in as neighbours; None: the company's own and everybody."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The owner and why; `technician_id` None means the team's pool, and `missing` says what A was lacking."""

    technician_id: UUID | None
    why: Why | Literal["pool"]
    missing: str | None = None


def on_duty(candidates: Iterable[Candidate], now: datetime) -> dict[UUID, Candidate]:
    """Those on shift: now, or, where nobody is, in the shifts that come next."""
    ready = {c.id: c for c in candidates if c.ready_at is not None}
    working = {key: c for key, c in ready.items() if c.ready_at is not None and c.ready_at <= now}
    if working or not ready:
        return working
    first = min(c.ready_at for c in ready.values() if c.ready_at is not None)
    return {key: c for key, c in ready.items() if c.ready_at is not None and c.ready_at <= first + NEXT_SHIFTS}


def lacking(candidate: Candidate | None, duty: Mapping[UUID, Candidate], need: Need) -> str | None:
    """What keeps a candidate from taking the order: not_on_shift, no_skill, full; None where nothing does."""
    if candidate is None or candidate.id not in duty:
        return "not_on_shift"
    if need.skill is not None and candidate.skills.get(need.skill, 0) < need.skill_level:
        return "no_skill"
    if candidate.load >= candidate.cap:
        return "full"
    return None


def choose(need: Need, candidates: Mapping[UUID, Candidate], now: datetime, *, without: frozenset[UUID]) -> Choice:
    """The owner of an order at `now`; `without` are those who had their chance (not accepted, returned)."""
    duty = on_duty((c for c in candidates.values()), now)
    first_lack: str | None = None
    contracted: tuple[tuple[UUID | None, Why], ...] = (
        (need.technician_a_id, "a_technician"),
        (need.technician_b_id, "b_technician"),
    )
    for named, why in contracted:
        if named is None:
            continue
        for person in _with_substitutes(named, candidates):
            lack = lacking(candidates.get(person), duty, need) if person not in without else "had_their_chance"
            if lack is None:
                return Choice(person, why, first_lack)
            first_lack = first_lack or lack
    able = [
        c
        for c in duty.values()
        if c.id not in without and lacking(c, duty, need) is None and need.contractor in (None, c.contractor)
    ]
    if not able:
        return Choice(None, "pool", first_lack or "nobody_capable")
    best = min(able, key=lambda c: (neighbour_seconds(c, need.point), c.load, c.id))
    return Choice(best.id, "neighbour", first_lack)


def neighbour_seconds(candidate: Candidate, point: LonLat | None) -> float:
    """The price of a neighbour in seconds: the way from the nearest place of their day, and what they have to do."""
    way = 0.0
    if point is not None and candidate.near:
        metres = min(haversine_metres(place, point) for place in candidate.near)
        way = metres / ROAD_METRES_PER_SECOND / candidate.speed_factor
    return way + BUSY_SECONDS * candidate.load


def _with_substitutes(first: UUID, candidates: Mapping[UUID, Candidate]) -> Sequence[UUID]:
    """The person, and while each is on leave, who stands in for them; a ring of substitutes ends where it closes."""
    chain: list[UUID] = []
    current: UUID | None = first
    while current is not None and current not in chain:
        chain.append(current)
        candidate = candidates.get(current)
        current = candidate.substitute_id if candidate is not None and candidate.on_leave else None
    return chain
