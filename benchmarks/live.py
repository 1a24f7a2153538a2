"""How soon a change is on another dispatcher's screen: `python -m benchmarks.live URL LOGIN PASSWORD`.

The server must be running with a published day. One browser takes a visit off the plan, then undoes and redoes that; a
second one, with map and timeline before it, notes when the visit comes and goes. Both stamp with the machine's clock,
from the key that was pressed to the frame after the row changed. In the end everything is as it was.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys

from playwright.async_api import Browser, Page, async_playwright, expect

from benchmarks.pages import FLAGS

CHANGES = 20
_PRESSED = """() => addEventListener("keydown", event => {
    if (event.key.toLowerCase() === "z" && event.ctrlKey) window.pressedAt = Date.now();
}, { capture: true })"""
_SHOWN = """(order) => {
    const there = () => document.querySelector(`[data-visit="${order}"]`) !== null;
    let before = there();
    window.shownAt = 0;
    new MutationObserver(() => {
        if (there() === before) return;
        before = !before;
        requestAnimationFrame(() => { window.shownAt = Date.now(); });
    }).observe(document.querySelector("[role=grid]"), { childList: true, subtree: true });
}"""


async def screen(browser: Browser, url: str, login: str, password: str) -> Page:
    """Somebody before the day, everybody in the order of their names."""
    page = await (await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")).new_page()
    await page.goto(url)
    await page.fill("input[name=login]", login)
    await page.fill("input[name=password]", password)
    await page.click("form button.primary")
    await page.wait_for_selector("[data-visit]", timeout=60_000)
    await page.get_by_role("combobox", name="Sort").select_option("name")
    await expect(page.locator(".live")).to_contain_text("Live", timeout=30_000)
    return page


async def measure(url: str, login: str, password: str) -> list[float]:
    """Milliseconds of each change."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        watching = await screen(browser, url, login, password)
        await watching.wait_for_selector(".map[data-drawn=true]", timeout=60_000)
        acting = await screen(browser, url, login, password)
        await acting.get_by_role("button", name="Timeline only").click()
        order = await watching.locator("[data-visit].movable").first.get_attribute("data-visit") or ""
        await acting.locator(f"[data-visit='{order}']").click()
        await acting.get_by_role("button", name="Move…").click()
        menu = acting.get_by_role("form", name="Move")
        await menu.get_by_label("Technician").select_option("off")
        await menu.get_by_role("button", name="Move here").click()
        visit = watching.locator(f"[data-visit='{order}']")
        await expect(visit).to_have_count(0, timeout=30_000)
        await acting.keyboard.press("Escape")
        await acting.get_by_role("grid").focus()
        await acting.evaluate(_PRESSED)
        await watching.evaluate(_SHOWN, order)
        took = []
        for change in range(CHANGES + 1):
            await acting.wait_for_timeout(1500)
            await watching.evaluate("window.shownAt = 0")
            await acting.keyboard.press("Control+z" if change % 2 == 0 else "Control+Shift+z")
            took.append(await _shown(watching) - await acting.evaluate("window.pressedAt"))
        await browser.close()
        return took[:CHANGES]


async def _shown(page: Page) -> float:
    """When the change was there; both clocks are the machine's own, so asking often costs no accuracy."""
    for _ in range(600):
        shown: float = await page.evaluate("window.shownAt")
        if shown:
            return shown
        await page.wait_for_timeout(50)
    raise RuntimeError("the change never came to the other screen")


def main() -> None:
    """Print how long it took."""
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    took = sorted(asyncio.run(measure(*sys.argv[1:])))
    p95 = statistics.quantiles(took, n=20)[-1]
    print(f"{len(took)} changes, act to the other screen: p50 {statistics.median(took):.0f} ms, p95 {p95:.0f} ms, "
          f"most {took[-1]:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
