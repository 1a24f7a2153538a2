"""Recompute a month's numbers from the journal of a simulation (`docs/journal.md`) and compare them.

    python tests/journeys/recompute.py truth.jsonl --month 2022-09 [--compare assess.json] [--json]

The standard library alone; nothing of the product is imported, and the rules are written down here a second time, from
`docs/journal.md`. With `--compare` (the answer of `grid-dispatch assess --json`) every number that differs is named and
the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction as F
from math import sqrt
from pathlib import Path
from zoneinfo import ZoneInfo

LIMITS = {
    "acceptReassignSeconds": 1800, "contactSeconds": 7200, "contactUrgentSeconds": 3600, "reworkSeconds": 14400,
    "repairSeconds": 14400, "installSeconds": 172800, "moveSeconds": 172800, "reconnectSeconds": 86400,
    "inspectSeconds": 604800, "leadSeconds": 259200, "nightStarts": "20:00", "nightEnds": "08:00", "repeatDays": 30,
    "tiersWithoutNight": ["vip", "group"], "shrinkageCases": 20, "leastOrders": 20, "leastSubscribers": 100,
    "mostDeducted": 30, "deductLate": 2, "deductMissedWindow": 1, "deductDissatisfied": 3, "deductAttitude": 5,
}  # fmt: skip
EVERYBODY, TECHNICIAN = ("technician", "grid", "company"), ("technician",)
PAUSES = {
    "obstructed_by_works": EVERYBODY, "weather": EVERYBODY, "unreachable": EVERYBODY, "not_home": EVERYBODY,
    "power_fault": EVERYBODY, "material_cable": TECHNICIAN, "material_terminal": TECHNICIAN,
    "equipment_fault": TECHNICIAN, "cable_cut": TECHNICIAN, "network_centre": TECHNICIAN,
}  # fmt: skip
DISPATCH_RETURNS = ("wrong_address", "wrong_grid", "duplicate")
NOT_THE_TECHNICIANS = {"hard_to_report": "dispatch"}
GOOD = ("satisfied", "very_satisfied")
RANK_OF_TYPE = {
    name: number
    for number, names in enumerate(
        (
            ("reported",), ("placed",), ("called_back", "suspension_requested", "return_requested"),
            ("request_decided", "resumed"), ("dispatched", "reassigned", "rework_dispatched"),
            ("accepted", "accepted_unheard"), ("contacted", "rebooked"), ("departed",), ("arrived",), ("nobody_home",),
            ("completed", "solved_remotely", "force_completed"), ("inspected",), ("cancelled", "merged", "closed"),
        )
    )
    for name in names
}  # fmt: skip
# code: (weight, baseline, target, less is better)
SCALES = {
    "acceptance_on_time": (5, "0.9", "0.98", False), "contact_on_time": (8, "0.9", "0.98", False),
    "appointments_kept": (12, "0.87", "0.95", False), "repaired_on_time": (20, "0.87", "0.95", False),
    "installed_on_time": (10, "0.87", "0.95", False), "first_time_fix": (10, "0.82", "0.9", False),
    "repeat_faults": (8, "0.08", "0.05", True), "satisfaction": (15, "0.89", "0.97", False),
    "reports_in_order": (5, "0.87", "0.95", False), "returned_orders": (2, "0.08", "0.05", True),
    "complaints_per_10000": (5, "0.0008", "0.0005", True),
    "callback_coverage": (0, None, None, False), "backlog_over_72_h": (0, None, None, True),
    "travel_share": (0, None, None, True), "utilisation": (0, None, None, False),
    "faults_per_100": (0, None, None, True),
}  # fmt: skip
SECONDS_OR_HEADS = ("travel_share", "utilisation", "faults_per_100", "complaints_per_10000")
PER = {"faults_per_100": 100, "complaints_per_10000": 10000}
ONLY_FOR = {"faults_per_100": ("grid",), "complaints_per_10000": ("grid",), "utilisation": ("technician", "team")}


def when(text):
    """An RFC 3339 time as a UTC datetime; None stays None."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


