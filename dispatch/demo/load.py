"""What a day of the demo brings: appointments made before, a quiet night, a morning like any other, one outage."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from dispatch.demo.scripts import Person, Script, Step, draw_report
from dispatch.demo.town import NOW, OPENING, Town
from dispatch.orders.models import Channel, Kind
from dispatch.orders.reporting import Report
from dispatch.orders.rules import acts
from dispatch.simulation.callers import draw_moments


@dataclass(frozen=True, slots=True)
class Load:
    """How much comes in for a weekday's people. `a_day` is what an average day brings once the demo lives."""

    booked: int
    """Appointments for the day, made on the days before."""
    left_over: int
    """Reported last evening and not done any more: due before the day began."""
    night: int
    """Reported between 20:00 and the dispatcher's first plan."""
    morning: int
    """Reported between that plan and the moment at which the demo opens."""
    outage: int
    """Reports of one building's failure, merged into the first."""
    a_day: int

    def for_people(self, at_work: Collection[UUID]) -> Load:
        """The load of a day on which only these are at work: at the weekend less is booked, and less is reported."""
        share = min(1.0, len(at_work) / PEOPLE) ** 1.3  # a thin roster has less room for what comes unasked
        return replace(
            self,
            booked=round(self.booked * share),
            night=round(self.night * share),
            morning=round(self.morning * share),
        )


PEOPLE = 60
"""So many are at work on a weekday."""
CALM = Load(booked=150, left_over=3, night=34, morning=60, outage=5, a_day=220)
"""A good operator's ordinary day for the demo's sixty technicians."""
BUSY = Load(booked=70, left_over=14, night=200, morning=90, outage=14, a_day=420)
"""The day after a storm: most of it came in the night and falls due at noon."""

WINDOWS = ((8, 10), (9, 11), (10, 12), (11, 13), (13, 15), (14, 16), (15, 17), (16, 18), (17, 19))
WINDOW_SHARES = (6, 9, 12, 7, 13, 14, 13, 9, 5)
BOOKED_KINDS = (("new_line", 22), ("new_tv", 10), ("move_line", 8), ("reconnect_line", 8), (None, 52))
"""What appointments are for; None is a repair whose subscriber wanted another day."""


def before_work(town: Town, day: date, load: Load, people: dict[UUID, list[Person]]) -> list[Script]:
    """What is known when the dispatcher makes the first plan; some of the night is solved on the call or withdrawn."""
    draw = town.draw(day)
    scripts = [_booked(town, draw, day, people) for _ in range(load.booked)]
    evening = town.at(day - timedelta(days=1), time(19))
    for moment in draw_moments(draw, evening, evening + timedelta(minutes=50), load.left_over):
        scripts.append(_owned(new_script(town, draw, moment), people, accepted_after=9))
    night = town.at(day - timedelta(days=1), time(20))
    for moment in draw_moments(draw, night, town.at(day, OPENING) - timedelta(minutes=5), load.night):
        script = new_script(town, draw, moment)
        fate = draw.random()
        if fate < 0.03:
            script.steps.append(Step(moment + timedelta(minutes=4), acts.Cancel(reason="solved_itself")))
        elif fate < 0.07:
            script.steps.append(Step(moment + timedelta(minutes=4), acts.SolveRemotely(action="reconfigured")))
        else:
            _owned(script, people)
        scripts.append(script)
    return scripts


def morning(town: Town, draw: random.Random, day: date, load: Load, people: dict[UUID, list[Person]]) -> list[Script]:
    """What comes in while the first plan is worked: owned at once, accepted within minutes."""
    now = town.at(day, NOW)
    scripts = []
    for moment in draw_moments(draw, town.at(day, OPENING), now, load.morning):
        script = new_script(town, draw, moment)
        if moment < now - timedelta(minutes=3):
            _owned(script, people, accepted_after=draw.uniform(4, 13))
        scripts.append(script)
    return [*scripts, *_outage(town, draw, day, load, people)]


def new_script(town: Town, draw: random.Random, moment: datetime) -> Script:
    """A report from some house at a moment."""
    grid_id = draw.choice(sorted(town.houses))
    house = town.house(draw, grid_id)
    return Script(moment, draw_report(draw, house.address, house.point), grid_id)


def free_first(able: Sequence[Person]) -> Person:
    """Who is free first and has time left today."""
    return min(able, key=lambda one: (one.free_at > one.end - timedelta(minutes=40), one.free_at, str(one.id)))


def _booked(town: Town, draw: random.Random, day: date, people: dict[UUID, list[Person]]) -> Script:
    """An appointment in one of the day's windows, reported the day before."""
    before = day - timedelta(days=1)
    (reported,) = draw_moments(draw, town.at(before, time(8)), town.at(before, time(18)), 1)
    script = new_script(town, draw, reported)
    first, last = draw.choices(WINDOWS, WINDOW_SHARES)[0]
    start, end = town.at(day, time(first)), town.at(day, time(last))
    script.report = replace(_wanted(draw, script.report), appointment_start=start, appointment_end=end)
    return _owned(script, people, accepted_after=draw.uniform(3, 14))


def _wanted(draw: random.Random, report: Report) -> Report:
    fault = draw.choices([code for code, _ in BOOKED_KINDS], [share for _, share in BOOKED_KINDS])[0]
    if fault is None:
        return report
    kinds = {"new_line": Kind.INSTALL, "new_tv": Kind.INSTALL, "move_line": Kind.MOVE, "reconnect_line": Kind.RECONNECT}
    return replace(report, fault_type=fault, kind=kinds[fault])


def _owned(script: Script, people: dict[UUID, list[Person]], accepted_after: float | None = None) -> Script:
    """Given to the grid's technician after a minute; where it is said, accepted too, and the subscriber called."""
    owner = free_first(people[script.grid_id][:2]).id
    moment = script.reported_at + timedelta(minutes=1)
    script.steps.append(Step(moment, acts.Dispatch(technician_id=owner, why="a_technician")))
    if accepted_after is not None:
        moment += timedelta(minutes=accepted_after)
        script.steps.append(Step(moment, acts.Accept(), owner))
        script.steps.append(Step(moment + timedelta(minutes=accepted_after), acts.Contact(), owner))
    return script


def _outage(town: Town, draw: random.Random, day: date, load: Load, people: dict[UUID, list[Person]]) -> list[Script]:
    """One building without service: its neighbours report within half an hour and are merged into the first report."""
    grid_id = draw.choice(sorted(town.houses))
    house = town.house(draw, grid_id)
    begun = town.at(day, NOW) - timedelta(minutes=55)
    scripts: list[Script] = []
    for number in range(load.outage):
        moment = begun + timedelta(minutes=number * 22 / load.outage)
        said = replace(
            draw_report(draw, house.address, house.point), fault_type="no_service" if number else "building_device",
            channel=Channel.PHONE, network_node=f"OLT-{house.grid}-07",
        )  # fmt: skip
        script = Script(moment, said, grid_id)
        if scripts:
            script.merged_into = scripts[0]
            script.steps.append(Step(moment + timedelta(minutes=4), acts.Merge(into_order_id=UUID(int=0))))
        else:
            _owned(script, people, accepted_after=5)
        scripts.append(script)
    return scripts
