"""Queue and acts with mouse and keyboard only: what was done is there after a reload, for somebody else too."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Site
from tests.browser.hands import rows, search
from tests.browser.town import ON_ONE_NODE, TWINS, subscriber

pytestmark = pytest.mark.browser


async def seen_by_another(site: Site, number: str) -> Page:
    """The order open in a fresh browser."""
    other = await site.sign_in("manager")
    await search(other, number)
    await rows(other).filter(has_text=number).first.click()
    await expect(other.locator("#drawer-title")).to_contain_text(number)
    await expect(other.locator(".panel-side ol")).to_be_visible()
    return other


async def test_a_report_is_taken_with_the_keyboard_alone_and_assigned(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await expect(rows(page).first).to_be_visible()
    await page.keyboard.press("n")
    await expect(page.locator("input[name=phone]")).to_be_focused()
    await page.keyboard.type("13700007788")
    await page.keyboard.press("Tab")
    await page.keyboard.type("欧阳雪")
    await page.keyboard.press("Tab")
    await page.keyboard.type("人民路 4号")
    await expect(page.locator("#report-addresses li").first).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".field .good")).to_be_visible()
    # Past the button of the map, to the fault; its words choose it.
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.type("No s")
    await expect(page.locator(".found")).to_contain_text("Promised by 13:")
    await expect(page.locator(".found dd").first).to_contain_text("网格")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".said")).to_contain_text("taken")
    await expect(page.locator("#drawer-title")).to_be_focused()
    number = (await page.locator("#drawer-title").inner_text()).removeprefix("Order ")
    await expect(page.locator(".panel-side .signs")).to_contain_text("To accept")
    await page.keyboard.press("a")
    select = page.locator(".panel-side .form select")
    await expect(select).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.locator(".panel-side .form button.primary").press("Enter")
    await expect(page.locator(".said")).to_contain_text("Reassigned to")
    said = await page.locator(".said").inner_text()
    name = said.split("Reassigned to ")[1].split(";")[0]
    other = await seen_by_another(site, number)
    await expect(other.locator(".panel-side dl")).to_contain_text(name)
    await expect(other.locator(".panel-side")).to_contain_text("欧**")


async def test_what_was_typed_outlives_the_network_and_is_sent_once(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await expect(rows(page).first).to_be_visible()
    await page.get_by_role("button", name="+ Report").click()
    await page.locator("input[name=phone]").fill("13700001234")
    await page.locator("select[name=fault]").select_option("slow")
    await page.locator("textarea[name=description]").fill("the picture stands still")
    await page.reload()
    await page.get_by_role("button", name="+ Report").click()
    await expect(page.locator("textarea[name=description]")).to_have_value("the picture stands still")
    # The first answer is lost on its way back: the server has the order, the page does not know it.
    lost = {"left": 1}

    async def lose(route: object) -> None:
        if lost["left"]:
            lost["left"] -= 1
            await route.fetch()  # type: ignore[attr-defined]
            await route.abort()  # type: ignore[attr-defined]
        else:
            await route.continue_()  # type: ignore[attr-defined]

    await page.route(re.compile(r"/orders$"), lose)
    await page.get_by_role("button", name="Take the report").click()
    unsent = page.locator(".panel-side .warning[role=alert]")
    await expect(unsent).to_contain_text("kept here")
    # Looked away from and come back to, it still is sent by itself.
    await page.get_by_role("button", name="Plan the day").click()
    await page.get_by_role("button", name="+ Report").click()
    await expect(unsent).to_contain_text("kept here")
    await expect(page.locator(".said")).to_contain_text("taken", timeout=30_000)
    await expect(page.locator("#drawer-title")).to_be_visible()
    other = await site.sign_in("dispatcher")
    await search(other, "13700001234")
    await expect(rows(other)).to_have_count(1)


async def test_what_is_begun_while_the_page_still_reads_is_not_lost(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await page.get_by_role("button", name="+ Report").click()
    await page.locator("input[name=phone]").fill("13700004321")
    await page.locator("select[name=fault]").select_option("slow")
    answers = asyncio.Event()

    async def wait(route: Route) -> None:
        await answers.wait()
        await route.continue_()

    # First the areas are late, then, with the panel open, the kinds of fault.
    areas, faults = re.compile(r"/api/areas$"), re.compile(r"/fault-types$")
    await page.route(areas, wait)
    await page.route(faults, wait)
    await page.reload()
    await page.get_by_role("button", name="+ Report").click()
    await page.unroute(areas)
    answers.set()
    await expect(page.locator("input[name=phone]")).to_have_value("13700004321")
    answers.clear()
    await page.reload()
    await page.get_by_role("button", name="+ Report").click()
    await page.get_by_role("button", name="Take the report").click()
    await expect(page.locator(".said")).to_contain_text("taken")
    answers.set()


@pytest.mark.parametrize("kind", ["number", "its digits", "phone", "street", "name", "pinyin", "initials"])
async def test_an_order_is_found_by_each_kind_of_words(site: Site, kind: str) -> None:
    page = await site.sign_in("dispatcher")
    await expect(rows(page).first).to_be_visible()
    first = subscriber(0)
    address = await page.evaluate(
        "fetch('/api/areas').then(a => a.json()).then(a => fetch(`/api/areas/${a.items[0].id}/orders?q=TOWN-000001`))"
        ".then(a => a.json()).then(a => a.items[0].address)"
    )
    words = {
        "number": "town-000001", "its digits": "000001", "phone": first.phones[0][-4:], "street": address,
        "name": first.name, "pinyin": "wangxiaoming", "initials": "wxm",
    }[kind]  # fmt: skip
    assert words
    await search(page, words)
    await expect(rows(page).filter(has_text="TOWN-000001")).to_have_count(1)
    await expect(page.locator("#panel-orders .summary")).to_contain_text(re.compile(r"^\s*[1-9] orders?"))


async def test_somebody_who_sees_masked_names_finds_nobody_by_name(site: Site) -> None:
    page = await site.sign_in("manager")
    await expect(rows(page).first).to_be_visible()
    await search(page, "wangxiaoming")
    await expect(page.locator("#panel-orders .state")).to_contain_text("Nothing found")


async def test_a_common_act_says_what_became_of_each(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await search(page, "TOWN-0000")
    await search(page, "1381234")
    await page.locator("#panel-orders input[type=search]").fill("")
    boxes = page.locator("#panel-orders li input[type=checkbox]")
    await expect(boxes.first).to_be_visible()
    numbers = []
    for index in (4, 5, 6):
        await boxes.nth(index).check()
        numbers.append(await rows(page).nth(index).locator("strong").inner_text())
    await page.locator(".bulk").get_by_role("button", name="Add a note").click()
    await page.locator(".bulk textarea").fill("called the whole street")
    await page.locator(".bulk .form button.primary").click()
    for number in numbers:
        await expect(page.locator(".results li").filter(has_text=number)).to_contain_text("Note added")
    await expect(page.locator(".bulk")).to_have_count(0)
    other = await seen_by_another(site, numbers[1])
    await expect(other.locator(".panel-side ol")).to_contain_text("Note")


async def test_duplicates_are_merged_and_an_outage_is_grouped(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await page.locator("[data-queue=duplicates]").click()
    group = page.locator(".group").filter(has_text=f"TOWN-{TWINS[0] + 1:06d}")
    await group.get_by_role("button", name=re.compile("^Merge 1 into")).click()
    await expect(page.locator(".results")).to_contain_text(f"TOWN-{TWINS[1] + 1:06d}")
    await expect(group).to_have_count(0)
    await page.locator("[data-queue=outages]").click()
    kept = f"TOWN-{ON_ONE_NODE[0] + 1:06d}"
    await page.get_by_role("button", name=f"Group 2 under {kept}").click()
    for number in ON_ONE_NODE[1:]:
        await expect(page.locator(".results")).to_contain_text(f"TOWN-{number + 1:06d}")
    other = await seen_by_another(site, kept)
    await expect(other.locator(".panel-side")).to_contain_text("Merged into this one")
    await expect(other.locator(".panel-side .signs")).to_contain_text("chased 2×")


async def test_the_keyboard_walks_chooses_opens_and_comes_back(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await expect(rows(page).nth(6)).to_be_visible()
    ids = [await rows(page).nth(index).get_attribute("data-order") for index in range(4)]
    for key, index in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        await page.keyboard.press(key)
        await expect(page.locator(f"[data-order='{ids[index]}']")).to_be_focused()
    await page.keyboard.press("x")
    await expect(page.locator(".bulk")).to_contain_text("1 selected")
    await page.keyboard.press("x")
    await page.keyboard.press("Enter")
    await expect(page.locator("#drawer-title")).to_be_focused()
    await page.keyboard.press("j")
    await expect(page.locator(f"[data-order='{ids[2]}']")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel-side")).to_have_count(0)
    for _ in range(60):
        await page.keyboard.press("j")
    walked = await page.evaluate("document.activeElement.dataset.order")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await expect(page.locator(f"[data-order='{walked}']")).to_be_focused()
    await page.keyboard.press("2")
    await expect(page.locator("#panel-places")).to_be_visible()
    await page.keyboard.press("/")
    await expect(page.get_by_role("combobox", name="Find or do")).to_be_focused()
    await page.keyboard.type("TOWN-000007")
    await expect(page.get_by_role("option", name=re.compile("TOWN-000007"))).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator("#drawer-title")).to_have_text("Order TOWN-000007")
    await page.keyboard.press("/")
    await page.keyboard.type("add a note")
    await page.keyboard.press("Enter")
    await expect(page.locator(".panel-side .form textarea")).to_be_focused()
    await page.keyboard.type("by the palette")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".said")).to_contain_text("Note added")
    other = await seen_by_another(site, "TOWN-000007")
    await expect(other.locator(".panel-side ol")).to_contain_text("Note")


async def test_single_letters_can_be_turned_off(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await expect(rows(page).first).to_be_visible()
    await page.keyboard.press("?")
    await page.get_by_label("Single letters are shortcuts").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("n")
    await expect(page.locator("#report-title")).to_have_count(0)
    await page.keyboard.press("/")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_a_visit_is_pinned_for_everybody(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await page.get_by_role("gridcell", name=re.compile("Accepted")).first.click()
    await page.locator(".panel-side").get_by_role("button", name="Both", exact=True).click()
    await expect(page.locator(".said")).to_contain_text("Fixed: Both")
    number = (await page.locator("#drawer-title").inner_text()).removeprefix("Order ")
    other = await site.sign_in("dispatcher")
    await search(other, number)
    await rows(other).filter(has_text=number).first.click()
    both = other.locator(".panel-side").get_by_role("button", name="Both", exact=True)
    await expect(both).to_have_attribute("aria-pressed", "true")
    await other.locator(".panel-side").get_by_role("button", name="Nothing", exact=True).click()
    await expect(both).to_have_attribute("aria-pressed", "false")


async def test_photos_are_looked_at_one_after_the_other(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await page.locator("[data-queue=all]").click()
    await search(page, "TOWN-000002")
    await rows(page).filter(has_text="TOWN-000002").first.click()
    await page.locator(".panel-side img").first.click()
    await expect(page.locator("dialog [role=status]")).to_contain_text("1,")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("dialog [role=status]")).to_contain_text("2,")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await expect(page.locator("#drawer-title")).to_be_visible()


async def test_who_may_help_is_ranked_explained_and_assigned(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    row = rows(page).filter(has_text="To accept").filter(has_not_text="No place").last
    await row.click()
    await expect(page.locator("#drawer-title")).to_be_focused()
    number = (await page.locator("#drawer-title").inner_text()).removeprefix("Order ")
    await page.keyboard.press("w")
    people = page.locator(".who li")
    await expect(people.first).to_contain_text("arrives", timeout=60_000)
    await expect(people.first).to_contain_text("costs the plan least")
    await page.get_by_label("Why not somebody else?").select_option(index=1)
    await expect(page.locator(".why strong")).to_contain_text(re.compile("could|cannot"), timeout=60_000)
    another = people.filter(has_not_text="has it now").first
    name = await another.locator("strong").inner_text()
    await another.get_by_role("button", name=re.compile("^Assign")).click()
    await expect(page.locator(".said")).to_contain_text(f"Assigned to {name}")
    other = await seen_by_another(site, number)
    await expect(other.locator(".panel-side dl")).to_contain_text(name)
