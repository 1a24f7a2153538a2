"""Supervision (督办): a manager asks, the owner answers by a due time, the manager judges; and warnings upward."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.complaints import repository
from dispatch.complaints.clocks import warned_by
from dispatch.complaints.models import Complaint, ComplaintWarning, Supervision, SupervisionStatus
from dispatch.complaints.service import log
from dispatch.orders import repository as orders
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import SYSTEM, Actor, Role
from kit.errors import Conflict, Forbidden, Invalid
from kit.live import announce

ANSWERERS = (Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.INSPECTOR, Role.TECHNICIAN)
Step = Literal["opened", "answered", "returned", "closed"]


async def supervise(
    session: AsyncSession,
    actor: Actor,
    *,
    question: str,
    due_at: datetime,
    order_id: UUID | None = None,
    complaint_id: UUID | None = None,
) -> Supervision:
    """Ask the owner of an order or a complaint. Managers only. Raises `NotFound`, `Invalid` without a question or time
    to answer it."""
    actor.require(Role.MANAGER)
    order = await orders.get(session, actor, order_id) if order_id is not None else None
    complaint = await repository.get(session, actor, complaint_id) if complaint_id is not None else None
    about = order or complaint
    if about is None:
        raise Invalid("supervision.about", field="orderId")
    area = await area_by_id(session, about.area_id)
    now = area.clock.now()
    if not question.strip():
        raise Invalid("complaint.words", field="question")
    if due_at <= now:
        raise Invalid("supervision.due", field="dueAt")
    found = Supervision(
        area_id=area.id, number=await repository.next_number(session, Supervision, area.id, f"{area.code.upper()}-S-"),
        order_id=order.id if order else None, complaint_id=complaint.id if complaint else None,
        grid_id=about.grid_id, status=SupervisionStatus.OPEN, question=question.strip(), opened_by=actor.account_id,
        opened_at=now, due_at=due_at,
    )  # fmt: skip
    session.add(found)
    await session.flush()
    log(session, actor, now, "opened", supervision_id=found.id, words=found.question)
    await _told(session, actor, found, "opened")
    return found


async def answer(
    session: AsyncSession, actor: Actor, supervision_id: UUID, words: str, version: int | None = None
) -> Supervision:
    """Answer it: the complaint's owner, or whoever works on the order. Raises `Forbidden` for others."""
    actor.require(*ANSWERERS)
    found, now = await _held(session, actor, supervision_id, SupervisionStatus.OPEN, version)
    if found.order_id is None and found.complaint_id is not None:
        complaint = await session.get_one(Complaint, found.complaint_id)
        if actor.role is Role.AGENT and complaint.owner_id != actor.account_id:
            raise Forbidden("complaint.owners_answer")
    if not words.strip():
        raise Invalid("complaint.words", field="words")
    found.status, found.answer, found.answered_at = SupervisionStatus.ANSWERED, words.strip(), now
    found.answered_by = actor.account_id
    log(session, actor, now, "answered", supervision_id=found.id, words=found.answer)
    await _told(session, actor, found, "answered")
    return found


async def judge(
    session: AsyncSession, actor: Actor, supervision_id: UUID, *, accepted: bool, words: str,
    due_at: datetime | None = None, version: int | None = None,
) -> Supervision:  # fmt: skip
    """Close it with a judgement, or send it back with another due time."""
    actor.require(Role.MANAGER)
    found, now = await _held(session, actor, supervision_id, SupervisionStatus.ANSWERED, version)
    if not words.strip():
        raise Invalid("complaint.words", field="words")
    found.judgement = words.strip()
    if accepted:
        found.status, found.closed_at = SupervisionStatus.CLOSED, now
    else:
        if due_at is None or due_at <= now:
            raise Invalid("supervision.due", field="dueAt")
        found.status, found.due_at, found.answered_at = SupervisionStatus.OPEN, due_at, None
    step: Step = "closed" if accepted else "returned"
    log(session, actor, now, step, supervision_id=found.id, words=found.judgement)
    await _told(session, actor, found, step)
    return found


async def warn_due(session: AsyncSession, area: ServiceArea) -> int:
    """Warn upward of what is near its due time or past it, each person of the line once; returns how many warnings."""
    now = area.clock.now()
    complaints, asked = await repository.unfinished(session, area.id)
    running: list[tuple[UUID, str, datetime, datetime, str]] = []
    for one in complaints:
        if one.acknowledged_at is None:
            running.append((one.id, "acknowledge", one.received_at, one.acknowledge_due_at, "complaint"))
        if one.answered_at is None:
            running.append((one.id, "answer", one.received_at, one.answer_due_at, "complaint"))
        if one.rectify_due_at is not None and one.rectified_at is None and one.decided_at is not None:
            running.append((one.id, "rectify", one.decided_at, one.rectify_due_at, "complaint"))
    running += [(one.id, "supervision", one.opened_at, one.due_at, "supervision") for one in asked]
    count = 0
    for about, clock, since, due, topic in running:
        for role in warned_by(since, due, now):
            row = insert(ComplaintWarning).values(about=about, clock=clock, due_at=due, role=role, at=now)
            new = await session.scalar(row.on_conflict_do_nothing().returning(ComplaintWarning.role))
            if new is None:
                continue
            count += 1
            which: dict[str, Any] = {f"{topic}_id": about}
            log(session, SYSTEM, now, "warned", data={"clock": clock, "role": role}, **which)
            await announce(session, area.id, topic, about)
    return count


async def _held(
    session: AsyncSession, actor: Actor, supervision_id: UUID, status: SupervisionStatus, version: int | None
) -> tuple[Supervision, datetime]:
    found = await repository.supervision(session, actor, supervision_id, lock=True)
    if found.status is not status or (version is not None and version != found.version):
        raise Conflict("complaint.wrong_state", current={"status": found.status.value}, number=found.number,
                       status=found.status.value)  # fmt: skip
    return found, (await area_by_id(session, found.area_id)).clock.now()


async def _told(session: AsyncSession, actor: Actor, found: Supervision, step: Step) -> None:
    """A line in the order's story, and the pages told."""
    found.version += 1
    order_id = found.order_id
    if order_id is None and found.complaint_id is not None:
        order_id = (await session.get_one(Complaint, found.complaint_id)).order_id
    if order_id is not None:
        act = acts.Supervised(supervision_id=found.id, step=step)
        await apply(session, actor.in_their_name(), order_id, act)
    await session.flush()
    await announce(session, found.area_id, "supervision", found.id, version=found.version)
