"""The log of exports (审计): who took which numbers and lists out as a file, whatever room the file is of."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import ReportExport
from grids.models import ServiceArea
from kit.actor import Actor


async def log_export(
    session: AsyncSession, actor: Actor, area: ServiceArea, report: str, kind: str, asked: str
) -> None:
    """Keep who took which file: `kind` is its format, `asked` the month and filters."""
    session.add(
        ReportExport(
            area_id=area.id, account_id=actor.account_id, report=report, format=kind, asked=asked, at=area.clock.now()
        )
    )  # fmt: skip
    await session.flush()
