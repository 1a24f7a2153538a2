"""What HTTP says about the load that is expected."""

from datetime import date
from uuid import UUID

from kit.http.requests import Struct


class ExpectedOut(Struct):
    """How many orders are expected, and the 95 % interval."""

    orders: float
    low: float
    high: float


class OutlookDayOut(Struct):
    """A day: expected orders, the seconds they take (driving included, with interval), and rostered seconds.

    `loadSeconds` is null where nobody knows how long an order takes; `expected` with fewer than three weeks behind.
    """

    day: date
    expected: ExpectedOut | None
    load_seconds: float | None
    load_low: float | None
    load_high: float | None
    capacity_seconds: int


class OutlookGridOut(Struct):
    """The week of a grid."""

    grid_id: UUID
    name: str
    expected: ExpectedOut | None


class OutlookOut(Struct):
    """Today and six more days. `openOrders` wait already; `secondsAnOrder` is what one took in the last eight weeks.

    `dispersion` above 1: the counts spread so many times more than by chance alone.
    """

    days: list[OutlookDayOut]
    total: ExpectedOut | None
    dispersion: float | None
    seconds_an_order: float | None
    open_orders: int
    grids: list[OutlookGridOut]
