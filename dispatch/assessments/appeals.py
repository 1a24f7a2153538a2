"""What people say about what was found: inspections of completion reports, appeals, and who decides them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.deadlines import appeal_until
from dispatch.assessments.models import AssessmentEntry, Inspection
from dispatch.assessments.service import compute
from dispatch.orders import repository as orders
from dispatch.orders.models import Origin, Status
from grids.service import area_by_id, area_now
from kit.actor import Actor, Role
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.live import announce


async def inspect(
    session: AsyncSession, actor: Actor, order_id: UUID, *, passed: bool, findings: list[str]
) -> Inspection:
    """An inspector's check (质检) of a completion report. A second look replaces the first one.

    Raises `NotFound`, `Forbidden`, `Conflict` for an order no technician has completed, `Invalid` for a failed check
    that does not say why.
    """
    actor.require(Role.INSPECTOR)
    order = await orders.get(session, actor, order_id, lock=True)
    if order.completed_by is None or order.status not in (Status.COMPLETED, Status.CLOSED):
        raise Conflict("inspection.nothing", number=order.number, current={"status": order.status.value})
    if order.origin is Origin.HISTORY:
        raise Conflict("inspection.nothing", number=order.number, current={"status": order.status.value})
    if not passed and not findings:
        raise Invalid("inspection.findings", field="findings")
    now = await area_now(session, order.area_id)
    found = await repository.inspection_of(session, order.id) or Inspection(order_id=order.id)
    found.technician_id, found.inspector_id = order.completed_by, actor.account_id
    found.passed, found.findings, found.at = passed, findings, now
    session.add(found)  # whole: any later query writes it
    await session.flush()
    await announce(session, order.area_id, "order", order.id)
    return found


async def appeal(session: AsyncSession, actor: Actor, entry_id: UUID, note: str) -> AssessmentEntry:
    """A technician's appeal (申诉) against an entry of theirs, within three working days of its publication.

    Raises `NotFound`, `Forbidden`, `Invalid` without evidence, `Conflict` when it was appealed before or is too late.
    """
    actor.require(Role.TECHNICIAN)
    entry = await repository.lock_entry(session, entry_id)
    if entry is None or (not actor.trusted and entry.technician_id != actor.scope.technician):
        raise NotFound("appeal.no_entry")
    if not note.strip():
        raise Invalid("appeal.note", field="note")
    if entry.appeal_status is not None:
        raise Conflict("appeal.again", current={"appealStatus": entry.appeal_status})
    now = await area_now(session, entry.area_id)
    until = await appeal_until(session, entry)
    if until is not None and now >= until:
        raise Conflict("appeal.late", until=until.isoformat())
    entry.appeal_status, entry.appeal_note, entry.appealed_at = "open", note.strip(), now
    await session.flush()
    await announce(session, entry.area_id, "appeal", entry.id)
    return entry


async def decide(session: AsyncSession, actor: Actor, entry_id: UUID, *, upheld: bool, note: str) -> AssessmentEntry:
    """An inspector's answer. An upheld appeal makes the entry void and computes the month anew; both versions stay.

    Raises `NotFound`, `Forbidden` for anybody but an inspector (so never the grid lead) or for one's own entry,
    `Conflict` where no appeal is open.
    """
    actor.require(Role.INSPECTOR)
    known = await session.get(AssessmentEntry, entry_id)
    if known is None or not (actor.trusted or actor.scope.allows_area(known.area_id)):
        raise NotFound("appeal.no_entry")
    if upheld:  # the month before its entry, as whoever computes it does
        await repository.lock_month(session, known.area_id, known.month)
    entry = await repository.lock_entry(session, entry_id)
    if entry is None:
        raise NotFound("appeal.no_entry")
    await orders.get(session, actor, entry.order_id)  # another contractor's looks as if it were not there
    if actor.scope.technician == entry.technician_id:
        raise Forbidden("appeal.own")
    if entry.appeal_status != "open":
        raise Conflict("appeal.none", current={"appealStatus": entry.appeal_status})
    area = await area_by_id(session, entry.area_id)
    entry.appeal_status = "upheld" if upheld else "refused"
    entry.appeal_note = "\n".join(part for part in (entry.appeal_note, note.strip()) if part)
    entry.decided_by, entry.decided_at = actor.account_id, area.clock.now()
    await session.flush()
    await announce(session, entry.area_id, "appeal", entry.id)
    if upheld:
        await compute(session, actor, area, entry.month, cause=f"appeal {entry.id}")
    return entry
