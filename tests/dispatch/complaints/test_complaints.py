"""Complaints and supervisions: clocks, owner, liability, rectification, warnings upward, and the order's story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from dispatch.assessments.counting.gathering import gather
from dispatch.assessments.models import AssessmentEntry
from dispatch.assessments.months import month_of
from dispatch.assessments.service import compute
from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.complaints import repository, service, supervising
from dispatch.complaints.clocks import UPWARD, warned_by, working_days_after
from dispatch.complaints.models import Complaint, ComplaintLink, ComplaintStatus, Liability, Source, Supervision
from dispatch.orders import repository as orders
from dispatch.orders.events.verify import verify
from dispatch.policies.calendars import Calendar
from kit.actor import Role
from kit.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from tests.dispatch.orders.conftest import World, build_world
from tests.dispatch.orders.test_life import completed

VANCOUVER = ZoneInfo("America/Vancouver")


@pytest.fixture
async def world(session) -> World:
    return await build_world(session)


async def taken(world: World, source: Source = Source.CALL, **given) -> tuple[Complaint, object]:
    agent = world.agent
    order = given.pop("order", None) or await world.report()
    found = await service.take(
        world.session, agent, world.area, source=source, words="He was rude.", order_id=order.id, **given
    )
    return found, agent


async def steps(world: World, order_id, kind: str) -> list[str]:
    return [event.data["step"] for event in await orders.events(world.session, order_id) if event.type == kind]


def test_three_working_days_leave_weekends_out_and_end_with_the_day():
    friday = datetime(2022, 9, 23, 15, tzinfo=VANCOUVER)
    due = working_days_after(friday, 3, Calendar(VANCOUVER))
    assert due == datetime(2022, 9, 28, 23, 59, 59, tzinfo=VANCOUVER)


def test_warnings_go_upward_as_time_runs_out():
    start = datetime(2022, 9, 27, tzinfo=UTC)
    due = start + timedelta(hours=10)
    hours = {7: 0, 8: 1, 10: 2, 14: 2, 15: 3}
    assert {one: len(warned_by(start, due, start + timedelta(hours=one))) for one in hours} == hours
    assert [role for role, _ in UPWARD] == ["owner", "dispatcher", "manager"]


async def test_from_taking_to_the_inspector_with_both_clocks_and_the_orders_story(world: World):
    found, agent = await taken(world)
    assert found.owner_id == agent.account_id  # type: ignore[attr-defined]
    assert found.acknowledge_due_at == world.now + timedelta(days=1)
    assert found.answer_due_at.astimezone(VANCOUVER).date().isoformat() == "2022-09-30"
    await service.acknowledge(world.session, agent, found.id)  # type: ignore[arg-type]
    await service.answer(world.session, agent, found.id, "We are sorry.")  # type: ignore[arg-type]
    inspector = world.actor(Role.INSPECTOR)
    await service.decide(
        world.session, inspector, found.id, upheld=True, liability=Liability.TECHNICIAN, reason="two witnesses",
        technician_id=world.anna.id,
    )  # fmt: skip
    assert found.status is ComplaintStatus.RECTIFYING
    assert found.rectify_due_at is not None
    await service.rectify(world.session, world.lead, found.id, "trained on Monday")
    await service.inspect(world.session, inspector, found.id, passed=False, note="where is the list?")
    assert (found.status, found.rectified_at) == (ComplaintStatus.RECTIFYING, None)
    await service.rectify(world.session, world.lead, found.id, "list attached")
    await service.inspect(world.session, inspector, found.id, passed=True, note=None)
    assert found.status is ComplaintStatus.CLOSED
    assert await steps(world, found.order_id, "complained") == ["opened", "answered", "decided", "closed"]
    kinds = [event.kind for event, _ in await repository.story(world.session, complaint_id=found.id)]
    assert kinds == [
        "opened", "acknowledged", "answered", "decided", "rectified", "failed", "rectified", "passed",
    ]  # fmt: skip
    assert (await verify(world.session, world.area.id)).mismatches == []


async def test_the_first_contact_owner_stays_until_it_is_answered(world: World):
    found, agent = await taken(world)
    other = world.agent
    with pytest.raises(Forbidden):
        await service.answer(world.session, other, found.id, "x")
    with pytest.raises(Conflict) as refused:
        await service.hand_over(world.session, agent, found.id, uuid4())  # type: ignore[arg-type]
    assert refused.value.code == "complaint.owner_stays"
    await service.answer(world.session, agent, found.id, "x")  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        await service.hand_over(world.session, agent, found.id, uuid4())  # type: ignore[arg-type]


async def test_what_cannot_be_is_refused(world: World):
    found, agent = await taken(world)
    with pytest.raises(Stale):
        await service.acknowledge(world.session, agent, found.id, found.version + 1)  # type: ignore[arg-type]
    with pytest.raises(Invalid):  # only a regulator demands a time
        await taken(world, answer_due_at=world.now + timedelta(hours=4))
    demanded, _ = await taken(world, Source.REGULATOR, answer_due_at=world.now + timedelta(hours=4))
    assert demanded.answer_due_at == world.now + timedelta(hours=4)
    inspector = world.actor(Role.INSPECTOR)
    with pytest.raises(Conflict):
        await service.decide(
            world.session, inspector, found.id, upheld=False, liability=Liability.NONE, reason="nothing"
        )
    await service.answer(world.session, agent, found.id, "x")  # type: ignore[arg-type]
    for given in (
        {"upheld": True, "liability": Liability.TECHNICIAN},
        {"upheld": True, "liability": Liability.COMPANY, "technician_id": world.anna.id},
    ):
        with pytest.raises(Invalid) as refused:
            await service.decide(world.session, inspector, found.id, reason="x", **given)  # type: ignore[arg-type]
        assert refused.value.code == "complaint.technician"
    with pytest.raises(Forbidden):
        await service.decide(world.session, agent, found.id, upheld=False, liability=Liability.NONE, reason="x")  # type: ignore[arg-type]
    stranger = world.actor(Role.GRID_LEAD, grids=frozenset())
    with pytest.raises(NotFound):
        await service.rectify(world.session, stranger, found.id, "x")


async def test_a_manager_asks_the_owner_answers_and_the_manager_judges(world: World):
    order = await world.report()
    manager = world.actor(Role.MANAGER)
    with pytest.raises(Forbidden):
        await supervising.supervise(
            world.session, world.dispatcher, question="?", due_at=world.now + timedelta(hours=1), order_id=order.id
        )
    asked = await supervising.supervise(
        world.session, manager, question="Why so late?", due_at=world.now + timedelta(hours=4), order_id=order.id
    )
    await supervising.answer(world.session, world.lead, asked.id, "no cable")
    later = world.now + timedelta(hours=8)
    await supervising.judge(world.session, manager, asked.id, accepted=False, words="since when?", due_at=later)
    assert (asked.status, asked.due_at) == ("open", later)
    await supervising.answer(world.session, world.lead, asked.id, "since Monday")
    await supervising.judge(world.session, manager, asked.id, accepted=True, words="order more")
    assert asked.status == "closed"
    assert await steps(world, order.id, "supervised") == ["opened", "answered", "returned", "answered", "closed"]


async def test_overdue_ones_are_warned_of_upward_once_each(world: World):
    order = await world.report()
    asked = await supervising.supervise(
        world.session, world.actor(Role.MANAGER), question="?", due_at=world.now + timedelta(hours=10),
        order_id=order.id,
    )  # fmt: skip
    seen = []
    for hours in (7, 1, 1, 1, 5):
        world.wait(hours=hours)
        seen.append(await supervising.warn_due(world.session, world.area))
    assert seen == [0, 1, 0, 1, 1]
    assert await repository.warnings(world.session, [asked.id]) == {asked.id: ["owner", "dispatcher", "manager"]}


async def test_who_wants_to_complain_when_called_back_has_a_complaint_of_the_agents(world: World):
    order = await completed(world)
    agent = world.agent
    answer = Answer(Reached.ANSWERED, True, Satisfaction.SATISFIED, note="never on time", more={"wantsComplaint": True})
    called = await record_attempt(world.session, agent, order.id, answer)
    found = (await world.session.scalars(select(Complaint))).one()
    assert (found.owner_id, found.order_id, found.words) == (agent.account_id, order.id, "never on time")
    linked = (await world.session.scalars(select(ComplaintLink))).one()
    assert (linked.kind, linked.ref) == ("call", called.attempt.id)
    assert await world.session.scalar(select(Supervision.id)) is None


async def test_the_months_indicator_has_its_cases(world: World):
    await taken(world)
    await taken(world)
    month = month_of(datetime(2022, 9, 1, tzinfo=UTC).date(), world.area.timezone)
    facts = await gather(world.session, world.area, month, world.now)
    counted = {row["grid_id"]: row["complaints"] for row in facts.subjects if "complaints" in row}
    assert sorted(counted.values()) == [0, 2]


async def test_an_upheld_complaint_is_charged_once_also_where_the_call_was_charged(world: World):
    order = await completed(world)
    rude = Answer(Reached.ANSWERED, True, Satisfaction.VERY_DISSATISFIED, ("attitude",), more={"wantsComplaint": True})
    agent = world.agent
    await record_attempt(world.session, agent, order.id, rude)
    found = (await world.session.scalars(select(Complaint))).one()
    other, _ = await taken(world, Source.HOTLINE, order=order)
    inspector = world.actor(Role.INSPECTOR)
    for one, owner in ((found, agent), (other, world.actor(Role.MANAGER))):
        await service.answer(world.session, owner, one.id, "sorry")
        await service.decide(
            world.session, inspector, one.id, upheld=True, liability=Liability.TECHNICIAN, reason="so it was",
            technician_id=world.anna.id,
        )  # fmt: skip
    await compute(world.session, world.actor(Role.MANAGER), world.area, "2022-09")
    entries = (await world.session.scalars(select(AssessmentEntry))).all()
    charged = sorted((entry.rule, entry.points) for entry in entries if entry.technician_id == world.anna.id)
    assert [one for one in charged if one[0] in ("complaint", "attitude", "dissatisfied", "hotline")] == [
        ("attitude", -5.0),
        ("hotline", -10.0),
    ]


async def test_a_lead_reads_what_is_about_their_grids_and_links_only_what_is_there(world: World):
    found, agent = await taken(world)
    lead = world.lead
    stranger = world.actor(Role.GRID_LEAD, grids=frozenset({world.west.id}))
    await supervising.supervise(
        world.session, world.actor(Role.MANAGER), question="?", due_at=world.now + timedelta(hours=1),
        complaint_id=found.id,
    )  # fmt: skip
    for actor, count in ((lead, 1), (stranger, 0)):
        rows = await repository.listed(
            world.session, actor, world.area.id, repository.Asked(), world.now, after=None, limit=10
        )
        asked = await repository.supervisions(
            world.session, actor, world.area.id, unfinished=True, order_id=None, complaint_id=None
        )
        assert (len(rows), len(asked)) == (count, count)
    other = await world.report()
    (reported,) = await orders.events(world.session, other.id)
    for kind, ref in (("order", other.id), ("event", reported.id)):
        await service.link(world.session, agent, found.id, kind, ref)  # type: ignore[arg-type]
        with pytest.raises(Invalid):
            await service.link(world.session, agent, found.id, kind, uuid4())  # type: ignore[arg-type]
    assert {row.kind for row in await repository.links(world.session, found.id)} == {"order", "event"}
