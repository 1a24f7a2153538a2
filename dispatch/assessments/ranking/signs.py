"""Reads the signs of `honesty` from events, photos, finish codes and callbacks of a month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.ranking.honesty import Sign
from dispatch.orders.rules.guards import MOST_VAGUE

FASTEST = 33.0
"""Metres a second in a straight line between two sign-ins (120 km/h)."""

# A photo is from elsewhere where it is far from the order and from where its technician signed in, by more than its
# phone may err: a wrong place of the order is then one sign, not two. One that is that of another order is not asked
# where it was taken, nor is a signature. An order is one chance of its technician, however many photos it has and
# however often it was completed: one bad fix is in all of them. A wrong finish code is of who typed it, in the round
# that the code was given for; an answer is about the report before it, not about one that was redone since.
_SIGNS = text(
    """
    WITH arrived AS (
        SELECT e.technician_id, e.order_id, e.id, e.occurred_at, e.point, o.point AS place,
               least(coalesce(CAST(e.data ->> 'accuracyMetres' AS double precision), 0), :most_vague) AS vague
        FROM order_events e JOIN orders o ON o.id = e.order_id
        WHERE o.area_id = :area AND o.origin <> 'history' AND e.type = 'arrived' AND e.technician_id IS NOT NULL
          AND e.point IS NOT NULL AND e.occurred_at >= :start AND e.occurred_at < :end
          AND (CAST(:people AS uuid[]) IS NULL OR e.technician_id = ANY (:people))
    ), hops AS (
        SELECT a.*, ST_Distance(CAST(a.point AS geography), CAST(a.place AS geography)) AS off,
               a.vague + lag(a.vague) OVER mine AS both_vague,
               extract(epoch FROM a.occurred_at - lag(a.occurred_at) OVER mine) AS seconds,
               ST_Distance(CAST(a.point AS geography), CAST(lag(a.point) OVER mine AS geography)) AS metres
        FROM arrived a WINDOW mine AS (PARTITION BY a.technician_id ORDER BY a.occurred_at, a.id)
    ), done AS (
        SELECT e.technician_id, e.order_id, e.id, e.occurred_at, e.sequence
        FROM order_events e JOIN orders o ON o.id = e.order_id
        WHERE o.area_id = :area AND o.origin <> 'history' AND e.type = 'completed' AND e.technician_id IS NOT NULL
          AND e.occurred_at >= :start AND e.occurred_at < :end
          AND (CAST(:people AS uuid[]) IS NULL OR e.technician_id = ANY (:people))
    ), visited AS (
        SELECT DISTINCT technician_id, order_id FROM done
    ), here AS (  -- the last sign-in, in the month before where it was completed after midnight
        SELECT DISTINCT ON (v.technician_id, v.order_id) v.technician_id, v.order_id, e.point
        FROM visited v JOIN order_events e ON e.order_id = v.order_id AND e.technician_id = v.technician_id
        WHERE e.type = 'arrived' AND e.point IS NOT NULL AND e.occurred_at < :end
        ORDER BY v.technician_id, v.order_id, e.occurred_at DESC, e.id DESC
    ), pictures AS (
        SELECT p.technician_id, p.order_id, coalesce(p.accuracy_metres, 0) AS vague,
               least(ST_Distance(CAST(p.point AS geography), CAST(o.point AS geography)),
                     ST_Distance(CAST(p.point AS geography), CAST(h.point AS geography))) AS off,
               p.kind <> 'signature' AND p.point IS NOT NULL AND o.point IS NOT NULL AS placed, EXISTS (
               SELECT FROM photos q WHERE q.sha256 = p.sha256 AND q.order_id <> p.order_id AND q.id < p.id) AS again
        FROM photos p JOIN visited v ON v.order_id = p.order_id AND v.technician_id = p.technician_id
        JOIN orders o ON o.id = p.order_id
        LEFT JOIN here h ON h.order_id = p.order_id AND h.technician_id = p.technician_id
        WHERE p.sha256 IS NOT NULL
    ), chance AS MATERIALIZED (
    SELECT technician_id, 'far_sign_in' AS kind, off - vague > :radius AS shown, order_id, id AS event_id,
           round(CAST(off AS numeric)) || ' m' AS detail FROM hops WHERE place IS NOT NULL
    UNION ALL
    SELECT technician_id, 'too_fast',
           metres - both_vague > :radius AND metres - both_vague > greatest(seconds, 1) * :fastest, order_id, id,
           round(CAST(metres AS numeric)) || ' m / ' || round(seconds) || ' s' FROM hops WHERE metres IS NOT NULL
    UNION ALL
    SELECT technician_id, 'photo_again', bool_or(again), order_id, NULL, NULL FROM pictures
    GROUP BY technician_id, order_id
    UNION ALL
    SELECT technician_id, 'photo_elsewhere', bool_or(off - vague > :radius), order_id, NULL,
           round(CAST(max(off) FILTER (WHERE off - vague > :radius) AS numeric)) || ' m'
    FROM pictures WHERE placed AND NOT again GROUP BY technician_id, order_id
    UNION ALL
    SELECT d.technician_id, 'codes_typed', coalesce(sum(t.tries), 0) >= 2, d.order_id,
           (array_agg(d.id ORDER BY t.tries DESC NULLS LAST, d.sequence DESC))[1], sum(t.tries) || ' ×'
    FROM done d LEFT JOIN LATERAL (
        SELECT g.data ->> 'finishCodeHash' AS hash FROM order_events g
        WHERE g.order_id = d.order_id AND g.sequence < d.sequence AND g.data ? 'finishCodeHash'
        ORDER BY g.sequence DESC LIMIT 1
    ) code ON true
    LEFT JOIN finish_code_tries t
        ON t.order_id = d.order_id AND t.technician_id = d.technician_id AND t.code_hash = code.hash
    GROUP BY d.technician_id, d.order_id
    UNION ALL
    SELECT d.technician_id, 'contradicted', bool_or(a.against), d.order_id,
           (array_agg(d.id ORDER BY a.against DESC, d.sequence DESC))[1], NULL
    FROM done d LEFT JOIN LATERAL (
        SELECT n.occurred_at FROM order_events n
        WHERE n.order_id = d.order_id AND n.type = 'completed' AND n.sequence > d.sequence ORDER BY n.sequence LIMIT 1
    ) later ON true
    JOIN LATERAL (
        SELECT a.solved IS FALSE OR a.reasons ? 'not_contacted' AS against FROM callback_attempts a
        WHERE a.order_id = d.order_id AND a.reached = 'answered' AND a.at >= d.occurred_at
          AND (later.occurred_at IS NULL OR a.at < later.occurred_at)
        ORDER BY a.number LIMIT 1
    ) a ON true
    GROUP BY d.technician_id, d.order_id
    )
    SELECT technician_id, kind, count(*) AS chances, NULL AS order_id, NULL AS event_id, NULL AS detail
    FROM chance GROUP BY technician_id, kind
    UNION ALL
    SELECT technician_id, kind, NULL, order_id, event_id, detail FROM chance WHERE shown
    ORDER BY 1, 2, 4, 5
    """
)


@dataclass(frozen=True, slots=True)
class Signs:
    """How many chances there were by person and kind, and those that showed a sign."""

    chances: dict[tuple[str, str], int]
    shown: list[Sign]


async def signs(
    session: AsyncSession, area_id: UUID, start: datetime, end: datetime, radius: float,
    people: Sequence[UUID] | None = None,
) -> Signs:  # fmt: skip
    """The chances of the month [start, end) to show a sign, of everybody or of some; `radius` is how near a sign-in is
    (metres).
    """
    asked = {
        "area": area_id, "start": start, "end": end, "radius": radius, "fastest": FASTEST,
        "most_vague": MOST_VAGUE,
        "people": None if people is None else list(people),
    }  # fmt: skip
    return signs_from(await session.execute(_SIGNS, asked))


def signs_from(rows: Iterable[Any]) -> Signs:
    """Rows of chances and of what was seen, as the statement above has them."""
    found = Signs({}, [])
    for row in rows:
        who = str(row.technician_id)
        if row.chances is not None:
            found.chances[who, row.kind] = row.chances
        else:
            event_id = None if row.event_id is None else str(row.event_id)
            found.shown.append(Sign(who, row.kind, True, str(row.order_id), event_id, row.detail))
    return found
