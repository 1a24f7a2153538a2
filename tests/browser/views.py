"""Every view of the console, and how one comes to it: the same in every language."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser import conftest
from tests.browser.conftest import settled

type Sizes = tuple[str, ...]
PICTURES = Path(os.environ["SCREENS"]) if os.environ.get("SCREENS") else None
"""Where the pictures go, if somebody wants them: `make screens`."""
SIZES = {"1440": {"width": 1440, "height": 900}, "1920": {"width": 1920, "height": 1080}, "phone": conftest.PHONE}

DESK: Sizes = ("1440", "1920")
ONE_DESK: Sizes = ("1440",)
PHONE: Sizes = ("phone",)
"""Sizes that one window is given one after the other; a view is come to in the first one."""


async def in_every_size(page: Page, sizes: Sizes, name: str) -> AsyncIterator[str]:
    """The sizes, the window standing still in each; its picture is kept where they are wanted."""
    for size in sizes:
        await page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
        await settled(page, answered=False)
        if PICTURES:
            (PICTURES / size).mkdir(parents=True, exist_ok=True)
            await page.screenshot(path=PICTURES / size / f"{name}.png")
        yield size
    if len(sizes) > 1:
        await page.set_viewport_size(SIZES[sizes[0]])  # type: ignore[arg-type]


_OTHER_LANGUAGE = """() => {
  document.querySelector('button[lang]').click();
  return document.documentElement.lang;
}"""
_OPEN = """() => ['dialog[open]', '.panel-side', '.calendar', '.form', '.held', '.card', '.list', '[role=option]']
  .map((one) => `${one}: ${document.querySelectorAll(one).length}`)"""


async def in_both_languages(page: Page) -> AsyncIterator[str]:
    """English, then Chinese, what stands on the screen standing there still; then English again.

    To come to a view costs far more than to look at it. The button may lie behind a dialog, so no mouse presses it.
    """
    yield "en"
    there = await page.evaluate(_OPEN)
    assert await page.evaluate(_OTHER_LANGUAGE) == "zh-CN"
    await settled(page, answered=False)
    assert await page.evaluate(_OPEN) == there
    yield "zh"
    assert await page.evaluate(_OTHER_LANGUAGE) == "en"


async def tab(page: Page, name: str) -> None:
    await page.locator(f"#tab-{name}").click()
    await expect(page.locator(f"#panel-{name}")).to_be_visible()
    await expect(page.locator(f"#panel-{name} .state[role=status]")).to_have_count(0)


async def queue(page: Page) -> None:
    await tab(page, "orders")
    await expect(page.locator("#panel-orders [data-order]").first).to_be_visible()


async def filters(page: Page) -> None:
    await queue(page)
    await page.locator("#panel-orders .line button").click()


async def chosen(page: Page) -> None:
    await queue(page)
    for box in range(3):
        await page.locator("#panel-orders li input[type=checkbox]").nth(box).check()
    await page.locator(".bulk .buttons button").first.click()


async def results(page: Page) -> None:
    await queue(page)
    await page.locator("#panel-orders li input[type=checkbox]").nth(5).check()
    await page.locator(".bulk .buttons button").nth(1).click()
    await page.locator(".bulk .form button.primary").click()
    await expect(page.locator(".results li")).to_have_count(1)


async def nothing_found(page: Page) -> None:
    await queue(page)
    await page.locator("#panel-orders input[type=search]").fill("~~~~")
    await expect(page.locator("#panel-orders .state")).to_be_visible()


async def empty(page: Page) -> None:
    await queue(page)
    await page.locator("[data-queue=at_risk]").click()


async def suspicions(page: Page) -> None:
    await queue(page)
    await page.locator("[data-queue=duplicates], [data-queue=outages]").first.click()


async def drawer(page: Page) -> None:
    await queue(page)
    await page.locator("#panel-orders [data-order]").nth(4).click()
    await expect(page.locator(".panel-side ol")).to_be_visible()


async def act(page: Page) -> None:
    """The longest form there is, with its reasons."""
    await drawer(page)
    await page.locator(".panel-side section button.danger").last.click()
    await expect(page.locator(".panel-side .form select")).to_be_visible()


async def report(page: Page) -> None:
    await page.keyboard.press("n")
    await page.locator("input[name=phone]").fill("13812345678")
    await page.locator("select[name=fault]").select_option("slow")
    await page.locator(".bare .buttons button").click()
    await expect(page.locator(".found dd strong")).to_be_visible()


async def palette(page: Page) -> None:
    await page.keyboard.press("/")
    await expect(page.get_by_role("option").first).to_be_visible()


async def found(page: Page) -> None:
    await page.keyboard.press("/")
    await page.locator("dialog input").fill("00001")
    await page.locator("dialog input").fill("000010")
    await expect(page.get_by_role("option").first).to_be_visible()


async def keys(page: Page) -> None:
    await page.keyboard.press("?")
    await expect(page.locator("dialog")).to_be_visible()


async def plan(page: Page) -> None:
    await page.locator("header .plan").click()
    await expect(page.locator("#plan-title")).to_be_visible()
    # Once the plans of the day are read there is one, or the form that makes one, or a word for those who may not.
    await expect(page.locator(".panel-side").locator("form, .tiles, .body > p").first).to_be_visible()
    await expect(page.locator(".panel-side .state[role=status]")).to_have_count(0)


async def diff(page: Page) -> None:
    """A draft beside the published plan, with one person's changes open; it is made by whoever looks first."""
    await plan(page)
    if await page.locator(".people").count() == 0:
        await page.locator(".panel-side form input[type=number]").fill("2")
        await page.locator(".panel-side form button").click()
        await expect(page.locator("#diff-title")).to_be_visible(timeout=60_000)
    changed = page.locator(".people summary")
    if await changed.count():
        await changed.first.click()


