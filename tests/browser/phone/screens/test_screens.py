"""Every screen of the phone at 360 × 740 in both languages, with letters twice as large too: nothing that axe finds,
nothing wider than the phone, no target too small for a glove; with `SCREENS` a picture for people to look at.
"""

from __future__ import annotations

import pytest

from tests.browser.phone.conftest import Handsets, PhoneSite, expect
from tests.browser.phone.screens.views import LARGE_LETTERS, at, big, picture, wrong

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHEETS = (
    "contacted", "rebooked", "arrived", "nobody_home", "suspension_requested", "parts", "return_requested", "help",
    "further_fault",
)  # fmt: skip
PARTS_OF_MINE = 4


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_screen_fits_a_small_phone(phones: PhoneSite, handset: Handsets, language: str) -> None:
    technician = await phones.technician(orders=2)
    phone = await handset(technician.login, slow=1)
    page = phone.page
    await phone.open(page, f"/technician?lang={language}")
    await phone.until("phone.route !== null && phone.stops.length + phone.waiting.length > 1")
    one = technician.orders[0]
    faults: list[str] = []

    async def look(name: str, *, letters: bool = True) -> None:
        faults.extend(await wrong(page, f"{language} {name}"))
        await picture(page, f"{language}-{name}")
        if letters:
            await page.evaluate(LARGE_LETTERS)
            faults.extend(await wrong(page, f"{language} {name}, large letters"))
            await picture(page, f"{language}-{name}-large")
            await page.evaluate("document.documentElement.style.fontSize = ''")

    await expect(page.locator(".next")).to_be_visible()
    await look("today")
    await page.evaluate("scrollTo(0, 100000)")
    await look("today-below", letters=False)
    await at(phone, {"name": "visit", "orderId": one})
    await look("visit")
    await page.locator(".bottom .side").last.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look("more", letters=False)
    for sheet in SHEETS:
        await at(phone, {"name": "sheet", "orderId": one, "sheet": sheet})
        await look(f"sheet-{sheet}", letters=sheet == "contacted")
    await at(phone, {"name": "complete", "orderId": one})
    await look("complete")
    await page.locator("#part-signature").scroll_into_view_if_needed()
    await look("complete-below", letters=False)
    await at(phone, {"name": "map"})
    await look("map", letters=False)
    await at(phone, {"name": "mine"})
    for part in range(PARTS_OF_MINE):
        await page.locator("main .chips button").nth(part).click()
        await look(f"mine-{part}")
    await at(phone, {"name": "visit", "orderId": one})
    await phone.proxy.set_mode("portal", prefix="/api")
    await big(page).click()
    await at(phone, {"name": "unsent"})
    await look("unsent")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_page_of_a_one_time_link_fits_a_small_phone(
    phones: PhoneSite, handset: Handsets, language: str
) -> None:
    phone = await handset(slow=1)
    page = phone.page
    await page.goto(phone.proxy.url + "/phone.webmanifest")
    await page.goto(f"{phone.proxy.url}/technician?lang={language}#invite=unknown")
    await expect(page.locator("input[name=password]")).to_be_visible()
    faults = await wrong(page, f"{language} invited")
    await picture(page, f"{language}-invited")
    await page.locator("input[name=password]").fill("rain and ladders")
    await page.locator("form button.primary").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    faults += await wrong(page, f"{language} link of no use")
    await picture(page, f"{language}-invited-dead")
    assert not faults, "\n".join(faults)
