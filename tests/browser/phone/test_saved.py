"""What is shown is kept, and what is kept is what was seen: acts, drafts, signatures and photos, by thumb."""

from __future__ import annotations

import io
import itertools
import random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.async_api import Page
from sqlalchemy import text

from tests.browser.conftest import WEB, Site, sentences_of
from tests.browser.phone.conftest import TAKE_PHOTO, Handset, Handsets, PhoneSite, expect, hold
from tests.browser.phone.screens.views import at, big, order
from tests.waiting import until

ON_THE_WAY = ("accepted", "contacted", "departed", "arrived")
PHOTOS = "/api/mobile/photos"
SPY = """
  window.asked = [];
  const real = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (names, mode, options) {
    if (mode === "readwrite") asked.push([[names].flat(), options?.durability ?? "default"]);
    return real.call(this, names, mode, options);
  };
"""
# Another page writes into the acts and does not end: nothing else can be written there meanwhile.
HOLD_THE_DISK = """() => new Promise((done) => {
  const open = indexedDB.open("grid-dispatch-phone");
  open.onsuccess = () => {
    const acts = open.result.transaction("acts", "readwrite").objectStore("acts");
    window.letGo = false;
    const again = () => {
      done(true);
      if (window.letGo) open.result.close(); else acts.count().onsuccess = again;
    };
    acts.count().onsuccess = again;
  };
})"""
# The signature's ink: how much, and where it begins and ends as shares of the canvas.
INK = """() => {
  const canvas = document.querySelector("#part-signature canvas");
  if (!canvas?.width) return null;
  const { width, height } = canvas;
  const dots = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let [count, left, top, right, bottom] = [0, width, height, 0, 0];
  for (let at = 3, place = 0; at < dots.length; at += 4, place += 1) {
    if (!dots[at]) continue;
    count += 1;
    const [x, y] = [place % width, Math.floor(place / width)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
  }
  return count ? [left / width, top / height, right / width, bottom / height] : null;
}"""
HAS_DRAFT = """(id) => new Promise((done) => {
  const open = indexedDB.open("grid-dispatch-phone");
  open.onsuccess = () => {
    const ask = open.result.transaction("drafts").objectStore("drafts").getAll();
    ask.onsuccess = () => {
      open.result.close();
      done(ask.result.some(({ key, value }) => key.includes(id) && (WHICH)));
    };
  };
})"""
CAMERA_IS_OPEN = HAS_DRAFT.replace("WHICH", "key.endsWith('/camera-before') && value.open")
HAS_STROKES = HAS_DRAFT.replace("WHICH", "key.endsWith('/complete') && value.strokes?.length")
STROKES = "(id) => JSON.stringify(phone.draft(id, 'complete').value.strokes)"


async def arrived(phone: Handset, order_id: str, here: tuple[float, float]) -> None:
    for kind in ON_THE_WAY:
        act = {"type": kind} | ({"reached": True} if kind == "contacted" else {})
        await phone.act(order_id, act, {"point": list(here), "accuracy": 8})


async def completing(phones: PhoneSite, handset: Handsets, **more: Any) -> tuple[Handset, str, tuple[float, float]]:
    """A phone on the form of its completion, the position known."""
    who = await phones.technician(1)
    phone = await handset(who.login, **more)
    lon, lat = who.point
    await phone.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 8})
    await phone.until("phone.route !== null")
    await arrived(phone, who.orders[0], who.point)
    await at(phone, {"name": "complete", "orderId": who.orders[0]})
    await expect(phone.page.locator("#part-signature canvas")).to_be_attached()
    return phone, who.orders[0], who.point


