"""Signs of dishonesty come out of what phones, photos and subscribers said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dispatch.assessments.ranking.signs import signs
from dispatch.orders.rules import acts
from kit.actor import SYSTEM
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
