"""Every number of the business rules (`domain.md` §4–§6, §9), as one struct with the shipped defaults.

Stored as JSON in `policies.limits`, versioned; an administrator edits a copy, valid from an instant on. Durations are
seconds, lengths metres, times of day `HH:MM` on the area's local clock.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from kit.errors import Invalid
from kit.explaining import explained
from kit.i18n import Said

Running = Literal["always", "working_hours", "appointment"]
"""On which calendar a promise runs: 24×7, the office calendar's open hours, or up to the end of the booked window."""

_MAY_BE_ZERO = (
    "completion_photos",
    "shrinkage_cases",
    "least_orders",
    "least_subscribers",
    "most_deducted",
    "most_bonus",
)
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Limits(msgspec.Struct, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The limits of one policy version. ● in `domain.md` are the operators' own figures, the rest sound defaults."""

    dispatch_seconds: int = 300
    accept_alarm_seconds: int = 900
    accept_reassign_seconds: int = 1800
    """Acceptance is due here, and the completion clock starts no later than this after dispatch."""
    repair_seconds: int = 14_400
    rework_seconds: int = 14_400
    install_seconds: int = 172_800
    move_seconds: int = 172_800
    reconnect_seconds: int = 86_400
    inspect_seconds: int = 604_800
    lead_seconds: int = 259_200
    repair_runs: Running = "always"
    install_runs: Running = "always"
    move_runs: Running = "always"
    reconnect_runs: Running = "always"
    inspect_runs: Running = "always"
    lead_runs: Running = "always"
    contact_seconds: int = 7200
    contact_urgent_seconds: int = 3600
    on_site_urgent_seconds: int = 14_400
    on_site_urgent_rural_seconds: int = 21_600
    callback_seconds: int = 86_400
    suspension_approval_seconds: int = 1800
    return_approval_seconds: int = 1800
    unreachable_suspension_seconds: int = 86_400
    """A suspension because the subscriber cannot be reached lasts no longer."""
    unreachable_calls: int = 3
    """Failed calls of the technician, over `unreachable_periods` periods of the day, before that suspension."""
    unreachable_periods: int = 2
    arrival_radius_metres: int = 300
    load_cap: int = 12
    night_starts: str = "20:00"
    night_ends: str = "08:00"
    tiers_without_night: tuple[str, ...] = ("vip", "group")
    callback_attempts: int = 3
    callback_periods: int = 2
    callback_window_seconds: int = 172_800
    callback_hold_seconds: int = 600
    """A call is one agent's for so long after the last key; then it is free again."""
    callback_handover_seconds: int = 1800
    """A call that was handed to somebody waits for them so long."""
    calls_start: str = "08:00"
    calls_end: str = "21:00"
    """Local hours in which subscribers are called back."""
    bounces_before_lead: int = 2
    repeat_days: int = 30
    outage_reports: int = 3
    outage_window_seconds: int = 1800
    """So many different subscribers on one node or in one building within this time make an outage likely."""
    outage_radius_metres: int = 300
    outage_probability: float = 0.001
    """Or so many reports within the radius that their number is less probable than this for place, weekday and hour."""
    outage_history_weeks: int = 8
    outage_end_seconds: int = 14_400
    """The expected end that is proposed: so long after the confirmation."""
    outage_sample_percent: int = 20
    outage_sample_least: int = 5
    outage_sample_most: int = 50
    """Of those whom an outage concerned, so many are called when it is over."""
    outage_close_seconds: int = 86_400
    """Who does not contradict for so long after the restoration is closed with the outage."""
    warning_percents: tuple[int, ...] = (50, 80, 100)
    completion_photos: int = 1
    """Photo ids a completion lists at least; the files may follow."""
    completion_files_seconds: int = 86_400
    """The files of these photos come within this time, or the report is not in order."""
    finish_code_tries: int = 5
    """Wrong finish codes that are taken of one technician for one order."""
    clock_skew_seconds: int = 300
    """A phone may be ahead this much before its time is replaced by the time of receipt."""
    clock_refused_seconds: int = 86_400
    """An act dated further in the future, or further before its order was reported, is refused."""
    report_back_seconds: int = 604_800
    """A person may date a report back so far; what is older comes as an import."""
    appeal_working_days: int = 3
    shrinkage_cases: int = 20
    """Cases at the area's mean that are mixed into everybody's own before points are given (`domain.md` §9)."""
    least_orders: int = 20
    """Fewer in a month are not enough data to be ranked."""
    least_subscribers: int = 100
    """The same of a grid's households."""
    deduct_missed_window: int = 1
    deduct_late: int = 2
    deduct_dissatisfied: int = 3
    deduct_attitude: int = 5
    deduct_complaint: int = 5
    deduct_hotline: int = 10
    most_deducted: int = 30
    """Points off in a month, at most."""
    most_bonus: int = 10
    star_percent: int = 25
    """A service star is proposed where the whole interval of a rank lies in this best part of the ranked."""
    rectification_percent: int = 25
    """A rectification task where it lies in this last part, and more went wrong than the orders explain."""
    proposals_least_ranked: int = 4
    """With fewer ranked nothing is proposed."""
    honour_least_answers: int = 10
    """An honour card where so many subscribers answered, all satisfied, and nothing was charged."""
    retraining_cards: int = 3
    """So many yellow cards within twelve months propose retraining."""
    point_seconds: int = 900
    """So much service time of a fault type is one base point of the points pay."""
    distance_metres: tuple[int, ...] = (5000, 15_000)
    """Where the next distance class begins, from where a technician starts to the order."""
    distance_percents: tuple[int, ...] = (100, 110, 125)
    """The factor of each distance class: one more than `distance_metres`."""
    quality_scores: tuple[int, int] = (60, 100)
    quality_percents: tuple[int, int] = (60, 120)
    """The factors of these two scores; linear between them, never beyond."""
    complaint_acknowledge_seconds: int = 86_400
    complaint_answer_working_days: int = 3
    rectification_working_days: int = 5
    """A complaint that was upheld is rectified within these, unless a person says otherwise."""
    backlog_seconds: int = 259_200
    notice_quiet_starts: str = "21:00"
    """Notices rest from here to `notice_quiet_ends`, but those that cannot wait."""
    notice_quiet_ends: str = "08:00"
    notices_a_day: int = 4
    """Of one order on one local day; more wait for the next."""
    notice_retry_seconds: int = 86_400
    """So long a notice that fails is tried again; then a person decides."""
    delay_told_seconds: int = 900
    """The subscriber is told of a delay so long after the end of the window."""
    subscriber_link_seconds: int = 604_800
    """A subscriber's link ends so long after the order was closed."""

    def promise_seconds(self, kind: str) -> int:
        """How long the completion of an order of this kind may take, in seconds on its calendar."""
        return int(getattr(self, f"{kind}_seconds"))

    def promise_runs(self, kind: str) -> Running:
        """The calendar on which that promise runs."""
        runs: Running = getattr(self, f"{kind}_runs")
        return runs


def limits_from_json(stored: dict[str, Any]) -> Limits:
    """Read and check limits. Raises `Invalid` naming the field that is unknown, mistyped or impossible."""
    try:
        limits = msgspec.convert(stored, Limits)
    except msgspec.ValidationError as error:
        raise Invalid("policy.limits", field="limits", detail=explained(error)) from error
    for name in limits.__struct_fields__:
        value = getattr(limits, name)
        if isinstance(value, int) and value < (0 if name in _MAY_BE_ZERO or name.startswith("deduct_") else 1):
            raise Invalid("policy.limits", field=name, detail=Said("limits.above_zero", {"name": name}))
    if not 0 < limits.outage_probability < 1:
        raise Invalid("policy.limits", field="outage_probability", detail=Said("limits.probability"))
    times = ("night_starts", "night_ends", "calls_start", "calls_end", "notice_quiet_starts", "notice_quiet_ends")
    for name in times:
        if not _TIME_OF_DAY.fullmatch(getattr(limits, name)):
            raise Invalid("policy.limits", field=name, detail=Said("limits.time_of_day", {"name": name}))
    if limits.calls_start >= limits.calls_end:
        raise Invalid("policy.limits", field="calls_end", detail=Said("limits.calls"))
    if list(limits.warning_percents) != sorted(set(limits.warning_percents)):
        raise Invalid(
            "policy.limits", field="warning_percents", detail=Said("limits.rising", {"name": "warning_percents"})
        )
    if list(limits.distance_metres) != sorted(set(limits.distance_metres)):
        raise Invalid(
            "policy.limits", field="distance_metres", detail=Said("limits.rising", {"name": "distance_metres"})
        )
    if len(limits.distance_percents) != len(limits.distance_metres) + 1:
        raise Invalid("policy.limits", field="distance_percents", detail=Said("limits.classes"))
    for name in ("star_percent", "rectification_percent"):
        if getattr(limits, name) > 50:
            raise Invalid("policy.limits", field=name, detail=Said("limits.half", {"name": name}))
    if limits.quality_scores[0] >= limits.quality_scores[1] or limits.quality_percents[0] > limits.quality_percents[1]:
        raise Invalid("policy.limits", field="quality_scores", detail=Said("limits.quality"))
    if min((*limits.distance_percents, *limits.quality_percents)) < 0:
        raise Invalid("policy.limits", field="distance_percents", detail=Said("limits.percent"))
    return limits


def limits_to_json(limits: Limits) -> dict[str, Any]:
    """What is stored: every number, so that a later default never changes an old version."""
    built: dict[str, Any] = msgspec.to_builtins(limits)
    return built