class Rules:
    """What `setup` says of the area, and what the product ships where it says nothing."""

    def __init__(self, setup):
        self.zone = ZoneInfo(setup["timezone"])
        self.versions = sorted(
            ((when(v["validFrom"]), v["limits"]) for v in setup.get("limits", [])), key=lambda v: v[0]
        )
        self.reasons = setup.get("reasons", {})
        self.days_off = set(setup.get("daysOff", []))

    def limits(self, at):
        chosen = self.versions[0][1] if self.versions else {}
        for start, limits in self.versions:
            if start <= at:
                chosen = limits
        return LIMITS | chosen

    def pauses(self, reason):
        known = self.reasons.get("suspension", {}).get(reason)
        return known["pauses"] if known else PAUSES.get(reason, ())

    def attribution(self, kind, reason):
        known = self.reasons.get(kind, {}).get(reason)
        if known:
            return known["attribution"]
        if kind == "return":
            return "dispatch" if reason in DISPATCH_RETURNS else "other"
        return NOT_THE_TECHNICIANS.get(reason, "technician")

    def rests(self, order, at):
        """The instant itself, or the morning an order dispatched at night waits for."""
        limits = self.limits(at)
        if order["level"] == "urgent" or order["tier"] in limits["tiersWithoutNight"]:
            return at
        starts, ends = time.fromisoformat(limits["nightStarts"]), time.fromisoformat(limits["nightEnds"])
        local = at.astimezone(self.zone)
        clock = local.time()
        night = starts <= clock < ends if starts <= ends else clock >= starts or clock < ends
        if not night:
            return at
        day = local.date() + timedelta(days=0 if clock < ends else 1)
        while day.isoformat() in self.days_off:
            day += timedelta(days=1)
        return datetime.combine(day, ends, self.zone).astimezone(UTC)


MOVES = ("accepted", "departed", "arrived", "nobody_home", "completed")
OWN = (*MOVES, "contacted", "suspension_requested", "return_requested")


def in_order(lines):
    """Lines by time; a technician's act dated before the order was given to them follows the giving.

    One that moves the order on counts from the giving, as the product counts it; a call keeps its time.
    """
    lines = sorted(lines, key=lambda line: (line["type"] != "reported", when(line["at"]), RANK_OF_TYPE[line["type"]]))
    owner, early, found = None, defaultdict(list), []
    for line in lines:
        if line["type"] in OWN and line["technician"] != owner:
            early[line["technician"]].append(line)
            continue
        found.append(line)
        if line["type"] in ("dispatched", "reassigned", "rework_dispatched"):
            owner = line["technician"]
            for late in early.pop(owner, ()):
                found.append(late | {"at": line["at"]} if late["type"] in MOVES else late)
    return found


