"""Views that somebody keeps, and those that are sent: a mail with a link that asks its reader to sign in.

A link and no file: a file that left the house shows for ever what its account could see that day, a link shows what
the account may see when it is opened, and a disabled one nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Account
from dispatch.notices.models import Notice
from dispatch.notices.outbox import Told, write
from dispatch.reports.overview import READERS
from dispatch.reports.watching.alerts import may_not, tell_of_the_end
from dispatch.reports.watching.models import SavedView, ViewDelivery
from grids.models import ServiceArea
from kit.actor import Actor
from kit.errors import Conflict, Invalid, NotFound
from kit.ids import uuid7

log = structlog.get_logger()
MOST_VIEWS = 100
"""Of one account in an area."""
STALE = timedelta(days=2)
"""A report that could not be sent for so long is no longer sent."""


async def views(session: AsyncSession, actor: Actor, area_id: UUID) -> Sequence[SavedView]:
    """One's own, and those that colleagues of the same scope share, by name."""
    actor.require(*READERS)
    actor.require_area(area_id)
    me = await _account(session, actor)
    grids = Account.grid_ids.is_(None) if me.grid_ids is None else Account.grid_ids == me.grid_ids
    firm = Account.contractor.is_not_distinct_from(me.contractor)
    query = (
        select(SavedView).join(Account, Account.id == SavedView.account_id)
        .where(SavedView.area_id == area_id, or_(SavedView.account_id == me.id, SavedView.shared & grids & firm))
        .order_by(SavedView.name, SavedView.id).limit(1000)
    )  # fmt: skip
    return (await session.scalars(query)).all()


async def _account(session: AsyncSession, actor: Actor) -> Account:
    found = None if actor.account_id is None else await session.get(Account, actor.account_id)
    if found is None:
        raise Invalid("view.account", field="name")
    return found


async def save(
    session: AsyncSession, actor: Actor, area: ServiceArea, given: SavedView, view_id: UUID | None = None
) -> SavedView:
    """Keep a view, or change one's own. A schedule begins at its next hour in the area's zone.

    Raises `NotFound`, `Invalid` for a schedule without a day, hour or address, `Conflict` for a name that is taken.
    """
    actor.require(*READERS)
    actor.require_area(area.id)
    me = await _account(session, actor)
    if not given.name.strip():
        raise Invalid("view.name", field="name")
    if given.rhythm is not None:
        most = 7 if given.rhythm == "weekly" else 28
        if given.on_day is None or not 1 <= given.on_day <= most or given.hour is None:
            raise Invalid("view.schedule", field="onDay")
        if not given.email or given.email.count("@") != 1 or any(one.isspace() for one in given.email):
            raise Invalid("view.email", field="email")
    query = select(SavedView).where(SavedView.area_id == area.id, SavedView.account_id == me.id)
    mine = {one.id: one for one in (await session.scalars(query.with_for_update())).all()}
    if any(one.name == given.name.strip() and one.id != view_id for one in mine.values()):
        raise Conflict("view.name_taken", name=given.name.strip())
    if view_id is None:
        if len(mine) >= MOST_VIEWS:
            raise Conflict("view.many", most=MOST_VIEWS)
        found = SavedView(id=uuid7(), area_id=area.id, account_id=me.id, created_at=area.clock.now())
        session.add(found)
    elif view_id in mine:
        found = mine[view_id]
    else:
        raise NotFound("view.none")
    found.name, found.query, found.shared = given.name.strip(), given.query, given.shared
    found.rhythm, found.email, found.paused, found.stopped = given.rhythm, given.email, given.paused, None
    found.on_day, found.hour = (given.on_day, given.hour) if given.rhythm else (None, None)
    found.next_at = _next(found, area, area.clock.now())
    await session.flush()
    return found


async def remove(session: AsyncSession, actor: Actor, view_id: UUID) -> None:
    """Delete one's own view with its schedule. Raises `NotFound`."""
    actor.require(*READERS)
    found = await session.get(SavedView, view_id)
    if found is None or found.account_id != actor.account_id:
        raise NotFound("view.none")
    await session.delete(found)
    await session.flush()


