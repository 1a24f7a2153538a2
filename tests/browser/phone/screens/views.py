"""The screens of the phone, each with the way to it, and what is looked at on all of them."""

from __future__ import annotations

import os

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import settled
from tests.browser.phone.conftest import Handset, hold

PICTURES = os.environ.get("SCREENS")
LARGE_LETTERS = "document.documentElement.style.fontSize = '200%'"
# A glove needs 48 px; a word in a line of text, and what lies under another control, is no target of its own.
_SMALL = """() => {
  const targets = "button, a[href], summary, .choice, label.take, select, input:not([type=checkbox], [type=radio])";
  const hidden = ".visually-hidden, .maplibregl-map";
  return [...document.querySelectorAll(targets)]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(hidden))
    .map((one) => [one.getBoundingClientRect(), one])
    .filter(([box, one]) => Math.min(box.height, box.width) < (one.matches(".drop, .instead") ? 43.5 : 47.5))
    .map(([box, one]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${one.outerHTML.slice(0, 90)}`);
}"""
_WIDE = """(glass) => document.documentElement.scrollWidth <= glass ? []
  : [...document.querySelectorAll("main *, .bar *, header *")]
    .filter((one) => one.getBoundingClientRect().right > glass + 1).slice(0, 4)
    .map((one) => one.outerHTML.slice(0, 120)).concat(`${document.documentElement.scrollWidth} px`)"""
# What is cut off without dots is not read by anybody.
_CUT = """() => [...document.querySelectorAll("main *, header *, .bottom *, .bar *")]
  .filter((one) => one.checkVisibility() && one.children.length === 0 && one.textContent.trim()
    && !one.closest(".visually-hidden, .maplibregl-map, option, select"))
  .map((one) => [one.getBoundingClientRect(), one])
  .filter(([box]) => box.right > innerWidth + 1 || box.left < -1)
  .map(([box, one]) => `beyond the edge: ${one.outerHTML.slice(0, 90)}`)"""


def order(page: Page, order_id: str) -> Locator:
    """An order in the list, or the next visit."""
    return page.locator(f"main [data-order='{order_id}']")


def big(page: Page) -> Locator:
    """The one button at the bottom."""
    return page.locator(".bottom .big, .bar .big")


async def at(phone: Handset, screen: dict[str, str]) -> None:
    """Restart the app on a screen, as after a kill."""
    await phone.page.evaluate("(screen) => phone.goTo(screen)", screen)
    await phone.page.reload()
    await hold(phone.page)
    await expect(phone.page.locator("main > *").first).to_be_visible()


async def wrong(page: Page, name: str) -> list[str]:
    """What is wrong with what is on the screen."""
    await settled(page)
    await page.wait_for_function("() => !document.querySelector('.bottom [aria-disabled=true], .bar.dead')")
    found = await Axe().run(page)
    faults = [f"{one['id']} {[node['target'] for node in one['nodes'][:3]]}" for one in found.response["violations"]]
    faults += await page.evaluate(_SMALL) + await page.evaluate(_CUT)
    # A phone zooms out from a page that is too wide, and its window grows: what counts is the glass.
    size = page.viewport_size
    assert size is not None
    beyond = await page.evaluate(_WIDE, size["width"])
    faults += [f"wider than the phone: {one}" for one in beyond]
    return [f"{name}: {fault}" for fault in faults]


async def picture(page: Page, name: str) -> None:
    """Keep a picture for people to look at, where somebody wants some."""
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/{name}.png")
