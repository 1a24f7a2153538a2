"""Acts made on the phone, perhaps offline: each stands or falls by itself, each safe to send again.

What stands is decided by the phone's own id of the act. An applied act is never applied again; a refused one that is
sent again with the same content is tried again, since what it waited for (an arrival sent by another connection) may
have come. Real work that can no longer be applied, because the order was reassigned, cancelled or closed meanwhile, is
kept as evidence on the order and the dispatcher is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any, cast
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order, Photo, Status
from dispatch.orders.repository import known_clients
from dispatch.orders.rules import acts, finish_codes
from dispatch.orders.rules.guides import require_guide
from dispatch.orders.service import apply
from dispatch.policies.service import policy_at
from dispatch.technicians.models import Technician
from grids.service import area_now
from kit.actor import Actor
from kit.bounds import check
from kit.db import Database
from kit.errors import Conflict, Forbidden, Malformed, NotFound, Problem
from kit.explaining import explained
from kit.i18n import text
from kit.live import announce
from mobile_api import repository
from mobile_api.builds import NEWEST_BUILD, OLDEST_BUILD, WITH_GUIDES
from mobile_api.day.route import technician_of
from mobile_api.schemas import ActAnswer, AwaitedPhotos, OrderNow, PhoneActIn, SyncAnswer
from mobile_api.timing import PhoneClock, phone_clock

log = structlog.get_logger()

MOST_ACTS = 500
PHONE_ACTS: tuple[type[acts.ActBase], ...] = (
    acts.Accept, acts.Contact, acts.Rebook, acts.Depart, acts.Arrive, acts.NobodyHome, acts.Complete,
    acts.RequestSuspension, acts.RequestReturn, acts.Resume, acts.Note, acts.Attach,
)  # fmt: skip
EVIDENCE_OF_WORK = (
    acts.Accept, acts.Depart, acts.Arrive, acts.NobodyHome, acts.Complete, acts.Contact, acts.RequestSuspension,
)  # fmt: skip
OVER = (Status.COMPLETED, Status.CLOSED, Status.CANCELLED, Status.MERGED)
TRIES = 3
TOGETHER = 20
"""Acts in one transaction: so many as are quick, so that nobody waits long for the orders they lock."""
APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class Phone:
    """Whose phone it is, what its clock is worth, and the language its answers are in."""

    actor: Actor
    technician_id: UUID
    clock: PhoneClock
    language: str
    build: int = NEWEST_BUILD
    """The number of its acts' shape."""


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
    for some in list(batched(_in_the_phones_order(sent), TOGETHER)) or [()]:
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
    technician = await session.get(Technician, technician_id)
    if technician is None:
        raise NotFound("mobile.technicians_only")
    now = await area_now(session, technician.area_id)
    limits = (await policy_at(session, technician.area_id, now)).limits
    clock = phone_clock(now, _aware(phone_time), timedelta(seconds=limits.clock_refused_seconds))
    return Phone(actor, technician_id, clock, language, build)


def _in_the_phones_order(sent: Sequence[PhoneActIn]) -> list[int]:
    if all(entry.sequence is not None for entry in sent):
        return sorted(range(len(sent)), key=lambda i: (cast(int, sent[i].sequence), i))
    times = [_aware(entry.occurred_at) or datetime.max.replace(tzinfo=UTC) for entry in sent]
    return sorted(range(len(sent)), key=lambda i: (times[i], i))


