"""What the console costs a browser, from Chromium's own traces: `python -m benchmarks.pages URL LOGIN PASSWORD`.

The server must be running, on whatever day it has (`/?area=…&day=…` may be part of the URL). Drawing is left out: on a
machine without a graphics card a script waits for it in the calls of WebGL, and what it waits there is taken off its
time and said beside it. Exit 1 where a goal is missed.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Playwright, async_playwright

from benchmarks.goals import Goals

type Event = dict[str, Any]

SCRIPTS = {"FunctionCall", "EvaluateScript", "EventDispatch", "FireAnimationFrame", "TimerFire", "RunMicrotasks"}
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
CATEGORIES = "devtools.timeline,toplevel,v8.execute,blink.user_timing,loading"
LONG_MS, USEFUL_MS, HEAVY_KB = 50.0, 1500.0, 200.0
LOADS = 5
SIZE = {"width": 1440, "height": 900}
MARKS = """
const wanted = {"first order": "[data-order]", "first visit": "[data-visit]", "map": ".map[data-drawn=true]"};
new MutationObserver(() => {
  for (const name in wanted) if (document.querySelector(wanted[name])) { performance.mark(name); delete wanted[name]; }
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-drawn"]});
"""
"""Written into each page before its own scripts: the moments at which it has something to work with."""


class Told(Goals):
    """What was measured, printed as it comes, and what did not keep to its goal."""

    def say(self, what: str, value: float, unit: str, goal: float | None = None, more: str = "") -> None:
        """One line; a value above its goal is missed."""
        print(f"{what:<46}{value:8.1f} {unit}{self.beside(what, value, goal)}{more}", flush=True)


class Trace:
    """What Chromium wrote down of one page's main thread."""

    def __init__(self, events: list[Event]) -> None:
        threads = {
            (event["pid"], event["tid"])
            for event in events
            if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
        }
        self.events = [event for event in events if (event["pid"], event["tid"]) in threads]

    def scripts(self, drawing: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Milliseconds of every script without the drawing in it, and of that drawing."""
        found = []
        for event in self.events:
            if event.get("name") in SCRIPTS and event.get("ph") == "X":
                begin, end = event["ts"], event["ts"] + event["dur"]
                drawn = sum(took for at, took in drawing if begin <= at <= end)
                found.append(((event["dur"] - drawn) / 1000, drawn / 1000))
        return found

    def painted(self, mark: str) -> float:
        """Milliseconds from the beginning of the navigation to the end of the first painting after a mark."""
        begun = max(e["ts"] for e in self.events if e["name"] == "navigationStart" and e["ts"] < self._at(mark))
        paints = [e["ts"] + e.get("dur", 0) for e in self.events if e["name"] in ("Paint", "PrePaint")]
        return float(min(end for end in paints if end >= self._at(mark)) - begun) / 1000

    def _at(self, mark: str) -> float:
        return float(next(e["ts"] for e in self.events if e["name"] == mark and "user_timing" in e.get("cat", "")))


async def drawings(page: Page, profile: dict[str, Any]) -> list[tuple[float, float]]:
    """When the page's scripts were in a call of WebGL, and for how long, in microseconds."""
    names = set(await page.evaluate("Object.getOwnPropertyNames(WebGL2RenderingContext.prototype)"))
    calls = {
        node["id"]
        for node in profile["nodes"]
        if node["callFrame"]["functionName"] in names and not node["callFrame"]["url"]
    }
    at, found = profile["startTime"], []
    for node, took in zip(profile["samples"], profile["timeDeltas"], strict=True):
        at += took
        if node in calls:
            found.append((at, took))
    return found


async def traced(browser: Browser, page: Page, act: Callable[[], Awaitable[None]]) -> Trace:
    """Do something while Chromium writes down what its threads do."""
    await browser.start_tracing(page=page, categories=CATEGORIES.split(","))
    await act()
    return Trace(json.loads(await browser.stop_tracing())["traceEvents"])


async def launch(playwright: Playwright) -> Browser:
    """The machine's own Chromium, else the one that Playwright brought."""
    installed = next((path for path in map(shutil.which, NAMES) if path), None)
    return await playwright.chromium.launch(
        executable_path=installed, args=FLAGS, ignore_default_args=["--disable-gpu"]
    )


async def _open(context: BrowserContext) -> Page:
    page = await context.new_page()
    await page.add_init_script(MARKS)
    return page


async def measure(url: str, login: str, password: str) -> Told:
    """Sign in, load the page a few times as a browser that has never seen it, then use it."""
    told = Told()
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        context = await browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
        page = await _open(context)
        await page.goto(url)
        await page.fill("input[name=login]", login)
        await page.fill("input[name=password]", password)
        await page.click("form button.primary")
        await page.wait_for_selector("[data-visit]", timeout=60_000)
        signed_in: Any = await context.storage_state()
        await context.close()
        await _loads(told, browser, signed_in, url)
        context = await browser.new_context(viewport=SIZE, storage_state=signed_in)  # type: ignore[arg-type]
        page = await _open(context)
        await page.goto(url)
        await page.wait_for_selector(".map[data-drawn=true]", timeout=60_000)
        await page.wait_for_selector("[data-visit]", timeout=60_000)
        await page.wait_for_timeout(4000)
        devtools = await context.new_cdp_session(page)
        await devtools.send("Profiler.enable")
        await devtools.send("Profiler.setSamplingInterval", {"interval": 500})
        for what, act in await _hands(page, devtools):
            await devtools.send("Profiler.start")
            trace = await traced(browser, page, act)
            profile = (await devtools.send("Profiler.stop"))["profile"]
            scripts = trace.scripts(await drawings(page, profile))
            most, _ = max(scripts, default=(0.0, 0.0))
            drawn = max((drawn for _, drawn in scripts), default=0.0)
            long = sum(one > LONG_MS for one, _ in scripts)
            more = f"  {long} over it" if long else ""
            told.say(what, most, "ms", LONG_MS, f"{more}  longest drawing {drawn:.0f} ms" if drawn > 1 else more)
        await browser.close()
    return told


async def _loads(told: Told, browser: Browser, signed_in: Any, url: str) -> None:
    weight: dict[str, int] = {}

    async def weigh(response: Any) -> None:
        if response.status == 200 and ("/assets/" in response.url or response.request.is_navigation_request()):
            weight[response.url] = (await response.request.sizes())["responseBodySize"]

    marks: dict[str, list[float]] = {"first order": [], "first visit": [], "map": []}
    for _ in range(LOADS):
        context = await browser.new_context(viewport=SIZE, storage_state=signed_in)  # type: ignore[arg-type]
        page = await _open(context)
        page.on("response", weigh)

        async def load(page: Page = page) -> None:
            await page.goto(url, wait_until="commit")
            for selector in ("[data-order]", "[data-visit]", ".map[data-drawn=true]"):
                await page.wait_for_selector(selector, timeout=60_000)
            await page.wait_for_timeout(300)

        trace = await traced(browser, page, load)
        for mark, found in marks.items():
            found.append(trace.painted(mark))
        await context.close()
    ours = sum(size for address, size in weight.items() if "maplibre" not in address)
    told.say("page without the map library", ours / 1000, "kB", HEAVY_KB)
    for mark, found in marks.items():
        goal = None if mark == "map" else USEFUL_MS
        told.say(
            f"{mark} painted, median of {LOADS}", statistics.median(found), "ms", goal, f"  worst {max(found):.0f}"
        )


async def _hands(page: Page, devtools: CDPSession) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
    """What a dispatcher does with the largest things on the screen."""
    grid, canvas = page.get_by_role("grid"), page.locator(".maplibregl-canvas")
    await page.locator("[data-queue=open]").click()
    rows = int(await grid.get_attribute("aria-rowcount") or 1) - 1
    orders = int(await page.locator("#panel-orders li").first.get_attribute("aria-setsize") or 0)
    board, ground, queue = [await one.bounding_box() for one in (grid, canvas, page.locator("#panel-orders .scroller"))]
    assert board is not None
    assert ground is not None
    assert queue is not None

    async def wheel(box: Any, steps: int, down: float, right: float = 0) -> None:
        await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for _ in range(steps):
            await page.mouse.wheel(right, down)
            await page.wait_for_timeout(25)

    async def pull(box: Any, share: float) -> None:
        """Drag the scroll bar through a part of the list."""
        x, y = box["x"] + box["width"] - 6, box["y"] + 40
        await page.mouse.move(x, y)
        await page.mouse.down()
        for step in range(40):
            await page.mouse.move(x, y + (box["height"] - 80) * share * (1 - abs(step - 20) / 20))
            await page.wait_for_timeout(25)
        await page.mouse.up()

    async def lists() -> None:
        await wheel(queue, 60, 300)
        await wheel(queue, 30, -500)
        await pull(queue, 0.9)

    async def people() -> None:
        await wheel(board, 60, 150)
        await wheel(board, 30, -300)
        await pull(board, 0.9)

    async def zoom() -> None:
        await page.keyboard.down("Control")
        await wheel(board, 6, -60)
        await page.keyboard.up("Control")
        await wheel(board, 30, 30, 80)
        await wheel(board, 30, 30, -80)

    async def pan() -> None:
        x, y = ground["x"] + ground["width"] / 2, ground["y"] + ground["height"] / 2
        for _ in range(3):
            for _ in range(2):
                await page.mouse.move(x + 150, y + 60)
                await page.mouse.down()
                for step in range(25):
                    await page.mouse.move(x + 150 - step * 12, y + 60 - step * 4)
                    await page.wait_for_timeout(25)
                await page.mouse.up()
            await page.mouse.move(x, y)
            await page.mouse.wheel(0, -300)
            await page.wait_for_timeout(600)

    async def hold() -> None:
        """An order in the hand over the map and over the timeline."""
        x, y = queue["x"] + queue["width"] / 2, queue["y"] + queue["height"] / 2
        await page.mouse.move(x, y)
        await page.mouse.down()
        for box in (ground, board):
            for step in range(40):
                await page.mouse.move(box["x"] + box["width"] * (0.3 + step / 100), box["y"] + box["height"] * 0.6)
                await page.wait_for_timeout(25)
        await page.wait_for_selector("[data-held] .price", timeout=60_000)
        await page.keyboard.press("Escape")
        await page.mouse.up()

    await devtools.send("HeapProfiler.collectGarbage")
    await page.wait_for_timeout(3000)
    return [
        (f"queue of {orders} orders scrolled", lists),
        (f"timeline of {rows} people scrolled", people),
        ("timeline zoomed and panned", zoom),
        (f"map of {orders} orders panned and zoomed", pan),
        ("an order held over map and timeline", hold),
    ]


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(1 if asyncio.run(measure(*sys.argv[1:])).missed else 0)
