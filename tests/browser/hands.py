"""What a dispatcher's hands do on Vancouver's heavy day, and what is read from the screen and from the server."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.async_api import Locator, Page, expect
from sqlalchemy import text

from kit.db import Database
from tests.browser.conftest import Site, settled

TIMES = re.compile(r"\d\d:\d\d–\d\d:\d\d")


def rows(page: Page) -> Locator:
    return page.locator("#panel-orders [data-order]")


async def search(page: Page, words: str) -> None:
    field = page.locator("#panel-orders input[type=search]")
    await field.fill(words)
    await expect(page.locator("#panel-orders .state[role=status]")).to_have_count(0)


def grid(page: Page) -> Locator:
    return page.get_by_role("grid")


def row_of(page: Page, visit: str) -> Locator:
    return page.locator("[data-technician]", has=page.locator(f"[data-visit='{visit}']"))


async def holder(page: Page, visit: str) -> str:
    await expect(page.locator(f"[data-visit='{visit}']")).to_be_visible()
    return await row_of(page, visit).get_attribute("data-technician") or ""


async def belongs(page: Page, visit: str, technician: str) -> None:
    """The visit stands in this technician's row."""
    await expect(page.locator(f"[data-technician='{technician}'] [data-visit='{visit}']")).to_be_visible()


async def open_timeline(site: Site, login: str = "dispatcher") -> Page:
    """The page with everybody in the order of their names, so that nobody changes places while a visit does."""
    page = await site.sign_in(login)
    await page.get_by_role("button", name="Timeline only").click()
    await page.get_by_role("combobox", name="Sort").select_option("name")
    await expect(page.locator("[data-visit]").first).to_be_visible()
    return page


async def a_movable_visit(page: Page) -> tuple[Locator, str]:
    visit = page.locator("[data-visit].movable").first
    await expect(visit).to_be_visible()
    found = await visit.get_attribute("data-visit") or ""
    return page.locator(f"[data-visit='{found}']"), found


async def middle(what: Locator) -> tuple[float, float]:
    await what.scroll_into_view_if_needed()
    box = await what.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def hold_over(page: Page, visit: Locator, target: Locator) -> None:
    """Drag a visit to the end of somebody's row and wait for the price."""
    x, y = await middle(visit)
    await page.mouse.move(x, y)
    await page.mouse.down()
    right, down = await middle(target.get_by_role("rowheader"))
    for step in range(1, 7):
        await page.mouse.move(x + (right - x) * step / 6, y + (down - y) * step / 6)
    await expect(page.locator(".held .price")).to_be_visible()


async def somebody_else(page: Page, technician: str) -> Locator:
    """The first row that is another one's and may take the held visit."""
    for row in await page.locator("[data-technician]").all():
        found = await row.get_attribute("data-technician") or ""
        if found != technician:
            return page.locator(f"[data-technician='{found}']")
    raise AssertionError("nobody else works")


async def map_is_drawn(page: Page) -> None:
    """The map has its layers, and its picture shows more than paper."""
    await expect(page.locator(".map[data-drawn=true]")).to_be_attached(timeout=60_000)
    await settled(page)
    canvas = page.locator(".maplibregl-canvas")
    picture = Image.open(io.BytesIO(await canvas.screenshot())).convert("RGB")
    colours = picture.resize((200, 200)).getcolors(40_000) or []
    assert len(colours) > 400, f"the map shows {len(colours)} colours only"


async def tidy(page: Page, what: str) -> None:
    """Axe finds nothing, and nothing is wider than the window."""
    found = await Axe().run(page)
    problems = [f"{one['id']}: {[node['target'] for node in one['nodes'][:3]]}" for one in found.response["violations"]]
    assert not problems, f"{what}: {problems}"
    wide, window = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, f"{what}: {wide} px wide in a window of {window} px"


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


async def published_earlier(books: Site, month: date, by: timedelta) -> None:
    """As if the month had come out so much earlier: the books' clock stands still."""
    database = Database(books.database_url)
    async with database.transaction() as session:
        for table, moment in (("assessment_entries", "created_at"), ("assessment_runs", "published_at")):
            moved = text(f"UPDATE {table} SET {moment} = {moment} - :by WHERE month = :month")
            await session.execute(moved, {"by": by, "month": month})
    await database.dispose()
