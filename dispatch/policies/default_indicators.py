"""The indicators of `domain.md` §6, shipped as rows of data that administrators edit. Rates are shares (0.95 is 95 %).

`policies.service.install_defaults` writes them for a new area; `definitions` explains the language of `definition`.
"""

from __future__ import annotations

from typing import Any, TypedDict


class IndicatorRow(TypedDict):
    """One shipped indicator, as the columns of `Indicator`."""

    code: str
    en: str
    zh: str
    definition: dict[str, Any]
    at_most: bool
    baseline: float | None
    target: float | None
    weight: float


_COMPLETED_REPAIR = [
    {"fact": "kind", "op": "=", "value": "repair"},
    {"fact": "completed_how", "op": "=", "value": "visit"},
]
_ACCEPTED_OR_OVERDUE = [
    {"fact": "accepted_at", "op": "known"},
    {"fact": "ended_why", "op": "=", "value": "not_accepted"},
    {"from": "accept_from_at", "to": "held_until", "op": ">", "limit": "accept"},
]
"""Taken away or called off before the limit ran out, an order is nobody's failure to accept."""
_CALLED_OR_OVERDUE = [
    {"fact": "contacted_at", "op": "known"},
    {"from": "contact_from_at", "to": "held_until", "op": ">", "limit": "contact"},
]


