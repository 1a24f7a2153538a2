"""What is taken away and what is taken back: files of the lists, a sickness that was none, a published plan."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.hands import a_movable_visit, holder, open_timeline

pytestmark = pytest.mark.browser


async def kept_file(page: Page, tmp_path: Path, name: str) -> tuple[str, list[dict[str, str]]]:
    """The file behind the only link of this name, and its rows."""
    async with page.expect_download() as begun:
        await page.get_by_role("link", name=name, exact=True).click()
    download = await begun.value
    await download.save_as(tmp_path / "kept.csv")
    text = (tmp_path / "kept.csv").read_bytes().decode("utf-8-sig")
    return download.suggested_filename, list(csv.DictReader(io.StringIO(text, newline="")))


async def test_the_list_and_the_scores_are_kept_as_files_in_the_pages_language(site: Site, tmp_path: Path) -> None:
    page = await site.sign_in("dispatcher")
    await page.locator("[data-queue='unassigned']").click()
    await expect(page.locator("[data-queue='unassigned'] .number")).to_have_text(re.compile(r"^\d+$"))
    shown = int(await page.locator("[data-queue='unassigned'] .number").inner_text())
    _, rows = await kept_file(page, tmp_path, "Export")
    assert len(rows) == shown > 0
    assert {row["Technician"] for row in rows} == {""}
    manager = await site.sign_in("manager", "/?tab=scores")
    await manager.get_by_role("button", name="中文").click()
    name, scores = await kept_file(manager, tmp_path, "导出")
    assert name.startswith("考核 town")
    assert {row["考核对象"] for row in scores} >= {"装维人员", "网格"}


async def test_a_sickness_stands_in_the_timeline_until_its_repair_is_put_aside(site: Site) -> None:
    page = await open_timeline(site)
    # An accepted one: what nobody accepts in time is given to somebody else by the sweep.
    visit = page.locator("[data-visit].movable[aria-label*='Accepted']").first
    order = await visit.get_attribute("data-visit") or ""
    sick = await holder(page, order)
    row = f"[data-technician='{sick}']"
    await page.locator(row).get_by_role("rowheader").click()
    name = await page.locator("#technician-title").inner_text()
    await page.get_by_role("button", name="Cannot work").click()
    repair = page.get_by_role("form", name="Repair the day")
    await repair.get_by_label("Technicians").fill("40")
    await repair.get_by_label("Visits").fill("200")
    await repair.get_by_label("Seconds to search").fill("2")
    await repair.get_by_role("button", name="Repair", exact=True).click()
    await expect(page.get_by_role("button", name="Publish everything")).to_be_visible(timeout=90_000)
    other = await open_timeline(site, "manager")
    for one in (page, other):
        await expect(one.locator(f"{row} .away")).to_have_text("Sick")
    await page.get_by_role("button", name="Discard").click()
    await expect(page.locator(".said")).to_contain_text(f"At work again: {name}")
    for one in (page, other):
        await expect(one.locator(f"{row} .away")).to_have_count(0)
    await other.reload()
    await expect(other.locator(f"{row} [data-visit='{order}']")).to_be_visible()
    await expect(other.locator(f"{row} .away")).to_have_count(0)


async def test_a_published_plan_is_taken_back_and_what_was_touched_is_named(site: Site) -> None:
    page = await open_timeline(site)
    visit, order = await a_movable_visit(page)
    number = await visit.get_attribute("aria-label") or ""
    await visit.click()
    await page.get_by_role("button", name="Move…").click()
    menu = page.get_by_role("form", name="Move")
    here = await holder(page, order)
    await menu.get_by_label("Technician").select_option(here)
    await expect(menu.get_by_role("button", name="Move here")).to_be_enabled()
    await menu.get_by_role("button", name="Move here").click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Plan the day").click()
    await page.get_by_role("button", name="Take the published plan back").click()
    await page.get_by_role("button", name="Take it back").click()
    await expect(page.locator(".said")).to_contain_text("The plan is taken back")
    left = page.get_by_role("status").filter(has_text="Left as they are")
    await expect(left.get_by_role("button").first).to_be_visible()
    assert any(text in number for text in await left.get_by_role("button").all_inner_texts())
