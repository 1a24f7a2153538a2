"""What makes a kept day of somebody's hours old: triggers on events, rosters and places, as `mobile_api.day.staleness`.

Only days that are kept can be old. A drive or a job may lie over midnight, and a shift is judged as a whole: so the day
before and the day after are old too. Rows are only added, in the transaction of the change. Migrations execute the same
statements.
"""

from __future__ import annotations

from dispatch.reports.rollups.counting import REQUESTS, STEPS

_LIST = ", ".join(f"'{one}'" for one in (*STEPS, *REQUESTS, "request_decided"))
_BOTH = "(SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows)"
_ROWS = {"insert": "new_rows", "delete": "old_rows", "update": _BOTH}
_SEEN = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
    "update": "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows",
}


def _watched(table: str, days: str) -> tuple[str, ...]:
    """`days` are the kept days `k` that a row `r` of the table concerns."""
    return tuple(
        statement
        for operation, rows in _ROWS.items()
        for statement in (
            f"""
CREATE OR REPLACE FUNCTION work_stale_{table}_{operation}() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM {rows} r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND {days};
    RETURN NULL;
END
$body$""",  # noqa: S608 - constants
            f"""
CREATE TRIGGER work_stale_{table}_{operation} AFTER {operation.upper()} ON {table}
{_SEEN[operation]} FOR EACH STATEMENT EXECUTE FUNCTION work_stale_{table}_{operation}()""",
        )
    )


_PERIOD = (
    "k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1"
    " AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1"
)

WORK_STALENESS: tuple[str, ...] = (
    """
CREATE OR REPLACE FUNCTION work_is_stale(wanted uuid, since timestamptz, upto timestamptz) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT o.area_id, e.technician_id, k.day
    FROM orders o JOIN service_areas a ON a.id = o.area_id
    JOIN order_events e ON e.order_id = o.id AND e.type IN ('departed', 'arrived') AND e.technician_id IS NOT NULL
    JOIN kept_days k ON k.area_id = o.area_id
         AND k.day >= CAST(e.occurred_at AT TIME ZONE a.timezone AS date) - 1
         AND k.day <= CAST(coalesce(upto, e.occurred_at) AT TIME ZONE a.timezone AS date) + 1
    WHERE o.id = wanted AND o.origin <> 'history' AND e.occurred_at >= since;
END
$body$""",
    """
CREATE OR REPLACE FUNCTION work_stale_event() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    -- a decision ends the work when it was asked for, however long ago that is
    PERFORM work_is_stale(NEW.order_id, CASE WHEN NEW.type = 'request_decided' THEN '-infinity'
                          ELSE NEW.occurred_at - interval '3 days' END, NEW.occurred_at);
    RETURN NULL;
END
$body$""",
    f"""
CREATE TRIGGER work_stale_event AFTER INSERT ON order_events
FOR EACH ROW WHEN (NEW.type IN ({_LIST})) EXECUTE FUNCTION work_stale_event()""",
    """
CREATE OR REPLACE FUNCTION work_stale_place() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM work_is_stale(NEW.id, '-infinity', NULL);
    RETURN NULL;
END
$body$""",
    """
CREATE TRIGGER work_stale_place AFTER UPDATE OF grid_id ON orders
FOR EACH ROW WHEN (OLD.grid_id IS DISTINCT FROM NEW.grid_id) EXECUTE FUNCTION work_stale_place()""",
    """
CREATE OR REPLACE FUNCTION work_stale_person() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT NEW.area_id, NEW.id, k.day FROM kept_days k WHERE k.area_id = NEW.area_id;
    RETURN NULL;
END
$body$""",
    """
CREATE TRIGGER work_stale_person AFTER UPDATE OF status ON technicians
FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION work_stale_person()""",
    *_watched("shifts", _PERIOD),
    *_watched("leaves", _PERIOD),
    *_watched("roster_patterns", "k.day >= coalesce(lower(r.valid), k.day) - 1"
                                 " AND k.day <= coalesce(upper(r.valid), k.day) + 1"),
)  # fmt: skip
"""Functions and triggers, in the order in which they are made."""
