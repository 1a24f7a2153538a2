"""The manager's room on two settled months: each number leads down to its orders, and the way back keeps filters."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from dispatch.policies.service import add_policy
from grids.models import ServiceArea
from kit.db import Database
from tests.browser.conftest import DESK, PHONE, Site, settled
from tests.browser.hands import published_earlier, tidy
from tests.browser.months import FIRMS, PEOPLE

pytestmark = pytest.mark.browser
ROOM = "/manager?month=2026-02"
VIEWS = (
    "overview",
    "hours",
    "outages",
    "faults",
    "voice",
    "outlook",
    "compare",
    "settlement",
    "rules",
    "closing",
    "decisions",
    "bulletin",
    "alerts",
    "saved",
)


async def picture(page: Page, name: str) -> None:
    """Keep the page as a picture where `SCREENS` says where."""
    if os.environ.get("SCREENS"):
        await page.screenshot(path=Path(os.environ["SCREENS"]) / f"manager-{name}.png", full_page=True)


async def view(page: Page, name: str) -> None:
    """Go to a view by its link and wait until it has what it asked for."""
    await page.locator("nav.views a").nth(VIEWS.index(name)).click()
    await expect(page.locator("nav.views a[aria-current=page]")).to_have_count(1)
    await settled(page)
    await expect(page.locator("main [role=status]")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_every_view_fits_and_is_clean(books: Site, language: str, size: dict[str, int]) -> None:
    page = await books.sign_in("manager", f"{ROOM}&lang={language}&measure=repaired_on_time", size=size)
    await expect(page.locator("main h2").first).to_be_visible()
    for name in VIEWS:
        await view(page, name)
        await expect(page.locator("main h2").first).to_be_visible()
        await picture(page, f"{name}-{language}-{size['width']}")
        await tidy(page, language)
    assert (books.errors, books.foreign) == ([], [])


async def test_a_number_leads_down_to_its_orders_and_the_way_back_keeps_the_filter(books: Site) -> None:
    page = await books.sign_in("manager", ROOM)
    await page.get_by_role("combobox", name="Indicator").select_option("acceptance_on_time")
    grids = page.locator("section", has=page.locator("#table-grid"))
    first = grids.locator("tbody tr").first.get_by_role("button")
    name = await first.inner_text()
    await first.click()
    await expect(page.locator("main nav")).to_contain_text(name)
    await expect(page.locator("#behind-title")).to_contain_text(name)
    assert "measure=acceptance_on_time" in page.url
    people = page.locator("section", has=page.locator("#table-technician"))
    busy = people.locator("tbody tr", has_text=" of ").first.get_by_role("button")
    who = await busy.inner_text()
    await busy.click()
    await expect(page.locator("#behind-title")).to_contain_text(who)
    order = page.locator("#behind a").first
    await expect(order).to_be_visible()
    assert "order=" in (await order.get_attribute("href") or "")
    await page.go_back()
    await expect(page.locator("#behind-title")).to_contain_text(name)
    assert "measure=acceptance_on_time" in page.url


async def test_the_way_down_is_kept_from_view_to_view(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&measure=satisfaction")
    await page.locator("#table-technician").locator("xpath=..").locator("tbody button").first.click()
    await expect(page.locator("main nav strong")).to_be_visible()
    who = await page.locator("main nav strong").inner_text()
    await view(page, "hours")
    await expect(page.locator("table[aria-labelledby=hours] tbody tr")).to_have_count(1)
    await expect(page.locator("table[aria-labelledby=hours] tbody")).to_contain_text(who)
    await view(page, "compare")
    await expect(page.locator("#compare-all")).to_contain_text(who)
    assert "measure=satisfaction" in page.url


async def test_an_order_in_the_console_leads_back_to_where_it_was_asked_for(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&measure=acceptance_on_time")
    first = page.locator("table[aria-labelledby=table-grid] tbody button").first
    name = await first.inner_text()
    await first.click()
    await expect(page.locator("#behind-title")).to_contain_text(name)
    await page.locator("#behind a").first.click()
    await expect(page.locator("#drawer-title")).to_contain_text("-")
    back = page.get_by_role("link", name="Back to the manager's room")
    await settled(page)
    await tidy(page, "drawer")
    await expect(page.locator(".list .panel .visually-hidden")).not_to_have_count(0)
    away = "(all) => all.filter((one) => !one.offsetParent || one.offsetParent === document.body).length"
    assert await page.locator(".list .panel .visually-hidden").evaluate_all(away) == 0, (
        "the page is longer than it looks"
    )
    await back.click()
    await expect(page.locator("#behind-title")).to_contain_text(name)
    assert "measure=acceptance_on_time" in page.url
    assert "grid=" in page.url


async def test_a_sign_leads_to_its_event_in_the_life_of_the_order(books: Site) -> None:
    page = await books.sign_in("manager", ROOM)
    far = page.locator("section[aria-labelledby=flags-title] details", has_text="Signed in far from the order")
    await far.locator("summary").click()
    await far.locator("tbody code").first.click()
    event = page.locator("[data-drawer] li[aria-current=true]")
    await expect(event).to_have_count(1)
    await expect(event).to_be_in_viewport()


async def test_what_is_counted_for_grids_alone_is_no_missing_data_of_the_area(books: Site) -> None:
    page = await books.sign_in("manager", ROOM)
    tile = page.locator(".tiles li", has_text="Complaints per 10 000")
    await expect(tile).to_contain_text("counted for grids alone")
    await tile.get_by_role("button").click()
    await expect(page.locator("table[aria-labelledby=table-grid] tbody tr").first).to_be_visible()
    await expect(page.locator("#table-technician")).to_have_count(0)
    await view(page, "compare")
    rows = page.locator("table[aria-labelledby=compare-all] tbody th")
    await expect(rows.first).to_be_visible()
    assert "Utilisation" not in await rows.all_inner_texts(), "hours are counted for people"


async def test_contractors_and_grids_stand_side_by_side_and_the_way_back_keeps_the_choice(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&measure=satisfaction&view=compare")
    await page.get_by_role("combobox", name="Compare", exact=True).select_option("contractor")
    table = page.locator("table[aria-labelledby=beside]")
    await expect(table.locator("thead button")).to_have_count(3)
    await picture(page, "beside")
    firm = FIRMS[0]
    await table.locator("thead button", has_text=firm).click()
    await expect(page.locator("#behind-title")).to_contain_text(firm)
    people = page.locator("table[aria-labelledby=table-technician] tbody tr")
    await expect(people).to_have_count(len(range(0, PEOPLE, len(FIRMS))))  # nobody but the firm's people is left
    await page.go_back()
    await expect(table).to_be_visible()
    assert "measure=satisfaction" in page.url
    assert "side=contractor" in page.url


async def test_a_month_is_shown_under_the_rules_of_another_one(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&view=compare&other=2026-01")
    await page.get_by_role("combobox", name="Compare", exact=True).select_option("rules")
    await expect(page.get_by_text("Both months have the same rules.")).to_be_visible()
    database = Database(books.database_url)
    try:
        async with database.transaction() as session:
            area = (await session.scalars(select(ServiceArea))).one()
            limits = {"deductLate": 9, "deductHotline": 20, "repairSeconds": 7200}
            await add_policy(session, area.id, datetime(2027, 6, 1, tzinfo=UTC), limits, None)
    finally:
        await database.dispose()
    await page.goto(page.url.replace("other=2026-01", "other=2027-07"))
    await expect(page.get_by_text("They differ in: Late takes, Hotline or regulator takes.")).to_be_visible()
    await expect(page.get_by_text("cannot be tried on this month: the times that orders are judged by")).to_be_visible()
    moves = page.locator("table[aria-labelledby=beside-rules] tbody tr")
    await expect(moves.first).to_contain_text("Late −")
    await picture(page, "beside-rules")
    await tidy(page, "en")


async def test_a_ranking_has_its_target_and_the_raw_rate_beside_what_was_expected(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&measure=repaired_on_time")
    table = page.locator("table[aria-labelledby=table-technician]")
    row = table.locator("tbody tr", has_text="expected").first
    await expect(row.locator("td").nth(1)).to_have_text("≥ 95%")
    said = await row.locator("td").last.inner_text()
    found = re.search(r"(\d+) of (\d+) = ([\d.]+)%", said)
    assert found is not None, said
    assert abs(100 * int(found[1]) / int(found[2]) - float(found[3])) <= 0.05


async def test_the_way_back_stands_in_every_view_that_is_narrowed(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&measure=satisfaction")
    await page.locator("table[aria-labelledby=table-grid] tbody button").first.click()
    way = page.locator("main nav")
    name = await way.locator("button").nth(1).inner_text()
    for narrowed in ("faults", "hours", "voice", "outages", "compare"):
        await view(page, narrowed)
        await expect(way).to_contain_text(name)
    await way.locator("button").first.click()
    await expect(way).to_have_count(0)
    assert "view=compare" in page.url
    assert "measure=satisfaction" in page.url
    assert "grid=" not in page.url


async def test_the_way_back_says_no_scope_that_the_numbers_do_not_have(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&view=compare&contractor={FIRMS[0]}")
    way = page.locator("main nav")
    await expect(way).to_contain_text(FIRMS[0])
    await page.get_by_role("combobox", name="Compare", exact=True).select_option("rules")
    await expect(way).to_have_count(0)
    await view(page, "voice")
    await expect(page.locator("main section").first).to_be_visible()
    await expect(way).to_have_count(0)
    assert "contractor=" in page.url  # kept for the views that follow it
    await view(page, "overview")
    await page.locator("table[aria-labelledby=table-technician] tbody button").first.click()
    await expect(way.locator("strong")).to_be_visible()
    await view(page, "hours")
    await expect(way.locator("button")).to_have_count(1)  # hours are not asked by contractor
    await page.goto(re.sub(r"month=[\d-]+", "month=2025-06", page.url))
    await expect(page.get_by_role("combobox", name="Month")).to_have_value("2025-06")
    await expect(way.locator("strong")).to_have_text("Technician")


async def test_an_outage_of_the_month_leads_to_its_orders(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&view=outages")
    rows = page.locator("table[aria-labelledby=past] tbody tr")
    await expect(rows).to_have_count(1)
    await settled(page)
    minutes = await rows.first.locator("td").last.inner_text()
    assert minutes == await page.locator("table[aria-labelledby=reliability] tfoot td").nth(4).inner_text()
    await rows.first.get_by_role("button").click()
    story = page.locator("section[aria-labelledby=story]")
    await expect(story.locator("tbody tr").first).to_be_visible()
    assert "order=" in (await story.locator("tbody a").first.get_attribute("href") or "")
    await picture(page, "outage-story")


async def test_faults_of_a_type_keep_the_filter_and_every_sum_agrees(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&view=faults")
    heat = page.locator("table[aria-labelledby=heat] tbody tr")
    await expect(heat).to_have_count(7)
    await page.get_by_role("combobox", name="Fault").select_option("slow")
    await expect(page.locator("#heat")).to_contain_text("·")
    await settled(page)
    sums = [int(text) for text in await heat.locator("td:last-child").all_inner_texts()]
    total = await page.locator("table[aria-labelledby=faults-grid] tfoot td").first.inner_text()
    assert sum(sums) == int(total) > 0
    assert "fault=slow" in page.url
    again = page.locator("table[aria-labelledby=repeats] tbody tr")
    await expect(again.first).to_be_visible()
    assert "order=" in (await again.first.locator("a").first.get_attribute("href") or "")


async def test_a_word_and_a_reason_lead_to_quotes_in_which_nobody_is_named(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&view=voice")
    await expect(page.locator("table[aria-labelledby=drivers] tbody tr")).to_have_count(7)
    quotes = page.locator("#quotes").locator("xpath=..").locator("li")
    await expect(quotes.first).to_contain_text("•••")
    assert "13700" not in await page.locator("main").inner_text()
    await page.locator("table[aria-labelledby=reasons] tbody button").first.click()
    await expect(page.get_by_role("button", name="All quotes")).to_be_visible()
    assert "order=" in (await quotes.first.locator("a").get_attribute("href") or "")


async def test_a_grid_is_chosen_on_the_map_with_the_keyboard_alone(books: Site) -> None:
    page = await books.sign_in("manager", ROOM)
    shape = page.locator("svg[role=group] path").first
    await expect(shape).to_be_visible()
    await shape.focus()
    await page.keyboard.press("Enter")
    await expect(shape).to_have_attribute("aria-pressed", "true")
    assert "grid=" in page.url


async def test_the_lines_of_the_score_sum_up_to_the_score_on_the_tile(books: Site) -> None:
    page = await books.sign_in("manager", ROOM)
    tile = page.locator(".tiles li").first.locator("strong")
    total = page.locator("#behind tfoot td").first
    await expect(page.locator("#behind tbody tr").first).to_be_visible()
    await expect(page.locator("#behind-title")).to_have_text("Lines of the score: Whole area")
    shown = float((await tile.inner_text()).rstrip("▲▼"))
    assert abs(float(await total.inner_text()) - shown) <= 0.05


async def test_a_month_that_was_not_assessed_says_so(books: Site) -> None:
    page = await books.sign_in("manager", "/manager?month=2025-11")
    await expect(page.get_by_text("This month was not assessed yet.")).to_be_visible()


async def test_the_dishonest_one_is_shown_with_evidence_that_leads_to_orders_and_nobody_else_is(books: Site) -> None:
    page = await books.sign_in("manager", ROOM)
    flags = page.locator("section[aria-labelledby=flags-title]")
    found = flags.locator("summary")
    await expect(found.first).to_be_visible()
    names = {(await one.inner_text()).split(":")[0] for one in await found.all()}
    assert len(names) == 1
    await expect(flags).to_contain_text("The same photo for several orders")
    far = flags.locator("details", has_text="Signed in far from the order")
    await far.locator("summary").click()
    await expect(far.locator("tbody tr")).to_have_count(9)
    assert re.fullmatch(r"\d+ m", await far.locator("tbody td").first.inner_text())
    assert "order=" in (await far.locator("tbody a").first.get_attribute("href") or "")


async def test_the_parts_of_the_hours_sum_up_to_the_shifts(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&view=hours")
    rows = page.locator("table[aria-labelledby=hours] tbody tr")
    await expect(rows.first).to_be_visible()
    sums = [0.0] * 7
    for row in await rows.all():
        shown = [float(text.replace(",", "")) for text in await row.locator("td").all_inner_texts() if "%" not in text]
        shift, parts = shown[0], shown[1:6]
        assert abs(shift - sum(parts)) <= 0.3
        sums = [before + now for before, now in zip(sums, shown[:7], strict=True)]
    total = await page.locator("table[aria-labelledby=hours] tfoot td").all_inner_texts()
    for shown_sum, text in zip(sums, total, strict=False):
        assert abs(shown_sum - float(text.replace(",", ""))) <= 1.0


async def test_rules_are_tried_before_they_count_and_say_who_moves(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&view=rules")
    attempt = page.get_by_role("button", name="Try on February 2026")
    await expect(attempt).to_be_disabled()
    await page.get_by_role("spinbutton", name="Late takes").fill("9")
    await attempt.click()
    moves = page.locator("table[aria-labelledby=moves] tbody tr")
    await expect(moves.first).to_be_visible()
    await expect(moves.first).to_contain_text("Late −")
    await picture(page, "rules-tried")
    await expect(page.get_by_role("button", name="Put in force")).to_have_count(0)
    await page.get_by_role("button", name="Back to the rules in force").click()
    await expect(page.get_by_role("spinbutton", name="Late takes")).to_have_value("2")


async def test_a_month_is_closed_its_statements_issued_disputed_and_settled_and_reopened(books: Site) -> None:
    page = await books.sign_in("manager", "/manager?month=2026-01&view=settlement")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Draft the statements").click()
    rows = page.locator("table[aria-labelledby=statements] tbody tr")
    await expect(rows.first).to_be_visible()
    await page.get_by_role("button", name="Issue", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("2026-01 is not closed")
    await view(page, "closing")
    await page.get_by_role("button", name="Close the month").click()
    await expect(page.get_by_role("alert")).to_contain_text("may be appealed against until 2026-03-14 00:00")
    await published_earlier(books, date(2026, 1, 1), timedelta(days=7))
    await page.get_by_role("button", name="Close the month").click()
    await expect(page.locator("main").get_by_text("closed", exact=True)).to_be_visible()
    await view(page, "settlement")
    await page.get_by_role("button", name="Issue", exact=True).click()
    await expect(rows.first).to_contain_text("issued")
    total = await rows.first.locator("td").nth(4).inner_text()
    await rows.first.get_by_role("button").click()
    statement = page.locator("section[aria-labelledby=statement-title]")
    await expect(statement).to_contain_text(f"Total {total}")
    await picture(page, "statement")
    tables = statement.locator("table:not([aria-labelledby=part-borrowed])")
    amounts = await tables.locator("tbody td:last-child").all_inner_texts()
    assert sum(Decimal(one.replace(",", "")) for one in amounts) == Decimal(total.replace(",", ""))
    await statement.get_by_role("textbox").fill("an order is missing")
    await statement.get_by_role("button", name="Dispute").click()
    await expect(statement).to_contain_text("Disputed: an order is missing")
    await statement.get_by_role("textbox").fill("it stands in February")
    await statement.get_by_role("button", name="Settle").click()
    await expect(statement).to_contain_text("Judgement: it stands in February")
    await expect(rows.first).to_contain_text("settled")
    await view(page, "closing")
    await page.get_by_role("textbox").fill("a report was lost")
    await page.get_by_role("button", name="Reopen the month").click()
    await expect(page.locator("table[aria-labelledby=closings]")).to_contain_text("not shown to your role")
    inspector = await books.sign_in("inspector", "/manager?month=2026-01&view=closing")
    await expect(inspector.locator("table[aria-labelledby=closings]")).to_contain_text("a report was lost")
    assert books.errors == []


async def test_who_reads_no_reports_is_sent_away(books: Site) -> None:
    page = await books.sign_in("agent", "/manager")
    await expect(page).not_to_have_url(re.compile("/manager"))


async def test_an_answer_that_does_not_come_is_said_and_asked_for_again(books: Site) -> None:
    page = await books.sign_in("manager", ROOM)
    await expect(page.locator("#table-grid")).to_be_visible()
    await page.route("**/reports/2026-02/hours", lambda route: route.abort())
    await page.locator("nav.views a").nth(VIEWS.index("hours")).click()
    alert = page.locator("main [role=alert]")
    await expect(alert).to_be_visible()
    await picture(page, "no-answer")
    await page.unroute("**/reports/2026-02/hours")
    await alert.get_by_role("button").click()
    await expect(page.locator("table[aria-labelledby=hours] tbody tr").first).to_be_visible()
    await expect(alert).to_have_count(0)
