"""What happens to the demo's orders: a script an order, drawn once, played at the area's own times."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer
from dispatch.orders.models import Channel, Kind, Level, Tier
from dispatch.orders.reporting import Report, SubscriberGiven
from dispatch.orders.rules import acts
from dispatch.simulation.callers import draw_call
from kit.geo import LonLat


@dataclass(frozen=True, slots=True)
class Step:
    """Something done to the script's order at a moment; an `Answer` is a callback attempt."""

    at: datetime
    act: acts.ActBase | Answer
    technician_id: UUID | None = None
    point: LonLat | None = None


@dataclass(slots=True)
class Script:
    """An order: when it is reported, what it says, whose grid it lies in, and what is done to it."""

    reported_at: datetime
    report: Report
    grid_id: UUID
    steps: list[Step] = field(default_factory=list)
    order_id: UUID | None = None
    """Set where the order is there already, so that only the steps are played."""
    merged_into: Script | None = None
    """The first report of an outage, which this one is merged into."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A stop of the published plan, as far as whoever works it goes by it; lengths of time in seconds."""

    published_at: datetime
    arrival: datetime
    start: datetime
    travel_seconds: int
    service_seconds: int
    accepted: bool
    """By its owner before the plan, and still theirs."""
    contacted: bool


@dataclass(slots=True)
class Person:
    """A technician on one day: when free again, and until when at work."""

    id: UUID
    start: datetime
    end: datetime
    free_at: datetime


def draw_report(draw: random.Random, address: str, point: LonLat) -> Report:
    """A plausible report from a house."""
    call = draw_call(draw, address, point)
    return Report(
        fault_type=call.fault_type,
        kind=Kind.REPAIR,
        channel=Channel(call.channel),
        level=Level(call.level),
        tier=Tier(call.tier),
        subscriber=SubscriberGiven(name=call.name, phones=(call.phone,), account_number=call.account_number),
        address=address,
        point=point,
        product="broadband",
    )


def work(script: Script, person: Person, draw: random.Random, *, calm: bool, planned: Planned | None = None) -> None:
    """A visit from dispatch to completion, as planned or in the person's own time; `calm` leaves out what goes wrong.

    Who has a plan accepts on the phone before the shift, as people do who see the day's list at breakfast.
    """
    owner, point, steps = person.id, script.report.point, script.steps
    if planned is None:
        dispatched = script.reported_at + timedelta(seconds=draw.randint(10, 200))
        steps.append(Step(dispatched, acts.Dispatch(technician_id=owner, why="a_technician")))
        accepted = max(dispatched + timedelta(minutes=draw.uniform(1, 14)), person.start + timedelta(minutes=2))
        travel, service = timedelta(minutes=draw.uniform(6, 26)), timedelta(minutes=draw.uniform(18, 70))
        earliest = start = accepted
    else:
        accepted = planned.published_at + timedelta(minutes=draw.uniform(1, 14))
        travel = timedelta(seconds=max(60, planned.travel_seconds) * draw.uniform(0.85, 1.2))
        service = timedelta(seconds=planned.service_seconds * draw.uniform(0.7, 1.15))
        earliest = max(person.start, planned.arrival - travel - timedelta(minutes=draw.uniform(0, 4)))
        start = planned.start
    contacted = accepted + timedelta(minutes=draw.uniform(3, 50))
    if planned is None or not planned.accepted:
        steps.append(Step(accepted, acts.Accept(), owner))
    if planned is None or not planned.contacted:
        steps.append(Step(contacted, acts.Contact(), owner))
        earliest = max(earliest, contacted + timedelta(minutes=1))
    departed = max(earliest, person.free_at)
    arrived = departed + travel
    done = max(arrived, start) + service
    steps.append(Step(departed, acts.Depart(), owner))
    steps.append(Step(arrived, acts.Arrive(), owner, point))
    trouble = draw.random()
    if not calm and trouble < 0.06:
        resume = done + timedelta(hours=20)
        steps.append(Step(done, acts.RequestSuspension(reason="material_terminal", resume_at=resume), owner))
        if trouble < 0.04:
            steps.append(Step(done + timedelta(minutes=9), acts.Decide(approved=True)))
        person.free_at = done
        return
    steps.append(Step(done, _report_back(script, draw), owner, point))
    person.free_at = done + timedelta(minutes=2)


def _report_back(script: Script, draw: random.Random) -> acts.Complete:
    return acts.Complete(
        cause=script.report.fault_type, action="repaired", photo_ids=[_photo(draw)], signature_photo_id=_photo(draw)
    )


def _photo(draw: random.Random) -> UUID:
    return UUID(int=draw.getrandbits(128), version=4)


def call_back(script: Script, draw: random.Random, first: datetime, zone: ZoneInfo) -> None:
    """The callback of a finished order: most answer at once; a few never do in three tries over two periods."""
    if draw.random() < 0.1:
        day = first.astimezone(zone).date()
        evening = datetime.combine(day, time(18, 15), zone) + timedelta(minutes=draw.uniform(0, 80))
        morning = datetime.combine(day + timedelta(days=1), time(9, 10), zone) + timedelta(minutes=draw.uniform(0, 80))
        for moment in (first, max(evening, first + timedelta(minutes=30)), morning):
            script.steps.append(Step(moment, Answer(Reached.NO_ANSWER)))
        return
    happy = draw.random()
    if happy < 0.05:
        _redo(script, draw, first)
        return
    contentment = Satisfaction.VERY_SATISFIED if happy > 0.45 else Satisfaction.SATISFIED
    script.steps.append(Step(first, Answer(Reached.ANSWERED, True, contentment)))


def _redo(script: Script, draw: random.Random, first: datetime) -> None:
    """A dissatisfied answer, the rework by whoever gets it, and a second call that ends well."""
    script.steps.append(Step(first, Answer(Reached.ANSWERED, True, Satisfaction.DISSATISFIED, ("not_on_time",))))
    minutes = 0.0
    point = script.report.point
    for act in (acts.Accept(), acts.Contact(), acts.Depart(), acts.Arrive(), _report_back(script, draw)):
        minutes += draw.uniform(8, 28)
        script.steps.append(Step(first + timedelta(minutes=minutes), act, point=point))
    again = first + timedelta(minutes=minutes + 45)
    script.steps.append(Step(again, Answer(Reached.ANSWERED, True, Satisfaction.SATISFIED)))


def in_order(scripts: Sequence[Script], until: datetime) -> Iterator[tuple[datetime, int, Step | None]]:
    """All that happens up to a moment, by time: `(when, script number, step)`; a step of None is the report itself."""
    found: list[tuple[datetime, int, int, Step | None]] = []
    for number, script in enumerate(scripts):
        moment = script.reported_at
        if script.order_id is None:
            found.append((moment, number, -1, None))
        for place, following in enumerate(script.steps):
            moment = max(moment, following.at)  # a script is told in its own order
            found.append((moment, number, place, following))
    for when, number, _, step in sorted(found, key=lambda entry: entry[:3]):
        if when <= until:
            yield when, number, step