class Life:
    """One order, lived again line by line."""

    def __init__(self, rules, lines, now, month_end):
        self.rules, self.order, self.now, self.held_until = rules, lines[0], now, min(now, month_end)
        self.month_end = self.held_until - timedelta(microseconds=1)
        self.reported = when(lines[0]["at"])
        self.assignments, self.windows, self.answers, self.calls = [], [], [], 0
        self.mine = self.window = self.departed = self.arrived = self.request = self.pause = None
        self.round, self.first_call, self.visits, self.completing = 0, None, 0, {}
        self.clock = self.due = self.dispatched = self.wished = None
        self.ended_at, self.open, self.open_then, self.cause = None, True, True, lines[0]["faultType"]
        self.merged = False
        self.book(lines[0].get("appointmentStart"), lines[0].get("appointmentEnd"), "subscriber", lines[0])
        self.wished = when(lines[0].get("appointmentEnd"))
        for line in lines[1:]:
            getattr(self, "on_" + line["type"], self.nothing)(when(line["at"]), line)
            if when(line["at"]) <= self.month_end:
                self.open_then = self.open
        if self.window and now > self.window[1]:
            self.miss(self.window[1])
        for (number, at), answer in sorted(self.answers, key=lambda a: a[0][1]):
            if number in self.completing:
                self.completing[number]["answer"] = (at, answer)

    def nothing(self, at, line):
        """Chases and notes change no number."""

    def on_placed(self, at, line):
        self.order = self.order | {"grid": line.get("grid")}

    # in whose hands
    def on_dispatched(self, at, line):
        self.over(at)
        self.give(at, line)

    def on_reassigned(self, at, line):
        self.stop(at)
        self.over(at)
        self.end(at, "not_accepted" if line.get("why") == "not_accepted" else "moved")
        self.give(at, line)

    def on_rework_dispatched(self, at, line):
        if self.round in self.completing:
            self.completing[self.round]["reworked"] = True
        self.round += 1
        self.first_call, self.visits, self.window, self.open = None, 0, None, True
        self.clock = self.dispatched = self.due = self.wished = None
        self.give(at, line)

    def give(self, at, line):
        self.stop(at)
        self.open = True
        self.dispatched = self.dispatched or at
        if self.clock is None:
            self.promise(None)
        self.mine = {
            "technician": line["technician"], "given": at, "rests": self.rules.rests(self.order, at),
            "round": self.round, "accepted": None, "called": None, "held": self.held_until, "why": None,
            "travel": 0, "work": 0, "limits": self.rules.limits(at), "returned": None, "reworked": False,
            "life": self, "answer": None,
        }  # fmt: skip
        self.assignments.append(self.mine)

    def promise(self, accepted):
        """When the round is due, for each audience."""
        limits = self.rules.limits(accepted or self.dispatched)
        latest = self.dispatched + timedelta(seconds=limits["acceptReassignSeconds"])
        self.clock = min(accepted, latest) if accepted else None
        rests = self.rules.rests(self.order, self.dispatched)
        self.starts = rests if rests > self.dispatched else (self.clock or latest)
        seconds = limits["reworkSeconds"] if self.round else limits[self.order["kind"] + "Seconds"]
        due = self.starts + timedelta(seconds=seconds)
        if self.wished:
            due = max(due, self.wished)
        self.due = dict.fromkeys(EVERYBODY, due)

    def on_accepted(self, at, line):
        if self.clock is None:
            self.promise(at)
        if self.mine:
            self.mine["accepted"] = self.mine["accepted"] or at
            self.mine["call_from"] = max(at, self.mine["rests"])
            self.mine["called"] = self.first_call

    def on_accepted_unheard(self, at, line):
        """It keeps its technician from having failed to accept, and moves nothing on."""
        if self.mine and self.mine["technician"] == line["technician"]:
            self.mine["accepted"] = self.mine["accepted"] or at

    def end(self, at, why):
        if self.mine:
            self.mine |= {"held": at, "why": why, "ended": at}
        self.mine = None

    # requests
    def on_suspension_requested(self, at, line):
        self.request = ("suspension", at, line.get("reason"))

    def on_return_requested(self, at, line):
        self.request = ("return", at, line.get("reason"))

    def on_request_decided(self, at, line):
        request, self.request = self.request, None
        if not line["approved"] or request is None:
            return
        kind, asked, reason = request
        self.stop(asked)
        self.excuse(asked)
        if kind == "suspension":
            self.pause = (asked, reason)
            return
        self.resume(at)
        if self.mine:
            self.mine["returned"] = self.rules.attribution("return", reason)
        self.end(at, "returned")

    def on_resumed(self, at, line):
        self.resume(at)

    def resume(self, at):
        if self.pause is None:
            return
        (asked, reason), self.pause = self.pause, None
        begin, over = max(asked, self.starts), max(at, self.starts)
        for audience in self.rules.pauses(reason):
            if self.due[audience] > begin and over > begin:
                self.due[audience] += over - begin

    # windows
    def book(self, start, end, by, line):
        if not start or not end:
            return
        if self.window:
            at = when(line["at"])
            if at > self.window[1]:
                self.miss(self.window[1])
            elif by == "us":
                self.miss(at, desk=not line.get("technician"))
        self.window = (when(start), when(end))

    def over(self, at):
        if self.window and at > self.window[1]:
            self.miss(self.window[1])

    def excuse(self, at):
        self.over(at)
        self.window = None

    def miss(self, due, kept=False, desk=False):
        whose = self.mine["technician"] if self.mine else None
        self.windows.append({"technician": whose, "due": due, "kept": kept, "desk": desk, "life": self})
        self.window = None

    def on_contacted(self, at, line):
        self.first_call = self.first_call or at
        if self.mine and self.mine["called"] is None:
            self.mine["called"] = at
        self.book(line.get("windowStart"), line.get("windowEnd"), "subscriber", line)

    def on_rebooked(self, at, line):
        self.stop(at)
        self.book(line["windowStart"], line["windowEnd"], line["by"], line)
        self.wished = when(line["windowEnd"]) if line["by"] == "subscriber" else None
        if self.wished and self.due:
            self.due = {audience: max(due, self.wished) for audience, due in self.due.items()}

    # on the road
    def on_departed(self, at, line):
        self.departed = at

    def on_arrived(self, at, line):
        self.visits += 1
        if self.mine and self.departed:
            self.mine["travel"] += max(int((at - self.departed).total_seconds()), 0)
        self.departed, self.arrived = None, at
        if self.window:
            start, end = self.window
            self.miss(min(at, end), kept=start <= at <= end)

    def on_nobody_home(self, at, line):
        self.stop(at)
        self.visits -= 1

    def stop(self, at):
        if self.arrived and self.mine:
            self.mine["work"] += max(int((at - self.arrived).total_seconds()), 0)
        self.departed = self.arrived = None

    # the end
    def on_completed(self, at, line):
        self.finish(at, line.get("cause"))
        if self.mine:
            self.mine |= {"completed": at, "due": dict(self.due or {}), "visits": self.visits}
            self.completing[self.round] = self.mine
        self.end(at, "completed")

    def on_solved_remotely(self, at, line):
        self.resume(at)
        self.finish(at, None)
        self.end(at, "completed")

    on_force_completed = on_solved_remotely

    def finish(self, at, cause):
        self.stop(at)
        self.excuse(at)
        self.open, self.ended_at, self.cause = False, self.ended_at or at, cause or self.cause

    def on_cancelled(self, at, line):
        self.stop(at)
        self.excuse(at)
        self.open, self.ended_at = False, self.ended_at or at
        self.end(at, "cancelled")

    def on_merged(self, at, line):
        self.stop(at)
        self.excuse(at)
        self.open, self.merged = False, True
        self.end(at, "merged")

    def on_closed(self, at, line):
        self.excuse(at)
        self.open = False
        self.end(at, "closed")

    def on_called_back(self, at, line):
        self.calls += 1
        if line["reached"] == "answered" and line.get("satisfaction"):
            self.answers.append(((line["round"], at), line))

    def on_inspected(self, at, line):
        for mine in reversed(self.assignments):
            if mine.get("completed") and mine["technician"] == line["technician"]:
                mine["inspected"] = (at, line["passed"])
                return

    @property
    def last(self):
        return self.assignments[-1]["technician"] if self.assignments else None


