"""How plans are weighed: named sets of the optimizer's weights, edited by administrators, every edit a version.

The product ships some (number 0, `optimizer.problem.objective.POLICIES`); an area's newest version of a code
replaces it and
counts from the next plan on. A plan remembers the code and the number it was made with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.policies.models import PlanPolicy
from dispatch.policies.service import check_code
from grids.service import area_by_id
from kit.errors import Conflict, Invalid, Stale
from kit.i18n import text
from kit.live import announce
from optimizer.problem import ProblemError, Weights
from optimizer.problem.objective import POLICIES

DEFAULT = "balanced"
WEIGHTS = tuple(item.name for item in fields(Weights))


@dataclass(frozen=True, slots=True)
class PlanPolicyVersion:
    """One version of a policy; number 0 is what the product ships."""

    code: str
    number: int
    en: str
    zh: str
    weights: Weights
    active: bool = True
    created_by: UUID | None = None


def shipped() -> dict[str, PlanPolicyVersion]:
    """What the product ships, by code."""
    return {
        code: PlanPolicyVersion(
            code, 0, text(f"plan_policy.{code}", "en"), text(f"plan_policy.{code}", "zh"), weights
        )
        for code, weights in POLICIES.items()
    }  # fmt: skip


def _version(row: PlanPolicy) -> PlanPolicyVersion:
    return PlanPolicyVersion(
        row.code, row.number, row.en, row.zh, Weights(**row.weights), row.active, row.created_by
    )  # fmt: skip


async def plan_policy_versions(session: AsyncSession, area_id: UUID) -> list[PlanPolicyVersion]:
    """Every version an area can look back on: the shipped ones first, then its own, oldest first."""
    query = select(PlanPolicy).where(PlanPolicy.area_id == area_id).order_by(PlanPolicy.code, PlanPolicy.number)
    return [*shipped().values(), *(_version(row) for row in (await session.scalars(query)).all())]


def newest(versions: Sequence[PlanPolicyVersion]) -> dict[str, PlanPolicyVersion]:
    """The version that counts, by code."""
    return {version.code: version for version in sorted(versions, key=lambda version: version.number)}


async def plan_policy(session: AsyncSession, area_id: UUID, code: str | None = None) -> PlanPolicyVersion:
    """The policy an area's plans are weighed by. Raises `Invalid` for a code that is unknown or no longer used."""
    known = newest(await plan_policy_versions(session, area_id))
    found = known.get(code or DEFAULT)
    if found is None or not found.active:
        usable = ", ".join(sorted(version.code for version in known.values() if version.active))
        raise Invalid("plan_policy.unknown", field="policy", policy=code or DEFAULT, known=usable)
    return found


async def add_plan_policy(
    session: AsyncSession,
    area_id: UUID,
    code: str,
    weights: Mapping[str, float],
    *,
    en: str | None = None,
    zh: str | None = None,
    active: bool = True,
    expected_number: int | None = None,
    created_by: UUID | None = None,
) -> PlanPolicyVersion:
    """A new policy, or a new version of one: the weights named replace those of the newest version.

    Raises `Invalid` for an unknown or impossible weight, a new policy without a name, or a default put out of use;
    `Stale` when the newest version is not the one looked at.
    """
    await area_by_id(session, area_id)  # locks nothing, but says where there is no such area
    check_code(code)
    before = newest(await plan_policy_versions(session, area_id)).get(code)
    number = -1 if before is None else before.number
    if expected_number is not None and expected_number != max(number, 0):
        raise Stale("stale", current={"number": max(number, 0)})
    if before is None and not (en and zh):
        raise Invalid("plan_policy.name", field="en" if not en else "zh")
    if code == DEFAULT and not active:
        raise Invalid("plan_policy.default", field="active", policy=code)
    base = asdict(Weights() if before is None else before.weights)
    if unknown := sorted(set(weights) - set(WEIGHTS)):
        raise Invalid("plan_policy.weight", field=f"weights.{unknown[0]}", weight=unknown[0])
    try:
        merged = Weights(**(base | dict(weights)))
    except ProblemError as error:
        raise Invalid("plan_policy.value", field=f"weights.{error.path}", weight=error.path) from error
    row = PlanPolicy(
        area_id=area_id,
        code=code,
        number=max(number, 0) + 1,
        en=en or (before.en if before else code),
        zh=zh or (before.zh if before else code),
        weights=asdict(merged),
        active=active,
        created_by=created_by,
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Conflict("plan_policy.raced", policy=code) from error
    await announce(session, area_id, "plan_policy", row.id)
    return _version(row)


def sentence(weight: str, language: str, value: Any) -> str:
    """What a weight prices, in words."""
    return text(f"plan_policy.weight.{weight}", language, value=value)