async def test_a_tap_shows_nothing_before_the_disk_has_it_and_a_kill_right_after_loses_nothing(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await phone.context.add_init_script(SPY)
    await phone.page.reload()
    await hold(phone.page)
    await phone.until("phone.route !== null")
    page = phone.page
    other = await phone.context.new_page()
    await other.goto(phone.proxy.url + "/phone/icon-192.png")
    await page.bring_to_front()
    await phone.proxy.set_mode("refuse")
    await order(page, who.orders[0]).click()
    await expect(big(page)).to_contain_text("Accept")
    await expect(page.locator(".bottom [aria-disabled=true]")).to_have_count(0)
    await other.evaluate(HOLD_THE_DISK)
    await page.evaluate("asked.length = 0")
    await big(page).click()
    await page.wait_for_function("() => asked.some(([names]) => names.includes('acts'))")
    # It has been asked for and is not there: the button still says what it said, and nothing is counted.
    assert await page.evaluate("() => new Promise((go) => requestAnimationFrame(() => go(phone.rows.length)))") == 0
    await expect(big(page)).to_contain_text("Accept")
    await other.evaluate("window.letGo = true")
    await expect(big(page)).to_contain_text("Contact and book")
    asked = await page.evaluate("asked.filter(([names]) => names.includes('acts')).map(([, durability]) => durability)")
    phone.kill()
    await phone.again()
    await phone.until("phone.rows.length === 1")
    assert (await phone.rows())[0]["type"] == "accepted"
    assert set(asked) == {"strict"}


async def test_a_kill_while_the_camera_is_open_leads_back_to_the_form_with_every_word(
    phones: PhoneSite, handset: Handsets
) -> None:
    phone, order_id, _ = await completing(phones, handset)
    await phone.worker_ready()
    note = phone.page.locator("textarea").last
    await note.fill("two splitters, one wet")
    async with phone.page.expect_file_chooser():
        await phone.page.locator("#part-before label.take").click()
    # What the camera covers is on the disk by then; the page that would write it is gone.
    await phone.eventually(CAMERA_IS_OPEN, order_id)
    phone.kill()
    await phone.again()
    await phone.until("phone.route !== null")
    await expect(phone.page.locator("textarea").last).to_have_value("two splitters, one wet")
    sentence = sentences_of(WEB / "technician" / "strings" / "completing.ts")["photo_not_taken"]["en"]
    await expect(phone.page.locator("#part-before").get_by_role("alert")).to_have_text(sentence)
    await expect(phone.page.locator("#part-after").get_by_role("alert")).to_have_count(0)


async def test_a_signature_survives_turning_scrolling_freezing_and_the_end_of_the_page(
    phones: PhoneSite, handset: Handsets
) -> None:
    phone, order_id, _ = await completing(phones, handset, slow=1)
    page = phone.page
    await sign(page)
    upright, strokes = await page.evaluate(INK), await page.evaluate(STROKES, order_id)
    assert upright is not None
    assert upright[3] > 0.8  # down to the lower edge

    async def whole(what: str) -> None:
        await page.wait_for_function(f"() => ({INK})() !== null")
        await phone.eventually("() => new Promise((go) => requestAnimationFrame(() => go(true)))")
        found = await page.evaluate(INK)
        assert found == pytest.approx(upright, abs=0.02), what
        assert await page.evaluate(STROKES, order_id) == strokes, what

    await page.set_viewport_size({"width": 740, "height": 360})
    await page.wait_for_function("() => document.querySelector('#part-signature canvas').width > 720")
    await whole("turned")
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.wait_for_function("() => document.querySelector('#part-signature canvas').width < 720")
    await whole("turned back")
    await page.evaluate("scrollTo(0, 0)")
    await page.locator("#part-signature canvas").scroll_into_view_if_needed()
    await whole("scrolled")
    debugger = await phone.context.new_cdp_session(page)
    await debugger.send("Page.setWebLifecycleState", {"state": "frozen"})
    await debugger.send("Page.setWebLifecycleState", {"state": "active"})
    await whole("frozen")
    # The pen was lifted, and that alone has kept it.
    await phone.eventually(HAS_STROKES, order_id)
    await page.reload()
    await hold(page)
    await whole("opened again")


async def sign(page: Page) -> None:
    """A long name, from the upper to the lower edge."""
    canvas = page.locator("#part-signature canvas")
    await canvas.scroll_into_view_if_needed()
    box = await canvas.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 20, box["y"] + 15)
    await page.mouse.down()
    for step in range(1, 12):
        down = 0.9 if step % 2 else 0.15
        await page.mouse.move(box["x"] + 20 + step * (box["width"] - 40) / 12, box["y"] + down * box["height"])
    await page.mouse.up()
    await expect(page.get_by_role("img", name="Signed")).to_be_visible()


def a_photo_of_elsewhere() -> bytes:
    """As heavy as a real one; its camera says that it was taken in Sydney."""
    noise = Image.frombytes("RGB", (400, 300), random.Random(2).randbytes(400 * 300 * 3)).resize((1600, 1200))
    exif = Image.Exif()
    exif[0x8825] = {1: "S", 2: (33.0, 51.0, 31.0), 3: "E", 4: (151.0, 12.0, 50.0)}
    written = io.BytesIO()
    noise.save(written, "JPEG", exif=exif, quality=92)
    return written.getvalue()


