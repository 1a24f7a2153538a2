"""What the console costs a browser, from Chromium's own traces: `python -m benchmarks.pages URL LOGIN PASSWORD`.

The server must be running, on whatever day it has (`/?area=…&day=…` may be part of the URL). Drawing is left out: a
machine without a graphics card draws in software, and only scripts can make the page deaf to the hand.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

SCRIPTS = {"FunctionCall", "EvaluateScript", "EventDispatch", "FireAnimationFrame", "TimerFire", "RunMicrotasks"}
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
LONG = 50.0
LOADS = 5


def longest(trace: bytes) -> tuple[float, int]:
    """The longest script of the page's main thread in milliseconds, and how many ran longer than 50."""
    events: list[dict[str, Any]] = json.loads(trace)["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    took = [
        event["dur"] / 1000
        for event in events
        if event.get("name") in SCRIPTS and event.get("ph") == "X" and (event["pid"], event["tid"]) in threads
    ]
    return max(took, default=0.0), sum(one > LONG for one in took)


async def traced(browser: Browser, page: Page, what: str, act: Callable[[], Awaitable[None]]) -> None:
    """Do something while Chromium writes down what its threads do."""
    await browser.start_tracing(page=page, categories=["devtools.timeline", "toplevel", "v8.execute"])
    await act()
    most, long = longest(await browser.stop_tracing())
    print(f"{what:<44} longest script {most:6.1f} ms, over 50 ms: {long}")


async def measure(url: str, login: str, password: str) -> None:
    """Sign in, load the page a few times, then scroll, zoom and pan."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(args=FLAGS)
        page = await (await browser.new_context(viewport={"width": 1440, "height": 900})).new_page()
        weight: dict[str, int] = {}

        async def weigh(response: Any) -> None:
            if "/assets/" in response.url and response.status == 200:
                sizes = await response.request.sizes()
                weight[response.url] = sizes["responseBodySize"]

        page.on("response", weigh)
        await page.goto(url)
        await page.fill("input[name=login]", login)
        await page.fill("input[name=password]", password)
        await page.click("form button.primary")
        await page.wait_for_selector("[data-visit]", timeout=60_000)
        await page.wait_for_selector(".map[data-drawn=true]", timeout=60_000)
        ours = sum(size for address, size in weight.items() if "maplibre" not in address)
        print(f"{'page without the map library':<44} {ours / 1000:.0f} kB compressed")
        marks: dict[str, list[float]] = {"first paint": [], "first order": [], "first visit": []}
        for _ in range(LOADS):
            began = time.monotonic()
            await page.goto(url, wait_until="commit")
            await page.wait_for_selector("[data-order]", timeout=60_000)
            marks["first order"].append(time.monotonic() - began)
            await page.wait_for_selector("[data-visit]", timeout=60_000)
            marks["first visit"].append(time.monotonic() - began)
            paint = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            marks["first paint"].append(paint / 1000)
            await page.wait_for_selector(".map[data-drawn=true]", timeout=60_000)
        for name, seconds in marks.items():
            print(f"{name:<44} {statistics.median(seconds) * 1000:.0f} ms (median of {LOADS})")
        await page.wait_for_timeout(3000)
        rows = await page.get_by_role("grid").get_attribute("aria-rowcount")
        await _hands(browser, page, int(rows or 1) - 1)
        await browser.close()


async def _hands(browser: Browser, page: Page, rows: int) -> None:
    box = await page.get_by_role("grid").bounding_box()
    ground = await page.locator(".maplibregl-canvas").bounding_box()
    assert box is not None
    assert ground is not None

    async def scroll() -> None:
        await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for step in range(90):
            await page.mouse.wheel(0, 150 if step < 60 else -300)
            await page.wait_for_timeout(25)

    async def zoom() -> None:
        await page.keyboard.down("Control")
        for _ in range(6):
            await page.mouse.wheel(0, -60)
            await page.wait_for_timeout(60)
        await page.keyboard.up("Control")
        for step in range(60):
            await page.mouse.wheel(80 if step < 30 else -80, 30)
            await page.wait_for_timeout(25)

    async def pan() -> None:
        x, y = ground["x"] + ground["width"] / 2, ground["y"] + ground["height"] / 2
        await page.mouse.move(x, y)
        for _ in range(3):
            await page.mouse.wheel(0, -200)
            await page.wait_for_timeout(400)
        for _ in range(3):
            await page.mouse.move(x + 150, y + 60)
            await page.mouse.down()
            for step in range(25):
                await page.mouse.move(x + 150 - step * 12, y + 60 - step * 4)
                await page.wait_for_timeout(25)
            await page.mouse.up()

    await traced(browser, page, f"timeline of {rows} people scrolled", scroll)
    await traced(browser, page, "timeline zoomed and panned", zoom)
    await traced(browser, page, "map zoomed and panned", pan)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    asyncio.run(measure(*sys.argv[1:]))
