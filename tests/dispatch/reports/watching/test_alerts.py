"""Alerts on a limit: told once for a crossing with its reason, never for a lack of data, and seen by a person."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.accounts.models import Account, AccountStatus
from dispatch.assessments.service import compute
from dispatch.notices.models import NoticeChannel
from dispatch.notices.sending import send_area
from dispatch.reports.watching.alerts import check_area
from dispatch.reports.watching.jobs import watch
from grids.service import area_by_id
from kit.actor import SYSTEM, Role
from kit.db import Database
from kit.ids import uuid7
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.notices.mail_server import mail_server
from tests.dispatch.orders.conftest import START, World, build_world
from tests.site import Client, bearer, ok, refused, running

RULE = {
    "name": "Late repairs", "measure": "repaired_on_time", "subject": "area", "above": False, "bound": 0.6,
    "leastCases": 4,
}  # fmt: skip


@pytest.fixture
async def world(database: Database) -> World:
    """A month in which nothing was computed yet."""
    async with database.transaction() as session:
        return await build_world(session)


async def lived(database: Database, world: World, day: int, good: int, late: int) -> None:
    """A day's repairs, and the month computed after it."""
    async with database.transaction() as session:
        world.session, world.area = session, await area_by_id(session, world.area.id)
        for number in range(good + late):
            start = START + timedelta(days=day, minutes=number)
            await repair(world, start, world.anna, done=120 if number < good else 400)
        world.set(START + timedelta(days=day, hours=12))
        await compute(session, SYSTEM, world.area, "2022-09")


async def swept(database: Database, world: World) -> int:
    async with database.transaction() as session:
        return await check_area(session, await area_by_id(session, world.area.id))


async def seen(http: Client, world: World, headers: dict[str, str], **asked: Any) -> list[dict[str, Any]]:
    answer = await http.get(f"/api/areas/{world.area.id}/alerts", headers=headers, params=asked)
    found: list[dict[str, Any]] = ok(answer)["items"]
    return found


async def test_a_crossing_is_told_once_with_value_limit_count_and_interval(database: Database, world: World):
    mona = await bearer(database, "mona", Role.MANAGER, area_ids=[world.area.id])
    async with running(database) as http:
        path = f"/api/areas/{world.area.id}/alert-rules"
        made = ok(await http.post(path, json=RULE, headers=mona), 201)
        assert (made["crossed"], made["mine"], made["owner"]) == (False, True, "Mona")
        assert await swept(database, world) == 0, "no data is no crossing"
        await lived(database, world, 0, 1, 2)
        assert await swept(database, world) == 0, "three cases are too few"
        await lived(database, world, 1, 1, 1)
        assert [await swept(database, world) for _ in range(3)] == [1, 0, 0]
        (alert,) = await seen(http, world, mona)
        assert (alert["value"], alert["bound"], alert["above"], alert["month"]) == (0.4, 0.6, False, "2022-09")
        evidence = alert["evidence"]
        assert (evidence["numerator"], evidence["denominator"], evidence["version"]) == (2, 5, 2)
        assert 0 < evidence["low"] < 0.4 < evidence["high"] < 1
        await lived(database, world, 2, 5, 0)  # 7 of 10: back inside
        assert await swept(database, world) == 0
        assert ok(await http.get(path, headers=mona))[0]["crossed"] is False
        await lived(database, world, 3, 0, 5)  # 7 of 15
        assert await swept(database, world) == 1
        newest, _ = await seen(http, world, mona)
        ack = f"/api/alerts/{newest['id']}/acknowledge"
        said = ok(await http.post(ack, json={"words": "Two vans were broken."}, headers=mona))
        assert (said["acknowledgedBy"], said["words"]) == ("Mona", "Two vans were broken.")
        refused(await http.post(ack, json={}, headers=mona), 409, "alert.acknowledged")
        assert [one["id"] for one in await seen(http, world, mona, waiting=True)] == [alert["id"]]
        ok(await http.delete(f"/api/alert-rules/{made['id']}", headers=mona), 204)
        assert len(await seen(http, world, mona)) == 2, "what was told of stays"


