"""What a phone's act is, and the receipt it gets. Pure: what is asked of the database is `sync`'s."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import msgspec

from dispatch.orders.models import Order, Status
from dispatch.orders.rules import acts
from kit.actor import Actor
from kit.bounds import check
from kit.errors import Malformed, Problem
from kit.explaining import explained
from kit.i18n import text
from mobile_api.builds import NEWEST_BUILD
from mobile_api.schemas import ActAnswer, AwaitedPhotos, OrderNow, PhoneActIn
from mobile_api.timing import PhoneClock

PHONE_ACTS: tuple[type[acts.ActBase], ...] = (
    acts.Accept, acts.Contact, acts.Rebook, acts.Depart, acts.Arrive, acts.NobodyHome, acts.Complete,
    acts.RequestSuspension, acts.RequestReturn, acts.Resume, acts.Note, acts.Attach,
)  # fmt: skip
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


def in_the_phones_order(sent: Sequence[PhoneActIn]) -> list[int]:
    """The places of acts in the order in which they were made: by the phone's sequence, else by their times."""
    if all(entry.sequence is not None for entry in sent):
        return sorted(range(len(sent)), key=lambda i: (cast(int, sent[i].sequence), i))
    times = [aware(entry.occurred_at) or datetime.max.replace(tzinfo=UTC) for entry in sent]
    return sorted(range(len(sent)), key=lambda i: (times[i], i))


def aware(moment: datetime | None) -> datetime | None:
    """An instant; None for a time without an offset, which is none."""
    return moment if moment is not None and moment.tzinfo is not None else None


def read_act(phone: Phone, entry: PhoneActIn) -> acts.ActBase | ActAnswer:
    """The act, or why it cannot be one."""
    refused = _cannot_be_taken(phone, entry)
    if refused is not None:
        return refused
    try:
        act = cast(acts.ActBase, msgspec.convert(entry.act, acts.Act))
        check(act, "act")
    except msgspec.ValidationError as error:
        return rejection(phone, entry, "mobile.unreadable_act", detail=explained(error))
    except Malformed as problem:
        return refusal(phone, entry, "rejected", None, problem)
    if not isinstance(act, PHONE_ACTS):
        return rejection(phone, entry, "mobile.not_for_phones", act=entry.act.get("type"))
    return act


def _cannot_be_taken(phone: Phone, entry: PhoneActIn) -> ActAnswer | None:
    """What is wrong with the clock, or with a value. Nothing of such an act is stored: it can be sent again, mended."""
    clock = phone.clock
    if clock.refused and clock.said is not None:
        said = clock.said.isoformat(timespec="minutes")
        return rejection(phone, entry, "mobile.clock_wrong", phone=said, now=clock.now.isoformat(timespec="minutes"))
    if entry.occurred_at.tzinfo is None:
        return rejection(phone, entry, "mobile.naive_time", act=str(entry.id))
    try:
        check(entry, "act")
    except Malformed as problem:
        return refusal(phone, entry, "rejected", None, problem)
    return None


def listed_photos(act: acts.ActBase) -> list[UUID]:
    """The photos that an act names, each once."""
    named = [*getattr(act, "photo_ids", []), getattr(act, "signature_photo_id", None), getattr(act, "photo_id", None)]
    return list(dict.fromkeys(one for one in named if one is not None))


def awaited(listed: Sequence[UUID], there: set[UUID]) -> AwaitedPhotos | None:
    """Which of the photos that an act names have not come; None where it names none."""
    return AwaitedPhotos(of=len(listed), awaiting=[one for one in listed if one not in there]) if listed else None


def fingerprint(entry: PhoneActIn) -> str:
    """What makes two sendings of an act the same: its order, its time as the phone said it, its place and content."""
    content = {
        "order": str(entry.order_id),
        "at": entry.occurred_at.astimezone(UTC).isoformat(),
        "point": entry.point,
        "act": entry.act,
    }
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def row_of(phone: Phone, entry: PhoneActIn) -> dict[str, Any]:
    """The act as it is stored."""
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


def rejection(phone: Phone, entry: PhoneActIn, code: str, /, **params: Any) -> ActAnswer:
    """An act that cannot be taken as it is."""
    return receipt(phone, entry, "rejected", None, code, **params)


def refusal(phone: Phone, entry: PhoneActIn, result: Any, order: Order | None, problem: Problem) -> ActAnswer:
    """An act that a rule refuses, in the words of its problem."""
    answer = receipt(phone, entry, result, order)
    answer.code, answer.detail = problem.code, problem.sentence(phone.language)
    return answer


def receipt(
    phone: Phone, entry: PhoneActIn, result: Any, order: Order | None, code: str | None = None, /, **params: Any
) -> ActAnswer:
    """What became of an act, and where its order stands now."""
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
