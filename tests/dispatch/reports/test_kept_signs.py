"""Kept signs are what the events say; whatever they stand on makes them old; a wrong one is found."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import month_of
from dispatch.assessments.ranking.signs import Signs, signs
from dispatch.policies.service import policy_at
from dispatch.reports.rollups import kept_signs
from dispatch.reports.rollups.jobs import keep_signs
from dispatch.reports.rollups.kept_signs import check, signs_of
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.db import Database
from kit.ids import uuid7
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.orders.conftest import START, World, build_world
from tests.dispatch.reports.keeping import keep_all_signs

LATER = datetime(2022, 10, 20, 18, 0, tzinfo=UTC)
MONTHS = ("2022-08", "2022-09", "2022-10")


async def live(world: World, draw: random.Random, orders: int) -> list[UUID]:
    """Work around a month's end: some far from the order, some disputed, some with the same photo and typed codes."""
    found = []
    for number in range(orders):
        start = START + timedelta(days=draw.choice([-2, 0, 1, 3, 4, 5]), minutes=draw.randrange(-600, 900))
        who = draw.choice([world.anna, world.bert])
        order = await repair(world, start, who, say=draw.choice(["satisfied", "not_contacted", None]))
        found.append(order.id)
        if number % 3 == 0:
            await photo(world.session, order.id, who.id, number % 2)
        if number % 5 == 1:
            await photo(world.session, order.id, who.id, 100 + number, away=0.1)
        if number % 4 == 0:
            await typed(world.session, order.id, who.id, 2)
    # Work was where the order is; the orders were moved away afterwards.
    await world.session.execute(
        text("UPDATE orders SET point = ST_Translate(point, 0.1, 0) WHERE id = ANY (:far)"), {"far": found[::5]}
    )
    world.set(LATER)
    return found


async def photo(session: AsyncSession, order_id: UUID, who: UUID, picture: int, away: float = 0) -> None:
    """A picture of an order, taken so many degrees to the east of it."""
    sha = f"{picture:064x}"
    await session.execute(
        text("INSERT INTO blobs (sha256, media_type, size) VALUES (:sha, 'image/jpeg', 1) ON CONFLICT DO NOTHING"),
        {"sha": sha},
    )
    await session.execute(
        text(
            "INSERT INTO photos (id, order_id, technician_id, kind, sha256, point) SELECT :id, id, :who, 'after', :sha,"
            " ST_Translate(point, :away, 0) FROM orders WHERE id = :order"
        ),
        {"id": uuid7(), "order": order_id, "who": who, "sha": sha, "away": away},
    )


async def typed(session: AsyncSession, order_id: UUID, who: UUID, tries: int) -> None:
    await session.execute(
        text(
            "INSERT INTO finish_code_tries (order_id, technician_id, code_hash, tries)"
            " SELECT id, :t, finish_code_hash, :n FROM orders WHERE id = :o"
        ),
        {"o": order_id, "t": who, "n": tries},
    )


def plain(found: Signs) -> tuple[dict[tuple[str, str], int], list[Any]]:
    """Comparable: what is not there is no chance."""
    shown = sorted((one.who, one.kind, one.order_id, one.event_id or "", one.detail or "") for one in found.shown)
    return dict(found.chances), shown


async def same(session: AsyncSession, area: ServiceArea) -> int:
    """Every month as pages read it is what its events say; returns how many signs there are."""
    total = 0
    for name in MONTHS:
        month = month_of(name, area.timezone)
        radius = (await policy_at(session, area.id, month.start)).limits.arrival_radius_metres
        said = await signs(session, area.id, month.start, month.end, radius)
        assert plain(await signs_of(session, area, month)) == plain(said)
        total += len(said.shown)
    return total


