"""What HTTP says of completion reports."""

from datetime import datetime
from uuid import UUID

from kit.http.requests import Struct


class ReportOut(Struct):
    """A completion report that no inspector has checked.

    `findings` is what the program holds against it, empty where that is nothing; `photos` how many files it announced,
    `missing` how many of them have not come.
    """

    order_id: UUID
    number: str
    status: str
    fault_type: str
    technician_id: UUID
    technician: str
    completed_at: datetime
    photos: int
    missing: int
    findings: list[str]
