"""Finding the guide that counts, and adding versions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Row, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.policies.guides.definition import Definition, checked
from dispatch.policies.guides.models import FaultGuide
from dispatch.policies.guides.seeds import ANY, GUIDES
from dispatch.policies.service import fault_type
from kit.ids import uuid7
from kit.live import announce

_NEWEST = text(
    """
    SELECT DISTINCT ON (code) code, number, definition, area_id, created_at FROM fault_guides
    WHERE (area_id = :area OR area_id IS NULL) AND (:every OR code = ANY(:codes))
    ORDER BY code, area_id NULLS LAST, number DESC
    """
)


@dataclass(frozen=True, slots=True)
class GuideVersion:
    """A guide as it counts for an area."""

    code: str
    number: int
    definition: Definition
    shipped: bool
    created_at: datetime


async def guides(session: AsyncSession, area_id: UUID, codes: Collection[str] | None = None) -> list[GuideVersion]:
    """The newest guide of every fault type (or of these), by code. `*` stands for fault types without one."""
    wanted = {"area": area_id, "every": codes is None, "codes": [*(codes or ()), ANY]}
    rows = (await session.execute(_NEWEST, wanted)).all()
    if all(row.code != ANY for row in rows):
        await install_guides(session)
        rows = (await session.execute(_NEWEST, wanted)).all()
    return [_version(row) for row in rows]


async def guide_of(session: AsyncSession, area_id: UUID, code: str) -> GuideVersion | None:
    """The guide of one fault type, else the one for all others."""
    found = {guide.code: guide for guide in await guides(session, area_id, [code])}
    return found.get(code) or found.get(ANY)


async def add_guide(
    session: AsyncSession, area_id: UUID, code: str, definition: Definition, account_id: UUID | None
) -> GuideVersion:
    """A new version for an area; it counts at once. Raises `Invalid` for an unknown fault type or a wrong form."""
    checked(definition)
    if code != ANY:
        await fault_type(session, area_id, code)
    await install_guides(session)
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 11))"), {"key": f"guide {area_id} {code}"}
    )
    last = await session.scalar(
        select(func.max(FaultGuide.number)).where(
            FaultGuide.code == code, or_(FaultGuide.area_id == area_id, FaultGuide.area_id.is_(None))
        )
    )
    row = FaultGuide(
        area_id=area_id, code=code, number=(last or 0) + 1, definition=msgspec.to_builtins(definition),
        created_by=account_id,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    await session.refresh(row)
    await announce(session, area_id, "policy", code)
    return GuideVersion(row.code, row.number, definition, shipped=False, created_at=row.created_at)


async def install_guides(session: AsyncSession) -> None:
    """Put the shipped guides there; those that are stay."""
    rows = [
        {"id": uuid7(), "area_id": None, "code": code, "number": 1, "definition": msgspec.to_builtins(definition)}
        for code, definition in GUIDES.items()
    ]
    await session.execute(insert(FaultGuide).on_conflict_do_nothing(), rows)


def _version(row: Row[tuple[str, int, dict[str, object], UUID | None, datetime]]) -> GuideVersion:
    definition = msgspec.convert(row.definition, Definition)
    return GuideVersion(row.code, row.number, definition, row.area_id is None, row.created_at)