async def test_signs_are_the_same_kept_and_not_and_after_whatever_they_stand_on(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        orders = await live(world, random.Random(3), 18)
        area_id, anna, bert = world.area.id, world.anna, world.bert
        before = await same(session, world.area)
        kinds = {
            one.kind for one in (await signs_of(session, world.area, month_of("2022-09", world.area.timezone))).shown
        }
    assert kinds == {"far_sign_in", "photo_again", "photo_elsewhere", "codes_typed", "contradicted"}
    assert await keep_all_signs(database, area_id) >= 1
    async with database.transaction() as session:
        area = await area_by_id(session, area_id)
        assert await session.scalar(text("SELECT count(*) FROM sign_counts")) > 5
        assert await same(session, area) == before
        assert (await check(session, area))[1] == []

    async def work(session: AsyncSession) -> None:
        world.session, world.area = session, await area_by_id(session, area_id)
        await repair(world, START + timedelta(days=1, hours=4), anna, say="not_contacted")
        world.set(LATER)

    async def run(session: AsyncSession, statement: str) -> None:
        changed = await session.execute(text(statement), {"orders": orders, "one": orders[1]})
        assert getattr(changed, "rowcount", 0) > 0

    changes: dict[str, Callable[[AsyncSession], Awaitable[None]]] = {
        "an order is worked on": work,
        "a picture comes": lambda session: photo(session, orders[1], bert.id, 0),
        "a picture is another one": lambda session: run(
            session, f"UPDATE photos SET sha256 = '{1:064x}' WHERE id = (SELECT min(id::text)::uuid FROM photos)"
        ),
        "a picture is gone": lambda session: run(
            session, "DELETE FROM photos WHERE id = (SELECT min(id::text)::uuid FROM photos)"
        ),
        "a picture was taken elsewhere": lambda session: run(
            session, "UPDATE photos SET point = ST_Translate(point, 0.3, 0) WHERE id = (SELECT min(id::text)::uuid"
            " FROM photos)"
        ),
        "a picture is where it may be": lambda session: run(
            session, "UPDATE photos SET accuracy_metres = 1000000 WHERE order_id = ANY (:orders)"
        ),
        "a picture is a signature": lambda session: run(
            session, "UPDATE photos SET kind = 'signature' WHERE order_id = ANY (:orders)"
        ),
        "codes are typed": lambda session: typed(session, orders[2], anna.id, 2),
        "codes are typed again": lambda session: run(
            session, "UPDATE finish_code_tries SET tries = 1 WHERE order_id = ANY (:orders)"
        ),
        "codes are forgotten": lambda session: run(
            session, "DELETE FROM finish_code_tries WHERE order_id = ANY (:orders)"
        ),
        "an answer is another one": lambda session: run(
            session, "UPDATE callback_attempts SET solved = NOT solved WHERE order_id = ANY (:orders)"
        ),
        "an order is elsewhere": lambda session: run(
            session, "UPDATE orders SET point = ST_Translate(point, 0.2, 0) WHERE id = ANY (:orders)"
        ),
        "an order is history": lambda session: run(session, "UPDATE orders SET origin = 'history' WHERE id = :one"),
    }  # fmt: skip
    for name, change in changes.items():
        async with database.transaction() as session:
            await change(session)
        async with database.transaction() as session:
            assert await session.scalar(text("SELECT count(*) FROM signs_stale")) > 0, name
            after = await same(session, await area_by_id(session, area_id))
        assert await keep_all_signs(database, area_id) > 0, name
        async with database.transaction() as session:
            area = await area_by_id(session, area_id)
            assert await session.scalar(text("SELECT count(*) FROM signs_stale")) == 0
            assert await same(session, area) == after
            assert (await check(session, area))[1] == []


async def test_a_kept_sign_that_was_tampered_with_is_found_and_made_anew(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        await live(world, random.Random(5), 8)
        area_id = world.area.id
    await keep_all_signs(database, area_id)
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE sign_counts SET chances = chances + 1 WHERE ctid = (SELECT min(ctid) FROM sign_counts)")
        )
        await session.execute(text("DELETE FROM signs_seen WHERE kind = 'contradicted'"))
    async with database.transaction() as session:
        area = await area_by_id(session, area_id)
        wrong = (await check(session, area))[1]
        assert len(wrong) >= 2
        assert any("contradicted" in one for one in wrong)
        await kept_signs.forget_all(session, area)
    await keep_all_signs(database, area_id)
    async with database.transaction() as session:
        area = await area_by_id(session, area_id)
        assert (await check(session, area))[1] == []
        assert await same(session, area) > 0


async def test_a_month_kept_for_another_radius_is_not_read_and_is_kept_anew(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        await live(world, random.Random(7), 6)
        area_id = world.area.id
    await keep_all_signs(database, area_id)
    async with database.transaction() as session:
        await session.execute(text("UPDATE kept_sign_months SET radius = 1e7"))
        await session.execute(text("DELETE FROM signs_seen"))
    async with database.transaction() as session:
        assert await same(session, await area_by_id(session, area_id)) > 0
    assert await keep_all_signs(database, area_id) > 0
    async with database.transaction() as session:
        assert (await check(session, await area_by_id(session, area_id)))[1] == []


async def test_a_month_is_not_ready_while_somebody_may_not_know_that_it_is_kept(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        await repair(world, START, world.anna)
        world.set(LATER)
        area_id = world.area.id
    async with database.transaction() as early:
        await early.execute(text("SELECT pg_current_xact_id()"))
        assert await keep_signs(database, area_id) == 0
    assert await keep_all_signs(database, area_id) > 0


@pytest.mark.parametrize("kept", [False, True])
async def test_an_area_without_orders_has_no_signs(database: Database, kept: bool):
    async with database.transaction() as session:
        world = await build_world(session)
        world.set(LATER)
        area_id = world.area.id
    if kept:
        assert await keep_signs(database, area_id) == 0
    async with database.transaction() as session:
        area = await area_by_id(session, area_id)
        assert plain(await signs_of(session, area, month_of("2022-09", area.timezone))) == ({}, [])
