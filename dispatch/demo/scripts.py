"""What happens to the demo's orders: a script an order, drawn once, played at the area's own times."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer
from dispatch.orders import acts
from dispatch.orders.models import Channel, Kind, Level, Tier
from dispatch.orders.reporting import Report, SubscriberGiven
from kit.geo import LonLat

FAULTS = (
    ("no_service", 30), ("slow", 22), ("no_tv", 12), ("picture", 8), ("terminal", 12), ("no_voice", 5),
    ("optical_weak", 6), ("line_damaged", 5),
)  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "伟",
    "芳",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "秀英",
    "建国",
    "桂兰",
)
NIGHT_SHARE = 0.06


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


@dataclass(slots=True)
class Person:
    """A technician on one day: when free again, and until when at work."""

    id: UUID
    start: datetime
    end: datetime
    free_at: datetime


def draw_report(draw: random.Random, address: str, point: LonLat) -> Report:
    """A plausible report from a house."""
    fault = draw.choices([code for code, _ in FAULTS], [weight for _, weight in FAULTS])[0]
    name = draw.choice(SURNAMES) + draw.choice(GIVEN)
    phone = f"1{draw.choice('3578')}{draw.randrange(10**9):09d}"
    tier = draw.choices([Tier.ORDINARY, Tier.VIP, Tier.GROUP], [90, 7, 3])[0]
    return Report(
        fault_type=fault,
        kind=Kind.REPAIR,
        channel=draw.choices([Channel.PHONE, Channel.APP, Channel.WEB, Channel.COUNTER], [60, 25, 10, 5])[0],
        level=Level.URGENT if draw.random() < 0.07 else Level.NORMAL,
        tier=tier,
        subscriber=SubscriberGiven(name=name, phones=(phone,), account_number=f"D{draw.randrange(10**8):08d}"),
        address=address,
        point=point,
        product="broadband",
    )


def work(script: Script, person: Person, draw: random.Random, *, calm: bool) -> None:
    """A visit from dispatch to completion in the person's own time; `calm` leaves out what goes wrong."""
    owner, point = person.id, script.report.point
    dispatched = script.reported_at + timedelta(seconds=draw.randint(10, 200))
    if script.order_id is not None:
        dispatched = max(dispatched, person.start - timedelta(minutes=3))
    accepted = max(dispatched + timedelta(minutes=draw.uniform(1, 14)), person.start + timedelta(minutes=2))
    contacted = accepted + timedelta(minutes=draw.uniform(3, 50))
    departed = max(contacted + timedelta(minutes=1), person.free_at)
    arrived = departed + timedelta(minutes=draw.uniform(6, 26))
    done = arrived + timedelta(minutes=draw.uniform(18, 70))
    steps = script.steps
    if script.order_id is None:
        steps.append(Step(dispatched, acts.Dispatch(technician_id=owner, why="a_technician")))
    steps.append(Step(accepted, acts.Accept(), owner))
    steps.append(Step(contacted, acts.Contact(), owner))
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


def call_back(script: Script, draw: random.Random, first: datetime) -> None:
    """The callback of a finished order: most answer at once, a few never."""
    if draw.random() < 0.1:
        for hours in (0, 5, 26):
            script.steps.append(Step(first + timedelta(hours=hours), Answer(Reached.NO_ANSWER)))
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
