"""The orders list as a spreadsheet: the same rows as the page, in the asked language, for those who may see them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import text

from dispatch.orders.lists import exporting
from kit.actor import Actor, Role
from kit.spreadsheets.sheets import BOM
from tests.dispatch.orders.conftest import HERE
from tests.dispatch.orders.test_http import Shared, act, actor, report
from tests.dispatch.orders.web import client


async def exported(shared: Shared, who: Actor, language: str = "en", **asked: str) -> list[dict[str, str]]:
    """The rows of the sheet by their headings, after looking at how it was sent."""
    database, area_id, *_ = shared
    async with client(database, who) as web:
        answer = await web.get(f"/api/areas/{area_id}/orders.csv", params={"lang": language, **asked})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert answer.headers["content-language"] == language
    content = answer.content.decode()
    assert content.startswith(BOM)
    return list(csv.DictReader(io.StringIO(content.removeprefix(BOM), newline="")))


async def listed(shared: Shared, who: Actor, **asked: str) -> list[str]:
    database, area_id, *_ = shared
    async with client(database, who) as web:
        answer = await web.get(f"/api/areas/{area_id}/orders", params={"limit": "1000", **asked})
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json()["items"]]


async def test_a_sheet_speaks_the_asked_language_and_tells_the_areas_time(shared: Shared):
    order = await report(shared, description="没有信号")
    dispatcher = actor(Role.DISPATCHER, shared[1])
    body = {"type": "dispatched", "technicianId": str(shared[2]), "why": "dispatcher"}
    assert (await act(shared, dispatcher, order["id"], body)).status_code == 200
    (chinese,) = await exported(shared, dispatcher, "zh")
    assert (chinese["工单号"], chinese["状态"], chinese["紧急程度"]) == (order["number"], "待接单", "普通")
    assert chinese["故障"] == "无法上网"
    assert (chinese["报障时间"], chinese["时区"]) == ("2022-09-27 09:00:00", "America/Vancouver")
    assert (chinese["用户"], chinese["电话"], chinese["用户描述"]) == ("王**", "138****5678", "没有信号")
    (english,) = await exported(shared, dispatcher, "en")
    assert (english["Order"], english["State"], english["Waiting on"]) == (order["number"], "To accept", "Technician")
    assert (float(english["Longitude"]), float(english["Latitude"])) == HERE
    (strange,) = await exported(shared, dispatcher, "qps")
    assert all(heading.startswith("⟦") for heading in strange)
    assert strange["⟦Šţåţé⟧"] == "⟦Ţö åççéþţ⟧"


async def test_a_header_asks_for_the_language_too_and_an_unknown_one_is_refused(shared: Shared):
    await report(shared)
    database, area_id, *_ = shared
    async with client(database, actor(Role.DISPATCHER, area_id)) as web:
        path = f"/api/areas/{area_id}/orders.csv"
        assert "工单号" in (await web.get(path, headers={"Accept-Language": "zh-CN"})).text
        assert (await web.get(path, params={"lang": "fr"})).status_code == 400
        refused = await web.get(path, params={"queue": "nonsense"})
        assert (refused.status_code, refused.json()["code"]) == (422, "order.filter")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OBSERVER])
async def test_who_sees_less_in_the_list_sees_no_more_in_the_sheet(shared: Shared, role: Role):
    await report(shared, description="gate code 1234")
    (row,) = await exported(shared, actor(role, shared[1]))
    assert (row["What was said"], row["Subscriber"]) == ("", "王**")
    assert "13812345678" not in str(row)
    technician = actor(Role.TECHNICIAN, shared[1], shared[2])
    assert await exported(shared, technician) == []


async def test_what_a_caller_said_never_runs_as_a_formula(shared: Shared):
    await report(shared, description='=HYPERLINK("http://x","y")', address="+1 Main Street")
    (row,) = await exported(shared, actor(Role.DISPATCHER, shared[1]))
    assert row["What was said"] == '\'=HYPERLINK("http://x","y")'
    assert row["Address"] == "'+1 Main Street"


async def test_a_sheet_holds_what_the_list_does_under_every_filter(shared: Shared):
    reports = (
        ("no_service", "ordinary", "normal"),
        ("no_service", "vip", "urgent"),
        ("no_tv", "ordinary", "normal"),
    )
    kept = [
        await report(shared, faultType=fault, tier=tier, level=level, address=f"{number} Main Street")
        for number, (fault, tier, level) in enumerate(reports)
    ]
    dispatcher = actor(Role.DISPATCHER, shared[1])
    body = {"type": "dispatched", "technicianId": str(shared[2]), "why": "dispatcher"}
    assert (await act(shared, dispatcher, kept[0]["id"], body)).status_code == 200
    done = {"type": "cancelled", "reason": "subscriber_wish"}
    assert (await act(shared, dispatcher, kept[2]["id"], done)).status_code == 200
    one, two, three = (order["number"] for order in kept)
    wanted: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [three, two, one]), ({"queue": "open"}, [two, one]), ({"queue": "unassigned"}, [two]),
        ({"queue": "urgent"}, [two]), ({"queue": "bounced"}, []), ({"queue": "at_risk"}, [two]),
        ({"queue": "late"}, []),
        ({"queue": "all", "from": "2030-01-01T00:00:00Z"}, [two, one]), ({"queue": "all"}, [three, two, one]),
        ({"tier": "vip"}, [two]), ({"faultType": "no_tv"}, [three]), ({"q": "1 Main"}, [two]),
        ({"status": "dispatched", "tier": "vip"}, []),
    ]  # fmt: skip
    for asked, numbers in wanted:
        assert sorted(await listed(shared, dispatcher, **asked)) == sorted(numbers), asked
        assert sorted(row["Order"] for row in await exported(shared, dispatcher, **asked)) == sorted(numbers), asked


async def test_a_long_list_comes_in_pieces_with_one_statement_each(shared: Shared, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 2)
    for _ in range(5):
        await report(shared)
    statements: list[str] = []
    database, area_id, *_ = shared

    def note(*given: Any) -> None:
        statements.append(given[2])

    sa_event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        rows = await exported(shared, actor(Role.DISPATCHER, area_id))
    finally:
        sa_event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert len({row["Order"] for row in rows}) == len(rows) == 5
    assert len([one for one in statements if "FROM orders" in one]) == 1 + 3  # a look at the filters, then 2 + 2 + 1


async def test_who_took_a_sheet_and_of_what_is_kept_but_not_the_words_that_were_looked_for(shared: Shared):
    await report(shared)
    dispatcher = actor(Role.DISPATCHER, shared[1])
    await exported(shared, dispatcher, status="open", q="王小明")
    async with shared[0].transaction() as session:
        rows = await session.execute(text("SELECT account_id, report, format, asked FROM report_exports"))
        assert [tuple(row) for row in rows] == [(dispatcher.account_id, "orders", "csv", "status=open q=…")]
