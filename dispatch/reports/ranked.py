"""The cards of a month as pages show them: rows of one kind, a page at a time, with the numbers that were asked for.

A month has thousands of cards with dozens of numbers each, and a page shows some rows of one of them. So the database
sorts and cuts, and the months before are read for the rows of the page alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository as assessments
from dispatch.assessments.models import AssessmentRun
from kit.actor import Actor

MONTHS_BACK = 5
MOST = 1000
"""So many rows a page has at most."""
SCORE = "score"
"""The measure that is no indicator."""
RANKED = ("grid", "contractor", "team", "technician")
Sort = Literal["worst", "rank", "orders"]


@dataclass(frozen=True, slots=True)
class Past:
    """A month before: its score and its rates by indicator; None where there was none."""

    month: str
    score: float | None
    values: dict[str, float | None]


@dataclass(slots=True)
class Row:
    """What a page shows of a card: `numbers` by indicator as the card has them, `past` the months before, oldest first.

    `team` and `contractor` are a technician's of today.
    """

    subject: str
    id: str
    name: str
    rural: bool
    team: str | None
    contractor: str | None
    orders: int
    score: float | None
    rank: int | None
    rank_note: str | None
    rank_change: int | None
    standing: dict[str, Any]
    numbers: dict[str, dict[str, Any]]
    past: list[Past] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of rows, and how many there are without its limit."""

    rows: list[Row]
    total: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of a kind, or those named; technicians by team and contractor. `measures` None is every indicator.

    Worst first is by the first of the measures; `at_most` says that more of it is worse.
    """

    subject: str
    measures: Sequence[str] | None = None
    at_most: bool = False
    ids: Sequence[str] | None = None
    team: str | None = None
    contractor: str | None = None
    sort: Sort = "worst"


_SORTED: dict[Sort, str] = {
    "worst": "CASE WHEN :at_most THEN -value ELSE value END NULLS LAST, name, subject_id",
    "rank": "rural, rank NULLS LAST, name, subject_id",
    "orders": "orders DESC, name, subject_id",
}


def _page(sort: Sort) -> Any:
    """Sorted by what is short of a card; the rest is read of the rows that are left."""
    return text(
        f"""
        WITH short AS (
            SELECT c.id, c.subject_id, c.name, c.rural, c.rank, c.orders, t.team, t.contractor,
                   CASE WHEN :measure = '{SCORE}' THEN c.score
                        ELSE CAST(c.rates ->> :measure AS double precision) END AS value
            FROM score_cards c
            LEFT JOIN technicians t ON c.subject = 'technician' AND CAST(t.id AS text) = c.subject_id
            WHERE c.run_id = :run AND c.subject = :subject
              AND (CAST(:seen AS text[]) IS NULL OR c.subject_id = ANY (:seen))
              AND (CAST(:ids AS text[]) IS NULL OR c.subject_id = ANY (:ids))
              AND (CAST(:team AS text) IS NULL OR t.team = :team)
              AND (CAST(:contractor AS text) IS NULL OR t.contractor = :contractor)
        ), page AS (
            SELECT id, team, contractor, row_number() OVER (ORDER BY {_SORTED[sort]}) AS place,
                   count(*) OVER () AS total
            FROM short ORDER BY place LIMIT :limit OFFSET :offset
        )
        SELECT c.subject, c.subject_id, c.name, c.rural, p.team, p.contractor, c.orders, c.score, c.rank, c.rank_note,
               c.rank_change, c.standing, p.total,
               CASE WHEN CAST(:measures AS text[]) IS NULL THEN c.indicators ELSE (
                   SELECT coalesce(jsonb_object_agg(code, c.indicators -> code), '{{}}')
                   FROM unnest(CAST(:measures AS text[])) code WHERE c.indicators ? code) END AS numbers
        FROM page p JOIN score_cards c ON c.id = p.id ORDER BY p.place
        """  # noqa: S608 - constants
    )


_PAGES = {sort: _page(sort) for sort in _SORTED}
_PAST = text(
    f"""
    SELECT r.month, c.subject_id, c.score,
           CASE WHEN CAST(:measures AS text[]) IS NULL THEN c.rates ELSE (
               SELECT coalesce(jsonb_object_agg(code, c.rates -> code), '{{}}')
               FROM unnest(CAST(:measures AS text[])) code WHERE c.rates ? code) END AS rates
    FROM (SELECT DISTINCT ON (month) id, month FROM assessment_runs
          WHERE area_id = :area AND month < CAST(:first AS date)
            AND month >= CAST(:first AS date) - interval '{MONTHS_BACK} months'
          ORDER BY month, number DESC) r
    JOIN score_cards c ON c.run_id = r.id AND c.subject = :subject AND c.subject_id = ANY (:ids)
    ORDER BY r.month
    """  # noqa: S608 - constants
)
_COUNTS = text(
    """
    SELECT subject, count(*) AS many FROM score_cards WHERE run_id = :run
      AND CASE subject
          WHEN 'technician' THEN CAST(:technician AS text[]) IS NULL OR subject_id = ANY (:technician)
          WHEN 'team' THEN CAST(:team AS text[]) IS NULL OR subject_id = ANY (:team)
          WHEN 'contractor' THEN CAST(:contractor AS text[]) IS NULL OR subject_id = ANY (:contractor)
          WHEN 'grid' THEN CAST(:grid AS text[]) IS NULL OR subject_id = ANY (:grid)
          ELSE CAST(:area AS text[]) IS NULL OR subject_id = ANY (:area) END
    GROUP BY subject
    """
)


async def rows(
    session: AsyncSession, actor: Actor, run: AssessmentRun, wanted: Wanted, *, past: bool = False,
    limit: int = MOST, offset: int = 0,
) -> Rows:  # fmt: skip
    """The rows of a version that the actor may see, with their months before where `past` asks for them."""
    measures = None if wanted.measures is None else list(wanted.measures)
    seen = await assessments.visible_ids(session, actor, wanted.subject)
    asked = {
        "run": run.id, "subject": wanted.subject, "measures": measures, "at_most": wanted.at_most, "seen": seen,
        "measure": measures[0] if measures else SCORE, "ids": None if wanted.ids is None else list(wanted.ids),
        "team": wanted.team, "contractor": wanted.contractor, "limit": limit, "offset": offset,
    }  # fmt: skip
    found, total = [], 0
    for row in await session.execute(_PAGES[wanted.sort], asked):
        total = row.total
        found.append(
            Row(
                row.subject, row.subject_id, row.name, row.rural, row.team, row.contractor, row.orders, row.score,
                row.rank, row.rank_note, row.rank_change, row.standing, row.numbers,
            )
        )  # fmt: skip
    if past and found:
        before = await _before(session, run, wanted.subject, [one.id for one in found], measures)
        for one in found:
            one.past = before.get(one.id, [])
    return Rows(found, total)


async def _before(
    session: AsyncSession, run: AssessmentRun, subject: str, ids: Sequence[str], measures: Sequence[str] | None
) -> Mapping[str, list[Past]]:
    """The months before, oldest first, each in its newest version."""
    asked = {"area": run.area_id, "first": run.month, "subject": subject, "ids": list(ids), "measures": measures}
    found: dict[str, list[Past]] = defaultdict(list)
    for row in await session.execute(_PAST, asked):
        found[row.subject_id].append(Past(f"{row.month:%Y-%m}", row.score, row.rates))
    return found


async def counts(session: AsyncSession, actor: Actor, run: AssessmentRun) -> dict[str, int]:
    """How many cards of each kind the actor may see."""
    seen = {kind: await assessments.visible_ids(session, actor, kind) for kind in ("area", *RANKED)}
    return {row.subject: row.many for row in await session.execute(_COUNTS, {"run": run.id, **seen})}


async def front(
    session: AsyncSession, actor: Actor, run: AssessmentRun, chosen: Mapping[str, str | None]
) -> tuple[list[Row], tuple[str, str] | None]:
    """The area's card and those chosen (kind → id), with every number and the months before; and the first of the
    chosen that is not there. Who may not see the area gets their firm's first card, or their first grid's.
    """
    found: list[Row] = []
    for subject in ("area", "contractor", "grid"):
        wanted = Wanted(subject, sort="rank")
        found += (await rows(session, actor, run, wanted, past=True, limit=1)).rows
        if found:
            break
    for subject, one in chosen.items():
        if one is None or any((row.subject, row.id) == (subject, one) for row in found):
            continue
        mine = (await rows(session, actor, run, Wanted(subject, ids=[one]), past=True)).rows
        if not mine:
            return found, (subject, one)
        found += mine
    return found, None


async def visible_grids(session: AsyncSession, actor: Actor, run: AssessmentRun) -> list[UUID] | None:
    """The grids whose days an actor with a limited scope reads; None is all of the area."""
    if actor.trusted or (actor.scope.grids is None and actor.scope.contractor is None):
        return None
    return [UUID(one.id) for one in (await rows(session, actor, run, Wanted("grid", ["score"]), limit=100_000)).rows]
