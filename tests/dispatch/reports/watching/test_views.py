"""Views that are kept, shared and sent: at their hour in the area's zone, never silently, to nobody who may not."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from dispatch.accounts.models import Account, AccountStatus
from dispatch.notices.models import NoticeChannel
from dispatch.notices.sending import send_area
from dispatch.reports.watching.jobs import watch
from dispatch.reports.watching.views import next_due, period_of, shown_in
from grids.service import area_by_id
from kit.actor import Role
from kit.db import Database
from kit.ids import uuid7
from tests.dispatch.notices.mail_server import mail_server
from tests.dispatch.orders.conftest import World, build_world
from tests.site import bearer, ok, refused, running

VANCOUVER = ZoneInfo("America/Vancouver")
QUERY = "area=van&month=2022-08&measure=satisfaction&view=compare&side=grid&beside=1&beside=2"
VIEW = {"name": "Satisfaction", "query": QUERY}
WEEKLY = VIEW | {"rhythm": "weekly", "onDay": 1, "hour": 7, "email": "mona@example.com"}


@pytest.fixture
async def world(database: Database) -> World:
    async with database.transaction() as session:
        return await build_world(session)


async def at(database: Database, world: World, moment: datetime) -> None:
    async with database.transaction() as session:
        (await area_by_id(session, world.area.id)).clock_area_anchor = moment


def test_an_hour_is_the_areas_also_over_the_change_of_clocks():
    friday = datetime(2022, 11, 4, 20, tzinfo=UTC)
    monday = next_due("weekly", 1, 7, VANCOUVER, friday)
    assert monday.astimezone(UTC) == datetime(2022, 11, 7, 15, tzinfo=UTC)  # UTC-8 from the 6th on
    assert next_due("weekly", 5, 14, VANCOUVER, friday).astimezone(UTC) == datetime(2022, 11, 4, 21, tzinfo=UTC)
    assert next_due("weekly", 5, 13, VANCOUVER, friday).date().isoformat() == "2022-11-11"  # this one is now
    assert next_due("monthly", 28, 0, VANCOUVER, friday).date().isoformat() == "2022-11-28"
    assert next_due("monthly", 1, 8, VANCOUVER, datetime(2022, 12, 31, 12, tzinfo=UTC)).isoformat() == (
        "2023-01-01T08:00:00-08:00"
    )
    assert period_of("monthly", date(2023, 1, 1)) == "2022-12"
    assert period_of("weekly", date(2023, 1, 2)) == "2023-01"


async def test_a_view_is_its_owners_and_shared_with_colleagues_of_the_same_scope(database: Database, world: World):
    area = {"area_ids": [world.area.id]}
    mona, nora = [await bearer(database, who, Role.MANAGER, **area) for who in ("mona", "nora")]
    firm = await bearer(database, "carl", Role.MANAGER, contractor="Nobody", **area)
    stranger = await bearer(database, "sven", Role.MANAGER, area_ids=[uuid7()])
    async with running(database) as http:
        path = f"/api/areas/{world.area.id}/views"
        made = ok(await http.post(path, json=WEEKLY, headers=mona), 201)
        assert made["nextAt"] is not None
        refused(await http.post(path, json=VIEW, headers=mona), 409, "view.name_taken")
        assert ok(await http.get(path, headers=nora)) == []
        changed = ok(await http.put(f"{path}/{made['id']}", json=WEEKLY | {"shared": True}, headers=mona))
        assert changed["shared"] is True
        (seen,) = ok(await http.get(path, headers=nora))
        assert (seen["name"], seen["query"], seen["owner"], seen["mine"]) == ("Satisfaction", QUERY, "Mona", False)
        assert (seen["email"], seen["rhythm"], seen["deliveries"]) == (None, None, []), "the schedule is its owner's"
        assert ok(await http.get(path, headers=firm)) == []
        refused(await http.get(path, headers=stranger), 404, "not_found.area")
        refused(await http.put(f"{path}/{made['id']}", json=VIEW, headers=nora), 404, "view.none")
        refused(await http.delete(f"/api/views/{made['id']}", headers=nora), 404, "view.none")
        for wrong, code in (({"onDay": None}, "view.schedule"), ({"onDay": 8}, "view.schedule"),
                            ({"hour": None}, "view.schedule"), ({"email": None}, "view.email")):  # fmt: skip
            answer = await http.post(path, json=WEEKLY | {"name": "x"} | wrong, headers=mona)
            refused(answer, 422, code)
        ok(await http.delete(f"/api/views/{made['id']}", headers=mona), 204)
        assert ok(await http.get(path, headers=mona)) == []


async def sent(database: Database, world: World, moment: datetime) -> None:
    await at(database, world, moment)
    await watch(database)
    await watch(database)  # the same moment again sends nothing twice
    await send_area(database, world.area.id)


async def test_a_weekly_mail_goes_once_with_a_link_to_the_month_that_runs(database: Database, world: World):
    mona = await bearer(database, "mona", Role.MANAGER, area_ids=[world.area.id])
    monday = datetime(2022, 10, 3, 7, tzinfo=VANCOUVER)
    await at(database, world, monday - timedelta(days=2))
    with mail_server() as (box, config):
        async with database.transaction() as session:
            session.add(NoticeChannel(area_id=world.area.id, position=0, kind="smtp", name="mail", config=config,
                                      secrets={}, kinds=[]))  # fmt: skip
        async with running(database) as http:
            path = f"/api/areas/{world.area.id}/views"
            made = ok(await http.post(path, json=WEEKLY, headers=mona), 201)
            assert datetime.fromisoformat(made["nextAt"]) == monday
            await sent(database, world, monday - timedelta(minutes=1))
            assert box.mails == []
            await sent(database, world, monday)
            (mail,) = [email.message_from_bytes(one, policy=email.policy.default) for one in box.mails]
            body = mail.get_body(("plain",))
            assert body is not None
            link = "/manager?area=van&month=2022-10&measure=satisfaction&view=compare&side=grid&beside=1&beside=2"
            assert link in body.get_content().replace("\n", "")
            (one,) = ok(await http.get(path, headers=mona))
            assert [(each["period"], each["status"]) for each in one["deliveries"]] == [("2022-10", "sent")]
            ok(await http.put(f"{path}/{made['id']}", json=WEEKLY | {"paused": True}, headers=mona))
            await sent(database, world, monday + timedelta(days=7))
            assert len(box.mails) == 1


async def test_what_fails_is_seen_by_its_owner(database: Database, world: World):
    mona = await bearer(database, "mona", Role.MANAGER, area_ids=[world.area.id])
    with mail_server("550 there is nobody of that name") as (_, config):
        async with database.transaction() as session:
            session.add(NoticeChannel(area_id=world.area.id, position=0, kind="smtp", name="mail", config=config,
                                      secrets={}, kinds=[]))  # fmt: skip
        async with running(database) as http:
            path = f"/api/areas/{world.area.id}/views"
            made = ok(await http.post(path, json=WEEKLY, headers=mona), 201)
            await sent(database, world, datetime.fromisoformat(made["nextAt"]))
            await send_area(database, world.area.id)  # no other way out is left
            (one,) = ok(await http.get(path, headers=mona))
            assert [(each["status"], each["reason"]) for each in one["deliveries"]] == [("failed", "smtp_550")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": AccountStatus.DISABLED}, "account"),
        ({"area_ids": []}, "scope"),
        ({"role": Role.AGENT}, "scope"),
    ],
    ids=["disabled", "another-area", "another-role"],
)
async def test_whoever_may_not_see_it_any_more_is_sent_nothing(
    database: Database, world: World, change: dict[str, Any], why: str
):
    mona = await bearer(database, "mona", Role.MANAGER, area_ids=[world.area.id])
    with mail_server() as (box, config):
        async with database.transaction() as session:
            session.add(NoticeChannel(area_id=world.area.id, position=0, kind="smtp", name="mail", config=config,
                                      secrets={}, kinds=[]))  # fmt: skip
        async with running(database) as http:
            path = f"/api/areas/{world.area.id}/views"
            made = ok(await http.post(path, json=WEEKLY, headers=mona), 201)
            async with database.transaction() as session:
                account = (await session.scalars(select(Account).where(Account.login == "mona"))).one()
                kept = {name: getattr(account, name) for name in change}
                for name, value in change.items():
                    setattr(account, name, value)
            await sent(database, world, datetime.fromisoformat(made["nextAt"]))
            assert box.mails == []
            async with database.transaction() as session:
                account = (await session.scalars(select(Account).where(Account.login == "mona"))).one()
                for name, value in kept.items():
                    setattr(account, name, value)
            (one,) = ok(await http.get(path, headers=mona))
            assert one["stopped"] == why
            assert [(each["status"], each["reason"]) for each in one["deliveries"]] == [("refused", why)]
            ok(await http.put(f"{path}/{made['id']}", json=WEEKLY, headers=mona))  # going on is a decision of theirs
            assert ok(await http.get(path, headers=mona))[0]["stopped"] is None


def test_whom_a_page_is_about_stands_in_its_address():
    assert shown_in("area=van&month=2022-08&measure=score") == set()
    assert shown_in("grid=g&technician=t&view=hours") == {("grid", "g"), ("technician", "t")}
    assert shown_in("view=compare&side=grid&beside=1&beside=2") == {("grid", "1"), ("grid", "2")}


@pytest.mark.parametrize("query", ["grid={0}&view=faults", "view=compare&side=grid&beside={1}&beside={0}"])
async def test_a_view_of_a_grid_that_its_owner_lost_is_stopped_and_they_are_told(
    database: Database, world: World, query: str
):
    scope = {"area_ids": [world.area.id], "grid_ids": [world.west.id, world.east.id]}
    mona = await bearer(database, "mona", Role.MANAGER, **scope)
    shown = WEEKLY | {"query": "area=van&month=2022-08&" + query.format(world.east.id, world.west.id)}
    with mail_server() as (box, config):
        async with database.transaction() as session:
            session.add(NoticeChannel(area_id=world.area.id, position=0, kind="smtp", name="mail", config=config,
                                      secrets={}, kinds=[]))  # fmt: skip
        async with running(database) as http:
            path = f"/api/areas/{world.area.id}/views"
            made = ok(await http.post(path, json=shown, headers=mona), 201)
            whole = ok(await http.post(path, json=WEEKLY | {"name": "whole", "query": "area=van"}, headers=mona), 201)
            due = datetime.fromisoformat(made["nextAt"])
            await sent(database, world, due)
            assert len(box.mails) == 2
            async with database.transaction() as session:
                account = (await session.scalars(select(Account).where(Account.login == "mona"))).one()
                account.grid_ids = [str(world.west.id)]
            await sent(database, world, due + timedelta(days=7))
            await sent(database, world, due + timedelta(days=14))
            mine = {one["id"]: one for one in ok(await http.get(path, headers=mona))}
            assert (mine[made["id"]]["stopped"], mine[whole["id"]]["stopped"]) == ("scope", None)
            assert [one["status"] for one in mine[made["id"]]["deliveries"]] == ["refused", "sent"], "and no more tries"
        mails = [email.message_from_bytes(one, policy=email.policy.default) for one in box.mails]
        said = [body.get_content().replace("\n", "") for one in mails if (body := one.get_body(("plain",))) is not None]
    (told,) = [one for one in said if "Satisfaction is stopped" in one]
    assert "/manager?area=van&view=saved" in told
    assert len(said) == 5, "the whole area goes on"


async def test_in_an_area_whose_only_way_out_is_the_log_nothing_is_called_sent(database: Database, world: World):
    mona = await bearer(database, "mona", Role.MANAGER, area_ids=[world.area.id])
    async with database.transaction() as session:
        session.add(NoticeChannel(area_id=world.area.id, position=0, kind="log", name="log", config={}, secrets={},
                                  kinds=[]))  # fmt: skip
    async with running(database) as http:
        path = f"/api/areas/{world.area.id}/views"
        made = ok(await http.post(path, json=WEEKLY, headers=mona), 201)
        await sent(database, world, datetime.fromisoformat(made["nextAt"]))
        (one,) = ok(await http.get(path, headers=mona))
        assert [(each["status"], each["reason"]) for each in one["deliveries"]] == [("failed", "no_channel")]
        log = ok(await http.get(f"/api/areas/{world.area.id}/notices", headers=mona, params={"worklist": True}))
        assert [(each["kind"], each["status"], each["reason"]) for each in log["items"]] == [
            ("report", "failed", "no_channel")
        ]
