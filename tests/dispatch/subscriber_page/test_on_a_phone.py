"""The page in Chromium, as wide as an old phone, in both languages."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser

from dispatch.orders.rules import acts
from kit.actor import Role
from tests.dispatch.planning.town import Town
from tests.dispatch.subscriber_page.test_page import accepted, link
from tests.site import running

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "word"), [("en", "Leave a note"), ("zh-CN", "留言")])
async def test_the_page_is_clean_and_no_wider_than_an_old_phone(town: Town, browser: Browser, language: str, word: str):
    order = await accepted(town)
    done = await town.report()
    await town.do(town.actor(Role.AGENT), done, acts.SolveRemotely(action="restart"))
    async with running(town.database) as web:
        headers = {"Accept-Language": language}
        texts = [
            (await web.get(f"{await link(town, order)}?times=1", headers=headers)).text,
            (await web.get(await link(town, done), headers=headers)).text,
            (await web.get("/o/nothing", headers=headers)).text,
        ]
    assert word in texts[0]
    page = await browser.new_page(viewport={"width": 320, "height": 568})
    for text in texts:
        await page.set_content(text)
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.set_content(texts[0])
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.tagName") in ("BUTTON", "A"), "the keyboard reaches the forms"
    await page.close()
