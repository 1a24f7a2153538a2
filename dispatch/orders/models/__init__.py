"""Tables of the order (工单) and the values of their columns, an idea a file. Imports have `intake.models`."""

from dispatch.orders.enums import (
    ACTIVE,
    OPEN,
    Channel,
    Kind,
    Level,
    Origin,
    Outcome,
    Status,
    Tier,
    VisitPin,
    VisitStatus,
)
from dispatch.orders.models.order import Order, OrderAlarm, OrderEvent, RemovedOrder
from dispatch.orders.models.request import FinishCodeTry, OrderRequest, Photo
from dispatch.orders.models.subscriber import Subscriber
from dispatch.orders.models.visit import Visit

__all__ = [
    "ACTIVE",
    "OPEN",
    "Channel",
    "FinishCodeTry",
    "Kind",
    "Level",
    "Order",
    "OrderAlarm",
    "OrderEvent",
    "OrderRequest",
    "Origin",
    "Outcome",
    "Photo",
    "RemovedOrder",
    "Status",
    "Subscriber",
    "Tier",
    "Visit",
    "VisitPin",
    "VisitStatus",
]