async def take(page: Page, part: str) -> None:
    file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": a_photo_of_elsewhere()}
    before = await page.locator(f"#part-{part} img").count()
    async with page.expect_file_chooser() as chooser:
        await page.locator(f"#part-{part} label.take").click()
    await (await chooser.value).set_files(file)  # type: ignore[arg-type]
    await expect(page.locator(f"#part-{part} img")).to_have_count(before + 1)


async def test_photos_carry_the_phones_own_place_and_a_completion_says_which_are_still_to_come(
    phones: PhoneSite, handset: Handsets, desk: Site
) -> None:
    phone, order_id, here = await completing(phones, handset, slow=1)
    page = phone.page
    await phone.drained()
    for part in ("before", "after"):
        await take(page, part)
    kept = await page.evaluate("(id) => JSON.parse(JSON.stringify(phone.photosOf(id)))", order_id)
    assert [photo["point"] for photo in kept] == [pytest.approx(list(here), abs=1e-6)] * 2
    assert [photo["accuracy"] for photo in kept] == [8, 8]
    assert all(photo["size"] > 100_000 for photo in kept)
    ids = [photo["id"] for photo in kept]
    signature = await phone.photo(order_id, "signature", 100)
    # The line dies in the middle of a larger piece, and then altogether.
    await phone.proxy.set_mode("cut", PHOTOS, cut_after=70_000)
    done = await phone.completion(ids, signature)
    await phone.act(order_id, done, {"photos": [*ids, signature]})
    await until(lambda: any(one.mode == "cut" for one in phone.proxy.asked("PATCH", PHOTOS)), "a piece was cut")
    await phone.proxy.set_mode("refuse")
    await phone.until("phone.rows.at(-1).state === 'accepted' && phone.unreachable")
    assert await phones.status(order_id) == "completed"
    came = await phones.photos(order_id)
    assert came < 3
    await at(phone, {"name": "unsent"})
    await expect(page.locator("main")).to_contain_text(f"awaiting {3 - came} of 3 photos")
    console = await desk.sign_in("dispatcher", f"/?order={order_id}")
    await expect(console.locator(".panel-side")).to_contain_text("not arrived yet")
    before = len(phone.proxy.passed)
    had = {photo: await there(phones, photo) for photo in ids}
    await phone.proxy.set_mode("up")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await phone.drained()
    assert await phones.photos(order_id) == 3
    # Each photo goes on exactly where the server had it, and no byte that it had was sent again.
    again = [one for one in phone.proxy.passed[before:] if one.method == "PATCH"]
    for photo in ids:
        pieces = [(offset_of(one.path), len(one.body)) for one in again if photo in one.path]
        size = next(one["size"] for one in kept if one["id"] == photo)
        assert sum(length for _, length in pieces) == size - had[photo]
        assert all(begin + length == then for (begin, length), (then, _) in itertools.pairwise(pieces))
    bodies = b"".join(one.body for one in phone.proxy.asked("PATCH", PHOTOS))
    assert b"Exif" not in bodies
    async with phones.database.transaction() as session:
        query = text("SELECT ST_X(point), ST_Y(point) FROM photos WHERE order_id = :id AND kind IN ('before', 'after')")
        places = [list(row) for row in (await session.execute(query, {"id": order_id})).all()]
    assert places == [pytest.approx(list(here), abs=1e-6)] * 2


def offset_of(path: str) -> int:
    return int(parse_qs(urlsplit(path).query)["offset"][0])


async def there(phones: PhoneSite, photo: str) -> int:
    """Bytes of a photo that the server has."""
    async with phones.database.transaction() as session:
        found = await session.scalar(text("SELECT received FROM photo_uploads WHERE id = :id"), {"id": photo})
    return int(found or 0)


async def test_two_signatures_and_three_photos_at_once_are_five_files_on_the_server(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(1)
    phone = await handset(who.login, slow=1)
    await phone.until("phone.route !== null")
    (one,) = who.orders
    await phone.act(one, {"type": "accepted"})
    kinds = ["signature", "signature", "after", "after", "before"]
    taken = await phone.page.evaluate(
        f"([order, kinds]) => Promise.all(kinds.map((kind) => ({TAKE_PHOTO})([order, kind, 200])))", [one, kinds]
    )
    assert len(set(taken)) == 5
    await phone.page.reload()
    await hold(phone.page)
    await phone.until("phone.route !== null")
    for photo in taken:
        await phone.act(one, {"type": "attached", "photoId": photo, "kind": "evidence"}, {"photos": [photo]})
    await phone.drained()
    async with phones.database.transaction() as session:
        query = text("SELECT id::text FROM photos WHERE order_id = :id AND sha256 IS NOT NULL")
        found = set((await session.execute(query, {"id": one})).scalars())
    assert found == set(taken)
