"""Routes kept as the bytes that go over the wire. A route is written out once, after something in it has changed: by
the worker a moment later, or by the phone that asks first. An unchanged one is read in one statement.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import brotli
import msgspec
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kit.bounds import LATEST
from kit.clock import AreaClock
from kit.live import announce
from mobile_api.day import repository
from mobile_api.day.differences import Change, changes_between, facts_of
from mobile_api.day.models import PhoneChange, RouteSnapshot
from mobile_api.day.route import Rendered, todays_route
from mobile_api.day.schemas import MobileRoute, RouteChange
from mobile_api.push import service as push

FRESH = """
    s.valid_until > now() AND NOT EXISTS (SELECT FROM route_stale d WHERE d.technician_id = s.technician_id)
"""
"""Whether the snapshot `s` still says what is."""
_READ = text(
    f"""
    SELECT s.etag, s.body_br, s.body_gz, s.previous_etag, s.delta_br, s.shown, s.facts, {FRESH} AS fresh
    FROM route_snapshots s WHERE s.technician_id = :technician
    """  # noqa: S608 - our own text
)
_STALE = text("SELECT id FROM route_stale WHERE technician_id = :technician")
_DONE = text(
    "DELETE FROM route_stale WHERE technician_id = :technician"
    " AND (id = ANY(CAST(:ids AS bigint[])) OR xmin = pg_current_xact_id()::xid)"
)
REPLACES = {"taken_away": ("added", "window_changed"), "cancelled": ("added", "window_changed")}
"""What a change makes not worth telling any more, where that is more than an earlier one of its own kind."""
_REPLACED = text(
    """
    DELETE FROM phone_changes c USING unnest(CAST(:orders AS uuid[]), CAST(:kinds AS text[])) AS r(order_id, kind)
    WHERE c.technician_id = :technician AND c.seen_at IS NULL AND c.kind = r.kind
      AND c.order_id IS NOT DISTINCT FROM r.order_id
    """
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 12))")
_TAGS = re.compile(r'"([^"]*)"')
DELTA = "merge-patch"


@dataclass(frozen=True, slots=True)
class Kept:
    """A route as it is sent: brotli and gzip of its JSON, and what turns the one before into it."""

    etag: str
    body_br: bytes
    body_gz: bytes
    previous_etag: str | None
    delta_br: bytes | None
    shown: list[UUID]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `shows` says that names and phones are in it."""

    status: int
    body: bytes | None
    headers: dict[str, str] = field(default_factory=dict)
    shows: bool = True


async def current(session: AsyncSession, technician_id: UUID) -> Kept:
    """The present route of a technician, written out anew where it is old. Raises `NotFound` for one who left."""
    row = (await session.execute(_READ, {"technician": technician_id})).first()
    if row is not None and row.fresh:
        return Kept(row.etag, row.body_br, row.body_gz, row.previous_etag, row.delta_br, row.shown)
    return await render(session, technician_id)


async def render(session: AsyncSession, technician_id: UUID) -> Kept:
    """Write a route out, once: whoever comes meanwhile waits and takes it. Changes since the last one are told."""
    await session.execute(_LOCK, {"key": f"route {technician_id}"})
    row = (await session.execute(_READ, {"technician": technician_id})).first()
    if row is not None and row.fresh:
        return Kept(row.etag, row.body_br, row.body_gz, row.previous_etag, row.delta_br, row.shown)
    # Read first: what is told of here is in everything read below.
    told = (await session.execute(_STALE, {"technician": technician_id})).scalars().all()
    rendered = await todays_route(session, technician_id)
    route, facts = rendered.route, facts_of(rendered.route)
    if row is not None:
        changes = await changes_between(session, technician_id, row.facts, facts)
        if changes:
            route.changes = await _tell(session, rendered, changes)
    body = msgspec.json.encode(route)
    etag = hashlib.sha256(body).hexdigest()[:32]
    same = row is not None and row.etag == etag
    kept = Kept(
        etag=etag,
        body_br=brotli.compress(body, quality=5),
        body_gz=gzip.compress(body, compresslevel=6, mtime=0),
        previous_etag=row.previous_etag if row is not None and same else None if row is None else row.etag,
        delta_br=row.delta_br if row is not None and same else None if row is None else _delta(row.body_br, body),
        shown=_shown(route),
    )
    await _keep(session, rendered, kept, facts)
    await session.execute(_DONE, {"technician": technician_id, "ids": list(told)})
    return kept


