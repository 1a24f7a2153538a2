"""What people and the system may do to an order: one small struct an act. Pure; `states` says when, `service` does it.

Times are aware datetimes, points `(lon, lat)`, photos ids. `type` is the tag under which an act travels in JSON and
is stored as an event.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware time: one without an offset is refused where it is read, since nobody can know what it means."""


class ActBase(msgspec.Struct, kw_only=True, rename="camel", tag_field="type"):
    """An act. `note` is free text and never enters a log."""

    note: str | None = None


class Place(ActBase, tag="placed"):
    """Somebody or the geocoder put the order on the map; the grid follows from the geometry."""

    point: tuple[float, float] | None
    source: Literal["given", "geocoded", "placed"] = "placed"
    grid_id: UUID | None = None
    """Only where the grid is known and the point is not."""
    problem: str | None = None
    address: str | None = None


class Dispatch(ActBase, tag="dispatched"):
    """First owner (派单)."""

    technician_id: UUID
    why: str
    """a_technician, b_technician, neighbour, pool, plan, dispatcher, grid_lead, rework"""


class Reassign(ActBase, tag="reassigned"):
    """Another owner (改派/转单); no clock is reset. `not_accepted` when the first did not accept in time."""

    technician_id: UUID
    why: str


class Recall(ActBase, tag="recalled"):
    """收回: the dispatcher takes it back into the queue. No clock is reset; automatic dispatch leaves it to people."""


class AssignRework(ActBase, tag="rework_dispatched"):
    """A dissatisfied callback sends it out again (返工), with 4 h of its own and +1 rework on the first technician."""

    technician_id: UUID
    reasons: list[str] = []


class Accept(ActBase, tag="accepted"):
    """接单."""


class Contact(ActBase, tag="contacted"):
    """The technician called the subscriber; with an appointment window it is booked (预约)."""

    reached: bool = True
    window_start: Moment | None = None
    window_end: Moment | None = None


class Rebook(ActBase, tag="rebooked"):
    """改约: another window, and on whose wish."""

    window_start: Moment
    window_end: Moment
    by: Literal["subscriber", "us"]
    reason: str | None = None


class Depart(ActBase, tag="departed"):
    """On the way."""


class Arrive(ActBase, tag="arrived"):
    """签到: within 300 m of the order's point, or with a reason."""

    reason: str | None = None


class NobodyHome(ActBase, tag="nobody_home"):
    """Arrival proof, a card left (留言单), the visit is over; the order is to be rebooked. The subscriber's cause."""

    photo_ids: list[UUID] = []


class Complete(ActBase, tag="completed"):
    """回单. The subscriber was asked before leaving; signature or the finish code sent at dispatch."""

    cause: str
    action: str
    materials: list[dict[str, Any]] = []
    readings: dict[str, Any] = {}
    photo_ids: list[UUID] = []
    signature_photo_id: UUID | None = None
    finish_code: str | None = None
    subscriber_asked: bool = True


class SolveRemotely(ActBase, tag="solved_remotely"):
    """远程解决: the subscriber agrees on the call that it is solved. Still called back."""

    action: str


class ForceComplete(ActBase, tag="force_completed"):
    """强制完成: dispatcher only, audited, earns no credit."""

    reason: str


class RequestSuspension(ActBase, tag="suspension_requested"):
    """挂起申请."""

    reason: str
    resume_at: Moment
    photo_ids: list[UUID] = []


class RequestReturn(ActBase, tag="return_requested"):
    """退单申请."""

    reason: str
    photo_ids: list[UUID] = []


class Decide(ActBase, tag="request_decided"):
    """The dispatcher's (after two bounces: the grid lead's) answer to the pending request."""

    approved: bool


class Resume(ActBase, tag="resumed"):
    """The pause is over: back to accepted."""


class Cancel(ActBase, tag="cancelled"):
    """撤单, then called back."""

    reason: str


class Merge(ActBase, tag="merged"):
    """Duplicate or child of an outage: one chase more on the parent."""

    into_order_id: UUID


class Chase(ActBase, tag="chased"):
    """催单: a counter, no clock."""


class Note(ActBase, tag="noted"):
    """A remark, or evidence that could not be applied (`evidence`)."""

    evidence: dict[str, Any] = {}


class Attach(ActBase, tag="attached"):
    """A photo's file arrived, or belongs to the order."""

    photo_id: UUID
    kind: str = "after"


class Edit(ActBase, tag="edited"):
    """A person corrected what was reported; an import never overwrites it afterwards."""

    changes: dict[str, Any]


class RecordCallback(ActBase, tag="called_back"):
    """One callback attempt. A satisfied answer or exhausted attempts close the order (`outcome`)."""

    attempt_id: UUID
    reached: bool
    solved: bool | None = None
    satisfied: bool | None = None
    reasons: list[str] = []


class Close(ActBase, tag="closed"):
    """归档, by the callback alone."""

    outcome: Literal["satisfied", "not_reached", "unreachable"]


Act = (
    Place
    | Dispatch
    | Reassign
    | Recall
    | AssignRework
    | Accept
    | Contact
    | Rebook
    | Depart
    | Arrive
    | NobodyHome
    | Complete
    | SolveRemotely
    | ForceComplete
    | RequestSuspension
    | RequestReturn
    | Decide
    | Resume
    | Cancel
    | Merge
    | Chase
    | Note
    | Attach
    | Edit
    | RecordCallback
    | Close
)
"""Any act; msgspec decodes it by its `type`."""