class Count:
    """n of d, and the orders behind them."""

    def __init__(self):
        self.n = self.d = 0
        self.orders = set()

    def add(self, counted, order, d=1, n=1):
        self.d += d
        self.n += n if counted else 0
        if d:
            self.orders.add(order)


def cases(lives, repeats, inside, audience):
    """Every case of every indicator: (code, whose technician, life, counted, denominator, numerator)."""
    people = audience == "technician"
    for life in lives:
        order = life.order
        if life.ended_at and inside(life.ended_at):
            yield "callback_coverage", life.last, life, life.calls > 0, 1, 1
        if inside(life.month_end) and life.open_then:
            old = life.month_end - life.reported > timedelta(hours=72)
            yield "backlog_over_72_h", life.last, life, old, 1, 1
        for window in life.windows:
            if inside(window["due"]):
                yield "appointments_kept", window["technician"], life, window["kept"], 1, 1
        for mine in life.assignments:
            whose, limits, accepted = mine["technician"], mine["limits"], mine["accepted"]
            soon = timedelta(seconds=limits["acceptReassignSeconds"])
            answerable = accepted or mine["why"] == "not_accepted" or mine["held"] - mine["rests"] > soon
            if inside(mine["given"]):
                if answerable:
                    in_time = bool(accepted) and accepted - mine["rests"] <= soon
                    yield "acceptance_on_time", whose, life, in_time, 1, 1
                if (answerable or mine["why"] == "returned") and mine["returned"] != "dispatch":
                    yield "returned_orders", whose, life, mine["why"] == "returned", 1, 1
            if accepted and "call_from" in mine and inside(accepted):
                name = "contactUrgentSeconds" if order["level"] == "urgent" else "contactSeconds"
                limit = timedelta(seconds=limits[name])
                if mine["called"] or mine["held"] - mine["call_from"] > limit:
                    in_time = bool(mine["called"]) and mine["called"] - mine["call_from"] <= limit
                    yield "contact_on_time", whose, life, in_time, 1, 1
            if mine.get("ended") and inside(mine["ended"]):
                busy = mine["travel"] + mine["work"]
                yield "travel_share", whose, life, True, busy, mine["travel"]
            if mine.get("inspected") and inside(mine["inspected"][0]):
                yield "reports_in_order", whose, life, mine["inspected"][1], 1, 1
            if mine.get("answer") and inside(mine["answer"][0]):
                said = mine["answer"][1]
                good = bool(said["solved"]) and said["satisfaction"] in GOOD
                if good or not people or blamed(life.rules, said) == "technician":
                    yield "satisfaction", whose, life, good, 1, 1
            if mine.get("completed") and inside(mine["completed"]):
                yield from completion(life, mine, repeats, audience)


