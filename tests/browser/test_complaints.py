"""Complaints on the desk and in the console: taken, answered, supervised and judged, in both languages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Site, settled
from tests.browser.hands import rows, tidy
from tests.databases import ROOT

pytestmark = pytest.mark.browser
PICTURES = Path(os.environ.get("SCREENS") or ROOT / ".data" / "screens")


async def looked_at(page: Page, name: str) -> None:
    await settled(page)
    await tidy(page, name)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


async def test_from_the_desk_to_the_managers_judgement(site: Site) -> None:
    page = await site.sign_in("agent", "/desk")
    await page.get_by_role("button", name="Complaints").click()
    await expect(page.get_by_text("No complaint.")).to_be_visible()
    await page.get_by_role("button", name="Take a complaint").click()
    form = page.get_by_role("form", name="Take a complaint")
    await form.get_by_label("Source").select_option("hotline")
    await form.get_by_label("Their number").fill("12345-77")
    await form.get_by_label("What is complained about").fill("Nobody came for three days.")
    await form.get_by_label("What is complained about").press("Tab")
    await page.keyboard.press("Enter")
    card = page.locator("[data-complaint]")
    await expect(card).to_contain_text("Nobody came for three days.")
    await card.get_by_role("button", name="Acknowledge").click()
    await expect(card).to_have_attribute("data-status", "acknowledged")
    manager = await site.sign_in("manager", "/desk")
    await manager.get_by_role("button", name="Complaints").click()
    await manager.locator("[data-complaint]").get_by_role("button", name="Supervise").click()
    await manager.get_by_label("Question").fill("Why?")
    await manager.get_by_role("form", name="Supervise").get_by_role("button", name="Supervise").click()
    await expect(manager.locator("[data-supervision]").first).to_contain_text("Answer by")
    await card.get_by_role("button", name="Answer").click()
    await page.get_by_role("form", name="Answer").get_by_label("Answer").fill("We are sorry.")
    await page.get_by_role("form", name="Answer").get_by_role("button", name="Answer").click()
    await expect(card).to_have_attribute("data-status", "answered")
    asked = page.locator("[data-supervision]").first
    await asked.get_by_role("button", name="Answer").click()
    await page.get_by_role("form", name="Answer").get_by_label("Answer").fill("No cable.")
    await page.get_by_role("form", name="Answer").get_by_role("button", name="Answer").click()
    await expect(asked).to_contain_text("Answer: No cable.")
    await card.get_by_role("button", name="Details").click()
    await expect(card.locator("ol")).to_contain_text("Acknowledged")
    await looked_at(page, "complaints-en-desk")
    await manager.reload()
    await manager.get_by_role("button", name="Complaints").click()
    await manager.locator("[data-supervision]").first.get_by_role("button", name="Judge").click()
    await manager.get_by_role("form", name="Judge").get_by_label("Judgement").fill("Order more.")
    await manager.get_by_role("form", name="Judge").get_by_role("button", name="Judge").click()
    await expect(manager.get_by_text("No supervision is open.")).to_be_visible()
    await manager.locator("[data-complaint]").get_by_role("button", name="Decide").click()
    await manager.get_by_role("form", name="Decide").get_by_label("Reason").fill("It was so.")
    await manager.get_by_role("form", name="Decide").get_by_role("button", name="Decide").click()
    await expect(manager.locator("[data-complaint]")).to_have_attribute("data-status", "rectifying")
    await manager.locator("[data-complaint]").get_by_role("button", name="Hand over").click()
    await expect(manager.get_by_label("Who owns it from now on")).to_be_focused()
    await manager.get_by_label("Who owns it from now on").select_option(index=1)
    await manager.keyboard.press("Tab")
    await manager.keyboard.press("Enter")
    await expect(manager.get_by_text("belongs to")).to_be_visible()
    await manager.locator("[data-complaint]").get_by_role("button", name="Link").click()
    link = manager.get_by_role("form", name="Link")
    await link.get_by_label("Number of the order").fill("NOPE-1")
    await link.get_by_role("button", name="Link").click()
    await expect(link.get_by_text("There is no order NOPE-1 here.")).to_be_visible()
    await link.get_by_label("Number of the order").fill("TOWN-000001")
    await link.get_by_label("What to link").select_option("event")
    await expect(link.get_by_role("combobox", name="Event", exact=True)).to_be_visible()
    await looked_at(manager, "complaint-link-en-desk")
    await link.get_by_role("combobox", name="Event", exact=True).select_option(index=1)
    await link.get_by_role("button", name="Link").click()
    await expect(link).to_have_count(0)
    await manager.locator("[data-complaint]").get_by_role("button", name="Details").click()
    await expect(manager.locator("[data-complaint] ul")).to_contain_text("TOWN-000001")
    assert site.errors == []


async def test_a_file_of_complaints_is_looked_at_then_brought_in_and_says_what_it_refused(
    site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "hotline.csv"
    file.write_text(
        "工单编号,受理时间,诉求标题,诉求内容,诉求人,联系电话,关联工单,来源,紧急程度,办理期限\n"
        "R1,2026-03-09 09:00,无人上门,报修三天无人上门,王女士,13900000001,TOWN-000001,12345热线,紧急,\n"
        "R2,2026-03-09 09:30,态度差,,,,NOPE-9,12345,一般,\n",
        encoding="utf-8",
    )
    page = await site.sign_in("manager", "/desk")
    await page.get_by_role("button", name="Complaints").click()
    await page.get_by_role("button", name="Bring in a file").click()
    form = page.get_by_role("form", name="Bring in a file")
    await form.locator("input[type=file]").set_input_files(file)
    await form.get_by_role("button", name="Look only").click()
    await expect(form.get_by_text("2 rows: 1 would be taken, 0 are in the ledger already, 1 cannot be")).to_be_visible()
    await expect(form.locator("li")).to_contain_text("There is no order NOPE-9 here")
    await form.get_by_role("button", name="Bring in", exact=True).click()
    await expect(form.get_by_text("2 rows: 1 taken")).to_be_visible()
    await looked_at(page, "complaints-import-en-desk")
    await expect(page.locator("[data-complaint]", has_text="TOWN-000001")).to_be_visible()
    assert site.errors == []


async def test_an_order_shows_its_complaint_in_the_console(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await rows(page).first.click()
    drawer = page.locator(".panel-side")
    await drawer.get_by_role("button", name="Take a complaint").click()
    await drawer.get_by_label("What is complained about").fill("Too late again.")
    await drawer.get_by_role("form", name="Take a complaint").get_by_role("button", name="Take a complaint").click()
    await expect(drawer.locator("[data-complaint]")).to_contain_text("Too late again.")
    await expect(drawer.locator("ol").last).to_contain_text("Complaint")
    await looked_at(page, "complaint-order-en-desk")
    assert site.errors == []


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_ledger_in_both_languages_and_sizes(site: Site, locale: str, size: dict[str, int]) -> None:
    kind = "phone" if size is PHONE else "desk"
    page = await site.sign_in("manager", "/desk", size=size, locale=locale)
    await page.get_by_role("button", name="投诉台账" if locale == "zh-CN" else "Complaints").click()
    await expect(page.locator("[data-complaint]").first).to_be_visible()
    await (
        page.locator("[data-complaint]")
        .first.get_by_role("button", name="详情" if locale == "zh-CN" else "Details")
        .click()
    )
    await expect(page.locator("[data-complaint] ol").first).to_be_visible()
    await looked_at(page, f"complaints-list-{locale[:2]}-{kind}")
    assert site.errors == []
    assert site.foreign == []
