"""A lost phone: signed out from the console, it gets nothing any more and empties itself when it next asks."""

from __future__ import annotations

from playwright.async_api import expect
from sqlalchemy import text

from mobile_api.lost.service import sign_out
from tests.browser.phone.conftest import Handsets, PhoneSite

ROWS = """() => new Promise((done) => {
  const open = indexedDB.open("grid-dispatch-phone");
  open.onsuccess = () => {
    const store = open.result;
    const names = [...store.objectStoreNames];
    const tx = store.transaction(names);
    const asks = Object.fromEntries(names.map((name) => [name, tx.objectStore(name).getAllKeys()]));
    tx.oncomplete = () => { store.close(); done(names.flatMap((name) => asks[name].result)); };
  };
})"""


async def test_a_phone_that_was_signed_out_wipes_itself_at_its_next_contact(
    phones: PhoneSite, handset: Handsets
) -> None:
    who = await phones.technician(2)
    phone = await handset(who.login)
    await phone.until("phone.route !== null")
    await phone.worker_ready()
    await phone.eventually("() => caches.has('phone-reserve')")
    await phone.proxy.set_mode("refuse")
    await phone.act(who.orders[0], {"type": "accepted"})
    await phone.photo(who.orders[1])
    async with phones.database.transaction() as session:
        assert await sign_out(session, who.id, None) >= 1
    phones.site.signed_in.pop(who.login)
    await phone.proxy.set_mode("up")
    await expect(phone.page.locator("input[name=password]")).to_be_visible(timeout=30_000)
    assert set(await phone.page.evaluate(ROWS)) <= {"marker"}
    assert await phone.page.evaluate("caches.has('phone-reserve')") is False
    async with phones.database.transaction() as session:
        told = await session.scalar(text("SELECT unsent FROM wiped_phones ORDER BY at DESC LIMIT 1"))
    assert told == 1
    assert await phones.status(who.orders[0]) == "dispatched"
