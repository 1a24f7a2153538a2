"""The life of a complaint: taken, acknowledged, answered, decided, rectified, inspected. Services never commit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.complaints import repository
from dispatch.complaints.clocks import working_days_after
from dispatch.complaints.models import (
    Complaint,
    ComplaintEvent,
    ComplaintLink,
    ComplaintStatus,
    Gravity,
    Liability,
    Source,
)
from dispatch.orders import repository as orders
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.policies.service import calendars_for, policy_at
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.errors import Conflict, Forbidden, Invalid, Stale
from kit.ids import uuid7
from kit.live import announce

TAKERS = (Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.INSPECTOR, Role.MANAGER)
WORKERS = TAKERS
DECIDERS = (Role.INSPECTOR, Role.MANAGER)
LINKS = ("order", "call", "event")


async def take(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    *,
    source: Source,
    words: str,
    order_id: UUID | None = None,
    gravity: Gravity = Gravity.NORMAL,
    contact: str | None = None,
    external_number: str | None = None,
    answer_due_at: datetime | None = None,
    call_id: UUID | None = None,
    received_at: datetime | None = None,
    owner_id: UUID | None = None,
) -> Complaint:
    """Take a complaint; whoever takes it owns it until it is answered (首问负责).

    `answer_due_at` is what a regulator demands; else three working days. `received_at` and `owner_id` are for those
    that somebody else received before. Raises `Invalid` for nothing said, a due time that lay in the past when it was
    received, or one that nobody demanded.
    """
    actor.require(*TAKERS)
    actor.require_area(area.id)
    owner = owner_id or actor.account_id
    if owner is None:
        raise Invalid("complaint.owner", field="source")
    if not words.strip():
        raise Invalid("complaint.words", field="words")
    now = received_at or area.clock.now()
    order = await orders.get(session, actor, order_id) if order_id is not None else None
    if order is not None and order.area_id != area.id:
        raise Invalid("complaint.other_area", field="orderId")
    if answer_due_at is not None and (source is not Source.REGULATOR or answer_due_at <= now):
        raise Invalid("complaint.answer_due", field="answerDueAt")
    limits = (await policy_at(session, area.id, now)).limits
    office = (await calendars_for(session, area.id, now)).office
    found = Complaint(
        area_id=area.id, number=await repository.next_number(session, Complaint, area.id, f"{area.code.upper()}-C-"),
        source=source, gravity=gravity, status=ComplaintStatus.OPEN, order_id=order.id if order else None,
        grid_id=order.grid_id if order else None, subscriber_id=order.subscriber_id if order else None,
        contact=(contact or "").strip() or None, external_number=(external_number or "").strip() or None,
        words=words.strip(), owner_id=owner, received_at=now,
        acknowledge_due_at=now + timedelta(seconds=limits.complaint_acknowledge_seconds),
        answer_due_at=answer_due_at or working_days_after(now, limits.complaint_answer_working_days, office),
    )  # fmt: skip
    session.add(found)
    await session.flush()
    if call_id is not None:
        session.add(ComplaintLink(complaint_id=found.id, kind="call", ref=call_id))
    log(session, actor, area.clock.now(), "opened", complaint_id=found.id, data={"source": source.value})
    await _in_the_orders_story(session, actor, found, "opened")
    await changed(session, found)
    return found


async def acknowledge(session: AsyncSession, actor: Actor, complaint_id: UUID, version: int | None = None) -> Complaint:
    """Tell whoever complains that somebody is at it."""
    found, now = await _held(session, actor, complaint_id, version, ComplaintStatus.OPEN)
    found.status, found.acknowledged_at = ComplaintStatus.ACKNOWLEDGED, now
    log(session, actor, now, "acknowledged", complaint_id=found.id)
    await changed(session, found)
    return found


async def hand_over(session: AsyncSession, actor: Actor, complaint_id: UUID, to_account_id: UUID) -> Complaint:
    """Give an answered complaint to somebody else; before it is answered its first-contact owner stays.

    Managers may hand over earlier. Raises `Conflict`, `Invalid` for an account that does not work in the area.
    """
    found, now = await _held(session, actor, complaint_id, None, *(set(ComplaintStatus) - {ComplaintStatus.CLOSED}))
    if found.answered_at is None and actor.role is not Role.MANAGER:
        raise Conflict("complaint.owner_stays", number=found.number)
    if not await repository.works_here(session, to_account_id, found.area_id):
        raise Invalid("complaint.owner", field="toAccountId")
    found.owner_id = to_account_id
    log(session, actor, now, "handed_over", complaint_id=found.id, data={"to": str(to_account_id)})
    await changed(session, found)
    return found


async def answer(
    session: AsyncSession, actor: Actor, complaint_id: UUID, words: str, version: int | None = None
) -> Complaint:
    """Write down what the subscriber was answered. The owner does it, or a manager. Raises `Forbidden`, `Invalid`."""
    found, now = await _held(session, actor, complaint_id, version, ComplaintStatus.OPEN, ComplaintStatus.ACKNOWLEDGED)
    if actor.account_id != found.owner_id and actor.role is not Role.MANAGER:
        raise Forbidden("complaint.owners_answer")
    if not words.strip():
        raise Invalid("complaint.words", field="words")
    found.status, found.answer, found.answered_at = ComplaintStatus.ANSWERED, words.strip(), now
    found.acknowledged_at = found.acknowledged_at or now
    log(session, actor, now, "answered", complaint_id=found.id, words=found.answer)
    await _in_the_orders_story(session, actor, found, "answered")
    await changed(session, found)
    return found


async def decide(
    session: AsyncSession,
    actor: Actor,
    complaint_id: UUID,
    *,
    upheld: bool,
    liability: Liability,
    reason: str,
    technician_id: UUID | None = None,
    rectify_by: datetime | None = None,
    version: int | None = None,
) -> Complaint:
    """Say whether it was right and who is to blame. What was upheld is rectified; the rest is closed.

    Raises `Invalid` without a reason, for blame without anybody, or a technician who is none of the area.
    """
    actor.require(*DECIDERS)
    found, now = await _held(session, actor, complaint_id, version, ComplaintStatus.ANSWERED)
    if not reason.strip():
        raise Invalid("complaint.reason", field="reason")
    if (liability is Liability.TECHNICIAN) != (technician_id is not None) or (not upheld and technician_id is not None):
        raise Invalid("complaint.technician", field="technicianId")
    if technician_id is not None and not await orders.active_technician(session, found.area_id, technician_id):
        raise Invalid("complaint.technician", field="technicianId")
    if rectify_by is not None and rectify_by <= now:
        raise Invalid("complaint.rectify_by", field="rectifyBy")
    found.upheld, found.liability, found.liability_reason = upheld, liability, reason.strip()
    found.technician_id, found.decided_at = technician_id, now
    if upheld:
        limits = (await policy_at(session, found.area_id, now)).limits
        office = (await calendars_for(session, found.area_id, now)).office
        found.rectify_due_at = rectify_by or working_days_after(now, limits.rectification_working_days, office)
        found.status = ComplaintStatus.RECTIFYING
    else:
        found.status, found.closed_at = ComplaintStatus.CLOSED, now
    log(session, actor, now, "decided", complaint_id=found.id, words=found.liability_reason,
        data={"upheld": upheld, "liability": liability.value})  # fmt: skip
    await _in_the_orders_story(session, actor, found, "decided" if upheld else "closed")
    await changed(session, found)
    return found


async def rectify(
    session: AsyncSession, actor: Actor, complaint_id: UUID, evidence: str, version: int | None = None
) -> Complaint:
    """Say what was put right, with evidence; an inspector looks at it."""
    found, now = await _held(session, actor, complaint_id, version, ComplaintStatus.RECTIFYING)
    if not evidence.strip():
        raise Invalid("complaint.words", field="words")
    found.status, found.rectification, found.rectified_at = ComplaintStatus.RECTIFIED, evidence.strip(), now
    log(session, actor, now, "rectified", complaint_id=found.id, words=found.rectification)
    await changed(session, found)
    return found


async def inspect(
    session: AsyncSession, actor: Actor, complaint_id: UUID, *, passed: bool, note: str | None,
    version: int | None = None,
) -> Complaint:  # fmt: skip
    """An inspector's look at the rectification: it closes the complaint, or sends it back with the reason."""
    actor.require(Role.INSPECTOR)
    found, now = await _held(session, actor, complaint_id, version, ComplaintStatus.RECTIFIED)
    if not passed and not (note or "").strip():
        raise Invalid("complaint.reason", field="note")
    found.inspected_by = actor.account_id
    if passed:
        found.status, found.closed_at = ComplaintStatus.CLOSED, now
    else:
        found.status, found.rectified_at = ComplaintStatus.RECTIFYING, None
    log(session, actor, now, "passed" if passed else "failed", complaint_id=found.id, words=note)
    if passed:
        await _in_the_orders_story(session, actor, found, "closed")
    await changed(session, found)
    return found


