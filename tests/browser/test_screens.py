"""Every view in both languages and three sizes: nothing that axe finds; nothing wider than the window; with `SCREENS` a
picture for people to look at.
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
    in_every_size,
    put_back,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NARROWEST = {"width": 360, "height": 740}
_BEYOND = """() => [...document.querySelectorAll('.panel-side input, .panel-side select')]
  .filter((one) => one.getBoundingClientRect().right > window.innerWidth).length"""


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


async def looked_at(page: Page, sizes: Sizes, name: str) -> list[str]:
    """What is wrong with what is on the screen, in every size."""
    faults = []
    async for size in in_every_size(page, sizes, name):
        faults += await axe(page) if size == "1440" else []
        if size == "phone":
            await page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]
            faults += await too_wide(page)
            await page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
        faults += [f"{size}: {fault}" for fault in await too_wide(page)]
    return [f"{name}: {fault}" for fault in faults]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("sizes", [DESK, PHONE], ids=["desk", "phone"])
async def test_every_view_has_its_picture_fits_and_axe_finds_nothing(site: Site, sizes: Sizes, language: str) -> None:
    page = await site.person(SIZES[sizes[0]], draws=PICTURES is not None)
    await page.goto(f"{site.url}/?lang={language}")
    await expect(page.locator("form")).to_be_visible()
    faults = await looked_at(page, sizes, f"{language}-sign-in")
    await enter(page, "dispatcher")
    for name, show in VIEWS.items():
        if sizes is PHONE and name in NOT_ON_A_PHONE:
            continue
        await fresh(page, site.url, language)
        await show(page)
        await settled(page)
        faults += await looked_at(page, sizes, f"{language}-{name}")
        await page.keyboard.press("Escape")
    await put_back(page, site.url)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_what_stands_on_a_drawn_map_fits_and_axe_finds_nothing(site: Site, language: str) -> None:
    page = await site.sign_in("dispatcher", f"/?lang={language}", draws=True)
    faults = []
    for name in ON_THE_MAP:
        await fresh(page, site.url, language)
        await expect(page.locator(".map[data-drawn=true]")).to_be_attached(timeout=60_000)
        await VIEWS[name](page)
        await settled(page)
        faults += await looked_at(page, DESK, f"{language}-{name}")
        await page.keyboard.press("Escape")
    assert not faults, "\n".join(faults)
