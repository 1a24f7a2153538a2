"""Sequences of acts that once gave a wrong clock, a warning at the wrong hour, or a fault where there was none."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlalchemy import select

from dispatch.orders import photos
from dispatch.orders.events.verify import verify
from dispatch.orders.models import OrderAlarm, Photo
from dispatch.orders.photos import Cleaned, store_photo
from dispatch.orders.rules import acts
from dispatch.orders.rules.alarms import thresholds_passed
from dispatch.orders.service import warn_due
from dispatch.policies.calendars import Calendar, Calendars
from dispatch.policies.clocks import add
from dispatch.policies.limits import Limits
from kit.actor import SYSTEM
from kit.errors import Conflict
from tests.dispatch.orders.conftest import World

LIMITS = Limits()
ZONE = ZoneInfo("America/Vancouver")
OFFICE = Calendars(Calendar(ZONE, {}, weekends_off=False), Calendar(ZONE, {}))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def first_warnings(start: datetime, due: datetime, runs: str, pauses=()) -> list[str]:
    """The local minutes in which the warnings of a clock fall, one minute after the other until it is due."""
    found: list[str] = []
    now = start
    while now <= due:
        passed = thresholds_passed(start, due, now, LIMITS, OFFICE, runs, pauses)
        found += [f"{now.astimezone(ZONE):%a %H:%M}"] * (len(passed) - len(found))
        now += timedelta(minutes=1)
    return found


def test_warnings_fall_into_open_hours():
    """Eight working hours from Friday 17:00 are due on Monday 16:00."""
    start = local("2022-09-23T17:00")
    due = add(start, 8 * 3600, "working_hours", OFFICE)
    assert due == local("2022-09-26T16:00")
    assert first_warnings(start, due, "working_hours") == ["Mon 12:00", "Mon 14:24", "Mon 16:00"]


def test_a_pause_uses_nothing_of_a_clock():
    """Four hours, one of them used, then two days of pause: nothing falls into it or at its end."""
    start = local("2022-09-27T10:00")
    pause = (local("2022-09-27T11:00"), local("2022-09-29T11:00"))
    due = local("2022-09-29T14:00")
    assert first_warnings(start, due, "always", [pause]) == ["Thu 12:00", "Thu 13:12", "Thu 14:00"]


async def test_no_warning_at_the_resume_of_a_long_pause(world: World):
    order = await world.report()
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    await world.do(world.technician(), order, acts.Accept())
    world.wait(hours=1)
    pause = acts.RequestSuspension(reason="weather", resume_at=world.now + timedelta(hours=48))
    await world.do(world.technician(), order, pause)
    await world.do(world.dispatcher, order, acts.Decide(approved=True))
    world.wait(hours=48)
    await world.do(world.technician(), order, acts.Resume())
    assert await warn_due(world.session, world.area) == 0
    world.wait(minutes=59)
    assert await warn_due(world.session, world.area) == 0
    world.wait(minutes=1)
    assert await warn_due(world.session, world.area) == 1


async def alarms(world: World) -> list[tuple[str, int]]:
    rows = await world.session.execute(select(OrderAlarm.clock, OrderAlarm.percent))
    return [tuple(row) for row in rows]


async def test_an_order_made_urgent_at_night_runs_from_then_on(world: World):
    """Dispatched at 21:10, urgent at 22:00, accepted at 22:20."""
    world.set(local("2022-09-27T21:10"))
    order = await world.report()
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    assert order.accept_due_at == local("2022-09-28T08:30")
    customer = order.due_at
    world.set(local("2022-09-27T22:00"))
    await world.do(world.dispatcher, order, acts.Edit(changes={"level": "urgent"}))
    assert (order.accept_due_at, order.due_at) == (local("2022-09-27T22:30"), customer)
    assert order.technician_due_at == local("2022-09-28T02:30")
    world.set(local("2022-09-27T22:14"))
    assert await warn_due(world.session, world.area) == 0
    world.set(local("2022-09-27T22:15"))
    assert await warn_due(world.session, world.area) == 1
    assert await alarms(world) == [("accept", 50)]
    world.set(local("2022-09-27T22:20"))
    await world.do(world.technician(), order, acts.Accept())
    assert order.assessment_starts_at == local("2022-09-27T22:20")
    assert order.technician_due_at == local("2022-09-28T02:20")
    assert order.contact_due_at == local("2022-09-27T23:20")
    assert order.due_at == local("2022-09-28T01:40")
    assert (await verify(world.session, world.area.id)).mismatches == []


async def test_an_order_made_urgent_by_day_keeps_its_clocks(world: World):
    order = await world.report()
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    before = (order.accept_due_at, order.due_at, order.technician_due_at)
    world.wait(minutes=10)
    await world.do(world.dispatcher, order, acts.Edit(changes={"level": "urgent"}))
    assert (order.accept_due_at, order.due_at, order.technician_due_at) == before


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


async def test_the_same_photo_again_is_known_though_it_would_be_encoded_differently_today(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    order = await world.report()
    photo_id, sent = uuid4(), picture("red")

    async def send(content: bytes) -> bool:
        _, already = await store_photo(
            world.session, world.agent, photo_id, content, max_bytes=10**6, order_id=order.id
        )
        return already

    assert await send(sent) is False
    kept = (await world.session.get_one(Photo, photo_id)).sha256
    monkeypatch.setattr(photos, "clean", lambda _content: Cleaned(picture("blue"), None, None))
    assert await send(sent) is True
    assert (await world.session.get_one(Photo, photo_id)).sha256 == kept
    with pytest.raises(Conflict):
        await send(picture("green"))
