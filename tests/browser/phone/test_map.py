"""The map of the area on the phone: fetched in pieces, cut off and gone on with, drawn without a network."""

from __future__ import annotations

import io

from PIL import Image
from playwright.async_api import expect
from sqlalchemy import text

from mobile_api.maps.packs import pack_next
from tests.browser.conftest import settled
from tests.browser.phone.conftest import Handsets, PhoneSite, hold

HEAP = "() => performance.memory.usedJSHeapSize"
LOSE = """() => {
  const canvas = document.querySelector(".map canvas");
  canvas.getContext("webgl2").getExtension("WEBGL_lose_context").loseContext();
}"""


def colours(picture: bytes) -> int:
    """How many colours a picture has; what is not drawn has one."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    return len(image.getcolors(image.width * image.height) or [])


async def with_a_route(phones: PhoneSite) -> str:
    """The login of the technician with the most planned visits."""
    query = text(
        "SELECT a.login FROM visits v JOIN accounts a ON a.technician_id = v.technician_id WHERE v.status = 'planned'"
        " GROUP BY a.login ORDER BY count(*) DESC, a.login LIMIT 1"
    )
    async with phones.database.transaction() as session:
        return str(await session.scalar(query))


async def test_the_route_is_drawn_along_the_streets_and_is_so_without_a_network(
    phones: PhoneSite, handset: Handsets
) -> None:
    phone = await handset(await with_a_route(phones), slow=1)
    await phone.until("phone.route !== null && phone.stops.length > 1")
    await phone.worker_ready()
    await phone.page.get_by_role("button", name="Map", exact=True).click()
    await expect(phone.page.locator(".map[data-drawn=true]")).to_be_visible()
    found = await phone.page.evaluate("phone.streets()")
    stops = await phone.page.evaluate("phone.stops.length")
    assert len(found) > 4 * stops  # streets bend
    await phone.proxy.set_mode("refuse")
    await phone.page.reload()
    await hold(phone.page)
    await phone.until("phone.route !== null")
    assert await phone.page.evaluate("phone.streets()") == found
    await phone.proxy.set_mode("up")


async def test_the_map_is_kept_on_the_phone_drawn_without_a_network_and_the_list_lives_without_it(
    phones: PhoneSite, handset: Handsets
) -> None:
    while await pack_next(phones.database) is not None:
        pass
    who = await phones.technician(2)
    phone = await handset(who.login, slow=1)
    page = phone.page
    foreign: list[str] = []
    phone.context.on(
        "request",
        lambda asked: None if asked.url.startswith((phone.proxy.url, "blob:", "data:")) else foreign.append(asked.url),
    )
    await phone.until("phone.route !== null && phone.route.pack !== null")
    await phone.worker_ready()
    size = await page.evaluate("phone.route.pack.bytes")
    await page.get_by_role("button", name="Map", exact=True).click()
    await expect(page.locator(".map[data-drawn=true]")).to_be_visible()
    before = await page.evaluate(HEAP)
    path = await page.evaluate("phone.route.pack.url")
    await phone.proxy.set_mode("cut_answer", prefix=path, times=1, cut_after=size // 2)
    await page.get_by_role("button", name="Keep the map on this phone").click()
    await expect(page.get_by_text("It was cut off")).to_be_visible()
    await page.get_by_role("button", name="Keep the map on this phone").click()
    await expect(page.get_by_text("The map is on this phone")).to_be_visible()
    assert len(phone.proxy.asked("GET", path)) >= 2
    assert await page.evaluate(HEAP) - before < 20_000_000
    # Everything that the map needs is here: drawn, with streets, after a restart without a network.
    await phone.eventually(
        "async () => (await Promise.all((await caches.keys()).filter((name) => name.startsWith('phone-later'))"
        ".map(async (name) => (await (await caches.open(name)).keys()).length))).some((count) => count > 5)"
    )
    await phone.proxy.set_mode("refuse")
    await page.reload()
    await hold(page)
    await page.get_by_role("button", name="Map", exact=True).click()
    await expect(page.locator(".map[data-drawn=true]")).to_be_visible()
    await expect(page.locator(".map[data-still=true]")).to_be_visible()
    await settled(page, answered=False)
    assert colours(await page.locator(".map canvas").screenshot()) > 20
    # The drawing dies: the list stays, and leads on.
    await page.evaluate(LOSE)
    await expect(page.get_by_role("alert")).to_contain_text("taken the map's drawing away")
    stop = page.locator("ol.rows button.stop").first
    await expect(stop).to_be_visible()
    # It returns when it is asked for, and dies again.
    await page.get_by_role("alert").get_by_role("button").click()
    await expect(page.locator(".map[data-drawn=true]")).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)
    await page.evaluate(LOSE)
    await expect(page.get_by_role("alert")).to_contain_text("taken the map's drawing away")
    await stop.click()
    await expect(page.locator("a[href^='geo:'], a[href*='amap'], a[href*='google']").first).to_be_attached()
    assert foreign == []
    await phone.proxy.set_mode("up")
