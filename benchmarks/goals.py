"""Goals beside figures: each figure says whether it kept to its goal, and who measured remembers what did not."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Goals:
    """The goals of one run of measurements."""

    missed: list[str] = field(default_factory=list)
    """The names of the figures that did not keep to theirs."""

    def beside(self, what: str, value: float, goal: float | None, unit: str = "", *, at_least: bool = False) -> str:
        """What is printed behind a figure: nothing without a goal. A value above it is missed, or, where it says
        `at_least`, one below it.
        """
        if goal is None:
            return ""
        kept = value >= goal if at_least else value <= goal
        if not kept:
            self.missed.append(what)
        return f", goal {goal:,g}{unit}, {'kept' if kept else 'MISSED'}"
