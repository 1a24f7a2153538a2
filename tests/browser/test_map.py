"""Orders carried on the map, by mouse or finger: what was dropped is there after a reload, for somebody else too."""

from __future__ import annotations

import io
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import chain

import pytest
from PIL import Image, ImageChops
from playwright.async_api import CDPSession, Locator, Page, expect

from tests.browser.conftest import Site, settled

pytestmark = pytest.mark.browser
type Point = tuple[float, float]
type Hold = Callable[[Point], Awaitable[None]]
STEP = 9
A_TWENTIETH = 160 * 90 / 20
"""Of the points of a map's small picture."""
PATIENCE_SECONDS = 20


async def open_map(site: Site, page: Page | None = None) -> Page:
    """The page with its map drawn and everybody in the order of their names."""
    if page is None:
        page = await site.sign_in("dispatcher", draws=True)
    await expect(page.locator(".map[data-drawn=true]")).to_be_visible()
    await page.get_by_role("combobox", name="Sort").select_option("name")
    await expect(page.locator("[data-visit]").first).to_be_visible()
    return page


async def middle(what: Locator) -> Point:
    await what.scroll_into_view_if_needed()
    box = await what.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def number_of(page: Page, order: str) -> str:
    said = await page.locator(f"[data-visit='{order}']").get_attribute("aria-label") or ""
    return said.split(",")[1].split()[-1]


async def in_queue(page: Page, order: str, number: str) -> Locator:
    """The order's row in the queue, found by its number as one types it; the search has come to rest."""
    await page.get_by_role("searchbox").first.fill(number)
    row = page.locator(f"#panel-orders [data-order='{order}']")
    await expect(page.locator("#panel-orders [data-order]")).to_have_count(1)
    await expect(row).to_be_visible()
    return row


async def show_route(page: Page, technician: str) -> str:
    """Bring one person's way onto the map; their name."""
    who = page.locator(f"[data-technician='{technician}']").get_by_role("rowheader")
    await who.click()
    await expect(page.locator("#technician-title")).to_be_visible()
    await settled(page)
    return await page.locator("#technician-title").inner_text()


async def over_the_map(page: Page) -> AsyncIterator[Point]:
    """The points of the cross through the middle of the map: whatever fills the map crosses it; then all others."""
    box = await page.locator(".maplibregl-canvas").bounding_box()
    assert box is not None
    across = [box["x"] + 60 + step for step in range(0, int(box["width"]) - 120, STEP)]
    down = [box["y"] + 50 + step for step in range(0, int(box["height"]) - 80, STEP)]
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for point in chain(
        ((x, one) for one in down), ((one, y) for one in across), ((a, b) for b in down for a in across)
    ):
        yield point


async def carry_to(page: Page, hold: Hold, wanted: Callable[[], Awaitable[bool]]) -> None:
    """Move what is held over the map until it hangs over what is wanted, its price shown."""
    async for point in over_the_map(page):
        await hold(point)
        held = page.locator("[data-held]")
        if "Hold it over" in await held.inner_text():
            continue
        await expect(held.locator(".price")).to_be_visible()
        if await wanted():
            return
    raise AssertionError("the map shows nobody who fits")


def is_over(page: Page, name: str) -> Callable[[], Awaitable[bool]]:
    async def wanted() -> bool:
        return await page.locator("[data-held] .where strong").inner_text() == name

    return wanted


def by_mouse(page: Page) -> Hold:
    async def hold(point: Point) -> None:
        await page.mouse.move(*point)

    return hold


async def press(page: Page, point: Point) -> None:
    await page.mouse.move(*point)
    await page.mouse.down()
    await page.mouse.move(point[0] + 8, point[1] + 3)
    await expect(page.locator("[data-held]")).to_be_visible()


async def stands_with(site: Site, order: str, technician: str) -> None:
    """A second person, and whoever loads the page again, find the order in this technician's row."""
    other = await open_map(site, await site.sign_in("manager", draws=True))
    await expect(other.locator(f"[data-technician='{technician}'] [data-visit='{order}']")).to_be_visible()


