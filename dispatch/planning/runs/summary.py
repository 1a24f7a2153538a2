"""A judged plan beside the problem it answers, and the summary that is stored with it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dispatch.planning.day.loading import TravelFacts
from dispatch.planning.day.problem_builder import LeftOut, Prepared, late_seconds
from dispatch.planning.day.snapshot import Day
from dispatch.planning.day.wording import broken_rule
from dispatch.planning.plan_summary import OrToolsUsed, PlanSummary, PolicyUsed, TravelUsed, UnplannedOrder
from dispatch.policies.plan_policies import PlanPolicyVersion
from optimizer.evaluation.evaluate import Evaluation
from optimizer.problem import OrToolsReport, Plan, Problem


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

    def summary(self, wall_seconds: float) -> PlanSummary:
        """The plan in numbers. `wall_seconds` is how long making it took."""
        numbers = {order.id: order.number for order in self.day.orders}
        left_out = self.left_out()
        planned = self.plan.planned_count
        ortools = self.plan.report.ortools if self.plan.report else OrToolsReport()
        return PlanSummary(
            date=self.day.span.service_date,
            policy=PolicyUsed(code=self.policy.code, number=self.policy.number),
            orders=planned + len(left_out),
            planned=planned,
            technicians=sum(1 for route in self.plan.routes if route.stops),
            unplanned=[
                UnplannedOrder(order=numbers.get(out.order_id, str(out.order_id)), reason=out.reason)
                for out in left_out
            ],
            violations=[broken_rule(violation, numbers) for violation in self.evaluation.violations],
            cost={term: round(value, 3) for term, value in self.evaluation.cost.items()},
            ortools=OrToolsUsed(
                groups=ortools.groups,
                cost_before=round(ortools.cost_before, 3),
                cost_after=round(ortools.cost_after, 3),
                seconds=round(ortools.seconds, 3),
            ),
            travel=TravelUsed(
                source=self.travel.source,
                fallback_pairs=self.travel.fallback_pairs,
                unreachable_pairs=self.travel.unreachable_pairs,
            ),
            travel_seconds=sum(route.travel_seconds for route in self.evaluation.routes.values()),
            wall_seconds=round(wall_seconds, 3),
            late_seconds=self._late_seconds(),
            moves=self._moves(),
        )

    def _late_seconds(self) -> int:
        orders = {str(order.id): order for order in self.day.orders}
        return sum(
            late_seconds(orders[visit], self.day.span.instant(detail.departure))
            for visit, detail in self.evaluation.visits.items()
            if detail.departure is not None and visit in orders
        )

    def _moves(self) -> int:
        """Orders that leave whoever has them; what nobody has yet moves nowhere."""
        owners = {str(order.id): str(order.owner_id) for order in self.day.orders if order.owner_id is not None}
        return sum(
            detail.technician_id is not None and owners.get(visit, detail.technician_id) != detail.technician_id
            for visit, detail in self.evaluation.visits.items()
        )
