"""A dispatcher's shift on Vancouver's heavy day, with mouse and keyboard only: what was done is there for others."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Response, expect

from tests.browser.conftest import Site, settled
from tests.browser.hands import (
    TIMES,
    a_movable_visit,
    again,
    belongs,
    find,
    grid,
    held_over_who_may_take_it,
    hold_over,
    holder,
    map_is_drawn,
    middle,
    number_of,
    open_timeline,
    owner_said,
    plan_again,
    routes,
    rows,
    search,
    somebody_else,
    stood,
    streets_in_view,
    tab_to,
    take_off,
    tidy,
)

pytestmark = [pytest.mark.browser, pytest.mark.realdata]
LABELS = 20
WHERE = ".panel-side dl"


async def test_a_report_is_found_on_the_citys_own_addresses_taken_and_assigned(city: Site) -> None:
    page = await city.sign_in("dispatcher")
    await page.get_by_role("button", name="+ Report").click()
    await page.locator("input[name=phone]").fill("604-555-0147")
    await page.locator("input[name=name]").fill("Jordan Example")
    await page.locator("#report-address").press_sequentially("1200 Granville St")
    places = page.locator("#report-addresses li")
    await expect(places.first).to_contain_text("Granville")
    await places.first.click()
    await expect(page.locator(".field .good")).to_be_visible()
    await page.locator("select[name=fault]").select_option(label="Water and sewer")
    await expect(page.locator(".found dd").first).to_contain_text("Downtown")
    await page.get_by_role("button", name="Take the report").click()
    await expect(page.locator(".said")).to_contain_text("taken")
    number = await number_of(page)
    await page.get_by_role("button", name="Who may help").click()
    another = page.locator(".who li").filter(has_not_text="has it now").first
    await expect(another).to_contain_text("arrives", timeout=60_000)
    name = await another.locator("strong").inner_text()
    await another.get_by_role("button", name=re.compile("^Assign")).click()
    await expect(page.locator(".said")).to_contain_text(f"Assigned to {name}")
    other = await city.sign_in("neighbour")
    await find(other, number)
    await expect(other.locator(WHERE)).to_contain_text(name)
    await expect(other.locator(WHERE)).to_contain_text("Granville")
    await expect(other.locator("[data-visit].chosen")).to_be_visible()


async def test_a_report_is_placed_by_a_click_on_the_map(city: Site) -> None:
    page = await city.sign_in("dispatcher", draws=True)
    await map_is_drawn(page)
    await page.get_by_role("button", name="+ Report").click()
    await page.locator("input[name=phone]").fill("604-555-0148")
    await page.get_by_role("button", name="On the map").click()
    x, y = await middle(page.locator(".maplibregl-canvas"))
    await page.mouse.click(x, y)
    await expect(page.locator("select[name=fault]")).to_be_focused()
    await page.locator("select[name=fault]").select_option(label="Lights and signals")
    await expect(page.locator(".found dd strong")).to_be_visible()
    await expect(page.locator(".found dd").first).not_to_contain_text("follows from")
    whose = await page.locator(".found dd").first.inner_text()
    await expect(page.locator(".found .warn")).to_have_count(0)
    await page.get_by_role("button", name="Take the report").click()
    await expect(page.locator(".said")).to_contain_text("taken")
    number = await number_of(page)
    other = await city.sign_in("neighbour")
    await find(other, number)
    await expect(other.locator(WHERE)).to_contain_text(whose.split(" · ")[0])
    await expect(other.locator(WHERE)).not_to_contain_text("No place")


async def test_what_a_drag_costs_is_what_it_cost_and_is_taken_back(city: Site) -> None:
    page = await open_timeline(city)
    told: list[dict[str, Any]] = []

    async def listen(response: Response) -> None:
        if response.url.endswith("/moves/price") and response.ok:
            told.append(await response.json())

    page.on("response", listen)
    visit, order = await a_movable_visit(page)
    owner = await holder(page, order)
    before = stood(await routes(page))
    whom = await held_over_who_may_take_it(page, visit, owner)
    facts = await page.locator(".held .facts").inner_text()
    times = TIMES.search(facts)
    assert times is not None
    shown = await page.locator(".held .cost strong").inner_text()
    await page.mouse.up()
    await expect(page.locator(".said")).to_contain_text("goes to")
    price = next(one for one in reversed(told) if one["technicianId"] == whom)
    assert f"{abs(round(price['travelSeconds'] / 60))} min driving" in facts
    other = await open_timeline(city, "neighbour")
    await again(other)
    await belongs(other, order, whom)
    start, end = times.group().split("–")
    stands = other.locator(f"[data-visit='{order}']")
    await expect(stands).to_have_attribute("aria-label", re.compile(f"{start} to {end}"))
    after = stood(await routes(other))
    for change in price["changes"]:
        assert after[change["orderId"]] == (change["technicianId"], change["start"], change["end"])
    kept = await page.evaluate(
        "fetch('/api/areas').then(a => a.json()).then(a => fetch(`/api/areas/${a.items[0].id}/moves?date=2022-09-27`))"
        ".then(a => a.json()).then(a => a.items[0])"
    )
    assert kept["cost"] == pytest.approx(price["cost"])
    assert round(float(shown.replace(",", "").replace("−", "-")), 1) == pytest.approx(kept["cost"], abs=0.51)
    await page.keyboard.press("Control+z")
    await expect(page.locator(".said")).to_contain_text("Taken back")
    await again(other)
    await belongs(other, order, owner)
    assert stood(await routes(other)) == before


async def test_a_plan_run_is_watched_applied_in_part_and_the_next_one_put_aside(city: Site) -> None:
    page, other = await open_timeline(city), await open_timeline(city, "neighbour")
    # Something to change for several people, however little time the search gets.
    busy = [row for row in await page.locator("[data-technician]").all() if await row.locator(".movable").count()]
    orders = [await row.locator(".movable").first.get_attribute("data-visit") or "" for row in busy[:9:3]]
    for order in orders:
        await take_off(page, order)
        await page.keyboard.press("Escape")
    await plan_again(page)
    await expect(page.locator(".panel-side svg").first).to_be_visible()
    people = page.locator(".people > li")
    await expect(people).not_to_have_count(0)
    await page.locator(".everybody input").uncheck()
    await expect(page.get_by_role("button", name=re.compile("^Apply for 0"))).to_be_disabled()
    mine = people.filter(has_text=re.compile(r"\d (new|in)")).first
    name = await mine.locator(".name").inner_text()
    await mine.get_by_role("checkbox").check()
    await mine.locator("summary").click()
    came = mine.locator(".stops li", has=page.locator(".what.new")).locator("button")
    came_from = mine.locator(".stops li").filter(has_text=re.compile("from ")).locator("button")
    numbers = [*await came.all_inner_texts(), *await came_from.all_inner_texts()]
    assert numbers
    await page.get_by_role("button", name=re.compile("^Apply for 1 pe")).click()
    await expect(page.locator(".said")).to_contain_text("Applied in part")
    await other.reload()
    theirs = other.locator(
        "[data-technician]", has=other.get_by_role("rowheader", name=re.compile(f"^{re.escape(name)},"))
    )
    await other.get_by_role("searchbox", name="Name, pinyin, team, grid").fill(name)
    for number in numbers:
        await expect(theirs.locator(f"[data-visit][aria-label*='{number}']")).to_be_visible()
    before = await routes(other)
    await plan_again(page)
    await page.get_by_role("button", name="Discard").click()
    await expect(page.locator(".said")).to_contain_text("Draft discarded")
    await other.reload()
    await expect(other.locator("[data-visit]").first).to_be_visible()
    assert await routes(other) == before


async def test_a_sick_technicians_day_is_repaired_within_its_budget(city: Site) -> None:
    page = await open_timeline(city)
    _, order = await a_movable_visit(page)
    sick = await holder(page, order)
    was = await routes(page)
    await page.locator(f"[data-technician='{sick}']").get_by_role("rowheader").click()
    await page.get_by_role("button", name="Cannot work").click()
    repair = page.get_by_role("form", name="Repair the day")
    await expect(repair.get_by_role("combobox").nth(1)).to_have_value(sick)
    await repair.get_by_label("Technicians").fill("6")
    await repair.get_by_label("Visits").fill("30")
    await repair.get_by_label("Seconds to search").fill("4")
    await repair.get_by_role("button", name="Repair", exact=True).click()
    publish = page.get_by_role("button", name="Publish everything")
    await expect(publish).to_be_visible(timeout=120_000)
    await expect(page.locator(".frontier, .people").first).to_be_visible()
    await publish.click()
    await expect(page.locator(".said")).to_contain_text("Published")
    other = await open_timeline(city, "neighbour")
    await again(other)
    row = other.locator(f"[data-technician='{sick}']")
    await expect(row).to_be_visible()
    await expect(row.locator("[data-visit].movable")).to_have_count(0)
    now = await routes(other)
    changed = {
        who
        for who in {*was, *now} - {sick}
        if [stop["orderId"] for stop in was.get(who, [])] != [stop["orderId"] for stop in now.get(who, [])]
    }
    assert len(changed) <= 6


async def test_the_loser_of_a_race_sees_what_changed_and_overwrites_nothing(city: Site) -> None:
    first, second = await open_timeline(city), await open_timeline(city, "neighbour")
    visit, order = await a_movable_visit(first)
    owner = await holder(first, order)
    await hold_over(first, visit, await somebody_else(first, owner))
    await take_off(second, order)
    await first.mouse.up()
    await expect(first.locator(".said .bad")).to_be_visible()
    third = await open_timeline(city, "manager")
    await expect(third.locator(f"[data-visit='{order}']")).to_have_count(0)
    # The same with forms: one gives it to somebody while the other is still choosing whom.
    number = await number_of(second)
    await find(first, number)
    await first.keyboard.press("a")
    choice = first.locator(".panel-side .form select")
    await expect(choice).to_be_focused()
    await choice.select_option(index=3)
    await second.keyboard.press("a")
    await second.locator(".panel-side .form select").select_option(index=2)
    await second.locator(".panel-side .form button.primary").click()
    await expect(second.locator(".said")).to_contain_text(re.compile("Dispatched to|Reassigned to"))
    await expect(first.locator(".panel-side .warning")).to_contain_text("→")
    await third.reload()
    await find(third, number)
    await expect(third.locator(WHERE)).to_contain_text(await owner_said(second))


async def test_a_cut_network_is_said_and_what_was_missed_is_caught_up(city: Site) -> None:
    page, other = await open_timeline(city), await open_timeline(city, "neighbour")
    await expect(page.locator(".live")).to_contain_text("Live")
    _, order = await a_movable_visit(page)
    await page.context.set_offline(True)
    await expect(page.locator(".live.lost")).to_contain_text("Not live since")
    await take_off(other, order)
    await expect(page.locator(f"[data-visit='{order}']")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.locator(f"[data-visit='{order}']")).to_have_count(0)
    await expect(page.locator(".live")).to_contain_text("Live")
    await other.keyboard.press("Escape")
    await grid(other).focus()
    await other.keyboard.press("Control+z")
    await expect(page.locator(f"[data-visit='{order}']")).to_be_visible()
    await again(page)
    await expect(page.locator(f"[data-visit='{order}']")).to_be_visible()


async def test_the_whole_shift_is_worked_by_keyboard_alone(city: Site) -> None:
    page = await city.sign_in("dispatcher")
    keys = page.keyboard
    await expect(rows(page).first).to_be_visible()
    # A report.
    await keys.press("n")
    await expect(page.locator("input[name=phone]")).to_be_focused()
    await keys.type("604-555-0149")
    await keys.press("Tab")
    await keys.type("Robin Example")
    await keys.press("Tab")
    await keys.type("Robson St & Burrard St")
    await expect(page.locator("#report-addresses li").first).to_be_visible()
    await keys.press("Enter")
    await expect(page.locator(".field .good")).to_be_visible()
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.type("Cleaning")
    await expect(page.locator(".found dd strong")).to_be_visible()
    await keys.press("Control+Enter")
    await expect(page.locator("#drawer-title")).to_be_focused()
    number = await number_of(page)
    await keys.press("Escape")
    # Found again with the palette, and given to somebody.
    await keys.press("/")
    await keys.type(number)
    await expect(page.get_by_role("option", name=re.compile(number))).to_be_visible()
    await keys.press("Enter")
    await expect(page.locator("#drawer-title")).to_contain_text(number)
    await expect(page.locator("#drawer-title")).to_be_focused()
    await keys.press("w")
    await expect(page.locator(".who li").first).to_contain_text("arrives", timeout=60_000)
    another = page.locator(".who li").filter(has_not_text="has it now").first
    name = await another.locator("strong").inner_text()
    button = another.get_by_role("button", name=re.compile("^Assign"))
    await tab_to(page, button)
    await keys.press("Enter")
    await expect(page.locator(".said")).to_contain_text(f"Assigned to {name}")
    # Moved on the board: in the hand, to the next one who may take it, dropped.
    chosen = page.locator("[data-visit].chosen")
    await expect(chosen).to_be_visible()
    order = await chosen.get_attribute("data-visit") or ""
    owner = await holder(page, order)
    await keys.press("m")
    await expect(page.locator(".held .price")).to_be_visible()
    for _ in range(40):
        await keys.press("ArrowDown")
        await expect(page.locator(".held .price")).to_be_visible()
        whom = await page.locator("[data-technician].target").get_attribute("data-technician") or ""
        if whom != owner and not await page.locator(".held .price.no").count():
            break
    await keys.press("Enter")
    await expect(page.locator(".said")).to_contain_text("goes to")
    other = await open_timeline(city, "neighbour")
    await find(other, number)
    await belongs(other, order, whom)
    await keys.press("Control+z")
    await expect(page.locator(".said")).to_contain_text("Taken back")
    await other.reload()
    await belongs(other, order, owner)
    # A request decided.
    await keys.press("Escape")
    await keys.press("/")
    await keys.type("Requests")
    await expect(page.get_by_role("option", name=re.compile("Requests")).first).to_have_attribute(
        "aria-selected", "true"
    )
    await keys.press("Enter")
    await expect(page.locator("#tab-requests")).to_be_focused()
    asked = page.locator("#panel-requests .item").first
    wished = await asked.locator("strong").first.inner_text()
    await tab_to(page, asked.get_by_role("button", name="Approve"))
    await keys.press("Enter")
    await expect(page.locator(".said")).to_contain_text(f"{wished}: request approved")
    await find(other, wished)
    await expect(other.locator(".panel-side .signs")).to_contain_text("Suspended")
    # The day planned, and the draft put aside.
    await keys.press("p")
    await expect(page.locator("#plan-title")).to_be_focused()
    seconds = page.get_by_label("Seconds to search")
    await tab_to(page, seconds)
    await keys.press("Control+a")
    await keys.type("4")
    await keys.press("Enter")
    discard = page.get_by_role("button", name="Discard")
    await expect(discard).to_be_visible(timeout=120_000)
    await tab_to(page, discard)
    await keys.press("Enter")
    await expect(page.locator(".said")).to_contain_text("Draft discarded")


async def test_the_streets_downtown_have_their_names(city: Site) -> None:
    page = await city.sign_in("dispatcher", draws=True)
    await map_is_drawn(page)
    # The palette finds a place by an order of that street; the map goes to it, at zoom 14.
    await search(page, "Robson")
    await rows(page).first.click()
    await page.keyboard.press("Escape")
    await settled(page)
    names = await streets_in_view(page)
    assert len(names) >= LABELS, sorted(names)


async def test_the_heavy_days_screen_and_drawer_are_accessible(city: Site) -> None:
    page = await city.sign_in("dispatcher", draws=True)
    await map_is_drawn(page)
    await expect(page.locator("[data-visit]").first).to_be_visible()
    await tidy(page, "main screen")
    await rows(page).nth(3).click()
    await expect(page.locator(".panel-side ol").last).to_be_visible()
    await tidy(page, "drawer")


async def test_nothing_was_asked_of_anybody_else_and_no_script_failed(city: Site) -> None:
    assert city.foreign == []
    assert city.errors == []
