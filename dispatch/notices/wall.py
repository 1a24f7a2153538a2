"""The phone wall of a trial area: a page that shows what each subscriber would have read, newest phone first.

Texts are made again from the stored values, so a finish code that is no longer kept shows as dots.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, Template
from litestar import Request, Response, get
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.notices import repository
from dispatch.notices.models import Notice, NoticeStatus
from dispatch.notices.sending import values_of, words_of
from dispatch.notices.templates import sms_parts
from grids.access import require_whole_area
from grids.models import AreaKind, ServiceArea
from grids.service import area_by_code
from kit.actor import Actor, Role
from kit.errors import Forbidden
from kit.i18n import language_of

HERE = Path(__file__).resolve().parent
READERS = (Role.AGENT, Role.DISPATCHER, Role.ADMINISTRATOR)
MOST = 200
"""The newest messages that are shown."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message on a phone: its text around its link."""

    before: str
    link: str | None
    after: str
    at: str
    status: str
    sent: bool
    parts: int


@lru_cache
def _template() -> Template:
    return Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True).get_template("wall.html")


@lru_cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads((HERE / "wall.toml").read_text(encoding="utf-8"))


async def phones(session: AsyncSession, area: ServiceArea) -> list[tuple[str, list[Said]]]:
    """The newest messages of an area by phone or mail address, each phone's oldest first."""
    query = select(Notice).where(Notice.area_id == area.id, Notice.reason.is_distinct_from("no_address"))
    rows = (await session.scalars(query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(MOST))).all()
    found: dict[str, list[Said]] = {}
    for row in rows:
        found.setdefault(row.phone or row.email or "–", []).append(await _said(session, area, row))
    return [(phone, said[::-1]) for phone, said in found.items()]


async def _said(session: AsyncSession, area: ServiceArea, row: Notice) -> Said:
    template = await repository.template(session, row.area_id, row.kind, row.template_number)
    values = await values_of(session, row)
    words = words_of(template, row.language, values)
    link = values.get("link")
    before, found, after = words.partition(link) if link else (words, "", "")
    moment = (row.sent_at or row.created_at).astimezone(ZoneInfo(area.timezone))
    sent = row.status in (NoticeStatus.SENT, NoticeStatus.DELIVERED)
    return Said(before, found or None, after, f"{moment:%H:%M}", row.status.value, sent, sms_parts(words).parts)


@get("/phone-wall/{code:str}", include_in_schema=False)
async def wall(code: str, request: Request[Any, Any, Any], session: AsyncSession, actor: Actor) -> Response[str]:
    """The page, in the browser's language. Only of trial areas: elsewhere the texts are for their readers alone."""
    actor.require(*READERS)
    area = await area_by_code(session, code)
    actor.require_area(area.id)
    await require_whole_area(session, actor, area.id)
    if area.kind is not AreaKind.TRIAL:
        raise Forbidden("notice.wall_ordinary")
    language = "zh" if language_of(request.headers.get("accept-language")) == "zh" else "en"
    html = _template().render(
        lang="zh-CN" if language == "zh" else "en", t=lambda name: _words()[name][language], area=area,
        phones=await phones(session, area),
    )  # fmt: skip
    return Response(html, media_type="text/html", headers={"Cache-Control": "no-store"})
