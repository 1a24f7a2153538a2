"""Whole days: whatever the network did to each step, the server has the day that was lived, and nothing twice."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from tests.browser.phone.conftest import Handset, Handsets, PhoneSite

STEPS = ("accepted", "contacted", "departed", "arrived", "completed")
API = "/api/mobile"
# What the network does at a step: before anything left, on the way there, and after it was done.
WEATHER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("refuse", {}),
    ("cut", {"prefix": API, "cut_after": 40}),
    ("drop", {"prefix": API, "times": 2}),
    ("black_hole", {}),
    ("portal", {"prefix": API}),
    ("slow", {}),
    ("up", {}),
)


async def step(phone: Handset, order: str, kind: str, point: tuple[float, float], photos: int = 2) -> None:
    act: dict[str, Any] = {"type": kind}
    more: dict[str, Any] = {}
    if kind == "contacted":
        act["reached"] = True
    if kind in ("departed", "arrived"):
        more = {"point": list(point), "accuracy": 12}
    if kind == "completed":
        taken = [await phone.photo(order, "after", 260) for _ in range(photos)]
        signature = await phone.photo(order, "signature", 120)
        act = await phone.completion(taken, signature)
        more = {"photos": [*taken, signature]}
    await phone.act(order, act, more)


async def lived(phones: PhoneSite, order: str, photos: int) -> None:
    """The order went through the day as it was lived: each step once, in its order, with all its photos."""
    events = await phones.events(order)
    assert [event["type"] for event in events] == list(STEPS)
    times = [event["occurred_at"] for event in events]
    assert times == sorted(times)
    assert await phones.status(order) == "completed"
    assert await phones.photos(order) == photos


async def test_a_day_with_the_network_cut_at_every_step_and_the_app_killed_twice(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(4)
    phone = await handset(who.login, slow=6)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    weather = cycle(WEATHER)
    done = 0
    for kind in STEPS:
        for order in who.orders:
            mode, how = next(weather)
            await phone.proxy.set_mode(mode, **how)  # type: ignore[arg-type]
            await step(phone, order, kind, who.point)
            done += 1
            if done in (7, 18):
                phone.kill()
                await phone.again()
                await phone.until("phone.rows.length > 0")
            # The phone tries again at once, as when it is taken out of the pocket.
            await phone.page.evaluate("dispatchEvent(new Event('online'))")
    assert len(await phone.rows()) == len(STEPS) * len(who.orders)
    await phone.proxy.set_mode("refuse")
    await phone.proxy.set_mode("up")
    await phone.page.evaluate("dispatchEvent(new Event('online'))")
    await phone.drained()
    for order in who.orders:
        await lived(phones, order, 3)
    assert {row["state"] for row in await phone.rows()} == {"accepted"}


async def test_sixty_acts_and_forty_photos_go_in_one_go_with_a_cut_in_the_middle_of_a_photo(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(12)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.proxy.set_mode("refuse")
    of = {order: 4 if number < 4 else 3 for number, order in enumerate(who.orders)}
    for kind in STEPS:
        for order in who.orders:
            await step(phone, order, kind, who.point, of[order] - 1)
    assert await phone.page.evaluate("phone.unsent") == {"acts": 60, "photos": 40}
    await phone.proxy.set_mode("cut", f"{API}/photos", times=1, cut_after=9000)
    await phone.page.evaluate("dispatchEvent(new Event('online'))")
    await phone.drained()
    assert [one.mode for one in phone.proxy.passed if len(one.body) == 9000] == ["cut"]
    for order in who.orders:
        await lived(phones, order, of[order])
