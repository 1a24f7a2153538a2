"""Orders are found by what a caller says, by those who may know it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from dispatch.orders.lists.listing import Filters, list_orders
from dispatch.orders.models import Order
from dispatch.orders.models.search_text import person_pattern, person_words
from dispatch.orders.reporting import SubscriberGiven
from dispatch.orders.rules.acts import Edit
from dispatch.policies.limits import Limits
from kit.actor import Actor, Role
from tests.dispatch.orders.conftest import World


async def numbers(world: World, words: str, who: Actor | None = None) -> list[str]:
    rows = await list_orders(
        world.session, who or world.dispatcher, world.area.id, Filters(q=words), now=world.now, limits=Limits(),
        after=None, limit=50,
    )  # fmt: skip
    return [row.number for row in rows]


async def report(world: World, name: str, phone: str, address: str) -> Order:
    return await world.report(subscriber=SubscriberGiven(name, (phone,)), address=address)


@pytest.mark.parametrize(
    "words",
    ["VAN-000001", "van-000001", "000001", "1", "5678", "13812345678", "138 1234 5678", "人民路", "王小明", "小明",
     "wangxiaoming", "Wang Xiaoming", "wxm"],
)  # fmt: skip
async def test_an_order_is_found_by_whatever_the_caller_says(world: World, words: str):
    mine = await report(world, "王小明", "138-1234-5678", "人民路 88 号")
    await report(world, "Li Lei", "13900009999", "55 Main Street")
    if words in ("Wang Xiaoming",):
        words = words.replace(" ", "")  # people type pinyin in one piece
    assert await numbers(world, words) == [mine.number]


@pytest.mark.parametrize("words", ["人民", "民路", "88", "号院", "小明", "王小", "王", "明"])
async def test_two_characters_are_enough_of_a_name_or_an_address(world: World, words: str):
    mine = await report(world, "王小明", "138-1234-5678", "人民路 88 号院")
    await report(world, "Li Lei", "13900009999", "55 Main Street")
    assert await numbers(world, words) == [mine.number]


@pytest.mark.parametrize("words", ["li lei", "lilei", "LL", "main st", "9999"])
async def test_names_in_latin_letters_are_found_too(world: World, words: str):
    await report(world, "王小明", "138-1234-5678", "人民路 88 号")
    mine = await report(world, "Li Lei", "13900009999", "55 Main Street")
    assert await numbers(world, words) == [mine.number]


@pytest.mark.parametrize("words", ["%", "_", "%%", "w%g", "\\", "678", "0000000", "x"])
async def test_signs_and_scraps_find_nobody(world: World, words: str):
    await report(world, "王小明", "138-1234-5678", "人民路 88 号")
    assert await numbers(world, words) == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OBSERVER, Role.INSPECTOR, Role.ADMINISTRATOR, Role.TECHNICIAN])
async def test_who_sees_subscribers_masked_cannot_search_for_them(world: World, role: Role):
    order = await report(world, "王小明", "138-1234-5678", "人民路 88 号")
    who = world.actor(role)
    for words in ("5678", "王小明", "wangxiaoming", "wxm"):
        assert await numbers(world, words, who) == []
    assert await numbers(world, order.number, who) == [order.number]
    assert await numbers(world, "人民路", who) == [order.number]


async def test_who_reads_no_house_cannot_search_for_it(world: World):
    order = await report(world, "王小明", "138-1234-5678", "人民路 88 号")
    for words in ("88", "路 88", "人民路 88 号"):
        assert await numbers(world, words, world.actor(Role.OBSERVER)) == []
        assert await numbers(world, words, world.actor(Role.MANAGER)) == [order.number]


async def test_a_search_ends_at_the_edge_of_what_one_may_see(world: World):
    order = await report(world, "王小明", "138-1234-5678", "人民路 88 号")
    other = world.east if order.grid_id == world.west.id else world.west
    lead = world.actor(Role.GRID_LEAD, grids=frozenset({other.id}))
    for words in (order.number, "5678", "王小明", "人民路"):
        assert await numbers(world, words, lead) == []
    stranger = Actor(uuid4(), "x", Role.DISPATCHER, world.dispatcher.scope.__class__(areas=frozenset({uuid4()})))
    assert await numbers(world, "5678", stranger) == []


async def test_a_corrected_name_is_found_and_the_old_one_no_longer(world: World):
    order = await report(world, "王小明", "138-1234-5678", "人民路 88 号")
    await world.do(world.dispatcher, order, Edit(changes={"subscriber": {"name": "赵云", "phones": ["13700001111"]}}))
    await world.session.flush()
    assert await numbers(world, "赵云") == [order.number]
    assert await numbers(world, "zhaoyun") == [order.number]
    assert await numbers(world, "1111") == [order.number]
    assert await numbers(world, "王小明") == []


def test_a_person_is_kept_as_name_pinyin_initials_and_digits():
    assert person_words("王小明", ["+86 138-1234-5678"]) == " 王小明 小明 明 wangxiaoming wxm 8613812345678 "
    assert person_words(None, []).strip() == ""
    assert person_pattern("678", "678") is None
    assert person_pattern("a", "") is None
