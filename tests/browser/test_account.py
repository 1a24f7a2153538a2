"""One's own account in the console: a new password, and what acts as oneself elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Site, settled
from tests.browser.hands import tidy
from tests.browser.town import PASSWORD

pytestmark = pytest.mark.browser


async def test_a_phone_that_is_not_known_is_revoked_and_the_password_changed_by_keyboard(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    phone = (await site.person()).request  # without the page's cookie
    made = await phone.post(
        site.url + "/api/tokens", data={"login": "dispatcher", "password": PASSWORD, "name": "Phone of nobody"}
    )
    assert made.ok, await made.text()
    secret = (await made.json())["token"]
    await page.locator("button.name").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="My account")
    await expect(dialog.get_by_text("Phone of nobody", exact=True)).to_be_visible()
    await tidy(page, "the account")
    if folder := os.environ.get("SCREENS"):
        for width, height in ((1440, 900), (390, 844)):
            await page.set_viewport_size({"width": width, "height": height})
            await settled(page)
            await page.screenshot(path=Path(folder) / f"account-{width}.png")
        await page.set_viewport_size({"width": 1440, "height": 900})

    await dialog.get_by_role("button", name="Revoke Phone of nobody").click()
    await dialog.get_by_role("button", name="Revoke for good").click()
    await expect(dialog.get_by_role("status")).to_have_text("Phone of nobody is signed out.")
    refused = await phone.get(site.url + "/api/me", headers={"Authorization": f"Bearer {secret}"})
    assert refused.status == 401

    await dialog.get_by_label("Current password").fill("not this one")
    await dialog.get_by_label("New password", exact=True).fill("a new and longer one 7")
    await dialog.get_by_label("New password again").fill("another one 8")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_have_text("The two new passwords differ.")
    await dialog.get_by_label("New password again").fill("a new and longer one 7")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await dialog.get_by_label("Current password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("status")).to_contain_text("The password is changed.")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(page.locator("button.name")).to_be_focused()
    again = await phone.post(
        site.url + "/api/sign-in", data={"login": "dispatcher", "password": "a new and longer one 7"}
    )
    assert again.ok
