"""The manager's room on paper: the whole ranking, every column, nothing that is still being read."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Site, settled

pytestmark = pytest.mark.browser
ROOM = "/manager?month=2026-02"


async def test_the_bulletin_prints_every_row_and_every_column(books: Site, tmp_path: Path) -> None:
    page = await books.sign_in("manager", f"{ROOM}&view=bulletin&lang=zh", size={"width": 794, "height": 1123})
    await expect(page.locator("table[aria-labelledby=bulletin-technician] tbody tr").first).to_be_visible()
    await settled(page)
    await page.emulate_media(media="print")
    cut = """[...document.querySelectorAll('main th, main td')].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.right > document.documentElement.clientWidth + 1 || box.width === 0 || box.height === 0;
    }).length"""
    assert await page.evaluate(cut) == 0
    for hidden in await page.locator("header button, header select, nav.views").all():
        await expect(hidden).to_be_hidden()
    folder = Path(os.environ["SCREENS"]) if os.environ.get("SCREENS") else tmp_path
    file = folder / "manager-bulletin.pdf"
    await page.pdf(path=file, format="A4", print_background=True, prefer_css_page_size=True)
    content = file.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 1


async def test_paper_shows_what_the_screen_showed(books: Site) -> None:
    """A chart drawn for the screen is not cut on the narrower paper, boxes do not overlap, sums stand at the end."""
    page = await books.sign_in("manager", f"{ROOM}&view=saved")
    await page.add_init_script("window.ResizeObserver = class { observe() {} disconnect() {} }")  # as on paper
    await page.goto(f"{books.url}{ROOM}&view=hours")
    await expect(page.locator(".chart svg")).to_be_visible()
    await settled(page)
    await page.emulate_media(media="print")
    await page.set_viewport_size({"width": 700, "height": 1000})
    right = "(one) => one.getBoundingClientRect().right"
    assert await page.locator(".chart svg").evaluate(right) <= await page.locator("main").evaluate(right)
    width, height = await page.locator(".chart svg").evaluate(
        "(one) => [one.getBoundingClientRect().width, one.getBoundingClientRect().height]"
    )
    assert width > 600
    assert height > 60
    display = "(one) => getComputedStyle(one).display"
    assert await page.locator("table[aria-labelledby=hours] tfoot").evaluate(display) == "table-row-group"
    assert await page.locator(".said").evaluate(display) == "none"
    await page.goto(f"{books.url}{ROOM}&view=faults")
    await expect(page.locator(".two").first).to_be_visible()
    assert await page.locator(".two").first.evaluate(display) == "block"


async def test_nothing_is_printed_before_it_is_there(books: Site) -> None:
    page = await books.sign_in("manager", f"{ROOM}&view=saved")
    held: asyncio.Queue[Route] = asyncio.Queue()
    await page.route("**/reports/2026-02/hours", lambda route: held.put_nowait(route))
    await page.locator("nav.views a", has_text="Hours").click()
    asked = await held.get()
    await expect(page.locator("main [role=status]")).to_be_visible()
    counted = "document.body.dataset.printed = document.querySelectorAll('main tbody tr').length"
    await page.evaluate(f"void (window.print = () => {{ {counted}; }})")
    await page.get_by_role("button", name="Print").click()
    await expect(page.locator("body")).not_to_have_attribute("data-printed", re.compile(""))
    await asked.continue_()
    await expect(page.locator("body")).to_have_attribute("data-printed", re.compile("^[1-9]"))


async def test_a_long_ranking_comes_page_by_page_and_is_printed_whole(books: Site) -> None:
    page = await books.sign_in("manager", ROOM)

    async def short(route: Route) -> None:
        await route.continue_(url=route.request.url.replace("limit=50", "limit=3"))

    await page.route("**/ranked?*", short)
    await page.reload()
    rows = page.locator("table[aria-labelledby=table-technician] tbody tr")
    await expect(rows).to_have_count(3)
    section = page.locator("section", has=page.locator("#table-technician"))
    all_of_them = int(re.findall(r"3 of (\d+)", await section.get_by_text("are shown").inner_text())[0])
    assert all_of_them > 6
    await section.get_by_role("button", name="More", exact=True).click()
    await expect(rows).to_have_count(6)
    await page.evaluate(
        "void (window.print = () => { document.body.dataset.printed = document.querySelectorAll("
        "'table[aria-labelledby=table-technician] tbody tr').length; })"
    )
    await page.get_by_role("button", name="Print").click()
    await expect(page.locator("body")).to_have_attribute("data-printed", str(all_of_them))
    await expect(section.get_by_role("button", name="More", exact=True)).to_have_count(0)
    names = await rows.locator("th").all_inner_texts()
    assert len(set(names)) == all_of_them
