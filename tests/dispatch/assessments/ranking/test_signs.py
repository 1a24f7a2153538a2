"""Signs of dishonesty come out of what phones, photos and subscribers said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from dispatch.assessments.ranking.signs import Signs, signs
from dispatch.orders.rules import acts
from kit.actor import SYSTEM
from kit.errors import Invalid
from kit.ids import uuid7
from tests.dispatch.assessments.conftest import call, repair, work, world
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


async def taken(
    world: World, order_id: UUID, who: UUID, picture: int, east: float, kind: str = "after", vague: float | None = None
) -> None:
    """A picture of an order, taken so many degrees to the east of the place of work, by so many metres or less."""
    asked = {"sha": f"{picture:064x}", "id": uuid7(), "order": order_id, "who": who, "lon": HERE[0] + east,
             "lat": HERE[1], "kind": kind, "vague": vague}  # fmt: skip
    blob = "INSERT INTO blobs (sha256, media_type, size) VALUES (:sha, 'image/jpeg', 1) ON CONFLICT DO NOTHING"
    row = (
        "INSERT INTO photos (id, order_id, technician_id, kind, sha256, point, accuracy_metres) VALUES (:id, :order,"
        " :who, :kind, :sha, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :vague)"
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


def of_pictures(found: Signs) -> dict[tuple[str, str], str | None]:
    """What photos showed: kind and order, with the measure."""
    return {(one.kind, one.order_id): one.detail for one in found.shown if one.kind.startswith("photo_")}


async def test_a_visit_is_one_chance_however_many_pictures_it_has_and_however_often_it_was_completed(world: World):
    first = await repair(world, START, world.anna)
    await taken(world, first.id, world.anna.id, 1, 0)
    order = await repair(world, START + timedelta(days=1), world.anna, say=None)
    again = START + timedelta(days=2)
    world.set(again)
    await world.do(world.agent, order, acts.RecordCallback(attempt_id=uuid7(), reached=True, satisfied=False))
    await world.do(SYSTEM, order, acts.AssignRework(technician_id=world.anna.id, reasons=["not_fixed"]))
    await work(world, order, again, world.anna, accept=5, contact=10, arrive=60, done=90)
    for picture, east in ((1, 0.0), (2, 0.02), (3, 0.03), (4, 0.001)):
        await taken(world, order.id, world.anna.id, picture, east)
    found = await signs(world.session, world.area.id, *MONTH, radius=300)
    assert of_pictures(found).keys() == {("photo_again", str(order.id)), ("photo_elsewhere", str(order.id))}
    assert len([one for one in found.shown if one.kind.startswith("photo_")]) == 2
    assert [found.chances[str(world.anna.id), kind] for kind in ("photo_again", "photo_elsewhere")] == [2, 2]
    assert 2000 < int((of_pictures(found)["photo_elsewhere", str(order.id)] or "").split()[0]) < 2400


async def test_a_picture_is_not_from_elsewhere_where_its_phone_may_err_so_far_and_a_signature_never(world: World):
    vague, exact, signed = [await repair(world, START + timedelta(days=day), world.anna) for day in range(3)]
    await taken(world, vague.id, world.anna.id, 1, 0.02, vague=1200)
    await taken(world, exact.id, world.anna.id, 2, 0.02, vague=900)
    await taken(world, signed.id, world.anna.id, 3, 0.02, kind="signature")
    found = await signs(world.session, world.area.id, *MONTH, radius=300)
    assert of_pictures(found).keys() == {("photo_elsewhere", str(exact.id))}
    assert found.chances[str(world.anna.id), "photo_elsewhere"] == 2


async def test_a_sign_in_before_the_month_says_where_its_visit_was(world: World):
    order = await repair(world, MONTH[1] - timedelta(minutes=70), world.anna, done=90, say=None)
    await taken(world, order.id, world.anna.id, 1, 0)
    await world.session.execute(
        text("UPDATE orders SET point = ST_Translate(point, 0.1, 0) WHERE id = :order"), {"order": order.id}
    )
    october = await signs(world.session, world.area.id, MONTH[1], MONTH[1] + timedelta(days=31), radius=300)
    assert (of_pictures(october), october.chances) == (
        {}, {(str(world.anna.id), kind): 1 for kind in ("photo_again", "photo_elsewhere", "codes_typed")},
    )  # fmt: skip


async def test_wrong_codes_are_of_who_typed_them_in_the_round_of_the_code_however_often_it_was_completed(world: World):
    """Anna types two wrong codes and signs; Bert redoes it and types one."""
    order = await repair(world, START, world.anna, arrive=60, done=120, say=None)
    codes = [await world.session.scalar(text("SELECT finish_code_hash FROM orders"))]
    world.set(START + timedelta(hours=4))
    await world.do(world.agent, order, acts.RecordCallback(attempt_id=uuid7(), reached=True, satisfied=False))
    await world.do(SYSTEM, order, acts.AssignRework(technician_id=world.bert.id, reasons=["not_fixed"]))
    await work(world, order, world.now, world.bert, accept=5, contact=10, arrive=40, done=80)
    codes.append(await world.session.scalar(text("SELECT finish_code_hash FROM orders")))
    assert len(set(codes)) == 2
    for who, code, tries in ((world.anna, codes[0], 2), (world.bert, codes[1], 1)):
        await world.session.execute(
            text("INSERT INTO finish_code_tries (order_id, technician_id, code_hash, tries) VALUES (:o, :t, :c, :n)"),
            {"o": order.id, "t": who.id, "c": code, "n": tries},
        )
    found = await signs(world.session, world.area.id, *MONTH, radius=300)
    seen = [(one.who, one.order_id, one.detail) for one in found.shown if one.kind == "codes_typed"]
    assert seen == [(str(world.anna.id), str(order.id), "2 ×")]
    anna, bert = str(world.anna.id), str(world.bert.id)
    assert (found.chances[anna, "codes_typed"], found.chances[bert, "codes_typed"]) == (1, 1)


async def test_an_answer_is_about_the_report_before_it_and_an_order_is_one_chance(world: World):
    """Anna's first report was disputed and she redid it well; of Bert's two only the second was called back."""
    first = await repair(world, START, world.anna, say="not_contacted")
    world.set(START + timedelta(hours=5))
    if first.owner_id != world.anna.id:
        await world.do(world.dispatcher, first, acts.Reassign(technician_id=world.anna.id, why="dispatcher"))
    await work(world, first, world.now, world.anna, accept=5, contact=10, arrive=40, done=80)
    world.wait(minutes=60)
    await call(world, first, "satisfied")
    second = await repair(world, START + timedelta(days=1), world.bert, say=None)
    world.set(START + timedelta(days=1, hours=4))
    await world.do(world.agent, second, acts.RecordCallback(attempt_id=uuid7(), reached=True, satisfied=False))
    await world.do(SYSTEM, second, acts.AssignRework(technician_id=world.anna.id, reasons=["not_fixed"]))
    await work(world, second, world.now, world.anna, accept=5, contact=10, arrive=40, done=80)
    world.wait(minutes=60)
    await call(world, second, "not_contacted")
    found = await signs(world.session, world.area.id, *MONTH, radius=300)
    seen = sorted((one.who, one.order_id) for one in found.shown if one.kind == "contradicted")
    anna, bert = str(world.anna.id), str(world.bert.id)
    assert seen == sorted([(anna, str(first.id)), (anna, str(second.id))])
    assert (found.chances[anna, "contradicted"], found.chances.get((bert, "contradicted"))) == (2, None)


async def test_a_sign_in_is_not_far_where_its_phone_may_err_so_much_but_nobody_errs_by_more_than_a_thousand(
    world: World,
):
    order = {}
    for day, accuracy in enumerate((900.0, 400.0, 50_000.0)):
        world.set(START + timedelta(days=day))
        made = await world.report(subscriber=None)
        await world.do(SYSTEM, made, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
        away = (HERE[0] + (0.015 if day < 2 else 0.03), HERE[1])  # 1,090 or 2,180 m
        for act in (acts.Accept(), acts.Depart(), acts.Arrive(reason="no_position")):
            await world.do(world.technician(), made, act, point=away, accuracy=accuracy)
        order[accuracy] = str(made.id)
    found = await signs(world.session, world.area.id, *MONTH, radius=300)
    assert {one.order_id for one in found.shown if one.kind == "far_sign_in"} == {order[400.0], order[50_000.0]}
    assert found.chances[str(world.anna.id), "far_sign_in"] == 3


async def test_an_arrival_is_held_to_what_the_phone_can_know(world: World):
    world.set(START)
    made = await world.report(subscriber=None)
    await world.do(SYSTEM, made, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    anna, away = world.technician(), (HERE[0] + 0.007, HERE[1])  # 510 m
    for act in (acts.Accept(), acts.Depart()):
        await world.do(anna, made, act)
    for accuracy, allowed in ((None, "300"), (100.0, "400")):
        with pytest.raises(Invalid, match=allowed):
            await world.do(anna, made, acts.Arrive(), point=away, accuracy=accuracy)
    with pytest.raises(Invalid):
        await world.do(anna, made, acts.Arrive(), point=(HERE[0] + 0.03, HERE[1]), accuracy=50_000.0)
    await world.do(anna, made, acts.Arrive(), point=away, accuracy=400.0)
    assert made.arrived_at == START
