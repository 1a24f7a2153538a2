"""What a dispatcher's hands do on Vancouver's heavy day, and what is read from the screen and from the server."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser.test_queue import rows, search
from tests.browser.test_timeline import hold_over, middle


async def again(page: Page) -> None:
    """After a reload everybody is in the order of their names again."""
    await page.reload()
    await page.get_by_role("combobox", name="Sort").select_option("name")
    await expect(page.locator("[data-visit]").first).to_be_visible()


async def number_of(page: Page) -> str:
    """The number of the order in the drawer."""
    await expect(page.locator("#drawer-title")).to_contain_text("-")
    return (await page.locator("#drawer-title").inner_text()).removeprefix("Order ")


async def find(page: Page, number: str) -> None:
    """Search for an order and open it."""
    await search(page, number)
    await rows(page).filter(has_text=number).first.click()
    await expect(page.locator("#drawer-title")).to_contain_text(number)
    await expect(page.locator(".panel-side ol").last).to_be_visible()


async def routes(page: Page) -> dict[str, list[dict[str, Any]]]:
    """The stops of everybody, as the server has them now."""
    answer = await page.evaluate(
        "fetch('/api/areas').then(a => a.json()).then(a => fetch(`/api/areas/${a.items[0].id}/routes?date=2022-09-27`))"
        ".then(a => a.json())"
    )
    return {route["technicianId"]: route["stops"] for route in answer["routes"]}


def stood(of: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[str, str, str]]:
    """Who comes from when to when, by order."""
    return {
        stop["orderId"]: (who, stop["plannedStart"], stop["plannedEnd"]) for who, stops in of.items() for stop in stops
    }


async def held_over_who_may_take_it(page: Page, visit: Locator, owner: str) -> str:
    """Drag a visit over one technician after the other, as far as the first whom no hard rule forbids it."""
    rows = await page.locator("[data-technician]").all()
    people = [await row.get_attribute("data-technician") or "" for row in rows[:10]]
    begun = False
    for whom in (one for one in people if one != owner):
        row = page.locator(f"[data-technician='{whom}']")
        if not begun:
            await hold_over(page, visit, row)
            begun = True
        x, y = await middle(row.get_by_role("rowheader"))
        await page.mouse.move(x, y)
        await expect(row).to_have_class(re.compile(r"\btarget\b"))
        await expect(page.locator(".held .price")).to_be_visible()
        if not await page.locator(".held .price.no").count():
            return whom
    raise AssertionError("nobody may take it")


async def take_off(page: Page, order: str) -> None:
    """Take a visit off the plan, in its drawer."""
    await page.locator(f"[data-visit='{order}']").click()
    await move_to(page, "off")
    await expect(page.locator(".said")).to_contain_text("off the plan")


async def move_to(page: Page, whom: str) -> None:
    await page.get_by_role("button", name="Move…").click()
    menu = page.get_by_role("form", name="Move")
    await menu.get_by_label("Technician").select_option(whom)
    await expect(menu.locator(".price")).to_be_visible()
    await menu.get_by_role("button", name="Move here").click()


async def plan_again(page: Page) -> None:
    """A plan run from start to draft, watched on the way."""
    if not await page.locator(".panel-side #plan-title").count():
        await page.get_by_role("button", name="Plan the day").click()
    await page.get_by_label("Seconds to search").fill("5")
    await page.locator(".panel-side form button").click()
    await expect(page.get_by_role("progressbar")).to_be_visible()
    await expect(page.locator(".panel-side .form [role=status]")).to_contain_text(re.compile(r"\d s"), timeout=60_000)
    await expect(page.get_by_role("button", name="Discard")).to_be_visible(timeout=120_000)


async def tab_to(page: Page, target: Locator) -> None:
    """Go there with the tabulator."""
    await expect(target).to_be_visible()
    for _ in range(80):
        if await target.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError("the tabulator does not come there")


async def owner_said(page: Page) -> str:
    said = await page.locator(".said").inner_text()
    return said.split(" to ")[1].split(";")[0].split("\n")[0].rstrip(".×")


async def streets_in_view(page: Page) -> set[str]:
    """The names that the map has drawn, asked of MapLibre itself through the debugger: the page has no door for it."""
    debugger = await page.context.new_cdp_session(page)
    source = await page.evaluate(
        "performance.getEntriesByType('resource').map(one => one.name).find(one => /maplibre[^/]*\\.js$/.test(one))"
    )
    kind = await debugger.send(
        "Runtime.evaluate",
        {
            "expression": f"import({source!r}).then(all => [...Object.values(all), ...Object.values(all.default ?? [])]"
            ".find(one => one?.prototype?.queryRenderedFeatures).prototype)",
            "awaitPromise": True,
        },
    )
    maps = await debugger.send("Runtime.queryObjects", {"prototypeObjectId": kind["result"]["objectId"]})
    answer = await debugger.send(
        "Runtime.callFunctionOn",
        {
            "objectId": maps["objects"]["objectId"],
            "functionDeclaration": """function () {
                const map = this.find(one => one.isStyleLoaded?.());
                if (!map || Math.abs(map.getZoom() - 14) > 0.5) return [];
                const drawn = map.queryRenderedFeatures({ layers: ['road-names'] });
                return [...new Set(drawn.map(one => one.properties.name).filter(Boolean))];
            }""",
            "returnByValue": True,
        },
    )
    await debugger.detach()
    return set(answer["result"]["value"])
