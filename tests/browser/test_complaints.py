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
