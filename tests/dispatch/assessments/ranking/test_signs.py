"""Signs of dishonesty come out of what phones, photos and subscribers said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from dispatch.assessments.ranking.signs import signs
from dispatch.orders.rules import acts
from kit.actor import SYSTEM
from kit.ids import uuid7
from tests.dispatch.assessments.conftest import repair, world
from tests.dispatch.orders.conftest import HERE, START, World

__all__ = ["world"]
MONTH = (datetime(2022, 9, 1, 7, tzinfo=UTC), datetime(2022, 10, 1, 7, tzinfo=UTC))


async def test_far_and_fast_sign_ins_and_contradicting_callbacks_are_signs_with_their_events(world: World):
    honest = await repair(world, START, world.anna)
    await repair(world, START + timedelta(days=1), world.anna, say="not_contacted")
    for minute, place in ((0, HERE), (2, (HERE[0] + 0.3, HERE[1]))):
        world.set(START + timedelta(days=2, minutes=minute))
        order = await world.report(subscriber=None)
        await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.bert.id, why="a_technician"))
        for act in (acts.Accept(), acts.Depart(), acts.Arrive(reason="no_position")):
            await world.do(world.technician(world.bert), order, act, point=place)
    found = await signs(world.session, world.area.id, *MONTH, radius=300)
    shown = {(one.who, one.kind) for one in found.shown}
    anna, bert = str(world.anna.id), str(world.bert.id)
    assert shown == {(anna, "contradicted"), (bert, "far_sign_in"), (bert, "too_fast")}
    far = next(one for one in found.shown if one.kind == "far_sign_in")
    assert (far.order_id, far.event_id is None) == (str(order.id), False)
    assert str(honest.id) not in {one.order_id for one in found.shown}
    assert (found.chances[anna, "contradicted"], found.chances[bert, "far_sign_in"]) == (2, 2)


async def taken(world: World, order_id: UUID, who: UUID, picture: int, east: float) -> None:
    """A picture of an order, taken so many degrees to the east of the place of work."""
    asked = {"sha": f"{picture:064x}", "id": uuid7(), "order": order_id, "who": who, "lon": HERE[0] + east,
             "lat": HERE[1]}  # fmt: skip
    blob = "INSERT INTO blobs (sha256, media_type, size) VALUES (:sha, 'image/jpeg', 1) ON CONFLICT DO NOTHING"
    row = (
        "INSERT INTO photos (id, order_id, technician_id, kind, sha256, point) VALUES (:id, :order, :who, 'after',"
        " :sha, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))"
    )
    for statement in (blob, row):
        await world.session.execute(text(statement), asked)


async def test_a_picture_from_elsewhere_is_a_sign_but_a_wrong_place_and_the_same_picture_are_counted_once(world: World):
    near, away, misplaced, again = [
        await repair(world, START + timedelta(days=day), world.anna) for day in range(4)
    ]  # fmt: skip
    await taken(world, near.id, world.anna.id, 1, 0.001)
    await taken(world, away.id, world.anna.id, 2, 0.02)
    await taken(world, misplaced.id, world.anna.id, 3, 0)
    await taken(world, again.id, world.anna.id, 1, 0.02)
    await world.session.execute(
        text("UPDATE orders SET point = ST_Translate(point, 0.1, 0) WHERE id = :order"), {"order": misplaced.id}
    )
    found = await signs(world.session, world.area.id, *MONTH, radius=300)
    seen = {(one.kind, one.order_id): one.detail for one in found.shown}
    kinds = {("photo_elsewhere", str(away.id)), ("photo_again", str(again.id)), ("far_sign_in", str(misplaced.id))}
    assert seen.keys() == kinds
    metres = int((seen["photo_elsewhere", str(away.id)] or "").split()[0])
    assert 1300 < metres < 1700
    assert found.chances[str(world.anna.id), "photo_elsewhere"] == 3