async def test_days_are_watched_as_they_are_kept_and_a_grid_without_work_says_nothing(database: Database, world: World):
    mona = await bearer(database, "mona", Role.MANAGER, area_ids=[world.area.id])
    await lived(database, world, 0, 1, 3)
    async with running(database) as http:
        path = f"/api/areas/{world.area.id}/alert-rules"
        late = {"name": "late", "measure": "late_share", "above": True, "bound": 0.5, "leastCases": 4}
        ok(await http.post(path, json=late | {"subject": "area"}, headers=mona), 201)
        for grid in (world.west, world.east):
            ok(await http.post(path, json=late | {"subject": "grid", "subjectId": str(grid.id)}, headers=mona), 201)
        assert await swept(database, world) == 2  # the area, and the one grid in which all of it was
        (whole,) = [one for one in await seen(http, world, mona) if one["subject"] == "area"]
        assert (whole["value"], whole["evidence"]["numerator"], whole["evidence"]["denominator"]) == (0.75, 3, 4)
        refused(await http.post(path, json=late | {"subject": "team", "subjectId": "A"}, headers=mona), 404,
                "alert.no_subject")  # fmt: skip
        person = {"subject": "technician", "subjectId": str(world.anna.id)}
        refused(await http.post(path, json=late | person, headers=mona), 422, "alert.measure")


async def test_a_mail_says_the_same_and_a_group_robot_never_gets_it(database: Database, world: World):
    mona = await bearer(database, "mona", Role.MANAGER, area_ids=[world.area.id])
    await lived(database, world, 0, 2, 3)
    with mail_server() as (box, config):
        async with database.transaction() as session:
            session.add_all([
                NoticeChannel(area_id=world.area.id, position=0, kind="wecom", name="group",
                              config={"url": "http://127.0.0.1:9/x"}, secrets={"key": "x"}, kinds=[]),
                NoticeChannel(area_id=world.area.id, position=1, kind="smtp", name="mail", config=config, secrets={},
                              kinds=[]),
            ])  # fmt: skip
        async with running(database) as http:
            path = f"/api/areas/{world.area.id}/alert-rules"
            ok(await http.post(path, json=RULE | {"email": "mona@example.com"}, headers=mona), 201)
            refused(await http.post(path, json=RULE | {"email": "nowhere"}, headers=mona), 400, "malformed")
            await watch(database)
            await send_area(database, world.area.id)
            (alert,) = await seen(http, world, mona)
            assert alert["mail"] == "sent"
        (mail,) = [email.message_from_bytes(one, policy=email.policy.default) for one in box.mails]
        assert mail["Subject"] == "Grid Dispatch: Late repairs"
        body = mail.get_body(("plain",))
        assert body is not None
        words = body.get_content()
        assert "is 40%, the limit is 60% (from 5 cases)" in words
        assert "/manager?area=van&month=2022-09&view=alerts" in words


