"""What a subscriber's answer and the promises of its order say, kept in the transaction in which it is given.

A promise is read from the events up to the last completion before the answer. Such events do not change any more, but
for a completion that arrives late; so a row is written again when its attempt, a completion of its order, or the
order's grid or report changes, and no job has to follow. Migrations execute the same statements.
"""

from __future__ import annotations

PROMISES = ("accepted", "contacted", "window", "in_time", "first_visit", "within_a_day", "not_chased")
"""As the order stood when its subscriber answered, by the events of the round that was answered (the first one, or
that of its last rework): accepted in time, first contacted in time, first arrived in the newest window, completed in
time, no rework before, completed within 24 hours of the report, without having to ask again."""
COLUMNS = ("area_id", "grid_id", "at", "satisfaction", "reasons", "noted", *PROMISES)


def _newest(key: str) -> str:
    return f"(array_agg({key} ORDER BY e.sequence DESC) FILTER (WHERE {key} IS NOT NULL))[1]::timestamptz"


def told(which: str) -> str:
    """The statement that reads rows of `kept_answers` (`attempt_id` and `COLUMNS`) from events; `which` is a condition
    on the attempt `a` and its order `o`.
    """
    return f"""
    SELECT a.id AS attempt_id, o.area_id, o.grid_id, a.at, a.satisfaction, a.reasons,
           coalesce(a.note, '') <> '' AS noted,
           f.accepted_at <= f.accept_due_at AS accepted, f.contacted_at <= f.contact_due_at AS contacted,
           w.arrived_at BETWEEN w.starts AND w.ends AS "window", f.completed_at <= f.due_at AS in_time,
           a.round = 0 AS first_visit,
           f.completed_at <= o.reported_at + interval '24 hours' AS within_a_day, NOT c.chased AS not_chased
    FROM callback_attempts a JOIN orders o ON o.id = a.order_id
    CROSS JOIN LATERAL (
        SELECT done.sequence AS done, coalesce((
            SELECT max(g.sequence) FROM order_events g
            WHERE g.order_id = o.id AND g.type = 'rework_dispatched' AND g.sequence < done.sequence), 0) AS began
        FROM (SELECT max(d.sequence) AS sequence FROM order_events d
              WHERE d.order_id = o.id AND d.type = 'completed' AND d.occurred_at <= a.at) done
    ) r
    CROSS JOIN LATERAL (
        SELECT max(e.occurred_at) FILTER (WHERE e.type = 'completed') AS completed_at,
               max(e.occurred_at) FILTER (WHERE e.type = 'accepted') AS accepted_at,
               min(e.occurred_at) FILTER (WHERE e.type = 'contacted') AS contacted_at,
               {_newest("(e.data -> 'clocks' ->> 'dueAt')")} AS due_at,
               {_newest("(e.data -> 'clocks' ->> 'acceptDueAt')")} AS accept_due_at,
               {_newest("(e.data -> 'clocks' ->> 'contactDueAt')")} AS contact_due_at
        FROM order_events e WHERE e.order_id = o.id AND e.sequence BETWEEN r.began AND r.done
    ) f
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(e.type = 'chased'), false) AS chased
        FROM order_events e WHERE e.order_id = o.id AND e.sequence <= r.done
    ) c
    LEFT JOIN LATERAL (
        SELECT CAST(coalesce(b.data ->> 'windowStart', b.data ->> 'appointmentStart') AS timestamptz) AS starts,
               CAST(coalesce(b.data ->> 'windowEnd', b.data ->> 'appointmentEnd') AS timestamptz) AS ends, (
               SELECT min(n.occurred_at) FROM order_events n
               WHERE n.order_id = o.id AND n.type = 'arrived' AND n.sequence BETWEEN b.sequence AND r.done
               ) AS arrived_at
        FROM order_events b
        WHERE b.order_id = o.id AND b.sequence BETWEEN r.began AND r.done
          AND coalesce(b.data ->> 'windowEnd', b.data ->> 'appointmentEnd') IS NOT NULL
        ORDER BY b.sequence DESC LIMIT 1
    ) w ON true
    WHERE a.reached = 'answered' AND {which}"""  # noqa: S608 - constants


_NAMES = ", ".join(f'"{one}"' for one in ("attempt_id", *COLUMNS))
_AGAIN = ", ".join(f'"{one}" = excluded."{one}"' for one in COLUMNS)

ANSWERING: tuple[str, ...] = (
    f"""
CREATE OR REPLACE FUNCTION keep_answers(wanted uuid) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO kept_answers ({_NAMES}) {told("a.order_id = wanted")}
    ON CONFLICT (attempt_id) DO UPDATE SET {_AGAIN};
END
$body$""",
    """
CREATE OR REPLACE FUNCTION keep_answer_given() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NEW.reached <> 'answered' THEN DELETE FROM kept_answers WHERE attempt_id = NEW.id; END IF;
    PERFORM keep_answers(NEW.order_id);
    RETURN NULL;
END
$body$""",
    """
CREATE TRIGGER keep_answer_given AFTER INSERT OR UPDATE ON callback_attempts
FOR EACH ROW EXECUTE FUNCTION keep_answer_given()""",
    """
CREATE OR REPLACE FUNCTION keep_answer_completed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM keep_answers(NEW.order_id);
    RETURN NULL;
END
$body$""",
    """
CREATE TRIGGER keep_answer_completed AFTER INSERT ON order_events
FOR EACH ROW WHEN (NEW.type = 'completed') EXECUTE FUNCTION keep_answer_completed()""",
    """
CREATE OR REPLACE FUNCTION keep_answer_order() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM keep_answers(NEW.id);
    RETURN NULL;
END
$body$""",
    """
CREATE TRIGGER keep_answer_order AFTER UPDATE OF area_id, grid_id, reported_at ON orders
FOR EACH ROW WHEN (OLD.area_id IS DISTINCT FROM NEW.area_id OR OLD.grid_id IS DISTINCT FROM NEW.grid_id
                   OR OLD.reported_at IS DISTINCT FROM NEW.reported_at)
EXECUTE FUNCTION keep_answer_order()""",
)
"""Functions and triggers, in the order in which they are made."""
