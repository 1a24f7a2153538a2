"""Who reports, what, and when: calls as a city's subscribers make them. Pure draws, the same for the same generator."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

FAULTS = (
    ("no_service", 30), ("slow", 22), ("no_tv", 12), ("picture", 8), ("terminal", 12), ("no_voice", 5),
    ("optical_weak", 6), ("line_damaged", 5),
)  # fmt: skip
CHANNELS = (("phone", 60), ("app", 25), ("web", 10), ("counter", 5))
TIERS = (("ordinary", 90), ("vip", 7), ("group", 3))
URGENT_SHARE = 0.07
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "伟", "芳", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "秀英", "建国", "桂兰",
)  # fmt: skip

BY_HOUR = (3, 2, 1, 1, 1, 2, 6, 20, 55, 90, 95, 80, 62, 66, 76, 76, 70, 66, 62, 60, 56, 40, 20, 8)
"""Reports by local hour, in shares of a day: a peak before noon, a second one in the afternoon, little at night."""
BY_WEEKDAY = (1.15, 1.05, 1.0, 1.0, 1.05, 0.9, 0.85)
"""Monday to Sunday, about 1 on average: on Mondays offices find out what broke."""


@dataclass(frozen=True, slots=True)
class Call:
    """One report as the caller tells it. `point` is (longitude, latitude) in degrees."""

    fault_type: str
    channel: str
    level: str
    tier: str
    name: str
    phone: str
    account_number: str
    address: str
    point: tuple[float, float]

    def as_json(self) -> dict[str, Any]:
        """The body of `POST /api/areas/{id}/orders`."""
        return {
            "faultType": self.fault_type, "channel": self.channel, "level": self.level, "tier": self.tier,
            "subscriber": {"name": self.name, "phones": [self.phone], "accountNumber": self.account_number},
            "address": self.address, "point": list(self.point), "product": "broadband",
        }  # fmt: skip


def draw_call(draw: random.Random, address: str, point: tuple[float, float]) -> Call:
    """A plausible report from a house."""
    fault = _one_of(draw, FAULTS)
    name = draw.choice(SURNAMES) + draw.choice(GIVEN)
    phone = f"1{draw.choice('3578')}{draw.randrange(10**9):09d}"
    tier = _one_of(draw, TIERS)
    channel = _one_of(draw, CHANNELS)
    level = "urgent" if draw.random() < URGENT_SHARE else "normal"
    return Call(fault, channel, level, tier, name, phone, f"D{draw.randrange(10**8):08d}", address, point)


def hourly_rate(local: datetime, a_day: float) -> float:
    """Reports an hour at a local time, where an average day brings `a_day`."""
    return a_day * BY_WEEKDAY[local.weekday()] * BY_HOUR[local.hour] / sum(BY_HOUR)


def draw_moments(draw: random.Random, start: datetime, end: datetime, count: int) -> list[datetime]:
    """`count` moments between two local times, in order, as dense as the hours are."""
    hours = []
    moment = start
    while moment < end:
        following = min(end, moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
        hours.append((moment, (following - moment).total_seconds()))
        moment = following
    weights = [BY_HOUR[begin.hour] * seconds for begin, seconds in hours]
    chosen = draw.choices(hours, weights, k=count)
    return sorted(begin + timedelta(seconds=draw.uniform(0, seconds)) for begin, seconds in chosen)


def draw_next(draw: random.Random, local: datetime, a_day: float) -> datetime:
    """When the next report comes, by thinning the busiest hour's Poisson stream (Lewis and Shedler, 1979)."""
    most = a_day * max(BY_WEEKDAY) * max(BY_HOUR) / sum(BY_HOUR)
    moment = local
    while True:
        moment += timedelta(hours=draw.expovariate(most))
        if draw.random() * most <= hourly_rate(moment, a_day):
            return moment


def _one_of(draw: random.Random, weighted: Sequence[tuple[str, int]]) -> str:
    return draw.choices([one for one, _ in weighted], [weight for _, weight in weighted])[0]
