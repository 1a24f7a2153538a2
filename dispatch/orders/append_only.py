"""The trigger that makes events append-only. Migrations execute the same statements (`op.execute`)."""

from __future__ import annotations

UNDO_SETTING = "grid_dispatch.undo"
"""`SET LOCAL grid_dispatch.undo = 'on'` allows one transaction to delete events. Only undoing an import uses it."""

APPEND_ONLY: tuple[str, ...] = (
    f"""
CREATE OR REPLACE FUNCTION order_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('{UNDO_SETTING}', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'order events are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'order_events_append_only';
END
$body$""",
    """
CREATE TRIGGER order_events_append_only BEFORE UPDATE OR DELETE ON order_events
FOR EACH ROW EXECUTE FUNCTION order_events_append_only()""",
    """
CREATE TRIGGER order_events_no_truncate BEFORE TRUNCATE ON order_events
FOR EACH STATEMENT EXECUTE FUNCTION order_events_append_only()""",
)