async def an_order_and_who_may_take_it(page: Page) -> tuple[str, str]:
    """An order that nobody has set out for, and someone else whose route the rules let it into, as the menu without
    dragging tells.
    """
    rows = page.locator("[data-technician]", has=page.locator("[data-visit].movable"))
    working = [await row.get_attribute("data-technician") or "" for row in await rows.all()]
    for owner in working:
        visits = page.locator(f"[data-technician='{owner}'] [data-visit].movable")
        order = await visits.first.get_attribute("data-visit") or ""
        await page.locator(f"[data-visit='{order}']").click()
        await page.get_by_role("button", name="Move…").click()
        menu = page.get_by_role("form", name="Move")
        for whom in [one for one in working if one != owner]:
            await menu.get_by_label("Technician").select_option(whom)
            await expect(menu.locator(".price")).to_be_visible()
            if not await menu.locator(".price.no").count():
                await page.keyboard.press("Escape")
                return order, whom
        await page.keyboard.press("Escape")
    raise AssertionError("nobody may take anything")


async def test_an_order_of_the_queue_is_dropped_onto_a_route_on_the_map(site: Site) -> None:
    page = await open_map(site)
    order, whom = await an_order_and_who_may_take_it(page)
    number = await number_of(page, order)
    name = await show_route(page, whom)
    await press(page, await middle(await in_queue(page, order, number)))
    await carry_to(page, by_mouse(page), is_over(page, name))
    await expect(page.locator("[data-held] .price")).to_contain_text("min driving")
    times = re.search(r"(\d\d:\d\d)–(\d\d:\d\d)", await page.locator("[data-held] .facts").inner_text())
    assert times is not None
    await page.mouse.up()
    await expect(page.locator(".said")).to_contain_text(f"goes to {name}")
    await stands_with(site, order, whom)
    other = await open_map(site, await site.sign_in("manager", draws=True))
    told = re.compile(f"{times[1]} to {times[2]}")
    await expect(other.locator(f"[data-visit='{order}']")).to_have_attribute("aria-label", told)


async def a_movable_order(page: Page, but_of: str = "") -> tuple[str, str]:
    """An order that nobody has set out for, and who has it; not one of `but_of`."""
    for row in await page.locator("[data-technician]", has=page.locator("[data-visit].movable")).all():
        whose = await row.get_attribute("data-technician") or ""
        if whose != but_of:
            return await row.locator("[data-visit].movable").first.get_attribute("data-visit") or "", whose
    raise AssertionError("nothing can be moved")


async def bring_to_the_middle(page: Page, order: str) -> Point:
    """Come so near that the order stands alone, in the middle of the map."""
    await page.get_by_role("button", name="Whole area").click()
    for _ in range(3):
        await settled(page)
        await page.locator(".maplibregl-ctrl-zoom-out").click()
    await settled(page)
    await page.locator(f"[data-visit='{order}']").click()
    await settled(page)
    return await middle(page.locator(".maplibregl-canvas"))


async def all_routes(page: Page) -> None:
    await page.get_by_role("button", name="Layers").click()
    await page.get_by_label("All routes").check()
    await page.get_by_role("button", name="Layers").click()


async def test_an_order_on_the_map_is_dropped_onto_somebody_elses_route(site: Site) -> None:
    page = await open_map(site)
    await all_routes(page)
    order, before = await a_movable_order(page)
    await press(page, await bring_to_the_middle(page, order))
    holder = await page.locator(f"[data-technician='{before}'] .name b").inner_text()

    async def may_take_it() -> bool:
        name = await page.locator("[data-held] .where strong").inner_text()
        return name != holder and not await page.locator("[data-held] .price.no").count()

    await carry_to(page, by_mouse(page), may_take_it)
    name = await page.locator("[data-held] .where strong").inner_text()
    await page.mouse.up()
    await expect(page.locator(".said")).to_contain_text(f"goes to {name}")
    whom = page.locator("[data-technician]").filter(has_text=name)
    await stands_with(site, order, await whom.get_attribute("data-technician") or "")


