"""The manager's room on the town's month: each number leads down to its orders, and the way back keeps filters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, PHONE, Site, settled
from tests.browser.hands import tidy

pytestmark = pytest.mark.browser
ROOM = "/manager?month=2026-03"


async def picture(page, name: str) -> None:
    """Keep the page as a picture where `SCREENS` says where."""
    if os.environ.get("SCREENS"):
        await page.screenshot(path=Path(os.environ["SCREENS"]) / f"manager-{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_room_fits_is_clean_and_prints(site: Site, language: str, size: dict[str, int]) -> None:
    page = await site.sign_in("manager", f"{ROOM}&lang={language}", size=size)
    await expect(page.locator("main table").first).to_be_visible()
    await settled(page)
    await picture(page, f"{language}-{size['width']}")
    await tidy(page, language)
    await page.emulate_media(media="print")
    wide = "[...document.querySelectorAll('main table')].every((one) => one.scrollWidth <= document.body.scrollWidth)"
    if size is DESK:
        assert await page.evaluate(wide)
    await expect(page.locator("main table").first).to_be_visible()
    assert (site.errors, site.foreign) == ([], [])


async def test_a_number_leads_down_to_its_orders_and_the_way_back_keeps_the_filter(site: Site) -> None:
    page = await site.sign_in("manager", ROOM)
    await page.get_by_role("combobox", name="Indicator").select_option("acceptance_on_time")
    grids = page.locator("section", has=page.locator("#table-grid"))
    first = grids.locator("tbody tr").first.get_by_role("button")
    name = await first.inner_text()
    await first.click()
    await expect(page.locator("nav")).to_contain_text(name)
    await expect(page.locator("#behind-title")).to_contain_text(name)
    assert "measure=acceptance_on_time" in page.url
    people = page.locator("section", has=page.locator("#table-technician"))
    busy = people.locator("tbody tr", has_text="of").first.get_by_role("button")
    who = await busy.inner_text()
    await busy.click()
    await expect(page.locator("#behind-title")).to_contain_text(who)
    order = page.locator("#behind a").first
    await expect(order).to_be_visible()
    assert "order=" in (await order.get_attribute("href") or "")
    await page.go_back()
    await expect(page.locator("#behind-title")).to_contain_text(name)
    assert "measure=acceptance_on_time" in page.url


async def test_a_grid_is_chosen_on_the_map_with_the_keyboard_alone(site: Site) -> None:
    page = await site.sign_in("manager", ROOM)
    shape = page.locator("svg[role=group] path").first
    await expect(shape).to_be_visible()
    await shape.focus()
    await page.keyboard.press("Enter")
    await expect(shape).to_have_attribute("aria-pressed", "true")
    assert "grid=" in page.url


async def test_the_lines_of_the_score_sum_up_to_the_score_on_the_tile(site: Site) -> None:
    page = await site.sign_in("manager", ROOM)
    tile = page.locator(".tiles li").first.locator("strong")
    total = page.locator("#behind tfoot td").first
    await expect(page.locator("#behind tbody tr").first).to_be_visible()
    shown = float((await tile.inner_text()).rstrip("▲▼"))
    assert abs(float(await total.inner_text()) - shown) <= 0.05


async def test_a_month_that_was_not_assessed_says_so(site: Site) -> None:
    page = await site.sign_in("manager", "/manager?month=2025-11")
    await expect(page.get_by_text("This month was not assessed yet.")).to_be_visible()
