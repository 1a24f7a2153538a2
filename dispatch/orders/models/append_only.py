"""What keeps events: triggers that refuse to change them, and the one function that may remove them, with a trace.

Migrations execute the same statements (`op.execute`). The function runs with the rights of the tables' owner, because
the program's own role may neither delete orders nor write what was removed (`dispatch.roles`).
"""

from __future__ import annotations

TRACE = "INSERT INTO removed_orders SELECT id, area_id, number, id, events, NULL, now() FROM orders"
"""What the tables' owner does before deleting orders by hand (tests, benchmarks); `undo_import` does it by itself."""

APPEND_ONLY: tuple[str, ...] = (
    # An event goes only with its order, and only where `removed_orders` says that the order was removed.
    """
CREATE OR REPLACE FUNCTION order_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM removed_orders r WHERE r.order_id = OLD.order_id) THEN
            RETURN OLD;
        END IF;
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
    """
CREATE OR REPLACE FUNCTION import_worked_on(run uuid) RETURNS bigint LANGUAGE plpgsql STABLE AS $body$
BEGIN
    RETURN (SELECT count(*) FROM orders o WHERE o.import_id = run AND (o.edited_by_person
        OR EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.actor_role <> 'import')
        OR EXISTS (SELECT FROM visits v WHERE v.order_id = o.id)
        OR EXISTS (SELECT FROM orders c WHERE c.merged_into_id = o.id OR c.reopens_id = o.id)));
END
$body$""",
    """
CREATE OR REPLACE FUNCTION undo_import(run uuid, by_account uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
    removed bigint;
BEGIN
    IF import_worked_on(run) > 0 THEN
        RAISE EXCEPTION 'people have worked on orders of this import'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'undo_import_worked_on';
    END IF;
    INSERT INTO removed_orders (order_id, area_id, number, import_id, events, removed_by, removed_at)
        SELECT o.id, o.area_id, o.number, run, o.events, by_account, now() FROM orders o WHERE o.import_id = run;
    DELETE FROM orders o WHERE o.import_id = run;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$body$""",
)

REMOVALS_STAY: tuple[str, ...] = (
    """
CREATE OR REPLACE FUNCTION removed_orders_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'the record of removed orders is never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'removed_orders_append_only';
END
$body$""",
    """
CREATE TRIGGER removed_orders_append_only BEFORE UPDATE OR DELETE ON removed_orders
FOR EACH ROW EXECUTE FUNCTION removed_orders_append_only()""",
    """
CREATE TRIGGER removed_orders_no_truncate BEFORE TRUNCATE ON removed_orders
FOR EACH STATEMENT EXECUTE FUNCTION removed_orders_append_only()""",
)
