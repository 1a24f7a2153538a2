"""Acts made on the phone, perhaps offline: each stands or falls by itself, each safe to send again.

What stands is decided by the phone's own id of the act. An applied act is never applied again; a refused one that is
sent again with the same content is tried again, since what it waited for (an arrival sent by another connection) may
have come. Real work that can no longer be applied, because the order was reassigned, cancelled or closed meanwhile, is
kept as evidence on the order and the dispatcher is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import batched
from typing import cast
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order, Status
from dispatch.orders.rules import acts, finish_codes
from dispatch.orders.rules.guides import require_guide
from dispatch.orders.service import apply
from dispatch.policies.service import policy_at
from grids.service import area_now
from kit.actor import Actor
from kit.db import Database
from kit.errors import Conflict, Forbidden, Malformed, NotFound, Problem
from kit.live import announce, announcing
from mobile_api import repository
from mobile_api.builds import OLDEST_BUILD, WITH_GUIDES
from mobile_api.day.route import technician_of
from mobile_api.receipts import (
    APPLIED,
    Phone,
    awaited,
    aware,
    fingerprint,
    in_the_phones_order,
    listed_photos,
    read_act,
    receipt,
    refusal,
    rejection,
    row_of,
)
from mobile_api.repository import OfPhone
from mobile_api.schemas import ActAnswer, PhoneActIn, SyncAnswer
from mobile_api.timing import phone_clock

log = structlog.get_logger()

MOST_ACTS = 500
VAGUEST = 1_000_000.0
"""Metres; nothing vaguer is kept of a position."""
EVIDENCE_OF_WORK = (
    acts.Accept, acts.Depart, acts.Arrive, acts.NobodyHome, acts.Complete, acts.Contact, acts.RequestSuspension,
)  # fmt: skip
OVER = (Status.COMPLETED, Status.CLOSED, Status.CANCELLED, Status.MERGED)
SAME_ID = "mobile.same_id_other_body"
TRIES = 3
TOGETHER = 20
"""Acts in one transaction: so many as are quick, so that nobody waits long for the orders they lock."""


async def sync(
    database: Database,
    actor: Actor,
    sent: Sequence[PhoneActIn],
    phone_time: datetime | None,
    language: str = "en",
    build: int = OLDEST_BUILD,
) -> SyncAnswer:
    """Take a batch; every act gets its own answer, and none can undo another.

    Acts of an old build are taken as they are; the answer then asks for a newer app.

    Raises `Forbidden` for anybody but a technician, `Malformed` for a batch that is too large.
    """
    technician_id = technician_of(actor)
    if len(sent) > MOST_ACTS:
        raise Malformed("mobile.too_many_acts", field="acts", limit=MOST_ACTS)
    phone: Phone | None = None

    async def known(session: AsyncSession) -> Phone:
        return phone or await _phone(session, actor, technician_id, phone_time, language, build)

    answers: dict[int, ActAnswer] = {}
    for some in list(batched(in_the_phones_order(sent), TOGETHER)) or [()]:
        entries = [sent[index] for index in some]
        try:
            async with database.transaction() as session:
                phone = await known(session)
                taken = await _take(session, phone, entries)
        except Exception as error:  # noqa: BLE001 - whatever it was: each act then stands or falls by itself
            if not isinstance(error, (_NotAllWellError, Problem)):
                log.warning("mobile.acts_taken_apart", acts=len(entries), error=type(error).__name__)
            async with database.transaction() as session:
                phone = await known(session)
            taken = [await _take_alone(database, phone, entry) for entry in entries]
        answers |= dict(zip(some, taken, strict=True))
    assert phone is not None  # noqa: S101 - there is a first batch, be it empty
    return SyncAnswer(
        answers=[answers[i] for i in range(len(sent))],
        now=phone.clock.now,
        skew_seconds=phone.clock.skew_seconds,
        update=build < OLDEST_BUILD,
    )


class _NotAllWellError(Exception):
    """One of some acts was refused: all of them are taken one by one."""


async def _phone(
    session: AsyncSession, actor: Actor, technician_id: UUID, phone_time: datetime | None, language: str, build: int
) -> Phone:
    technician = await repository.technician_with_area(session, technician_id)
    if technician is None:
        raise NotFound("mobile.technicians_only")
    now = await area_now(session, technician.area_id)
    limits = (await policy_at(session, technician.area_id, now)).limits
    clock = phone_clock(now, aware(phone_time), timedelta(seconds=limits.clock_refused_seconds))
    return Phone(actor, technician_id, clock, language, build)


async def _take_alone(database: Database, phone: Phone, entry: PhoneActIn) -> ActAnswer:
    """One act in one transaction; a deadlock or a lost connection is tried again."""
    for attempt in range(TRIES):
        try:
            async with database.transaction() as session:
                return (await _take(session, phone, [entry], alone=True))[0]
        except OperationalError as error:
            log.warning("mobile.act_tried_again", act=str(entry.id), error=type(error.orig).__name__)
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


async def _take(
    session: AsyncSession, phone: Phone, entries: Sequence[PhoneActIn], *, alone: bool = False
) -> list[ActAnswer]:
    """Some acts in their order; what is asked of all is asked once, and what they add is written together.

    `alone`: it is a single one, which may be refused. Else `_NotAllWellError` is raised where one is: nearly all
    batches are taken as a whole, and a savepoint before each act would cost as much as the act.
    """
    read = [read_act(phone, entry) for entry in entries]
    readable = [entry for entry, act in zip(entries, read, strict=True) if not isinstance(act, ActAnswer)]
    mine = await repository.lock_of_phone(
        session, phone.actor, phone.technician_id, {entry.order_id for entry in readable}, phone.clock.now
    ) if readable else {}  # fmt: skip
    claimed = await repository.claim(session, [row_of(phone, entry) for entry in readable if entry.order_id in mine])
    answers: list[ActAnswer] = []
    listed: dict[int, list[UUID]] = {}
    async with nullcontext() if alone else announcing(session):  # a savepoint that is undone has announced nothing
        for place, (entry, act) in enumerate(zip(entries, read, strict=True)):
            if isinstance(act, ActAnswer):
                answers.append(act)
            elif entry.order_id not in mine:
                answers.append(rejection(phone, entry, "mobile.no_order", order=str(entry.order_id)))
            else:
                new = claimed.pop(entry.id, None)  # a second act with this id comes after the first
                answer = await _take_one(session, phone, entry, act, mine[entry.order_id], new=new, alone=alone)
                answers.append(answer)
                if answer.code != SAME_ID:
                    listed[place] = listed_photos(act)
        await session.flush()
    there = await repository.photos_there(session, [one for some in listed.values() for one in some])
    for place, some in listed.items():
        answers[place].photos = awaited(some, there)
    return answers


async def _take_one(
    session: AsyncSession,
    phone: Phone,
    entry: PhoneActIn,
    act: acts.ActBase,
    order: OfPhone,
    *,
    new: bool | None,
    alone: bool,
) -> ActAnswer:
    """`new`: no event has its id, which nobody had claimed before; None where somebody had."""
    before = None if new is not None else await repository.claimed_before(session, entry.id)
    if before is not None:
        found = await session.get_one(Order, entry.order_id, populate_existing=True)
        if before.fingerprint != fingerprint(entry) or before.technician_id != phone.technician_id:
            return receipt(phone, entry, "rejected", found, SAME_ID, act=str(entry.id))
        if before.result == APPLIED:
            return receipt(phone, entry, "already", found)
    kept_before = before is not None and bool(before.answer.get("evidenceKept"))
    answer = await _apply(session, phone, entry, act, order, kept_before=kept_before, new=bool(new), alone=alone)
    if before is not None or answer.result != APPLIED:
        told = {"code": answer.code, "evidenceKept": answer.evidence_kept}
        await repository.write_result(session, entry.id, answer.result, told)
    return answer


async def _apply(
    session: AsyncSession,
    phone: Phone,
    entry: PhoneActIn,
    act: acts.ActBase,
    order: OfPhone,
    *,
    kept_before: bool,
    new: bool,
    alone: bool,
) -> ActAnswer:
    order_id = entry.order_id
    if finish_codes.is_proof(act):
        await finish_codes.lock(session, order_id)
    try:
        async with session.begin_nested() if alone else nullcontext():
            if isinstance(act, acts.Complete) and phone.build >= WITH_GUIDES:
                await require_guide(session, await session.get_one(Order, order_id), act)
            applied = await apply(
                session,
                phone.actor,
                order_id,
                cast(acts.Act, act),
                occurred_at=phone.clock.corrected(entry.occurred_at),
                client_id=entry.id,
                point=entry.point,
                accuracy=None if entry.accuracy_metres is None else min(max(entry.accuracy_metres, 0.0), VAGUEST),
                technician_id=phone.technician_id,
                new=new,
                held=order.order if order.may_act else None,
                flush=alone,
            )
        return receipt(phone, entry, "already" if applied.already else "applied", applied.order)
    except Problem as problem:
        if not alone:
            raise _NotAllWellError from problem
        refused = problem
    except IntegrityError as error:
        if not alone:
            raise
        current = await session.get(Order, order_id, populate_existing=True)
        rule = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or "–"
        return receipt(phone, entry, "conflict", current, "conflict.constraint", rule=rule)
    current = await session.get_one(Order, order_id, populate_existing=True)
    if isinstance(refused, finish_codes.WrongFinishCode):
        await finish_codes.count_wrong(session, current)
        return refusal(phone, entry, "rejected", current, refused)
    # Asked first whatever else is wrong with it: what nobody can mend any more is kept as it is.
    over = current.status in OVER and current.completed_by != phone.technician_id
    lost = over or current.owner_id != phone.technician_id
    if not (lost and isinstance(act, EVIDENCE_OF_WORK)):
        wrong_state = isinstance(refused, (Conflict, NotFound, Forbidden))
        return refusal(phone, entry, "conflict" if wrong_state else "rejected", current, refused)
    if not kept_before:
        await _keep_evidence(session, phone, entry, current)
    told = {"number": current.number, "status": current.status.value}
    answer = receipt(phone, entry, "conflict", current, "mobile.taken_away", **told)
    answer.evidence_kept = True
    return answer


async def _keep_evidence(session: AsyncSession, phone: Phone, entry: PhoneActIn, order: Order) -> None:
    evidence = {
        "actId": str(entry.id),
        "act": msgspec.to_builtins(entry.act),
        "technicianId": str(phone.technician_id),
        "phoneOccurredAt": entry.occurred_at.isoformat(),
        "skewSeconds": phone.clock.skew_seconds,
        "point": list(entry.point) if entry.point else None,
    }
    await apply(
        session,
        phone.actor.in_their_name(),
        order.id,
        acts.Note(evidence=evidence),
        occurred_at=min(phone.clock.corrected(entry.occurred_at), phone.clock.now),
        point=entry.point,
        technician_id=phone.technician_id,
    )
    await announce(session, order.area_id, "evidence", order.id)
