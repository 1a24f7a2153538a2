"""The first schema: every table of the product, the job queue, and what keeps events.

The job queue's tables are Procrastinate's own, kept beside this file as they were on that day.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
QUEUE = Path(__file__).resolve().parent.parent / "0001_job_queue.sql"
FUNCTIONS = (
    """CREATE OR REPLACE FUNCTION order_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
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
    """CREATE TRIGGER order_events_append_only BEFORE UPDATE OR DELETE ON order_events
FOR EACH ROW EXECUTE FUNCTION order_events_append_only()""",
    """CREATE TRIGGER order_events_no_truncate BEFORE TRUNCATE ON order_events
FOR EACH STATEMENT EXECUTE FUNCTION order_events_append_only()""",
    """CREATE OR REPLACE FUNCTION import_worked_on(run uuid) RETURNS bigint LANGUAGE plpgsql STABLE AS $body$
BEGIN
    RETURN (SELECT count(*) FROM orders o WHERE o.import_id = run AND (o.edited_by_person
        OR EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.actor_role <> 'import')
        OR EXISTS (SELECT FROM visits v WHERE v.order_id = o.id)
        OR EXISTS (SELECT FROM orders c WHERE c.merged_into_id = o.id OR c.reopens_id = o.id)));
END
$body$""",
    """CREATE OR REPLACE FUNCTION undo_import(run uuid, by_account uuid) RETURNS bigint
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
    """CREATE OR REPLACE FUNCTION removed_orders_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'the record of removed orders is never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'removed_orders_append_only';
END
$body$""",
    """CREATE TRIGGER removed_orders_append_only BEFORE UPDATE OR DELETE ON removed_orders
FOR EACH ROW EXECUTE FUNCTION removed_orders_append_only()""",
    """CREATE TRIGGER removed_orders_no_truncate BEFORE TRUNCATE ON removed_orders
FOR EACH STATEMENT EXECUTE FUNCTION removed_orders_append_only()""",
    """CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'lines of the assessment ledger are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_append_only';
END
$body$""",
    """CREATE OR REPLACE FUNCTION ledger_month_open() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (SELECT FROM month_closings c WHERE c.area_id = NEW.area_id AND c.month = NEW.month
               AND c.reopened_at IS NULL) THEN
        RAISE EXCEPTION 'the month is closed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_month_open';
    END IF;
    RETURN NEW;
END
$body$""",
    """CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
FOR EACH ROW EXECUTE FUNCTION ledger_append_only()""",
    """CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries
FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()""",
    """CREATE TRIGGER ledger_entries_month_open BEFORE INSERT ON ledger_entries
FOR EACH ROW EXECUTE FUNCTION ledger_month_open()""",
    """CREATE TRIGGER rulings_append_only BEFORE UPDATE OR DELETE ON rulings
FOR EACH ROW EXECUTE FUNCTION ledger_append_only()""",
    """CREATE TRIGGER rulings_no_truncate BEFORE TRUNCATE ON rulings
FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()""",
    """CREATE TRIGGER rulings_month_open BEFORE INSERT ON rulings
FOR EACH ROW EXECUTE FUNCTION ledger_month_open()""",
    """CREATE OR REPLACE FUNCTION statement_is_draft() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    line record;
BEGIN
    line := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
    IF EXISTS (SELECT FROM settlement_statements s WHERE s.id = line.statement_id AND s.status <> 'draft') THEN
        RAISE EXCEPTION 'lines of a statement that was issued are never changed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'statement_is_draft';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$body$""",
    """CREATE TRIGGER settlement_lines_stay BEFORE INSERT OR UPDATE OR DELETE ON settlement_lines
FOR EACH ROW EXECUTE FUNCTION statement_is_draft()""",
    """CREATE OR REPLACE FUNCTION statement_stays() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.status = 'draft'
       OR (NEW.month, NEW.contract_id, NEW.technician_id, NEW.own, NEW.lent, NEW.borrowed, NEW.corrections, NEW.total)
       IS DISTINCT FROM
       (OLD.month, OLD.contract_id, OLD.technician_id, OLD.own, OLD.lent, OLD.borrowed, OLD.corrections, OLD.total) THEN
        RAISE EXCEPTION 'a statement that was issued is never changed or deleted'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'statement_stays';
    END IF;
    RETURN NEW;
END
$body$""",
    """CREATE TRIGGER settlement_statements_stay BEFORE UPDATE OR DELETE ON settlement_statements
FOR EACH ROW WHEN (OLD.status <> 'draft') EXECUTE FUNCTION statement_stays()""",
    """CREATE OR REPLACE FUNCTION decisions_stay() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'a bulletin that was issued and the steps of a decision are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'decisions_stay';
END
$body$""",
    """CREATE TRIGGER bulletins_stay BEFORE UPDATE OR DELETE ON bulletins
FOR EACH ROW WHEN (OLD.issued_at IS NOT NULL) EXECUTE FUNCTION decisions_stay()""",
    """CREATE TRIGGER decision_events_stay BEFORE UPDATE OR DELETE ON decision_events
FOR EACH ROW EXECUTE FUNCTION decisions_stay()""",
    """CREATE OR REPLACE FUNCTION queue_callback() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    points integer;
BEGIN
    IF NEW.origin = 'history' THEN
        RETURN NULL;
    END IF;
    IF NEW.status IN ('completed', 'cancelled') THEN
        IF TG_OP = 'UPDATE' AND OLD.status = NEW.status AND OLD.reworks = NEW.reworks THEN
            UPDATE callback_entries SET subscriber_id = NEW.subscriber_id, grid_id = NEW.grid_id
            WHERE order_id = NEW.id AND (subscriber_id IS DISTINCT FROM NEW.subscriber_id
                                         OR grid_id IS DISTINCT FROM NEW.grid_id);
            RETURN NULL;
        END IF;
        points := 6 * (NEW.reworks > 0)::int + 3 * (coalesce(NEW.completed_at > NEW.due_at, false))::int
            + 2 * least(NEW.chases, 3) + 2 * (NEW.tier <> 'ordinary')::int + (NEW.level = 'urgent')::int;
        INSERT INTO callback_entries AS e (order_id, area_id, grid_id, subscriber_id, round, risk, due_at, next_at,
                                           rank_at, draft)
        VALUES (NEW.id, NEW.area_id, NEW.grid_id, NEW.subscriber_id, NEW.reworks, points, NEW.callback_due_at,
                NEW.status_since,
                coalesce(NEW.callback_due_at, NEW.status_since) - make_interval(hours => points), '{}')
        ON CONFLICT (order_id) DO UPDATE SET grid_id = excluded.grid_id, subscriber_id = excluded.subscriber_id,
            round = excluded.round, risk = excluded.risk, due_at = excluded.due_at, next_at = excluded.next_at,
            rank_at = excluded.rank_at, draft = '{}', left_at = NULL, result = NULL, holder_id = NULL,
            held_since = NULL, held_until = NULL;
    ELSIF TG_OP = 'UPDATE' AND OLD.status IN ('completed', 'cancelled') THEN
        UPDATE callback_entries SET left_at = NEW.status_since, result = coalesce(NEW.outcome, 'rework'),
            holder_id = NULL, held_since = NULL, held_until = NULL, draft = '{}'
        WHERE order_id = NEW.id AND left_at IS NULL;
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER queue_callback AFTER INSERT OR UPDATE OF status, reworks, subscriber_id, grid_id ON orders
FOR EACH ROW EXECUTE FUNCTION queue_callback()""",
    """CREATE OR REPLACE FUNCTION refresh_statistics(names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        EXECUTE 'ANALYZE ' || quote_ident(name);
    END LOOP;
END
$body$""",
    """CREATE OR REPLACE FUNCTION order_turns(wanted uuid[], upto integer)
RETURNS TABLE (order_id uuid, sequence integer, at timestamptz, reported integer, completed integer, late integer,
               opened integer, visits integer, spent integer)
LANGUAGE sql STABLE AS $body$
    WITH told AS (
        SELECT e.order_id, e.sequence, e.type,
               coalesce(CAST(e.data ->> 'effectiveAt' AS timestamptz), e.occurred_at) AS at,
               CASE WHEN e.type IN ('reported', 'rework_dispatched', 'outage_left') THEN 1 ELSE 0 END AS open,
               e.type = 'reported' AND lead(e.type) OVER mine = 'reported' AS again
        FROM order_events e
        WHERE e.order_id = ANY (wanted) AND e.sequence <= upto AND e.type IN ('reported', 'rework_dispatched', 'outage_left', 'completed', 'solved_remotely', 'force_completed', 'cancelled', 'merged', 'outage_joined', 'outage_ended', 'closed')
        WINDOW mine AS (PARTITION BY e.order_id ORDER BY e.sequence)
    ), turn AS (
        SELECT t.*, t.open - coalesce(lag(t.open) OVER (PARTITION BY t.order_id ORDER BY t.sequence), 0) AS opened,
               CAST(t.type IN ('completed', 'solved_remotely', 'force_completed') AS integer) AS completed,
               coalesce(max(t.sequence) FILTER (WHERE t.type = 'completed') OVER (
                   PARTITION BY t.order_id ORDER BY t.sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                   AS done_before
        FROM told t WHERE NOT coalesce(t.again, false)
    )
    SELECT t.order_id, t.sequence, t.at, CAST(t.type = 'reported' AS integer), t.completed,
           CASE WHEN t.completed = 1
                THEN CAST(coalesce(t.at > coalesce((SELECT CAST(d.data -> 'clocks' ->> 'companyDueAt' AS timestamptz) FROM order_events d
                WHERE d.order_id = t.order_id AND d.sequence <= t.sequence AND d.data -> 'clocks' ? 'companyDueAt'
                ORDER BY d.sequence DESC LIMIT 1), (SELECT CAST(d.data -> 'clocks' ->> 'dueAt' AS timestamptz) FROM order_events d
                WHERE d.order_id = t.order_id AND d.sequence <= t.sequence AND d.data -> 'clocks' ? 'dueAt'
                ORDER BY d.sequence DESC LIMIT 1)), false) AS integer)
                ELSE 0 END,
           t.opened, CAST(t.type = 'completed' AND t.done_before = 0 AS integer),
           CASE WHEN t.type = 'completed' THEN (
    SELECT CAST(coalesce(sum(extract(epoch FROM s.next_at - s.at)), 0) AS integer)
    FROM (SELECT e.type, e.occurred_at AS at, lead(e.type) OVER mine AS next_type,
                 lead(e.occurred_at) OVER mine AS next_at
          FROM order_events e
          WHERE e.order_id = t.order_id AND e.sequence <= t.sequence AND e.sequence > t.done_before
            AND (e.type IN ('departed', 'arrived', 'nobody_home', 'completed', 'force_completed', 'solved_remotely', 'cancelled', 'merged', 'recalled', 'reassigned', 'rework_dispatched', 'rebooked') OR (e.type IN ('suspension_requested', 'return_requested') AND (
                SELECT n.type = 'request_decided' AND n.data ->> 'approved' = 'true' FROM order_events n
                WHERE n.order_id = e.order_id AND n.sequence > e.sequence
                  AND n.type IN ('request_decided', 'suspension_requested', 'return_requested') ORDER BY n.sequence LIMIT 1)))
          WINDOW mine AS (ORDER BY e.sequence)) s
    WHERE s.next_at > s.at AND s.next_at <= s.at + interval '2 days'
      AND ((s.type = 'departed' AND s.next_type = 'arrived') OR s.type = 'arrived')
) ELSE 0 END
    FROM turn t WHERE t.opened <> 0 OR t.completed = 1 OR t.type = 'reported'
$body$""",
    """CREATE OR REPLACE FUNCTION count_turns(wanted uuid, upto integer, area uuid, grid uuid, times integer) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO grid_day_changes (area_id, grid_id, day, reported, completed, late, opened, visits, spent)
    SELECT area, grid, CAST(t.at AT TIME ZONE a.timezone AS date),
           times * sum(t.reported), times * sum(t.completed), times * sum(t.late), times * sum(t.opened), times * sum(t.visits), times * sum(t.spent)
    FROM order_turns(ARRAY[wanted], upto) t JOIN service_areas a ON a.id = area
    GROUP BY 3;
END
$body$""",
    """CREATE OR REPLACE FUNCTION count_event() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO grid_day_changes (area_id, grid_id, day, reported, completed, late, opened, visits, spent)
    SELECT o.area_id, o.grid_id, CAST(t.at AT TIME ZONE a.timezone AS date), sum(t.reported), sum(t.completed), sum(t.late), sum(t.opened), sum(t.visits), sum(t.spent)
    FROM orders o JOIN service_areas a ON a.id = o.area_id
    CROSS JOIN LATERAL (
        SELECT n.at, n.reported, n.completed, n.late, n.opened, n.visits, n.spent FROM order_turns(ARRAY[o.id], NEW.sequence) n
        UNION ALL
        SELECT b.at, -b.reported, -b.completed, -b.late, -b.opened, -b.visits, -b.spent FROM order_turns(ARRAY[o.id], NEW.sequence - 1) b) t
    WHERE o.id = NEW.order_id AND o.origin <> 'history'
    GROUP BY o.area_id, o.grid_id, 3
    HAVING sum(t.reported) <> 0 OR sum(t.completed) <> 0 OR sum(t.late) <> 0 OR sum(t.opened) <> 0 OR sum(t.visits) <> 0 OR sum(t.spent) <> 0;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER count_event AFTER INSERT ON order_events
FOR EACH ROW WHEN (NEW.sequence > 1 AND NEW.type IN ('reported', 'rework_dispatched', 'outage_left', 'completed', 'solved_remotely', 'force_completed', 'cancelled', 'merged', 'outage_joined', 'outage_ended', 'closed')) EXECUTE FUNCTION count_event()""",
    """CREATE OR REPLACE FUNCTION count_reports() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO grid_day_changes (area_id, grid_id, day, reported, completed, late, opened, visits, spent)
    SELECT o.area_id, o.grid_id,
           CAST(coalesce(CAST(n.data ->> 'effectiveAt' AS timestamptz), n.occurred_at) AT TIME ZONE a.timezone AS date),
           count(*), 0, 0, count(*), 0, 0
    FROM new_rows n JOIN orders o ON o.id = n.order_id JOIN service_areas a ON a.id = o.area_id
    WHERE n.type = 'reported' AND n.sequence = 1 AND o.origin <> 'history'
    GROUP BY 1, 2, 3;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER count_reports AFTER INSERT ON order_events REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_reports()""",
    """CREATE OR REPLACE FUNCTION count_order_moved() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM count_turns(OLD.id, 2147483647, OLD.area_id, OLD.grid_id, -1);
    IF TG_OP = 'UPDATE' THEN
        PERFORM count_turns(NEW.id, 2147483647, NEW.area_id, NEW.grid_id, 1);
        RETURN NEW;
    END IF;
    RETURN OLD;
END
$body$""",
    """CREATE TRIGGER count_order_moved AFTER UPDATE OF grid_id ON orders
FOR EACH ROW WHEN (OLD.origin <> 'history' AND OLD.grid_id IS DISTINCT FROM NEW.grid_id)
EXECUTE FUNCTION count_order_moved()""",
    """CREATE TRIGGER count_order_gone BEFORE DELETE ON orders
FOR EACH ROW WHEN (OLD.origin <> 'history') EXECUTE FUNCTION count_order_moved()""",
    """CREATE OR REPLACE FUNCTION work_is_stale(wanted uuid, since timestamptz, upto timestamptz) RETURNS void
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
    """CREATE OR REPLACE FUNCTION work_stale_event() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    -- a decision ends the work when it was asked for, however long ago that is
    PERFORM work_is_stale(NEW.order_id, CASE WHEN NEW.type = 'request_decided' THEN '-infinity'
                          ELSE NEW.occurred_at - interval '3 days' END, NEW.occurred_at);
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_event AFTER INSERT ON order_events
FOR EACH ROW WHEN (NEW.type IN ('departed', 'arrived', 'nobody_home', 'completed', 'force_completed', 'solved_remotely', 'cancelled', 'merged', 'recalled', 'reassigned', 'rework_dispatched', 'rebooked', 'suspension_requested', 'return_requested', 'request_decided')) EXECUTE FUNCTION work_stale_event()""",
    """CREATE OR REPLACE FUNCTION work_stale_place() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM work_is_stale(NEW.id, '-infinity', NULL);
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_place AFTER UPDATE OF grid_id ON orders
FOR EACH ROW WHEN (OLD.grid_id IS DISTINCT FROM NEW.grid_id) EXECUTE FUNCTION work_stale_place()""",
    """CREATE OR REPLACE FUNCTION work_stale_person() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT NEW.area_id, NEW.id, k.day FROM kept_days k WHERE k.area_id = NEW.area_id;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_person AFTER UPDATE OF status ON technicians
FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION work_stale_person()""",
    """CREATE OR REPLACE FUNCTION work_stale_shifts_insert() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM new_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_shifts_insert AFTER INSERT ON shifts
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION work_stale_shifts_insert()""",
    """CREATE OR REPLACE FUNCTION work_stale_shifts_delete() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM old_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_shifts_delete AFTER DELETE ON shifts
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION work_stale_shifts_delete()""",
    """CREATE OR REPLACE FUNCTION work_stale_shifts_update() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_shifts_update AFTER UPDATE ON shifts
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION work_stale_shifts_update()""",
    """CREATE OR REPLACE FUNCTION work_stale_leaves_insert() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM new_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_leaves_insert AFTER INSERT ON leaves
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION work_stale_leaves_insert()""",
    """CREATE OR REPLACE FUNCTION work_stale_leaves_delete() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM old_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_leaves_delete AFTER DELETE ON leaves
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION work_stale_leaves_delete()""",
    """CREATE OR REPLACE FUNCTION work_stale_leaves_update() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_leaves_update AFTER UPDATE ON leaves
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION work_stale_leaves_update()""",
    """CREATE OR REPLACE FUNCTION work_stale_roster_patterns_insert() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM new_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= coalesce(lower(r.valid), k.day) - 1 AND k.day <= coalesce(upper(r.valid), k.day) + 1;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_roster_patterns_insert AFTER INSERT ON roster_patterns
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION work_stale_roster_patterns_insert()""",
    """CREATE OR REPLACE FUNCTION work_stale_roster_patterns_delete() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM old_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= coalesce(lower(r.valid), k.day) - 1 AND k.day <= coalesce(upper(r.valid), k.day) + 1;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_roster_patterns_delete AFTER DELETE ON roster_patterns
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION work_stale_roster_patterns_delete()""",
    """CREATE OR REPLACE FUNCTION work_stale_roster_patterns_update() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= coalesce(lower(r.valid), k.day) - 1 AND k.day <= coalesce(upper(r.valid), k.day) + 1;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER work_stale_roster_patterns_update AFTER UPDATE ON roster_patterns
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION work_stale_roster_patterns_update()""",
    """CREATE OR REPLACE FUNCTION signs_are_stale(wanted uuid) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO signs_stale (area_id, technician_id, month)
    SELECT DISTINCT o.area_id, e.technician_id, k.month
    FROM orders o JOIN service_areas a ON a.id = o.area_id
    JOIN order_events e ON e.order_id = o.id AND e.type IN ('arrived', 'completed') AND e.technician_id IS NOT NULL
    JOIN kept_sign_months k ON k.area_id = o.area_id
         AND k.month = CAST(date_trunc('month', e.occurred_at AT TIME ZONE a.timezone) AS date)
    WHERE o.id = wanted;
