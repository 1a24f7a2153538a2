"""Acts made offline: sent twice, out of order, on two connections, too late, with a clock that is wrong."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select, text

from dispatch.orders.models import Order, OrderEvent, Status
from dispatch.orders.rules import acts
from kit.actor import Role
from kit.errors import Forbidden
from kit.live import FeedEntry
from mobile_api.models import PhoneAct
from mobile_api.schemas import ActAnswer, PhoneActIn
from mobile_api.sync import sync
from tests.dispatch.planning.town import NINE, WEST, Town, later

COMPLETE: dict[str, Any] = {
    "type": "completed", "cause": "no_service", "action": "repaired", "photoIds": [str(uuid4())],
    "signaturePhotoId": str(uuid4()),
}  # fmt: skip


def did(order: Order, minutes: float, act: str | dict[str, Any], **fields: Any) -> PhoneActIn:
    body = {"type": act} if isinstance(act, str) else act
    return PhoneActIn(
        id=fields.pop("id", uuid4()),
        order_id=order.id,
        occurred_at=later(minutes=minutes),
        act=body,
        point=WEST,
        **fields,
    )


def a_whole_visit(order: Order) -> list[PhoneActIn]:
    return [
        did(order, 1, "accepted"),
        did(order, 2, {"type": "contacted", "reached": True}),
        did(order, 5, "departed"),
        did(order, 20, "arrived"),
        did(order, 60, COMPLETE),
    ]


async def send(
    town: Town, *sent: PhoneActIn, who: UUID | None = None, phone_time: datetime | None = None
) -> list[ActAnswer]:
    answer = await sync(town.database, town.technician(who or town.anna), sent, phone_time)
    return answer.answers


def results(answers: list[ActAnswer]) -> list[str]:
    return [answer.result for answer in answers]


async def events(town: Town, order: Order) -> list[OrderEvent]:
    async with town.database.transaction() as session:
        query = select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.sequence)
        return list((await session.execute(query)).scalars())


@pytest.fixture(autouse=True)
async def afternoon(town: Town, order: Order) -> None:
    """Everything was done offline in the morning; the phone is back in the afternoon."""
    await town.set_clock(later(hours=2))


async def test_a_day_worked_offline_is_applied_in_one_batch_with_its_own_times(town: Town, order: Order):
    answers = await send(town, *a_whole_visit(order))
    assert results(answers) == ["applied"] * 5
    assert answers[-1].order is not None
    assert answers[-1].order.status == "completed"
    found = await town.order(order)
    assert (found.accepted_at, found.arrived_at, found.completed_at) == (
        later(minutes=1), later(minutes=20), later(minutes=60),
    )  # fmt: skip
    assert all(event.received_at == later(hours=2) for event in (await events(town, order))[2:])


async def test_a_vague_position_is_kept_with_how_far_it_may_err_and_is_not_held_to_three_hundred_metres(
    town: Town, order: Order
):
    east = (WEST[0] + 0.006, WEST[1])
    assert results(await send(town, did(order, 1, "accepted"), did(order, 5, "departed"))) == ["applied"] * 2
    far = did(order, 20, "arrived")
    far.point = east
    (answer,) = await send(town, far)
    assert (answer.result, answer.code) == ("rejected", "order.too_far")
    vague = did(order, 20, "arrived", accuracy_metres=450.5)
    vague.point = east
    assert results(await send(town, vague)) == ["applied"]
    assert (await events(town, order))[-1].data["accuracyMetres"] == 450.5


@pytest.mark.parametrize(("said", "kept"), [(-5.0, 0.0), (4e9, 1_000_000.0)])
async def test_what_a_phone_says_of_its_accuracy_refuses_no_act(town: Town, order: Order, said: float, kept: float):
    acts_sent = (did(order, 1, "accepted"), did(order, 5, "departed"), did(order, 20, "arrived", accuracy_metres=said))
    assert results(await send(town, *acts_sent)) == ["applied"] * 3
    assert (await events(town, order))[-1].data["accuracyMetres"] == kept


async def test_more_acts_on_the_same_orders_cost_no_more_statements(town: Town, order: Order):
    other = await town.report(WEST)
    await town.do(town.dispatcher, other, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
    counted: list[str] = []
    event.listen(town.database.engine.sync_engine, "before_cursor_execute", lambda *given: counted.append(given[2]))

    async def statements_of(count: int) -> int:
        notes = [
            did((order, other)[n % 2], 1, {"type": "noted", "note": f"{count} {n}"}, sequence=n) for n in range(count)
        ]
        counted.clear()
        answers = await send(town, *notes)
        cost = len(counted)
        assert results(answers) == ["applied"] * count
        versions = [answer.order.version for answer in answers[-2:] if answer.order is not None]
        assert sorted(versions) == sorted([(await town.order(one)).version for one in (order, other)])
        return cost

    few = await statements_of(4)
    assert await statements_of(20) == few
    async with town.database.transaction() as session:
        told = (await session.execute(select(FeedEntry.version).where(FeedEntry.key == str(order.id)))).scalars().all()
    assert len(told) == (await town.order(order)).version  # every one of its acts was announced


async def test_the_same_batch_again_changes_nothing(town: Town, order: Order):
    batch = a_whole_visit(order)
    await send(town, *batch)
    before = len(await events(town, order))
    assert results(await send(town, *batch)) == ["already"] * 5
    assert len(await events(town, order)) == before


async def test_overlapping_batches_on_two_connections_apply_each_act_once(town: Town, order: Order):
    batch = a_whole_visit(order)
    answers = await asyncio.gather(
        send(town, *batch[:4]), send(town, *batch), send(town, *batch[1:]), send(town, *batch), return_exceptions=True
    )
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    # Whoever was too early for the act before theirs sends again, as a phone does.
    assert set(results(await send(town, *batch))) <= {"applied", "already"}
    story = [event.type for event in await events(town, order)]
    assert story.count("contacted") == 1  # a call fits anywhere after acceptance: another connection may overtake it
    story.remove("contacted")
    assert story == ["reported", "dispatched", "accepted", "departed", "arrived", "completed"]


async def test_the_same_id_with_another_body_is_rejected_and_the_first_stands(town: Town, order: Order):
    accept = did(order, 1, "accepted")
    await send(town, accept)
    other = did(order, 1, {"type": "accepted", "note": "changed"}, id=accept.id)
    (answer,) = await send(town, other)
    assert (answer.result, answer.code) == ("rejected", "mobile.same_id_other_body")


async def test_the_same_id_from_another_phone_is_rejected(town: Town, order: Order):
    accept = did(order, 1, "accepted")
    await send(town, accept)
    mine = await town.report(WEST)
    await town.do(town.dispatcher, mine, acts.Dispatch(technician_id=town.bert, why="dispatcher"))
    (answer,) = await send(town, did(mine, 1, "accepted", id=accept.id), who=town.bert)
    assert answer.result == "rejected"


async def test_a_completion_before_its_arrival_waits_as_a_conflict_and_is_taken_when_sent_again(
    town: Town, order: Order
):
    accept, _, depart, arrive, complete = a_whole_visit(order)
    assert results(await send(town, accept, depart)) == ["applied", "applied"]
    (early,) = await send(town, complete)
    assert (early.result, early.code) == ("conflict", "order.wrong_state")
    assert early.order is not None
    assert early.order.status == "en_route"
    assert results(await send(town, arrive, complete)) == ["applied", "applied"]


async def test_acts_are_taken_in_the_phones_order_however_they_are_sent(town: Town, order: Order):
    batch = a_whole_visit(order)
    for number, entry in enumerate(batch):
        entry.sequence = number
    assert results(await send(town, *reversed(batch))) == ["applied"] * 5
    assert (await town.order(order)).status is Status.COMPLETED


async def test_an_order_reassigned_meanwhile_keeps_the_evidence_and_tells_the_dispatcher(town: Town, order: Order):
    batch = a_whole_visit(order)
    await send(town, *batch[:2])
    await town.do(town.dispatcher, order, acts.Reassign(technician_id=town.bert, why="dispatcher"))
    answers = await send(town, *batch[2:])
    assert results(answers) == ["conflict"] * 3
    assert all(answer.evidence_kept and answer.code == "mobile.taken_away" for answer in answers)
    assert answers[0].order is not None
    assert answers[0].order.mine is False
    notes = [event for event in await events(town, order) if event.type == "noted"]
    assert [note.data["evidence"]["act"]["type"] for note in notes] == ["departed", "arrived", "completed"]
    assert [note.occurred_at for note in notes] == [later(minutes=m) for m in (5, 20, 60)]
    assert (await town.order(order)).owner_id == town.bert
    async with town.database.transaction() as session:
        told = (await session.execute(select(FeedEntry).where(FeedEntry.topic == "evidence"))).scalars().all()
    assert {entry.key for entry in told} == {str(order.id)}


async def test_who_accepted_in_time_without_a_signal_is_shown_a_conflict_and_their_time_is_kept(
    town: Town, order: Order
):
    await town.do(town.dispatcher, order, acts.Reassign(technician_id=town.bert, why="not_accepted"))
    (answer,) = await send(town, did(order, 4, "accepted"))
    assert (answer.result, answer.code, answer.evidence_kept) == ("conflict", "mobile.taken_away", True)
    (note,) = [event for event in await events(town, order) if event.type == "noted"]
    assert note.data["evidence"]["act"]["type"] == "accepted"
    assert note.occurred_at == later(minutes=4)
    assert (await town.order(order)).owner_id == town.bert


async def test_evidence_is_kept_once_however_often_it_is_sent(town: Town, order: Order):
    await town.do(town.dispatcher, order, acts.Cancel(reason="subscriber_wish"))
    depart = did(order, 5, "departed")
    for _ in range(3):
        (answer,) = await send(town, depart)
        assert (answer.result, answer.evidence_kept) == ("conflict", True)
    assert [event.type for event in await events(town, order)].count("noted") == 1


async def test_one_bad_act_does_not_stop_the_others(town: Town, order: Order):
    strange = did(order, 0, {"type": "teleported"})
    unfit = did(order, 0, {"type": "cancelled", "reason": "subscriber_wish"})
    unknown = PhoneActIn(id=uuid4(), order_id=uuid4(), occurred_at=NINE, act={"type": "accepted"})
    answers = await send(town, strange, unfit, unknown, did(order, 1, "accepted"))
    assert [(answer.result, answer.code) for answer in answers] == [
        ("rejected", "mobile.unreadable_act"),
        ("rejected", "mobile.not_for_phones"),
        ("rejected", "mobile.no_order"),
        ("applied", None),
    ]


async def test_an_incomplete_completion_is_rejected_with_what_it_lacks(town: Town, order: Order):
    batch = a_whole_visit(order)
    batch[-1].act = {"type": "completed", "cause": "no_service", "action": "repaired"}
    answer = (await send(town, *batch))[-1]
    assert (answer.result, answer.code) == ("rejected", "order.photos_needed")


async def test_a_photo_may_be_added_after_the_completion(town: Town, order: Order):
    await send(town, *a_whole_visit(order))
    (answer,) = await send(town, did(order, 61, {"type": "attached", "photoId": str(uuid4())}))
    assert answer.result == "applied"


async def test_a_phone_three_hours_off_is_corrected_and_both_times_are_kept(town: Town, order: Order):
    off = timedelta(hours=3)
    accept = did(order, 1, "accepted")
    accept.occurred_at += off
    (answer,) = await send(town, accept, phone_time=later(hours=2) + off)
    assert answer.result == "applied"
    assert (await town.order(order)).accepted_at == later(minutes=1)
    async with town.database.transaction() as session:
        kept = await session.get(PhoneAct, accept.id)
        assert kept is not None
        assert (kept.occurred_at, kept.skew_seconds) == (later(minutes=1) + off, 10_800)
    (event,) = [event for event in await events(town, order) if event.type == "accepted"]
    assert (event.occurred_at, event.received_at) == (later(minutes=1), later(hours=2))


async def test_a_phone_in_the_wrong_year_is_told_so_and_nothing_is_stored(town: Town, order: Order):
    wrong = timedelta(days=365)
    accept = did(order, 1, "accepted")
    accept.occurred_at -= wrong
    (answer,) = await send(town, accept, phone_time=later(hours=2) - wrong)
    assert (answer.result, answer.code) == ("rejected", "mobile.clock_wrong")
    assert answer.detail is not None
    assert "automatic" in answer.detail
    async with town.database.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(PhoneAct))).scalar_one() == 0
    accept.occurred_at += wrong
    assert results(await send(town, accept, phone_time=later(hours=2))) == ["applied"]


async def test_acts_dated_in_the_wrong_year_by_a_phone_that_is_right_again_are_rejected(town: Town, order: Order):
    accept = did(order, 1, "accepted")
    accept.occurred_at -= timedelta(days=365)
    (answer,) = await send(town, accept, phone_time=later(hours=2))
    assert (answer.result, answer.code) == ("rejected", "order.clock_wrong")


async def test_a_web_process_killed_mid_sync_has_done_each_act_wholly_or_not_at_all(town: Town, order: Order):
    batch = a_whole_visit(order)
    working = asyncio.create_task(send(town, *batch))
    while len(await events(town, order)) < 4:  # noqa: ASYNC110 - the database has no event to wait for
        await asyncio.sleep(0.005)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    async with town.database.transaction() as session:
        acted = (await session.execute(text("SELECT count(*) FROM phone_acts WHERE result = 'applied'"))).scalar_one()
        seen = (
            await session.execute(text("SELECT count(*) FROM order_events WHERE client_id IS NOT NULL"))
        ).scalar_one()
    assert acted == seen
    assert set(results(await send(town, *batch))) <= {"applied", "already"}
    assert (await town.order(order)).status is Status.COMPLETED


async def test_only_technicians_have_a_phone(town: Town, order: Order):
    with pytest.raises(Forbidden):
        await sync(town.database, town.actor(Role.DISPATCHER), [did(order, 1, "accepted")], None)
