"""Rules as data over HTTP: everybody of an area reads them, administrators change them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post, put
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.policies import plan_policies, repository, service
from dispatch.policies.calendars import WEEKENDS
from dispatch.policies.limits import limits_from_json
from dispatch.policies.models import CalendarKind, CalendarYear, FaultType, Indicator, Reason, ReasonKind
from dispatch.policies.schemas import (
    CalendarIn,
    CalendarOut,
    FaultTypeIn,
    FaultTypeOut,
    IndicatorIn,
    IndicatorOut,
    PlanPolicyIn,
    PlanPolicyOut,
    PolicyIn,
    PolicyOut,
    ReasonIn,
    ReasonOut,
    WeightOut,
)
from grids.access import require_whole_area
from grids.service import area_now
from kit.actor import Actor, Role
from kit.http.requests import Struct, expected_version
from kit.i18n import language_of, text


def _out[T: Struct](kind: type[T], row: Any, **more: Any) -> T:
    names = msgspec.structs.fields(kind)
    return kind(**{field.name: getattr(row, field.name) for field in names if field.name not in more}, **more)


def _calendar(row: CalendarYear, request: Request[Any, Any, Any]) -> CalendarOut:
    language = language_of(request.headers.get("accept-language"))
    warning = text("calendar.only_weekends", language, year=row.year) if row.source == WEEKENDS else None
    return _out(CalendarOut, row, warning=warning)


def plan_policy_out(version: plan_policies.PlanPolicyVersion, language: str) -> PlanPolicyOut:
    """A policy as HTTP says it, every weight with its sentence."""
    weights = [
        WeightOut(name, value, plan_policies.sentence(name, language, value))
        for name in plan_policies.WEIGHTS
        for value in (getattr(version.weights, name),)
    ]
    return _out(PlanPolicyOut, version, weights=weights)


class PolicyController(Controller):
    """Limits, calendars, reasons, fault types and indicators of an area."""

    path = "/api/areas/{area_id:uuid}"
    tags = ["policies"]  # noqa: RUF012 - Litestar reads it as is

    @get("/policies", operation_id="listPolicies", summary="Every version of the limits")
    async def policies(self, area_id: UUID, session: AsyncSession, actor: Actor) -> list[PolicyOut]:
        """The oldest first; what was decided under a version stays as it was."""
        actor.require_area(area_id)
        now = (await service.policy_at(session, area_id, await area_now(session, area_id))).number
        return [
            _out(PolicyOut, row, limits=limits_from_json(row.limits), in_force=row.number == now)
            for row in await repository.policies(session, area_id)
        ]

    @post("/policies", operation_id="addPolicy", summary="A new version of the limits")
    async def add_policy(self, area_id: UUID, data: PolicyIn, session: AsyncSession, actor: Actor) -> PolicyOut:
        """The limits named replace those in force at `validFrom`, from then on; earlier days stay as they were."""
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        row = await service.add_policy(session, area_id, data.valid_from, data.limits, actor.account_id)
        return _out(PolicyOut, row, limits=limits_from_json(row.limits), in_force=False)

    @get("/calendars", operation_id="listCalendars", summary="Days off and hours, by year")
    async def calendars(
        self, area_id: UUID, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> list[CalendarOut]:
        """The service calendar (when repairs are worked) and the office calendar (working-hours promises)."""
        actor.require_area(area_id)
        await service.calendars_for(session, area_id, await area_now(session, area_id))
        return [_calendar(row, request) for row in await repository.calendar_years(session, area_id)]

    @put("/calendars/{kind:str}/{year:int}", operation_id="putCalendar", summary="A year's days off and hours")
    async def put_calendar(
        self,
        area_id: UUID,
        kind: CalendarKind,
        year: int,
        data: CalendarIn,
        request: Request[Any, Any, Any],
        session: AsyncSession,
        actor: Actor,
    ) -> Response[CalendarOut]:
        """From now on; due times already given do not move. `If-Match` holds the version looked at."""
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        row: CalendarYear = await service.edit_calendar(
            session, area_id, kind, year, days_off=data.days_off, opens=data.opens, closes=data.closes,
            expected_version=expected_version(request),
        )  # fmt: skip
        return Response(_calendar(row, request), headers={"ETag": f'"{row.version}"'})

    @get("/reasons", operation_id="listReasons", summary="Reason codes")
    async def reasons(
        self, area_id: UUID, session: AsyncSession, actor: Actor, kind: ReasonKind | None = None
    ) -> list[ReasonOut]:
        """The shipped ones and the area's own; codes no longer used have `active` false."""
        actor.require_area(area_id)
        return [
            _out(ReasonOut, row, shipped=row.area_id is None)
            for row in await repository.reasons(session, area_id, kind)
        ]

    @post("/reasons", operation_id="putReason", summary="Add or replace a reason of this area")
    async def add_reason(self, area_id: UUID, data: ReasonIn, session: AsyncSession, actor: Actor) -> ReasonOut:
        """The same code again replaces the area's own row; shipped rows of other areas stay."""
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        row: Reason = await service.put_reason(session, area_id, Reason(**msgspec.structs.asdict(data)))
        return _out(ReasonOut, row, shipped=False)

    @get("/fault-types", operation_id="listFaultTypes", summary="What can be wrong, and what it takes")
    async def fault_types(self, area_id: UUID, session: AsyncSession, actor: Actor) -> list[FaultTypeOut]:
        """The shipped ones and the area's own."""
        actor.require_area(area_id)
        rows = await repository.fault_types(session, area_id)
        return [_out(FaultTypeOut, row, shipped=row.area_id is None) for row in rows]

    @post("/fault-types", operation_id="putFaultType", summary="Add or replace a fault type of this area")
    async def add_fault_type(
        self, area_id: UUID, data: FaultTypeIn, session: AsyncSession, actor: Actor
    ) -> FaultTypeOut:
        """The same code again replaces the area's own row; orders already taken keep what they were given."""
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        row: FaultType = await service.put_fault_type(session, area_id, FaultType(**msgspec.structs.asdict(data)))
        return _out(FaultTypeOut, row, shipped=False)

    @get("/indicators", operation_id="listIndicators", summary="Indicators and their versions")
    async def indicators(
        self,
        area_id: UUID,
        session: AsyncSession,
        actor: Actor,
        month: Annotated[
            date | None, Parameter(description="The first day of a month: only what counts in it.")
        ] = None,
    ) -> list[IndicatorOut]:
        """Every version, or with `month` the ones in force."""
        actor.require_area(area_id)
        rows = await service.indicator_versions(session, area_id, month)
        return [_out(IndicatorOut, row) for row in rows]

    @post("/indicators", operation_id="addIndicator", summary="A new indicator or a new version of one")
    async def add_indicator(
        self, area_id: UUID, data: IndicatorIn, session: AsyncSession, actor: Actor
    ) -> IndicatorOut:
        """Counted from the first day of a month on; months before it stay as they were measured."""
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        row = Indicator(**msgspec.structs.asdict(data), created_by=actor.account_id)
        return _out(IndicatorOut, await service.add_indicator(session, area_id, row))

    @get("/plan-policies", operation_id="listPlanPolicies", summary="How plans are weighed")
    async def plan_policies(
        self,
        area_id: UUID,
        request: Request[Any, Any, Any],
        session: AsyncSession,
        actor: Actor,
        versions: Annotated[bool, Parameter(description="Every version, the oldest of a code first.")] = False,
    ) -> list[PlanPolicyOut]:
        """The policies a plan may be made by: the newest version of each, as it will count for the next plan."""
        actor.require_area(area_id)
        found = await plan_policies.plan_policy_versions(session, area_id)
        if not versions:
            found = list(plan_policies.newest(found).values())
        language = language_of(request.headers.get("accept-language"))
        return [plan_policy_out(version, language) for version in found]

    @post("/plan-policies", operation_id="addPlanPolicy", summary="A new policy, or a new version of one")
    async def add_plan_policy(
        self,
        area_id: UUID,
        data: PlanPolicyIn,
        request: Request[Any, Any, Any],
        session: AsyncSession,
        actor: Actor,
    ) -> Response[PlanPolicyOut]:
        """The weights named replace those of the newest version and count from the next plan on; plans already made
        keep what they were weighed by. `If-Match` holds the number looked at.
        """
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        version = await plan_policies.add_plan_policy(
            session, area_id, data.code, data.weights, en=data.en, zh=data.zh, active=data.active,
            expected_number=expected_version(request), created_by=actor.account_id,
        )  # fmt: skip
        language = language_of(request.headers.get("accept-language"))
        return Response(plan_policy_out(version, language), status_code=201, headers={"ETag": f'"{version.number}"'})


ROUTES = (PolicyController,)
