"""Every view in both languages and three sizes: a picture for people to look at, under the artefacts' folder; nothing
that axe finds; nothing wider than the window.
"""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from tests.browser.conftest import Site, enter
from tests.browser.views import ARTEFACTS, NOT_ON_A_PHONE, SIZES, VIEWS, fresh, put_back

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


async def looked_at(page: Page, size: str, name: str) -> list[str]:
    """What is wrong with what is on the screen; its picture is kept."""
    folder = ARTEFACTS / size
    folder.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=folder / f"{name}.png")
    faults = await axe(page) if size == "1440" else []
    if size == "phone":
        await page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]
        faults += await too_wide(page)
        await page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    return [f"{name}: {fault}" for fault in [*faults, *await too_wide(page)]]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", list(SIZES))
async def test_every_view_has_its_picture_fits_and_axe_finds_nothing(site: Site, size: str, language: str) -> None:
    page = await site.person(SIZES[size])
    await page.goto(f"{site.url}/?lang={language}")
    await expect(page.locator("form")).to_be_visible()
    faults = await looked_at(page, size, f"{language}-sign-in")
    await enter(page, "dispatcher")
    for name, show in VIEWS.items():
        if size == "phone" and name in NOT_ON_A_PHONE:
            continue
        await fresh(page, site.url, language)
        if size != "phone":
            await expect(page.locator(".map[data-drawn=true]")).to_be_attached(timeout=60_000)
        await show(page)
        await page.wait_for_timeout(300)
        faults += await looked_at(page, size, f"{language}-{name}")
        await page.keyboard.press("Escape")
    await put_back(page, site.url)
    assert not faults, "\n".join(faults)
