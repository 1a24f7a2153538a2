"""What HTTP says about planning runs."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from kit.bounds import Code
from kit.http.requests import Struct


class PlanRunIn(Struct):
    """What to plan: the local service day, the optimizer's wall time in seconds, the seed of its search, and the policy
    that weighs the plan (its code; `balanced` if left out).
    """

    date: date
    seconds: float = 30
    seed: int = 1
    allow_straight_line: bool = False
    policy: Code | None = None


class RunProgress(Struct):
    """Where a run is: its phase, seconds since its start, the optimizer's own best cost so far."""

    phase: str | None = None
    elapsed: float | None = None
    cost: float | None = None
    planned: int | None = None
    visits: int | None = None


class RunAttempt(Struct):
    """A worker that took a run up: its name, when, how many seconds had been worked on it before, and how many visits
    the plan had from which it went on (0: it began anew).
    """

    worker: str
    at: datetime
    elapsed: float
    planned: int


class RunError(Struct):
    """Why a run made no draft: a stable code and its sentence."""

    code: str
    detail: str


class PlanRunOut(Struct):
    """A planning run. `status` is queued, running, done, cancelled or failed; `planId` is the draft it made.

    A `repair` changes the published plan within a budget. Like any run it can be ended early and cancelled. `attempts`
    are the workers that had it: where one stops answering, another goes on from its best plan.
    """

    id: UUID
    area_id: UUID
    date: date
    status: str
    repair: bool
    cancel_asked: bool
    enough_asked: bool
    progress: RunProgress
    attempts: list[RunAttempt]
    error: RunError | None
    plan_id: UUID | None
    created_at: datetime
    ended_at: datetime | None
