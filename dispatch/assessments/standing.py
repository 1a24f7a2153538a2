"""What a rank means beside the score: its interval, failures against those expected, proposals, hours. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from dispatch.assessments.counting.indicators import PEOPLE, SUBJECT_FACT, Rule, SubjectKind
from dispatch.assessments.models import ScoreCard
from dispatch.assessments.months import Month
from dispatch.assessments.ranking.case_mix import Case, Ratio, ratios
from dispatch.assessments.ranking.proposals import proposal
from dispatch.assessments.ranking.rank_intervals import Kind, Measured, rank_intervals
from dispatch.assessments.scoring import default_baseline
from dispatch.policies.definitions import Row
from dispatch.policies.limits import Limits

WHOSE = SUBJECT_FACT


def add_standing(
    subject: SubjectKind, cards: Sequence[ScoreCard], rules: Sequence[Rule], rows: Iterable[Row], month: Month,
    limits: Limits, zone: ZoneInfo,
) -> None:  # fmt: skip
    """Fill in `standing` of the cards of one kind, urban and rural apart. `zone` is the area's."""
    done = [row for row in rows if row["completed_at"] and month.start <= row["completed_at"] < month.end]
    expected = ratios(cases_of(done, WHOSE[subject], zone)) if subject in PEOPLE else {}
    hours = _hours(done, WHOSE[subject])
    for card in cards:
        card.standing = {"hours": hours.get(card.subject_id, {"drive": 0, "work": 0})}
        ratio = expected.get(card.subject_id)
        if ratio is not None:
            card.standing |= {
                "observed": ratio.observed, "cases": ratio.cases, "expected": round(ratio.expected, 4),
            } | _ratio(ratio)  # fmt: skip
    for rural in (False, True):
        group = [card for card in cards if card.rural is rural and card.rank is not None]
        seed = crc32(f"{month.name} {subject} {rural}".encode())
        scored = [rule for rule in rules if rule.scale.scored and subject in rule.definition.subjects]
        found = rank_intervals(
            [_measured(rule, group) for rule in scored],
            [(len(card.deductions), -sum(float(entry["points"]) for entry in card.deductions)) for card in group],
            [_kinds(scored, card) for card in group],
            shrinkage=limits.shrinkage_cases, seed=seed, most_deducted=limits.most_deducted,
        )  # fmt: skip
        places = sorted(card.rank for card in group if card.rank is not None)
        for card, interval in zip(group, found, strict=True):
            proposed = proposal(
                card.rank, interval, len(group), expected.get(card.subject_id), best=limits.star_percent,
                last=limits.rectification_percent, least=limits.proposals_least_ranked, place=subject == "grid",
            )  # fmt: skip
            card.standing |= {"rankInterval": dense(interval, card.rank, places), "ranked": len(group),
                              "proposal": proposed}  # fmt: skip


def dense(interval: tuple[int, int], rank: int | None, places: Sequence[int]) -> list[int]:
    """The interval as ranks are published: `places` are everybody's, in order, and equals share one. It holds the rank.

    Drawn ranks have no ties: of ten people who share the first rank one is drawn tenth, who is first as well.
    """
    low, high = (places[end - 1] for end in interval)
    return [low, high] if rank is None else [min(low, rank), max(high, rank)]


def cases_of(rows: Iterable[Row], whose: str, zone: ZoneInfo) -> list[Case]:
    """Repairs that were completed, by the hour of the area's clocks; one that was late or came back failed."""
    found = []
    for row in rows:
        if row[whose] is None or row["kind"] != "repair" or row["technician_due_at"] is None:
            continue
        hour = row["assigned_at"].astimezone(zone).hour
        failed = row["completed_at"] > row["technician_due_at"] or bool(row["reworked"])
        found.append(
            Case(str(row[whose]), (row["fault_type"], str(row["grid_id"]), str(hour // 4), row["tier"]), failed)
        )
    return found


def _ratio(ratio: Ratio) -> dict[str, Any]:
    if ratio.value is None or ratio.interval is None:
        return {"ratio": None, "ratioInterval": None}
    return {"ratio": round(ratio.value, 4), "ratioInterval": [round(end, 4) for end in ratio.interval]}


def _hours(rows: Iterable[Row], whose: str) -> Mapping[str, dict[str, int]]:
    """Seconds driven to and worked on what was completed in the month."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        if row[whose] is not None:
            mine = found.setdefault(str(row[whose]), {"drive": 0, "work": 0})
            mine["drive"] += int(row["travel_seconds"] or 0)
            mine["work"] += int(row["work_seconds"] or 0)
    return found


def _kinds(rules: Sequence[Rule], card: ScoreCard) -> Counter[Kind]:
    """How many orders of a card are of each kind: what they count for, and what was charged for them."""
    counts: dict[str, list[list[int]]] = defaultdict(lambda: [[0, 0] for _ in rules])
    for place, rule in enumerate(rules):
        behind = card.behind.get(rule.code, {"counted": [], "others": []})
        for good, orders in ((1, behind["counted"]), (0, behind["others"])):
            for order in orders:
                counts[order][place][0] += good
                counts[order][place][1] += 1
    charged: dict[str, list[float]] = defaultdict(list)
    for entry in card.deductions:
        charged[entry["orderId"]].append(-float(entry["points"]))
    return Counter(
        Kind(tuple((good, cases) for good, cases in counts[order]), len(charged[order]), sum(charged[order]))
        for order in sorted(counts.keys() | charged.keys())
    )


def _measured(rule: Rule, cards: Sequence[ScoreCard]) -> Measured:
    scale = rule.scale
    target = Fraction(0) if scale.target is None else scale.target  # watched ones are not asked for
    baseline = scale.baseline if scale.baseline is not None else default_baseline(target, scale.at_most)
    counts = [card.indicators[rule.code] for card in cards]
    return Measured(
        [one["numerator"] for one in counts], [one["denominator"] for one in counts], float(scale.weight),
        float(target), float(baseline), scale.at_most,
    )  # fmt: skip
