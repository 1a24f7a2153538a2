"""The page as HTML: its templates, its words and the times of the area."""

import tomllib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader

from dispatch.orders.models import Status
from dispatch.subscriber_page import service

HERE = Path(__file__).resolve().parent


@lru_cache
def templates() -> Environment:
    """The page and its parts; whatever is put into them is escaped."""
    return Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True)


@lru_cache
def words() -> dict[str, dict[str, str]]:
    """What the page says, by name and language."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


def _times(zone: ZoneInfo, language: str) -> dict[str, Callable[..., str]]:
    def day(moment: datetime) -> str:
        local = moment.astimezone(zone)
        return f"{local.month}月{local.day}日" if language == "zh" else f"{local:%a} {local.day} {local:%b}"

    def clock(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%H:%M}"

    return {"day": day, "clock": clock, "span": lambda start, end: f"{day(start)} {clock(start)}–{clock(end)}"}


def facts(language: str, page: service.Shown | None) -> dict[str, Any]:
    """What the templates may name."""
    order = page.order if page else None
    area = page.area if page else None
    return {
        "lang": "zh-CN" if language == "zh" else "en",
        "t": lambda name: words()[name][language],
        "page": page,
        "now": area.clock.now() if area else None,
        "live": order is not None and order.status is Status.EN_ROUTE,
        "open": order is not None and order.status in (*service.MAY_CANCEL, Status.EN_ROUTE, Status.ON_SITE),
        "may_rebook": order is not None and order.status in service.MAY_REBOOK,
        "may_cancel": order is not None and order.status in service.MAY_CANCEL,
        **_times(ZoneInfo(area.timezone if area else "UTC"), language),
    }


def standing(language: str, page: service.Shown) -> str:
    """The part of the page that says where the order stands."""
    return templates().get_template("standing.html").render(**facts(language, page))


def whole(language: str, page: service.Shown | None, **more: Any) -> str:
    """The page of an order; without one, what `more` says alone."""
    return templates().get_template("page.html").render(**facts(language, page), **more)
