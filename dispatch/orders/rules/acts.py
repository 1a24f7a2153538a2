"""The acts: everything a person or the system may do to an order. One struct for each act, without logic.

`states` says when an act is allowed, `service.apply` does it. Times are aware datetimes, points are `(lon, lat)`,
photos are named by id. `type` is the tag of an act in JSON and the type of the event that it becomes.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from kit.bounds import Code, Codes, FreeForm, Moment, Words

Photos = Annotated[list[UUID], msgspec.Meta(max_length=50)]


class ActBase(msgspec.Struct, kw_only=True, rename="camel", tag_field="type"):
    """An act. `note` is free text and never enters a log."""

    note: Words | None = None


PlaceProblem = Annotated[
    str,
    msgspec.Meta(
        max_length=20,
        pattern="^(no_address|address_not_found|address_unsure|outside_grids|bad_coordinates)$",
        description="no_address, address_not_found, address_unsure, outside_grids or bad_coordinates",
    ),
]
"""Why an order is on the place worklist: a code, since everybody reads it."""


class Place(ActBase, tag="placed"):
    """A person or the geocoder gives the order a point. The grid is the one that contains the point."""

    point: tuple[float, float] | None
    source: Literal["given", "geocoded", "placed"] = "placed"
    grid_id: UUID | None = None
    """Given only when the grid is known but the point is not."""
    problem: PlaceProblem | None = None
    address: Words | None = None


class Dispatch(ActBase, tag="dispatched"):
    """Give the order its first owner (派单)."""

    technician_id: UUID
    why: Code
    """a_technician, b_technician, neighbour, pool, plan, dispatcher, grid_lead, rework"""


class Reassign(ActBase, tag="reassigned"):
    """Give the order to another owner (改派/转单). No clock is reset. `why` is `not_accepted` if nobody accepted."""

    technician_id: UUID
    why: Code


class Recall(ActBase, tag="recalled"):
    """Take the order back into the queue (收回). No clock is reset. Automatic dispatch does not touch it again."""


class AssignRework(ActBase, tag="rework_dispatched"):
    """Send the order out again after a dissatisfied callback (返工).

    It gets 4 hours of its own. The rework counts against the first technician.
    """

    technician_id: UUID
    reasons: Codes = []


class Accept(ActBase, tag="accepted"):
    """The owner accepts the order (接单)."""


class Contact(ActBase, tag="contacted"):
    """The technician called the subscriber. A window books an appointment (预约)."""

    reached: bool = True
    window_start: Moment | None = None
    window_end: Moment | None = None


class Rebook(ActBase, tag="rebooked"):
    """Change the appointment window (改约). `by` says who wanted it."""

    window_start: Moment
    window_end: Moment
    by: Literal["subscriber", "us"]
    reason: Words | None = None


class Depart(ActBase, tag="departed"):
    """The technician sets out for the order."""


class Arrive(ActBase, tag="arrived"):
    """The technician checks in at the place (签到): within 300 m of the order's point, or with a reason."""

    reason: Words | None = None


class NobodyHome(ActBase, tag="nobody_home"):
    """Nobody was at home: the technician proves the arrival, leaves a card (留言单) and ends the visit.

    The order must be rebooked. The failure counts as the subscriber's.
    """

    photo_ids: Photos = []


class Complete(ActBase, tag="completed"):
    """Report the work back (回单). It needs a signature, or the finish code that the subscriber got at dispatch."""

    cause: Code
    action: Words
    cause_detail: Code | None = None
    """A closer cause within the fault type, as its guide lists them."""
    materials: Annotated[list[FreeForm], msgspec.Meta(max_length=100)] = []
    readings: FreeForm = {}
    """Value by the reading's key."""
    reading_reasons: FreeForm | None = None
    """Why a reading lies outside its limits, by its key."""
    checklist: Codes | None = None
    """Keys of the lines that were ticked."""
    photo_ids: Photos = []
    signature_photo_id: UUID | None = None
    finish_code: Code | None = None
    subscriber_asked: bool = True


class SolveRemotely(ActBase, tag="solved_remotely"):
    """Solve it on the call (远程解决), when the subscriber agrees. The order is still called back."""

    action: Words


class ForceComplete(ActBase, tag="force_completed"):
    """Complete it by force (强制完成). Dispatchers only; audited; nobody gets credit for it."""

    reason: Words


class RequestSuspension(ActBase, tag="suspension_requested"):
    """The technician asks for a suspension (挂起申请)."""

    reason: Code
    resume_at: Moment
    photo_ids: Photos = []


class RequestReturn(ActBase, tag="return_requested"):
    """The technician asks to return the order (退单申请)."""

    reason: Code
    photo_ids: Photos = []


class Decide(ActBase, tag="request_decided"):
    """The dispatcher answers the pending request; after two returns the grid lead does."""

    approved: bool


class Resume(ActBase, tag="resumed"):
    """End the suspension. The order is accepted again."""


class Cancel(ActBase, tag="cancelled"):
    """Cancel the order (撤单). The subscriber is then called back."""

    reason: Words


class Merge(ActBase, tag="merged"):
    """Merge a duplicate, or a child of an outage, into its parent order. The parent gets one chase more."""

    into_order_id: UUID


class JoinOutage(ActBase, tag="outage_joined"):
    """The order becomes a voice of an outage (大面积故障): muted until that is over. Only `outages` does this."""

    outage_id: UUID
    outage_number: str


class LeaveOutage(ActBase, tag="outage_left"):
    """The order is one of its own again, with the moment of its report. Only `outages` does this."""

    outage_number: str
    because: Literal["still_broken", "not_part", "dismissed"]


class EndOutage(ActBase, tag="outage_ended"):
    """The outage is over and nobody contradicted: the order is closed as `outage`. Only `outages` does this."""

    outage_number: str


class Complained(ActBase, tag="complained"):
    """Something about a complaint (投诉) in the order's story. Only `complaints` does this."""

    complaint_id: UUID
    step: Literal["opened", "answered", "decided", "closed"]


class Supervised(ActBase, tag="supervised"):
    """Something about a supervision (督办) in the order's story. Only `complaints` does this."""

    supervision_id: UUID
    step: Literal["opened", "answered", "returned", "closed"]


class Chase(ActBase, tag="chased"):
    """The subscriber asks again (催单). It is counted; no clock changes."""


class Note(ActBase, tag="noted"):
    """A remark. `evidence` holds an act of a phone that came too late to be applied."""

    evidence: FreeForm = {}


class Attach(ActBase, tag="attached"):
    """Attach a photo to the order."""

    photo_id: UUID
    kind: Code = "after"


class Edit(ActBase, tag="edited"):
    """A person corrects the report. Later imports do not overwrite it."""

    changes: FreeForm


class LinkSubscriber(ActBase, tag="subscriber_linked"):
    """The desk says whose record the order belongs to (用户归并). Stated contacts stay with the order."""

    subscriber_id: UUID


class RecordCallback(ActBase, tag="called_back"):
    """One callback attempt. A satisfied answer or exhausted attempts close the order (`outcome`)."""

    attempt_id: UUID
    reached: bool
    solved: bool | None = None
    satisfied: bool | None = None
    reasons: Codes = []


class Close(ActBase, tag="closed"):
    """Close the order (归档). Only a callback does this."""

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
    | LinkSubscriber
    | RecordCallback
    | Close
)
"""Any act; msgspec decodes it by its `type`."""
