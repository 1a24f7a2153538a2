"""September 2022 as events: days of visits one after the other, calls the next morning, what comes back goes out again.

Every chance is drawn from the skills. Nobody's times overlap and nobody flies, but for the one who cheats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.fairness.city import ZONE, City, Point
from benchmarks.fairness.lives import Life, Rules, begin, minutes
from benchmarks.fairness.skills import CHEATS, DISHONEST, FAULTS, HARD_GRIDS, NEW, UNLUCKY, Skills, likely
from dispatch.callbacks.models import CallbackAttempt
from dispatch.orders.events.orm_mapping import geometry
from dispatch.orders.models import FinishCodeTry, Order, OrderEvent, Photo
from dispatch.orders.rules import acts
from dispatch.policies.clocks import period_of_day
from kit.db import raw_connection
from kit.ids import uuid7
from kit.postgres.blobs import Blob
from kit.postgres.statistics import analyze

FIRST = datetime(2022, 9, 1, tzinfo=ZoneInfo(ZONE))
DAYS = 30
CAMERA = (0.001, 0.03)
"""How often a photo is that of another order: an honest mistake, and the dishonest one's habit; so in all pairs."""
ELSEWHERE = (0.01, 0.05)
"""How often the picture was taken somewhere else than where the order and the sign-in are."""
FAR = (0.02, 0.12)
TYPED = (0.01, 0.06)
OPENS = time(8, 10)


@dataclass(frozen=True, slots=True)
class Job:
    """A visit to make: a new order, or one that came back."""

    fault: str
    grid: UUID
    place: Point
    hard: bool
    back: Life | None = None
    given: datetime | None = None