async def link(session: AsyncSession, actor: Actor, complaint_id: UUID, kind: str, ref: UUID) -> Complaint:
    """Link an order, a call or an event to a complaint. Raises `Invalid` for another kind, or for what is not there."""
    found, now = await _held(session, actor, complaint_id, None, *ComplaintStatus)
    if kind not in LINKS:
        raise Invalid("complaint.link", field="kind", kinds=", ".join(LINKS))
    if not await repository.exists_of(session, actor, kind, ref, found.area_id):
        raise Invalid("complaint.link_unknown", field="ref")
    row = insert(ComplaintLink).values(complaint_id=found.id, kind=kind, ref=ref)
    await session.execute(row.on_conflict_do_nothing())
    log(session, actor, now, "linked", complaint_id=found.id, data={"kind": kind, "ref": str(ref)})
    await changed(session, found)
    return found


async def changed(session: AsyncSession, found: Complaint) -> None:
    """Count the version on and tell the pages."""
    found.version += 1
    await session.flush()
    await announce(session, found.area_id, "complaint", found.id, version=found.version)


def log(
    session: AsyncSession, actor: Actor, at: datetime, kind: str, *, complaint_id: UUID | None = None,
    supervision_id: UUID | None = None, words: str | None = None, data: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add a line to the story of a complaint or supervision."""
    session.add(
        ComplaintEvent(
            id=uuid7(), complaint_id=complaint_id, supervision_id=supervision_id, kind=kind, at=at,
            by=actor.account_id, words=(words or "").strip() or None, data=data or {},
        )
    )  # fmt: skip


async def _held(
    session: AsyncSession, actor: Actor, complaint_id: UUID, version: int | None, *states: ComplaintStatus
) -> tuple[Complaint, datetime]:
    actor.require(*WORKERS)
    found = await repository.get(session, actor, complaint_id, lock=True)
    if version is not None and version != found.version:
        raise Stale("stale", current={"status": found.status.value, "version": found.version})
    if found.status not in states:
        raise Conflict("complaint.wrong_state", current={"status": found.status.value}, number=found.number,
                       status=found.status.value)  # fmt: skip
    return found, (await area_by_id(session, found.area_id)).clock.now()


async def _in_the_orders_story(session: AsyncSession, actor: Actor, found: Complaint, step: Any) -> None:
    if found.order_id is not None:
        act = acts.Complained(complaint_id=found.id, step=step)
        await apply(session, actor.in_their_name(), found.order_id, act)