async def test_who_may_not_see_it_any_more_is_told_nothing(database: Database, world: World):
    area = {"area_ids": [world.area.id]}
    mona = await bearer(database, "mona", Role.MANAGER, **area)
    firm = await bearer(database, "carl", Role.MANAGER, contractor="Nobody", **area)
    stranger = await bearer(database, "sven", Role.MANAGER, area_ids=[uuid7()])
    observer = await bearer(database, "otto", Role.OBSERVER, **area)
    await lived(database, world, 0, 1, 4)
    async with running(database) as http:
        path = f"/api/areas/{world.area.id}/alert-rules"
        ok(await http.post(path, json=RULE, headers=mona), 201)
        refused(await http.post(path, json=RULE, headers=firm), 404, "alert.no_subject")
        refused(await http.post(path, json=RULE, headers=stranger), 404, "not_found.area")
        refused(await http.get(path, headers=observer), 403, "forbidden.role")
        async with database.transaction() as session:
            account = (await session.scalars(select(Account).where(Account.login == "mona"))).one()
            account.contractor = "Nobody"
        assert await swept(database, world) == 0
        async with database.transaction() as session:
            account = (await session.scalars(select(Account).where(Account.login == "mona"))).one()
            account.contractor, account.status = None, AccountStatus.DISABLED
        assert await swept(database, world) == 0
        nora = await bearer(database, "nora", Role.MANAGER, **area)
        (rule,) = ok(await http.get(path, headers=nora))
        assert (rule["stopped"], rule["mine"]) == ("scope", False)
        assert await seen(http, world, nora) == []
        assert await seen(http, world, firm) == []
        refused(await http.delete(f"/api/alert-rules/{rule['id']}", headers=nora), 404, "alert.no_rule")


async def test_its_owner_starts_a_stopped_rule_again_and_is_told_anew(database: Database, world: World):
    area = {"area_ids": [world.area.id]}
    mona = await bearer(database, "mona", Role.MANAGER, **area)
    nora = await bearer(database, "nora", Role.MANAGER, **area)
    await lived(database, world, 0, 1, 4)

    async def firm(name: str | None) -> None:
        async with database.transaction() as session:
            account = (await session.scalars(select(Account).where(Account.login == "mona"))).one()
            account.contractor = name

    with mail_server() as (box, config):
        async with database.transaction() as session:
            session.add(NoticeChannel(area_id=world.area.id, position=0, kind="smtp", name="mail", config=config,
                                      secrets={}, kinds=[]))  # fmt: skip
        async with running(database) as http:
            path = f"/api/areas/{world.area.id}/alert-rules"
            made = ok(await http.post(path, json=RULE | {"email": "mona@example.com"}, headers=mona), 201)
            start = f"/api/alert-rules/{made['id']}/start"
            assert await swept(database, world) == 1
            refused(await http.post(start, headers=mona), 409, "alert.not_stopped")
            await firm("Nobody")
            assert [await swept(database, world) for _ in range(2)] == [0, 0]
            refused(await http.post(start, headers=mona), 404, "alert.no_subject")
            await firm(None)
            assert await swept(database, world) == 0, "only its owner starts it again"
            refused(await http.post(start, headers=nora), 404, "alert.no_rule")
            begun = ok(await http.post(start, headers=mona))
            assert begun["checkedAt"] is None, "how it stands is not known before the next sweep"
            assert (begun["stopped"], begun["crossed"]) == (None, False)
            assert [await swept(database, world) for _ in range(2)] == [1, 0]
            await send_area(database, world.area.id)
        mails = [email.message_from_bytes(one, policy=email.policy.default) for one in box.mails]
        said = [body.get_content() for one in mails if (body := one.get_body(("plain",))) is not None]
    ended = [one for one in said if "is stopped" in one]
    assert len(ended) == 1
    assert "/manager?area=van&view=alerts" in ended[0].replace("\n", "")
    assert len(said) == 3, "two crossings, one end"


async def test_a_mail_that_no_way_out_took_is_not_called_sent(database: Database, world: World):
    mona = await bearer(database, "mona", Role.MANAGER, area_ids=[world.area.id])
    await lived(database, world, 0, 1, 4)
    async with database.transaction() as session:
        session.add(NoticeChannel(area_id=world.area.id, position=0, kind="log", name="log", config={}, secrets={},
                                  kinds=[]))  # fmt: skip
    async with running(database) as http:
        path = f"/api/areas/{world.area.id}/alert-rules"
        ok(await http.post(path, json=RULE | {"email": "mona@example.com"}, headers=mona), 201)
        await watch(database)
        await send_area(database, world.area.id)
        (alert,) = await seen(http, world, mona)
    assert (alert["mail"], alert["mailReason"]) == ("failed", "no_channel")