def completion(life, mine, repeats, audience):
    """The cases of one completed visit."""
    kind, whose = life.order["kind"], mine["technician"]
    in_time = mine["completed"] <= mine["due"][audience]
    if kind in ("install", "move", "reconnect"):
        yield "installed_on_time", whose, life, in_time, 1, 1
    if kind != "repair":
        return
    yield "repaired_on_time", whose, life, in_time, 1, 1
    until = mine["completed"] + timedelta(days=life.rules.limits(mine["completed"])["repeatDays"])
    again = any(mine["completed"] < at <= until for at in repeats.get(life.order["order"], ()))
    yield "repeat_faults", whose, life, again, 1, 1
    if mine["round"] == 0:
        fixed = mine["visits"] <= 1 and not mine["reworked"] and not again
        yield "first_time_fix", whose, life, fixed, 1, 1


def blamed(rules, said):
    """Whose failing a bad answer is."""
    found = [rules.attribution("dissatisfaction", reason) for reason in said.get("reasons") or []]
    return "technician" if not found or "technician" in found else found[0]


def find_repeats(lives):
    """Order -> when reports that repeat it were made."""
    found = defaultdict(set)
    by_subscriber = defaultdict(list)
    by_id = {life.order["order"]: life for life in lives}
    for life in lives:
        if life.order.get("subscriber"):
            by_subscriber[life.order["subscriber"], life.cause].append(life)
    for life in lives:
        if life.merged:
            continue
        for kin in (life.order.get("repeatOf"), life.order.get("reopens")):
            if kin in by_id and by_id[kin].cause == life.cause:
                found[kin].add(life.reported)
        for other in by_subscriber.get((life.order.get("subscriber"), life.cause), ()):
            if other is not life:
                found[other.order["order"]].add(life.reported)
    return found


