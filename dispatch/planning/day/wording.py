"""The sentences of a plan: why an order is left out, which rule is broken. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from dispatch.planning.plan_summary import BrokenRule, PlanSummary
from kit.i18n import catalogue, text
from optimizer.evaluation.evaluate import Violation
from optimizer.problem.objective import REASONS, VIOLATIONS


def broken_rule(violation: Violation, numbers: Mapping[UUID, str]) -> BrokenRule:
    """A violation with the order's readable number and an English sentence."""
    order = None
    if violation.visit_id is not None:
        order = numbers.get(_uuid(violation.visit_id), violation.visit_id)
    return BrokenRule(
        code=violation.code,
        technician=violation.technician_id,
        order=order,
        text=VIOLATIONS[violation.code].say("en", violation.detail) if violation.code in VIOLATIONS else "",
        detail={key: str(value) for key, value in violation.detail.items()},
    )


def summary_in(summary: PlanSummary, language: str) -> PlanSummary:
    """A stored summary with its violations in the reader's language."""
    said = [
        msgspec.structs.replace(one, text=VIOLATIONS[one.code].say(language, one.detail))
        if one.code in VIOLATIONS
        else one
        for one in summary.violations
    ]
    return msgspec.structs.replace(summary, violations=said)


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
