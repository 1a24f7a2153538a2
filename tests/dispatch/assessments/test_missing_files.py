"""A completion with invented photo ids is no report in order: after the policy's hours it fails its check by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select, update

from dispatch.assessments.missing_files import FINDING, mark_missing
from dispatch.assessments.models import Inspection
from dispatch.orders import acts
from dispatch.orders.models import Photo
from kit.blobs import put_blob
from kit.db import Database
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
