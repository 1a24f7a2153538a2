"""What a plan says of itself: the JSON of `grid-dispatch plan`, and the sentences of its reasons. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dispatch.planning.day.problem_builder import LeftOut, Prepared
from dispatch.planning.day.snapshot import Day
from dispatch.policies.plan_policies import PlanPolicyVersion
from kit.i18n import catalogue, text
from optimizer.evaluation.evaluate import Evaluation, Violation
from optimizer.problem import OrToolsReport, Plan, Problem
from optimizer.problem.objective import REASONS, VIOLATIONS


@dataclass(frozen=True, slots=True)
class TravelFacts:
    """Where the travel times came from, and how many pairs are not real."""

    source: str
    fallback_pairs: int
    unreachable_pairs: int


@dataclass(frozen=True, slots=True)
class Solved:
    """A judged plan beside the problem it answers."""

    day: Day
    prepared: Prepared
    problem: Problem
    plan: Plan
    evaluation: Evaluation
    travel: TravelFacts
    policy: PlanPolicyVersion

    def left_out(self) -> list[LeftOut]:
        """Every order that is not planned, with its reason: ours first, then the optimizer's."""
        theirs = [LeftOut(UUID(out.visit_id), out.reason, dict(out.detail)) for out in self.plan.unplanned]
        return [*self.prepared.left_out, *theirs]

    def summary(self, wall_seconds: float) -> dict[str, Any]:
        """The answer of `grid-dispatch plan` but for `planId` and `status`. Costs in the unit of the weights."""
        numbers = {order.id: order.number for order in self.day.orders}
        left_out = self.left_out()
        planned = self.plan.planned_count
        ortools = self.plan.report.ortools if self.plan.report else OrToolsReport()
        return {
            "date": self.day.span.service_date.isoformat(),
            "policy": {"code": self.policy.code, "number": self.policy.number},
            "orders": planned + len(left_out),
            "planned": planned,
            "technicians": sum(1 for route in self.plan.routes if route.stops),
            "unplanned": [
                {"order": numbers.get(out.order_id, str(out.order_id)), "reason": out.reason} for out in left_out
            ],
            "violations": [violation_json(violation, numbers) for violation in self.evaluation.violations],
            "cost": {term: round(value, 3) for term, value in self.evaluation.cost.items()},
            "ortools": {
                "groups": ortools.groups,
                "costBefore": round(ortools.cost_before, 3),
                "costAfter": round(ortools.cost_after, 3),
                "seconds": round(ortools.seconds, 3),
            },
            "travel": {
                "source": self.travel.source,
                "fallbackPairs": self.travel.fallback_pairs,
                "unreachablePairs": self.travel.unreachable_pairs,
            },
            "travelSeconds": sum(route.travel_seconds for route in self.evaluation.routes.values()),
            "wallSeconds": round(wall_seconds, 3),
        }


def violation_json(violation: Violation, numbers: Mapping[UUID, str]) -> dict[str, Any]:
    """A violation with the order's readable number and an English sentence."""
    order = None
    if violation.visit_id is not None:
        order = numbers.get(_uuid(violation.visit_id), violation.visit_id)
    return {
        "code": violation.code,
        "technician": violation.technician_id,
        "order": order,
        "text": VIOLATIONS[violation.code].say("en", violation.detail) if violation.code in VIOLATIONS else "",
        "detail": {key: str(value) for key, value in violation.detail.items()},
    }


def summary_in(summary: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A stored summary with its violations in the reader's language."""
    said = [
        {**one, "text": VIOLATIONS[one["code"]].say(language, one["detail"])} if one["code"] in VIOLATIONS else one
        for one in summary.get("violations", ())
    ]
    return {**summary, "violations": said} if said else dict(summary)


def _uuid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        return UUID(int=0)


def reason_text(reason: str, params: Mapping[str, Any], language: str) -> str:
    """The sentence of an unplanned order's reason, ours or the optimizer's."""
    code = f"planning.reason.{reason}"
    if code in catalogue():
        return text(code, language, **params)
    return REASONS[reason].say(language, params) if reason in REASONS else reason
