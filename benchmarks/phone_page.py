"""How quick the technician's app is on a cheap phone: `python -m benchmarks.phone_page URL LOGIN PASSWORD`.

The server must be running, and the technician must have orders today. The processor is slowed down six times. The cold
start is from opening the installed app to the list of visits, without a network and in one that swallows everything;
then from a tap's act to its being on the disk. Exit 1 where a goal is missed.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import statistics
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, CDPSession, Page, Playwright, ViewportSize, async_playwright

from benchmarks.pages import NAMES, Told

STARTS, ACTS, SLOWER = 5, 15, 6
START_MS, STORED_MS = 1500.0, 100.0
SIZE: ViewportSize = {"width": 360, "height": 740}
LIST = """
new MutationObserver((_, watching) => {
  if (!document.querySelector("main section")) return;
  watching.disconnect();
  requestAnimationFrame(() => performance.mark("list"));
}).observe(document, { subtree: true, childList: true });
"""
SHOWN = "() => performance.getEntriesByName('list')[0]?.startTime"
FIND = """function () {
  const is = (one) => {
    try { return typeof one.takePhoto === "function" && !Object.hasOwn(one, "takePhoto"); } catch { return false; }
  };
  window.phone = this.find(is);
}"""
ACT = """async () => {
  const stop = phone.stops[0] ?? phone.waiting[0];
  const began = performance.now();
  await phone.act(stop.orderId, { type: "noted", note: "measured" });
  return performance.now() - began;
}"""


async def open_page(browser: BrowserContext, url: str) -> tuple[Page, CDPSession]:
    page = await browser.new_page()
    debugger = await browser.new_cdp_session(page)
    await debugger.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.goto(url, wait_until="commit")
    await page.wait_for_function(SHOWN)
    return page, debugger


async def launch(playwright: Playwright, folder: Path) -> BrowserContext:
    chromium = next(path for name in NAMES if (path := shutil.which(name)))
    browser = await playwright.chromium.launch_persistent_context(
        str(folder), executable_path=chromium, args=["--no-sandbox"], viewport=SIZE, is_mobile=True, has_touch=True
    )
    await browser.add_init_script(LIST)
    return browser


async def starts(playwright: Playwright, folder: Path, url: str) -> list[float]:
    """Milliseconds to the list, each time in a browser that has just been started."""
    found = []
    for _ in range(STARTS):
        browser = await launch(playwright, folder)
        page, _debugger = await open_page(browser, url)
        found.append(float(await page.evaluate(SHOWN)))
        await browser.close()
    return found


class Way:
    """The way to the server: it carries everything, or takes everything and carries nothing."""

    def __init__(self, host: str, port: int) -> None:
        self.to = (host, port)
        self.open = True
        self.waiting: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.waiting.add(writer)
        if not self.open:
            return
        there, back = await asyncio.open_connection(*self.to)

        async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
            sink.close()

        await asyncio.gather(carry(reader, back), carry(there, writer), return_exceptions=True)

    def swallow(self) -> None:
        self.open = False
        for writer in self.waiting:
            writer.transport.abort()


async def measure(url: str, login: str, password: str) -> int:
    told = Told()
    parts = urlsplit(url)
    way = Way(parts.hostname or "127.0.0.1", parts.port or 80)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory(prefix="phone-page-") as name:
        async with async_playwright() as playwright:
            folder = Path(name)
            server = await asyncio.start_server(way.serve, "127.0.0.1", port)
            browser = await launch(playwright, folder)
            answer = await browser.request.post(f"{address}/api/sign-in", data={"login": login, "password": password})
            assert answer.ok, await answer.text()
            page, debugger = await open_page(browser, f"{address}/technician")
            await page.wait_for_function("() => navigator.serviceWorker.controller !== null")
            prototype = await debugger.send("Runtime.evaluate", {"expression": "Object.prototype"})
            found = await debugger.send("Runtime.queryObjects", {"prototypeObjectId": prototype["result"]["objectId"]})
            await debugger.send(
                "Runtime.callFunctionOn",
                {"objectId": found["objects"]["objectId"], "functionDeclaration": FIND},
            )
            way.swallow()
            stored = [float(await page.evaluate(ACT)) for _ in range(ACTS)]
            await browser.close()
            told.say("act to stored, median", statistics.median(stored), "ms", STORED_MS)
            told.say("act to stored, longest", max(stored), "ms", STORED_MS)
            hole = await starts(playwright, folder, f"{address}/technician")
            told.say("cold start in a black hole, median", statistics.median(hole), "ms", START_MS)
            server.close()
            way.swallow()
            dead = await starts(playwright, folder, f"{address}/technician")
            told.say("cold start without a network, median", statistics.median(dead), "ms", START_MS)
    return 1 if told.missed else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(asyncio.run(measure(*sys.argv[1:])))
