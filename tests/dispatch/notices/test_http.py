from __future__ import annotations

from sqlalchemy import select

from dispatch.notices.models import Notice, NoticeStatus
from grids.models import AreaKind, ServiceArea
from kit.actor import Role
from kit.http.throttle import WRONG_LINKS
from tests.dispatch.notices.conftest import PHONE, Outbox
from tests.dispatch.notices.gateways import Asked, gateway, takes_all
from tests.site import bearer, ok, refused, running


async def test_an_administrator_sets_up_a_gateway_and_a_text_and_nobody_reads_the_secrets(outbox: Outbox):
    admin = await bearer(outbox.database, "root", Role.ADMINISTRATOR, area_ids=[outbox.area_id])
    area = f"/api/areas/{outbox.area_id}"
    async with gateway(takes_all) as sms, running(outbox.database) as web:
        given = {"kind": "sms", "config": {"url": sms.url}, "secrets": {"token": "s3cret"}}
        made = await web.put(f"{area}/notice-channels/sms", json=given, headers=admin)
        assert ok(made)["secrets"] == ["token"]
        assert "s3cret" not in made.text
        broken = await web.put(f"{area}/notice-channels/x", json={"kind": "smtp"}, headers=admin)
        refused(broken, 422, "notice.channel_setting")
        typo = {"en": "Order {nubmer}", "zh": "工单{number}"}
        answer = refused(
            await web.post(f"{area}/notice-templates/done", json=typo, headers=admin), 422, "notice.placeholder"
        )
        assert "column 7" in answer["detail"]
        text = {"en": "{number}", "zh": "中" * 71}
        saved = ok(await web.post(f"{area}/notice-templates/done", json=text, headers=admin), 201)
        assert (saved["number"], saved["sms"]["zh"]["parts"]) == (2, 2)
        await outbox.tell()
        await outbox.send()
        assert sms.asked[0].headers["authorization"] == "Bearer s3cret"
        assert sms.asked[0].json["text"] == "1"
        listed = ok(await web.get(f"{area}/notice-templates", headers=admin))
        assert next(one for one in listed if one["kind"] == "done")["number"] == 2
        assert next(one for one in listed if one["kind"] == "over")["number"] == 0
        channel = ok(made)["id"]
        key = ok(await web.post(f"/api/notice-channels/{channel}/receipt-key", headers=admin), 201)["receiptToken"]
        said = {"id": f"m-{sms.asked[0].json['reference']}", "status": "delivered"}
        assert ok(await web.post(f"/api/notice-receipts/{key}", json=[said, said]))["new"] == 1
        tries = [(await web.post("/api/notice-receipts/guess", json=said)).status_code for _ in range(WRONG_LINKS + 1)]
        assert (tries[0], tries[-1]) == (404, 429)
        # What comes with the right key is taken all the same: a gateway may still have an older one besides.
        assert ok(await web.post(f"/api/notice-receipts/{key}", json=[said]))["new"] == 0
        story = ok(await web.get(f"/api/orders/{outbox.order_id}/notices", headers=admin))
    assert [(one["kind"], one["status"], one["channel"]) for one in story] == [("done", "delivered", "sms")]


async def test_the_worklist_shows_what_is_stuck_and_a_person_decides(outbox: Outbox):
    async def silent(asked: Asked) -> None:
        return None

    agent = await bearer(outbox.database, "agent", Role.AGENT, area_ids=[outbox.area_id])
    manager = await bearer(outbox.database, "boss", Role.MANAGER, area_ids=[outbox.area_id])
    async with gateway(silent) as sms, running(outbox.database) as web:
        await outbox.channel(url=sms.url)
        await outbox.tell(cause="1")
        await outbox.tell(cause="2")
        await outbox.send()
        listed = f"/api/areas/{outbox.area_id}/notices?worklist=true"
        first, second = ok(await web.get(listed, headers=agent))["items"]
        assert {first["status"], second["status"]} == {"unknown"}
        assert first["recipient"] == PHONE
        masked = ok(await web.get(listed, headers=manager))["items"]
        assert {one["recipient"] for one in masked} == {None}
        assert ok(await web.post(f"/api/notices/{first['id']}/away", headers=agent))["status"] == "dropped"
        assert ok(await web.post(f"/api/notices/{second['id']}/again", headers=agent))["status"] == "waiting"
        refused(await web.post(f"/api/notices/{first['id']}/again", headers=agent), 409, "notice.not_stuck")
        assert ok(await web.get(listed, headers=agent))["items"] == []


async def test_the_phone_wall_shows_what_subscribers_would_have_read_and_only_in_a_trial_area(outbox: Outbox):
    agent = await bearer(outbox.database, "agent", Role.AGENT, area_ids=[outbox.area_id])
    await outbox.tell("dispatched", values={"number": "1", "technician": "<b>Anna</b>", "finishCode": "123456"})
    await outbox.send()
    async with running(outbox.database) as web:
        page = await web.get("/phone-wall/van", headers=agent)
        assert page.status_code == 200, page.text
        assert PHONE in page.text
        assert "&lt;b&gt;Anna&lt;/b&gt;" in page.text
        assert "123456" in page.text
        assert 'href="/o/' in page.text
        assert (await web.get("/phone-wall/van")).status_code == 401
        async with outbox.database.transaction() as session:
            notice = (await session.scalars(select(Notice))).one()
            assert notice.status is NoticeStatus.SENT
            area = await session.get_one(ServiceArea, outbox.area_id)
            area.clock_real_anchor = area.clock_area_anchor = None
            area.clock_speed, area.kind = 1.0, AreaKind.ORDINARY
        refused(await web.get("/phone-wall/van", headers=agent), 403, "notice.wall_ordinary")
