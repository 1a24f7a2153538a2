"""Rules as versioned data: what was decided under one version stays, and snapshots never move."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

import dispatch.tables  # noqa: F401 - foreign keys across rooms
from dispatch.policies import repository, service
from dispatch.policies.limits import Limits
from dispatch.policies.models import CalendarKind, Indicator, ReasonKind
from grids.models import AreaKind, ServiceArea
from kit.errors import Conflict, Invalid, Stale

NOW = datetime(2023, 1, 10, 4, tzinfo=UTC)


@pytest.fixture
async def shanghai(session: AsyncSession) -> ServiceArea:
    area = ServiceArea(
        code="sh", name="上海", timezone="Asia/Shanghai", kind=AreaKind.TRIAL, country="CN",
        clock_real_anchor=NOW, clock_area_anchor=NOW, clock_speed=0.0,
    )  # fmt: skip
    session.add(area)
    await session.flush()
    await service.install_defaults(session, area)
    return area


async def test_the_defaults_are_installed_once_however_often_they_are(session: AsyncSession, shanghai: ServiceArea):
    await service.install_defaults(session, shanghai)
    assert len(await repository.policies(session, shanghai.id)) == 1
    kinds = [row.kind for row in await repository.reasons(session, shanghai.id)]
    assert (kinds.count(ReasonKind.SUSPENSION), kinds.count(ReasonKind.RETURN)) == (13, 10)
    assert kinds.count(ReasonKind.DISSATISFACTION) == 8
    years = await repository.calendar_years(session, shanghai.id)
    assert {(row.kind, row.year) for row in years} == {(kind, year) for kind in CalendarKind for year in (2023, 2024)}
    office = next(row for row in years if (row.kind, row.year) == (CalendarKind.OFFICE, 2023))
    assert office.source == "chinese_calendar"
    assert "2023-01-27" in office.days_off
    assert "2023-01-28" not in office.days_off
    service_year = next(row for row in years if (row.kind, row.year) == (CalendarKind.SERVICE, 2023))
    assert service_year.days_off == []


async def test_three_hours_from_next_month_leave_this_month_as_it_was(session: AsyncSession, shanghai: ServiceArea):
    next_month = datetime(2023, 1, 31, 16, tzinfo=UTC)
    await service.add_policy(session, shanghai.id, next_month, {"repairSeconds": 10_800}, None)
    before = await service.policy_at(session, shanghai.id, next_month - timedelta(seconds=1))
    after = await service.policy_at(session, shanghai.id, next_month)
    assert (before.number, before.limits) == (1, Limits())
    assert (after.number, after.limits.repair_seconds, after.limits.contact_seconds) == (2, 10_800, 7200)
    with pytest.raises(Conflict):
        await service.add_policy(session, shanghai.id, next_month, {}, None)


@pytest.mark.parametrize(
    "limits",
    [{"repairSeconds": 0}, {"repairSeconds": "long"}, {"unheardOf": 1}, {"nightStarts": "25:00"},
     {"repairRuns": "sometimes"}, {"warningPercents": [80, 50]}],
)  # fmt: skip
async def test_impossible_limits_are_refused(session: AsyncSession, shanghai: ServiceArea, limits: dict[str, object]):
    with pytest.raises(Invalid):
        await service.add_policy(session, shanghai.id, NOW + timedelta(days=1), limits, None)


async def test_a_policy_cannot_begin_in_the_past(session: AsyncSession, shanghai: ServiceArea):
    with pytest.raises(Invalid, match="past"):
        await service.add_policy(session, shanghai.id, NOW - timedelta(seconds=1), {}, None)


async def test_an_edited_calendar_is_what_counts_and_a_stale_edit_is_refused(
    session: AsyncSession, shanghai: ServiceArea
):
    edit = {"days_off": ["2023-01-11"], "opens": "08:30", "closes": "17:30"}
    row = await service.edit_calendar(session, shanghai.id, CalendarKind.OFFICE, 2023, **edit, expected_version=1)
    assert (row.version, row.source) == (2, "edited")
    office = (await service.calendars_for(session, shanghai.id, NOW)).office
    assert not office.works(date(2023, 1, 11))
    assert office.works(date(2023, 1, 22))
    with pytest.raises(Stale):
        await service.edit_calendar(session, shanghai.id, CalendarKind.OFFICE, 2023, **edit, expected_version=1)
    with pytest.raises(Invalid):
        await service.edit_calendar(
            session, shanghai.id, CalendarKind.OFFICE, 2023, days_off=["2024-01-01"], opens="09:00", closes="18:00"
        )


async def test_a_year_nobody_knows_is_taken_with_its_weekends_and_a_warning(
    session: AsyncSession, shanghai: ServiceArea
):
    calendars = await service.calendars_for(session, shanghai.id, datetime(2051, 6, 1, tzinfo=UTC))
    assert not calendars.office.works(date(2051, 6, 3))
    assert calendars.service.works(date(2051, 6, 3))
    rows = await repository.calendar_years(session, shanghai.id)
    warned = {row.year for row in rows if row.source == "weekends"}
    assert {2051, 2052} <= warned


async def test_an_indicator_counts_from_a_month_to_come_unless_it_is_new(session: AsyncSession, shanghai: ServiceArea):
    def version(code: str, valid_from: date) -> Indicator:
        return Indicator(
            code=code, valid_from=valid_from, en="On site", zh="到场", weight=5.0, at_most=False,
            definition={
                "of": "orders", "month": "completed_at", "denominator": [{"fact": "arrived_at", "op": "known"}],
                "numerator": [{"from": "reported_at", "to": "arrived_at", "op": "<=", "seconds": 7200}],
            },
        )  # fmt: skip

    await service.add_indicator(session, shanghai.id, version("on_site_2h", date(2022, 12, 1)))
    with pytest.raises(Invalid, match="already measured"):
        await service.add_indicator(session, shanghai.id, version("on_site_2h", date(2023, 1, 1)))
    await service.add_indicator(session, shanghai.id, version("on_site_2h", date(2023, 2, 1)))
    january = await service.indicator_versions(session, shanghai.id, date(2023, 1, 1))
    assert [row.valid_from for row in january if row.code == "on_site_2h"] == [date(2022, 12, 1)]
    with pytest.raises(Invalid):
        await service.add_indicator(session, shanghai.id, version("other", date(2023, 2, 2)))