DEFAULT_INDICATORS: tuple[IndicatorRow, ...] = (
    {
        "code": "acceptance_on_time", "en": "Acceptance on time", "zh": "接单及时率",
        "definition": {
            "of": "assignments", "month": "assigned_at",
            "denominator": [{"any": _ACCEPTED_OR_OVERDUE}],
            "numerator": [{"from": "accept_from_at", "to": "accepted_at", "op": "<=", "limit": "accept"}],
        },
        "at_most": False, "baseline": 0.90, "target": 0.98, "weight": 5,
    },
    {
        "code": "contact_on_time", "en": "First contact on time", "zh": "预约及时率",
        "definition": {
            "of": "assignments", "month": "accepted_at",
            "denominator": [{"fact": "accepted_at", "op": "known"}, {"any": _CALLED_OR_OVERDUE}],
            "numerator": [{"from": "contact_from_at", "to": "contacted_at", "op": "<=", "limit": "contact"}],
        },
        "at_most": False, "baseline": 0.90, "target": 0.98, "weight": 8,
    },
    {
        "code": "appointments_kept", "en": "Appointments kept", "zh": "预约履约率",
        "definition": {
            "of": "windows", "month": "due_at",
            "denominator": [],
            "numerator": [{"fact": "kept", "op": "=", "value": True}],
            "excuse": [{"fact": "excused", "op": "has", "value": "missed_window"}],
        },
        "at_most": False, "baseline": 0.87, "target": 0.95, "weight": 12,
    },
    {
        "code": "repaired_on_time", "en": "Repaired within 4 h", "zh": "修障及时率",
        "definition": {
            "of": "assignments", "month": "completed_at",
            "denominator": _COMPLETED_REPAIR,
            "numerator": [{"fact": "completed_at", "op": "<=", "than": "due_at"}],
            "excuse": [{"fact": "excused", "op": "has", "value": "late"}],
        },
        "at_most": False, "baseline": 0.87, "target": 0.95, "weight": 20,
    },
    {
        "code": "installed_on_time", "en": "Installed on time", "zh": "装机及时率",
        "definition": {
            "of": "assignments", "month": "completed_at",
            "denominator": [
                {"fact": "kind", "op": "in", "value": ["install", "move", "reconnect"]},
                {"fact": "completed_how", "op": "=", "value": "visit"},
            ],
            "numerator": [{"fact": "completed_at", "op": "<=", "than": "due_at"}],
            "excuse": [{"fact": "excused", "op": "has", "value": "late"}],
        },
        "at_most": False, "baseline": 0.87, "target": 0.95, "weight": 10,
    },
    {
        "code": "first_time_fix", "en": "First-time fix", "zh": "一次修复率",
        "definition": {
            "of": "assignments", "month": "completed_at", "settleDays": 30,
            "denominator": [*_COMPLETED_REPAIR, {"fact": "round", "op": "=", "value": 0}],
            "numerator": [
                {"fact": "visits", "op": "<=", "value": 1},
                {"fact": "reworked", "op": "=", "value": False},
                {"fact": "repeats", "op": "=", "value": 0},
            ],
        },
        "at_most": False, "baseline": 0.82, "target": 0.90, "weight": 10,
    },
    {
        "code": "repeat_faults", "en": "Repeat faults", "zh": "重复障碍率",
        "definition": {
            "of": "assignments", "month": "completed_at", "settleDays": 30,
            "denominator": _COMPLETED_REPAIR,
            "numerator": [{"fact": "repeats", "op": ">", "value": 0}],
        },
        "at_most": True, "baseline": 0.08, "target": 0.05, "weight": 8,
    },
    {
        "code": "satisfaction", "en": "Satisfaction", "zh": "回访满意率",
        "definition": {
            "of": "assignments", "month": "answered_at",
            "denominator": [{"fact": "satisfaction", "op": "known"}],
            "numerator": [
                {"fact": "solved", "op": "=", "value": True},
                {"fact": "satisfaction", "op": "in", "value": ["very_satisfied", "satisfied"]},
            ],
            "excuse": [
                {"fact": "excused", "op": "has", "value": "dissatisfied"},
                {"fact": "attribution", "op": "in", "value": ["network", "parts", "dispatch", "subscriber"]},
            ],
            "asked": [{"fact": "completed_how", "op": "=", "value": "visit"}],
            "leastAnswered": 0.6,
        },
        "at_most": False, "baseline": 0.89, "target": 0.97, "weight": 15,
    },
    {
        "code": "reports_in_order", "en": "Reports in order", "zh": "回单规范率",
        "definition": {
            "of": "assignments", "month": "inspected_at",
            "denominator": [{"fact": "inspected_at", "op": "known"}],
            "numerator": [{"fact": "inspection_passed", "op": "=", "value": True}],
        },
        "at_most": False, "baseline": 0.87, "target": 0.95, "weight": 5,
    },
    {
        "code": "complaints_per_10000", "en": "Complaints per 10 000", "zh": "万投比",
        "definition": {
            "of": "subjects", "month": "month_end", "per": 10000, "subjects": ["grid"],
            "numerator": [], "numeratorSum": "complaints", "denominatorSum": "households",
        },
        "at_most": True, "baseline": 0.0008, "target": 0.0005, "weight": 5,
    },
    {
        "code": "returned_orders", "en": "Returned orders", "zh": "退单率",
        "definition": {
            "of": "assignments", "month": "assigned_at",
            "denominator": [{"any": [*_ACCEPTED_OR_OVERDUE, {"fact": "ended_why", "op": "=", "value": "returned"}]}],
            "numerator": [{"fact": "ended_why", "op": "=", "value": "returned"}],
            "exclude": [{"fact": "return_attribution", "op": "=", "value": "dispatch"}],
        },
        "at_most": True, "baseline": 0.08, "target": 0.05, "weight": 2,
    },
    {
        "code": "callback_coverage", "en": "Callback coverage", "zh": "回访覆盖率",
        "definition": {
            "of": "orders", "month": "ended_at",
            "denominator": [{"fact": "ended_at", "op": "known"}],
            "numerator": [{"fact": "callback_attempts", "op": ">", "value": 0}],
        },
        "at_most": False, "baseline": None, "target": 1.0, "weight": 0,
    },
    {
        "code": "backlog_over_72_h", "en": "Backlog over 72 h", "zh": "超72小时压单",
        "definition": {
            "of": "orders", "month": "month_end",
            "denominator": [{"fact": "open_at_month_end", "op": "=", "value": True}],
            "numerator": [{"from": "reported_at", "to": "month_end", "op": ">", "seconds": 259200}],
        },
        "at_most": True, "baseline": None, "target": None, "weight": 0,
    },
    {
        "code": "faults_per_100", "en": "Faults per 100 subscribers", "zh": "百户故障数",
        "definition": {
            "of": "subjects", "month": "month_end", "per": 100, "subjects": ["grid"],
            "numerator": [], "numeratorSum": "faults", "denominatorSum": "households",
        },
        "at_most": True, "baseline": None, "target": None, "weight": 0,
    },
    {
        "code": "travel_share", "en": "Travel share", "zh": "路程占比",
        "definition": {
            "of": "assignments", "month": "ended_at",
            "numerator": [], "numeratorSum": "travel_seconds", "denominatorSum": "busy_seconds",
        },
        "at_most": True, "baseline": None, "target": None, "weight": 0,
    },
    {
        "code": "utilisation", "en": "Utilisation", "zh": "工时利用率",
        "definition": {
            "of": "subjects", "month": "month_end", "subjects": ["technician", "team", "contractor"],
            "numerator": [], "numeratorSum": "busy_seconds", "denominatorSum": "rostered_seconds",
        },
        "at_most": False, "baseline": None, "target": None, "weight": 0,
    },
)  # fmt: skip