def answer_to(kept: Kept, if_none_match: str | None, accept_delta: str | None, encodings: str | None) -> Answer:
    """304, 226 with a delta, or the whole route, for what the phone has and understands."""
    headers = {"ETag": f'W/"{kept.etag}"', "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, A-IM"}
    has = tags(if_none_match)
    if kept.etag in has:
        return Answer(304, None, headers, shows=False)
    offered = accepted(encodings)
    if DELTA in (accept_delta or "") and kept.delta_br is not None and kept.previous_etag in has and "br" in offered:
        more = {"Content-Encoding": "br", "IM": DELTA, "Delta-Base": f'W/"{kept.previous_etag}"'}
        return Answer(226, kept.delta_br, headers | more)
    if "br" in offered:
        return Answer(200, kept.body_br, headers | {"Content-Encoding": "br"})
    if "gzip" in offered:
        return Answer(200, kept.body_gz, headers | {"Content-Encoding": "gzip"})
    return Answer(200, gzip.decompress(kept.body_gz), headers)


def tags(header: str | None) -> set[str]:
    """The entity tags of an `If-None-Match`, without what a proxy that compresses has hung on them."""
    return {tag.removesuffix("-gzip").removesuffix("-br") for tag in _TAGS.findall(header or "")}


def accepted(header: str | None) -> set[str]:
    """The content codings that an `Accept-Encoding` allows."""
    found = set()
    for part in (header or "").lower().split(","):
        name, _, quality = part.partition(";")
        if quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            found.add(name.strip())
    return found


async def record_shown(session: AsyncSession, account_id: UUID | None, kept: Kept) -> None:
    """Record whose names and phones went to the phone."""
    await repository.record_unmaskings(session, account_id, kept.shown)


def merge_patch(before: Any, after: Any) -> Any:
    """The JSON Merge Patch (RFC 7396) from one object to another. Lists are replaced whole; no value may be null in one
    and missing in the other.
    """
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return after
    patch = {key: None for key in before if key not in after}
    for key, value in after.items():
        if key not in before or before[key] != value:
            patch[key] = merge_patch(before.get(key), value) if isinstance(value, dict) else value
    return patch


def _delta(before: bytes, body: bytes) -> bytes | None:
    """The compressed patch; None where it saves less than half of it."""
    patch = merge_patch(msgspec.json.decode(brotli.decompress(before)), msgspec.json.decode(body))
    written = msgspec.json.encode(patch)
    return brotli.compress(written, quality=5) if len(written) * 2 < len(body) else None


def _shown(route: MobileRoute) -> list[UUID]:
    return [stop.order_id for stop in (*route.stops, *route.waiting) if stop.contact is not None]


async def _tell(session: AsyncSession, rendered: Rendered, changes: list[Change]) -> list[RouteChange]:
    """Keep what changed until it is acknowledged; a newer word about the same thing takes the older one's place."""
    technician_id = rendered.route.technician_id
    replaced = [(change.order_id, kind) for change in changes for kind in REPLACES.get(change.kind, (change.kind,))]
    await session.execute(
        _REPLACED,
        {"technician": technician_id, "orders": [one for one, _ in replaced], "kinds": [kind for _, kind in replaced]},
    )
    session.add_all(
        PhoneChange(
            technician_id=technician_id, order_id=change.order_id, number=change.number, kind=change.kind,
            params=change.params, at=rendered.now,
        )
        for change in changes
    )  # fmt: skip
    await session.flush()
    await announce(session, rendered.area_id, "unseen", technician_id)
    await push.wake(session, technician_id, "changes")
    rows = await repository.unseen_changes(session, technician_id, rendered.now - timedelta(days=3))
    return [
        RouteChange(id=row.id, at=row.at, order_id=row.order_id, number=row.number, kind=row.kind, params=row.params)
        for row in rows
    ]


async def _keep(session: AsyncSession, rendered: Rendered, kept: Kept, facts: dict[str, Any]) -> None:
    values = {
        "day": rendered.route.date,
        "etag": kept.etag,
        "body_br": kept.body_br,
        "body_gz": kept.body_gz,
        "previous_etag": kept.previous_etag,
        "delta_br": kept.delta_br,
        "shown": kept.shown,
        "facts": facts,
        "valid_until": real_time_of(rendered.clock, rendered.holds_until),
        "built_at": rendered.now,
    }
    statement = insert(RouteSnapshot).values(technician_id=rendered.route.technician_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["technician_id"], set_=values))


def real_time_of(clock: AreaClock, moment: datetime) -> datetime:
    """When an area's clock will show a moment; the end of time where it stands still."""
    if clock.real_anchor is None or clock.area_anchor is None:
        return moment
    if clock.speed <= 0:
        return LATEST - timedelta(days=1)
    return min(
        clock.real_anchor + timedelta(seconds=(moment - clock.area_anchor).total_seconds() / clock.speed),
        LATEST - timedelta(days=1),
    )