def deductions(lives, inside, limits):
    """Points off by technician: one event is charged once, at its dearest."""
    found = defaultdict(int)
    for life in lives:
        for window in life.windows:
            if inside(window["due"]) and not window["kept"] and not window["desk"] and window["technician"]:
                found[window["technician"]] += limits["deductMissedWindow"]
        for mine in life.assignments:
            if mine.get("completed") and inside(mine["completed"]) and mine["completed"] > mine["due"]["technician"]:
                found[mine["technician"]] += limits["deductLate"]
            if not mine.get("answer") or not inside(mine["answer"][0]):
                continue
            said = mine["answer"][1]
            if said["satisfaction"] == "dissatisfied":
                if "attitude" in (said.get("reasons") or []):
                    found[mine["technician"]] += limits["deductAttitude"]
                elif blamed(life.rules, said) == "technician":
                    found[mine["technician"]] += limits["deductDissatisfied"]
    return found


def wilson(n, d, z=1.959963984540054):
    """Wilson's 95 % interval, rounded as published."""
    share, spread = min(n / d, 1.0), z * z / d
    centre = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / d + spread / (4 * d)) / (1 + spread)
    return [round(max(0.0, centre - half), 6), round(min(1.0, centre + half), 6)]


def earn(code, count, mean, mixed):
    """The points of an indicator."""
    weight, baseline, target, less = SCALES[code]
    if not weight or not count.d:
        return None
    rate, baseline, target = (count.n + mixed * mean) / (count.d + mixed), F(baseline), F(target)
    if less:
        rate, baseline, target = 1 - rate, 1 - baseline, 1 - target
    if rate >= target:
        share = F(1)
    elif rate <= baseline:
        share = F(3, 5) * max(rate, F(0)) / baseline
    else:
        share = F(3, 5) + F(2, 5) * (rate - baseline) / (target - baseline)
    return float(round(weight * share, 4))


def card(who, name, counts, means, off, limits):
    """One subject's numbers."""
    shown, earned = {}, []
    for code, count in counts.items():
        points = earn(code, count, means[code], limits["shrinkageCases"])
        shown[code] = {
            "numerator": count.n, "denominator": count.d, "points": points,
            "value": float(round(F(count.n, count.d) * PER.get(code, 1), 6)) if count.d else None,
            "interval": wilson(count.n, count.d) if count.d and code not in SECONDS_OR_HEADS else None,
        }  # fmt: skip
        if points is not None:
            earned.append((F(str(points)), SCALES[code][0]))
    score = None
    if earned:
        total = 100 * sum(p for p, _ in earned) / sum(w for _, w in earned) - min(off, limits["mostDeducted"])
        score = float(round(max(total, F(0)), 2))
    orders = set().union(*(count.orders for code, count in counts.items() if SCALES[code][0]))
    on_time = counts["repaired_on_time"]
    rate = F(on_time.n, on_time.d) if on_time.d else F(-1)
    return {"id": who, "name": name, "indicators": shown, "score": score, "orders": len(orders), "_rate": rate}


def rank(cards):
    """Dense ranks, urban and rural apart."""
    for rural in (False, True):
        group = [c for c in cards if c["_enough"] and c["_rural"] == rural and c["score"] is not None]
        keys = sorted({(c["score"], c["_rate"], c["orders"]) for c in group}, reverse=True)
        for one in group:
            one["rank"] = keys.index((one["score"], one["_rate"], one["orders"])) + 1


