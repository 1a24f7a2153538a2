"""Every view in both languages and three sizes: nothing axe finds; nothing wider than the window; nothing too small.

With `SCREENS` there is a picture of each for people to look at.
"""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from tests.browser.conftest import Site, enter, settled
from tests.browser.views import (
    DESK,
    NOT_ON_A_PHONE,
    ON_THE_MAP,
    PHONE,
    PICTURES,
    SIZES,
    VIEWS,
    Sizes,
    fresh,
    in_both_languages,
    in_every_size,
    put_back,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NARROWEST = {"width": 360, "height": 740}
_BEYOND = """() => [...document.querySelectorAll('.panel-side input, .panel-side select')]
  .filter((one) => one.getBoundingClientRect().right > window.innerWidth).length"""

_SMALL = """() => {
  const shown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const targets = 'button, a[href], input, select, textarea, summary, [role=option]';
  return [...document.querySelectorAll(targets)]
    .filter((one) => shown(one) && !one.closest('.visually-hidden, .maplibregl-ctrl-attrib'))
    // A tick is as large as the label around it.
    .map((one) => (one.matches('[type=checkbox], [type=radio]') && one.closest('label')) || one)
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.height > 0 && (box.width < 23.5 || box.height < 23.5))
    .map(([one, box]) => `${one.tagName}.${one.className} ${Math.round(box.width)}×${Math.round(box.height)}`);
}"""
"""Targets below 24 × 24 px (WCAG 2.2, 2.5.8)."""


async def axe(page: Page) -> list[str]:
    found = await Axe().run(page)
    return [f"{one['id']} {[node['target'] for node in one['nodes'][:3]]}" for one in found.response["violations"]]


async def too_wide(page: Page) -> list[str]:
    wide, window = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    beyond = await page.evaluate(_BEYOND)
    return [
        *([f"{wide} px wide in a window of {window} px"] if wide > window else []),
        *([f"{beyond} fields reach beyond the screen"] if beyond else []),
    ]


async def too_small(page: Page, name: str) -> list[str]:
    """What a shaking hand would miss."""
    return [f"{name}: {one} is too small" for one in await page.evaluate(_SMALL)]


async def looked_at(page: Page, sizes: Sizes, name: str) -> list[str]:
    """What is wrong with what is on the screen, in both languages and every size."""
    faults = []
    async for language in in_both_languages(page):
        async for size in in_every_size(page, sizes, f"{language}-{name}"):
            found = await axe(page) if size == "1440" else []
            if size == "phone":
                await page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]
                found += await too_wide(page)
                await page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
            found += await too_wide(page)
            faults += [f"{language}-{name}, {size}: {fault}" for fault in found]
    return faults


@pytest.mark.parametrize("sizes", [DESK, PHONE], ids=["desk", "phone"])
async def test_every_view_has_its_picture_fits_is_large_enough_and_axe_finds_nothing(site: Site, sizes: Sizes) -> None:
    page = await site.person(SIZES[sizes[0]], draws=PICTURES is not None)
    await page.goto(f"{site.url}/?lang=en")
    await expect(page.locator("form")).to_be_visible()
    faults = await looked_at(page, sizes, "sign-in")
    await enter(page, "dispatcher")
    for name, show in VIEWS.items():
        if sizes is PHONE and name in NOT_ON_A_PHONE:
            continue
        await fresh(page, site.url, "en")
        await show(page)
        await settled(page)
        faults += await too_small(page, name) if sizes is DESK else []
        faults += await looked_at(page, sizes, name)
        await page.keyboard.press("Escape")
    await put_back(page, site.url)
    assert not faults, "\n".join(faults)


async def test_what_stands_on_a_drawn_map_fits_and_axe_finds_nothing(site: Site) -> None:
    page = await site.sign_in("dispatcher", "/?lang=en", draws=True)
    faults = []
    for name in ON_THE_MAP:
        await fresh(page, site.url, "en")
        await expect(page.locator(".map[data-drawn=true]")).to_be_attached(timeout=60_000)
        faults += await too_small(page, "the map")
        await VIEWS[name](page)
        await settled(page)
        faults += await looked_at(page, DESK, name)
        await page.keyboard.press("Escape")
    assert not faults, "\n".join(faults)
