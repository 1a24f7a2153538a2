"""What a stored plan says of itself, to whoever reads it."""

from __future__ import annotations

from uuid import UUID

import msgspec

from dispatch.planning.day.wording import broken_rule, summary_in
from dispatch.planning.plan_summary import BrokenRule, PlanSummary
from optimizer.evaluation.evaluate import Violation
from tests.dispatch.planning.by_hand import summary_of
from tests.dispatch.planning.town import DAY

ORDER = UUID("00000000-0000-4000-8000-000000000001")


def test_a_stored_violation_speaks_the_language_of_whoever_reads_it():
    broken = Violation("missing_skill", "anna", str(ORDER), {"skill": "fibre", "needed": 2})
    stored = stored_with(broken_rule(broken, {ORDER: "20220927-0001"}))
    english, chinese = summary_in(stored, "en"), summary_in(stored, "zh")
    assert english.violations[0].text == "Skill fibre at level 2 is missing."
    assert chinese.violations[0].text == "缺少技能 fibre（需 2 级）"
    assert chinese.violations[0].order == "20220927-0001"
    assert (chinese.planned, stored.violations[0].text) == (3, english.violations[0].text)


def test_a_code_of_an_older_release_keeps_the_sentence_it_was_stored_with():
    stored = stored_with(BrokenRule(code="gone", technician=None, order=None, text="Something else.", detail={}))
    assert summary_in(stored, "zh") == stored


def stored_with(broken: BrokenRule) -> PlanSummary:
    return msgspec.structs.replace(summary_of(DAY), planned=3, violations=[broken])
