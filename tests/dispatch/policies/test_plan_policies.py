"""How plans are weighed: shipped sets of weights, replaced by an area's own versions, each remembered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

import dispatch.tables  # noqa: F401 - foreign keys across rooms
from dispatch.policies.plan_policies import (
    WEIGHTS,
    add_plan_policy,
    newest,
    plan_policy,
    plan_policy_versions,
    sentence,
    shipped,
)
from grids.models import AreaKind, ServiceArea
from kit.errors import Invalid, Stale
from kit.i18n import catalogue
from optimizer.problem.objective import POLICIES

NOW = datetime(2023, 1, 10, 4, tzinfo=UTC)


async def an_area(session: AsyncSession, code: str) -> ServiceArea:
    area = ServiceArea(
        code=code, name=code, timezone="Asia/Shanghai", kind=AreaKind.TRIAL, country="CN",
        clock_real_anchor=NOW, clock_area_anchor=NOW, clock_speed=0.0,
    )  # fmt: skip
    session.add(area)
    await session.flush()
    return area


@pytest.fixture
async def shanghai(session: AsyncSession) -> ServiceArea:
    return await an_area(session, "sh")


async def test_an_area_begins_with_what_the_product_ships(session: AsyncSession, shanghai: ServiceArea):
    found = newest(await plan_policy_versions(session, shanghai.id))
    assert {code: version.weights for code, version in found.items()} == dict(POLICIES)
    assert (await plan_policy(session, shanghai.id)).code == "balanced"
    assert {version.number for version in found.values()} == {0}


async def test_an_edit_is_a_new_version_that_keeps_every_other_weight(session: AsyncSession, shanghai: ServiceArea):
    elsewhere = await an_area(session, "bj")
    first = await add_plan_policy(session, shanghai.id, "sla_first", {"overtime": 5}, expected_number=0)
    second = await add_plan_policy(session, shanghai.id, "sla_first", {"travel": 2}, expected_number=1)
    assert (first.number, second.number) == (1, 2)
    assert (second.weights.overtime, second.weights.travel, second.weights.tardiness) == (5, 2, 4)
    assert second.en == "Due times first"
    assert await plan_policy(session, shanghai.id, "sla_first") == second
    assert (await plan_policy(session, elsewhere.id, "sla_first")).number == 0
    kept = [v for v in await plan_policy_versions(session, shanghai.id) if v.code == "sla_first"]
    assert [version.number for version in kept] == [0, 1, 2]


async def test_who_looked_at_an_older_version_is_told(session: AsyncSession, shanghai: ServiceArea):
    await add_plan_policy(session, shanghai.id, "balanced", {"travel": 2})
    with pytest.raises(Stale):
        await add_plan_policy(session, shanghai.id, "balanced", {"travel": 3}, expected_number=0)


async def test_an_area_may_have_policies_of_its_own_and_put_them_out_of_use(
    session: AsyncSession, shanghai: ServiceArea
):
    own = await add_plan_policy(session, shanghai.id, "festival", {"overtime": 1}, en="Festival", zh="节日")
    assert (own.number, own.weights.travel) == (1, POLICIES["balanced"].travel)
    await add_plan_policy(session, shanghai.id, "festival", {}, active=False)
    with pytest.raises(Invalid) as refused:
        await plan_policy(session, shanghai.id, "festival")
    assert "balanced, keep_the_plan, shortest_drive, sla_first" in refused.value.sentence("en")


@pytest.mark.parametrize(
    ("code", "weights", "more", "field"),
    [
        ("balanced", {"traffic": 1}, {}, "weights.traffic"),
        ("balanced", {"travel": -1}, {}, "weights.travel"),
        ("balanced", {"travel": float("inf")}, {}, "weights.travel"),
        ("balanced", {}, {"active": False}, "active"),
        ("festival", {}, {"en": "Festival"}, "zh"),
        ("Festival!", {}, {"en": "Festival", "zh": "节日"}, "code"),
    ],
)
async def test_what_cannot_weigh_a_plan_is_refused(
    session: AsyncSession, shanghai: ServiceArea, code: str, weights: dict, more: dict, field: str
):
    with pytest.raises(Invalid) as refused:
        await add_plan_policy(session, shanghai.id, code, weights, **more)
    assert refused.value.field == field


def test_every_policy_and_every_weight_has_its_words_in_both_languages():
    for code in POLICIES:
        assert f"plan_policy.{code}" in catalogue()
        assert shipped()[code].en != shipped()[code].zh
    for name in WEIGHTS:
        assert sentence(name, "en", 1) != sentence(name, "zh", 1)
        assert f"plan_policy.weight.{name}" in catalogue()
