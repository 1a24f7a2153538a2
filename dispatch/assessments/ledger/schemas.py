"""What HTTP says about the ledger."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec

from dispatch.assessments.ledger.models import LineKind, RulingKind
from kit.actor import Personal
from kit.bounds import Name, Words
from kit.http.requests import Struct
from kit.privacy import Private


class LedgerEntryOut(Struct):
    """One line of a score. `points` is a decimal as text: the lines of a version sum up to its score exactly.

    `correctsId` names the line that this one corrects by its `points`, which are the difference.
    """

    id: UUID
    version: int
    kind: LineKind
    rule: str
    rule_version: str
    order_id: UUID | None
    order_number: str | None
    event_id: UUID | None
    points: Decimal
    attribution: str
    evidence: dict[str, Any]
    corrects_id: UUID | None
    created_at: datetime


class RulingIn(Struct):
    """A bonus of 1 to 10 points, or a red line: false_sign_in, fake_completion or private_charging."""

    kind: RulingKind
    rule: Name
    reason: Words
    points: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0


class RulingOut(Struct):
    """A ruling as it was kept; `takesBackId` names the one that it takes back."""

    id: UUID
    order_id: UUID
    technician_id: UUID
    month: str
    kind: RulingKind
    rule: str
    points: int
    reason: Annotated[str, Private(Personal.SUBSCRIBER)]
    takes_back_id: UUID | None
    created_at: datetime


class ReasonIn(Struct):
    """Why."""

    reason: Words


class ClosingOut(Struct):
    """A month that was closed, at which version, and whether it was opened again."""

    month: str
    version: int
    closed_at: datetime
    reopened_at: datetime | None
    reopened_because: Annotated[str | None, Private(Personal.SUBSCRIBER)]
