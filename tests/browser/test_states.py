"""What the console shows when there is nothing, too much, not yet or no more, and to those who may only look."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from kit.actor import Role
from kit.db import Database
from tests.browser import extremes, views
from tests.browser.conftest import Site, settled
from tests.browser.views import DESK, ONE_DESK, PHONE, SIZES, Sizes

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LANGUAGES = ("en", "zh")
_API = re.compile(r"/api/(areas/|orders/|plans|plan-runs)")


@pytest.fixture(scope="module")
async def peopled(site: Site) -> Site:
    """The site with its extremes: an empty area, a crowded one, and an account of every role."""
    database = Database(site.database_url)
    await extremes.make(database)
    await database.dispose()
    return site


async def picture(page: Page, sizes: Sizes, name: str) -> None:
    """Nothing is wider than the window, in any of the sizes; its picture is kept where they are wanted."""
    async for size in views.in_every_size(page, sizes, name):
        wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name}: {wide} px wider than the window of {size}"


async def looked_at(site: Site, login: str, language: str, sizes: Sizes, *, draws: bool = False) -> Page:
    size = SIZES[sizes[0]]
    page = await site.sign_in(login, f"/?lang={language}", size=size, draws=draws or views.PICTURES is not None)
    await expect(page.locator("main .list")).to_be_visible()
    return page


async def said(page: Page, where: str) -> None:
    """There is a sentence for people where otherwise a list is."""
    await expect(page.locator(where).first).not_to_be_empty()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sizes", [DESK, PHONE], ids=["desk", "phone"])
async def test_an_area_with_nothing_in_it_says_what_is_missing_and_how_to_bring_it(
    peopled: Site, sizes: Sizes, language: str
) -> None:
    page = await looked_at(peopled, extremes.NEWCOMER, language, sizes, draws=language == "en")
    await expect(page.locator("#panel-orders .state")).to_contain_text("grid-dispatch orders import")
    if sizes is not PHONE:
        await expect(page.locator(".map .notices .notice")).to_have_count(2)
        if language == "en":  # where the map is drawn nothing is said beside them
            await expect(page.locator(".map .notice")).to_have_count(2)
        await expect(page.locator(".timeline .state")).to_contain_text("grid-dispatch technicians import")
    await picture(page, sizes, f"{language}-empty-area")
    for tab in ("places", "requests", "callbacks", "scores"):
        await page.locator(f"#tab-{tab}").click()
        await said(page, f"#panel-{tab} .state")
        await picture(page, sizes, f"{language}-empty-{tab}")
    await page.locator("header .plan").click()
    await expect(page.locator(".panel-side form")).to_be_visible()
    await picture(page, sizes, f"{language}-empty-plan")
    if sizes is PHONE:
        await page.locator(".panel-side .head button").click()
        for number, side in ((1, "map"), (2, "timeline")):
            await page.locator("nav.toggle button").nth(number).click()
            await picture(page, sizes, f"{language}-empty-{side}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sizes", [DESK, PHONE], ids=["desk", "phone"])
async def test_far_too_much_of_everything_stays_readable(peopled: Site, sizes: Sizes, language: str) -> None:
    page = await looked_at(peopled, extremes.CROWDED, language, sizes)
    await expect(page.locator("#panel-orders [data-order]").first).to_be_visible()
    await expect(page.locator("#tab-places .count")).to_be_visible()
    await expect(page.locator("#tab-callbacks .count")).to_be_visible()
    await picture(page, sizes, f"{language}-crowded-queue")
    for tab in ("places", "callbacks"):
        await views.tab(page, tab)
        await picture(page, sizes, f"{language}-crowded-{tab}")
    await page.locator("#tab-orders").click()
    await page.locator("#panel-orders .line button").click()
    await picture(page, sizes, f"{language}-crowded-filters")
    await page.locator("#panel-orders .line button").click()
    await page.locator("#panel-orders li input[type=checkbox]").nth(1).check()
    await page.locator(".bulk .buttons button").first.click()
    await picture(page, sizes, f"{language}-crowded-bulk")
    await page.locator(".bulk .head button").click()
    await page.locator("#panel-orders [data-order]").first.click()
    await expect(page.locator(".panel-side ol")).to_be_visible()
    await picture(page, sizes, f"{language}-crowded-drawer")
    await page.keyboard.press("Escape")
    if sizes is not PHONE:
        await page.locator("[data-technician]").get_by_role("rowheader").first.click()
        await expect(page.locator(".panel-side.technician")).to_be_visible()
        await picture(page, sizes, f"{language}-crowded-person")


async def _slow(page: Page, free: asyncio.Event) -> None:
    async def wait(route: Route) -> None:
        await free.wait()
        await route.continue_()

    await page.route(_API, wait)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sizes", [ONE_DESK, PHONE], ids=["desk", "phone"])
async def test_while_the_server_takes_its_time_the_page_says_so_and_then_shows_everything(
    peopled: Site, sizes: Sizes, language: str
) -> None:
    draws = sizes is not PHONE and language == "en"
    page = await looked_at(peopled, "dispatcher", language, sizes, draws=draws)
    await expect(page.locator("#panel-orders [data-order]").first).to_be_visible()
    free = asyncio.Event()
    await _slow(page, free)
    loading = page.locator(".state[role=status]")
    await page.reload()
    await expect(loading.first).to_be_visible()
    await settled(page, answered=False)
    await picture(page, sizes, f"{language}-loading-console")
    free.set()
    await expect(page.locator("#panel-orders [data-order]").first).to_be_visible()
    if draws:
        await expect(page.locator(".map[data-drawn=true]")).to_be_attached(timeout=60_000)
    free.clear()
    await page.locator("#panel-orders [data-order]").nth(3).click()
    await settled(page, answered=False)
    await picture(page, sizes, f"{language}-loading-drawer")
    await page.keyboard.press("Escape")
    await page.locator("header .plan").click()
    await expect(loading.first).to_be_visible()
    await settled(page, answered=False)
    await picture(page, sizes, f"{language}-loading-plan")
    await page.keyboard.press("Escape")
    await page.locator("#tab-scores").click()
    await expect(page.locator("#panel-scores .state[role=status]")).to_be_visible()
    await settled(page, answered=False)
    await picture(page, sizes, f"{language}-loading-scores")
    free.set()
    await expect(page.locator("#panel-scores table")).to_be_visible()


async def _broken(route: Route) -> None:
    await route.fulfill(status=500, content_type="text/plain", body="")


async def _gone(route: Route) -> None:
    await route.abort()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sizes", [ONE_DESK, PHONE], ids=["desk", "phone"])
async def test_a_server_that_fails_or_is_gone_leaves_a_sentence_and_a_way_on(
    peopled: Site, sizes: Sizes, language: str
) -> None:
    page = await looked_at(peopled, "dispatcher", language, sizes)
    await expect(page.locator("#panel-orders [data-order]").first).to_be_visible()
    lists = re.compile(r"/api/(areas/[^/]+/(orders|routes|worklists|callbacks|assessments|plans)|orders/)")
    await page.route(lists, _broken)
    await page.locator("#panel-orders [data-order]").first.click()
    await picture(page, sizes, f"{language}-error-drawer")
    await page.keyboard.press("Escape")
    await page.reload()
    await expect(page.locator("#panel-orders [role=alert] button")).to_be_visible()
    await picture(page, sizes, f"{language}-error-lists")
    for tab in ("places", "requests", "callbacks", "scores"):
        await page.locator(f"#tab-{tab}").click()
        await expect(page.locator(f"#panel-{tab} [role=alert] button")).to_be_visible()
    await picture(page, sizes, f"{language}-error-scores")
    await page.locator("header .plan").click()
    await expect(page.locator(".panel-side [role=alert]")).to_be_visible()
    await picture(page, sizes, f"{language}-error-plan")
    await page.unroute(lists)
    await page.keyboard.press("Escape")
    await page.locator("#panel-scores [role=alert] button").click()
    await expect(page.locator("#panel-scores table")).to_be_visible()
    everything = re.compile(r"/api/")
    await page.route(everything, _gone)
    await page.context.set_offline(True)
    await expect(page.locator("header .live.lost")).to_be_visible()
    await picture(page, sizes, f"{language}-error-not-live")
    await page.context.set_offline(False)
    await page.reload()
    await expect(page.get_by_role("alert").get_by_role("button")).to_be_visible()
    await picture(page, sizes, f"{language}-error-unreachable")
    await page.unroute(everything)
    await page.get_by_role("alert").get_by_role("button").click()
    await expect(page.locator("main .list")).to_be_visible()


async def test_what_could_not_be_read_without_a_network_is_read_when_it_is_back(peopled: Site) -> None:
    page = await looked_at(peopled, "dispatcher", "en", ONE_DESK)
    rows = page.locator("#panel-orders [data-order]")
    await expect(rows.first).to_be_visible()
    await page.context.set_offline(True)
    await expect(page.locator("header .live.lost")).to_be_visible()
    await page.get_by_role("button", name="The day after").click()
    await expect(page.locator("#panel-orders [role=alert]")).to_be_visible()
    await page.context.set_offline(False)
    await expect(rows.first).to_be_visible()
    await expect(page.locator("[role=alert]")).to_have_count(0)
    await expect(page.locator("[data-technician]").first).to_be_visible()


async def _asks(page: Page, selector: str) -> int:
    return await page.locator(selector).count()


ABSENT: dict[Role, tuple[str, ...]] = {
    Role.AGENT: ("header .plan.primary", ".timeline [aria-keyshortcuts]", ".visit.movable", "#tab-scores"),
    Role.GRID_LEAD: (),
    Role.INSPECTOR: ("header .report", "header .plan.primary", "#panel-orders li input", ".visit.movable"),
    Role.MANAGER: ("header .report", "header .plan.primary", "#panel-orders li input", ".visit.movable"),
    Role.OBSERVER: ("header .report", "header .plan.primary", "#panel-orders li input", ".visit.movable"),
}
"""What is not on the screen of those who may not do it."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", extremes.LOOKERS, ids=str)
async def test_what_a_role_may_not_do_is_absent_or_says_why(peopled: Site, role: Role, language: str) -> None:
    page = await looked_at(peopled, role.value, language, ONE_DESK, draws=language == "en")
    await expect(page.locator("#panel-orders [data-order]").first).to_be_visible()
    if language == "en":
        await expect(page.locator(".map[data-drawn=true]")).to_be_attached(timeout=60_000)
    await settled(page)
    for selector in ABSENT[role]:
        assert await _asks(page, selector) == 0, f"{role}: {selector}"
    await picture(page, ONE_DESK, f"{language}-{role}-console")
    await page.locator("#panel-orders [data-order]").nth(4).click()
    await expect(page.locator(".panel-side ol")).to_be_visible()
    await picture(page, ONE_DESK, f"{language}-{role}-drawer")
    await page.keyboard.press("Escape")
    await page.locator("header .plan").click()
    await expect(page.locator(".panel-side .tiles")).to_be_visible()
    if role is Role.GRID_LEAD:  # the plan is the whole area's, its three orders without a place are nobody's
        elsewhere = {"en": "3 orders outside your grids are not planned.", "zh": "另有 3 张工单未排，不在您的网格内。"}
        await expect(page.locator(".panel-side")).to_contain_text(elsewhere[language])
    else:
        await expect(page.locator(".panel-side .body > p.muted").last).to_be_visible()
        assert await _asks(page, ".panel-side form, .panel-side button.danger") == 0
    await picture(page, ONE_DESK, f"{language}-{role}-plan")
    await page.keyboard.press("Escape")
    for tab in ("places", "requests", "callbacks", "scores"):
        if await _asks(page, f"#tab-{tab}"):
            await views.tab(page, tab)
            await picture(page, ONE_DESK, f"{language}-{role}-{tab}")


