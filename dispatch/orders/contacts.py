"""Whom to call about an order (联系人): the contact that its report states comes first, then the subscriber's record.

A stated contact belongs to its order. It never changes the subscriber, or whoever reports a fault under somebody else's
account would receive that person's calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.orders.models import Order, Subscriber


@dataclass(frozen=True, slots=True)
class Contact:
    """A name and the phones to call, in this order."""

    name: str | None
    phones: list[str]


def contact_of(order: Order, subscriber: Subscriber | None) -> Contact:
    """Whom to call about an order."""
    recorded = (subscriber.name, subscriber.phones) if subscriber else (None, ())
    return stated_first(order.contact_name, order.contact_phones, *recorded)


def stated_first(
    stated_name: str | None, stated: Sequence[str], recorded_name: str | None, recorded: Sequence[str]
) -> Contact:
    """The stated name and phones, then what the subscriber's record adds to them."""
    phones = [*stated, *(phone for phone in recorded if phone not in stated)]
    return Contact(stated_name or recorded_name, phones)


def cleaned(phones: Sequence[str]) -> list[str]:
    """Phones as they are kept: without spaces around them, without empty ones."""
    return [phone.strip() for phone in phones if phone.strip()]
