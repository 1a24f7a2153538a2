"""Limits that are watched and views that are kept, in the manager's room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from dispatch.reports.watching.models import SavedView
from kit.db import Database
from tests.browser.conftest import DESK, PHONE, Site, settled
from tests.browser.hands import tidy

pytestmark = pytest.mark.browser
ROOM = "/manager?month=2026-02"


async def picture(page: Page, name: str) -> None:
    """Keep the page as a picture where `SCREENS` says where."""
    if os.environ.get("SCREENS"):
        await page.screenshot(path=Path(os.environ["SCREENS"]) / f"manager-{name}.png", full_page=True)


async def test_a_limit_is_named_and_removed(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&view=alerts", size=DESK)
    await page.locator("summary", has_text="Watch a limit").click()
    form = page.locator("form.form")
    await form.locator("select").nth(0).select_option("repaired_on_time")
    await form.locator("select").nth(1).select_option(index=1)
    await form.locator("select").nth(2).select_option(label="below")
    await form.get_by_label("Limit, %").fill("95")
    await form.get_by_label("Name").fill("Late repairs of everybody who works for the contractor in the west, by month")
    await settled(page)
    await picture(page, "alerts-form")
    await tidy(page, "form")
    await form.get_by_role("button", name="Watch a limit").click()
    row = page.locator("table[aria-labelledby=watched] tbody tr", has_text="Late repairs")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("below 95%")
    await expect(row.locator(".tag")).to_have_text("not checked yet")
    told = page.locator("table[aria-labelledby=alerts]")
    for table in (told, page.locator("table[aria-labelledby=watched]")):
        assert await table.evaluate("(one) => one.parentElement.scrollWidth <= one.parentElement.clientWidth")
    await tidy(page, "rule")
    await row.get_by_role("button", name="Remove").click()
    await expect(row).to_have_count(0)


async def test_an_alert_says_value_and_limit_and_is_acknowledged(books: Site) -> None:
    for language, size in (("en", DESK), ("en", PHONE), ("zh", DESK), ("zh", PHONE)):
        page = await books.sign_in("manager", f"{ROOM}&view=alerts&lang={language}", size=size)
        await expect(page.locator("table[aria-labelledby=alerts] tbody tr")).to_have_count(1)
        await settled(page)
        await picture(page, f"alerts-{language}-{size['width']}")
        await tidy(page, f"alerts {language}")
    page = await books.sign_in("manager", f"{ROOM}&view=alerts", size=DESK)
    row = page.locator("table[aria-labelledby=alerts] tbody tr")
    await expect(row).to_contain_text("above 1")
    tab = page.get_by_role("link", name="Alerts")
    await expect(tab).to_have_accessible_name("Alerts (1 not acknowledged)")
    await row.locator("input").fill("Two more vans tomorrow.")
    await row.get_by_role("button", name="Acknowledge").click()
    await expect(row).to_contain_text("Two more vans tomorrow.")
    await expect(row.get_by_role("button")).to_have_count(0)
    await expect(tab).to_have_accessible_name("Alerts")
    await tidy(page, "acknowledged")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_view_is_kept_scheduled_and_leads_back_with_its_filters(
    books: Site, language: str, size: dict[str, int]
) -> None:
    page = await books.sign_in("manager", f"{ROOM}&measure=satisfaction&view=compare&lang={language}", size=size)
    keep, change, mailed = (
        ("Keep this view", "Name, sharing, schedule", "Save")
        if language == "en"
        else ("保存当前视图", "名称、共享与定期发送", "保存")
    )
    name = f"Satisfaction {language} {size['width']}"
    await page.get_by_role("button", name=keep).click()
    await page.get_by_role("dialog").locator("input").fill(name)
    await page.get_by_role("dialog").get_by_role("button", name=keep).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.locator("nav.views a").last.click()
    row = page.locator("ul[aria-labelledby=saved] > li", has_text=name)
    await row.get_by_role("button", name=change).click()
    await row.locator("select").select_option("weekly")
    await row.get_by_label("Weekday" if language == "en" else "星期").select_option("3")
    await row.locator("input[type=email]").fill("mona@example.com")
    await settled(page)
    await picture(page, f"saved-{language}-{size['width']}")
    await tidy(page, f"schedule {language}")
    await row.get_by_role("button", name=mailed, exact=True).click()
    await expect(row.locator("form")).to_have_count(0)
    await expect(row.locator(".tag")).to_have_count(1)
    await row.get_by_role("link", name=name).click()
    await expect(page.locator("nav.views a[aria-current=page]")).to_have_count(1)
    assert "view=compare" in page.url
    assert "measure=satisfaction" in page.url
    assert (books.errors, books.foreign) == ([], [])


async def test_what_was_stopped_says_why_and_goes_on_with_one_press(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&measure=satisfaction&view=compare")
    await page.get_by_role("button", name="Keep this view").click()
    await page.get_by_role("dialog").locator("input").fill("Stopped")
    await page.get_by_role("dialog").get_by_role("button", name="Keep this view").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.locator("nav.views a").last.click()
    row = page.locator("ul[aria-labelledby=saved] > li", has_text="Stopped")
    await row.get_by_role("button", name="Name, sharing, schedule").click()
    await row.locator("select").select_option("weekly")
    await row.locator("input[type=email]").fill("mona@example.com")
    await row.get_by_role("button", name="Save", exact=True).click()
    await expect(row.locator(".tag")).to_have_text("weekly")
    database = Database(books.database_url)
    try:
        async with database.transaction() as session:
            await session.execute(update(SavedView).where(SavedView.name == "Stopped").values(stopped="account"))
    finally:
        await database.dispose()
    await page.reload()
    await expect(row.locator(".tag")).to_have_text("stopped: the account could not sign in")
    await settled(page)
    await picture(page, "saved-stopped")
    await tidy(page, "stopped")
    await row.get_by_role("button", name="Send again").click()
    await expect(row.locator(".tag")).to_have_text("weekly")