_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = (one.closest('label') ?? one).getBoundingClientRect();
  const style = getComputedStyle(one);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const shown = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const part = one.closest('header, .tabs, .list, .map, .timeline, .panel-side, [role=separator]');
  const where = part?.className.split(' ')[0] || part?.tagName || '';
  return { name: `${one.tagName}.${one.className}`, part: where, ring, shown };
}"""


async def test_the_tab_key_goes_from_the_top_to_the_lists_the_map_and_the_timeline_with_a_ring_everywhere(
    site: Site,
) -> None:
    page = await site.sign_in("dispatcher", "/?lang=en", draws=True)
    await expect(page.locator(".map[data-drawn=true]")).to_be_attached(timeout=60_000)
    await page.evaluate("document.activeElement.blur()")
    parts: list[str] = []
    without: list[str] = []
    for _ in range(120):
        await page.keyboard.press("Tab")
        here = await page.evaluate(_FOCUSED)
        if here is None:
            break
        if not (here["ring"] and here["shown"]):
            without.append(str(here))
        if not parts or parts[-1] != here["part"]:
            parts.append(here["part"])
    order = [part for part in parts if part in ("HEADER", "tabs", "list", "map", "timeline")]
    assert list(dict.fromkeys(order)) == ["HEADER", "tabs", "list", "map", "timeline"], parts
    assert not without, "\n".join(without[:10])
