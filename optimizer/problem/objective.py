"""The cost terms, the violations and the reasons, each with its code and its sentence in Chinese and English.

The sentences are for dispatchers. `{...}` is filled from the `detail` of a violation or an unplanned visit. Amounts are
in :class:`optimizer.problem.Weights`; named sets of weights are the policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from optimizer.problem.entities import GridContract, Technician, Visit
from optimizer.problem.problem import Problem, PublishedStop, Weights


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str

    def say(self, language: str, detail: Mapping[str, Any] | None = None) -> str:
        """The sentence in `language` (anything but `zh…` is English), filled in from `detail`. Missing data show as
        `…`.
        """
        pattern = self.zh if language.lower().startswith("zh") else self.en
        return pattern.format_map(_Visible(detail or {}))


class _Visible(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


TERMS: Mapping[str, Text] = MappingProxyType(
    {
        "travel_time": Text("路上行驶的时间", "Time spent on the road."),
        "travel_distance": Text("路上行驶的距离", "Distance driven."),
        "waiting": Text("到达后等待开工的时间", "Time spent waiting before a visit can start."),
        "tardiness": Text("超过办结时限的时间", "Time by which visits end after they are due."),
        "missed_preference": Text("未满足用户偏好的时段或人员", "Visits outside their preferred time or technician."),
        "outside_grid": Text("由非包片人员上门", "Visits by somebody whose contract does not cover the grid."),
        "imbalance": Text("个人工作量超出均衡线的时间", "Travel and work of one person above the balanced load."),
        "overtime": Text("加班时间", "Work after the regular end of the shift."),
        "over_skilling": Text("高技能人员做低要求的活", "Skill levels above what the visits ask for."),
        "technician_cost": Text("人员与车辆费用", "What the technicians' hours and kilometres cost."),
        "dropped": Text("未排上的上门", "Visits left out of the plan."),
        "change": Text("相对已发布计划的改动", "Changes against the published plan."),
        "completion_risk": Text("完工时间离时限太近", "Visits that end too close to their due time."),
        "rolling_share": Text("偏离近期分担比例", "Visits for people already above their share of a grid."),
    }
)

VIOLATIONS: Mapping[str, Text] = MappingProxyType(
    {
        "unknown_visit": Text("计划里有不存在的上门 {visit}", "The plan names visit {visit}, which does not exist."),
        "unknown_technician": Text("计划里有不存在的人员", "The plan names a technician who does not exist."),
        "served_twice": Text("同一上门排了两次", "The visit is planned twice."),
        "not_accounted": Text("上门既未排入也未说明", "The visit is neither planned nor listed as unplanned."),
        "planned_and_unplanned": Text("上门既排入又列为未排", "The visit is planned and listed as unplanned."),
        "unplanned_without_reason": Text("未排的上门没有原因", "The visit is unplanned without a known reason."),
        "before_earliest": Text("开工早于报障时间 {seconds} 秒", "Work starts {seconds} s before the report."),
        "outside_window": Text("开工不在约定时段内", "Work starts outside the appointment window."),
        "missing_skill": Text("缺少技能 {skill}（需 {needed} 级）", "Skill {skill} at level {needed} is missing."),
        "not_required_technician": Text("必须由指定人员上门", "Somebody else was required for this visit."),
        "excluded_technician": Text("该人员被排除在外", "This technician is excluded from the visit."),
        "before_shift": Text("出发早于上班 {seconds} 秒", "The route starts {seconds} s before the shift."),
        "after_shift": Text("收工晚于最晚下班 {seconds} 秒", "The route ends {seconds} s after the shift."),
        "before_now": Text("出发时间已经过去", "The route starts in the past."),
        "break_missing": Text("没有安排休息", "A break is missing."),
        "break_misplaced": Text("休息时间不在规定时段", "A break lies outside its window or has the wrong length."),
        "break_overlaps_work": Text("休息与作业重叠", "A break overlaps the work on a visit."),
        "travel_too_short": Text("路上时间不足 {seconds} 秒", "The way there is {seconds} s too short."),
        "work_too_short": Text("作业时间不足 {seconds} 秒", "The work is cut short by {seconds} s."),
        "too_many_visits": Text("超过每班上门上限 {limit}", "More than {limit} visits in one shift."),
        "too_much_travel": Text("超过每班行驶时间上限", "More time on the road than allowed in one shift."),
        "too_much_distance": Text("超过每班行驶距离上限", "More distance than allowed in one shift."),
        "over_capacity": Text("超过车辆容量", "The vehicle is overloaded."),
        "unreachable": Text("没有道路可达", "No road leads there."),
        "frozen_moved": Text("已开始的上门被移动", "Work that has begun was moved."),
        "pin_broken": Text("违反人工固定的安排", "What a person has fixed was changed."),
    }
)

REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "no_skill": Text("没有人具备所需技能：{skills}", "Nobody at work has the skills needed: {skills}."),
        "nobody_on_shift": Text("当天无人上班", "Nobody is on shift."),
        "required_technician_absent": Text(
            "指定人员不在班：{technicians}", "Required, but not on shift: {technicians}."
        ),
        "all_excluded": Text("能做的人员都被排除", "Everybody who could do it is excluded."),
        "window_passed": Text("约定时段已过", "The appointment window has passed."),
        "outside_every_shift": Text("约定时段内没有合适的人上班", "Nobody suitable is on shift in the window."),
        "would_start_before_report": Text("报障时已没有足够的班内时间", "Reported too late for any shift."),
        "window_before_report": Text("约定时段早于报障时间", "The window ends before the report."),
        "too_long": Text("所需时间超过任何一个班次", "The work takes longer than any shift has room for."),
        "unreachable": Text("没有道路可达", "No road leads there."),
        "over_limits": Text("单独上门已超过行驶或载量上限", "Even alone it exceeds a limit on travel or load."),
        "pin_impossible": Text("人工固定的安排无法实现", "What a person has fixed cannot be kept."),
        "all_full": Text("合适的人员都没有空余时间", "Everybody suitable is full."),
        "out_of_time": Text(
            "排程时间用完时尚未排入，{technician} 仍有位置",
            "The time to plan was up; there is still room with {technician}.",
        ),
        "not_worth_it": Text("上门的代价高于不排的代价", "Planning it costs more than leaving it out."),
    }
)

POLICIES: Mapping[str, Weights] = MappingProxyType(
    {
        "balanced": Weights(),
        "sla_first": Weights(tardiness=4, risk=1, outside_grid=600, overtime=2),
        "shortest_drive": Weights(travel=3, tardiness=0.5, outside_grid=300, imbalance=0.2),
        "keep_the_plan": Weights(change_technician=14_400, change_time=2),
    }
)


def drop_price(weights: Weights, visit: Visit) -> float:
    """The cost of leaving `visit` out."""
    if visit.mandatory:
        return weights.mandatory
    return visit.drop_cost if visit.drop_cost is not None else weights.drop * (1 + visit.priority)


def contract_of(technician: Technician, grid: str | None) -> GridContract | None:
    return next((contract for contract in technician.grids if contract.grid == grid), None)


def assignment_terms(
    weights: Weights, technician: Technician, visit: Visit, published: PublishedStop | None
) -> dict[str, float]:
    """The cost terms that depend only on who makes the visit."""
    terms: dict[str, float] = {}
    if visit.preferred_technicians and technician.id not in visit.preferred_technicians:
        terms["missed_preference"] = weights.missed_preference
    if visit.grid is not None:
        contract = contract_of(technician, visit.grid)
        if contract is None:
            terms["outside_grid"] = weights.outside_grid
        elif contract.surplus > 0:
            terms["rolling_share"] = weights.rolling_share * contract.surplus
    surplus = sum(max(0, technician.skills.get(name, 0) - level) for name, level in visit.skills.items())
    if surplus:
        terms["over_skilling"] = weights.over_skilling * surplus
    if published is not None and published.technician_id != technician.id:
        terms["change"] = weights.change_technician
    return {name: value for name, value in terms.items() if value}


def timing_terms(
    weights: Weights, visit: Visit, start: int, departure: int, published: PublishedStop | None
) -> dict[str, float]:
    """The cost terms that depend only on when the visit starts and ends."""
    terms: dict[str, float] = {}
    if visit.due is not None:
        terms["tardiness"] = weights.tardiness * visit.due_weight * max(0, departure - visit.due)
        missed = departure - (visit.due - weights.risk_buffer)
        terms["completion_risk"] = weights.risk * min(max(0, missed), weights.risk_buffer)
    if visit.preferred_windows and not any(start in window for window in visit.preferred_windows):
        terms["missed_preference"] = weights.missed_preference
    if published is not None:
        change = weights.change_time * abs(start - published.start)
        if published.notified is not None and start not in published.notified:
            change += weights.change_notified
        terms["change"] = change
    return {name: value for name, value in terms.items() if value}


def route_terms(
    weights: Weights, technician: Technician, *, travel: int, distance: int, waiting: int, work: int, end: int
) -> dict[str, float]:
    """The cost terms of a route with at least one visit. Seconds and metres; `end` is when the day is over."""
    own = technician.fixed_cost + technician.cost_per_km * distance / 1000
    own += (technician.cost_per_hour * travel + technician.cost_per_task_hour * work) / 3600
    terms: dict[str, float] = {
        "travel_time": weights.travel * travel,
        "travel_distance": weights.distance * distance,
        "waiting": weights.waiting * waiting,
        "imbalance": weights.imbalance * max(0, travel + work - weights.imbalance_above),
        "overtime": weights.overtime * max(0, end - technician.overtime_from),
        "technician_cost": weights.technician_cost * own,
    }
    return {name: value for name, value in terms.items() if value}


def unplanned_terms(weights: Weights, visit: Visit, published: PublishedStop | None) -> dict[str, float]:
    """The cost terms of a visit that is left out."""
    terms: dict[str, float] = {"dropped": drop_price(weights, visit)}
    if published is not None:
        terms["change"] = weights.change_technician + (weights.change_notified if published.notified else 0)
    return {name: value for name, value in terms.items() if value}


def may_serve(technician: Technician, visit: Visit) -> str | None:
    """None where the technician may make the visit, else the violation code that forbids it."""
    if any(technician.skills.get(name, 0) < level for name, level in visit.skills.items()):
        return "missing_skill"
    if visit.required_technicians and technician.id not in visit.required_technicians:
        return "not_required_technician"
    if technician.id in visit.excluded_technicians:
        return "excluded_technician"
    if visit.pin is not None and visit.pin.technician_id not in (None, technician.id):
        return "pin_broken"
    return None


def published_by_visit(problem: Problem) -> dict[str, PublishedStop]:
    return {stop.visit_id: stop for stop in problem.published}
