"""A language nobody speaks on every view: what is left in plain letters was not translated."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Site, enter, settled
from tests.browser.town import TECHNICIAN
from tests.browser.views import VIEWS, fresh, put_back

pytestmark = pytest.mark.browser

_WORDS_ON_SCREEN = """() => {
  const said = [];
  const skipped = 'script, style, code, kbd, body [lang], .maplibregl-ctrl-scale';
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement;
    if (!parent || parent.closest(skipped)) continue;
    const read = parent.closest('option, .visually-hidden') || parent.checkVisibility();
    if (read) said.push(texts.currentNode.data.trim());
  }
  for (const element of document.body.querySelectorAll('[aria-label], [placeholder], [title], [alt]')) {
    if (element.closest(skipped) || !element.checkVisibility()) continue;
    for (const name of ['aria-label', 'placeholder', 'title', 'alt']) said.push(element.getAttribute(name) ?? '');
  }
  said.push(document.title);
  return [...new Set(said.filter(Boolean))];
}"""
_DATA = """async () => {
  const get = async (path) => (await fetch(path)).json();
  const areas = (await get('/api/areas')).items;
  const [orders, grids, shifts, me] = await Promise.all([
    get(`/api/areas/${areas[0].id}/orders?limit=1000`), get(`/api/areas/${areas[0].id}/grids`),
    get(`/api/areas/${areas[0].id}/shifts?date=2026-03-10`), get('/api/me')]);
  return [
    ...areas.flatMap((a) => [a.name, a.timezone, a.code, a.timezone.replaceAll('_', ' ')]), me.account.name,
    ...orders.items.flatMap((o) => [o.number, o.address, o.description, o.subscriber?.name]),
    ...grids.features.flatMap((g) => [g.properties.name, g.properties.code, g.properties.contract?.technicianA?.name]),
    ...shifts.flatMap((s) => [s.name, s.employeeNumber, s.contractor, s.team]),
    'no cable left', 'no power in the house', '© OpenStreetMap contributors',
  ].filter(Boolean);
}"""
_PLAIN = re.compile(r"[A-Za-z]{2,}")
_ALIKE = {"km", "Ctrl", "Shift", "AB"}
"""Units, keys and the initials of nobody are the same in every language."""


async def untranslated(page: Page, data: list[str]) -> set[str]:
    """What stands on the screen in plain letters and is nobody's name, number or address."""
    left = set()
    for text in await page.evaluate(_WORDS_ON_SCREEN):
        rest = text
        for known in sorted(data, key=len, reverse=True):
            rest = rest.replace(known, "")
        if set(_PLAIN.findall(rest)) - _ALIKE:
            left.add(text)
    return left


async def test_no_view_shows_a_word_that_nobody_translated(site: Site) -> None:
    page = await site.person()
    await page.goto(f"{site.url}/?lang=qps")
    await page.locator("input[name=login]").fill("dispatcher")
    await page.locator("input[name=password]").fill("not the password")
    await page.locator("form button.primary").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    left = {"sign in": await untranslated(page, [])}
    await enter(page, "dispatcher")
    await expect(page.locator("#panel-orders [data-order]").first).to_be_visible()
    data = await page.evaluate(_DATA)
    for name, show in VIEWS.items():
        await fresh(page, site.url, "qps")
        await show(page)
        left[name] = await untranslated(page, data)
        await page.keyboard.press("Escape")
    await put_back(page, site.url)
    # What the server says where it refuses, on the very page that asked.
    await fresh(page, site.url, "qps")
    await page.keyboard.press("n")
    await page.locator("input[name=name]").fill("1")
    await page.locator("select[name=fault]").select_option("slow")
    await page.route(re.compile(r"/orders$"), lambda route: route.continue_(post_data={"faultType": "unheard"}))
    await page.locator(".save .primary").click()
    await expect(page.locator(".panel-side .problem")).to_be_visible()
    left["a refusal"] = await untranslated(page, [*data, "unheard", "faultType"])
    await page.unroute_all()
    # What it says to an act with a reason nobody keeps, and to a day that cannot be repaired like that.
    await fresh(page, site.url, "qps")
    await VIEWS["act"](page)
    await page.locator(".panel-side .form select").select_option(index=1)
    wrong = {"type": "cancelled", "reason": "unheard"}
    await page.route(re.compile(r"/acts$"), lambda route: route.continue_(post_data=wrong))
    await page.locator(".panel-side .form .primary").click()
    await expect(page.locator(".panel-side .form .problem")).to_be_visible()
    left["an act refused"] = await untranslated(page, [*data, "unheard"])
    await page.unroute_all()
    await fresh(page, site.url, "qps")
    await VIEWS["repair"](page)
    await page.locator(".panel-side form select").nth(1).select_option(index=1)
    nobody = {"kind": "sick", "technicianId": "00000000-0000-4000-8000-000000000000", "at": "2026-03-10T02:00:00Z"}
    nothing = {"changes": [nobody], "date": "2026-03-10", "seconds": 5}
    await page.route(re.compile(r"/repairs$"), lambda route: route.continue_(post_data=nothing))
    await page.locator(".panel-side form .primary").first.click()
    await expect(page.locator(".panel-side form .problem")).to_be_visible()
    left["a repair refused"] = await untranslated(page, [*data, "changes"])
    # What is said on a map that is drawn.
    page = await site.sign_in("dispatcher", "/?lang=qps", draws=True)
    await expect(page.locator(".map[data-drawn=true]")).to_be_attached(timeout=60_000)
    await settled(page)
    left["the map"] = await untranslated(page, data)
    found = [f"{name}: {sorted(words)}" for name, words in left.items() if words]
    assert not found, "\n".join(found)


async def test_the_phone_and_the_survey_show_no_word_that_nobody_translated(site: Site) -> None:
    page = await site.person(PHONE)
    await page.goto(f"{site.url}/?lang=qps")
    await enter(page, TECHNICIAN)
    await expect(page.locator("main section").first).to_be_visible()
    data = await page.evaluate("fetch('/api/mobile/route').then(a => a.json()).then(JSON.stringify)")
    known = re.findall(r'"([^"]*)"', data)
    assert await untranslated(page, ["Linjiang", *(text for text in known if len(text) > 1)]) == set()
    await page.goto(f"{site.url}/survey/not-a-real-token?lang=qps")
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await untranslated(page, []) == set()
