"""Every view in both languages and three sizes, as pictures for people to look at, under the artefacts' folder."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Site
from tests.browser.views import ARTEFACTS, NOT_ON_A_PHONE, SIZES, VIEWS, fresh, put_back

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", list(SIZES))
async def test_every_view_has_its_picture(site: Site, size: str, language: str) -> None:
    folder = ARTEFACTS / size
    folder.mkdir(parents=True, exist_ok=True)
    page = await site.person(SIZES[size])
    await page.goto(f"{site.url}/?lang={language}")
    await expect(page.locator("form")).to_be_visible()
    await page.screenshot(path=folder / f"{language}-sign-in.png")
    await page.close()
    page = await site.sign_in("dispatcher", f"/?lang={language}", size=SIZES[size])
    for name, show in VIEWS.items():
        if size == "phone" and name in NOT_ON_A_PHONE:
            continue
        await fresh(page, site.url, language)
        if size != "phone":
            await expect(page.locator(".map[data-drawn=true]")).to_be_attached(timeout=60_000)
        await show(page)
        await page.wait_for_timeout(300)
        await page.screenshot(path=folder / f"{language}-{name}.png")
        await page.keyboard.press("Escape")
    await put_back(page, site.url)
