"""The call-back desk by keyboard alone: a call, one that is not finished, and the board."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Site, settled
from tests.browser.hands import tidy
from tests.databases import ROOT

pytestmark = pytest.mark.browser
PICTURES = Path(os.environ.get("SCREENS") or ROOT / ".data" / "screens")


async def looked_at(page: Page, name: str) -> None:
    """Axe finds nothing on the page, and its picture lies beside those of the other pages."""
    await settled(page)
    await tidy(page, name)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


async def ready(page: Page) -> None:
    await expect(page.get_by_role("button", name="Next call")).to_be_visible()
    await expect(page.locator("header .day")).to_be_visible()


async def test_a_half_done_call_is_there_after_a_reload_and_a_call_takes_eight_keys(site: Site) -> None:
    page = await site.sign_in("agent", "/desk")
    await ready(page)
    await page.keyboard.press("n")
    await expect(page.get_by_role("heading", name="Story of the order")).to_be_visible()
    for digit in "111":
        await page.keyboard.press(digit)
    await expect(page.get_by_role("group", name="How was the technician's manner?")).to_be_visible()
    await looked_at(page, "desk-call-en-desk")
    await page.reload()
    await expect(page.get_by_role("group", name="Is it solved?").get_by_role("button", name="Yes")).to_have_attribute(
        "aria-pressed", "true"
    )
    for digit in "551":
        await page.keyboard.press(digit)
    await expect(page.get_by_role("button", name="Record the call")).to_be_enabled()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("is closed: satisfied")).to_be_visible()
    await expect(page.locator("header .day")).to_contain_text("1 call, 1 reached")
    mine = page.get_by_role("region", name="Your calls today")
    await expect(mine.get_by_role("listitem")).to_have_count(1)
    await expect(mine).to_contain_text("Very satisfied")
    await page.keyboard.press("n")
    await expect(page.get_by_text("Nobody is to be called now.")).to_be_visible()
    assert site.errors == []


@pytest.mark.parametrize(("locale", "board"), [("en-GB", "Coverage today"), ("zh-CN", "今日回访覆盖率")])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_board_and_the_desk_in_both_languages_and_sizes(
    site: Site, locale: str, board: str, size: dict[str, int]
) -> None:
    kind = "phone" if size is PHONE else "desk"
    page = await site.sign_in("manager", "/desk", size=size, locale=locale)
    await expect(page.get_by_text(board)).to_be_visible()
    await looked_at(page, f"desk-board-{locale[:2]}-{kind}")
    page = await site.sign_in("agent", "/desk", size=size, locale=locale)
    await expect(page.locator("main button.primary")).to_be_visible()
    await expect(page.locator("main tbody tr")).to_have_count(3)
    await looked_at(page, f"desk-empty-{locale[:2]}-{kind}")
    assert site.errors == []
    assert site.foreign == []
