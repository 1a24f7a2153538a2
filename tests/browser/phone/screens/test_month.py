"""A technician's own month with data in it: score, orders behind each number, points of the statement, at 360 × 740."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.browser.conftest import Site
from tests.browser.hands import published_earlier
from tests.browser.phone.conftest import SMALL, expect
from tests.browser.phone.screens.views import LARGE_LETTERS, picture, wrong

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MONTH = "2026-01"
# The manager closes the month and lets its statements out, where nobody has done so.
ISSUE = """async (month) => {
  const ask = async (path, more = {}) => (await fetch(path, more));
  const { csrfToken } = await (await ask("/api/me")).json();
  const [area] = (await (await ask("/api/areas")).json()).items;
  const path = `/api/areas/${area.id}/settlement/${month}`;
  const there = await (await ask(path)).json();
  if (there.some((one) => one.status !== "draft")) return 200;
  for (const step of [`/api/areas/${area.id}/ledger/${month}/close`, `${path}/issue`]) {
    const answer = await ask(step, { method: "POST", headers: { "X-CSRF-Token": csrfToken } });
    if (!answer.ok) return answer.text();
  }
  return 200;
}"""


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_month_with_score_and_points_fits_a_small_phone(books: Site, language: str) -> None:
    await published_earlier(books, date(2026, 1, 1), timedelta(days=7))
    manager = await books.sign_in("manager", "/manager")
    assert await manager.evaluate(ISSUE, MONTH) == 200
    page = await books.sign_in("technician", f"/technician?lang={language}", size=SMALL, touch=True)
    await page.locator("nav button").last.click()
    await page.locator("main select").select_option(MONTH)
    await expect(page.locator("main .total .number").first).to_be_visible()
    faults = await wrong(page, f"{language} month")
    await picture(page, f"{language}-month")
    behind = page.locator("main .rows > li button")
    await behind.nth(0).click()
    await expect(page.locator("main .cases [role=status]")).not_to_contain_text("…")
    await behind.nth(1).click()
    await expect(page.locator("main .cases li.number").first).to_be_visible()
    points = page.locator("section").filter(has=page.locator(".sum"))
    await expect(points.locator(".sum strong")).not_to_have_text("0.00")
    await points.get_by_role("button").click()
    await expect(points.locator("li").first).to_contain_text("TOWN-")
    await points.scroll_into_view_if_needed()
    faults += await wrong(page, f"{language} points")
    await picture(page, f"{language}-points")
    await page.evaluate(LARGE_LETTERS)
    faults += await wrong(page, f"{language} points, large letters")
    await picture(page, f"{language}-points-large")
    assert not faults, "\n".join(faults)
    assert (books.errors, books.foreign) == ([], [])
