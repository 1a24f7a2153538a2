"""README's pictures, taken in Chromium from the demo that runs for this home: `make pictures`.

Start it before with `make demo ARGS=--still` (or without, once it lives: the pictures show what is there). Under 300 kB
together, or exit 1.
"""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from kit.processes.supervisor import running
from kit.settings import settings

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CONSOLE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
MOST_BYTES = 300_000
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
DRAWING = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


async def _signed_in(browser: Browser, url: str, login: str, password: str, size: dict[str, int]) -> Page:
    context = await browser.new_context(viewport=size, locale="en-GB")  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(f"{url}?lang=en")
    await page.locator("input[name=login]").fill(login)
    await page.locator("input[name=password]").fill(password)
    await page.locator("form button.primary").click()
    await expect(page.locator("input[name=password]")).to_have_count(0)
    return page


async def _keep(page: Page, name: str) -> int:
    """Take the picture and store it as WebP; returns its bytes."""
    await page.wait_for_load_state("networkidle")
    shot = Image.open(io.BytesIO(await page.screenshot()))
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{name}.webp"
    shot.convert("RGB").save(file, "WEBP", quality=82, method=6)
    return file.stat().st_size


async def take(url: str, logins: dict[str, str]) -> int:
    """Both pictures; returns their bytes together."""
    technician = next(login for login in logins if login.startswith("demo-t-"))
    program = next(found for name in CHROMIUM if (found := shutil.which(name)))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=DRAWING)
        console = await _signed_in(browser, url, "demo-dispatcher", logins["demo-dispatcher"], CONSOLE)
        await expect(console.locator(".map[data-drawn=true]")).to_be_attached(timeout=120_000)
        await expect(console.locator("[data-visit]").first).to_be_visible(timeout=60_000)
        phone = await _signed_in(browser, url, technician, logins[technician], PHONE)
        await expect(phone.locator(".next")).to_be_visible(timeout=60_000)
        return await _keep(console, "console") + await _keep(phone, "phone")


def main() -> None:
    home = settings().data_home
    up = running(home)
    file = home / "demo-logins.json"
    if up is None or not file.exists():
        sys.exit("The demo does not run here. Start it with: make demo ARGS=--still")
    size = asyncio.run(take(up.url, json.loads(file.read_text(encoding="utf-8"))))
    print(f"{FOLDER}: {size / 1000:.0f} kB together")
    sys.exit(size > MOST_BYTES)


if __name__ == "__main__":
    main()
