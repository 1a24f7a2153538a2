"""The worker that plans is killed while a dispatcher waits: the page says who goes on, and the draft comes."""

from __future__ import annotations

import os
import re
import signal
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.views import ONE_DESK, PHONE, in_every_size
from tests.waiting import until

pytestmark = pytest.mark.browser
WORKER = re.compile(r".+ \((\d+)\)")


async def watched(page: Page) -> str:
    """The run that the page watches."""
    kept = "Object.entries(sessionStorage).find(([key]) => key.startsWith('plan-run '))?.[1]"
    found: str = await page.evaluate(kept)
    return found


async def run_of(page: Page, site: Site, run_id: str) -> dict[str, Any]:
    """A run as the server has it."""
    answer = await page.context.request.get(f"{site.url}/api/plan-runs/{run_id}")
    assert answer.ok, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def test_a_killed_planner_comes_back_and_the_page_says_who_goes_on_from_whose_plan(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await page.get_by_role("button", name="Plan the day").click()
    await page.get_by_label("Seconds to search").fill("25")
    await page.get_by_role("button", name="Plan again").click()
    await expect(page.get_by_text("Searching for better ones")).to_be_visible(timeout=90_000)
    run_id = await watched(page)
    before = (await run_of(page, site, run_id))["progress"]["elapsed"]

    async def kept() -> bool:  # the second heartbeat of the search has written its plan
        run = await run_of(page, site, run_id)
        return run["progress"]["phase"] == "search" and run["progress"]["elapsed"] > before + 1

    await until(kept, "a plan to go on from")
    (first,) = (await run_of(page, site, run_id))["attempts"]
    found = WORKER.fullmatch(first["worker"])
    assert found is not None
    os.kill(int(found[1]), signal.SIGKILL)
    said = page.get_by_role("status").filter(has_text="goes on from its best plan")
    words = re.compile(r"stopped answering after \d+ s; .+ goes on .+\(\d+ visits\)")
    await expect(said).to_contain_text(words, timeout=90_000)
    assert first["worker"] in await said.inner_text()
    async for _ in in_every_size(page, (*ONE_DESK, *PHONE), "en-handover"):
        assert await page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.get_by_role("button", name="中文").click()
    await expect(page.get_by_text("秒后无响应")).to_be_visible()
    async for _ in in_every_size(page, ONE_DESK, "zh-handover"):
        pass
    await expect(page.get_by_role("button", name="全部发布")).to_be_visible(timeout=90_000)
    run = await run_of(page, site, run_id)
    assert [one["worker"] == first["worker"] for one in run["attempts"]] == [True, False]
    await expect(page.get_by_text("秒后无响应")).to_be_visible()