async def test_what_a_person_fixed_refuses_the_drop_on_the_map_and_says_why(site: Site) -> None:
    page = await open_map(site)
    order, whom = await an_order_and_who_may_take_it(page)
    await page.locator(f"[data-visit='{order}']").click()
    await page.get_by_role("button", name="Who", exact=True).click()
    await expect(page.get_by_role("button", name="Who", exact=True)).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Escape")
    before = page.locator("[data-technician]", has=page.locator(f"[data-visit='{order}']"))
    owner = await before.get_attribute("data-technician") or ""
    number = await number_of(page, order)
    name = await show_route(page, whom)
    await press(page, await middle(await in_queue(page, order, number)))
    await carry_to(page, by_mouse(page), is_over(page, name))
    why = await page.locator("[data-held] .price.no ul.stop li").first.inner_text()
    await page.mouse.up()
    await expect(page.locator(".said .bad")).to_contain_text("stays where it is")
    await expect(page.locator(".said .bad")).to_contain_text(why)
    await stands_with(site, order, owner)


async def drawn_picture(page: Page) -> Image.Image:
    picture = await page.locator(".maplibregl-canvas").screenshot()
    return Image.open(io.BytesIO(picture)).convert("L").resize((160, 90))


async def changed_since(page: Page, before: Image.Image) -> int:
    """How many points of the map's picture look different now."""
    return sum(ImageChops.difference(before, await drawn_picture(page)).histogram()[24:])


async def test_near_its_edge_the_map_follows_the_hand(site: Site) -> None:
    page = await open_map(site)
    order, _ = await a_movable_order(page)
    row = await in_queue(page, order, await number_of(page, order))
    await settled(page)
    before = await drawn_picture(page)
    await press(page, await middle(row))
    box = await page.locator(".maplibregl-canvas").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while await changed_since(page, before) <= A_TWENTIETH:
        assert time.monotonic() < deadline, "the map does not follow"
    await page.keyboard.press("Escape")
    await page.mouse.up()
    await settled(page)
    assert await changed_since(page, before) > A_TWENTIETH


class Finger:
    """One finger on the glass, as the browser hears it from a screen."""

    def __init__(self, devtools: CDPSession) -> None:
        self.devtools = devtools

    async def _touch(self, kind: str, *points: Point) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        await self.devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    async def down(self, point: Point) -> None:
        await self._touch("touchStart", point)

    async def move(self, point: Point) -> None:
        await self._touch("touchMove", point)

    async def up(self) -> None:
        await self._touch("touchEnd")


async def at_a_tablet(site: Site) -> tuple[Page, Finger]:
    page = await open_map(site, await site.sign_in("dispatcher", draws=True, touch=True))
    return page, Finger(await page.context.new_cdp_session(page))


async def test_a_finger_that_rests_carries_an_order_onto_the_map(site: Site) -> None:
    page, finger = await at_a_tablet(site)
    order, whom = await an_order_and_who_may_take_it(page)
    number = await number_of(page, order)
    name = await show_route(page, whom)
    at = await middle(await in_queue(page, order, number))
    await finger.down(at)
    await expect(page.locator("[data-held]")).to_be_visible()
    await carry_to(page, finger.move, is_over(page, name))
    await finger.up()
    await expect(page.locator(".said")).to_contain_text(f"goes to {name}")
    await stands_with(site, order, whom)


async def test_a_finger_that_moves_at_once_scrolls_the_queue(site: Site) -> None:
    page, finger = await at_a_tablet(site)
    queue = page.locator("#panel-orders .scroller")
    await expect(queue.locator("li").first).to_have_attribute("aria-posinset", "1")
    x, y = await middle(queue)
    y += 200
    await finger.down((x, y))
    for step in range(1, 12):
        await finger.move((x, y - 40 * step))
    await expect(page.locator("[data-held]")).to_have_count(0)
    await finger.up()
    await expect(queue.locator("li").first).not_to_have_attribute("aria-posinset", "1")