async def deliveries(
    session: AsyncSession, ids: Sequence[UUID]
) -> dict[UUID, list[tuple[ViewDelivery, str, str | None]]]:
    """The last ten times that views were due, the newest first: with the state of the notice, and its reason."""
    query = (
        select(ViewDelivery, Notice.status, Notice.reason).outerjoin(Notice, Notice.id == ViewDelivery.notice_id)
        .where(ViewDelivery.view_id.in_(ids)).order_by(ViewDelivery.due_at.desc())
    )  # fmt: skip
    found: dict[UUID, list[tuple[ViewDelivery, str, str | None]]] = {}
    for one, status, reason in await session.execute(query):
        mine = found.setdefault(one.view_id, [])
        if len(mine) < 10:
            mine.append((one, "refused" if status is None else status.value, one.problem or reason))
    return found


async def send_due(session: AsyncSession, area: ServiceArea) -> int:
    """Write a notice for every view of an area that is due; returns how many. What is refused is kept and logged."""
    now = area.clock.now()
    query = select(SavedView).where(SavedView.area_id == area.id, SavedView.next_at <= now)
    sent = 0
    for view in (await session.scalars(query.order_by(SavedView.id).with_for_update(skip_locked=True))).all():
        due = view.next_at
        assert due is not None  # noqa: S101 - asked for above
        view.next_at = _next(view, area, now)
        if not view.paused and view.stopped is None:
            sent += await _send(session, area, view, due)
    await session.flush()
    return sent


async def _send(session: AsyncSession, area: ServiceArea, view: SavedView, due: datetime) -> int:
    account = await session.get_one(Account, view.account_id)
    view.stopped = await may_not(session, account, area, shown_in(view.query))
    day = due.astimezone(ZoneInfo(area.timezone)).date()
    period = period_of(view.rhythm, day)
    notice, problem = None, view.stopped
    if problem is None:
        pairs = [(key, value) for key, value in parse_qsl(view.query) if key not in ("month", "area")]
        link = f"/manager?{urlencode([('area', area.code), ('month', period), *pairs])}"
        told = Told("report", f"{view.id}:{due.isoformat()}", {"name": view.name, "period": period, "link": link},
                    email=view.email, stale_at=area.clock.now() + STALE)  # fmt: skip
        notice = await write(session, area, told, area.clock.now())
    if problem is not None:
        log.warning("views.not_sent", view=str(view.id), why=problem)
        await tell_of_the_end(session, account, area, view.name, view.email, f"{view.id}:{due.isoformat()}", "saved")
    session.add(ViewDelivery(view_id=view.id, due_at=due, period=period, notice_id=notice, problem=problem,
                             at=area.clock.now()))  # fmt: skip
    return notice is not None


SHOWN = ("technician", "team", "contractor", "grid")
"""Keys of a page's address that name whom it is about; `side` is one of them, whose `beside` are compared."""


def shown_in(query: str) -> set[tuple[str, str]]:
    """Whom a page with this address is about: kinds and ids."""
    pairs = [(key, value) for key, value in parse_qsl(query) if value]
    side = dict(pairs).get("side")
    named = {(key, value) for key, value in pairs if key in SHOWN}
    return named | {(side, value) for key, value in pairs if key == "beside" and side in SHOWN}


def period_of(rhythm: str | None, day: date) -> str:
    """The month that a report of this day is of: monthly the one that is over, weekly the one that runs."""
    shown = day.replace(day=1) - timedelta(days=1) if rhythm == "monthly" else day
    return f"{shown:%Y-%m}"


def next_due(rhythm: str, on_day: int, hour: int, zone: ZoneInfo, after: datetime) -> datetime:
    """The next such hour after a moment, by the area's clock; an hour that the clock leaves out is the one after it."""
    day = after.astimezone(zone).date()
    while True:
        fits = (
            day.isoweekday() == on_day
            if rhythm == "weekly"
            else day.day == min(on_day, monthrange(day.year, day.month)[1])
        )
        moment = datetime.combine(day, time(hour), zone)
        if fits and moment > after:
            return moment
        day += timedelta(days=1)


def _next(view: SavedView, area: ServiceArea, now: datetime) -> datetime | None:
    if view.rhythm is None or view.on_day is None or view.hour is None:
        return None
    return next_due(view.rhythm, view.on_day, view.hour, ZoneInfo(area.timezone), now)
