"""What a month leads to, in the manager's room: a proposal is decided, a task runs, the bulletin goes out."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Site, settled
from tests.browser.hands import tidy

pytestmark = pytest.mark.browser
ROOM = "/manager?month=2026-02"


async def picture(page: Page, name: str) -> None:
    """Keep the page as a picture where `SCREENS` says where."""
    if os.environ.get("SCREENS"):
        await page.screenshot(path=Path(os.environ["SCREENS"]) / f"manager-{name}.png", full_page=True)


async def opened(books: Site, view: str, language: str = "en", size: dict[str, int] = DESK) -> Page:
    page = await books.sign_in("manager", f"{ROOM}&view={view}&lang={language}", size=size)
    await expect(page.locator("main h2").first).to_be_visible()
    await settled(page)
    return page


async def test_a_card_is_accepted_retraining_is_a_task_and_its_person_shows_it(books: Site) -> None:
    page = await opened(books, "decisions")
    card = page.locator("main li", has=page.locator("h4", has_text="Yellow card")).first
    await expect(card).to_contain_text("Red line: False sign-in.")
    await picture(page, "decisions-open")
    await tidy(page, "open")
    name = (await card.locator("h4").inner_text()).removeprefix("Yellow card: ").split("\n")[0].strip()
    await card.locator("select").first.select_option("rectification")
    await card.get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("alert")).to_contain_text("Say why.")
    await card.get_by_label("Owner").select_option(index=1)
    await card.get_by_label("Reason").fill("Trained first.")
    await card.get_by_role("button", name="Accept").click()
    tasks = page.locator("ul[aria-labelledby=decisions_tasks] > li")
    await expect(tasks).to_have_count(1)
    await expect(tasks).to_contain_text("Rectification task")
    await tasks.get_by_label("What was done").fill("A day in the school.")
    await tasks.get_by_role("button", name="Answer").click()
    await expect(tasks).to_contain_text("to be checked")
    await tasks.locator("summary", has_text="Story").click()
    await expect(tasks.locator("ol li")).to_have_count(3)
    await picture(page, "decisions-task")
    await tidy(page, "task")
    await page.goto(f"{page.url.split('?')[0]}?month=2026-02")
    row = page.locator("#table-technician").locator("xpath=..").get_by_role("button", name=name)
    await row.click()
    await expect(page.locator("ul[aria-labelledby=decided] li")).to_contain_text("Rectification task")
    await settled(page)
    await picture(page, "decided-person")
    await tidy(page, "person")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_bulletin_is_drafted_edited_and_issued(books: Site, language: str, size: dict[str, int]) -> None:
    page = await opened(books, "bulletin", language, size)
    draft, keep, issue = ("Draft", "Keep", "Issue") if language == "en" else ("起草", "保存", "下发")
    await page.get_by_role("button", name=draft).first.click()
    text = page.locator("textarea")
    await expect(text).to_be_visible()
    await settled(page)
    words = await text.input_value()
    assert ("Yellow card" in words or "黄牌" in words) is False, "nobody accepted a card"
    told = await page.locator("article > p").nth(1).inner_text()
    score = re.findall(r"\d+\.\d", told)[-1]
    assert re.search(rf"(?<!\d){re.escape(score)}(?!\d)", words.split("1.")[0]), f"{told} and {words}"
    assert f"{'February 2026' if language == 'en' else '2026年2月'}" in words.splitlines()[0]
    await text.fill(f"{words}\n{language} {size['width']}")
    await page.get_by_role("button", name=keep, exact=True).click()
    await settled(page)
    await picture(page, f"bulletin-draft-{language}-{size['width']}")
    await tidy(page, f"draft {language}")
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name=issue, exact=True).click()
    await expect(page.locator(".body").first).to_contain_text(f"{language} {size['width']}")
    await expect(text).to_have_count(0)
    await settled(page)
    await picture(page, f"bulletin-out-{language}-{size['width']}")
    await tidy(page, f"out {language}")
    assert (books.errors, books.foreign) == ([], [])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_decisions_fit_and_are_clean(books: Site, language: str, size: dict[str, int]) -> None:
    page = await opened(books, "decisions", language, size)
    await expect(page.locator("main li h4").first).to_be_visible()
    await picture(page, f"decisions-{language}-{size['width']}")
    await tidy(page, language)
