"""Search of orders by number, last digits of a phone, street, name or pinyin.

Every kind of search has an index, so the cost does not grow with the archive. Names and phones are searched only for
roles that may call the subscriber: for other roles a search would reveal what the list masks.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CompoundSelect, Select, Text, cast, false, func, literal_column, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.geocoder.addresses import search as search_addresses
from citymap.osm.names import has_han
from dispatch.orders.models import Order, Subscriber
from dispatch.orders.models.search_text import ADDRESS_PAIRS, escaped, person_pattern
from grids.models import ServiceArea
from kit.actor import Actor, Personal, Role
from kit.errors import NotFound
from kit.privacy import asks_for_numbers

SEARCH_PEOPLE = (Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD)
_WHOLE_NUMBER = re.compile(r"[a-z0-9_-]+-\d+", re.IGNORECASE)
_DIGITS = re.compile(r"[\d\s+()-]+")
_MOST_ORDER_DIGITS = 6
_LEAST_FIT = 0.93
_STREETS = 3


async def found_by(session: AsyncSession, actor: Actor, area_id: UUID, words: str) -> CompoundSelect[Any]:
    """A query for the ids of the area's orders that fit `words`, in any of the ways this actor may search."""
    orders = select(Order.id).where(Order.area_id == area_id)
    # Who may not read the numbers of an address does not find out by asking for them either.
    asks = actor.sees(Personal.ADDRESS) or not asks_for_numbers(words)
    ways: list[Select[Any]] = [orders.where(_address_has(words) if asks else false())]
    digits = re.sub(r"\D", "", words) if _DIGITS.fullmatch(words) else ""
    if _WHOLE_NUMBER.fullmatch(words):
        ways.append(orders.where(Order.number == words.upper()))
    if 0 < len(digits) <= _MOST_ORDER_DIGITS and digits == words:
        code = select(func.upper(ServiceArea.code)).where(ServiceArea.id == area_id).scalar_subquery()
        ways.append(orders.where(Order.number == code + f"-{int(digits):06d}"))
    if actor.trusted or actor.role in SEARCH_PEOPLE:
        pattern = person_pattern(words, digits)
        if pattern is not None:
            people = select(Subscriber.id).where(Subscriber.area_id == area_id, Subscriber.search.like(pattern))
            ways.append(orders.where(Order.subscriber_id.in_(people)))
            ways.append(orders.where(Order.contact_search.like(pattern)))
    if not digits and not has_han(words):
        ways.extend(orders.where(_address_has(street)) for street in await _streets(session, area_id, words))
    return union(*ways)


async def _streets(session: AsyncSession, area_id: UUID, words: str) -> list[str]:
    """The Chinese names of streets and places that these Latin letters spell."""
    try:
        matches = await search_addresses(session, area_id, words, limit=_STREETS)
    except NotFound:
        return []
    fitting = [match for match in matches if match.fit >= _LEAST_FIT and match.level in ("street", "place")]
    return [match.label for match in fitting if has_han(match.label)]


def _address_has(words: str) -> Any:
    if len(words) < 2:
        return false()
    if len(words) == 2:
        return literal_column(ADDRESS_PAIRS).op("@>")(cast([words.lower()], ARRAY(Text)))
    return Order.address.ilike(f"%{escaped(words)}%")
