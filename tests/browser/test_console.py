"""The pages in a real browser: what is done with mouse and keyboard is there after a reload, for others too."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

import pytest
from playwright.async_api import Page, expect
from playwright.async_api import TimeoutError as PatienceError

from tests.browser.conftest import PHONE, Site, enter, settled, strings
from tests.browser.hands import map_is_drawn, tidy
from tests.browser.town import TECHNICIAN, UNPLACED

pytestmark = pytest.mark.browser
TABS = ("orders", "places", "requests", "callbacks", "scores")


async def tab(page: Page, name: str) -> None:
    await page.locator(f"#tab-{name}").click()
    await expect(page.locator(f"#panel-{name}")).to_be_visible()


async def english_left(page: Page, keys: Sequence[str] = ()) -> set[str]:
    """English sentences of the pages that stand on a Chinese page."""
    text = await page.locator("body").inner_text()
    language = strings()["language"]["zh"]  # the name of the other language is said in it
    sentences = {value["en"] for value in strings().values() if value["en"] not in (value["zh"], language)}
    whole = {line.strip() for line in re.split(r"[\n·]", text)}
    return {sentence for sentence in sentences if len(sentence) > 3 and sentence in whole}


async def test_a_dispatcher_signs_in_and_sees_orders_routes_and_grids(site: Site) -> None:
    page = await site.person(draws=True)
    await page.goto(site.url)
    await page.locator("input[name=login]").fill("dispatcher")
    await page.locator("input[name=password]").fill("not the password")
    await page.locator("form button.primary").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await enter(page, "dispatcher")
    await expect(page.locator("#panel-orders .summary")).to_contain_text(re.compile(r"4\d orders"))
    await expect(page.get_by_role("note")).to_contain_text("10 Mar 2026")
    await expect(page.locator(".live")).to_contain_text("Live")
    await expect(page.locator(".credit")).to_contain_text("OpenStreetMap")
    await map_is_drawn(page)
    await page.locator("[data-visit]").first.click()
    await expect(page.locator("#drawer-title")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("[data-technician]", has=page.locator("[data-visit]")).get_by_role("rowheader").first.click()
    await expect(page.locator(".panel-side .stop")).not_to_have_count(0)
    await expect(page.locator(".stop .times").first).to_contain_text(re.compile(r"\d\d:\d\d–\d\d:\d\d"))


async def test_a_session_that_ends_asks_to_sign_in_and_comes_back_to_the_same_order(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await page.locator("[data-order]").first.click()
    title = await page.locator("#drawer-title").inner_text()
    await page.context.clear_cookies()
    with contextlib.suppress(PatienceError):  # who asks the server next finds out: this click, or the page before it
        await page.get_by_role("button", name="The day after").click(timeout=2000)
    await expect(page.get_by_text("Your session has ended")).to_be_visible()
    await enter(page, "dispatcher")
    await expect(page.locator("#drawer-title")).to_have_text(title)


async def test_the_drawer_tells_an_orders_life_and_gives_the_focus_back(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    row = page.locator("[data-order]").filter(has_text="Urgent").last
    await row.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#drawer-title")).to_be_focused()
    await expect(page.locator(".panel-side")).to_contain_text("Waiting on")
    await expect(page.locator(".panel-side")).to_contain_text("Reported")
    await expect(page.locator(".panel-side")).to_contain_text(re.compile(r"138\*{4}5\d{3}"))
    await page.get_by_role("button", name="Chase").click()
    await page.locator(".form textarea").fill("called twice")
    await page.locator(".form button.primary").click()
    await expect(page.locator(".said")).to_contain_text("Chased")
    await expect(page.locator(".panel-side")).to_contain_text("called twice")
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel-side")).to_have_count(0)
    await expect(row).to_be_focused()


async def test_somebody_elses_change_is_shown_instead_of_overwritten(site: Site) -> None:
    first, second = await site.sign_in("dispatcher"), await site.sign_in("dispatcher")
    number = await first.locator("[data-order]").filter(has_text="To accept").last.locator("strong").inner_text()
    for page in (first, second):
        await page.locator("[data-order]").filter(has_text=number).click()
        await expect(page.locator(".panel-side")).to_contain_text("What happened")
    # The second hears of no change: its stream is closed by a reload that may not open another.
    await second.route(re.compile(r"/changes"), lambda route: route.abort())
    await second.reload()
    await expect(second.locator(".panel-side")).to_contain_text("What happened")
    await second.get_by_role("button", name="Cancel the order").click()
    await first.get_by_role("button", name="Rebook").click()
    await first.locator(".form button.primary").click()
    await expect(first.locator(".said")).to_contain_text("Rebooked")
    await second.locator(".form select").select_option("subscriber_wish")
    await second.locator(".form button.primary").click()
    await expect(second.locator(".panel-side .warning")).to_contain_text("Appointment")
    await expect(second.locator(".signs")).not_to_contain_text("Cancelled")


async def test_an_order_without_a_place_is_placed_by_address_and_stays_placed(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await tab(page, "places")
    boxes = page.locator("#panel-places input[type=checkbox]")
    await expect(boxes.nth(UNPLACED - 1)).to_be_visible()
    waiting = await boxes.count()
    number = await page.locator("#panel-places .item strong").first.inner_text()
    await boxes.first.check()
    known = await page.evaluate("fetch('/api/areas').then(a => a.json()).then(a => a.items[0].id)")
    orders = await page.evaluate(f"fetch('/api/areas/{known}/orders?place=none&limit=1').then(a => a.json())")
    address = orders["items"][0]["address"]
    await page.locator("#panel-places input[type=search]").fill(address)
    await page.locator("#panel-places button.place").first.click()
    await page.locator("#panel-places .form button.primary").click()
    await expect(page.locator(".results")).to_contain_text(number)
    await expect(page.locator(".results")).to_contain_text("placed in")
    other = await site.sign_in("agent", "/?tab=places")
    await expect(other.locator("#panel-places input[type=checkbox]")).to_have_count(waiting - 1)
    await expect(other.locator("#panel-places")).not_to_contain_text(number)


async def test_a_suspension_is_approved_and_is_gone_for_everybody(site: Site) -> None:
    watching = await site.sign_in("dispatcher", "/?tab=requests")
    page = await site.sign_in("dispatcher", "/?tab=requests")
    mine, theirs = (one.locator("#panel-requests .item").filter(has_text="no cable left") for one in (page, watching))
    await expect(theirs).to_have_count(1)
    number = await mine.locator("strong").first.inner_text()
    await mine.get_by_role("button", name="Approve").click()
    await expect(mine).to_have_count(0)
    await expect(theirs).to_have_count(0)
    await watching.reload()
    await watching.locator("#tab-orders").click()
    await watching.get_by_role("button", name="Filter").click()
    await watching.locator(".filters select").first.select_option("suspended")
    await expect(watching.locator("#panel-orders [data-order]")).to_contain_text(number)


async def test_a_return_is_approved_and_stands_among_the_bounced(site: Site) -> None:
    page = await site.sign_in("dispatcher", "/?tab=requests")
    wish = page.locator("#panel-requests .item").filter(has_text="no power in the house")
    number = await wish.locator("strong").first.inner_text()
    await wish.get_by_label(f"Note {number}").fill("agreed with the subscriber")
    await wish.get_by_role("button", name="Approve").click()
    await expect(page.locator(".said")).to_contain_text(f"{number}: request approved")
    other = await site.sign_in("dispatcher")
    await other.locator("[data-queue=bounced]").click()
    await expect(other.locator("#panel-orders [data-order]")).to_have_count(1)
    await expect(other.locator("#panel-orders [data-order]")).to_contain_text(number)
    await other.locator("#panel-orders [data-order]").click()
    await expect(other.locator(".panel-side ol")).to_contain_text("agreed with the subscriber")


async def test_a_satisfied_callback_closes_the_order(site: Site) -> None:
    page = await site.sign_in("agent", "/?tab=callbacks")
    item = page.locator("#panel-callbacks .item").first
    number = await item.locator("strong").inner_text()
    await item.get_by_role("button", name=re.compile("^Call ")).click()
    await page.get_by_label("Answered").check()
    await page.get_by_label("Yes").check()
    await page.get_by_label("Very satisfied").check()
    await page.get_by_role("button", name="Record the attempt").click()
    await expect(page.locator(".said")).to_contain_text(f"{number} is closed")
    other = await site.sign_in("dispatcher")
    await other.locator("#panel-orders input[type=search]").fill(number)
    await expect(other.locator("[data-order]")).to_have_count(1)
    await expect(other.locator("[data-order] .mark")).to_have_attribute("title", "Closed")


async def test_a_day_is_planned_watched_and_published(site: Site) -> None:
    page = await site.sign_in("dispatcher")
    await page.get_by_role("button", name="Plan the day").click()
    await page.get_by_label("Seconds to search").fill("3")
    await page.locator(".panel-side form button").click()
    await expect(page.get_by_role("progressbar")).to_be_visible()
    publish = page.get_by_role("button", name="Publish")
    await expect(publish).to_be_visible(timeout=60_000)
    await expect(page.locator(".tiles")).to_contain_text("Planned")
    await expect(page.locator(".panel-side")).to_contain_text("finds no rule broken")
    await publish.click()
    await expect(page.locator(".said")).to_contain_text("Published")
    other = await site.sign_in("manager")
    await other.get_by_role("button", name="Plan", exact=True).click()
    await expect(other.locator(".panel-side")).to_contain_text("Published 10 Mar, 09:")
    await expect(other.get_by_role("button", name="Discard")).to_have_count(0)


async def test_every_number_of_a_score_card_opens_to_its_orders(site: Site) -> None:
    page = await site.sign_in("manager", "/?tab=scores")
    await expect(page.locator("#panel-scores .facts")).to_contain_text("not enough data")
    await expect(page.locator(".ranking")).to_contain_text("–")
    cards = page.locator(".ranking .card")
    for number in range(await cards.count()):
        await cards.nth(number).click()
        if await page.locator(".inner .open").count():
            break
        await cards.nth(number).click()
    shown = await page.locator(".inner .open").first.inner_text()
    await page.locator(".inner .open").first.click()
    await expect(page.locator(".cases li")).to_have_count(int(shown.split("/")[1]))


async def test_the_chinese_page_shows_no_english_sentence(site: Site) -> None:
    page = await site.sign_in("dispatcher", locale="zh-CN")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await expect(page.locator("[data-order]")).not_to_have_count(0)
    left = await english_left(page)
    await page.locator("[data-order]").first.click()
    await expect(page.locator(".panel-side")).to_contain_text("轨迹")
    left |= await english_left(page)
    await page.keyboard.press("Escape")
    for name in TABS:
        await tab(page, name)
        left |= await english_left(page)
    await page.get_by_role("button", name="排程").click()
    left |= await english_left(page)
    assert not left


async def test_every_view_is_accessible_and_fits(site: Site) -> None:
    page = await site.person(draws=True)
    await page.goto(site.url)
    await expect(page.locator("form")).to_be_visible()
    await tidy(page, "sign in")
    await enter(page, "dispatcher")
    await map_is_drawn(page)
    for name in TABS:
        await tab(page, name)
        await settled(page)
        await tidy(page, name)
    await tab(page, "orders")
    await page.locator("[data-order]").first.click()
    await page.get_by_role("button", name="Reassign").or_(page.get_by_role("button", name="Add a note")).first.click()
    await tidy(page, "drawer")
    await page.get_by_role("button", name="Plan the day").click()
    await tidy(page, "plan")


async def test_the_console_fits_a_phone(site: Site) -> None:
    page = await site.sign_in("dispatcher", size={"width": 360, "height": 740}, draws=True)
    await expect(page.locator("[data-order]")).not_to_have_count(0)
    await tidy(page, "list on a phone")
    await page.get_by_role("button", name="Map", exact=True).click()
    await map_is_drawn(page)
    await tidy(page, "map on a phone")
    await page.get_by_role("button", name="List", exact=True).click()
    await page.locator("[data-order]").first.click()
    await tidy(page, "drawer on a phone")


async def test_a_technician_works_the_route_on_a_phone(site: Site) -> None:
    page = await site.sign_in(TECHNICIAN, size=PHONE)
    # The account's own language is Chinese, and nobody has chosen another on this phone.
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await page.get_by_role("button", name="我的", exact=True).click()
    await page.get_by_role("button", name="本机设置").click()
    await page.get_by_role("button", name="English").click()
    await page.get_by_role("button", name="Today", exact=True).click()
    next_stop = page.get_by_role("region", name="Next stop")
    await expect(next_stop.locator("a[href^='tel:']").first).to_be_visible()
    await tidy(page, "my day")
    act = page.locator(".bottom .big")
    await expect(act).to_be_enabled()
    await expect(act).to_contain_text("Contact and book")
    await act.click()
    await page.get_by_role("button", name="No, not reached").click()
    await page.get_by_role("button", name="Send").click()
    await expect(act).to_contain_text("Set off")
    await expect(act).to_be_enabled()
    await act.click()
    await expect(act).to_contain_text("Arrived")
    await page.reload()
    await expect(act).to_contain_text("Arrived")


async def test_a_survey_link_that_is_no_longer_valid_says_so_in_both_languages(site: Site) -> None:
    page = await site.person(size=PHONE)
    await page.goto(f"{site.url}/survey/not-a-real-token")
    await expect(page.get_by_role("alert")).to_be_visible()
    await tidy(page, "survey")


async def test_nothing_was_asked_of_anybody_else_and_no_script_failed(site: Site) -> None:
    assert site.foreign == []
    assert site.errors == []