async def put_back(page: Page, url: str) -> None:
    """Without the drafts that `diff` made."""
    await fresh(page, url, "en")
    await plan(page)
    while await page.locator(".decide").count():
        async with page.expect_response(lambda answer: answer.url.endswith("/discard")):
            await page.locator(".decide button.danger").click()
        await fresh(page, url, "en")
        await plan(page)


async def repair(page: Page) -> None:
    await plan(page)
    await page.locator("[data-repair]").click()
    await expect(page.locator(".panel-side form").first.locator("fieldset")).to_be_visible()


async def rebook(page: Page) -> None:
    """Day and hours in the page's language, whatever the browser's is."""
    await drawer(page)
    await page.keyboard.press("b")
    await page.locator(".panel-side .form .day .face").click()
    await expect(page.locator(".calendar")).to_be_visible()


async def calendar(page: Page) -> None:
    await queue(page)
    await page.locator("header .day .face").click()
    await expect(page.locator(".calendar")).to_be_visible()


async def who(page: Page) -> None:
    await drawer(page)
    await page.keyboard.press("w")
    await expect(page.locator(".who li").first).to_be_visible()


async def price(page: Page) -> None:
    """A visit in the hand, moved by the keyboard, with what dropping it there would cost."""
    await page.locator(".visit.movable").first.click()
    await expect(page.locator(".panel-side ol")).to_be_visible()
    await page.keyboard.press("m")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(".held .price")).to_be_visible()


async def layers(page: Page) -> None:
    await page.locator(".map .tools .buttons button").nth(1).click()
    await page.locator(".map .card input[type=radio]").nth(1).check()
    await page.locator(".map .card input[type=checkbox]").last.check()
    await expect(page.locator(".map .scale")).to_be_visible()


async def person(page: Page) -> None:
    await page.locator("[data-technician]").get_by_role("rowheader").first.click()
    await expect(page.locator(".panel-side")).to_be_visible()


async def legend(page: Page) -> None:
    await page.locator(".map .tools button").last.click()


VIEWS: dict[str, Callable[[Page], Awaitable[None]]] = {
    "queue": queue,
    "filters": filters,
    "bulk": chosen,
    "nothing-found": nothing_found,
    "empty-queue": empty,
    "suspicions": suspicions,
    "drawer": drawer,
    "act": act,
    "report": report,
    "palette": palette,
    "found": found,
    "keys": keys,
    "plan": plan,
    "repair": repair,
    "diff": diff,
    "rebook": rebook,
    "calendar": calendar,
    "who": who,
    "price": price,
    "layers": layers,
    "person": person,
    "legend": legend,
    **{name: partial(tab, name=name) for name in ("places", "requests", "callbacks", "scores")},
}


ON_THE_MAP = ("drawer", "layers", "legend", "person")
"""What changes what is on the map."""
NOT_ON_A_PHONE = {"person", "legend", "layers", "price"}


async def fresh(page: Page, url: str, language: str) -> None:
    """The console as it opens, with nothing chosen and its lists there."""
    await page.evaluate("sessionStorage.clear(); localStorage.removeItem('map')")
    await page.goto(f"{url}/?lang={language}")
    await expect(page.locator("#panel-orders [data-order]").first).to_be_visible()