END
$body$""",
    """CREATE OR REPLACE FUNCTION signs_stale_event() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM signs_are_stale(NEW.order_id);
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER signs_stale_event AFTER INSERT ON order_events
FOR EACH ROW WHEN (NEW.type IN ('arrived', 'completed') AND NEW.technician_id IS NOT NULL) EXECUTE FUNCTION signs_stale_event()""",
    """CREATE OR REPLACE FUNCTION signs_stale_callback_attempts() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM signs_are_stale(OLD.order_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM signs_are_stale(NEW.order_id); END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER signs_stale_callback_attempts AFTER INSERT OR DELETE OR UPDATE OF order_id, at, reached, solved, reasons, number ON callback_attempts
FOR EACH ROW EXECUTE FUNCTION signs_stale_callback_attempts()""",
    """CREATE OR REPLACE FUNCTION signs_stale_photos() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM signs_are_stale(OLD.order_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM signs_are_stale(NEW.order_id); END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM signs_are_stale(q.order_id) FROM (SELECT DISTINCT order_id FROM photos WHERE sha256 = OLD.sha256) q;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM signs_are_stale(q.order_id) FROM (SELECT DISTINCT order_id FROM photos WHERE sha256 = NEW.sha256) q;
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER signs_stale_photos AFTER INSERT OR DELETE OR UPDATE OF order_id, technician_id, kind, sha256, point, accuracy_metres ON photos
FOR EACH ROW EXECUTE FUNCTION signs_stale_photos()""",
    """CREATE OR REPLACE FUNCTION signs_stale_finish_code_tries() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM signs_are_stale(OLD.order_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM signs_are_stale(NEW.order_id); END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER signs_stale_finish_code_tries AFTER INSERT OR DELETE OR UPDATE OF order_id, technician_id, code_hash, tries ON finish_code_tries
FOR EACH ROW EXECUTE FUNCTION signs_stale_finish_code_tries()""",
    """CREATE OR REPLACE FUNCTION signs_stale_order() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM signs_are_stale(OLD.id);
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END
$body$""",
    """CREATE TRIGGER signs_stale_place AFTER UPDATE OF point, origin ON orders
FOR EACH ROW WHEN (CAST(OLD.point AS text) IS DISTINCT FROM CAST(NEW.point AS text)
                   OR OLD.origin IS DISTINCT FROM NEW.origin)
EXECUTE FUNCTION signs_stale_order()""",
    """CREATE TRIGGER signs_stale_gone BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION signs_stale_order()""",
    """CREATE OR REPLACE FUNCTION keep_answers(wanted uuid) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO kept_answers ("attempt_id", "area_id", "grid_id", "at", "satisfaction", "reasons", "noted", "accepted", "contacted", "window", "in_time", "first_visit", "within_a_day", "not_chased") 
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
               (array_agg((e.data -> 'clocks' ->> 'dueAt') ORDER BY e.sequence DESC) FILTER (WHERE (e.data -> 'clocks' ->> 'dueAt') IS NOT NULL))[1]::timestamptz AS due_at,
               (array_agg((e.data -> 'clocks' ->> 'acceptDueAt') ORDER BY e.sequence DESC) FILTER (WHERE (e.data -> 'clocks' ->> 'acceptDueAt') IS NOT NULL))[1]::timestamptz AS accept_due_at,
               (array_agg((e.data -> 'clocks' ->> 'contactDueAt') ORDER BY e.sequence DESC) FILTER (WHERE (e.data -> 'clocks' ->> 'contactDueAt') IS NOT NULL))[1]::timestamptz AS contact_due_at
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
    WHERE a.reached = 'answered' AND a.order_id = wanted
    ON CONFLICT (attempt_id) DO UPDATE SET "area_id" = excluded."area_id", "grid_id" = excluded."grid_id", "at" = excluded."at", "satisfaction" = excluded."satisfaction", "reasons" = excluded."reasons", "noted" = excluded."noted", "accepted" = excluded."accepted", "contacted" = excluded."contacted", "window" = excluded."window", "in_time" = excluded."in_time", "first_visit" = excluded."first_visit", "within_a_day" = excluded."within_a_day", "not_chased" = excluded."not_chased";
END
$body$""",
    """CREATE OR REPLACE FUNCTION keep_answer_given() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NEW.reached <> 'answered' THEN DELETE FROM kept_answers WHERE attempt_id = NEW.id; END IF;
    PERFORM keep_answers(NEW.order_id);
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER keep_answer_given AFTER INSERT OR UPDATE ON callback_attempts
FOR EACH ROW EXECUTE FUNCTION keep_answer_given()""",
    """CREATE OR REPLACE FUNCTION keep_answer_completed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM keep_answers(NEW.order_id);
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER keep_answer_completed AFTER INSERT ON order_events
FOR EACH ROW WHEN (NEW.type = 'completed') EXECUTE FUNCTION keep_answer_completed()""",
    """CREATE OR REPLACE FUNCTION keep_answer_order() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM keep_answers(NEW.id);
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER keep_answer_order AFTER UPDATE OF area_id, grid_id, reported_at ON orders
FOR EACH ROW WHEN (OLD.area_id IS DISTINCT FROM NEW.area_id OR OLD.grid_id IS DISTINCT FROM NEW.grid_id
                   OR OLD.reported_at IS DISTINCT FROM NEW.reported_at)
EXECUTE FUNCTION keep_answer_order()""",
    """CREATE OR REPLACE FUNCTION route_stale_orders_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.owner_id FROM new_rows r WHERE r.owner_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_orders_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.owner_id FROM old_rows r WHERE r.owner_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_orders_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.owner_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.owner_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_orders_insert AFTER INSERT ON orders
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_orders_insert()""",
    """CREATE TRIGGER route_stale_orders_update AFTER UPDATE ON orders
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_orders_update()""",
    """CREATE TRIGGER route_stale_orders_delete AFTER DELETE ON orders
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_orders_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_visits_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_visits_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_visits_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_visits_insert AFTER INSERT ON visits
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_visits_insert()""",
    """CREATE TRIGGER route_stale_visits_update AFTER UPDATE ON visits
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_visits_update()""",
    """CREATE TRIGGER route_stale_visits_delete AFTER DELETE ON visits
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_visits_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_technicians_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.id FROM new_rows r WHERE r.id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_technicians_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.id FROM old_rows r WHERE r.id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_technicians_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_technicians_insert AFTER INSERT ON technicians
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_technicians_insert()""",
    """CREATE TRIGGER route_stale_technicians_update AFTER UPDATE ON technicians
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_technicians_update()""",
    """CREATE TRIGGER route_stale_technicians_delete AFTER DELETE ON technicians
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_technicians_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_roster_patterns_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_roster_patterns_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_roster_patterns_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_roster_patterns_insert AFTER INSERT ON roster_patterns
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_roster_patterns_insert()""",
    """CREATE TRIGGER route_stale_roster_patterns_update AFTER UPDATE ON roster_patterns
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_roster_patterns_update()""",
    """CREATE TRIGGER route_stale_roster_patterns_delete AFTER DELETE ON roster_patterns
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_roster_patterns_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_shifts_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_shifts_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_shifts_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_shifts_insert AFTER INSERT ON shifts
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_shifts_insert()""",
    """CREATE TRIGGER route_stale_shifts_update AFTER UPDATE ON shifts
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_shifts_update()""",
    """CREATE TRIGGER route_stale_shifts_delete AFTER DELETE ON shifts
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_shifts_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_leaves_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_leaves_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_leaves_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_leaves_insert AFTER INSERT ON leaves
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_leaves_insert()""",
    """CREATE TRIGGER route_stale_leaves_update AFTER UPDATE ON leaves
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_leaves_update()""",
    """CREATE TRIGGER route_stale_leaves_delete AFTER DELETE ON leaves
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_leaves_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_phone_changes_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_phone_changes_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_phone_changes_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_phone_changes_insert AFTER INSERT ON phone_changes
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_phone_changes_insert()""",
    """CREATE TRIGGER route_stale_phone_changes_update AFTER UPDATE ON phone_changes
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_phone_changes_update()""",
    """CREATE TRIGGER route_stale_phone_changes_delete AFTER DELETE ON phone_changes
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_phone_changes_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_phone_offers_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_phone_offers_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_phone_offers_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_phone_offers_insert AFTER INSERT ON phone_offers
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_phone_offers_insert()""",
    """CREATE TRIGGER route_stale_phone_offers_update AFTER UPDATE ON phone_offers
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_phone_offers_update()""",
    """CREATE TRIGGER route_stale_phone_offers_delete AFTER DELETE ON phone_offers
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_phone_offers_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_position_consents_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_position_consents_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_position_consents_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_position_consents_insert AFTER INSERT ON position_consents
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_position_consents_insert()""",
    """CREATE TRIGGER route_stale_position_consents_update AFTER UPDATE ON position_consents
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_position_consents_update()""",
    """CREATE TRIGGER route_stale_position_consents_delete AFTER DELETE ON position_consents
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_position_consents_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_subscribers_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT o.owner_id FROM orders o JOIN new_rows r ON r.id = o.subscriber_id WHERE o.owner_id IS NOT NULL AND o.status NOT IN ('closed', 'cancelled', 'merged', 'completed');
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_subscribers_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT o.owner_id FROM orders o JOIN old_rows r ON r.id = o.subscriber_id WHERE o.owner_id IS NOT NULL AND o.status NOT IN ('closed', 'cancelled', 'merged', 'completed');
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_subscribers_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT o.owner_id FROM orders o JOIN (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r ON r.id = o.subscriber_id WHERE o.owner_id IS NOT NULL AND o.status NOT IN ('closed', 'cancelled', 'merged', 'completed');
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_subscribers_insert AFTER INSERT ON subscribers
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_subscribers_insert()""",
    """CREATE TRIGGER route_stale_subscribers_update AFTER UPDATE ON subscribers
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_subscribers_update()""",
    """CREATE TRIGGER route_stale_subscribers_delete AFTER DELETE ON subscribers
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_subscribers_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_plans_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM new_rows r WHERE r.area_id = t.area_id AND r.status IN ('published', 'superseded'));
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_plans_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM old_rows r WHERE r.area_id = t.area_id AND r.status IN ('published', 'superseded'));
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_plans_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.area_id = t.area_id AND r.status IN ('published', 'superseded'));
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_plans_insert AFTER INSERT ON plans
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_plans_insert()""",
    """CREATE TRIGGER route_stale_plans_update AFTER UPDATE ON plans
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_plans_update()""",
    """CREATE TRIGGER route_stale_plans_delete AFTER DELETE ON plans
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_plans_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_fault_types_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM new_rows r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_fault_types_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM old_rows r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_fault_types_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_fault_types_insert AFTER INSERT ON fault_types
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_fault_types_insert()""",
    """CREATE TRIGGER route_stale_fault_types_update AFTER UPDATE ON fault_types
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_fault_types_update()""",
    """CREATE TRIGGER route_stale_fault_types_delete AFTER DELETE ON fault_types
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_fault_types_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_fault_guides_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM new_rows r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_fault_guides_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM old_rows r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_fault_guides_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_fault_guides_insert AFTER INSERT ON fault_guides
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_fault_guides_insert()""",
    """CREATE TRIGGER route_stale_fault_guides_update AFTER UPDATE ON fault_guides
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_fault_guides_update()""",
    """CREATE TRIGGER route_stale_fault_guides_delete AFTER DELETE ON fault_guides
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_fault_guides_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_map_packs_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t JOIN city_maps m ON m.area_id = t.area_id WHERE EXISTS (SELECT FROM new_rows r WHERE r.map_id = m.id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_map_packs_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t JOIN city_maps m ON m.area_id = t.area_id WHERE EXISTS (SELECT FROM old_rows r WHERE r.map_id = m.id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_map_packs_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t JOIN city_maps m ON m.area_id = t.area_id WHERE EXISTS (SELECT FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.map_id = m.id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_map_packs_insert AFTER INSERT ON map_packs
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_map_packs_insert()""",
    """CREATE TRIGGER route_stale_map_packs_update AFTER UPDATE ON map_packs
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_map_packs_update()""",
    """CREATE TRIGGER route_stale_map_packs_delete AFTER DELETE ON map_packs
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_map_packs_delete()""",
    """CREATE OR REPLACE FUNCTION route_stale_service_areas_insert() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM new_rows r WHERE r.id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_service_areas_delete() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM old_rows r WHERE r.id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE OR REPLACE FUNCTION route_stale_service_areas_update() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$body$""",
    """CREATE TRIGGER route_stale_service_areas_insert AFTER INSERT ON service_areas
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_service_areas_insert()""",
    """CREATE TRIGGER route_stale_service_areas_update AFTER UPDATE ON service_areas
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_service_areas_update()""",
    """CREATE TRIGGER route_stale_service_areas_delete AFTER DELETE ON service_areas
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION route_stale_service_areas_delete()""",
)


def upgrade() -> None:
    for extension in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.get_bind().exec_driver_sql(QUEUE.read_text(encoding="utf-8").replace("%", "%%"))
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blobs")),
    )
    op.create_table(
        "complaint_warnings",
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaint_warnings_at_possible"),
        ),
        sa.CheckConstraint(
            "due_at >= '1970-01-01 00:00:00+00' AND due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaint_warnings_due_at_possible"),
        ),
        sa.PrimaryKeyConstraint("about", "clock", "due_at", "role", name=op.f("pk_complaint_warnings")),
    )
    op.create_table(
        "feed",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "xid", sa.BigInteger(), server_default=sa.text("(pg_current_xact_id()::text)::bigint"), nullable=False
        ),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'", name=op.f("ck_feed_at_possible")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
    )
    op.create_index("ix_feed_cursor", "feed", ["area_id", "xid", "id"], unique=False)
    op.create_table(
        "grid_day_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reported", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.CheckConstraint("day >= '1970-01-01' AND day < '2100-01-01'", name=op.f("ck_grid_day_changes_day_possible")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_day_changes")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_idempotency_keys_created_at_possible"),
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created", "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "mended_values",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("row_key", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("becomes", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_mended_values_at_possible"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mended_values")),
    )
    op.create_table(
        "push_keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("private_pem", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_push_keys_created_at_possible"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_push_keys")),
    )
    op.create_table(
        "removed_orders",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "removed_at >= '1970-01-01 00:00:00+00' AND removed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_removed_orders_removed_at_possible"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_removed_orders")),
    )
    op.create_table(
        "route_stale",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_stale")),
    )
    op.create_index("ix_route_stale_technician_id", "route_stale", ["technician_id"], unique=False)
    op.create_table(
        "service_areas",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("ordinary", "trial", name="areakind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("clock_real_anchor", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_area_anchor", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_speed", sa.Float(), nullable=False),
        sa.Column("straight_line_allowed", sa.Boolean(), nullable=False),
        sa.Column("last_order_number", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "clock_area_anchor >= '1970-01-01 00:00:00+00' AND clock_area_anchor < '2100-01-01 00:00:00+00'",
            name=op.f("ck_service_areas_clock_area_anchor_possible"),
        ),
        sa.CheckConstraint(
            "clock_real_anchor >= '1970-01-01 00:00:00+00' AND clock_real_anchor < '2100-01-01 00:00:00+00'",
            name=op.f("ck_service_areas_clock_real_anchor_possible"),
        ),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_service_areas_created_at_possible"),
        ),
        sa.CheckConstraint(
            "kind = 'trial' OR clock_area_anchor IS NULL", name=op.f("ck_service_areas_only_trial_areas_replay")
        ),
        sa.CheckConstraint("clock_speed >= 0", name=op.f("ck_service_areas_clock_speed_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_areas")),
        sa.UniqueConstraint("code", name=op.f("uq_service_areas_code")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_sign_in_failures_at_possible"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_address_at", "sign_in_failures", ["address", "at"], unique=False)
    op.create_table(
        "signing_keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "signs_seen",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.CheckConstraint("month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_signs_seen_month_possible")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signs_seen")),
    )
    op.create_index("ix_signs_seen_area_id_month", "signs_seen", ["area_id", "month", "technician_id"], unique=False)
    op.create_table(
        "signs_stale",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_signs_stale_month_possible")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signs_stale")),
    )
    op.create_index("ix_signs_stale_area_id_month", "signs_stale", ["area_id", "month"], unique=False)
    op.create_table(
        "unmaskings",
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'", name=op.f("ck_unmaskings_at_possible")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmaskings")),
    )
    op.create_table(
        "work_stale",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("day >= '1970-01-01' AND day < '2100-01-01'", name=op.f("ck_work_stale_day_possible")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_stale")),
    )
    op.create_index("ix_work_stale_area_id_day", "work_stale", ["area_id", "day"], unique=False)
    op.create_table(
        "assessment_runs",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_assessment_runs_created_at_possible"),
        ),
        sa.CheckConstraint(
            "month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_assessment_runs_month_possible")
        ),
        sa.CheckConstraint(
            "published_at >= '1970-01-01 00:00:00+00' AND published_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_assessment_runs_published_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_assessment_runs_area_id_service_areas")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_runs")),
        sa.UniqueConstraint("area_id", "month", "number", name=op.f("uq_assessment_runs_area_id_month_number")),
    )
    op.create_table(
        "blob_pieces",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"], ["blobs.sha256"], name=op.f("fk_blob_pieces_sha256_blobs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sha256", "number", name=op.f("pk_blob_pieces")),
    )
    op.create_table(
        "bulletins",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("edited_by", sa.Uuid(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "edited_at >= '1970-01-01 00:00:00+00' AND edited_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_bulletins_edited_at_possible"),
        ),
        sa.CheckConstraint(
            "issued_at >= '1970-01-01 00:00:00+00' AND issued_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_bulletins_issued_at_possible"),
        ),
        sa.CheckConstraint("month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_bulletins_month_possible")),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_bulletins_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletins")),
        sa.UniqueConstraint("area_id", "month", "number", name=op.f("uq_bulletins_area_id_month_number")),
    )
    op.create_table(
        "calendar_years",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("service", "office", name="calendarkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("days_off", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opens", sa.Text(), nullable=False),
        sa.Column("closes", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_calendar_years_area_id_service_areas")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_years")),
        sa.UniqueConstraint("area_id", "kind", "year", name=op.f("uq_calendar_years_area_id_kind_year")),
    )
    op.create_geospatial_table(
        "city_maps",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("extract_sha256", sa.Text(), nullable=False),
        sa.Column("roads_key", sa.Text(), nullable=False),
        sa.Column("roads_blob", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "bbox",
            Geometry(
                geometry_type="POLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("calibration_factor", sa.Double(), nullable=False),
        sa.Column("calibration", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "imported_at >= '1970-01-01 00:00:00+00' AND imported_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_city_maps_imported_at_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_city_maps_area_id_service_areas")),
        sa.ForeignKeyConstraint(["roads_blob"], ["blobs.sha256"], name=op.f("fk_city_maps_roads_blob_blobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city_maps")),
    )
    op.create_index("ix_city_maps_roads_key", "city_maps", ["roads_key"], unique=False)
    op.create_index("uq_city_maps_active", "city_maps", ["area_id"], unique=True, postgresql_where=sa.text("active"))
    op.create_table(
        "fault_guides",
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_fault_guides_created_at_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_fault_guides_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fault_guides")),
        sa.UniqueConstraint(
            "area_id",
            "code",
            "number",
            name=op.f("uq_fault_guides_area_id_code_number"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "fault_types",
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=True),
        sa.Column("skill_level", sa.Integer(), nullable=False),
        sa.Column("service_seconds", sa.Integer(), nullable=False),
        sa.Column("difficulty", sa.Float(), nullable=False),
        sa.Column("bring", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_fault_types_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fault_types")),
        sa.UniqueConstraint(
            "area_id", "code", name=op.f("uq_fault_types_area_id_code"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_table(
        "grid_days",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reported", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.CheckConstraint("day >= '1970-01-01' AND day < '2100-01-01'", name=op.f("ck_grid_days_day_possible")),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_grid_days_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_days")),
    )
    op.create_index(
        "uq_grid_days", "grid_days", ["area_id", "day", "grid_id"], unique=True, postgresql_nulls_not_distinct=True
    )
    op.create_table(
        "grid_imports",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_grid_imports_created_at_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_grid_imports_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_imports")),
        sa.UniqueConstraint("area_id", "sha256", "created_at", name=op.f("uq_grid_imports_area_id_sha256_created_at")),
    )
    op.create_geospatial_table(
        "grids",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("rural", sa.Boolean(), nullable=False),
        sa.Column("square_metres", sa.Float(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "archived_at >= '1970-01-01 00:00:00+00' AND archived_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_grids_archived_at_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_grids_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grids")),
        sa.UniqueConstraint("area_id", "id", name=op.f("uq_grids_area_id_id")),
    )
    op.create_geospatial_index(
        "idx_grids_geom", "grids", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(
        "uq_grids_area_code_living",
        "grids",
        ["area_id", "code"],
        unique=True,
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_table(
        "import_runs",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "running",
                "done",
                "failed",
                "undone",
                name="importstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "ended_at >= '1970-01-01 00:00:00+00' AND ended_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_import_runs_ended_at_possible"),
        ),
        sa.CheckConstraint(
            "started_at >= '1970-01-01 00:00:00+00' AND started_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_import_runs_started_at_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_import_runs_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_table(
        "indicators",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at_most", sa.Boolean(), nullable=False),
        sa.Column("baseline", sa.Float(), nullable=True),
        sa.Column("target", sa.Float(), nullable=True),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_indicators_created_at_possible"),
        ),
        sa.CheckConstraint(
            "valid_from >= '1970-01-01' AND valid_from < '2100-01-01'", name=op.f("ck_indicators_valid_from_possible")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_indicators_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators")),
        sa.UniqueConstraint("area_id", "code", "valid_from", name=op.f("uq_indicators_area_id_code_valid_from")),
    )
    op.create_table(
        "kept_days",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column(
            "xid", sa.BigInteger(), server_default=sa.text("(pg_current_xact_id()::text)::bigint"), nullable=False
        ),
        sa.CheckConstraint("day >= '1970-01-01' AND day < '2100-01-01'", name=op.f("ck_kept_days_day_possible")),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_kept_days_area_id_service_areas")),
        sa.PrimaryKeyConstraint("area_id", "day", name=op.f("pk_kept_days")),
    )
    op.create_table(
        "kept_sign_months",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("radius", sa.Float(), nullable=False),
        sa.Column(
            "xid", sa.BigInteger(), server_default=sa.text("(pg_current_xact_id()::text)::bigint"), nullable=False
        ),
        sa.CheckConstraint(
            "month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_kept_sign_months_month_possible")
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_kept_sign_months_area_id_service_areas")
        ),
        sa.PrimaryKeyConstraint("area_id", "month", name=op.f("pk_kept_sign_months")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "indicator",
                "deduction",
                "bonus",
                "cap",
                "red_line",
                "floor",
                "rounding",
                name="linekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.Numeric(precision=9, scale=4), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_ledger_entries_created_at_possible"),
        ),
        sa.CheckConstraint(
            "month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_ledger_entries_month_possible")
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_ledger_entries_area_id_service_areas")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["ledger_entries.id"], name=op.f("fk_ledger_entries_corrects_id_ledger_entries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index("ix_ledger_entries_corrects_id", "ledger_entries", ["corrects_id"], unique=False)
    op.create_index(
        "ix_ledger_entries_month", "ledger_entries", ["area_id", "month", "subject", "subject_id"], unique=False
    )
    op.create_table(
        "month_closings",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_by", sa.Uuid(), nullable=True),
        sa.Column("reopened_because", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "closed_at >= '1970-01-01 00:00:00+00' AND closed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_month_closings_closed_at_possible"),
        ),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_month_closings_created_at_possible"),
        ),
        sa.CheckConstraint(
            "month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_month_closings_month_possible")
        ),
        sa.CheckConstraint(
            "reopened_at >= '1970-01-01 00:00:00+00' AND reopened_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_month_closings_reopened_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_month_closings_area_id_service_areas")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_closings")),
    )
    op.create_index(
        "uq_month_closings_open",
        "month_closings",
        ["area_id", "month"],
        unique=True,
        postgresql_where=sa.text("reopened_at IS NULL"),
    )
    op.create_table(
        "notice_channels",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("config", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secrets", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("receipt_token_hash", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_notice_channels_area_id_service_areas")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_channels")),
        sa.UniqueConstraint("area_id", "name", name=op.f("uq_notice_channels_area_id_name")),
        sa.UniqueConstraint("receipt_token_hash", name=op.f("uq_notice_channels_receipt_token_hash")),
    )
    op.create_table(
        "notice_opt_outs",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notice_opt_outs_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_notice_opt_outs_area_id_service_areas")
        ),
        sa.PrimaryKeyConstraint("area_id", "address", name=op.f("pk_notice_opt_outs")),
    )
    op.create_table(
        "notice_templates",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("gateway_codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notice_templates_created_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_notice_templates_area_id_service_areas")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_templates")),
        sa.UniqueConstraint("area_id", "kind", "number", name=op.f("uq_notice_templates_area_id_kind_number")),
    )
    op.create_table(
        "outage_watches",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("looked_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "looked_until >= '1970-01-01 00:00:00+00' AND looked_until < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outage_watches_looked_until_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_outage_watches_area_id_service_areas")
        ),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_outage_watches")),
    )
    op.create_geospatial_table(
        "outages",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "suspected",
                "confirmed",
                "restored",
                "closed",
                "dismissed",
                name="outagestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "why",
            sa.Enum(
                "same_node",
                "same_building",
                "improbable",
                "alarm",
                "hand",
                name="why",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("network_node", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column(
            "shape",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("expected_reports", sa.Float(), nullable=True),
        sa.Column("suspected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "closed_at >= '1970-01-01 00:00:00+00' AND closed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outages_closed_at_possible"),
        ),
        sa.CheckConstraint(
            "confirmed_at >= '1970-01-01 00:00:00+00' AND confirmed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outages_confirmed_at_possible"),
        ),
        sa.CheckConstraint(
            "dismissed_at >= '1970-01-01 00:00:00+00' AND dismissed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outages_dismissed_at_possible"),
        ),
        sa.CheckConstraint(
            "expected_end >= '1970-01-01 00:00:00+00' AND expected_end < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outages_expected_end_possible"),
        ),
        sa.CheckConstraint(
            "restored_at >= '1970-01-01 00:00:00+00' AND restored_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outages_restored_at_possible"),
        ),
        sa.CheckConstraint(
            "since >= '1970-01-01 00:00:00+00' AND since < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outages_since_possible"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('confirmed', 'restored', 'closed') OR confirmed_at IS NOT NULL",
            name=op.f("ck_outages_confirmed_when"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('restored', 'closed') OR restored_at IS NOT NULL", name=op.f("ck_outages_restored_when")
        ),
        sa.CheckConstraint(
            "suspected_at >= '1970-01-01 00:00:00+00' AND suspected_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outages_suspected_at_possible"),
        ),
        sa.CheckConstraint("network_node IS NOT NULL OR shape IS NOT NULL", name=op.f("ck_outages_somewhere")),
        sa.CheckConstraint("restored_at >= since", name=op.f("ck_outages_ends_after_it_began")),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_outages_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
        sa.UniqueConstraint("area_id", "number", name=op.f("uq_outages_area_id_number")),
    )
    op.create_geospatial_index(
        "idx_outages_shape", "outages", ["shape"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(
        "ix_outages_living",
        "outages",
        ["area_id", "status"],
        unique=False,
        postgresql_where=sa.text("status IN ('suspected', 'confirmed', 'restored')"),
    )
    op.create_index("ix_outages_since", "outages", ["area_id", "since"], unique=False)
    op.create_table(
        "person_days",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("shift", sa.Integer(), nullable=False),
        sa.Column("drive", sa.Integer(), nullable=False),
        sa.Column("work", sa.Integer(), nullable=False),
        sa.Column("pause", sa.Integer(), nullable=False),
        sa.Column("wait", sa.Integer(), nullable=False),
        sa.Column("unassigned", sa.Integer(), nullable=False),
        sa.Column("overtime", sa.Integer(), nullable=False),
        sa.CheckConstraint("day >= '1970-01-01' AND day < '2100-01-01'", name=op.f("ck_person_days_day_possible")),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_person_days_area_id_service_areas")),
        sa.PrimaryKeyConstraint("area_id", "day", "technician_id", name=op.f("pk_person_days")),
    )
    op.create_table(
        "person_grid_days",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("drive", sa.Integer(), nullable=False),
        sa.Column("work", sa.Integer(), nullable=False),
        sa.Column("overtime", sa.Integer(), nullable=False),
        sa.CheckConstraint("day >= '1970-01-01' AND day < '2100-01-01'", name=op.f("ck_person_grid_days_day_possible")),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_person_grid_days_area_id_service_areas")
        ),
        sa.PrimaryKeyConstraint("area_id", "day", "technician_id", "grid_id", name=op.f("pk_person_grid_days")),
    )
    op.create_table(
        "plan_policies",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("weights", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_plan_policies_created_at_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_plan_policies_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_policies")),
        sa.UniqueConstraint("area_id", "code", "number", name=op.f("uq_plan_policies_area_id_code_number")),
    )
    op.create_table(
        "plans",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "published",
                "superseded",
                "discarded",
                name="planstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("policy_code", sa.Text(), sa.Computed("summary #>> '{policy,code}'", persisted=True), nullable=True),
        sa.Column(
            "travel_source", sa.Text(), sa.Computed("summary #>> '{travel,source}'", persisted=True), nullable=True
        ),
        sa.Column("seen", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("frozen", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_plans_created_at_possible"),
        ),
        sa.CheckConstraint(
            "published_at >= '1970-01-01 00:00:00+00' AND published_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_plans_published_at_possible"),
        ),
        sa.CheckConstraint(
            "service_date >= '1970-01-01' AND service_date < '2100-01-01'", name=op.f("ck_plans_service_date_possible")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_plans_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index("ix_plans_area_date", "plans", ["area_id", "service_date"], unique=False)
    op.create_index(
        "uq_plans_published",
        "plans",
        ["area_id", "service_date"],
        unique=True,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_table(
        "policies",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_policies_created_at_possible"),
        ),
        sa.CheckConstraint(
            "valid_from >= '1970-01-01 00:00:00+00' AND valid_from < '2100-01-01 00:00:00+00'",
            name=op.f("ck_policies_valid_from_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_policies_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("area_id", "number", name=op.f("uq_policies_area_id_number")),
        sa.UniqueConstraint("area_id", "valid_from", name=op.f("uq_policies_area_id_valid_from")),
    )
    op.create_table(
        "reasons",
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "suspension",
                "return",
                "dissatisfaction",
                "cancellation",
                "cause",
                "action",
                "arrival",
                name="reasonkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("pauses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_reasons_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reasons")),
        sa.UniqueConstraint(
            "area_id", "kind", "code", name=op.f("uq_reasons_area_id_kind_code"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_table(
        "report_exports",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_report_exports_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_report_exports_area_id_service_areas")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_exports")),
    )
    op.create_index("ix_report_exports_area_id_at", "report_exports", ["area_id", "at"], unique=False)
    op.create_table(
        "sign_counts",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("chances", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_sign_counts_month_possible")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_sign_counts_area_id_service_areas")),
        sa.PrimaryKeyConstraint("area_id", "month", "technician_id", "kind", name=op.f("pk_sign_counts")),
    )
    op.create_table(
        "subscribers",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phones", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "tier",
            sa.Enum("ordinary", "vip", "group", name="tier", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("flags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("search", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_subscribers_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
    )
    op.create_index("ix_subscribers_phones", "subscribers", ["phones"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_subscribers_search",
        "subscribers",
        ["search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_index(
        "uq_subscribers_account",
        "subscribers",
        ["area_id", "account_number"],
        unique=True,
        postgresql_where=sa.text("account_number IS NOT NULL"),
    )
    op.create_geospatial_table(
        "technicians",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("employee_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("contractor", sa.Text(), nullable=True),
        sa.Column(
            "start_point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "end_point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("speed_factor", sa.Float(), nullable=False),
        sa.Column("cost_per_hour", sa.Float(), nullable=False),
        sa.Column("senior", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.Float(), nullable=True),
        sa.Column("max_visits", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("active", "left", name="technicianstatus", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_technicians_created_at_possible"),
        ),
        sa.CheckConstraint("max_visits > 0", name=op.f("ck_technicians_max_visits_positive")),
        sa.CheckConstraint("speed_factor > 0", name=op.f("ck_technicians_speed_factor_positive")),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_technicians_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technicians")),
        sa.UniqueConstraint("area_id", "employee_number", name=op.f("uq_technicians_area_id_employee_number")),
    )
    op.create_table(
        "accounts",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "agent",
                "dispatcher",
                "technician",
                "grid_lead",
                "inspector",
                "manager",
                "observer",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "uninvited",
                "invited",
                "active",
                "disabled",
                name="accountstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("area_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("grid_ids", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("contractor", sa.Text(), nullable=True),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("loopback_only", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_accounts_created_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_accounts_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
        sa.UniqueConstraint("technician_id", name=op.f("uq_accounts_technician_id")),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_calendar_feeds_created_at_possible"),
        ),
        sa.CheckConstraint(
            "revoked_at >= '1970-01-01 00:00:00+00' AND revoked_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_calendar_feeds_revoked_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technicians.id"],
            name=op.f("fk_calendar_feeds_technician_id_technicians"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_index(
        "uq_calendar_feeds_living",
        "calendar_feeds",
        ["technician_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "grid_contracts",
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("technician_a_id", sa.Uuid(), nullable=False),
        sa.Column("technician_b_id", sa.Uuid(), nullable=True),
        sa.Column("contractor", sa.Text(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("unit_points", sa.Float(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("grid_id"), "="), (sa.column("valid"), "&&"), using="gist", name="grid_contracts_no_overlap"
        ),
        sa.CheckConstraint(
            "lower(valid) >= '1970-01-01' AND upper(valid) <= '2100-01-01'",
            name=op.f("ck_grid_contracts_valid_possible"),
        ),
        sa.CheckConstraint("NOT isempty(valid)", name=op.f("ck_grid_contracts_some_days")),
        sa.CheckConstraint("technician_a_id <> technician_b_id", name=op.f("ck_grid_contracts_two_people")),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_grid_contracts_grid_id_grids")),
        sa.ForeignKeyConstraint(
            ["technician_a_id"], ["technicians.id"], name=op.f("fk_grid_contracts_technician_a_id_technicians")
        ),
        sa.ForeignKeyConstraint(
            ["technician_b_id"], ["technicians.id"], name=op.f("fk_grid_contracts_technician_b_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_contracts")),
    )
    op.create_index("ix_grid_contracts_technician_a_id", "grid_contracts", ["technician_a_id"], unique=False)
    op.create_index("ix_grid_contracts_technician_b_id", "grid_contracts", ["technician_b_id"], unique=False)
    op.create_table(
        "import_rejections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("row", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_runs.id"],
            name=op.f("fk_import_rejections_import_id_import_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rejections")),
    )
    op.create_index(op.f("ix_import_rejections_import_id"), "import_rejections", ["import_id"], unique=False)
    op.create_table(
        "leaves",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("technician_id"), "="), (sa.column("period"), "&&"), using="gist", name="leaves_no_overlap"
        ),
        sa.CheckConstraint(
            "lower(period) >= '1970-01-01 00:00:00+00' AND upper(period) < '2100-01-01 00:00:00+00'",
            name=op.f("ck_leaves_period_possible"),
        ),
        sa.CheckConstraint("substitute_id <> technician_id", name=op.f("ck_leaves_somebody_else")),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["technicians.id"], name=op.f("fk_leaves_substitute_id_technicians")
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_leaves_technician_id_technicians"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
    )
    op.create_geospatial_table(
        "map_blocks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("street_id", sa.Integer(), nullable=False),
        sa.Column("number_from", sa.Integer(), nullable=True),
        sa.Column("number_to", sa.Integer(), nullable=True),
        sa.Column("error_metres", sa.Integer(), nullable=True),
        sa.Column(
            "line",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("map_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["map_id"], ["city_maps.id"], name=op.f("fk_map_blocks_map_id_city_maps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "map_id", name=op.f("pk_map_blocks")),
    )
    op.create_geospatial_index(
        "ix_map_blocks_line", "map_blocks", ["line"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_map_blocks_map_id_street_id", "map_blocks", ["map_id", "street_id"], unique=False)
    op.create_geospatial_table(
        "map_corners",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("map_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["map_id"], ["city_maps.id"], name=op.f("fk_map_corners_map_id_city_maps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "map_id", name=op.f("pk_map_corners")),
    )
    op.create_index(
        "ix_map_corners_map_id_first_id_second_id", "map_corners", ["map_id", "first_id", "second_id"], unique=False
    )
    op.create_index("ix_map_corners_map_id_second_id", "map_corners", ["map_id", "second_id"], unique=False)
    op.create_geospatial_table(
        "map_features",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("min_zoom", sa.SmallInteger(), nullable=False),
        sa.Column("oneway", sa.Boolean(), nullable=False),
        sa.Column(
            "shape",
            Geometry(
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("map_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["map_id"], ["city_maps.id"], name=op.f("fk_map_features_map_id_city_maps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "map_id", name=op.f("pk_map_features")),
    )
    op.create_index("ix_map_features_map_id_min_zoom", "map_features", ["map_id", "min_zoom"], unique=False)
    op.create_geospatial_index(
        "ix_map_features_shape", "map_features", ["shape"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "map_houses",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("street_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("map_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["map_id"], ["city_maps.id"], name=op.f("fk_map_houses_map_id_city_maps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "map_id", name=op.f("pk_map_houses")),
    )
    op.create_index(
        "ix_map_houses_map_id_street_id_number", "map_houses", ["map_id", "street_id", "number"], unique=False
    )
    op.create_table(
        "map_names",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("core", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pinyin", sa.Text(), nullable=False),
        sa.Column("likeness", sa.Text(), nullable=False),
        sa.Column("street_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("map_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["map_id"], ["city_maps.id"], name=op.f("fk_map_names_map_id_city_maps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "map_id", name=op.f("pk_map_names")),
    )
    op.create_index(
        "ix_map_names_likeness",
        "map_names",
        ["likeness"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"likeness": "gin_trgm_ops"},
    )
    op.create_index("ix_map_names_map_id_core", "map_names", ["map_id", "core"], unique=False)
    op.create_index("ix_map_names_map_id_pinyin", "map_names", ["map_id", "pinyin"], unique=False)
    op.create_table(
        "map_packs",
        sa.Column("map_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("max_zoom", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "made_at >= '1970-01-01 00:00:00+00' AND made_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_map_packs_made_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["map_id"], ["city_maps.id"], name=op.f("fk_map_packs_map_id_city_maps"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"], name=op.f("fk_map_packs_sha256_blobs")),
        sa.PrimaryKeyConstraint("map_id", name=op.f("pk_map_packs")),
    )
    op.create_geospatial_table(
        "map_places",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("map_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["map_id"], ["city_maps.id"], name=op.f("fk_map_places_map_id_city_maps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "map_id", name=op.f("pk_map_places")),
    )
    op.create_geospatial_table(
        "map_streets",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("length_metres", sa.Integer(), nullable=False),
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("map_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["map_id"], ["city_maps.id"], name=op.f("fk_map_streets_map_id_city_maps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "map_id", name=op.f("pk_map_streets")),
    )
    op.create_table(
        "notice_receipts",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("gateway_id", sa.Text(), server_default="", nullable=False),
        sa.Column("our_key", sa.Text(), server_default="", nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "received_at >= '1970-01-01 00:00:00+00' AND received_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notice_receipts_received_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["notice_channels.id"], name=op.f("fk_notice_receipts_channel_id_notice_channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_receipts")),
        sa.UniqueConstraint(
            "channel_id",
            "gateway_id",
            "our_key",
            "delivered",
            name=op.f("uq_notice_receipts_channel_id_gateway_id_our_key_delivered"),
        ),
    )
    op.create_index("ix_notice_receipts_key", "notice_receipts", ["our_key"], unique=False)
    op.create_geospatial_table(
        "orders",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "repair",
                "install",
                "move",
                "reconnect",
                "inspect",
                "lead",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "phone",
                "web",
                "counter",
                "app",
                "monitoring",
                "technician",
                "partner",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum("urgent", "normal", name="level", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "tier",
            sa.Enum("ordinary", "vip", "group", name="tier", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("fault_type", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("subscriber_id", sa.Uuid(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_phones", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("contact_search", sa.Text(), server_default="", nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("network_node", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("access_notes", sa.Text(), nullable=True),
        sa.Column("district_hint", sa.Text(), nullable=True),
        sa.Column("skill", sa.Text(), nullable=True),
        sa.Column("skill_level", sa.SmallInteger(), nullable=False),
        sa.Column("service_seconds", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("first_contact_account_id", sa.Uuid(), nullable=True),
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("point_source", sa.Text(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("place_problem", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "reported",
                "dispatched",
                "accepted",
                "en_route",
                "on_site",
                "suspended",
                "completed",
                "closed",
                "cancelled",
                "merged",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accept_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assessment_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("technician_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grid_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("company_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_contacts", sa.Integer(), nullable=False),
        sa.Column("appointment_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appointment_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appointment_changed_by", sa.Text(), nullable=True),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", sa.Uuid(), nullable=True),
        sa.Column("completed_how", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "satisfied",
                "not_reached",
                "unreachable",
                "archived",
                "outage",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("callback_attempts", sa.Integer(), nullable=False),
        sa.Column("callback_attempts_needed", sa.Integer(), nullable=False),
        sa.Column("callback_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("callback_reached", sa.Boolean(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("chases", sa.Integer(), nullable=False),
        sa.Column("reworks", sa.Integer(), nullable=False),
        sa.Column("bounces", sa.Integer(), nullable=False),
        sa.Column("rework_of_technician_id", sa.Uuid(), nullable=True),
        sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspension_reason", sa.Text(), nullable=True),
        sa.Column("pending_request", sa.Text(), nullable=True),
        sa.Column("pending_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_to_lead", sa.Boolean(), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("outage_id", sa.Uuid(), nullable=True),
        sa.Column("finish_code_hash", sa.Text(), nullable=True),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("reopens_id", sa.Uuid(), nullable=True),
        sa.Column("repeat_of_id", sa.Uuid(), nullable=True),
        sa.Column(
            "origin",
            sa.Enum("live", "replay", "history", name="origin", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("source_fingerprint", sa.Text(), nullable=True),
        sa.Column("source_label", sa.Text(), nullable=True),
        sa.Column("edited_by_person", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_orders_closed_when")),
        sa.CheckConstraint(
            "accept_due_at >= '1970-01-01 00:00:00+00' AND accept_due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_accept_due_at_possible"),
        ),
        sa.CheckConstraint(
            "accepted_at >= '1970-01-01 00:00:00+00' AND accepted_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_accepted_at_possible"),
        ),
        sa.CheckConstraint(
            "appointment_end >= '1970-01-01 00:00:00+00' AND appointment_end < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_appointment_end_possible"),
        ),
        sa.CheckConstraint(
            "appointment_start >= '1970-01-01 00:00:00+00' AND appointment_start < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_appointment_start_possible"),
        ),
        sa.CheckConstraint(
            "arrived_at >= '1970-01-01 00:00:00+00' AND arrived_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_arrived_at_possible"),
        ),
        sa.CheckConstraint(
            "assessment_starts_at >= '1970-01-01 00:00:00+00' AND assessment_starts_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_assessment_starts_at_possible"),
        ),
        sa.CheckConstraint(
            "callback_due_at >= '1970-01-01 00:00:00+00' AND callback_due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_callback_due_at_possible"),
        ),
        sa.CheckConstraint(
            "cancelled_at >= '1970-01-01 00:00:00+00' AND cancelled_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_cancelled_at_possible"),
        ),
        sa.CheckConstraint(
            "clock_started_at >= '1970-01-01 00:00:00+00' AND clock_started_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_clock_started_at_possible"),
        ),
        sa.CheckConstraint(
            "closed_at >= '1970-01-01 00:00:00+00' AND closed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_closed_at_possible"),
        ),
        sa.CheckConstraint(
            "company_due_at >= '1970-01-01 00:00:00+00' AND company_due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_company_due_at_possible"),
        ),
        sa.CheckConstraint(
            "completed_at >= '1970-01-01 00:00:00+00' AND completed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_completed_at_possible"),
        ),
        sa.CheckConstraint(
            "contact_due_at >= '1970-01-01 00:00:00+00' AND contact_due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_contact_due_at_possible"),
        ),
        sa.CheckConstraint(
            "contacted_at >= '1970-01-01 00:00:00+00' AND contacted_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_contacted_at_possible"),
        ),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_created_at_possible"),
        ),
        sa.CheckConstraint(
            "departed_at >= '1970-01-01 00:00:00+00' AND departed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_departed_at_possible"),
        ),
        sa.CheckConstraint(
            "dispatched_at >= '1970-01-01 00:00:00+00' AND dispatched_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_dispatched_at_possible"),
        ),
        sa.CheckConstraint(
            "due_at >= '1970-01-01 00:00:00+00' AND due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_due_at_possible"),
        ),
        sa.CheckConstraint(
            "grid_due_at >= '1970-01-01 00:00:00+00' AND grid_due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_grid_due_at_possible"),
        ),
        sa.CheckConstraint(
            "pending_since >= '1970-01-01 00:00:00+00' AND pending_since < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_pending_since_possible"),
        ),
        sa.CheckConstraint(
            "reported_at >= '1970-01-01 00:00:00+00' AND reported_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_reported_at_possible"),
        ),
        sa.CheckConstraint(
            "status <> 'closed' OR origin = 'history' OR ((outcome = 'satisfied' AND satisfied AND callback_attempts > 0) OR (outcome = 'not_reached' AND callback_attempts >= callback_attempts_needed) OR (outcome = 'unreachable' AND greatest(callback_attempts, failed_contacts) >= callback_attempts_needed) OR (outcome = 'outage' AND outage_id IS NOT NULL)) IS TRUE",
            name=op.f("ck_orders_closed_needs_an_answer"),
        ),
        sa.CheckConstraint(
            "status_since >= '1970-01-01 00:00:00+00' AND status_since < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_status_since_possible"),
        ),
        sa.CheckConstraint(
            "suspended_until >= '1970-01-01 00:00:00+00' AND suspended_until < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_suspended_until_possible"),
        ),
        sa.CheckConstraint(
            "technician_due_at >= '1970-01-01 00:00:00+00' AND technician_due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_orders_technician_due_at_possible"),
        ),
        sa.CheckConstraint("appointment_end > appointment_start", name=op.f("ck_orders_appointment_order")),
        sa.CheckConstraint("callback_attempts_needed > 0", name=op.f("ck_orders_some_attempts")),
        sa.ForeignKeyConstraint(
            ["area_id", "grid_id"], ["grids.area_id", "grids.id"], name="fk_orders_grid_of_the_area"
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_orders_area_id_service_areas")),
        sa.ForeignKeyConstraint(["import_id"], ["import_runs.id"], name=op.f("fk_orders_import_id_import_runs")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["orders.id"], name=op.f("fk_orders_merged_into_id_orders")),
        sa.ForeignKeyConstraint(["outage_id"], ["outages.id"], name=op.f("fk_orders_outage_id_outages")),
        sa.ForeignKeyConstraint(["owner_id"], ["technicians.id"], name=op.f("fk_orders_owner_id_technicians")),
        sa.ForeignKeyConstraint(["reopens_id"], ["orders.id"], name=op.f("fk_orders_reopens_id_orders")),
        sa.ForeignKeyConstraint(["repeat_of_id"], ["orders.id"], name=op.f("fk_orders_repeat_of_id_orders")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_orders_subscriber_id_subscribers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("area_id", "number", name=op.f("uq_orders_area_id_number")),
    )
    op.create_geospatial_index(
        "idx_orders_point", "orders", ["point"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index(
        "ix_orders_address",
        "orders",
        ["address"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"address": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_orders_address_pairs",
        "orders",
        [
            sa.literal_column(
                "(string_to_array((regexp_replace(lower(address), '(..)', '\\1\x1f', 'g') || '\x1f') || regexp_replace(substr(lower(address), 2), '(..)', '\\1\x1f', 'g'), '\x1f'))"
            )
        ],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index("ix_orders_area_completed", "orders", ["area_id", "completed_at"], unique=False)
    op.create_index("ix_orders_area_reported", "orders", ["area_id", "reported_at", "id"], unique=False)
    op.create_index(
        "ix_orders_area_status_reported", "orders", ["area_id", "status", "reported_at", "id"], unique=False
    )
    op.create_index(
        "ix_orders_contact",
        "orders",
        ["contact_search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"contact_search": "gin_trgm_ops"},
    )
    op.create_index("ix_orders_grid_reported", "orders", ["grid_id", "reported_at"], unique=False)
    op.create_index("ix_orders_import", "orders", ["import_id"], unique=False)
    op.create_index(
        "ix_orders_merged_into",
        "orders",
        ["merged_into_id"],
        unique=False,
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_outage", "orders", ["outage_id"], unique=False, postgresql_where=sa.text("outage_id IS NOT NULL")
    )
    op.create_index("ix_orders_owner_status", "orders", ["owner_id", "status"], unique=False)
    op.create_index(
        "ix_orders_pending",
        "orders",
        ["area_id", "pending_since"],
        unique=False,
        postgresql_where=sa.text("pending_request IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_place_problem",
        "orders",
        ["area_id", "reported_at"],
        unique=False,
        postgresql_where=sa.text("place_problem IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_reopens", "orders", ["reopens_id"], unique=False, postgresql_where=sa.text("reopens_id IS NOT NULL")
    )
    op.create_index("ix_orders_same_address", "orders", ["address"], unique=False, postgresql_using="hash")
    op.create_index("ix_orders_subscriber", "orders", ["subscriber_id"], unique=False)
    op.create_index(
        "ix_orders_whose",
        "orders",
        [sa.literal_column("(coalesce(completed_by, owner_id, rework_of_technician_id))"), "reported_at"],
        unique=False,
    )
    op.create_index(
        "uq_orders_source",
        "orders",
        ["area_id", "source_key"],
        unique=True,
        postgresql_where=sa.text("source_key IS NOT NULL"),
    )
    op.create_table(
        "outage_customers",
        sa.Column("outage_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.CheckConstraint("customers >= 0", name=op.f("ck_outage_customers_countable")),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_outage_customers_grid_id_grids")),
        sa.ForeignKeyConstraint(
            ["outage_id"], ["outages.id"], name=op.f("fk_outage_customers_outage_id_outages"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("outage_id", "grid_id", name=op.f("pk_outage_customers")),
    )
    op.create_table(
        "outage_events",
        sa.Column("outage_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outage_events_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["outage_id"], ["outages.id"], name=op.f("fk_outage_events_outage_id_outages"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage_events")),
    )
    op.create_index(op.f("ix_outage_events_outage_id"), "outage_events", ["outage_id"], unique=False)
    op.create_table(
        "photo_uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("about", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "touched_at >= '1970-01-01 00:00:00+00' AND touched_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_photo_uploads_touched_at_possible"),
        ),
        sa.CheckConstraint("received BETWEEN 0 AND total", name=op.f("ck_photo_uploads_received_of_total")),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technicians.id"],
            name=op.f("fk_photo_uploads_technician_id_technicians"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo_uploads")),
    )
    op.create_index("ix_photo_uploads_technician_id", "photo_uploads", ["technician_id"], unique=False)
    op.create_index("ix_photo_uploads_touched_at", "photo_uploads", ["touched_at"], unique=False)
    op.create_table(
        "plan_runs",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "running",
                "done",
                "cancelled",
                "failed",
                name="runstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("enough_asked", sa.Boolean(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("best", sa.LargeBinary(), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_plan_runs_created_at_possible"),
        ),
        sa.CheckConstraint(
            "ended_at >= '1970-01-01 00:00:00+00' AND ended_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_plan_runs_ended_at_possible"),
        ),
        sa.CheckConstraint(
            "heartbeat_at >= '1970-01-01 00:00:00+00' AND heartbeat_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_plan_runs_heartbeat_at_possible"),
        ),
        sa.CheckConstraint(
            "service_date >= '1970-01-01' AND service_date < '2100-01-01'",
            name=op.f("ck_plan_runs_service_date_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_plan_runs_area_id_service_areas")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_runs_plan_id_plans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_runs")),
    )
    op.create_index(
        "uq_plan_runs_living",
        "plan_runs",
        ["area_id", "service_date"],
        unique=True,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "position_consents",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("positions", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_position_consents_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technicians.id"],
            name=op.f("fk_position_consents_technician_id_technicians"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position_consents")),
    )
    op.create_index("ix_position_consents_technician", "position_consents", ["technician_id", "at"], unique=False)
    op.create_geospatial_table(
        "positions",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("accuracy_metres", sa.Float(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "occurred_at >= '1970-01-01 00:00:00+00' AND occurred_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_positions_occurred_at_possible"),
        ),
        sa.CheckConstraint(
            "received_at >= '1970-01-01 00:00:00+00' AND received_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_positions_received_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technicians.id"],
            name=op.f("fk_positions_technician_id_technicians"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_positions")),
    )
    op.create_index("ix_positions_technician_occurred", "positions", ["technician_id", "occurred_at"], unique=False)
    op.create_table(
        "roster_patterns",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("weekdays", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("breaks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("technician_id"), "="),
            (sa.column("valid"), "&&"),
            using="gist",
            name="roster_patterns_no_overlap",
        ),
        sa.CheckConstraint(
            "lower(valid) >= '1970-01-01' AND upper(valid) <= '2100-01-01'",
            name=op.f("ck_roster_patterns_valid_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technicians.id"],
            name=op.f("fk_roster_patterns_technician_id_technicians"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_patterns")),
    )
    op.create_index(op.f("ix_roster_patterns_technician_id"), "roster_patterns", ["technician_id"], unique=False)
    op.create_table(
        "route_snapshots",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("body_br", sa.LargeBinary(), nullable=False),
        sa.Column("body_gz", sa.LargeBinary(), nullable=False),
        sa.Column("previous_etag", sa.Text(), nullable=True),
        sa.Column("delta_br", sa.LargeBinary(), nullable=True),
        sa.Column("shown", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "built_at >= '1970-01-01 00:00:00+00' AND built_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_route_snapshots_built_at_possible"),
        ),
        sa.CheckConstraint("day >= '1970-01-01' AND day < '2100-01-01'", name=op.f("ck_route_snapshots_day_possible")),
        sa.CheckConstraint(
            "valid_until >= '1970-01-01 00:00:00+00' AND valid_until < '2100-01-01 00:00:00+00'",
            name=op.f("ck_route_snapshots_valid_until_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technicians.id"],
            name=op.f("fk_route_snapshots_technician_id_technicians"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("technician_id", name=op.f("pk_route_snapshots")),
    )
    op.create_table(
        "rulings",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("bonus", "red_line", name="rulingkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("takes_back_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_rulings_created_at_possible"),
        ),
        sa.CheckConstraint("month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_rulings_month_possible")),
        sa.CheckConstraint("points BETWEEN 0 AND 10", name=op.f("ck_rulings_possible_points")),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_rulings_area_id_service_areas")),
        sa.ForeignKeyConstraint(["takes_back_id"], ["rulings.id"], name=op.f("fk_rulings_takes_back_id_rulings")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_rulings_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
        sa.UniqueConstraint("takes_back_id", name=op.f("uq_rulings_takes_back_id")),
    )
    op.create_index("ix_rulings_month", "rulings", ["area_id", "month"], unique=False)
    op.create_index("ix_rulings_order_id", "rulings", ["order_id"], unique=False)
    op.create_table(
        "score_cards",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rural", sa.Boolean(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("indicators", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("deductions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("rank_note", sa.Text(), nullable=True),
        sa.Column("rank_change", sa.Integer(), nullable=True),
        sa.Column("standing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("behind", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["assessment_runs.id"], name=op.f("fk_score_cards_run_id_assessment_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_cards")),
        sa.UniqueConstraint("run_id", "subject", "subject_id", name=op.f("uq_score_cards_run_id_subject_subject_id")),
    )
    op.create_table(
        "shifts",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("breaks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("technician_id"), "="), (sa.column("period"), "&&"), using="gist", name="shifts_no_overlap"
        ),
        sa.CheckConstraint(
            "lower(period) >= '1970-01-01 00:00:00+00' AND upper(period) < '2100-01-01 00:00:00+00'",
            name=op.f("ck_shifts_period_possible"),
        ),
        sa.CheckConstraint("NOT isempty(period)", name=op.f("ck_shifts_some_time")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_shifts_technician_id_technicians"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_table(
        "technician_skills",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "expires_on >= '1970-01-01' AND expires_on < '2100-01-01'",
            name=op.f("ck_technician_skills_expires_on_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technicians.id"],
            name=op.f("fk_technician_skills_technician_id_technicians"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("technician_id", "skill", name=op.f("pk_technician_skills")),
    )
    op.create_table(
        "access_tokens",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wiped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_access_tokens_created_at_possible"),
        ),
        sa.CheckConstraint(
            "expires_at >= '1970-01-01 00:00:00+00' AND expires_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_access_tokens_expires_at_possible"),
        ),
        sa.CheckConstraint(
            "revoked_at >= '1970-01-01 00:00:00+00' AND revoked_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_access_tokens_revoked_at_possible"),
        ),
        sa.CheckConstraint(
            "used_at >= '1970-01-01 00:00:00+00' AND used_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_access_tokens_used_at_possible"),
        ),
        sa.CheckConstraint(
            "wiped_at >= '1970-01-01 00:00:00+00' AND wiped_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_access_tokens_wiped_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_access_tokens_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_tokens_token_hash")),
    )
    op.create_table(
        "alert_rules",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("above", sa.Boolean(), nullable=False),
        sa.Column("bound", sa.Float(), nullable=False),
        sa.Column("least_cases", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("crossed", sa.Boolean(), nullable=False),
        sa.Column("stopped", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "checked_at >= '1970-01-01 00:00:00+00' AND checked_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_alert_rules_checked_at_possible"),
        ),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_alert_rules_created_at_possible"),
        ),
        sa.CheckConstraint("least_cases >= 1", name=op.f("ck_alert_rules_cases")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_alert_rules_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_alert_rules_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_rules")),
    )
    op.create_index("ix_alert_rules_area_id", "alert_rules", ["area_id"], unique=False)
    op.create_table(
        "assessment_entries",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("policy_number", sa.Integer(), nullable=True),
        sa.Column("stands", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("appeal_status", sa.Text(), nullable=True),
        sa.Column("appeal_note", sa.Text(), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "appealed_at >= '1970-01-01 00:00:00+00' AND appealed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_assessment_entries_appealed_at_possible"),
        ),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_assessment_entries_created_at_possible"),
        ),
        sa.CheckConstraint(
            "decided_at >= '1970-01-01 00:00:00+00' AND decided_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_assessment_entries_decided_at_possible"),
        ),
        sa.CheckConstraint(
            "month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_assessment_entries_month_possible")
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_assessment_entries_area_id_service_areas")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_assessment_entries_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_assessment_entries_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_entries")),
        sa.UniqueConstraint(
            "order_id",
            "technician_id",
            "rule",
            "event_id",
            name=op.f("uq_assessment_entries_order_id_technician_id_rule_event_id"),
        ),
    )
    op.create_index(
        "ix_assessment_entries_month", "assessment_entries", ["area_id", "month", "technician_id"], unique=False
    )
    op.create_table(
        "browser_sessions",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wiped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_browser_sessions_created_at_possible"),
        ),
        sa.CheckConstraint(
            "expires_at >= '1970-01-01 00:00:00+00' AND expires_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_browser_sessions_expires_at_possible"),
        ),
        sa.CheckConstraint(
            "used_at >= '1970-01-01 00:00:00+00' AND used_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_browser_sessions_used_at_possible"),
        ),
        sa.CheckConstraint(
            "wiped_at >= '1970-01-01 00:00:00+00' AND wiped_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_browser_sessions_wiped_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_browser_sessions_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_browser_sessions_token_hash")),
    )
    op.create_table(
        "callback_attempts",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column(
            "reached",
            sa.Enum(
                "answered",
                "no_answer",
                "refused",
                "wrong_number",
                name="reached",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column(
            "satisfaction",
            sa.Enum(
                "very_satisfied",
                "satisfied",
                "neutral",
                "dissatisfied",
                "very_dissatisfied",
                name="satisfaction",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_callback_attempts_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_callback_attempts_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_attempts")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_callback_attempts_order_id_number")),
    )
    op.create_index("ix_callback_attempts_at", "callback_attempts", ["at"], unique=False)
    op.create_table(
        "callback_entries",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("subscriber_id", sa.Uuid(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("risk", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rank_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("draft", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "due_at >= '1970-01-01 00:00:00+00' AND due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_callback_entries_due_at_possible"),
        ),
        sa.CheckConstraint(
            "held_since >= '1970-01-01 00:00:00+00' AND held_since < '2100-01-01 00:00:00+00'",
            name=op.f("ck_callback_entries_held_since_possible"),
        ),
        sa.CheckConstraint(
            "held_until >= '1970-01-01 00:00:00+00' AND held_until < '2100-01-01 00:00:00+00'",
            name=op.f("ck_callback_entries_held_until_possible"),
        ),
        sa.CheckConstraint(
            "left_at >= '1970-01-01 00:00:00+00' AND left_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_callback_entries_left_at_possible"),
        ),
        sa.CheckConstraint(
            "next_at >= '1970-01-01 00:00:00+00' AND next_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_callback_entries_next_at_possible"),
        ),
        sa.CheckConstraint(
            "rank_at >= '1970-01-01 00:00:00+00' AND rank_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_callback_entries_rank_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_callback_entries_area_id_service_areas")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_callback_entries_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_callback_entries")),
    )
    op.create_index(
        "ix_callback_entries_holder",
        "callback_entries",
        ["holder_id"],
        unique=False,
        postgresql_where=sa.text("holder_id IS NOT NULL"),
    )
    op.create_index(
        "ix_callback_entries_rank",
        "callback_entries",
        ["area_id", "rank_at", "order_id"],
        unique=False,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index(
        "ix_callback_entries_subscriber",
        "callback_entries",
        ["subscriber_id"],
        unique=False,
        postgresql_where=sa.text("holder_id IS NOT NULL"),
    )
    op.create_table(
        "complaints",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "call",
                "hotline",
                "regulator",
                "media",
                "counter",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "gravity",
            sa.Enum("normal", "serious", name="gravity", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "acknowledged",
                "answered",
                "rectifying",
                "rectified",
                "closed",
                name="complaintstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("subscriber_id", sa.Uuid(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("external_number", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledge_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column(
            "liability",
            sa.Enum(
                "company",
                "technician",
                "network",
                "subscriber",
                "none",
                name="liability",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("liability_reason", sa.Text(), nullable=True),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rectify_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rectification", sa.Text(), nullable=True),
        sa.Column("rectified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inspected_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "acknowledge_due_at >= '1970-01-01 00:00:00+00' AND acknowledge_due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaints_acknowledge_due_at_possible"),
        ),
        sa.CheckConstraint(
            "acknowledged_at >= '1970-01-01 00:00:00+00' AND acknowledged_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaints_acknowledged_at_possible"),
        ),
        sa.CheckConstraint(
            "answer_due_at >= '1970-01-01 00:00:00+00' AND answer_due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaints_answer_due_at_possible"),
        ),
        sa.CheckConstraint(
            "answered_at >= '1970-01-01 00:00:00+00' AND answered_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaints_answered_at_possible"),
        ),
        sa.CheckConstraint(
            "closed_at >= '1970-01-01 00:00:00+00' AND closed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaints_closed_at_possible"),
        ),
        sa.CheckConstraint(
            "decided_at >= '1970-01-01 00:00:00+00' AND decided_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaints_decided_at_possible"),
        ),
        sa.CheckConstraint(
            "liability <> 'technician' OR technician_id IS NOT NULL", name=op.f("ck_complaints_somebody_to_blame")
        ),
        sa.CheckConstraint(
            "received_at >= '1970-01-01 00:00:00+00' AND received_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaints_received_at_possible"),
        ),
        sa.CheckConstraint(
            "rectified_at >= '1970-01-01 00:00:00+00' AND rectified_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaints_rectified_at_possible"),
        ),
        sa.CheckConstraint(
            "rectify_due_at >= '1970-01-01 00:00:00+00' AND rectify_due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaints_rectify_due_at_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_complaints_area_id_service_areas")),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_complaints_grid_id_grids")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_complaints_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_complaints_subscriber_id_subscribers")
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_complaints_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("area_id", "number", name=op.f("uq_complaints_area_id_number")),
    )
    op.create_index("ix_complaints_area", "complaints", ["area_id", "received_at", "id"], unique=False)
    op.create_index(
        "ix_complaints_order",
        "complaints",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "ix_complaints_owner", "complaints", ["owner_id"], unique=False, postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_table(
        "decisions",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("proposed_kind", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "service_star",
                "honour_card",
                "yellow_card",
                "rectification",
                "retraining",
                name="decisionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "withdrawn",
                "declined",
                "accepted",
                "answered",
                "checked",
                name="decisionstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judgement", sa.Text(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(status IN ('proposed', 'withdrawn')) = (decided_at IS NULL)",
            name=op.f("ck_decisions_decided_by_a_person"),
        ),
        sa.CheckConstraint(
            "answered_at >= '1970-01-01 00:00:00+00' AND answered_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_decisions_answered_at_possible"),
        ),
        sa.CheckConstraint(
            "checked_at >= '1970-01-01 00:00:00+00' AND checked_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_decisions_checked_at_possible"),
        ),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_decisions_created_at_possible"),
        ),
        sa.CheckConstraint(
            "decided_at >= '1970-01-01 00:00:00+00' AND decided_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_decisions_decided_at_possible"),
        ),
        sa.CheckConstraint(
            "due_at >= '1970-01-01 00:00:00+00' AND due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_decisions_due_at_possible"),
        ),
        sa.CheckConstraint("month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_decisions_month_possible")),
        sa.CheckConstraint(
            "status NOT IN ('answered', 'checked') OR (owner_id IS NOT NULL AND due_at IS NOT NULL)",
            name=op.f("ck_decisions_task_owned"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_decisions_area_id_service_areas")),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name=op.f("fk_decisions_owner_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint(
            "area_id",
            "month",
            "proposed_kind",
            "subject",
            "subject_id",
            name=op.f("uq_decisions_area_id_month_proposed_kind_subject_subject_id"),
        ),
    )
    op.create_index("ix_decisions_subject", "decisions", ["area_id", "subject", "subject_id"], unique=False)
    op.create_table(
        "finish_code_tries",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_finish_code_tries_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_finish_code_tries_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("order_id", "technician_id", "code_hash", name=op.f("pk_finish_code_tries")),
    )
    op.create_table(
        "inspections",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("inspector_id", sa.Uuid(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'", name=op.f("ck_inspections_at_possible")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_inspections_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_inspections_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspections")),
        sa.UniqueConstraint("order_id", name=op.f("uq_inspections_order_id")),
    )
    op.create_table(
        "invitations",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_invitations_created_at_possible"),
        ),
        sa.CheckConstraint(
            "expires_at >= '1970-01-01 00:00:00+00' AND expires_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_invitations_expires_at_possible"),
        ),
        sa.CheckConstraint(
            "used_at >= '1970-01-01 00:00:00+00' AND used_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_invitations_used_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_invitations_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_table(
        "lost_stores",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'", name=op.f("ck_lost_stores_at_possible")
        ),
        sa.CheckConstraint(
            "handled_at >= '1970-01-01 00:00:00+00' AND handled_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_lost_stores_handled_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_lost_stores_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_stores")),
    )
    op.create_index("ix_lost_stores_account", "lost_stores", ["account_id", "at"], unique=False)
    op.create_index(
        "ix_lost_stores_open", "lost_stores", ["at"], unique=False, postgresql_where=sa.text("handled_at IS NULL")
    )
    op.create_table(
        "notices",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("template_number", sa.Integer(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "sending",
                "sent",
                "delivered",
                "unknown",
                "failed",
                "dropped",
                name="noticestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("skipped_channels", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "claimed_at >= '1970-01-01 00:00:00+00' AND claimed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notices_claimed_at_possible"),
        ),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notices_created_at_possible"),
        ),
        sa.CheckConstraint(
            "delivered_at >= '1970-01-01 00:00:00+00' AND delivered_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notices_delivered_at_possible"),
        ),
        sa.CheckConstraint(
            "first_tried_at >= '1970-01-01 00:00:00+00' AND first_tried_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notices_first_tried_at_possible"),
        ),
        sa.CheckConstraint(
            "next_at >= '1970-01-01 00:00:00+00' AND next_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notices_next_at_possible"),
        ),
        sa.CheckConstraint(
            "sent_at >= '1970-01-01 00:00:00+00' AND sent_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notices_sent_at_possible"),
        ),
        sa.CheckConstraint(
            "stale_at >= '1970-01-01 00:00:00+00' AND stale_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notices_stale_at_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_notices_area_id_service_areas")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["notice_channels.id"], name=op.f("fk_notices_channel_id_notice_channels")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_notices_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.create_index("ix_notices_area", "notices", ["area_id", "created_at"], unique=False)
    op.create_index(
        "ix_notices_code",
        "notices",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("(params ->> 'finishCode'::text) IS NOT NULL"),
    )
    op.create_index("ix_notices_order", "notices", ["order_id", "created_at"], unique=False)
    op.create_index(
        "ix_notices_sending", "notices", ["claimed_at"], unique=False, postgresql_where=sa.text("status = 'sending'")
    )
    op.create_index(
        "ix_notices_waiting",
        "notices",
        ["area_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_notices_worklist",
        "notices",
        ["area_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('failed', 'unknown')"),
    )
    op.create_table(
        "order_alarms",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'", name=op.f("ck_order_alarms_at_possible")
        ),
        sa.CheckConstraint(
            "due_at >= '1970-01-01 00:00:00+00' AND due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_order_alarms_due_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_alarms_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", "clock", "due_at", "percent", name=op.f("pk_order_alarms")),
    )
    op.create_geospatial_table(
        "order_events",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("actor_account_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("policy_number", sa.Integer(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "occurred_at >= '1970-01-01 00:00:00+00' AND occurred_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_order_events_occurred_at_possible"),
        ),
        sa.CheckConstraint(
            "received_at >= '1970-01-01 00:00:00+00' AND received_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_order_events_received_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_events_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_events")),
        sa.UniqueConstraint("order_id", "sequence", name=op.f("uq_order_events_order_id_sequence")),
    )
    op.create_index(
        "ix_order_events_occurred",
        "order_events",
        ["occurred_at"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": True},
    )
    op.create_index(
        "ix_order_events_received",
        "order_events",
        ["received_at"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": True},
    )
    op.create_index("ix_order_events_technician", "order_events", ["technician_id", "occurred_at"], unique=False)
    op.create_index(
        "uq_order_events_client",
        "order_events",
        ["client_id"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
    op.create_table(
        "order_requests",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("photo_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resume_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "decided_at >= '1970-01-01 00:00:00+00' AND decided_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_order_requests_decided_at_possible"),
        ),
        sa.CheckConstraint(
            "requested_at >= '1970-01-01 00:00:00+00' AND requested_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_order_requests_requested_at_possible"),
        ),
        sa.CheckConstraint(
            "resume_at >= '1970-01-01 00:00:00+00' AND resume_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_order_requests_resume_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_requests_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_order_requests_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_requests")),
    )
    op.create_index(
        "uq_order_requests_pending",
        "order_requests",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "outage_orders",
        sa.Column("outage_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "named",
                "child",
                "crew",
                "released",
                "ended",
                name="part",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "works",
                "still_broken",
                "not_reached",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "answered_at >= '1970-01-01 00:00:00+00' AND answered_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outage_orders_answered_at_possible"),
        ),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_outage_orders_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_outage_orders_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["outage_id"], ["outages.id"], name=op.f("fk_outage_orders_outage_id_outages"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("outage_id", "order_id", name=op.f("pk_outage_orders")),
    )
    op.create_index("ix_outage_orders_order", "outage_orders", ["order_id"], unique=False)
    op.create_index(
        "uq_outage_orders_child", "outage_orders", ["order_id"], unique=True, postgresql_where=sa.text("part = 'child'")
    )
    op.create_index(
        "uq_outage_orders_crew", "outage_orders", ["outage_id"], unique=True, postgresql_where=sa.text("part = 'crew'")
    )
    op.create_table(
        "phone_acts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("skew_seconds", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "handled_at >= '1970-01-01 00:00:00+00' AND handled_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_phone_acts_handled_at_possible"),
        ),
        sa.CheckConstraint(
            "occurred_at >= '1970-01-01 00:00:00+00' AND occurred_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_phone_acts_occurred_at_possible"),
        ),
        sa.CheckConstraint(
            "received_at >= '1970-01-01 00:00:00+00' AND received_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_phone_acts_received_at_possible"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_phone_acts_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_phone_acts_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_acts")),
    )
    op.create_index(
        "ix_phone_acts_conflicts",
        "phone_acts",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("result = 'conflict' AND handled_at IS NULL"),
    )
    op.create_index("ix_phone_acts_technician", "phone_acts", ["technician_id", "received_at"], unique=False)
    op.create_table(
        "phone_changes",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_phone_changes_at_possible"),
        ),
        sa.CheckConstraint(
            "received_at >= '1970-01-01 00:00:00+00' AND received_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_phone_changes_received_at_possible"),
        ),
        sa.CheckConstraint(
            "seen_at >= '1970-01-01 00:00:00+00' AND seen_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_phone_changes_seen_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_phone_changes_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technicians.id"],
            name=op.f("fk_phone_changes_technician_id_technicians"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_changes")),
    )
    op.create_index(
        "ix_phone_changes_unseen",
        "phone_changes",
        ["technician_id"],
        unique=False,
        postgresql_where=sa.text("seen_at IS NULL"),
    )
    op.create_table(
        "phone_offers",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("price", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ahead", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("offered_by", sa.Uuid(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "answered_at >= '1970-01-01 00:00:00+00' AND answered_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_phone_offers_answered_at_possible"),
        ),
        sa.CheckConstraint(
            "expires_at >= '1970-01-01 00:00:00+00' AND expires_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_phone_offers_expires_at_possible"),
        ),
        sa.CheckConstraint(
            "offered_at >= '1970-01-01 00:00:00+00' AND offered_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_phone_offers_offered_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_phone_offers_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technicians.id"],
            name=op.f("fk_phone_offers_technician_id_technicians"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_offers")),
    )
    op.create_index(
        "ix_phone_offers_technician",
        "phone_offers",
        ["technician_id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_phone_offers_open",
        "phone_offers",
        ["order_id", "technician_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "photo_pieces",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo_uploads.id"], name=op.f("fk_photo_pieces_photo_id_photo_uploads"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", "offset", name=op.f("pk_photo_pieces")),
    )
    op.create_geospatial_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("sent_sha256", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("accuracy_metres", sa.Float(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "received_at >= '1970-01-01 00:00:00+00' AND received_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_photos_received_at_possible"),
        ),
        sa.CheckConstraint(
            "taken_at >= '1970-01-01 00:00:00+00' AND taken_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_photos_taken_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_photos_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"], name=op.f("fk_photos_sha256_blobs")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_photos_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    op.create_index(
        "ix_photos_missing", "photos", ["order_id"], unique=False, postgresql_where=sa.text("sha256 IS NULL")
    )
    op.create_index(op.f("ix_photos_order_id"), "photos", ["order_id"], unique=False)
    op.create_index("ix_photos_sha256", "photos", ["sha256"], unique=False)
    op.create_table(
        "plan_moves",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("events", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'", name=op.f("ck_plan_moves_at_possible")
        ),
        sa.CheckConstraint(
            "service_date >= '1970-01-01' AND service_date < '2100-01-01'",
            name=op.f("ck_plan_moves_service_date_possible"),
        ),
        sa.CheckConstraint(
            "undone_at >= '1970-01-01 00:00:00+00' AND undone_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_plan_moves_undone_at_possible"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_plan_moves_area_id_service_areas")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_plan_moves_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_plan_moves_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_moves")),
    )
    op.create_index("ix_plan_moves_own", "plan_moves", ["area_id", "service_date", "account_id", "id"], unique=False)
    op.create_index(
        "ix_plan_moves_plan", "plan_moves", ["plan_id"], unique=False, postgresql_where=sa.text("plan_id IS NOT NULL")
    )
    op.create_table(
        "plan_stops",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("arrival", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("departure", sa.DateTime(timezone=True), nullable=False),
        sa.Column("travel_seconds", sa.Integer(), nullable=False),
        sa.Column("travel_metres", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "arrival >= '1970-01-01 00:00:00+00' AND arrival < '2100-01-01 00:00:00+00'",
            name=op.f("ck_plan_stops_arrival_possible"),
        ),
        sa.CheckConstraint(
            "departure >= '1970-01-01 00:00:00+00' AND departure < '2100-01-01 00:00:00+00'",
            name=op.f("ck_plan_stops_departure_possible"),
        ),
        sa.CheckConstraint(
            "start >= '1970-01-01 00:00:00+00' AND start < '2100-01-01 00:00:00+00'",
            name=op.f("ck_plan_stops_start_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_plan_stops_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_plan_stops_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_plan_stops_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("plan_id", "order_id", name=op.f("pk_plan_stops")),
    )
    op.create_index("ix_plan_stops_route", "plan_stops", ["plan_id", "technician_id", "position"], unique=False)
    op.create_table(
        "plan_unplanned",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_plan_unplanned_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_plan_unplanned_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "order_id", name=op.f("pk_plan_unplanned")),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_push_subscriptions_created_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_push_subscriptions_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    op.create_index(op.f("ix_push_subscriptions_account_id"), "push_subscriptions", ["account_id"], unique=False)
    op.create_table(
        "saved_views",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=True),
        sa.Column("on_day", sa.Integer(), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("stopped", sa.Text(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_saved_views_created_at_possible"),
        ),
        sa.CheckConstraint(
            "next_at >= '1970-01-01 00:00:00+00' AND next_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_saved_views_next_at_possible"),
        ),
        sa.CheckConstraint("(rhythm IS NULL) = (next_at IS NULL)", name=op.f("ck_saved_views_scheduled")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_saved_views_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_saved_views_area_id_service_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("area_id", "account_id", "name", name=op.f("uq_saved_views_area_id_account_id_name")),
    )
    op.create_index(
        "ix_saved_views_due", "saved_views", ["next_at"], unique=False, postgresql_where=sa.text("next_at IS NOT NULL")
    )
    op.create_table(
        "settlement_statements",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contractor", sa.Text(), nullable=True),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "issued",
                "disputed",
                "settled",
                name="statementstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("own", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("lent", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("borrowed", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("corrections", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("total", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disputed_by", sa.Uuid(), nullable=True),
        sa.Column("disputed_because", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("judgement", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "created_at >= '1970-01-01 00:00:00+00' AND created_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_settlement_statements_created_at_possible"),
        ),
        sa.CheckConstraint(
            "disputed_at >= '1970-01-01 00:00:00+00' AND disputed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_settlement_statements_disputed_at_possible"),
        ),
        sa.CheckConstraint(
            "issued_at >= '1970-01-01 00:00:00+00' AND issued_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_settlement_statements_issued_at_possible"),
        ),
        sa.CheckConstraint(
            "month >= '1970-01-01' AND month < '2100-01-01'", name=op.f("ck_settlement_statements_month_possible")
        ),
        sa.CheckConstraint(
            "settled_at >= '1970-01-01 00:00:00+00' AND settled_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_settlement_statements_settled_at_possible"),
        ),
        sa.CheckConstraint(
            "(contract_id IS NULL) <> (technician_id IS NULL)", name=op.f("ck_settlement_statements_whose")
        ),
        sa.CheckConstraint("total = own + lent + corrections", name=op.f("ck_settlement_statements_adds_up")),
        sa.ForeignKeyConstraint(
            ["area_id"], ["service_areas.id"], name=op.f("fk_settlement_statements_area_id_service_areas")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["grid_contracts.id"], name=op.f("fk_settlement_statements_contract_id_grid_contracts")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grids.id"], name=op.f("fk_settlement_statements_grid_id_grids")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_settlement_statements_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_statements")),
        sa.UniqueConstraint(
            "area_id",
            "month",
            "contract_id",
            "technician_id",
            name=op.f("uq_settlement_statements_area_id_month_contract_id_technician_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_settlement_statements_contract_id", "settlement_statements", ["contract_id"], unique=False)
    op.create_table(
        "subscriber_links",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "revoked_at >= '1970-01-01 00:00:00+00' AND revoked_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_subscriber_links_revoked_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_subscriber_links_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_subscriber_links")),
    )
    op.create_table(
        "survey_links",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "answered_at >= '1970-01-01 00:00:00+00' AND answered_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_survey_links_answered_at_possible"),
        ),
        sa.CheckConstraint(
            "expires_at >= '1970-01-01 00:00:00+00' AND expires_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_survey_links_expires_at_possible"),
        ),
        sa.CheckConstraint(
            "opened_at >= '1970-01-01 00:00:00+00' AND opened_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_survey_links_opened_at_possible"),
        ),
        sa.CheckConstraint(
            "sent_at >= '1970-01-01 00:00:00+00' AND sent_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_survey_links_sent_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_survey_links_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_links")),
        sa.UniqueConstraint("order_id", name=op.f("uq_survey_links_order_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_survey_links_token_hash")),
    )
    op.create_table(
        "visits",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "en_route",
                "on_site",
                "done",
                "broken_off",
                "cancelled",
                name="visitstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("planned_arrival", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("travel_seconds", sa.Integer(), nullable=True),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "pin",
            sa.Enum(
                "technician",
                "time",
                "both",
                "sequence",
                name="visitpin",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "arrived_at >= '1970-01-01 00:00:00+00' AND arrived_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_visits_arrived_at_possible"),
        ),
        sa.CheckConstraint(
            "departed_at >= '1970-01-01 00:00:00+00' AND departed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_visits_departed_at_possible"),
        ),
        sa.CheckConstraint(
            "ended_at >= '1970-01-01 00:00:00+00' AND ended_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_visits_ended_at_possible"),
        ),
        sa.CheckConstraint(
            "planned_arrival >= '1970-01-01 00:00:00+00' AND planned_arrival < '2100-01-01 00:00:00+00'",
            name=op.f("ck_visits_planned_arrival_possible"),
        ),
        sa.CheckConstraint(
            "planned_end >= '1970-01-01 00:00:00+00' AND planned_end < '2100-01-01 00:00:00+00'",
            name=op.f("ck_visits_planned_end_possible"),
        ),
        sa.CheckConstraint(
            "planned_start >= '1970-01-01 00:00:00+00' AND planned_start < '2100-01-01 00:00:00+00'",
            name=op.f("ck_visits_planned_start_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_visits_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_visits_plan_id_plans")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_visits_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index(op.f("ix_visits_order_id"), "visits", ["order_id"], unique=False)
    op.create_index("ix_visits_technician_ended", "visits", ["technician_id", "ended_at"], unique=False)
    op.create_index("ix_visits_technician_planned", "visits", ["technician_id", "planned_arrival"], unique=False)
    op.create_index(
        "uq_visits_living",
        "visits",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('planned', 'en_route', 'on_site')"),
    )
    op.create_table(
        "wiped_phones",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("unsent", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'", name=op.f("ck_wiped_phones_at_possible")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_wiped_phones_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wiped_phones")),
    )
    op.create_index("ix_wiped_phones_account", "wiped_phones", ["account_id", "at"], unique=False)
    op.create_table(
        "alerts",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("above", sa.Boolean(), nullable=False),
        sa.Column("bound", sa.Float(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "acknowledged_at >= '1970-01-01 00:00:00+00' AND acknowledged_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_alerts_acknowledged_at_possible"),
        ),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'", name=op.f("ck_alerts_at_possible")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_alerts_area_id_service_areas")),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_alerts_notice_id_notices"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["alert_rules.id"], name=op.f("fk_alerts_rule_id_alert_rules"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index("ix_alerts_area_id", "alerts", ["area_id", "at"], unique=False)
    op.create_index(op.f("ix_alerts_rule_id"), "alerts", ["rule_id"], unique=False)
    op.create_table(
        "complaint_links",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_complaint_links_complaint_id_complaints"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("complaint_id", "kind", "ref", name=op.f("pk_complaint_links")),
    )
    op.create_index("ix_complaint_links_ref", "complaint_links", ["ref"], unique=False)
    op.create_table(
        "decision_events",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_decision_events_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_decision_events_decision_id_decisions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_events")),
    )
    op.create_index(op.f("ix_decision_events_decision_id"), "decision_events", ["decision_id"], unique=False)
    op.create_table(
        "kept_answers",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("satisfaction", sa.Text(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("noted", sa.Boolean(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("contacted", sa.Boolean(), nullable=True),
        sa.Column("window", sa.Boolean(), nullable=True),
        sa.Column("in_time", sa.Boolean(), nullable=True),
        sa.Column("first_visit", sa.Boolean(), nullable=True),
        sa.Column("within_a_day", sa.Boolean(), nullable=True),
        sa.Column("not_chased", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'", name=op.f("ck_kept_answers_at_possible")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["callback_attempts.id"],
            name=op.f("fk_kept_answers_attempt_id_callback_attempts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_kept_answers")),
    )
    op.create_index("ix_kept_answers_area_id_at", "kept_answers", ["area_id", "at"], unique=False)
    op.create_table(
        "notice_attempts",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "started_at >= '1970-01-01 00:00:00+00' AND started_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_notice_attempts_started_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["notice_channels.id"], name=op.f("fk_notice_attempts_channel_id_notice_channels")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_notice_attempts_notice_id_notices"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_attempts")),
    )
    op.create_index("ix_notice_attempts_gateway", "notice_attempts", ["channel_id", "gateway_id"], unique=False)
    op.create_index(op.f("ix_notice_attempts_notice_id"), "notice_attempts", ["notice_id"], unique=False)
    op.create_table(
        "settlement_lines",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("difficulty", sa.Text(), nullable=False),
        sa.Column("distance", sa.Text(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("corrects", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "corrects >= '1970-01-01' AND corrects < '2100-01-01'", name=op.f("ck_settlement_lines_corrects_possible")
        ),
        sa.CheckConstraint("day >= '1970-01-01' AND day < '2100-01-01'", name=op.f("ck_settlement_lines_day_possible")),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["settlement_statements.id"],
            name=op.f("fk_settlement_lines_statement_id_settlement_statements"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technicians.id"], name=op.f("fk_settlement_lines_technician_id_technicians")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_lines")),
        sa.UniqueConstraint("statement_id", "place", name=op.f("uq_settlement_lines_statement_id_place")),
    )
    op.create_index("ix_settlement_lines_event_id", "settlement_lines", ["event_id"], unique=False)
    op.create_index(
        "uq_settlement_lines_paid",
        "settlement_lines",
        ["event_id"],
        unique=True,
        postgresql_where=sa.text("part IN ('own', 'lent')"),
    )
    op.create_table(
        "supervisions",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "answered",
                "closed",
                name="supervisionstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judgement", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "answered_at >= '1970-01-01 00:00:00+00' AND answered_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_supervisions_answered_at_possible"),
        ),
        sa.CheckConstraint(
            "closed_at >= '1970-01-01 00:00:00+00' AND closed_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_supervisions_closed_at_possible"),
        ),
        sa.CheckConstraint(
            "due_at >= '1970-01-01 00:00:00+00' AND due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_supervisions_due_at_possible"),
        ),
        sa.CheckConstraint(
            "opened_at >= '1970-01-01 00:00:00+00' AND opened_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_supervisions_opened_at_possible"),
        ),
        sa.CheckConstraint(
            "order_id IS NOT NULL OR complaint_id IS NOT NULL", name=op.f("ck_supervisions_about_something")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name=op.f("fk_supervisions_area_id_service_areas")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_supervisions_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_supervisions_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervisions")),
        sa.UniqueConstraint("area_id", "number", name=op.f("uq_supervisions_area_id_number")),
    )
    op.create_index("ix_supervisions_area", "supervisions", ["area_id", "due_at"], unique=False)
    op.create_index(
        "ix_supervisions_complaint",
        "supervisions",
        ["complaint_id"],
        unique=False,
        postgresql_where=sa.text("complaint_id IS NOT NULL"),
    )
    op.create_index(
        "ix_supervisions_order",
        "supervisions",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_table(
        "view_deliveries",
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_view_deliveries_at_possible"),
        ),
        sa.CheckConstraint(
            "due_at >= '1970-01-01 00:00:00+00' AND due_at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_view_deliveries_due_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_view_deliveries_notice_id_notices"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["view_id"], ["saved_views.id"], name=op.f("fk_view_deliveries_view_id_saved_views"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_deliveries")),
        sa.UniqueConstraint("view_id", "due_at", name=op.f("uq_view_deliveries_view_id_due_at")),
    )
    op.create_table(
        "complaint_events",
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("supervision_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "at >= '1970-01-01 00:00:00+00' AND at < '2100-01-01 00:00:00+00'",
            name=op.f("ck_complaint_events_at_possible"),
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaints.id"],
            name=op.f("fk_complaint_events_complaint_id_complaints"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["supervision_id"],
            ["supervisions.id"],
            name=op.f("fk_complaint_events_supervision_id_supervisions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_events")),
    )
    op.create_index(op.f("ix_complaint_events_complaint_id"), "complaint_events", ["complaint_id"], unique=False)
    op.create_index(op.f("ix_complaint_events_supervision_id"), "complaint_events", ["supervision_id"], unique=False)
    for statement in FUNCTIONS:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first schema. To go back, restore a backup into a new home.")
