"""What an order adds to the days it was reported, completed, opened and ended on, counted as it happens.

`order_turns` is what the events of orders say. An event adds what its order says with it less what it said without it,
so that an order that is reported again, moved to another grid or taken back needs no rule of its own. An order is open
from its report, again from a rework or from when it left an outage, until it is completed, cancelled, merged, closed or
joins an outage: the same rule as `assessments.facts`. What a completing visit took is the driving and the work since
the completion before it, visits that failed among them. Migrations execute the same statements.
"""

from __future__ import annotations

from datetime import timedelta

OPENS = ("reported", "rework_dispatched", "outage_left")
ENDS = (
    "completed", "solved_remotely", "force_completed", "cancelled", "merged", "outage_joined", "outage_ended", "closed",
)  # fmt: skip
COMPLETES = ("completed", "solved_remotely", "force_completed")
STEPS = (
    "departed", "arrived", "nobody_home", "completed", "force_completed", "solved_remotely", "cancelled", "merged",
    "recalled", "reassigned", "rework_dispatched", "rebooked",
)  # fmt: skip
"""What begins or ends a drive or work."""
REQUESTS = ("suspension_requested", "return_requested")
"""What ends it as well, where it is approved."""
LONGEST = timedelta(days=2)
"""A drive or job that is longer is nobody's: its end was forgotten. So a day needs the events of so long around it."""


def _list(types: tuple[str, ...]) -> str:
    return ", ".join(f"'{one}'" for one in types)


def is_step(event: str) -> str:
    """The condition that an event (the name of its row) begins or ends a drive or work.

    A request waits for the next decision, unless another one comes first: what it waited for was over by then.
    """
    return f"""({event}.type IN ({_list(STEPS)}) OR ({event}.type IN ({_list(REQUESTS)}) AND (
                SELECT n.type = 'request_decided' AND n.data ->> 'approved' = 'true' FROM order_events n
                WHERE n.order_id = {event}.order_id AND n.sequence > {event}.sequence
                  AND n.type IN ({_list(("request_decided", *REQUESTS))}) ORDER BY n.sequence LIMIT 1)))"""  # noqa: S608


def _due(key: str) -> str:
    """The due time that the newest event up to a completion sets; null where it was taken away or never set."""
    return f"""(SELECT CAST(d.data -> 'clocks' ->> '{key}' AS timestamptz) FROM order_events d
                WHERE d.order_id = t.order_id AND d.sequence <= t.sequence AND d.data -> 'clocks' ? '{key}'
                ORDER BY d.sequence DESC LIMIT 1)"""  # noqa: S608 - constants


_SPENT = f"""
    SELECT CAST(coalesce(sum(extract(epoch FROM s.next_at - s.at)), 0) AS integer)
    FROM (SELECT e.type, e.occurred_at AS at, lead(e.type) OVER mine AS next_type,
                 lead(e.occurred_at) OVER mine AS next_at
          FROM order_events e
          WHERE e.order_id = t.order_id AND e.sequence <= t.sequence AND e.sequence > t.done_before
            AND {is_step("e")}
          WINDOW mine AS (ORDER BY e.sequence)) s
    WHERE s.next_at > s.at AND s.next_at <= s.at + interval '{LONGEST.days} days'
      AND ((s.type = 'departed' AND s.next_type = 'arrived') OR s.type = 'arrived')
"""  # noqa: S608 - constants
ADDED = ("reported", "completed", "late", "opened", "visits", "spent")
"""What a turn adds to its day."""
_NAMES = ", ".join(ADDED)
_SUMS = ", ".join(f"sum(t.{one})" for one in ADDED)