def recompute(lines, month):
    """The answer of `assess` for a month (`2022-09`), from the journal's lines."""
    setup = next(line for line in lines if line["type"] == "setup")
    rules = Rules(setup)
    first = date.fromisoformat(month + "-01")
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    start, end = (datetime.combine(day, time(), rules.zone).astimezone(UTC) for day in (first, after))
    now = next((when(line["at"]) for line in reversed(lines) if line["type"] == "ended"), end)
    limits = rules.limits(start)
    grids = {grid["code"]: grid for grid in setup["grids"]}
    per_order = defaultdict(list)
    for line in lines:
        if line.get("order") and line["type"] in RANK_OF_TYPE:
            per_order[line["order"]].append(line)
    lives = []
    for unordered in per_order.values():
        own = in_order(unordered)
        if own[0]["type"] == "reported" and own[0].get("origin") != "history":
            lives.append(Life(rules, own, now, end))
    repeats = find_repeats(lives)

    def inside(at):
        return start <= at < end

    teams = {one["id"]: one.get("team") for one in setup["technicians"]}
    counts = {kind: defaultdict(lambda: defaultdict(Count)) for kind in ("technician", "team", "grid", "area")}
    for audience, kinds in (("technician", ("technician", "team")), ("grid", ("grid",)), ("company", ("area",))):
        for code, technician, life, counted, d, n in cases(lives, repeats, inside, audience):
            grid = grids.get(life.order.get("grid"))
            whose = {
                "technician": technician,
                "team": teams.get(technician),
                "grid": grid and grid["id"],
                "area": "area",
            }
            for kind in kinds:
                if whose[kind] is not None:
                    counts[kind][whose[kind]][code].add(counted, life.order["order"], d, n)
    subject_counts(lines, lives, setup, counts, grids, teams, inside, now)
    return {
        "month": month,
        "technicians": technician_cards(setup, counts, lives, grids, inside, limits),
        "grids": grid_cards(setup, counts, limits),
        "area": area_card(counts, limits),
    }


def subject_counts(lines, lives, setup, counts, grids, teams, inside, now):
    """Numbers of a technician or grid as such: rostered time, faults per 100 households."""
    rostered, busy = defaultdict(int), defaultdict(int)
    for line in lines:
        if line["type"] == "shift" and inside(when(line["start"])):
            begin, until = when(line["start"]), min(when(line["end"]), now)
            if begin < until:
                rests = sum(rest["seconds"] for rest in line["breaks"] if when(rest["latest"]) <= until)
                rostered[line["technician"]] += int((until - begin).total_seconds()) - rests
    for life in lives:
        for mine in life.assignments:
            if mine.get("ended") and inside(mine["ended"]):
                busy[mine["technician"]] += mine["travel"] + mine["work"]
        grid = grids.get(life.order.get("grid"))
        if grid and grid.get("households") and life.order["kind"] == "repair" and inside(life.reported):
            counts["grid"][grid["id"]]["faults_per_100"].n += 1
    for grid in setup["grids"]:
        if grid.get("households"):
            counts["grid"][grid["id"]]["faults_per_100"].d = grid["households"]
            counts["grid"][grid["id"]]["complaints_per_10000"].d = grid["households"]  # nobody complains in a journal
    for one, seconds in rostered.items():
        for kind, whose in (("technician", one), ("team", teams.get(one))):
            if whose is not None:
                counts[kind][whose]["utilisation"].add(True, None, seconds, busy[one])


def means_of(per_subject):
    """The area's mean of each indicator over one kind of subject."""
    n, d = defaultdict(int), defaultdict(int)
    for counts in per_subject.values():
        for code, count in counts.items():
            n[code] += count.n
            d[code] += count.d
    return {code: F(n[code], d[code]) if d[code] else None for code in SCALES}


def filled(counts, kind):
    """Every indicator of a kind of subject, also without cases."""
    return {code: counts.get(code, Count()) for code in SCALES if kind in ONLY_FOR.get(code, (kind,))}


