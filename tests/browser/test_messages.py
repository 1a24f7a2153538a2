"""Messages on the desk: what did not go out, texts with their size as SMS, and the ways out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select, text

from dispatch.accounts.service import create_account
from dispatch.notices.models import Notice, NoticeStatus
from grids.models import ServiceArea
from kit.actor import Role
from kit.db import Database
from tests.browser.conftest import DESK, PHONE, Site, settled
from tests.browser.hands import tidy
from tests.browser.town import PASSWORD
from tests.databases import ROOT

pytestmark = pytest.mark.browser
PICTURES = Path(os.environ.get("SCREENS") or ROOT / ".data" / "screens")


async def looked_at(page: Page, name: str) -> None:
    await settled(page)
    await tidy(page, name)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


async def stuck(site: Site, key: str, status: NoticeStatus) -> None:
    """A notice that waits for a person; and an administrator who sets up the ways out."""
    database = Database(site.database_url)
    async with database.transaction() as session:
        area = (await session.scalars(select(ServiceArea))).one()
        now = area.clock.now()
        session.add(
            Notice(area_id=area.id, order_id=None, key=key, kind="outage_over", language="zh", template_number=1,
                   params={}, phone="13800000001", status=status, created_at=now, next_at=now, reason="http_500")
        )  # fmt: skip
        known = await session.scalar(text("SELECT count(*) FROM accounts WHERE login = 'admin'"))
        if not known:
            await create_account(
                session, "admin", "Ada Admin", Role.ADMINISTRATOR, password=PASSWORD, area_ids=[area.id]
            )
    await database.dispose()


async def test_a_failed_message_is_put_away_a_typo_is_refused_and_a_way_out_is_set_up(site: Site) -> None:
    await stuck(site, "one", NoticeStatus.UNKNOWN)
    page = await site.sign_in("admin", "/desk")
    await page.get_by_role("button", name="Messages").click()
    row = page.locator("[data-notice]")
    await expect(row).to_contain_text("In doubt")
    text_of = page.locator("[data-template=received]")
    await expect(text_of).to_contain_text("part")
    await text_of.get_by_role("button", name="Change").click()
    await text_of.get_by_label("English").fill("Order {numbr} is here.")
    await text_of.get_by_role("button", name="Save a new version").click()
    await expect(text_of.get_by_role("alert")).to_contain_text("{numbr}")
    await text_of.get_by_label("English").fill("Order {number} is here.")
    await text_of.get_by_role("button", name="Save a new version").click()
    await expect(text_of).to_contain_text("version")
    await page.get_by_role("button", name="Another way out").click()
    await page.get_by_role("textbox", name="Name", exact=True).fill("trace")
    await page.get_by_role("combobox", name="Kind").select_option("log")
    await page.get_by_label("Settings (JSON)").fill("{")
    await page.get_by_role("button", name="Save the way out").click()
    await expect(page.get_by_text("This is not valid JSON")).to_be_visible()
    await page.get_by_label("Settings (JSON)").fill("{}")
    await page.get_by_role("button", name="Save the way out").click()
    await expect(page.locator("[data-channel=trace]")).to_contain_text("Log only")
    await looked_at(page, "messages-en-desk")
    await row.get_by_role("button", name="Put away").click()
    await expect(page.get_by_text("Everything went out.")).to_be_visible()
    assert site.errors == []


@pytest.mark.parametrize(("locale", "tab"), [("en-GB", "Messages"), ("zh-CN", "通知")])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_messages_in_both_languages_and_sizes(
    site: Site, locale: str, tab: str, size: dict[str, int]
) -> None:
    kind = "phone" if size is PHONE else "desk"
    await stuck(site, f"{locale} {kind}", NoticeStatus.FAILED)
    page = await site.sign_in("manager", "/desk", size=size, locale=locale)
    await page.get_by_role("button", name=tab).click()
    await expect(page.locator("[data-notice]").first).to_be_visible()
    await looked_at(page, f"messages-list-{locale[:2]}-{kind}")
    assert site.errors == []
    assert site.foreign == []
