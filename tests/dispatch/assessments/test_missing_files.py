"""A completion with invented photo ids is no report in order: after the policy's hours it fails its check by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select, update

from dispatch.assessments.missing_files import FINDING, mark_missing
from dispatch.assessments.models import Inspection
from dispatch.orders.models import Photo
from dispatch.orders.rules import acts
from kit.actor import Role
from kit.db import Database
from kit.postgres.blobs import put_blob
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.assessments.web import client
from tests.dispatch.orders.conftest import START, build_world
from tests.dispatch.planning.town import NINE, WEST, build_town, later


async def test_photos_that_never_come_fail_the_report_and_those_that_come_do_not(database: Database):
    town = await build_town(database)
    orders = [await town.report(occurred_at=NINE) for _ in range(2)]
    anna = town.technician(town.anna)
    for order in orders:
        await town.do(town.dispatcher, order, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
        await town.do(anna, order, acts.Accept())
        await town.do(anna, order, acts.Depart())
        await town.do(anna, order, acts.Arrive(), point=WEST)
        done = acts.Complete(cause="no_service", action="plug", photo_ids=[uuid4()], signature_photo_id=uuid4())
        await town.do(anna, order, done)
    async with database.transaction() as session:
        sha256 = await put_blob(session, b"a picture", "image/jpeg")
        await session.execute(update(Photo).where(Photo.order_id == orders[1].id).values(sha256=sha256))
    for hours, expected in ((23, 0), (25, 1), (26, 0)):
        area = await town.set_clock(later(hours=hours))
        async with database.transaction() as session:
            assert await mark_missing(session, area) == expected
    async with database.transaction() as session:
        (mark,) = (await session.scalars(select(Inspection))).all()
    assert (mark.order_id, mark.technician_id, mark.passed) == (orders[0].id, town.anna, False)
    assert (mark.findings, mark.inspector_id, mark.at) == ([FINDING], None, NINE + timedelta(hours=25))


async def test_an_inspector_sees_marked_reports_and_unchecked_ones_until_somebody_has_checked_them(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        orders = [await repair(world, START + timedelta(hours=4 * number), world.anna) for number in range(3)]
        session.add(
            Inspection(order_id=orders[0].id, technician_id=world.anna.id, passed=False, findings=[FINDING], at=START)
        )
        session.add(Photo(id=uuid4(), order_id=orders[0].id, kind="after"))
    path = f"/api/areas/{world.area.id}/reports-to-check"
    async with client(database, world.actor(Role.INSPECTOR)) as web:
        [marked] = (await web.get(path)).json()["items"]
        assert (marked["orderId"], marked["findings"]) == (str(orders[0].id), [FINDING])
        assert (marked["photos"], marked["missing"], marked["technician"]) == (
            3,
            3,
            world.anna.name,
        )  # two that the completion lists, and ours
        first = (await web.get(path, params={"marked": "false", "limit": 1})).json()
        second = (await web.get(path, params={"marked": "false", "cursor": first["nextCursor"]})).json()
        assert [one["orderId"] for one in first["items"] + second["items"]] == [str(orders[2].id), str(orders[1].id)]
        assert second["nextCursor"] is None
        checked = await web.post(f"/api/orders/{orders[0].id}/inspection", json={"passed": True, "findings": []})
        assert checked.status_code == 201
        assert (await web.get(path)).json()["items"] == []
        wrong = {"passed": False, "findings": ["no reading"]}
        checked = await web.post(f"/api/orders/{orders[1].id}/inspection", json=wrong)
        assert checked.status_code == 201, checked.text
        left = (await web.get(path, params={"marked": "false"})).json()["items"]
        assert [one["orderId"] for one in left] == [str(orders[2].id)]
        assert (await web.get(path, params={"cursor": "x"})).status_code == 400
    async with client(database, world.actor(Role.DISPATCHER)) as web:
        assert (await web.get(path)).status_code == 403
