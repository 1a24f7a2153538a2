"""What HTTP says about statements. Amounts and points are exact decimals as text."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from dispatch.assessments.settlement.models import StatementStatus
from kit.bounds import Words
from kit.http.requests import Struct


class StatementOut(Struct):
    """A statement: `total` = `own` + `lent` + `corrections`; `borrowed` is paid on the statements of who helped.

    It is of a grid contract (`contractId`, `gridId`), or of a technician without one. `version` is that of the scores.
    """

    id: UUID
    month: str
    contract_id: UUID | None
    grid_id: UUID | None
    technician_id: UUID | None
    name: str
    contractor: str | None
    status: StatementStatus
    version: int
    own: Decimal
    lent: Decimal
    borrowed: Decimal
    corrections: Decimal
    total: Decimal
    issued_at: datetime | None
    disputed_because: str | None
    settled_at: datetime | None
    judgement: str | None


class StatementLineOut(Struct):
    """One order: `points` = `base` × `difficulty` × `distance` × `quality` unless it came back; `amount` = points ×
    `unitPrice`, rounded half to even. A correction has the difference to what was paid for `corrects`.
    """

    part: str
    why: str
    order_id: UUID
    order_number: str | None
    event_id: UUID
    technician_id: UUID
    technician: str
    grid: str | None
    day: date
    base: float
    difficulty: float
    distance: float
    quality: float
    points: Decimal
    unit_price: Decimal
    amount: Decimal
    corrects: str | None


class StatementDetailOut(Struct):
    """A statement with all its lines."""

    statement: StatementOut
    lines: list[StatementLineOut]


class SettleIn(Struct):
    """Why; a dispute needs it."""

    reason: Words | None = None