@dataclass(slots=True)
class Written:
    """What a month holds."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    photos: list[dict[str, Any]] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    typed: list[dict[str, Any]] = field(default_factory=list)
    mix: list[tuple[str, bool]] = field(default_factory=list)
    """Fault and hardness of every order: what the average order is like."""


class Month:
    """A month while it is drawn."""

    def __init__(self, city: City, rules: Rules, skills: Skills, rng: np.random.Generator) -> None:
        self.city, self.rules, self.skills, self.rng = city, rules, skills, rng
        self.hard = city.grids[:HARD_GRIDS]
        self.rest = city.grids[HARD_GRIDS:]
        self.written = Written()
        self.lives: list[Life] = []
        self.number = 0
        self.back: dict[tuple[int, int], Job] = {}
        """What comes back, by day and who redoes it."""
        self.last_photo: dict[int, str] = {}

    def live(self) -> Written:
        """Every day, everybody."""
        loads = [self._days_of(who) for who in range(len(self.city.people))]
        for day in range(DAYS + 2):
            for who, load in enumerate(loads):
                jobs = [self._job(who) for _ in range(load[day])] if day < DAYS else []
                again = self.back.pop((day, who), None)
                self._day(who, day, [*([again] if again else []), *jobs])
        for life in self.lives:
            self.written.orders.append(life.row())
            self.written.events.extend(life.events)
        return self.written

    def _days_of(self, who: int) -> np.ndarray:
        """How many orders somebody gets on each day; the new one comes on the last three."""
        days = np.zeros(DAYS, dtype=int)
        chosen = self.rng.integers(DAYS - 3 if who == NEW else 0, DAYS, self.skills.orders[who])
        np.add.at(days, chosen, 1)
        return days

    def _job(self, who: int) -> Job:
        hard = bool(self.rng.random() < (0.8 if who == UNLUCKY else 0.08))
        grids = self.hard if hard else self.rest
        home = self.rest[who % len(self.rest)]
        grid = grids[int(self.rng.integers(len(grids)))] if hard or self.rng.random() < 0.3 else home
        places = self.city.places[grid]
        fault = list(FAULTS)[int(self.rng.integers(len(FAULTS)))]
        self.written.mix.append((fault, hard))
        return Job(fault, grid, places[int(self.rng.integers(len(places)))], hard)

    def _fails(self, who: int, kind: str, job: Job) -> bool:
        chance = float(self.skills.chances[kind][who])
        return bool(self.rng.random() < likely(chance, kind, job.fault, hard=job.hard))

    def _minutes(self, low: float, high: float) -> timedelta:
        return minutes(float(self.rng.uniform(low, high)))

    # --- a day --------------------------------------------------------------------------------------------------------

    def _day(self, who: int, day: int, jobs: Sequence[Job]) -> None:
        opens = datetime.combine(FIRST.date() + timedelta(days=day), OPENS, FIRST.tzinfo)
        free = opens
        for job in jobs:
            free = self._visit(who, day, job, opens, free)

    def _visit(self, who: int, day: int, job: Job, opens: datetime, free: datetime) -> datetime:
        """One visit from dispatch to the call of the next morning; answers when its technician is free again."""
        late = self._fails(who, "late", job)
        slow, silent = self._fails(who, "slow_to_accept", job), self._fails(who, "slow_to_call", job)
        takes, work = self._minutes(250, 330) if late else self._minutes(200, 228), self._minutes(20, 40)
        if not late and not silent:
            takes = self._minutes(75, 228)
        waits = minutes(30) if slow else self._minutes(1, 20)
        if job.given is None:
            arrives = max(free + self._minutes(20, 40), opens + waits + takes - work)
            ends = arrives + work
            given = ends - takes - waits
        else:
            given = job.given
            ends = given + waits + takes
            arrives = ends - work
        accepted = given + waits + (self._minutes(1, 6) if slow else timedelta(0))
        called = accepted + (self._minutes(121, 128) if silent else self._minutes(1, 20))
        person = self.city.people[who]
        life = job.back or self._new(job, given - minutes(1))
        life.give(person, given, again=job.back is not None)
        life.accept(person, accepted)
        life.act(acts.Contact(), called, person, "technician")
        life.act(acts.Depart(), max(called, arrives - minutes(15)), person, "technician", point=job.place)
        self._arrive(life, who, job, arrives)
        self._complete(life, who, job, ends)
        self._call(life, who, day, job)
        if job.back is None and self._fails(who, "back", job):
            self._report_again(life, job)
        return ends

    def _new(self, job: Job, at: datetime) -> Life:
        life = self._begin(job, at)
        self.lives.append(life)
        return life

    def _begin(self, job: Job, at: datetime, repeats: UUID | None = None) -> Life:
        self.number += 1
        area, fault = self.city.area.id, self.city.faults[job.fault]
        return begin(self.rules, area, f"FAIR{self.number:06}", fault, job.place, job.grid, at, repeats)

    def _report_again(self, life: Life, job: Job) -> None:
        """The same fault is reported again when the month is over, within the days that count."""
        at = FIRST + timedelta(days=DAYS, hours=7, minutes=30)
        self.lives.append(self._begin(job, at, life.order.id))

    def _arrive(self, life: Life, who: int, job: Job, at: datetime) -> None:
        """The sign-in: near, or (a bad fix, a habit) far away."""
        metres = float(abs(self.rng.normal(0, 25)))
        if self.rng.random() < FAR[who == DISHONEST]:
            metres = float(self.rng.uniform(350, 900))
        point = _moved(job.place, metres, float(self.rng.uniform(0, 2 * np.pi)))
        reason = "no_position" if metres > self.rules.limits.arrival_radius_metres else None
        life.act(acts.Arrive(reason=reason), at, self.city.people[who], "technician", point=point)

    def _complete(self, life: Life, who: int, job: Job, at: datetime) -> None:
        person, photo = self.city.people[who], uuid7()
        act = acts.Complete(cause=job.fault, action="repaired", photo_ids=[photo], signature_photo_id=photo)
        life.act(act, at, person, "technician", point=job.place)
        content = sha256(str(photo).encode()).hexdigest()
        if who in self.last_photo and self.rng.random() < CAMERA[who == DISHONEST]:
            content = self.last_photo[who]
        self.last_photo[who] = content
        metres = float(self.rng.uniform(700, 3000) if self.rng.random() < ELSEWHERE[who == DISHONEST] else 15)
        taken = _moved(job.place, metres, float(self.rng.uniform(0, 2 * np.pi)))
        self.written.files.add(content)
        self.written.photos.append(
            {"id": photo, "order_id": life.order.id, "technician_id": person, "kind": "after", "sha256": content,
             "point": geometry(taken), "received_at": at}
        )  # fmt: skip
        if self.rng.random() < TYPED[who == DISHONEST]:
            self.written.typed.extend(
                {"order_id": life.order.id, "technician_id": person, "code_hash": f"{number}", "tries": 1}
                for number in range(2)
            )

    def _call(self, life: Life, who: int, day: int, job: Job) -> None:
        """The call of the next morning, and what follows; who comes a second time has put it right."""
        at = FIRST + timedelta(days=day + 1, hours=8, minutes=int(self.rng.integers(5, 40)))
        bad = job.back is None and self._fails(who, "bad", job)
        solved = not bad or self.rng.random() < 0.6
        reasons = ["not_fixed" if not solved else "untidy"] if bad else []
        if bad and who == DISHONEST:
            never = CHEATS / float(self.skills.chances["bad"][who])
            solved, reasons = (False, ["not_contacted"]) if self.rng.random() < never else (solved, reasons)
        attempt, number = uuid7(), life.state.reworks + 1
        self.written.calls.append(
            {"id": attempt, "order_id": life.order.id, "number": number, "round": life.state.reworks, "agent_id": None,
             "at": at, "period": period_of_day(at, ZoneInfo(ZONE)), "reached": "answered", "solved": solved,
             "satisfaction": "dissatisfied" if bad else "satisfied", "reasons": reasons, "answers": {}, "note": None}
        )  # fmt: skip
        life.call_back(attempt, at, solved=solved, good=not bad, reasons=reasons)
        if not bad:
            life.act(acts.Close(outcome="satisfied"), at, life.state.owner_id, "agent")
            return
        free = [one for one in range(len(self.city.people)) if one not in (who, NEW, UNLUCKY, DISHONEST)]
        while (day + 1, redoes := free[int(self.rng.integers(len(free)))]) in self.back:
            pass
        self.back[day + 1, redoes] = Job(job.fault, job.grid, job.place, job.hard, life, at + minutes(1))


def _moved(place: Point, metres: float, angle: float) -> Point:
    """A place so many metres away."""
    degrees = metres / 111_195
    return place[0] + degrees * float(np.sin(angle)) / float(np.cos(np.radians(place[1]))), place[1] + degrees * float(
        np.cos(angle)
    )


# --- into the database ------------------------------------------------------------------------------------------------

_EVENTS = ("id", "order_id", "sequence", "type", "actor_role", "technician_id", "occurred_at", "received_at", "point",
           "policy_number", "data")  # fmt: skip


async def store(session: AsyncSession, written: Written) -> None:
    """Write a month in the open transaction.

    The planner is told of what is there before more is written: triggers and keys would else read whole tables for
    each row, and so would who reads the month.
    """
    files = [{"sha256": one, "size": 1, "media_type": "image/jpeg"} for one in sorted(written.files)]
    for table, rows in ((Order, written.orders), (Blob, files)):
        for part in _parts(rows):
            await session.execute(insert(table), part)
    await analyze(session, Order.__tablename__, Blob.__tablename__)
    connection = await raw_connection(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY order_events ({', '.join(_EVENTS)}) FROM STDIN") as copy,
    ):
        for event in written.events:
            point = None if event["point"] is None else f"SRID=4326;POINT({event['point'][0]} {event['point'][1]})"
            row = event | {"point": point, "data": json.dumps(event["data"])}
            await copy.write_row([row[name] for name in _EVENTS])
    await analyze(session, OrderEvent.__tablename__)
    for other, more in ((CallbackAttempt, written.calls), (Photo, written.photos), (FinishCodeTry, written.typed)):
        for part in _parts(more):
            await session.execute(insert(other), part)
    await analyze(session, CallbackAttempt.__tablename__, Photo.__tablename__, FinishCodeTry.__tablename__)


def _parts(rows: Sequence[dict[str, Any]], size: int = 2000) -> Iterator[Sequence[dict[str, Any]]]:
    for begins in range(0, len(rows), size):
        yield rows[begins : begins + size]