def technician_cards(setup, counts, lives, grids, inside, limits):
    off = deductions(lives, inside, limits)
    rural = defaultdict(list)
    for life in lives:
        grid = grids.get(life.order.get("grid"))
        for mine in life.assignments:
            if inside(mine["given"]):
                rural[mine["technician"]].append(bool(grid and grid.get("rural")))
    means, cards = means_of(counts["technician"]), []
    for one in setup["technicians"]:
        mine = filled(counts["technician"][one["id"]], "technician")
        cards.append(card(one["id"], one["name"], mine, means, off[one["id"]], limits))
        found = rural[one["id"]]
        cards[-1] |= {
            "rank": None,
            "_rural": sum(found) * 2 > len(found),
            "_enough": cards[-1]["orders"] >= limits["leastOrders"],
        }
    rank(cards)
    return cards


def grid_cards(setup, counts, limits):
    means, cards = means_of(counts["grid"]), []
    for grid in setup["grids"]:
        mine = filled(counts["grid"][grid["id"]], "grid")
        cards.append(card(grid["id"], grid["name"], mine, means, 0, limits))
        enough = cards[-1]["orders"] > 0 and (grid.get("households") or 0) >= limits["leastSubscribers"]
        cards[-1] |= {"rank": None, "_rural": bool(grid.get("rural")), "_enough": enough}
    rank(cards)
    return cards


def area_card(counts, limits):
    mine = filled(counts["area"]["area"], "area")
    return card("area", "area", mine, means_of(counts["area"]), 0, limits) | {"rank": None}


def differences(ours, theirs):
    """Every published number that differs, as a sentence; also what one side does not know."""
    found = []
    sides = [("technicians", ours["technicians"], theirs["technicians"]), ("grids", ours["grids"], theirs["grids"])]
    if theirs.get("area"):
        sides.append(("area", [ours["area"] | {"id": theirs["area"]["id"]}], [theirs["area"]]))
    for kind, mine, published in sides:
        by_id = {one["id"]: one for one in mine}
        for one in published:
            own = by_id.pop(one["id"], None)
            if own is None:
                found.append(f"{kind}: {one['name']} is not in the journal")
                continue
            for name in ("score", "rank"):
                if own[name] != one[name]:
                    found.append(f"{kind}: {one['name']}: {name} published {one[name]}, recomputed {own[name]}")
            for code, number in one["indicators"].items():
                if code not in own["indicators"]:
                    if number["denominator"]:
                        found.append(f"{kind}: {one['name']}: {code} is not recomputed here")
                    continue
                for name in ("numerator", "denominator", "value", "points", "interval"):
                    if own["indicators"][code][name] != number[name]:
                        found.append(
                            f"{kind}: {one['name']}: {code}.{name} published {number[name]},"
                            f" recomputed {own['indicators'][code][name]}"
                        )
        found.extend(f"{kind}: {own['name']} is not published" for own in by_id.values())
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("journal", type=Path)
    options.add_argument("--month", required=True, help="2022-09")
    options.add_argument("--compare", type=Path, help="the answer of `grid-dispatch assess --json`")
    options.add_argument("--json", action="store_true", help="print all numbers")
    given = options.parse_args()
    lines = [json.loads(line) for line in given.journal.read_text(encoding="utf-8").splitlines() if line.strip()]
    result = recompute(lines, given.month)
    if given.json:
        public = {"technicians": result["technicians"], "grids": result["grids"], "area": result["area"]}
        json.dump(public, sys.stdout, ensure_ascii=False, default=str)
        print()
    coverage = result["area"]["indicators"]["callback_coverage"]
    print(
        f"{given.month}: callback coverage {coverage['numerator']} of {coverage['denominator']},"
        f" {sum(c['rank'] is not None for c in result['technicians'])} technicians ranked",
        file=sys.stderr,
    )
    if given.compare is None:
        return 0
    found = differences(result, json.loads(given.compare.read_text(encoding="utf-8")))
    for sentence in found[:200]:
        print(sentence)
    print(f"{len(found)} numbers differ", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
