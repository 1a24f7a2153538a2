"""What HTTP says about outages and faults of a month."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from kit.http.requests import Struct
from kit.privacy import NODE, numbers_of


class PastOutageOut(Struct):
    """An outage that began in the month, on the local `day`. Not `counted`: it was over within five minutes.

    `minutes` run until now where it is not over; `customerMinutes` are customers × minutes where it counts, else 0.
    """

    id: UUID
    number: str
    status: str
    why: str
    network_node: Annotated[str | None, NODE]
    place: Annotated[str | None, numbers_of("place")]
    since: datetime
    restored_at: datetime | None
    day: date
    minutes: float
    customers: int
    customer_minutes: float
    counted: bool


class FaultCellOut(Struct):
    """Faults reported in an hour (0 to 23) of a weekday (1 Monday to 7 Sunday) by the area's clock."""

    weekday: int
    hour: int
    faults: int


class FaultGridOut(Struct):
    """Faults of a grid; `perHundred` households, null where the contract does not say how many there are."""

    grid_id: UUID
    name: str
    faults: int
    households: int | None
    per_hundred: float | None


class FaultTypeCountOut(Struct):
    """Faults of a type, as reported."""

    code: str
    faults: int


class FaultsOut(Struct):
    """Faults of a month so far. `days`: how many Mondays, … Sundays it had; `cells` without faults are left out.

    The cells sum up to `total`, and so do the grids with `withoutGrid`.
    """

    month: str
    total: int
    cells: list[FaultCellOut]
    days: list[int]
    grids: list[FaultGridOut]
    types: list[FaultTypeCountOut]
    without_grid: int


class RepeatOrderOut(Struct):
    """One report of an address."""

    id: UUID
    number: str


class RepeatAddressOut(Struct):
    """An address with several faults; `ofCause` of them had the cause `cause`. At most 20 orders, the newest first."""

    address: Annotated[str | None, numbers_of("address")]
    grid_id: UUID | None
    times: int
    last_at: datetime
    cause: str
    of_cause: int
    orders: list[RepeatOrderOut]
