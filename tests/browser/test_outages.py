"""An outage in the console: proposed by the program, confirmed in two clicks, read out at intake, ended and called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from dispatch.orders.reporting import Report, SubscriberGiven, report
from grids.models import ServiceArea
from kit.actor import SYSTEM
from kit.db import Database
from tests.browser.conftest import DESK, PHONE, Site, settled
from tests.browser.hands import tidy
from tests.databases import ROOT

pytestmark = pytest.mark.browser
PICTURES = Path(os.environ.get("SCREENS") or ROOT / ".data" / "screens")


async def looked_at(page: Page, name: str) -> None:
    await settled(page)
    await tidy(page, name)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


async def three_call(site: Site, node: str) -> None:
    """Three subscribers of a node report; the worker finds out by itself."""
    database = Database(site.database_url)
    async with database.transaction() as session:
        area = (await session.scalars(select(ServiceArea))).one()
        for number in range(3):
            who = SubscriberGiven(f"Voice {number} of {node}", (f"1390000{number}{hash(node) % 1000:03d}",))
            given = Report(fault_type="no_service", subscriber=who, network_node=node, address="人民路 4号")
            await report(session, SYSTEM, area, given)
    await database.dispose()


async def list_of(page: Page) -> None:
    await expect(page.locator("#panel-orders [data-order]").first).to_be_visible()
    await page.locator("[data-queue=outages]").click()


async def test_two_clicks_confirm_what_was_proposed_and_it_ends_with_calls(site: Site) -> None:
    await three_call(site, "OLT-77")
    page = await site.sign_in("dispatcher", draws=False)
    await list_of(page)
    card = page.locator("[data-outage]", has_text="OLT-77")
    await expect(card).to_have_attribute("data-status", "suspected")
    await expect(card).to_contain_text("3 reports")
    await card.get_by_role("button", name="Confirm…").click()
    await expect(card.get_by_role("button", name="Confirm the outage")).to_be_focused()
    await looked_at(page, "outage-confirm-en-desk")
    await page.keyboard.press("Enter")
    await expect(card).to_have_attribute("data-status", "confirmed")
    await expect(card).to_contain_text("3 orders muted")
    await expect(card).to_contain_text("Crew order")
    await three_call(site, "OLT-77")
    await expect(card).to_contain_text("6 orders muted")
    await card.get_by_role("button", name="Move the end…").click()
    await card.locator("input[type=datetime-local]").fill("2026-03-10T23:30")
    await card.get_by_role("button", name="Move and tell everybody").click()
    await expect(card).to_contain_text("Expected end 23:30")
    await card.get_by_role("button", name="Add orders…").click()
    add = card.get_by_role("form", name="Add the orders")
    await add.get_by_label("Numbers of the orders").fill("TOWN-000015, NOPE-1")
    await page.keyboard.press("Enter")
    await expect(add.get_by_text("There is no order NOPE-1 here.")).to_be_visible()
    await looked_at(page, "outage-add-en-desk")
    await add.get_by_label("Numbers of the orders").fill("TOWN-000015")
    await page.keyboard.press("Enter")
    await expect(card).to_contain_text("7 orders muted")
    await card.get_by_role("button", name="It is over…").click()
    await card.get_by_role("button", name="It is over: tell everybody").click()
    await expect(card).to_have_attribute("data-status", "restored")
    await card.get_by_role("button", name="Details").click()
    await card.get_by_role("button", name="Still broken").first.click()
    await expect(card).to_contain_text("1 of 5 called")
    await expect(card).to_contain_text("1 still broken")
    await looked_at(page, "outage-restored-en-desk")
    assert site.errors == []


async def test_a_drawn_area_is_known_to_the_agent_who_takes_a_report(site: Site) -> None:
    page = await site.sign_in("dispatcher", draws=True)
    await list_of(page)
    await page.get_by_role("button", name="New outage").click()
    await page.get_by_role("button", name="Draw an area").click()
    canvas = page.locator(".map canvas")
    await expect(page.locator(".map[data-drawn=true]")).to_be_visible()
    box = await canvas.bounding_box()
    assert box is not None
    for x, y in ((0.03, 0.17), (0.93, 0.17), (0.78, 0.97), (0.2, 0.97)):
        await page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    await page.locator(".map .pick").get_by_role("button", name="Done, 4 corners").click()
    await page.get_by_role("button", name="Make the outage").click()
    card = page.locator("[data-outage]", has_text="Made by hand")
    await expect(card).to_have_attribute("data-status", "confirmed")
    await looked_at(page, "outage-drawn-en-desk")
    agent = await site.sign_in("agent")
    await expect(agent.locator("#panel-orders [data-order]").first).to_be_visible()
    await agent.keyboard.press("n")
    await agent.locator("input[name=phone]").fill("13912340000")
    await agent.locator("select[name=fault]").select_option("slow")
    await agent.get_by_label("Address").fill("人民路 4号")
    await expect(agent.locator("#report-addresses li").first).to_be_visible()
    await agent.keyboard.press("ArrowDown")
    await agent.keyboard.press("Enter")
    await expect(agent.locator(".field .good")).to_be_visible()
    await expect(agent.locator("[data-known-outage]")).to_contain_text("expected to end by")
    await looked_at(agent, "outage-script-en-desk")
    assert site.errors == []


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_proposal_in_both_languages_and_sizes(site: Site, locale: str, size: dict[str, int]) -> None:
    kind = "phone" if size is PHONE else "desk"
    await three_call(site, f"OLT-{locale[:2]}-{kind}")
    page = await site.sign_in("dispatcher", size=size, locale=locale)
    await list_of(page)
    card = page.locator("[data-outage]", has_text=f"OLT-{locale[:2]}-{kind}")
    await expect(card).to_have_attribute("data-status", "suspected")
    await card.locator(".buttons button").last.click()
    await expect(card.locator("ol")).to_be_visible()
    await looked_at(page, f"outages-{locale[:2]}-{kind}")
    assert site.errors == []
    assert site.foreign == []