def _aware(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment.tzinfo is not None else None


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
    """Some acts in their order; what is asked of all is asked once.

    `alone`: it is a single one, which may be refused. Else `_NotAllWellError` is raised where one is: nearly all
    batches are taken as a whole, and a savepoint before each act would cost as much as the act.
    """
    read = [_read(phone, entry) for entry in entries]
    readable = [entry for entry, act in zip(entries, read, strict=True) if not isinstance(act, ActAnswer)]
    mine = await repository.lock_of_phone(
        session, phone.technician_id, {entry.order_id for entry in readable}, phone.clock.now
    ) if readable else set()  # fmt: skip
    owned = [entry for entry in readable if entry.order_id in mine]
    claimed = await repository.claim(session, [_row(phone, entry) for entry in owned])
    done = await known_clients(session, claimed) if claimed else set()
    answers = []
    for entry, act in zip(entries, read, strict=True):
        if isinstance(act, ActAnswer):
            answers.append(act)
        elif entry.order_id not in mine:
            answers.append(_rejected(phone, entry, "mobile.no_order", order=str(entry.order_id)))
        else:
            first = entry.id in claimed
            claimed.discard(entry.id)  # a second act with this id comes after the first
            new = first and entry.id not in done
            answers.append(await _take_one(session, phone, entry, act, first=first, new=new, alone=alone))
    return answers


def _read(phone: Phone, entry: PhoneActIn) -> acts.ActBase | ActAnswer:
    """The act, or why it cannot be one."""
    refused = _cannot_be_taken(phone, entry)
    if refused is not None:
        return refused
    try:
        act = cast(acts.ActBase, msgspec.convert(entry.act, acts.Act))
        check(act, "act")
    except msgspec.ValidationError as error:
        return _rejected(phone, entry, "mobile.unreadable_act", detail=explained(error))
    except Malformed as problem:
        return _refused(phone, entry, "rejected", None, problem)
    if not isinstance(act, PHONE_ACTS):
        return _rejected(phone, entry, "mobile.not_for_phones", act=entry.act.get("type"))
    return act


async def _take_one(
    session: AsyncSession, phone: Phone, entry: PhoneActIn, act: acts.ActBase, *, first: bool, new: bool, alone: bool
) -> ActAnswer:
    """`first`: nobody had claimed its id before; `new`: and no event has it."""
    before = None if first else await repository.claimed_before(session, entry.id)
    if before is not None:
        order = await session.get_one(Order, entry.order_id, populate_existing=True)
        if before.fingerprint != fingerprint(entry) or before.technician_id != phone.technician_id:
            return _answer(phone, entry, "rejected", order, "mobile.same_id_other_body", act=str(entry.id))
        if before.result == APPLIED:
            answer = _answer(phone, entry, "already", order)
            answer.photos = await awaited_photos(session, act)
            return answer
    kept_before = before is not None and bool(before.answer.get("evidenceKept"))
    answer = await _apply(session, phone, entry, act, kept_before=kept_before, new=new, alone=alone)
    answer.photos = await awaited_photos(session, act)
    if before is not None or answer.result != APPLIED:
        told = {"code": answer.code, "evidenceKept": answer.evidence_kept}
        await repository.write_result(session, entry.id, answer.result, told)
    return answer


async def _apply(
    session: AsyncSession,
    phone: Phone,
    entry: PhoneActIn,
    act: acts.ActBase,
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
                technician_id=phone.technician_id,
                new=new,
            )
            await session.flush()
        return _answer(phone, entry, "already" if applied.already else "applied", applied.order)
    except Problem as problem:
        if not alone:
            raise _NotAllWellError from problem
        refusal = problem
    except IntegrityError as error:
        if not alone:
            raise
        current = await session.get(Order, order_id, populate_existing=True)
        rule = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or "–"
        return _answer(phone, entry, "conflict", current, "conflict.constraint", rule=rule)
    current = await session.get_one(Order, order_id, populate_existing=True)
    if isinstance(refusal, finish_codes.WrongFinishCode):
        await finish_codes.count_wrong(session, current)
        return _refused(phone, entry, "rejected", current, refusal)
    # Asked first whatever else is wrong with it: what nobody can mend any more is kept as it is.
    over = current.status in OVER and current.completed_by != phone.technician_id
    lost = over or current.owner_id != phone.technician_id
    if not (lost and isinstance(act, EVIDENCE_OF_WORK)):
        wrong_state = isinstance(refusal, (Conflict, NotFound, Forbidden))
        return _refused(phone, entry, "conflict" if wrong_state else "rejected", current, refusal)
    if not kept_before:
        await _keep_evidence(session, phone, entry, current)
    told = {"number": current.number, "status": current.status.value}
    answer = _answer(phone, entry, "conflict", current, "mobile.taken_away", **told)
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


async def awaited_photos(session: AsyncSession, act: acts.ActBase) -> AwaitedPhotos | None:
    """Which files of the photos that an act lists have not come; None where it lists none."""
    listed = list(dict.fromkeys(getattr(act, "photo_ids", [])))
    for one in (getattr(act, "signature_photo_id", None), getattr(act, "photo_id", None)):
        if one is not None and one not in listed:
            listed.append(one)
    if not listed:
        return None
    query = select(Photo.id).where(Photo.id.in_(listed), Photo.sha256.is_not(None))
    there = set((await session.execute(query)).scalars())
    return AwaitedPhotos(of=len(listed), awaiting=[one for one in listed if one not in there])


def _cannot_be_taken(phone: Phone, entry: PhoneActIn) -> ActAnswer | None:
    """What is wrong with the clock, or with a value. Nothing of such an act is stored: it can be sent again, mended."""
    clock = phone.clock
    if clock.refused and clock.said is not None:
        said = clock.said.isoformat(timespec="minutes")
        return _rejected(phone, entry, "mobile.clock_wrong", phone=said, now=clock.now.isoformat(timespec="minutes"))
    if entry.occurred_at.tzinfo is None:
        return _rejected(phone, entry, "mobile.naive_time", act=str(entry.id))
    try:
        check(entry, "act")
    except Malformed as problem:
        return _refused(phone, entry, "rejected", None, problem)
    return None


def fingerprint(entry: PhoneActIn) -> str:
    """What makes two sendings of an act the same: its order, its time as the phone said it, its place and content."""
    content = {
        "order": str(entry.order_id),
        "at": entry.occurred_at.astimezone(UTC).isoformat(),
        "point": entry.point,
        "act": entry.act,
    }
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def _row(phone: Phone, entry: PhoneActIn) -> dict[str, Any]:
    return {
        "id": entry.id,
        "technician_id": phone.technician_id,
        "order_id": entry.order_id,
        "type": str(entry.act.get("type")),
        "fingerprint": fingerprint(entry),
        "occurred_at": entry.occurred_at,
        "received_at": phone.clock.now,
        "skew_seconds": phone.clock.skew_seconds,
        "result": APPLIED,  # unless it is written otherwise, in this transaction
        "answer": {"code": None, "evidenceKept": False},
        "body": msgspec.to_builtins(entry),
    }


def _rejected(phone: Phone, entry: PhoneActIn, code: str, /, **params: Any) -> ActAnswer:
    return _answer(phone, entry, "rejected", None, code, **params)


def _refused(phone: Phone, entry: PhoneActIn, result: Any, order: Order | None, problem: Problem) -> ActAnswer:
    answer = _answer(phone, entry, result, order)
    answer.code, answer.detail = problem.code, problem.sentence(phone.language)
    return answer


def _answer(
    phone: Phone, entry: PhoneActIn, result: Any, order: Order | None, code: str | None = None, /, **params: Any
) -> ActAnswer:
    detail = None if code is None else text(code, phone.language, **params)
    now = None if order is None else order_now(order, phone.technician_id)
    return ActAnswer(id=entry.id, result=result, order=now, code=code, detail=detail)


def order_now(order: Order, technician_id: UUID) -> OrderNow:
    """Where an order stands; of somebody else's only the status."""
    mine = order.owner_id == technician_id and order.status not in (Status.CANCELLED, Status.MERGED)
    if not mine:
        return OrderNow(id=order.id, number=order.number, status=order.status.value, version=order.version, mine=False)
    return OrderNow(
        id=order.id,
        number=order.number,
        status=order.status.value,
        version=order.version,
        mine=True,
        due_at=order.technician_due_at or order.due_at,
        appointment_start=order.appointment_start,
        appointment_end=order.appointment_end,
        pending_request=order.pending_request,
    )
