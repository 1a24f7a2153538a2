"""What makes a kept month of somebody's signs old: triggers on events, callbacks, photos, finish codes and places.

Only months that are kept can be old. Rows are only added, in the transaction of the change. Somebody's month is old
as a whole, since a sign-in is held against the one before it; a photo is held against the last sign-in of its visit, so
an event makes every month old in which its order was worked on. Migrations execute the same statements.
"""

from __future__ import annotations

STEPS = ("arrived", "completed")
_LIST = ", ".join(f"'{one}'" for one in STEPS)


def _watched(table: str, columns: str, more: str = "") -> tuple[str, ...]:
    """Rows of a table that belong to an order; `more` is done as well."""
    return (
        f"""
CREATE OR REPLACE FUNCTION signs_stale_{table}() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM signs_are_stale(OLD.order_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM signs_are_stale(NEW.order_id); END IF;{more}
    RETURN NULL;
END
$body$""",
        f"""
CREATE TRIGGER signs_stale_{table} AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {table}
FOR EACH ROW EXECUTE FUNCTION signs_stale_{table}()""",
    )


_SAME_PHOTO = """
    IF TG_OP <> 'INSERT' THEN
        PERFORM signs_are_stale(q.order_id) FROM (SELECT DISTINCT order_id FROM photos WHERE sha256 = OLD.sha256) q;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM signs_are_stale(q.order_id) FROM (SELECT DISTINCT order_id FROM photos WHERE sha256 = NEW.sha256) q;
    END IF;"""

SIGNS_STALENESS: tuple[str, ...] = (
    f"""
CREATE OR REPLACE FUNCTION signs_are_stale(wanted uuid) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO signs_stale (area_id, technician_id, month)
    SELECT DISTINCT o.area_id, e.technician_id, k.month
    FROM orders o JOIN service_areas a ON a.id = o.area_id
    JOIN order_events e ON e.order_id = o.id AND e.type IN ({_LIST}) AND e.technician_id IS NOT NULL
    JOIN kept_sign_months k ON k.area_id = o.area_id
         AND k.month = CAST(date_trunc('month', e.occurred_at AT TIME ZONE a.timezone) AS date)
    WHERE o.id = wanted;
END
$body$""",  # noqa: S608 - constants
    """
CREATE OR REPLACE FUNCTION signs_stale_event() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM signs_are_stale(NEW.order_id);
    RETURN NULL;
END
$body$""",
    f"""
CREATE TRIGGER signs_stale_event AFTER INSERT ON order_events
FOR EACH ROW WHEN (NEW.type IN ({_LIST}) AND NEW.technician_id IS NOT NULL) EXECUTE FUNCTION signs_stale_event()""",
    *_watched("callback_attempts", "order_id, at, reached, solved, reasons, number"),
    *_watched("photos", "order_id, technician_id, kind, sha256, point, accuracy_metres", _SAME_PHOTO),
    *_watched("finish_code_tries", "order_id, technician_id, code_hash, tries"),
    """
CREATE OR REPLACE FUNCTION signs_stale_order() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM signs_are_stale(OLD.id);
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END
$body$""",
    # As text: a dump is restored without the schema of PostGIS on the path, where geometries have no equality.
    """
CREATE TRIGGER signs_stale_place AFTER UPDATE OF point, origin ON orders
FOR EACH ROW WHEN (CAST(OLD.point AS text) IS DISTINCT FROM CAST(NEW.point AS text)
                   OR OLD.origin IS DISTINCT FROM NEW.origin)
EXECUTE FUNCTION signs_stale_order()""",
    """
CREATE TRIGGER signs_stale_gone BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION signs_stale_order()""",
)
"""Functions and triggers, in the order in which they are made."""
