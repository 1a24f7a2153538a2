"""An inspector's list of completion reports, and two records of one subscriber, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Site
from tests.browser.hands import tidy
from tests.browser.views import tab

pytestmark = pytest.mark.browser


async def test_an_inspector_says_of_a_report_what_is_wrong_and_it_leaves_the_list(site: Site) -> None:
    for language in ("zh", "en"):
        page = await site.sign_in("inspector", f"/?lang={language}")
        await tab(page, "checks")
        panel = page.locator("#panel-checks")
        await expect(panel.locator(".state")).to_be_visible()  # nothing is marked
        await panel.locator(".bar button").nth(1).click()
        await expect(panel.locator("li")).to_have_count(1)
        await panel.locator("button.danger").click()
        await expect(panel.get_by_role("alert")).to_be_visible()  # not without a reason
        await tidy(page, f"the reports to check, {language}")
    await panel.locator("input").fill("no reading")
    await panel.locator("button.danger").click()
    await expect(panel.locator("li")).to_have_count(0)
    await expect(panel.locator(".state")).to_be_visible()


async def test_two_records_with_one_phone_become_one_from_an_orders_panel(site: Site) -> None:
    page = await site.sign_in("agent")
    for name in ("Ann Other", "Bea Other"):
        report = {"faultType": "slow", "address": "nowhere", "subscriber": {"name": name, "phones": ["13700001111"]}}
        said = await page.evaluate(
            """async (report) => {
                const me = await (await fetch("/api/me")).json();
                const headers = {"Content-Type": "application/json", "X-CSRF-Token": me.csrfToken};
                const area = (await (await fetch("/api/areas")).json()).items[0].id;
                const path = `/api/areas/${area}/orders`;
                const answer = await fetch(path, {method: "POST", headers, body: JSON.stringify(report)});
                return [answer.status, await answer.text()];
            }""",
            report,
        )
        assert said[0] == 201, said
    await page.locator("#panel-orders input[type=search]").fill("13700001111")
    await expect(page.locator("#panel-orders [data-order]")).to_have_count(2)
    await page.locator("#panel-orders [data-order]").first.click()
    records = page.get_by_role("group", name="Other records with this phone")
    await expect(records.get_by_role("listitem")).to_contain_text(re.compile("1 order"))
    await tidy(page, "two records")
    await records.get_by_role("button", name="Same person").click()
    await records.get_by_role("button", name="Merge for good").click()
    await expect(page.get_by_text("One record now. 1 order has moved to it.")).to_be_visible()
    await expect(records).to_have_count(0)