COUNTING: tuple[str, ...] = (
    f"""
CREATE OR REPLACE FUNCTION order_turns(wanted uuid[], upto integer)
RETURNS TABLE (order_id uuid, sequence integer, at timestamptz, reported integer, completed integer, late integer,
               opened integer, visits integer, spent integer)
LANGUAGE sql STABLE AS $body$
    WITH told AS (
        SELECT e.order_id, e.sequence, e.type,
               coalesce(CAST(e.data ->> 'effectiveAt' AS timestamptz), e.occurred_at) AS at,
               CASE WHEN e.type IN ({_list(OPENS)}) THEN 1 ELSE 0 END AS open,
               e.type = 'reported' AND lead(e.type) OVER mine = 'reported' AS again
        FROM order_events e
        WHERE e.order_id = ANY (wanted) AND e.sequence <= upto AND e.type IN ({_list(OPENS + ENDS)})
        WINDOW mine AS (PARTITION BY e.order_id ORDER BY e.sequence)
    ), turn AS (
        SELECT t.*, t.open - coalesce(lag(t.open) OVER (PARTITION BY t.order_id ORDER BY t.sequence), 0) AS opened,
               CAST(t.type IN ({_list(COMPLETES)}) AS integer) AS completed,
               coalesce(max(t.sequence) FILTER (WHERE t.type = 'completed') OVER (
                   PARTITION BY t.order_id ORDER BY t.sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                   AS done_before
        FROM told t WHERE NOT coalesce(t.again, false)
    )
    SELECT t.order_id, t.sequence, t.at, CAST(t.type = 'reported' AS integer), t.completed,
           CASE WHEN t.completed = 1
                THEN CAST(coalesce(t.at > coalesce({_due("companyDueAt")}, {_due("dueAt")}), false) AS integer)
                ELSE 0 END,
           t.opened, CAST(t.type = 'completed' AND t.done_before = 0 AS integer),
           CASE WHEN t.type = 'completed' THEN ({_SPENT}) ELSE 0 END
    FROM turn t WHERE t.opened <> 0 OR t.completed = 1 OR t.type = 'reported'
$body$""",  # noqa: S608 - constants
    f"""
CREATE OR REPLACE FUNCTION count_turns(wanted uuid, upto integer, area uuid, grid uuid, times integer) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO grid_day_changes (area_id, grid_id, day, {_NAMES})
    SELECT area, grid, CAST(t.at AT TIME ZONE a.timezone AS date),
           {", ".join(f"times * sum(t.{one})" for one in ADDED)}
    FROM order_turns(ARRAY[wanted], upto) t JOIN service_areas a ON a.id = area
    GROUP BY 3;
END
$body$""",  # noqa: S608 - constants
    f"""
CREATE OR REPLACE FUNCTION count_event() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO grid_day_changes (area_id, grid_id, day, {_NAMES})
    SELECT o.area_id, o.grid_id, CAST(t.at AT TIME ZONE a.timezone AS date), {_SUMS}
    FROM orders o JOIN service_areas a ON a.id = o.area_id
    CROSS JOIN LATERAL (
        SELECT n.at, {", ".join(f"n.{one}" for one in ADDED)} FROM order_turns(ARRAY[o.id], NEW.sequence) n
        UNION ALL
        SELECT b.at, {", ".join(f"-b.{one}" for one in ADDED)} FROM order_turns(ARRAY[o.id], NEW.sequence - 1) b) t
    WHERE o.id = NEW.order_id AND o.origin <> 'history'
    GROUP BY o.area_id, o.grid_id, 3
    HAVING {" OR ".join(f"sum(t.{one}) <> 0" for one in ADDED)};
    RETURN NULL;
END
$body$""",  # noqa: S608 - constants
    f"""
CREATE TRIGGER count_event AFTER INSERT ON order_events
FOR EACH ROW WHEN (NEW.sequence > 1 AND NEW.type IN ({_list(OPENS + ENDS)})) EXECUTE FUNCTION count_event()""",
    # Files bring many orders at a time, each with its first event: these are counted together.
    f"""
CREATE OR REPLACE FUNCTION count_reports() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO grid_day_changes (area_id, grid_id, day, {_NAMES})
    SELECT o.area_id, o.grid_id,
           CAST(coalesce(CAST(n.data ->> 'effectiveAt' AS timestamptz), n.occurred_at) AT TIME ZONE a.timezone AS date),
           count(*), 0, 0, count(*), 0, 0
    FROM new_rows n JOIN orders o ON o.id = n.order_id JOIN service_areas a ON a.id = o.area_id
    WHERE n.type = 'reported' AND n.sequence = 1 AND o.origin <> 'history'
    GROUP BY 1, 2, 3;
    RETURN NULL;
END
$body$""",  # noqa: S608 - constants
    """
CREATE TRIGGER count_reports AFTER INSERT ON order_events REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_reports()""",
    """
CREATE OR REPLACE FUNCTION count_order_moved() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM count_turns(OLD.id, 2147483647, OLD.area_id, OLD.grid_id, -1);
    IF TG_OP = 'UPDATE' THEN
        PERFORM count_turns(NEW.id, 2147483647, NEW.area_id, NEW.grid_id, 1);
        RETURN NEW;
    END IF;
    RETURN OLD;
END
$body$""",
    """
CREATE TRIGGER count_order_moved AFTER UPDATE OF grid_id ON orders
FOR EACH ROW WHEN (OLD.origin <> 'history' AND OLD.grid_id IS DISTINCT FROM NEW.grid_id)
EXECUTE FUNCTION count_order_moved()""",
    """
CREATE TRIGGER count_order_gone BEFORE DELETE ON orders
FOR EACH ROW WHEN (OLD.origin <> 'history') EXECUTE FUNCTION count_order_moved()""",
)
"""Functions and triggers, in the order in which they are made."""
