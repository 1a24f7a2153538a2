"""The timeline with mouse and keyboard only: what was moved is there after a reload, for somebody else too."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.browser.hands import (
    TIMES,
    a_movable_visit,
    belongs,
    grid,
    hold_over,
    holder,
    middle,
    move_to,
    open_timeline,
    plan_again,
    somebody_else,
)

pytestmark = pytest.mark.browser


async def test_a_visit_is_dragged_at_the_price_that_was_shown_and_taken_back(site: Site) -> None:
    page = await open_timeline(site)
    visit, order = await a_movable_visit(page)
    before = await holder(page, order)
    await hold_over(page, visit, await somebody_else(page, before))
    # On to the first who may take it: hard rules stand in the way of some.
    rows = page.locator("[data-technician]")
    for number in range(await rows.count()):
        if await rows.nth(number).get_attribute("data-technician") == before:
            continue
        x, y = await middle(rows.nth(number).get_by_role("rowheader"))
        await page.mouse.move(x, y)
        await expect(rows.nth(number)).to_have_class(re.compile(r"\btarget\b"))
        await expect(page.locator(".held .price")).to_be_visible()
        if not await page.locator(".held .price.no").count():
            break
    whom = await rows.nth(number).get_attribute("data-technician") or ""
    await expect(page.locator(".held .price")).to_contain_text("min driving")
    times = TIMES.search(await page.locator(".held .facts").inner_text())
    assert times is not None
    await page.mouse.up()
    await expect(page.locator(".said")).to_contain_text("goes to")
    await belongs(page, order, whom)
    start, end = times.group().split("–")
    other = await open_timeline(site, "manager")
    await belongs(other, order, whom)
    await expect(other.locator(f"[data-visit='{order}']")).to_have_attribute(
        "aria-label", re.compile(f"{start} to {end}")
    )
    await page.get_by_role("button", name="Undo").last.click()
    await expect(page.locator(".said")).to_contain_text("Taken back")
    await other.reload()
    await belongs(other, order, before)
    await page.get_by_role("button", name="Redo").click()
    await expect(page.locator(".said")).to_contain_text("Made again")
    await other.reload()
    await belongs(other, order, whom)


async def test_the_order_of_the_people_stays_as_it_was_chosen(site: Site) -> None:
    page = await open_timeline(site)
    await page.reload()
    await expect(page.get_by_role("combobox", name="Sort")).to_have_value("name")


async def test_escape_leaves_a_dragged_visit_where_it_was(site: Site) -> None:
    page = await open_timeline(site)
    visit, order = await a_movable_visit(page)
    before = await holder(page, order)
    await hold_over(page, visit, await somebody_else(page, before))
    await page.keyboard.press("Escape")
    await expect(page.locator(".held")).to_have_count(0)
    await page.mouse.up()
    await expect(page.locator("#drawer-title")).to_have_count(0)
    await page.reload()
    await belongs(page, order, before)


async def test_the_keyboard_moves_a_visit_and_hears_its_price(site: Site) -> None:
    page = await open_timeline(site)
    await grid(page).focus()
    await page.keyboard.press("Shift+Home")
    visit = None
    for _ in range(20):
        await page.keyboard.press("End")
        visit = page.locator("[data-visit].cursor.movable")
        if await visit.count():
            break
        await page.keyboard.press("ArrowDown")
    assert visit is not None
    order = await visit.get_attribute("data-visit") or ""
    before = await holder(page, order)
    heard = page.locator("[aria-live=assertive]")
    await page.keyboard.press("m")
    for key in ["ArrowDown"] * 6 + ["ArrowUp"] * 12:
        await page.keyboard.press(key)
        await expect(page.locator(".held .price")).to_be_visible()
        whom = await page.locator("[data-technician].target").get_attribute("data-technician") or ""
        if whom != before and not await page.locator(".held .price.no").count():
            break
    await expect(heard).to_contain_text(re.compile(r"place \d.*min driving", re.DOTALL))
    await page.keyboard.press("Enter")
    await expect(page.locator(".said")).to_contain_text("goes to")
    other = await open_timeline(site, "manager")
    await belongs(other, order, whom)
    await page.keyboard.press("Control+z")
    await expect(page.locator(".said")).to_contain_text("Taken back")
    await other.reload()
    await belongs(other, order, before)


async def test_the_drawer_moves_a_visit_without_dragging(site: Site) -> None:
    page = await open_timeline(site)
    visit, order = await a_movable_visit(page)
    before = await holder(page, order)
    await visit.click()
    await page.get_by_role("button", name="Move…").click()
    menu = page.get_by_role("form", name="Move")
    people = menu.get_by_label("Technician")
    here = menu.get_by_role("button", name="Move here")
    values = [await one.get_attribute("value") or "" for one in await people.locator("option").all()]
    for whom in [value for value in values if value not in ("", "off", before)]:
        await people.select_option(whom)
        await expect(menu.locator(".price")).to_be_visible()
        if not await menu.locator(".price.no").count():
            break
    await here.click()
    await expect(page.locator(".said")).to_contain_text("goes to")
    other = await open_timeline(site, "manager")
    await belongs(other, order, whom)


async def test_the_second_of_two_dispatchers_is_told_what_changed(site: Site) -> None:
    first, second = await open_timeline(site), await open_timeline(site)
    visit, order = await a_movable_visit(first)
    before = await holder(first, order)
    await hold_over(first, visit, await somebody_else(first, before))
    # Meanwhile somebody takes the same visit off the plan.
    await second.locator(f"[data-visit='{order}']").click()
    await second.get_by_role("button", name="Move…").click()
    menu = second.get_by_role("form", name="Move")
    await menu.get_by_label("Technician").select_option("off")
    await menu.get_by_role("button", name="Move here").click()
    await expect(second.locator(".said")).to_contain_text("off the plan")
    await first.mouse.up()
    await expect(first.locator(".said .bad")).to_be_visible()
    await expect(first.locator(f"[data-visit='{order}']")).to_have_count(0)
    other = await open_timeline(site, "manager")
    await expect(other.locator(f"[data-visit='{order}']")).to_have_count(0)
    await second.keyboard.press("Escape")
    await grid(second).focus()
    await second.keyboard.press("Control+z")
    await expect(second.locator(".said")).to_contain_text("Taken back")
    # What somebody else did is here without a reload.
    await expect(first.locator(f"[data-visit='{order}']")).to_be_visible()


async def test_a_cut_network_is_said_and_what_was_missed_is_caught_up(site: Site) -> None:
    page, other = await open_timeline(site), await open_timeline(site)
    await expect(page.locator(".live")).to_contain_text("Live")
    _, order = await a_movable_visit(page)
    await page.context.set_offline(True)
    await expect(page.locator(".live.lost")).to_contain_text("Not live since")
    await other.locator(f"[data-visit='{order}']").click()
    await other.get_by_role("button", name="Move…").click()
    menu = other.get_by_role("form", name="Move")
    await menu.get_by_label("Technician").select_option("off")
    await menu.get_by_role("button", name="Move here").click()
    await expect(other.locator(".said")).to_contain_text("off the plan")
    await expect(page.locator(f"[data-visit='{order}']")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.locator(f"[data-visit='{order}']")).to_have_count(0)
    await expect(page.locator(".live")).to_contain_text("Live")
    await other.keyboard.press("Escape")
    await grid(other).focus()
    await other.keyboard.press("Control+z")
    await expect(page.locator(f"[data-visit='{order}']")).to_be_visible()


def of_order(page: Page, number: str) -> Locator:
    return page.locator(f"[data-visit][aria-label*='{number}']")


async def test_a_draft_is_applied_in_part_and_another_put_aside(site: Site) -> None:
    page = await open_timeline(site)
    # Something for the plan to change, whatever the day has been through: a visit that nobody has.
    visit, order = await a_movable_visit(page)
    await visit.click()
    await move_to(page, "off")
    await expect(page.locator(f"[data-visit='{order}']")).to_have_count(0)
    await page.keyboard.press("Escape")
    await plan_again(page)
    people = page.locator(".people > li")
    await expect(people).not_to_have_count(0)
    await page.locator(".everybody input").uncheck()
    mine = people.filter(has_text=re.compile(r"\d new")).first
    await mine.get_by_role("checkbox").check()
    await mine.locator("summary").click()
    numbers = await mine.locator(".stops li", has=page.locator(".what.new")).locator("button").all_inner_texts()
    await page.get_by_role("button", name="Apply for 1 person").click()
    await expect(page.locator(".said")).to_contain_text("Applied in part")
    other = await open_timeline(site, "manager")
    for number in numbers:
        await expect(of_order(other, number)).to_be_visible()
    await plan_again(page)
    changed = page.locator(".people .what.new")
    await page.locator(".people summary").first.click()
    left = await changed.locator("xpath=..").locator("button").all_inner_texts()
    await page.get_by_role("button", name="Discard").click()
    await expect(page.locator(".said")).to_contain_text("Draft discarded")
    await other.reload()
    for number in numbers:
        await expect(of_order(other, number)).to_be_visible()
    for number in left:
        await expect(of_order(other, number)).to_have_count(0)


async def test_what_still_holds_of_a_draft_is_applied_when_a_colleague_was_quicker(site: Site) -> None:
    page, colleague = await open_timeline(site), await open_timeline(site)
    visit, order = await a_movable_visit(page)
    await visit.click()
    await move_to(page, "off")
    await page.keyboard.press("Escape")
    await plan_again(page)
    theirs, moved = await a_movable_visit(colleague)
    target = await somebody_else(colleague, await holder(colleague, moved))
    taker = await target.get_attribute("data-technician") or ""
    await theirs.click()
    await move_to(colleague, taker)
    await belongs(colleague, moved, taker)
    await page.get_by_role("button", name="Publish everything").click()
    await expect(page.locator(".panel-side [role=alert]")).to_contain_text("These changed since the plan was made")
    await page.get_by_role("button", name="Apply what still holds").click()
    await expect(page.locator(".said")).to_contain_text("Applied in part")
    other = await open_timeline(site, "manager")
    await expect(other.locator(f"[data-visit='{order}']")).to_be_visible()
    await belongs(other, moved, taker)


async def test_a_sick_technician_is_repaired_within_a_budget(site: Site) -> None:
    page = await open_timeline(site)
    _, order = await a_movable_visit(page)
    sick = await holder(page, order)
    await page.locator(f"[data-technician='{sick}']").get_by_role("rowheader").click()
    name = await page.locator("#technician-title").inner_text()
    await page.get_by_role("button", name="Cannot work").click()
    repair = page.get_by_role("form", name="Repair the day")
    await expect(repair.get_by_role("combobox").nth(1)).to_have_value(sick)
    await repair.get_by_label("Technicians").fill("40")
    await repair.get_by_label("Visits").fill("200")
    await repair.get_by_label("Seconds to search").fill("3")
    await repair.get_by_role("button", name="Repair", exact=True).click()
    await expect(page.get_by_role("button", name="Publish everything")).to_be_visible(timeout=90_000)
    await expect(page.locator(".people")).to_contain_text(name)
    await page.get_by_role("button", name="Publish everything").click()
    await expect(page.locator(".said")).to_contain_text("Published")
    other = await open_timeline(site, "manager")
    await expect(other.locator(f"[data-technician='{sick}'] [data-visit='{order}']")).to_have_count(0)
    await expect(other.locator(f"[data-technician='{sick}'] [data-visit].movable")).to_have_count(0)
