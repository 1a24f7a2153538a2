"""Flags and funnels as they are read: everybody held against everybody, shown to who may look into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.assessments.service import compute
from dispatch.reports.suspicion import flags_of, plot
from kit.actor import SYSTEM, Role
from kit.errors import Forbidden, Invalid, NotFound
from tests.dispatch.assessments.conftest import repair, world
from tests.dispatch.orders.conftest import START, World

__all__ = ["world"]
OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)


async def a_month(world: World) -> None:
    """Anna's work is disputed by three subscribers of four, Bert's by nobody."""
    for day in range(4):
        say = "satisfied" if day == 0 else "not_contacted"
        await repair(world, START - timedelta(days=day + 1), world.anna, done=90, say=say)
    for day in range(12):
        await repair(world, START - timedelta(days=day + 1, hours=-5), world.bert, done=90)
    world.set(OCTOBER + timedelta(days=2))
    await compute(world.session, SYSTEM, world.area, "2022-09")


async def test_a_flag_names_its_orders_and_is_shown_to_who_looks_into_it(world: World):
    await a_month(world)
    found, numbers, names = await flags_of(world.session, world.actor(Role.INSPECTOR), world.area, "2022-09")
    (flag,) = found
    assert (names[flag.who], flag.kind, flag.seen, flag.chances) == ("Anna", "contradicted", 3, 4)
    assert {sign.order_id for sign in flag.evidence} == {str(one) for one in numbers}
    assert all(number.startswith("VAN-") for number in numbers.values())
    nobody, _, _ = await flags_of(world.session, SYSTEM, world.area, "2022-09", world.bert.id)
    assert nobody == []
    for role in (Role.DISPATCHER, Role.OBSERVER, Role.GRID_LEAD):
        with pytest.raises(Forbidden):
            await flags_of(world.session, world.actor(role), world.area, "2022-09")


async def test_another_firm_sees_no_flag_of_ours(world: World):
    await a_month(world)
    foreign = world.actor(Role.MANAGER, contractor="Another firm")
    assert (await flags_of(world.session, foreign, world.area, "2022-09"))[0] == []


async def test_a_funnel_holds_everybody_and_its_limits_narrow_with_cases(world: World):
    await a_month(world)
    found = await plot(world.session, SYSTEM, world.area, "2022-09", "satisfaction", "technician")
    assert found is not None
    assert found.shape.centre == pytest.approx(13 / 16)
    assert {card.name for card, _ in found.cards} == {"Anna", "Bert"}
    assert all((z < 0) == (card.name == "Anna") for card, z in found.cards)
    widths = [near[1] - near[0] for _, near, _ in found.limits]
    assert widths == sorted(widths, reverse=True)
    assert all(far[0] <= near[0] <= near[1] <= far[1] for _, near, far in found.limits)


async def test_what_is_no_share_has_no_funnel_and_nobody_with_cases_none(world: World):
    await a_month(world)
    with pytest.raises(Invalid):
        await plot(world.session, SYSTEM, world.area, "2022-09", "complaints_per_10000", "grid")
    with pytest.raises(Invalid):
        await plot(world.session, SYSTEM, world.area, "2022-09", "no_such", "technician")
    with pytest.raises(NotFound):
        await plot(world.session, SYSTEM, world.area, "2022-09", "satisfaction", "street")
    assert await plot(world.session, SYSTEM, world.area, "2022-09", "reports_in_order", "technician") is None
