SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE TYPE public.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);

CREATE TYPE public.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);

CREATE TYPE public.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);

CREATE FUNCTION public.count_event() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
$$;

CREATE FUNCTION public.count_order_moved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM count_turns(OLD.id, 2147483647, OLD.area_id, OLD.grid_id, -1);
    IF TG_OP = 'UPDATE' THEN
        PERFORM count_turns(NEW.id, 2147483647, NEW.area_id, NEW.grid_id, 1);
        RETURN NEW;
    END IF;
    RETURN OLD;
END
$$;

CREATE FUNCTION public.count_reports() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
$$;

CREATE FUNCTION public.count_turns(wanted uuid, upto integer, area uuid, grid uuid, times integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO grid_day_changes (area_id, grid_id, day, reported, completed, late, opened, visits, spent)
    SELECT area, grid, CAST(t.at AT TIME ZONE a.timezone AS date),
           times * sum(t.reported), times * sum(t.completed), times * sum(t.late), times * sum(t.opened), times * sum(t.visits), times * sum(t.spent)
    FROM order_turns(ARRAY[wanted], upto) t JOIN service_areas a ON a.id = area
    GROUP BY 3;
END
$$;

CREATE FUNCTION public.decisions_stay() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a bulletin that was issued and the steps of a decision are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'decisions_stay';
END
$$;

CREATE FUNCTION public.import_worked_on(run uuid) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (SELECT count(*) FROM orders o WHERE o.import_id = run AND (o.edited_by_person
        OR EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.actor_role <> 'import')
        OR EXISTS (SELECT FROM visits v WHERE v.order_id = o.id)
        OR EXISTS (SELECT FROM orders c WHERE c.merged_into_id = o.id OR c.reopens_id = o.id)));
END
$$;

CREATE FUNCTION public.keep_answer_completed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM keep_answers(NEW.order_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.keep_answer_given() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.reached <> 'answered' THEN DELETE FROM kept_answers WHERE attempt_id = NEW.id; END IF;
    PERFORM keep_answers(NEW.order_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.keep_answer_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM keep_answers(NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.keep_answers(wanted uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
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
$$;

CREATE FUNCTION public.ledger_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'lines of the assessment ledger are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_append_only';
END
$$;

CREATE FUNCTION public.ledger_month_open() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM month_closings c WHERE c.area_id = NEW.area_id AND c.month = NEW.month
               AND c.reopened_at IS NULL) THEN
        RAISE EXCEPTION 'the month is closed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_month_open';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.order_events_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM removed_orders r WHERE r.order_id = OLD.order_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'order events are never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'order_events_append_only';
END
$$;

CREATE FUNCTION public.order_turns(wanted uuid[], upto integer) RETURNS TABLE(order_id uuid, sequence integer, at timestamp with time zone, reported integer, completed integer, late integer, opened integer, visits integer, spent integer)
    LANGUAGE sql STABLE
    AS $$
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
$$;

CREATE FUNCTION public.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;

CREATE FUNCTION public.procrastinate_defer_jobs_v1(jobs public.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;

CREATE FUNCTION public.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    lock text,
    queueing_lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status public.procrastinate_job_status DEFAULT 'todo'::public.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::public.procrastinate_job_status) AND (abort_requested = true))))
);

CREATE FUNCTION public.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS public.procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;

CREATE FUNCTION public.procrastinate_finish_job_v1(job_id bigint, end_status public.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION public.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION public.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION public.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION public.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;

CREATE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;

CREATE FUNCTION public.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION public.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION public.queue_callback() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
$$;

CREATE FUNCTION public.refresh_statistics(names text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        EXECUTE 'ANALYZE ' || quote_ident(name);
    END LOOP;
END
$$;

CREATE FUNCTION public.removed_orders_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the record of removed orders is never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'removed_orders_append_only';
END
$$;

CREATE FUNCTION public.route_stale_fault_guides_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM old_rows r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_fault_guides_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM new_rows r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_fault_guides_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_fault_types_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM old_rows r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_fault_types_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM new_rows r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_fault_types_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.area_id IS NULL OR r.area_id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_leaves_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_leaves_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_leaves_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_map_packs_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t JOIN city_maps m ON m.area_id = t.area_id WHERE EXISTS (SELECT FROM old_rows r WHERE r.map_id = m.id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_map_packs_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t JOIN city_maps m ON m.area_id = t.area_id WHERE EXISTS (SELECT FROM new_rows r WHERE r.map_id = m.id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_map_packs_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t JOIN city_maps m ON m.area_id = t.area_id WHERE EXISTS (SELECT FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.map_id = m.id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_orders_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.owner_id FROM old_rows r WHERE r.owner_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_orders_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.owner_id FROM new_rows r WHERE r.owner_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_orders_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.owner_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.owner_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_phone_changes_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_phone_changes_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_phone_changes_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_phone_offers_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_phone_offers_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_phone_offers_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_plans_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM old_rows r WHERE r.area_id = t.area_id AND r.status IN ('published', 'superseded'));
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_plans_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM new_rows r WHERE r.area_id = t.area_id AND r.status IN ('published', 'superseded'));
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_plans_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.area_id = t.area_id AND r.status IN ('published', 'superseded'));
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_position_consents_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_position_consents_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_position_consents_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_roster_patterns_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_roster_patterns_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_roster_patterns_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_service_areas_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM old_rows r WHERE r.id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_service_areas_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM new_rows r WHERE r.id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_service_areas_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.id = t.area_id);
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_shifts_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_shifts_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_shifts_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_subscribers_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT o.owner_id FROM orders o JOIN old_rows r ON r.id = o.subscriber_id WHERE o.owner_id IS NOT NULL AND o.status NOT IN ('closed', 'cancelled', 'merged', 'completed');
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_subscribers_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT o.owner_id FROM orders o JOIN new_rows r ON r.id = o.subscriber_id WHERE o.owner_id IS NOT NULL AND o.status NOT IN ('closed', 'cancelled', 'merged', 'completed');
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_subscribers_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT o.owner_id FROM orders o JOIN (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r ON r.id = o.subscriber_id WHERE o.owner_id IS NOT NULL AND o.status NOT IN ('closed', 'cancelled', 'merged', 'completed');
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_technicians_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.id FROM old_rows r WHERE r.id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_technicians_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.id FROM new_rows r WHERE r.id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_technicians_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_visits_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM old_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_visits_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM new_rows r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.route_stale_visits_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO route_stale (technician_id) SELECT DISTINCT r.technician_id FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r WHERE r.technician_id IS NOT NULL;
    IF FOUND THEN
        PERFORM pg_notify('grid_dispatch_routes', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.signs_are_stale(wanted uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO signs_stale (area_id, technician_id, month)
    SELECT DISTINCT o.area_id, e.technician_id, k.month
    FROM orders o JOIN service_areas a ON a.id = o.area_id
    JOIN order_events e ON e.order_id = o.id AND e.type IN ('arrived', 'completed') AND e.technician_id IS NOT NULL
    JOIN kept_sign_months k ON k.area_id = o.area_id
         AND k.month = CAST(date_trunc('month', e.occurred_at AT TIME ZONE a.timezone) AS date)
    WHERE o.id = wanted;
END
$$;

CREATE FUNCTION public.signs_stale_callback_attempts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM signs_are_stale(OLD.order_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM signs_are_stale(NEW.order_id); END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.signs_stale_event() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM signs_are_stale(NEW.order_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.signs_stale_finish_code_tries() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM signs_are_stale(OLD.order_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM signs_are_stale(NEW.order_id); END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.signs_stale_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM signs_are_stale(OLD.id);
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.signs_stale_photos() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
$$;

CREATE FUNCTION public.statement_is_draft() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
$$;

CREATE FUNCTION public.statement_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
$$;

CREATE FUNCTION public.undo_import(run uuid, by_account uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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
$$;

CREATE FUNCTION public.work_is_stale(wanted uuid, since timestamp with time zone, upto timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
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
$$;

CREATE FUNCTION public.work_stale_event() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- a decision ends the work when it was asked for, however long ago that is
    PERFORM work_is_stale(NEW.order_id, CASE WHEN NEW.type = 'request_decided' THEN '-infinity'
                          ELSE NEW.occurred_at - interval '3 days' END, NEW.occurred_at);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_leaves_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM old_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_leaves_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM new_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_leaves_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_person() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT NEW.area_id, NEW.id, k.day FROM kept_days k WHERE k.area_id = NEW.area_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_place() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM work_is_stale(NEW.id, '-infinity', NULL);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_roster_patterns_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM old_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= coalesce(lower(r.valid), k.day) - 1 AND k.day <= coalesce(upper(r.valid), k.day) + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_roster_patterns_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM new_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= coalesce(lower(r.valid), k.day) - 1 AND k.day <= coalesce(upper(r.valid), k.day) + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_roster_patterns_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= coalesce(lower(r.valid), k.day) - 1 AND k.day <= coalesce(upper(r.valid), k.day) + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_shifts_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM old_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_shifts_insert() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM new_rows r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.work_stale_shifts_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO work_stale (area_id, technician_id, day)
    SELECT DISTINCT t.area_id, t.id, k.day
    FROM (SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows) r JOIN technicians t ON t.id = r.technician_id
    JOIN service_areas a ON a.id = t.area_id JOIN kept_days k ON k.area_id = t.area_id AND k.day >= CAST(lower(r.period) AT TIME ZONE a.timezone AS date) - 1 AND k.day <= CAST(upper(r.period) AT TIME ZONE a.timezone AS date) + 1;
    RETURN NULL;
END
$$;

CREATE TABLE public.access_tokens (
    account_id uuid NOT NULL,
    name text NOT NULL,
    token_hash text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    wiped_at timestamp with time zone,
    id uuid NOT NULL,
    CONSTRAINT ck_access_tokens_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_access_tokens_expires_at_possible CHECK (((expires_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (expires_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_access_tokens_revoked_at_possible CHECK (((revoked_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (revoked_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_access_tokens_used_at_possible CHECK (((used_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (used_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_access_tokens_wiped_at_possible CHECK (((wiped_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (wiped_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.accounts (
    login text NOT NULL,
    name text NOT NULL,
    role character varying(40) NOT NULL,
    status character varying(40) NOT NULL,
    password_hash text,
    area_ids uuid[],
    grid_ids uuid[],
    contractor text,
    technician_id uuid,
    language text NOT NULL,
    loopback_only boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_accounts_accountstatus CHECK (((status)::text = ANY ((ARRAY['uninvited'::character varying, 'invited'::character varying, 'active'::character varying, 'disabled'::character varying])::text[]))),
    CONSTRAINT ck_accounts_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_accounts_role CHECK (((role)::text = ANY ((ARRAY['agent'::character varying, 'dispatcher'::character varying, 'technician'::character varying, 'grid_lead'::character varying, 'inspector'::character varying, 'manager'::character varying, 'observer'::character varying, 'administrator'::character varying])::text[])))
);

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.alert_rules (
    area_id uuid NOT NULL,
    account_id uuid NOT NULL,
    name text NOT NULL,
    measure text NOT NULL,
    subject text NOT NULL,
    subject_id text NOT NULL,
    above boolean NOT NULL,
    bound double precision NOT NULL,
    least_cases integer NOT NULL,
    email text,
    crossed boolean NOT NULL,
    stopped text,
    checked_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_alert_rules_cases CHECK ((least_cases >= 1)),
    CONSTRAINT ck_alert_rules_checked_at_possible CHECK (((checked_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (checked_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_alert_rules_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.alerts (
    area_id uuid NOT NULL,
    rule_id uuid,
    name text NOT NULL,
    measure text NOT NULL,
    subject text NOT NULL,
    subject_id text NOT NULL,
    subject_name text NOT NULL,
    month text NOT NULL,
    above boolean NOT NULL,
    bound double precision NOT NULL,
    value double precision NOT NULL,
    evidence jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    notice_id uuid,
    acknowledged_by uuid,
    acknowledged_at timestamp with time zone,
    words text,
    id uuid NOT NULL,
    CONSTRAINT ck_alerts_acknowledged_at_possible CHECK (((acknowledged_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (acknowledged_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_alerts_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.assessment_entries (
    area_id uuid NOT NULL,
    order_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    month date NOT NULL,
    rule text NOT NULL,
    points double precision NOT NULL,
    attribution text NOT NULL,
    event_id uuid,
    policy_number integer,
    stands boolean DEFAULT true NOT NULL,
    appeal_status text,
    appeal_note text,
    appealed_at timestamp with time zone,
    decided_by uuid,
    decided_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_assessment_entries_appealed_at_possible CHECK (((appealed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (appealed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_assessment_entries_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_assessment_entries_decided_at_possible CHECK (((decided_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (decided_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_assessment_entries_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date)))
);

CREATE TABLE public.assessment_runs (
    area_id uuid NOT NULL,
    month date NOT NULL,
    number integer NOT NULL,
    provisional boolean NOT NULL,
    published_at timestamp with time zone,
    cause text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_assessment_runs_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_assessment_runs_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date))),
    CONSTRAINT ck_assessment_runs_published_at_possible CHECK (((published_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (published_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.blob_pieces (
    sha256 text NOT NULL,
    number integer NOT NULL,
    data bytea NOT NULL
);

CREATE TABLE public.blobs (
    sha256 text NOT NULL,
    size bigint NOT NULL,
    media_type text NOT NULL
);

CREATE TABLE public.browser_sessions (
    account_id uuid NOT NULL,
    token_hash text NOT NULL,
    csrf_token text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    wiped_at timestamp with time zone,
    id uuid NOT NULL,
    CONSTRAINT ck_browser_sessions_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_browser_sessions_expires_at_possible CHECK (((expires_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (expires_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_browser_sessions_used_at_possible CHECK (((used_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (used_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_browser_sessions_wiped_at_possible CHECK (((wiped_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (wiped_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.bulletins (
    area_id uuid NOT NULL,
    month date NOT NULL,
    number integer NOT NULL,
    run_number integer NOT NULL,
    language text NOT NULL,
    body text NOT NULL,
    edited_by uuid,
    edited_at timestamp with time zone NOT NULL,
    issued_by uuid,
    issued_at timestamp with time zone,
    edit integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_bulletins_edited_at_possible CHECK (((edited_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (edited_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_bulletins_issued_at_possible CHECK (((issued_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (issued_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_bulletins_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date)))
);

CREATE TABLE public.calendar_feeds (
    technician_id uuid NOT NULL,
    token_hash text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    id uuid NOT NULL,
    CONSTRAINT ck_calendar_feeds_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_calendar_feeds_revoked_at_possible CHECK (((revoked_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (revoked_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.calendar_years (
    area_id uuid NOT NULL,
    kind character varying(40) NOT NULL,
    year integer NOT NULL,
    days_off jsonb NOT NULL,
    opens text NOT NULL,
    closes text NOT NULL,
    source text NOT NULL,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_calendar_years_calendarkind CHECK (((kind)::text = ANY ((ARRAY['service'::character varying, 'office'::character varying])::text[])))
);

CREATE TABLE public.callback_attempts (
    order_id uuid NOT NULL,
    number integer NOT NULL,
    round integer NOT NULL,
    agent_id uuid,
    at timestamp with time zone NOT NULL,
    period text NOT NULL,
    reached character varying(40) NOT NULL,
    solved boolean,
    satisfaction character varying(40),
    reasons jsonb NOT NULL,
    answers jsonb NOT NULL,
    note text,
    id uuid NOT NULL,
    CONSTRAINT ck_callback_attempts_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_callback_attempts_reached CHECK (((reached)::text = ANY ((ARRAY['answered'::character varying, 'no_answer'::character varying, 'refused'::character varying, 'wrong_number'::character varying])::text[]))),
    CONSTRAINT ck_callback_attempts_satisfaction CHECK (((satisfaction)::text = ANY ((ARRAY['very_satisfied'::character varying, 'satisfied'::character varying, 'neutral'::character varying, 'dissatisfied'::character varying, 'very_dissatisfied'::character varying])::text[])))
);

CREATE TABLE public.callback_entries (
    order_id uuid NOT NULL,
    area_id uuid NOT NULL,
    grid_id uuid,
    subscriber_id uuid,
    round integer NOT NULL,
    risk integer NOT NULL,
    due_at timestamp with time zone,
    next_at timestamp with time zone NOT NULL,
    rank_at timestamp with time zone NOT NULL,
    holder_id uuid,
    held_since timestamp with time zone,
    held_until timestamp with time zone,
    draft jsonb NOT NULL,
    left_at timestamp with time zone,
    result text,
    CONSTRAINT ck_callback_entries_due_at_possible CHECK (((due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_callback_entries_held_since_possible CHECK (((held_since >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (held_since < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_callback_entries_held_until_possible CHECK (((held_until >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (held_until < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_callback_entries_left_at_possible CHECK (((left_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (left_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_callback_entries_next_at_possible CHECK (((next_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (next_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_callback_entries_rank_at_possible CHECK (((rank_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (rank_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.city_maps (
    area_id uuid NOT NULL,
    name text NOT NULL,
    extract_sha256 text NOT NULL,
    roads_key text NOT NULL,
    roads_blob text NOT NULL,
    imported_at timestamp with time zone DEFAULT now() NOT NULL,
    active boolean NOT NULL,
    bbox public.geometry(Polygon,4326) NOT NULL,
    counts jsonb NOT NULL,
    calibration_factor double precision NOT NULL,
    calibration jsonb,
    id uuid NOT NULL,
    CONSTRAINT ck_city_maps_imported_at_possible CHECK (((imported_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (imported_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.complaint_events (
    complaint_id uuid,
    supervision_id uuid,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    by uuid,
    words text,
    data jsonb NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_complaint_events_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.complaint_links (
    complaint_id uuid NOT NULL,
    kind text NOT NULL,
    ref uuid NOT NULL
);

CREATE TABLE public.complaint_warnings (
    about uuid NOT NULL,
    clock text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    role text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT ck_complaint_warnings_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_complaint_warnings_due_at_possible CHECK (((due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (due_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.complaints (
    area_id uuid NOT NULL,
    number text NOT NULL,
    source character varying(40) NOT NULL,
    gravity character varying(40) NOT NULL,
    status character varying(40) NOT NULL,
    order_id uuid,
    grid_id uuid,
    subscriber_id uuid,
    contact text,
    external_number text,
    words text NOT NULL,
    owner_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    acknowledge_due_at timestamp with time zone NOT NULL,
    acknowledged_at timestamp with time zone,
    answer_due_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    answer text,
    upheld boolean,
    liability character varying(40),
    liability_reason text,
    technician_id uuid,
    decided_at timestamp with time zone,
    rectify_due_at timestamp with time zone,
    rectification text,
    rectified_at timestamp with time zone,
    inspected_by uuid,
    closed_at timestamp with time zone,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_complaints_acknowledge_due_at_possible CHECK (((acknowledge_due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (acknowledge_due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_complaints_acknowledged_at_possible CHECK (((acknowledged_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (acknowledged_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_complaints_answer_due_at_possible CHECK (((answer_due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (answer_due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_complaints_answered_at_possible CHECK (((answered_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (answered_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_complaints_closed_at_possible CHECK (((closed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (closed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_complaints_complaintstatus CHECK (((status)::text = ANY ((ARRAY['open'::character varying, 'acknowledged'::character varying, 'answered'::character varying, 'rectifying'::character varying, 'rectified'::character varying, 'closed'::character varying])::text[]))),
    CONSTRAINT ck_complaints_decided_at_possible CHECK (((decided_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (decided_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_complaints_gravity CHECK (((gravity)::text = ANY ((ARRAY['normal'::character varying, 'serious'::character varying])::text[]))),
    CONSTRAINT ck_complaints_liability CHECK (((liability)::text = ANY ((ARRAY['company'::character varying, 'technician'::character varying, 'network'::character varying, 'subscriber'::character varying, 'none'::character varying])::text[]))),
    CONSTRAINT ck_complaints_received_at_possible CHECK (((received_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (received_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_complaints_rectified_at_possible CHECK (((rectified_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (rectified_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_complaints_rectify_due_at_possible CHECK (((rectify_due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (rectify_due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_complaints_somebody_to_blame CHECK ((((liability)::text <> 'technician'::text) OR (technician_id IS NOT NULL))),
    CONSTRAINT ck_complaints_source CHECK (((source)::text = ANY ((ARRAY['call'::character varying, 'hotline'::character varying, 'regulator'::character varying, 'media'::character varying, 'counter'::character varying])::text[])))
);

CREATE TABLE public.decision_events (
    decision_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    by uuid,
    words text,
    data jsonb NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_decision_events_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.decisions (
    area_id uuid NOT NULL,
    month date NOT NULL,
    run_number integer NOT NULL,
    proposed_kind text NOT NULL,
    kind character varying(40) NOT NULL,
    subject text NOT NULL,
    subject_id text NOT NULL,
    name text NOT NULL,
    rule text NOT NULL,
    rule_version text NOT NULL,
    evidence jsonb NOT NULL,
    status character varying(40) NOT NULL,
    words text,
    reason text,
    decided_by uuid,
    decided_at timestamp with time zone,
    owner_id uuid,
    due_at timestamp with time zone,
    answer text,
    answered_by uuid,
    answered_at timestamp with time zone,
    judgement text,
    checked_by uuid,
    checked_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_decisions_answered_at_possible CHECK (((answered_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (answered_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_decisions_checked_at_possible CHECK (((checked_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (checked_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_decisions_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_decisions_decided_at_possible CHECK (((decided_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (decided_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_decisions_decided_by_a_person CHECK ((((status)::text = ANY ((ARRAY['proposed'::character varying, 'withdrawn'::character varying])::text[])) = (decided_at IS NULL))),
    CONSTRAINT ck_decisions_decisionkind CHECK (((kind)::text = ANY ((ARRAY['service_star'::character varying, 'honour_card'::character varying, 'yellow_card'::character varying, 'rectification'::character varying, 'retraining'::character varying])::text[]))),
    CONSTRAINT ck_decisions_decisionstatus CHECK (((status)::text = ANY ((ARRAY['proposed'::character varying, 'withdrawn'::character varying, 'declined'::character varying, 'accepted'::character varying, 'answered'::character varying, 'checked'::character varying])::text[]))),
    CONSTRAINT ck_decisions_due_at_possible CHECK (((due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_decisions_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date))),
    CONSTRAINT ck_decisions_task_owned CHECK ((((status)::text <> ALL ((ARRAY['answered'::character varying, 'checked'::character varying])::text[])) OR ((owner_id IS NOT NULL) AND (due_at IS NOT NULL))))
);

CREATE TABLE public.fault_guides (
    area_id uuid,
    code text NOT NULL,
    number integer NOT NULL,
    definition jsonb NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_fault_guides_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.fault_types (
    area_id uuid,
    code text NOT NULL,
    en text NOT NULL,
    zh text NOT NULL,
    kind text NOT NULL,
    skill text,
    skill_level integer NOT NULL,
    service_seconds integer NOT NULL,
    difficulty double precision NOT NULL,
    bring jsonb NOT NULL,
    active boolean NOT NULL,
    id uuid NOT NULL
);

CREATE TABLE public.feed (
    id bigint NOT NULL,
    xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    area_id uuid NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    version bigint,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_feed_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

ALTER TABLE public.feed ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.feed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.finish_code_tries (
    order_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    code_hash text NOT NULL,
    tries integer NOT NULL
);

CREATE TABLE public.grid_contracts (
    grid_id uuid NOT NULL,
    valid daterange NOT NULL,
    technician_a_id uuid NOT NULL,
    technician_b_id uuid,
    contractor text,
    households integer,
    quota integer,
    unit_points double precision NOT NULL,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_grid_contracts_some_days CHECK ((NOT isempty(valid))),
    CONSTRAINT ck_grid_contracts_two_people CHECK ((technician_a_id <> technician_b_id)),
    CONSTRAINT ck_grid_contracts_valid_possible CHECK (((lower(valid) >= '1970-01-01'::date) AND (upper(valid) <= '2100-01-01'::date)))
);

CREATE TABLE public.grid_day_changes (
    id bigint NOT NULL,
    area_id uuid NOT NULL,
    grid_id uuid,
    day date NOT NULL,
    reported integer NOT NULL,
    completed integer NOT NULL,
    late integer NOT NULL,
    opened integer NOT NULL,
    visits integer NOT NULL,
    spent integer NOT NULL,
    CONSTRAINT ck_grid_day_changes_day_possible CHECK (((day >= '1970-01-01'::date) AND (day < '2100-01-01'::date)))
);

ALTER TABLE public.grid_day_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.grid_day_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.grid_days (
    id bigint NOT NULL,
    area_id uuid NOT NULL,
    grid_id uuid,
    day date NOT NULL,
    reported integer NOT NULL,
    completed integer NOT NULL,
    late integer NOT NULL,
    opened integer NOT NULL,
    visits integer NOT NULL,
    spent integer NOT NULL,
    CONSTRAINT ck_grid_days_day_possible CHECK (((day >= '1970-01-01'::date) AND (day < '2100-01-01'::date)))
);

ALTER TABLE public.grid_days ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.grid_days_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.grid_imports (
    area_id uuid NOT NULL,
    sha256 text NOT NULL,
    findings jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_grid_imports_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.grids (
    area_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    geom public.geometry(MultiPolygon,4326) NOT NULL,
    priority integer NOT NULL,
    rural boolean NOT NULL,
    square_metres double precision NOT NULL,
    archived_at timestamp with time zone,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_grids_archived_at_possible CHECK (((archived_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (archived_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.idempotency_keys (
    account_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer,
    body bytea,
    media_type text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_idempotency_keys_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.import_rejections (
    id bigint NOT NULL,
    import_id uuid NOT NULL,
    line integer NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    params jsonb NOT NULL,
    "row" jsonb NOT NULL
);

ALTER TABLE public.import_rejections ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.import_rejections_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.import_runs (
    area_id uuid NOT NULL,
    filename text NOT NULL,
    sha256 text NOT NULL,
    mapping jsonb NOT NULL,
    status character varying(40) NOT NULL,
    counts jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    id uuid NOT NULL,
    CONSTRAINT ck_import_runs_ended_at_possible CHECK (((ended_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (ended_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_import_runs_importstatus CHECK (((status)::text = ANY ((ARRAY['running'::character varying, 'done'::character varying, 'failed'::character varying, 'undone'::character varying])::text[]))),
    CONSTRAINT ck_import_runs_started_at_possible CHECK (((started_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (started_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.indicators (
    area_id uuid NOT NULL,
    code text NOT NULL,
    valid_from date NOT NULL,
    en text NOT NULL,
    zh text NOT NULL,
    definition jsonb NOT NULL,
    at_most boolean NOT NULL,
    baseline double precision,
    target double precision,
    weight double precision NOT NULL,
    active boolean NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_indicators_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_indicators_valid_from_possible CHECK (((valid_from >= '1970-01-01'::date) AND (valid_from < '2100-01-01'::date)))
);

CREATE TABLE public.inspections (
    order_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    inspector_id uuid,
    passed boolean NOT NULL,
    findings jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_inspections_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.invitations (
    account_id uuid NOT NULL,
    token_hash text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    id uuid NOT NULL,
    CONSTRAINT ck_invitations_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_invitations_expires_at_possible CHECK (((expires_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (expires_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_invitations_used_at_possible CHECK (((used_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (used_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.kept_answers (
    attempt_id uuid NOT NULL,
    area_id uuid NOT NULL,
    grid_id uuid,
    at timestamp with time zone NOT NULL,
    satisfaction text,
    reasons jsonb NOT NULL,
    noted boolean NOT NULL,
    accepted boolean,
    contacted boolean,
    "window" boolean,
    in_time boolean,
    first_visit boolean,
    within_a_day boolean,
    not_chased boolean,
    CONSTRAINT ck_kept_answers_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.kept_days (
    area_id uuid NOT NULL,
    day date NOT NULL,
    ready boolean NOT NULL,
    xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT ck_kept_days_day_possible CHECK (((day >= '1970-01-01'::date) AND (day < '2100-01-01'::date)))
);

CREATE TABLE public.kept_sign_months (
    area_id uuid NOT NULL,
    month date NOT NULL,
    ready boolean NOT NULL,
    radius double precision NOT NULL,
    xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT ck_kept_sign_months_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date)))
);

CREATE TABLE public.leaves (
    technician_id uuid NOT NULL,
    period tstzrange NOT NULL,
    kind text NOT NULL,
    substitute_id uuid,
    id uuid NOT NULL,
    CONSTRAINT ck_leaves_period_possible CHECK (((lower(period) >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (upper(period) < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_leaves_somebody_else CHECK ((substitute_id <> technician_id))
);

CREATE TABLE public.ledger_entries (
    area_id uuid NOT NULL,
    month date NOT NULL,
    run_number integer NOT NULL,
    subject text NOT NULL,
    subject_id text NOT NULL,
    kind character varying(40) NOT NULL,
    rule text NOT NULL,
    rule_version text NOT NULL,
    order_id uuid,
    event_id uuid,
    points numeric(9,4) NOT NULL,
    attribution text NOT NULL,
    evidence jsonb NOT NULL,
    corrects_id uuid,
    created_at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_ledger_entries_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_ledger_entries_linekind CHECK (((kind)::text = ANY ((ARRAY['indicator'::character varying, 'deduction'::character varying, 'bonus'::character varying, 'cap'::character varying, 'red_line'::character varying, 'floor'::character varying, 'rounding'::character varying])::text[]))),
    CONSTRAINT ck_ledger_entries_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date)))
);

CREATE TABLE public.lost_stores (
    account_id uuid NOT NULL,
    session_id uuid,
    at timestamp with time zone DEFAULT now() NOT NULL,
    handled_at timestamp with time zone,
    handled_by uuid,
    id uuid NOT NULL,
    CONSTRAINT ck_lost_stores_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_lost_stores_handled_at_possible CHECK (((handled_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (handled_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.map_blocks (
    id integer NOT NULL,
    street_id integer NOT NULL,
    number_from integer,
    number_to integer,
    error_metres integer,
    line public.geometry(LineString,4326) NOT NULL,
    map_id uuid NOT NULL
);

CREATE TABLE public.map_corners (
    id integer NOT NULL,
    first_id integer NOT NULL,
    second_id integer NOT NULL,
    point public.geometry(Point,4326) NOT NULL,
    map_id uuid NOT NULL
);

CREATE TABLE public.map_features (
    id integer NOT NULL,
    layer text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    min_zoom smallint NOT NULL,
    oneway boolean NOT NULL,
    shape public.geometry(Geometry,3857) NOT NULL,
    map_id uuid NOT NULL
);

CREATE TABLE public.map_houses (
    id integer NOT NULL,
    street_id integer NOT NULL,
    number integer NOT NULL,
    suffix text NOT NULL,
    name text NOT NULL,
    point public.geometry(Point,4326) NOT NULL,
    map_id uuid NOT NULL
);

CREATE TABLE public.map_names (
    id integer NOT NULL,
    name text NOT NULL,
    core text NOT NULL,
    direction text NOT NULL,
    kind text NOT NULL,
    pinyin text NOT NULL,
    likeness text NOT NULL,
    street_id integer,
    place_id integer,
    map_id uuid NOT NULL
);

CREATE TABLE public.map_packs (
    map_id uuid NOT NULL,
    sha256 text NOT NULL,
    size bigint NOT NULL,
    max_zoom smallint NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_map_packs_made_at_possible CHECK (((made_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (made_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.map_places (
    id integer NOT NULL,
    label text NOT NULL,
    kind text NOT NULL,
    point public.geometry(Point,4326) NOT NULL,
    map_id uuid NOT NULL
);

CREATE TABLE public.map_streets (
    id integer NOT NULL,
    label text NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    length_metres integer NOT NULL,
    point public.geometry(Point,4326) NOT NULL,
    map_id uuid NOT NULL
);

CREATE TABLE public.mended_values (
    table_name text NOT NULL,
    column_name text NOT NULL,
    row_key jsonb NOT NULL,
    was text NOT NULL,
    becomes text,
    at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_mended_values_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.month_closings (
    area_id uuid NOT NULL,
    month date NOT NULL,
    run_number integer NOT NULL,
    closed_at timestamp with time zone NOT NULL,
    closed_by uuid,
    reopened_at timestamp with time zone,
    reopened_by uuid,
    reopened_because text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_month_closings_closed_at_possible CHECK (((closed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (closed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_month_closings_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_month_closings_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date))),
    CONSTRAINT ck_month_closings_reopened_at_possible CHECK (((reopened_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (reopened_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.notice_attempts (
    notice_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    number integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    outcome text,
    detail text,
    gateway_id text,
    id uuid NOT NULL,
    CONSTRAINT ck_notice_attempts_started_at_possible CHECK (((started_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (started_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.notice_channels (
    area_id uuid NOT NULL,
    "position" integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    config jsonb NOT NULL,
    secrets jsonb NOT NULL,
    kinds jsonb NOT NULL,
    active boolean NOT NULL,
    receipt_token_hash text,
    id uuid NOT NULL
);

CREATE TABLE public.notice_opt_outs (
    area_id uuid NOT NULL,
    address text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_notice_opt_outs_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.notice_receipts (
    channel_id uuid NOT NULL,
    gateway_id text DEFAULT ''::text NOT NULL,
    our_key text DEFAULT ''::text NOT NULL,
    delivered boolean NOT NULL,
    detail text,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_notice_receipts_received_at_possible CHECK (((received_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (received_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.notice_templates (
    area_id uuid NOT NULL,
    kind text NOT NULL,
    number integer NOT NULL,
    en text NOT NULL,
    zh text NOT NULL,
    gateway_codes jsonb NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_notice_templates_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.notices (
    area_id uuid NOT NULL,
    order_id uuid,
    key text NOT NULL,
    kind text NOT NULL,
    topic text,
    language text NOT NULL,
    template_number integer NOT NULL,
    params jsonb NOT NULL,
    phone text,
    email text,
    status character varying(40) NOT NULL,
    reason text,
    created_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone NOT NULL,
    stale_at timestamp with time zone,
    claimed_at timestamp with time zone,
    first_tried_at timestamp with time zone,
    tries integer NOT NULL,
    round integer DEFAULT 0 NOT NULL,
    released_by uuid,
    skipped_channels jsonb DEFAULT '[]'::jsonb NOT NULL,
    sent_at timestamp with time zone,
    delivered_at timestamp with time zone,
    channel_id uuid,
    id uuid NOT NULL,
    CONSTRAINT ck_notices_claimed_at_possible CHECK (((claimed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (claimed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_notices_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_notices_delivered_at_possible CHECK (((delivered_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (delivered_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_notices_first_tried_at_possible CHECK (((first_tried_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (first_tried_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_notices_next_at_possible CHECK (((next_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (next_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_notices_noticestatus CHECK (((status)::text = ANY ((ARRAY['waiting'::character varying, 'sending'::character varying, 'sent'::character varying, 'delivered'::character varying, 'unknown'::character varying, 'failed'::character varying, 'dropped'::character varying])::text[]))),
    CONSTRAINT ck_notices_sent_at_possible CHECK (((sent_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (sent_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_notices_stale_at_possible CHECK (((stale_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (stale_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.order_alarms (
    order_id uuid NOT NULL,
    clock text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    percent integer NOT NULL,
    role text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT ck_order_alarms_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_order_alarms_due_at_possible CHECK (((due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (due_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.order_events (
    order_id uuid NOT NULL,
    sequence integer NOT NULL,
    type text NOT NULL,
    actor_account_id uuid,
    actor_role text NOT NULL,
    technician_id uuid,
    client_id uuid,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    point public.geometry(Point,4326),
    reason text,
    policy_number integer,
    data jsonb NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_order_events_occurred_at_possible CHECK (((occurred_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (occurred_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_order_events_received_at_possible CHECK (((received_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (received_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.order_requests (
    order_id uuid NOT NULL,
    kind text NOT NULL,
    technician_id uuid NOT NULL,
    reason text NOT NULL,
    note text,
    photo_ids jsonb NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    resume_at timestamp with time zone,
    status text NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    decision_note text,
    id uuid NOT NULL,
    CONSTRAINT ck_order_requests_decided_at_possible CHECK (((decided_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (decided_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_order_requests_requested_at_possible CHECK (((requested_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (requested_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_order_requests_resume_at_possible CHECK (((resume_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (resume_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.orders (
    area_id uuid NOT NULL,
    number text NOT NULL,
    kind character varying(40) NOT NULL,
    channel character varying(40) NOT NULL,
    level character varying(40) NOT NULL,
    tier character varying(40) NOT NULL,
    fault_type text NOT NULL,
    description text,
    subscriber_id uuid,
    contact_name text,
    contact_phones jsonb DEFAULT '[]'::jsonb NOT NULL,
    contact_search text DEFAULT ''::text NOT NULL,
    product text,
    network_node text,
    address text,
    access_notes text,
    district_hint text,
    skill text,
    skill_level smallint NOT NULL,
    service_seconds integer NOT NULL,
    priority integer NOT NULL,
    first_contact_account_id uuid,
    point public.geometry(Point,4326),
    point_source text,
    grid_id uuid,
    place_problem text,
    status character varying(40) NOT NULL,
    owner_id uuid,
    reported_at timestamp with time zone NOT NULL,
    dispatched_at timestamp with time zone,
    accept_due_at timestamp with time zone,
    accepted_at timestamp with time zone,
    clock_started_at timestamp with time zone,
    assessment_starts_at timestamp with time zone,
    due_at timestamp with time zone,
    technician_due_at timestamp with time zone,
    grid_due_at timestamp with time zone,
    company_due_at timestamp with time zone,
    contacted_at timestamp with time zone,
    contact_due_at timestamp with time zone,
    failed_contacts integer NOT NULL,
    appointment_start timestamp with time zone,
    appointment_end timestamp with time zone,
    appointment_changed_by text,
    departed_at timestamp with time zone,
    arrived_at timestamp with time zone,
    completed_at timestamp with time zone,
    completed_by uuid,
    completed_how text,
    cause text,
    cancelled_at timestamp with time zone,
    closed_at timestamp with time zone,
    outcome character varying(40),
    callback_attempts integer NOT NULL,
    callback_attempts_needed integer NOT NULL,
    callback_due_at timestamp with time zone,
    callback_reached boolean,
    satisfied boolean,
    chases integer NOT NULL,
    reworks integer NOT NULL,
    bounces integer NOT NULL,
    rework_of_technician_id uuid,
    suspended_until timestamp with time zone,
    suspension_reason text,
    pending_request text,
    pending_since timestamp with time zone,
    escalated_to_lead boolean NOT NULL,
    merged_into_id uuid,
    outage_id uuid,
    finish_code_hash text,
    status_since timestamp with time zone NOT NULL,
    events integer NOT NULL,
    reopens_id uuid,
    repeat_of_id uuid,
    origin character varying(40) NOT NULL,
    import_id uuid,
    source_key text,
    source_fingerprint text,
    source_label text,
    edited_by_person boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_orders_accept_due_at_possible CHECK (((accept_due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (accept_due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_accepted_at_possible CHECK (((accepted_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (accepted_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_appointment_end_possible CHECK (((appointment_end >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (appointment_end < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_appointment_order CHECK ((appointment_end > appointment_start)),
    CONSTRAINT ck_orders_appointment_start_possible CHECK (((appointment_start >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (appointment_start < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_arrived_at_possible CHECK (((arrived_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (arrived_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_assessment_starts_at_possible CHECK (((assessment_starts_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (assessment_starts_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_callback_due_at_possible CHECK (((callback_due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (callback_due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_cancelled_at_possible CHECK (((cancelled_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (cancelled_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_channel CHECK (((channel)::text = ANY ((ARRAY['phone'::character varying, 'web'::character varying, 'counter'::character varying, 'app'::character varying, 'monitoring'::character varying, 'technician'::character varying, 'partner'::character varying])::text[]))),
    CONSTRAINT ck_orders_clock_started_at_possible CHECK (((clock_started_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (clock_started_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_closed_at_possible CHECK (((closed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (closed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_closed_needs_an_answer CHECK ((((status)::text <> 'closed'::text) OR ((origin)::text = 'history'::text) OR (((((outcome)::text = 'satisfied'::text) AND satisfied AND (callback_attempts > 0)) OR (((outcome)::text = 'not_reached'::text) AND (callback_attempts >= callback_attempts_needed)) OR (((outcome)::text = 'unreachable'::text) AND (GREATEST(callback_attempts, failed_contacts) >= callback_attempts_needed)) OR (((outcome)::text = 'outage'::text) AND (outage_id IS NOT NULL))) IS TRUE))),
    CONSTRAINT ck_orders_closed_when CHECK ((((status)::text = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT ck_orders_company_due_at_possible CHECK (((company_due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (company_due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_completed_at_possible CHECK (((completed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (completed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_contact_due_at_possible CHECK (((contact_due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (contact_due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_contacted_at_possible CHECK (((contacted_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (contacted_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_departed_at_possible CHECK (((departed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (departed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_dispatched_at_possible CHECK (((dispatched_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (dispatched_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_due_at_possible CHECK (((due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_grid_due_at_possible CHECK (((grid_due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (grid_due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_kind CHECK (((kind)::text = ANY ((ARRAY['repair'::character varying, 'install'::character varying, 'move'::character varying, 'reconnect'::character varying, 'inspect'::character varying, 'lead'::character varying])::text[]))),
    CONSTRAINT ck_orders_level CHECK (((level)::text = ANY ((ARRAY['urgent'::character varying, 'normal'::character varying])::text[]))),
    CONSTRAINT ck_orders_origin CHECK (((origin)::text = ANY ((ARRAY['live'::character varying, 'replay'::character varying, 'history'::character varying])::text[]))),
    CONSTRAINT ck_orders_outcome CHECK (((outcome)::text = ANY ((ARRAY['satisfied'::character varying, 'not_reached'::character varying, 'unreachable'::character varying, 'archived'::character varying, 'outage'::character varying])::text[]))),
    CONSTRAINT ck_orders_pending_since_possible CHECK (((pending_since >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (pending_since < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_reported_at_possible CHECK (((reported_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (reported_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_some_attempts CHECK ((callback_attempts_needed > 0)),
    CONSTRAINT ck_orders_status CHECK (((status)::text = ANY ((ARRAY['reported'::character varying, 'dispatched'::character varying, 'accepted'::character varying, 'en_route'::character varying, 'on_site'::character varying, 'suspended'::character varying, 'completed'::character varying, 'closed'::character varying, 'cancelled'::character varying, 'merged'::character varying])::text[]))),
    CONSTRAINT ck_orders_status_since_possible CHECK (((status_since >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (status_since < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_suspended_until_possible CHECK (((suspended_until >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (suspended_until < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_technician_due_at_possible CHECK (((technician_due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (technician_due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_orders_tier CHECK (((tier)::text = ANY ((ARRAY['ordinary'::character varying, 'vip'::character varying, 'group'::character varying])::text[])))
);

CREATE TABLE public.outage_customers (
    outage_id uuid NOT NULL,
    grid_id uuid NOT NULL,
    customers integer NOT NULL,
    CONSTRAINT ck_outage_customers_countable CHECK ((customers >= 0))
);

CREATE TABLE public.outage_events (
    outage_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    by uuid,
    note text,
    data jsonb NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_outage_events_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.outage_orders (
    outage_id uuid NOT NULL,
    order_id uuid NOT NULL,
    part character varying(40) NOT NULL,
    at timestamp with time zone NOT NULL,
    sampled boolean NOT NULL,
    answer character varying(40),
    answered_at timestamp with time zone,
    answered_by uuid,
    CONSTRAINT ck_outage_orders_answer CHECK (((answer)::text = ANY ((ARRAY['works'::character varying, 'still_broken'::character varying, 'not_reached'::character varying])::text[]))),
    CONSTRAINT ck_outage_orders_answered_at_possible CHECK (((answered_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (answered_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_outage_orders_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_outage_orders_part CHECK (((part)::text = ANY ((ARRAY['named'::character varying, 'child'::character varying, 'crew'::character varying, 'released'::character varying, 'ended'::character varying])::text[])))
);

CREATE TABLE public.outage_watches (
    area_id uuid NOT NULL,
    looked_until timestamp with time zone NOT NULL,
    CONSTRAINT ck_outage_watches_looked_until_possible CHECK (((looked_until >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (looked_until < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.outages (
    area_id uuid NOT NULL,
    number text NOT NULL,
    status character varying(40) NOT NULL,
    why character varying(40) NOT NULL,
    network_node text,
    place text,
    shape public.geometry(MultiPolygon,4326),
    since timestamp with time zone NOT NULL,
    expected_end timestamp with time zone,
    moves integer NOT NULL,
    probability double precision,
    expected_reports double precision,
    suspected_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    restored_at timestamp with time zone,
    closed_at timestamp with time zone,
    dismissed_at timestamp with time zone,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_outages_closed_at_possible CHECK (((closed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (closed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_outages_confirmed_at_possible CHECK (((confirmed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (confirmed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_outages_confirmed_when CHECK ((((status)::text <> ALL ((ARRAY['confirmed'::character varying, 'restored'::character varying, 'closed'::character varying])::text[])) OR (confirmed_at IS NOT NULL))),
    CONSTRAINT ck_outages_dismissed_at_possible CHECK (((dismissed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (dismissed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_outages_ends_after_it_began CHECK ((restored_at >= since)),
    CONSTRAINT ck_outages_expected_end_possible CHECK (((expected_end >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (expected_end < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_outages_outagestatus CHECK (((status)::text = ANY ((ARRAY['suspected'::character varying, 'confirmed'::character varying, 'restored'::character varying, 'closed'::character varying, 'dismissed'::character varying])::text[]))),
    CONSTRAINT ck_outages_restored_at_possible CHECK (((restored_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (restored_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_outages_restored_when CHECK ((((status)::text <> ALL ((ARRAY['restored'::character varying, 'closed'::character varying])::text[])) OR (restored_at IS NOT NULL))),
    CONSTRAINT ck_outages_since_possible CHECK (((since >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (since < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_outages_somewhere CHECK (((network_node IS NOT NULL) OR (shape IS NOT NULL))),
    CONSTRAINT ck_outages_suspected_at_possible CHECK (((suspected_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (suspected_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_outages_why CHECK (((why)::text = ANY ((ARRAY['same_node'::character varying, 'same_building'::character varying, 'improbable'::character varying, 'alarm'::character varying, 'hand'::character varying])::text[])))
);

CREATE TABLE public.person_days (
    area_id uuid NOT NULL,
    day date NOT NULL,
    technician_id uuid NOT NULL,
    shift integer NOT NULL,
    drive integer NOT NULL,
    work integer NOT NULL,
    pause integer NOT NULL,
    wait integer NOT NULL,
    unassigned integer NOT NULL,
    overtime integer NOT NULL,
    CONSTRAINT ck_person_days_day_possible CHECK (((day >= '1970-01-01'::date) AND (day < '2100-01-01'::date)))
);

CREATE TABLE public.person_grid_days (
    area_id uuid NOT NULL,
    day date NOT NULL,
    technician_id uuid NOT NULL,
    grid_id uuid NOT NULL,
    drive integer NOT NULL,
    work integer NOT NULL,
    overtime integer NOT NULL,
    CONSTRAINT ck_person_grid_days_day_possible CHECK (((day >= '1970-01-01'::date) AND (day < '2100-01-01'::date)))
);

CREATE TABLE public.phone_acts (
    id uuid NOT NULL,
    technician_id uuid NOT NULL,
    order_id uuid,
    type text NOT NULL,
    fingerprint text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    skew_seconds bigint NOT NULL,
    result text NOT NULL,
    answer jsonb NOT NULL,
    body jsonb NOT NULL,
    handled_at timestamp with time zone,
    handled_by uuid,
    CONSTRAINT ck_phone_acts_handled_at_possible CHECK (((handled_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (handled_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_phone_acts_occurred_at_possible CHECK (((occurred_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (occurred_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_phone_acts_received_at_possible CHECK (((received_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (received_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.phone_changes (
    technician_id uuid NOT NULL,
    order_id uuid,
    number text,
    kind text NOT NULL,
    params jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_phone_changes_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_phone_changes_received_at_possible CHECK (((received_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (received_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_phone_changes_seen_at_possible CHECK (((seen_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (seen_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.phone_offers (
    order_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    state text NOT NULL,
    price jsonb NOT NULL,
    ahead jsonb NOT NULL,
    offered_by uuid,
    offered_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    id uuid NOT NULL,
    CONSTRAINT ck_phone_offers_answered_at_possible CHECK (((answered_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (answered_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_phone_offers_expires_at_possible CHECK (((expires_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (expires_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_phone_offers_offered_at_possible CHECK (((offered_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (offered_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.photo_pieces (
    photo_id uuid NOT NULL,
    "offset" integer NOT NULL,
    data bytea NOT NULL
);

CREATE TABLE public.photo_uploads (
    id uuid NOT NULL,
    technician_id uuid NOT NULL,
    total integer NOT NULL,
    received integer NOT NULL,
    sha256 text NOT NULL,
    about jsonb NOT NULL,
    touched_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_photo_uploads_received_of_total CHECK (((received >= 0) AND (received <= total))),
    CONSTRAINT ck_photo_uploads_touched_at_possible CHECK (((touched_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (touched_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.photos (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    technician_id uuid,
    kind text NOT NULL,
    sha256 text,
    sent_sha256 text,
    taken_at timestamp with time zone,
    point public.geometry(Point,4326),
    accuracy_metres double precision,
    received_at timestamp with time zone,
    CONSTRAINT ck_photos_received_at_possible CHECK (((received_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (received_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_photos_taken_at_possible CHECK (((taken_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (taken_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.plan_moves (
    area_id uuid NOT NULL,
    service_date date NOT NULL,
    account_id uuid,
    kind text NOT NULL,
    order_id uuid,
    at timestamp with time zone NOT NULL,
    cost double precision NOT NULL,
    terms jsonb NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    plan_id uuid,
    events jsonb DEFAULT '{}'::jsonb NOT NULL,
    undone_at timestamp with time zone,
    id uuid NOT NULL,
    CONSTRAINT ck_plan_moves_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_plan_moves_service_date_possible CHECK (((service_date >= '1970-01-01'::date) AND (service_date < '2100-01-01'::date))),
    CONSTRAINT ck_plan_moves_undone_at_possible CHECK (((undone_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (undone_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.plan_policies (
    area_id uuid NOT NULL,
    code text NOT NULL,
    number integer NOT NULL,
    en text NOT NULL,
    zh text NOT NULL,
    weights jsonb NOT NULL,
    active boolean NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_plan_policies_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.plan_runs (
    area_id uuid NOT NULL,
    service_date date NOT NULL,
    status character varying(40) NOT NULL,
    cancel_asked boolean NOT NULL,
    enough_asked boolean NOT NULL,
    options jsonb NOT NULL,
    progress jsonb NOT NULL,
    attempts jsonb DEFAULT '[]'::jsonb NOT NULL,
    best bytea,
    error jsonb,
    plan_id uuid,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    heartbeat_at timestamp with time zone,
    id uuid NOT NULL,
    CONSTRAINT ck_plan_runs_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_plan_runs_ended_at_possible CHECK (((ended_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (ended_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_plan_runs_heartbeat_at_possible CHECK (((heartbeat_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (heartbeat_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_plan_runs_runstatus CHECK (((status)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying, 'done'::character varying, 'cancelled'::character varying, 'failed'::character varying])::text[]))),
    CONSTRAINT ck_plan_runs_service_date_possible CHECK (((service_date >= '1970-01-01'::date) AND (service_date < '2100-01-01'::date)))
);

CREATE TABLE public.plan_stops (
    plan_id uuid NOT NULL,
    order_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    "position" integer NOT NULL,
    arrival timestamp with time zone NOT NULL,
    start timestamp with time zone NOT NULL,
    departure timestamp with time zone NOT NULL,
    travel_seconds integer NOT NULL,
    travel_metres integer NOT NULL,
    CONSTRAINT ck_plan_stops_arrival_possible CHECK (((arrival >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (arrival < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_plan_stops_departure_possible CHECK (((departure >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (departure < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_plan_stops_start_possible CHECK (((start >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (start < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.plan_unplanned (
    plan_id uuid NOT NULL,
    order_id uuid NOT NULL,
    reason text NOT NULL,
    params jsonb NOT NULL
);

CREATE TABLE public.plans (
    area_id uuid NOT NULL,
    service_date date NOT NULL,
    status character varying(40) NOT NULL,
    summary jsonb NOT NULL,
    policy_code text GENERATED ALWAYS AS ((summary #>> '{policy,code}'::text[])) STORED,
    travel_source text GENERATED ALWAYS AS ((summary #>> '{travel,source}'::text[])) STORED,
    seen jsonb NOT NULL,
    frozen jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_plans_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_plans_planstatus CHECK (((status)::text = ANY ((ARRAY['draft'::character varying, 'published'::character varying, 'superseded'::character varying, 'discarded'::character varying])::text[]))),
    CONSTRAINT ck_plans_published_at_possible CHECK (((published_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (published_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_plans_service_date_possible CHECK (((service_date >= '1970-01-01'::date) AND (service_date < '2100-01-01'::date)))
);

CREATE TABLE public.policies (
    area_id uuid NOT NULL,
    number integer NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    limits jsonb NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_policies_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_policies_valid_from_possible CHECK (((valid_from >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (valid_from < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.position_consents (
    technician_id uuid NOT NULL,
    positions boolean NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_position_consents_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.positions (
    technician_id uuid NOT NULL,
    point public.geometry(Point,4326) NOT NULL,
    accuracy_metres double precision,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_positions_occurred_at_possible CHECK (((occurred_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (occurred_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_positions_received_at_possible CHECK (((received_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (received_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type public.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);

CREATE SEQUENCE public.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_events_id_seq OWNED BY public.procrastinate_events.id;

CREATE SEQUENCE public.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_jobs_id_seq OWNED BY public.procrastinate_jobs.id;

CREATE TABLE public.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);

CREATE SEQUENCE public.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_periodic_defers_id_seq OWNED BY public.procrastinate_periodic_defers.id;

CREATE TABLE public.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.push_keys (
    name text NOT NULL,
    private_pem text NOT NULL,
    public_key text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_push_keys_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.push_subscriptions (
    account_id uuid NOT NULL,
    endpoint text NOT NULL,
    p256dh text NOT NULL,
    auth text NOT NULL,
    failures integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_push_subscriptions_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.reasons (
    area_id uuid,
    kind character varying(40) NOT NULL,
    code text NOT NULL,
    en text NOT NULL,
    zh text NOT NULL,
    pauses jsonb NOT NULL,
    attribution text NOT NULL,
    active boolean NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_reasons_reasonkind CHECK (((kind)::text = ANY ((ARRAY['suspension'::character varying, 'return'::character varying, 'dissatisfaction'::character varying, 'cancellation'::character varying, 'cause'::character varying, 'action'::character varying, 'arrival'::character varying])::text[])))
);

CREATE TABLE public.removed_orders (
    order_id uuid NOT NULL,
    area_id uuid NOT NULL,
    number text NOT NULL,
    import_id uuid NOT NULL,
    events integer NOT NULL,
    removed_by uuid,
    removed_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_removed_orders_removed_at_possible CHECK (((removed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (removed_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.report_exports (
    area_id uuid NOT NULL,
    account_id uuid,
    report text NOT NULL,
    format text NOT NULL,
    asked text NOT NULL,
    at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_report_exports_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.roster_patterns (
    technician_id uuid NOT NULL,
    weekdays smallint[] NOT NULL,
    starts time without time zone NOT NULL,
    ends time without time zone NOT NULL,
    breaks jsonb NOT NULL,
    valid daterange NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_roster_patterns_valid_possible CHECK (((lower(valid) >= '1970-01-01'::date) AND (upper(valid) <= '2100-01-01'::date)))
);

CREATE TABLE public.route_snapshots (
    technician_id uuid NOT NULL,
    day date NOT NULL,
    etag text NOT NULL,
    body_br bytea NOT NULL,
    body_gz bytea NOT NULL,
    previous_etag text,
    delta_br bytea,
    shown uuid[] NOT NULL,
    facts jsonb NOT NULL,
    valid_until timestamp with time zone NOT NULL,
    built_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_route_snapshots_built_at_possible CHECK (((built_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (built_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_route_snapshots_day_possible CHECK (((day >= '1970-01-01'::date) AND (day < '2100-01-01'::date))),
    CONSTRAINT ck_route_snapshots_valid_until_possible CHECK (((valid_until >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (valid_until < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.route_stale (
    id bigint NOT NULL,
    technician_id uuid NOT NULL
);

ALTER TABLE public.route_stale ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.route_stale_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rulings (
    area_id uuid NOT NULL,
    month date NOT NULL,
    order_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    kind character varying(40) NOT NULL,
    rule text NOT NULL,
    points integer NOT NULL,
    reason text NOT NULL,
    takes_back_id uuid,
    decided_by uuid,
    created_at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_rulings_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_rulings_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date))),
    CONSTRAINT ck_rulings_possible_points CHECK (((points >= 0) AND (points <= 10))),
    CONSTRAINT ck_rulings_rulingkind CHECK (((kind)::text = ANY ((ARRAY['bonus'::character varying, 'red_line'::character varying])::text[])))
);

CREATE TABLE public.saved_views (
    area_id uuid NOT NULL,
    account_id uuid NOT NULL,
    name text NOT NULL,
    query text NOT NULL,
    shared boolean NOT NULL,
    rhythm text,
    on_day integer,
    hour integer,
    email text,
    paused boolean NOT NULL,
    stopped text,
    next_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_saved_views_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_saved_views_next_at_possible CHECK (((next_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (next_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_saved_views_scheduled CHECK (((rhythm IS NULL) = (next_at IS NULL)))
);

CREATE TABLE public.score_cards (
    run_id uuid NOT NULL,
    subject text NOT NULL,
    subject_id text NOT NULL,
    name text NOT NULL,
    rural boolean NOT NULL,
    orders integer NOT NULL,
    indicators jsonb NOT NULL,
    rates jsonb NOT NULL,
    deductions jsonb NOT NULL,
    score double precision,
    rank integer,
    rank_note text,
    rank_change integer,
    standing jsonb NOT NULL,
    behind jsonb NOT NULL,
    id uuid NOT NULL
);

CREATE TABLE public.service_areas (
    code text NOT NULL,
    name text NOT NULL,
    timezone text NOT NULL,
    kind character varying(40) NOT NULL,
    country text,
    clock_real_anchor timestamp with time zone,
    clock_area_anchor timestamp with time zone,
    clock_speed double precision NOT NULL,
    straight_line_allowed boolean NOT NULL,
    last_order_number bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_service_areas_areakind CHECK (((kind)::text = ANY ((ARRAY['ordinary'::character varying, 'trial'::character varying])::text[]))),
    CONSTRAINT ck_service_areas_clock_area_anchor_possible CHECK (((clock_area_anchor >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (clock_area_anchor < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_service_areas_clock_real_anchor_possible CHECK (((clock_real_anchor >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (clock_real_anchor < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_service_areas_clock_speed_not_negative CHECK ((clock_speed >= (0)::double precision)),
    CONSTRAINT ck_service_areas_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_service_areas_only_trial_areas_replay CHECK ((((kind)::text = 'trial'::text) OR (clock_area_anchor IS NULL)))
);

CREATE TABLE public.settlement_lines (
    statement_id uuid NOT NULL,
    place integer NOT NULL,
    part text NOT NULL,
    why text NOT NULL,
    order_id uuid NOT NULL,
    event_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    grid_id uuid,
    day date NOT NULL,
    base text NOT NULL,
    difficulty text NOT NULL,
    distance text NOT NULL,
    quality text NOT NULL,
    points numeric(14,4) NOT NULL,
    unit_price numeric(14,4) NOT NULL,
    amount numeric(14,2) NOT NULL,
    corrects date,
    id uuid NOT NULL,
    CONSTRAINT ck_settlement_lines_corrects_possible CHECK (((corrects >= '1970-01-01'::date) AND (corrects < '2100-01-01'::date))),
    CONSTRAINT ck_settlement_lines_day_possible CHECK (((day >= '1970-01-01'::date) AND (day < '2100-01-01'::date)))
);

CREATE TABLE public.settlement_statements (
    area_id uuid NOT NULL,
    month date NOT NULL,
    contract_id uuid,
    grid_id uuid,
    technician_id uuid,
    name text NOT NULL,
    contractor text,
    run_number integer NOT NULL,
    status character varying(40) NOT NULL,
    own numeric(14,2) NOT NULL,
    lent numeric(14,2) NOT NULL,
    borrowed numeric(14,2) NOT NULL,
    corrections numeric(14,2) NOT NULL,
    total numeric(14,2) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    issued_at timestamp with time zone,
    issued_by uuid,
    disputed_at timestamp with time zone,
    disputed_by uuid,
    disputed_because text,
    settled_at timestamp with time zone,
    settled_by uuid,
    judgement text,
    id uuid NOT NULL,
    CONSTRAINT ck_settlement_statements_adds_up CHECK ((total = ((own + lent) + corrections))),
    CONSTRAINT ck_settlement_statements_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_settlement_statements_disputed_at_possible CHECK (((disputed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (disputed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_settlement_statements_issued_at_possible CHECK (((issued_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (issued_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_settlement_statements_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date))),
    CONSTRAINT ck_settlement_statements_settled_at_possible CHECK (((settled_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (settled_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_settlement_statements_statementstatus CHECK (((status)::text = ANY ((ARRAY['draft'::character varying, 'issued'::character varying, 'disputed'::character varying, 'settled'::character varying])::text[]))),
    CONSTRAINT ck_settlement_statements_whose CHECK (((contract_id IS NULL) <> (technician_id IS NULL)))
);

CREATE TABLE public.shifts (
    technician_id uuid NOT NULL,
    period tstzrange NOT NULL,
    breaks jsonb NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_shifts_period_possible CHECK (((lower(period) >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (upper(period) < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_shifts_some_time CHECK ((NOT isempty(period)))
);

CREATE TABLE public.sign_counts (
    area_id uuid NOT NULL,
    month date NOT NULL,
    technician_id uuid NOT NULL,
    kind text NOT NULL,
    chances integer NOT NULL,
    CONSTRAINT ck_sign_counts_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date)))
);

CREATE TABLE public.sign_in_failures (
    login text NOT NULL,
    address text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_sign_in_failures_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.signing_keys (
    name text NOT NULL,
    secret bytea NOT NULL
);

CREATE TABLE public.signs_seen (
    id bigint NOT NULL,
    area_id uuid NOT NULL,
    month date NOT NULL,
    technician_id uuid NOT NULL,
    kind text NOT NULL,
    order_id uuid NOT NULL,
    event_id uuid,
    detail text,
    CONSTRAINT ck_signs_seen_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date)))
);

ALTER TABLE public.signs_seen ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.signs_seen_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.signs_stale (
    id bigint NOT NULL,
    area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    month date NOT NULL,
    CONSTRAINT ck_signs_stale_month_possible CHECK (((month >= '1970-01-01'::date) AND (month < '2100-01-01'::date)))
);

ALTER TABLE public.signs_stale ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.signs_stale_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.subscriber_links (
    order_id uuid NOT NULL,
    number integer NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_subscriber_links_revoked_at_possible CHECK (((revoked_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (revoked_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.subscribers (
    area_id uuid NOT NULL,
    account_number text,
    name text,
    phones jsonb NOT NULL,
    tier character varying(40) NOT NULL,
    flags jsonb NOT NULL,
    search text DEFAULT ''::text NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_subscribers_tier CHECK (((tier)::text = ANY ((ARRAY['ordinary'::character varying, 'vip'::character varying, 'group'::character varying])::text[])))
);

CREATE TABLE public.supervisions (
    area_id uuid NOT NULL,
    number text NOT NULL,
    order_id uuid,
    complaint_id uuid,
    grid_id uuid,
    status character varying(40) NOT NULL,
    question text NOT NULL,
    opened_by uuid,
    opened_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    answer text,
    answered_by uuid,
    answered_at timestamp with time zone,
    judgement text,
    closed_at timestamp with time zone,
    version integer NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_supervisions_about_something CHECK (((order_id IS NOT NULL) OR (complaint_id IS NOT NULL))),
    CONSTRAINT ck_supervisions_answered_at_possible CHECK (((answered_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (answered_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_supervisions_closed_at_possible CHECK (((closed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (closed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_supervisions_due_at_possible CHECK (((due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (due_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_supervisions_opened_at_possible CHECK (((opened_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (opened_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_supervisions_supervisionstatus CHECK (((status)::text = ANY ((ARRAY['open'::character varying, 'answered'::character varying, 'closed'::character varying])::text[])))
);

CREATE TABLE public.survey_links (
    order_id uuid NOT NULL,
    token_hash text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone,
    answered_at timestamp with time zone,
    id uuid NOT NULL,
    CONSTRAINT ck_survey_links_answered_at_possible CHECK (((answered_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (answered_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_survey_links_expires_at_possible CHECK (((expires_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (expires_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_survey_links_opened_at_possible CHECK (((opened_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (opened_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_survey_links_sent_at_possible CHECK (((sent_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (sent_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.technician_skills (
    technician_id uuid NOT NULL,
    skill text NOT NULL,
    level smallint NOT NULL,
    expires_on date,
    CONSTRAINT ck_technician_skills_expires_on_possible CHECK (((expires_on >= '1970-01-01'::date) AND (expires_on < '2100-01-01'::date)))
);

CREATE TABLE public.technicians (
    area_id uuid NOT NULL,
    employee_number text NOT NULL,
    name text NOT NULL,
    phone text,
    team text,
    contractor text,
    start_point public.geometry(Point,4326),
    end_point public.geometry(Point,4326),
    speed_factor double precision NOT NULL,
    cost_per_hour double precision NOT NULL,
    senior boolean NOT NULL,
    rating double precision,
    max_visits integer NOT NULL,
    status character varying(40) NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_technicians_created_at_possible CHECK (((created_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_technicians_max_visits_positive CHECK ((max_visits > 0)),
    CONSTRAINT ck_technicians_speed_factor_positive CHECK ((speed_factor > (0)::double precision)),
    CONSTRAINT ck_technicians_technicianstatus CHECK (((status)::text = ANY ((ARRAY['active'::character varying, 'left'::character varying])::text[])))
);

CREATE TABLE public.unmaskings (
    account_id uuid,
    order_id uuid NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_unmaskings_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.view_deliveries (
    view_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    period text NOT NULL,
    notice_id uuid,
    problem text,
    at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_view_deliveries_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_view_deliveries_due_at_possible CHECK (((due_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (due_at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.visits (
    order_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    plan_id uuid,
    "position" integer,
    status character varying(40) NOT NULL,
    planned_arrival timestamp with time zone,
    planned_start timestamp with time zone,
    planned_end timestamp with time zone,
    travel_seconds integer,
    departed_at timestamp with time zone,
    arrived_at timestamp with time zone,
    ended_at timestamp with time zone,
    pin character varying(40),
    id uuid NOT NULL,
    CONSTRAINT ck_visits_arrived_at_possible CHECK (((arrived_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (arrived_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_visits_departed_at_possible CHECK (((departed_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (departed_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_visits_ended_at_possible CHECK (((ended_at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (ended_at < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_visits_planned_arrival_possible CHECK (((planned_arrival >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (planned_arrival < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_visits_planned_end_possible CHECK (((planned_end >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (planned_end < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_visits_planned_start_possible CHECK (((planned_start >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (planned_start < '2100-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT ck_visits_visitpin CHECK (((pin)::text = ANY ((ARRAY['technician'::character varying, 'time'::character varying, 'both'::character varying, 'sequence'::character varying])::text[]))),
    CONSTRAINT ck_visits_visitstatus CHECK (((status)::text = ANY ((ARRAY['planned'::character varying, 'en_route'::character varying, 'on_site'::character varying, 'done'::character varying, 'broken_off'::character varying, 'cancelled'::character varying])::text[])))
);

CREATE TABLE public.wiped_phones (
    account_id uuid NOT NULL,
    session_id uuid,
    unsent integer NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    CONSTRAINT ck_wiped_phones_at_possible CHECK (((at >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND (at < '2100-01-01 00:00:00+00'::timestamp with time zone)))
);

CREATE TABLE public.work_stale (
    id bigint NOT NULL,
    area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    day date NOT NULL,
    CONSTRAINT ck_work_stale_day_possible CHECK (((day >= '1970-01-01'::date) AND (day < '2100-01-01'::date)))
);

ALTER TABLE public.work_stale ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.work_stale_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_events_id_seq'::regclass);

ALTER TABLE ONLY public.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_jobs_id_seq'::regclass);

ALTER TABLE ONLY public.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_periodic_defers_id_seq'::regclass);

INSERT INTO public.access_tokens VALUES ('00000000-0000-0360-0000-00000000cd01', 'name 0 张江', 'token_hash 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-0565-0000-00000000cd01');
INSERT INTO public.access_tokens VALUES ('00000000-0000-0360-0000-00000000cd02', 'name 1 张江', 'token_hash 1 张江', '2022-12-15 20:30:00+00', NULL, '2022-12-15 20:30:00+00', NULL, NULL, '00000000-0000-0565-0000-00000000cd02');

INSERT INTO public.accounts VALUES ('login 0 张江', 'name 0 张江', 'agent', 'uninvited', 'password_hash 0 张江', '{00000000-0000-0360-0000-000000033801}', '{00000000-0000-0360-0000-000000034501}', 'contractor 0 张江', '00000000-0000-0489-0000-00000000cd01', 'language 0 张江', true, '2022-11-05 20:30:00+00', 1, '00000000-0000-0360-0000-00000000cd01');
INSERT INTO public.accounts VALUES ('login 1 张江', 'name 1 张江', 'dispatcher', 'invited', NULL, NULL, NULL, NULL, NULL, 'language 1 张江', false, '2022-12-15 20:30:00+00', 2, '00000000-0000-0360-0000-00000000cd02');

INSERT INTO public.alembic_version VALUES ('0001');

INSERT INTO public.alert_rules VALUES ('00000000-0000-055c-0000-00000000cd01', '00000000-0000-0360-0000-00000000cd01', 'name 0 张江', 'measure 0 张江', 'subject 0 张江', 'subject_id 0 张江', true, 0.5, 1, 'email 0 张江', true, 'stopped 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-04a2-0000-00000000cd01');
INSERT INTO public.alert_rules VALUES ('00000000-0000-055c-0000-00000000cd02', '00000000-0000-0360-0000-00000000cd02', 'name 1 张江', 'measure 1 张江', 'subject 1 张江', 'subject_id 1 张江', false, 1.5, 2, NULL, false, NULL, NULL, '2022-12-15 20:30:00+00', '00000000-0000-04a2-0000-00000000cd02');

INSERT INTO public.alerts VALUES ('00000000-0000-055c-0000-00000000cd01', '00000000-0000-04a2-0000-00000000cd01', 'name 0 张江', 'measure 0 张江', 'subject 0 张江', 'subject_id 0 张江', 'subject_name 0 张江', 'month 0 张江', true, 0.5, 0.5, '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', '00000000-0000-02f5-0000-00000000cd01', '00000000-0000-028b-0000-000000062201', '2022-11-05 20:30:00+00', 'words 0 张江', '00000000-0000-028b-0000-00000000cd01');
INSERT INTO public.alerts VALUES ('00000000-0000-055c-0000-00000000cd02', NULL, 'name 1 张江', 'measure 1 张江', 'subject 1 张江', 'subject_id 1 张江', 'subject_name 1 张江', 'month 1 张江', false, 1.5, 1.5, '{"row": 1, "名": "值"}', '2022-12-15 20:30:00+00', NULL, NULL, NULL, NULL, '00000000-0000-028b-0000-00000000cd02');

INSERT INTO public.assessment_entries VALUES ('00000000-0000-055c-0000-00000000cd01', '00000000-0000-028f-0000-00000000cd01', '00000000-0000-0489-0000-00000000cd01', '2022-11-01', 'rule 0 张江', 0.5, 'attribution 0 张江', '00000000-0000-079f-0000-000000034e01', 1, true, 'appeal_status 0 张江', 'appeal_note 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-079f-0000-00000003fc01', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-079f-0000-00000000cd01');
INSERT INTO public.assessment_entries VALUES ('00000000-0000-055c-0000-00000000cd02', '00000000-0000-028f-0000-00000000cd02', '00000000-0000-0489-0000-00000000cd02', '2022-11-02', 'rule 1 张江', 1.5, 'attribution 1 张江', NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, '2022-12-15 20:30:00+00', '00000000-0000-079f-0000-00000000cd02');

INSERT INTO public.assessment_runs VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', 1, true, '2022-11-05 20:30:00+00', 'cause 0 张江', '00000000-0000-066d-0000-000000041201', '2022-11-05 20:30:00+00', '00000000-0000-066d-0000-00000000cd01');
INSERT INTO public.assessment_runs VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', 2, false, NULL, 'cause 1 张江', NULL, '2022-12-15 20:30:00+00', '00000000-0000-066d-0000-00000000cd02');

INSERT INTO public.blob_pieces VALUES ('sha256 0 张江', 1, '\x00ff00');
INSERT INTO public.blob_pieces VALUES ('sha256 1 张江', 2, '\x00ff01');

INSERT INTO public.blobs VALUES ('sha256 0 张江', 1, 'media_type 0 张江');
INSERT INTO public.blobs VALUES ('sha256 1 张江', 2, 'media_type 1 张江');

INSERT INTO public.browser_sessions VALUES ('00000000-0000-0360-0000-00000000cd01', 'token_hash 0 张江', 'csrf_token 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-06da-0000-00000000cd01');
INSERT INTO public.browser_sessions VALUES ('00000000-0000-0360-0000-00000000cd02', 'token_hash 1 张江', 'csrf_token 1 张江', '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', NULL, '00000000-0000-06da-0000-00000000cd02');

INSERT INTO public.bulletins VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', 1, 1, 'language 0 张江', 'body 0 张江', '00000000-0000-03d2-0000-00000003a901', '2022-11-05 20:30:00+00', '00000000-0000-03d2-0000-00000003c701', '2022-11-05 20:30:00+00', 1, '00000000-0000-03d2-0000-00000000cd01');
INSERT INTO public.bulletins VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', 2, 2, 'language 1 张江', 'body 1 张江', NULL, '2022-12-15 20:30:00+00', NULL, NULL, 2, '00000000-0000-03d2-0000-00000000cd02');

INSERT INTO public.calendar_feeds VALUES ('00000000-0000-0489-0000-00000000cd01', 'token_hash 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-05a0-0000-00000000cd01');
INSERT INTO public.calendar_feeds VALUES ('00000000-0000-0489-0000-00000000cd02', 'token_hash 1 张江', '2022-12-15 20:30:00+00', NULL, '00000000-0000-05a0-0000-00000000cd02');

INSERT INTO public.calendar_years VALUES ('00000000-0000-055c-0000-00000000cd01', 'service', 1, '{"row": 0, "名": "值"}', 'opens 0 张江', 'closes 0 张江', 'source 0 张江', 1, '00000000-0000-05bd-0000-00000000cd01');
INSERT INTO public.calendar_years VALUES ('00000000-0000-055c-0000-00000000cd02', 'office', 2, '{"row": 1, "名": "值"}', 'opens 1 张江', 'closes 1 张江', 'source 1 张江', 2, '00000000-0000-05bd-0000-00000000cd02');

INSERT INTO public.callback_attempts VALUES ('00000000-0000-028f-0000-00000000cd01', 1, 1, '00000000-0000-06fe-0000-000000033b01', '2022-11-05 20:30:00+00', 'period 0 张江', 'answered', true, 'very_satisfied', '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', 'note 0 张江', '00000000-0000-06fe-0000-00000000cd01');
INSERT INTO public.callback_attempts VALUES ('00000000-0000-028f-0000-00000000cd02', 2, 2, NULL, '2022-12-15 20:30:00+00', 'period 1 张江', 'no_answer', NULL, NULL, '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', NULL, '00000000-0000-06fe-0000-00000000cd02');

INSERT INTO public.callback_entries VALUES ('00000000-0000-028f-0000-00000000cd01', '00000000-0000-055c-0000-00000000cd01', '00000000-0000-0686-0000-00000002d201', '00000000-0000-0686-0000-000000056001', 1, 1, '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-0686-0000-00000003aa01', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', 'result 0 张江');
INSERT INTO public.callback_entries VALUES ('00000000-0000-028f-0000-00000000cd02', '00000000-0000-055c-0000-00000000cd02', NULL, NULL, 2, 2, NULL, '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', NULL, NULL, NULL, '{"row": 1, "名": "值"}', NULL, NULL);

INSERT INTO public.city_maps VALUES ('00000000-0000-055c-0000-00000000cd01', 'name 0 张江', 'extract_sha256 0 张江', 'roads_key 0 张江', 'sha256 0 张江', '2022-11-05 20:30:00+00', true, '0103000020E61000000100000005000000CDCCCCCCCCCC5EC09A99999999994840CDCCCCCCCCCC5EC06666666666A648409A99999999C95EC06666666666A648409A99999999C95EC09A99999999994840CDCCCCCCCCCC5EC09A99999999994840', '{"row": 0, "名": "值"}', 0.5, '{"row": 0, "名": "值"}', '00000000-0000-03c9-0000-00000000cd01');
INSERT INTO public.city_maps VALUES ('00000000-0000-055c-0000-00000000cd02', 'name 1 张江', 'extract_sha256 1 张江', 'roads_key 1 张江', 'sha256 1 张江', '2022-12-15 20:30:00+00', false, '0103000020E610000001000000050000006766666666C65EC09A999999999948406766666666C65EC06666666666A648403433333333C35EC06666666666A648403433333333C35EC09A999999999948406766666666C65EC09A99999999994840', '{"row": 1, "名": "值"}', 1.5, 'null', '00000000-0000-03c9-0000-00000000cd02');

INSERT INTO public.complaint_events VALUES ('00000000-0000-043a-0000-00000000cd01', '00000000-0000-053a-0000-00000000cd01', 'kind 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-06bb-0000-00000000db01', 'words 0 张江', '{"row": 0, "名": "值"}', '00000000-0000-06bb-0000-00000000cd01');
INSERT INTO public.complaint_events VALUES (NULL, NULL, 'kind 1 张江', '2022-12-15 20:30:00+00', NULL, NULL, '{"row": 1, "名": "值"}', '00000000-0000-06bb-0000-00000000cd02');

INSERT INTO public.complaint_links VALUES ('00000000-0000-043a-0000-00000000cd01', 'kind 0 张江', '00000000-0000-0647-0000-000000013d01');
INSERT INTO public.complaint_links VALUES ('00000000-0000-043a-0000-00000000cd02', 'kind 1 张江', '00000000-0000-0647-0000-000000013d02');

INSERT INTO public.complaint_warnings VALUES ('00000000-0000-078f-0000-000000021b01', 'clock 0 张江', '2022-11-05 20:30:00+00', 'role 0 张江', '2022-11-05 20:30:00+00');
INSERT INTO public.complaint_warnings VALUES ('00000000-0000-078f-0000-000000021b02', 'clock 1 张江', '2022-12-15 20:30:00+00', 'role 1 张江', '2022-12-15 20:30:00+00');

INSERT INTO public.complaints VALUES ('00000000-0000-055c-0000-00000000cd01', 'number 0 张江', 'call', 'normal', 'open', '00000000-0000-028f-0000-00000000cd01', '00000000-0000-0219-0000-00000000cd01', '00000000-0000-04a7-0000-00000000cd01', 'contact 0 张江', 'external_number 0 张江', 'words 0 张江', '00000000-0000-043a-0000-000000035701', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 'answer 0 张江', true, 'technician', 'liability_reason 0 张江', '00000000-0000-0489-0000-00000000cd01', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 'rectification 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-043a-0000-00000004f901', '2022-11-05 20:30:00+00', 1, '00000000-0000-043a-0000-00000000cd01');
INSERT INTO public.complaints VALUES ('00000000-0000-055c-0000-00000000cd02', 'number 1 张江', 'hotline', 'serious', 'acknowledged', NULL, NULL, NULL, NULL, NULL, 'words 1 张江', '00000000-0000-043a-0000-000000035702', '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', NULL, '2022-12-15 20:30:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, '00000000-0000-043a-0000-00000000cd02');

INSERT INTO public.decision_events VALUES ('00000000-0000-03c1-0000-00000000cd01', 'kind 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-0642-0000-00000000db01', 'words 0 张江', '{"row": 0, "名": "值"}', '00000000-0000-0642-0000-00000000cd01');
INSERT INTO public.decision_events VALUES ('00000000-0000-03c1-0000-00000000cd02', 'kind 1 张江', '2022-12-15 20:30:00+00', NULL, NULL, '{"row": 1, "名": "值"}', '00000000-0000-0642-0000-00000000cd02');

INSERT INTO public.decisions VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', 1, 'proposed_kind 0 张江', 'service_star', 'subject 0 张江', 'subject_id 0 张江', 'name 0 张江', 'rule 0 张江', 'rule_version 0 张江', '{"row": 0, "名": "值"}', 'accepted', 'words 0 张江', 'reason 0 张江', '00000000-0000-03c1-0000-00000003fc01', '2022-11-05 20:30:00+00', '00000000-0000-0360-0000-00000000cd01', '2022-11-05 20:30:00+00', 'answer 0 张江', '00000000-0000-03c1-0000-000000049301', '2022-11-05 20:30:00+00', 'judgement 0 张江', '00000000-0000-03c1-0000-000000040101', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 1, '00000000-0000-03c1-0000-00000000cd01');
INSERT INTO public.decisions VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', 2, 'proposed_kind 1 张江', 'honour_card', 'subject 1 张江', 'subject_id 1 张江', 'name 1 张江', 'rule 1 张江', 'rule_version 1 张江', '{"row": 1, "名": "值"}', 'proposed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2022-12-15 20:30:00+00', 2, '00000000-0000-03c1-0000-00000000cd02');

INSERT INTO public.fault_guides VALUES ('00000000-0000-055c-0000-00000000cd01', 'code 0 张江', 1, '{"row": 0, "名": "值"}', '00000000-0000-04fc-0000-000000041201', '2022-11-05 20:30:00+00', '00000000-0000-04fc-0000-00000000cd01');
INSERT INTO public.fault_guides VALUES (NULL, 'code 1 张江', 2, '{"row": 1, "名": "值"}', NULL, '2022-12-15 20:30:00+00', '00000000-0000-04fc-0000-00000000cd02');

INSERT INTO public.fault_types VALUES ('00000000-0000-055c-0000-00000000cd01', 'code 0 张江', 'en 0 张江', 'zh 0 张江', 'kind 0 张江', 'skill 0 张江', 1, 1, 0.5, '{"row": 0, "名": "值"}', true, '00000000-0000-04b0-0000-00000000cd01');
INSERT INTO public.fault_types VALUES (NULL, 'code 1 张江', 'en 1 张江', 'zh 1 张江', 'kind 1 张江', NULL, 2, 2, 1.5, '{"row": 1, "名": "值"}', false, '00000000-0000-04b0-0000-00000000cd02');

INSERT INTO public.feed OVERRIDING SYSTEM VALUE VALUES (1, 1, '00000000-0000-0194-0000-00000002c501', 'topic 0 张江', 'key 0 张江', 1, '2022-11-05 20:30:00+00');
INSERT INTO public.feed OVERRIDING SYSTEM VALUE VALUES (2, 2, '00000000-0000-0194-0000-00000002c502', 'topic 1 张江', 'key 1 张江', NULL, '2022-12-15 20:30:00+00');

INSERT INTO public.finish_code_tries VALUES ('00000000-0000-028f-0000-00000000cd01', '00000000-0000-0489-0000-00000000cd01', 'code_hash 0 张江', 1);
INSERT INTO public.finish_code_tries VALUES ('00000000-0000-028f-0000-00000000cd02', '00000000-0000-0489-0000-00000000cd02', 'code_hash 1 张江', 2);

INSERT INTO public.grid_contracts VALUES ('00000000-0000-0219-0000-00000000cd01', '[2022-11-05,2022-12-05)', '00000000-0000-0489-0000-00000000cd01', '00000000-0000-0489-0000-00000000cd02', 'contractor 0 张江', 1, 1, 0.5, 1, '00000000-0000-05d6-0000-00000000cd01');
INSERT INTO public.grid_contracts VALUES ('00000000-0000-0219-0000-00000000cd02', '[2022-12-15,2023-01-14)', '00000000-0000-0489-0000-00000000cd02', '00000000-0000-0489-0000-00000000cd01', NULL, NULL, NULL, 1.5, 2, '00000000-0000-05d6-0000-00000000cd02');

INSERT INTO public.grid_day_changes OVERRIDING SYSTEM VALUE VALUES (1, '00000000-0000-067b-0000-00000002c501', '00000000-0000-067b-0000-00000002d201', '2022-11-01', 1, 1, 1, 1, 1, 1);
INSERT INTO public.grid_day_changes OVERRIDING SYSTEM VALUE VALUES (2, '00000000-0000-067b-0000-00000002c502', NULL, '2022-11-02', 2, 2, 2, 2, 2, 2);

INSERT INTO public.grid_days OVERRIDING SYSTEM VALUE VALUES (1, '00000000-0000-055c-0000-00000000cd01', '00000000-0000-03b6-0000-00000002d201', '2022-11-01', 1, 1, 1, 1, 1, 1);
INSERT INTO public.grid_days OVERRIDING SYSTEM VALUE VALUES (2, '00000000-0000-055c-0000-00000000cd02', NULL, '2022-11-02', 2, 2, 2, 2, 2, 2);

INSERT INTO public.grid_imports VALUES ('00000000-0000-055c-0000-00000000cd01', 'sha256 0 张江', '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', '00000000-0000-0513-0000-00000000cd01');
INSERT INTO public.grid_imports VALUES ('00000000-0000-055c-0000-00000000cd02', 'sha256 1 张江', '{"row": 1, "名": "值"}', '2022-12-15 20:30:00+00', '00000000-0000-0513-0000-00000000cd02');

INSERT INTO public.grids VALUES ('00000000-0000-055c-0000-00000000cd01', 'code 0 张江', 'name 0 张江', '0106000020E61000000100000001030000000100000005000000CDCCCCCCCCCC5EC09A99999999994840CDCCCCCCCCCC5EC06666666666A648409A99999999C95EC06666666666A648409A99999999C95EC09A99999999994840CDCCCCCCCCCC5EC09A99999999994840', 1, true, 0.5, '2022-11-05 20:30:00+00', 1, '00000000-0000-0219-0000-00000000cd01');
INSERT INTO public.grids VALUES ('00000000-0000-055c-0000-00000000cd02', 'code 1 张江', 'name 1 张江', '0106000020E610000001000000010300000001000000050000006766666666C65EC09A999999999948406766666666C65EC06666666666A648403433333333C35EC06666666666A648403433333333C35EC09A999999999948406766666666C65EC09A99999999994840', 2, false, 1.5, NULL, 2, '00000000-0000-0219-0000-00000000cd02');

INSERT INTO public.idempotency_keys VALUES ('00000000-0000-06bc-0000-000000041901', 'key 0 张江', 'fingerprint 0 张江', 1, '\x00ff00', 'media_type 0 张江', '2022-11-05 20:30:00+00');
INSERT INTO public.idempotency_keys VALUES ('00000000-0000-06bc-0000-000000041902', 'key 1 张江', 'fingerprint 1 张江', NULL, NULL, NULL, '2022-12-15 20:30:00+00');

INSERT INTO public.import_rejections OVERRIDING SYSTEM VALUE VALUES (1, '00000000-0000-04c2-0000-00000000cd01', 1, 'kind 0 张江', 'reason 0 张江', '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}');
INSERT INTO public.import_rejections OVERRIDING SYSTEM VALUE VALUES (2, '00000000-0000-04c2-0000-00000000cd02', 2, 'kind 1 张江', 'reason 1 张江', '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}');

INSERT INTO public.import_runs VALUES ('00000000-0000-055c-0000-00000000cd01', 'filename 0 张江', 'sha256 0 张江', '{"row": 0, "名": "值"}', 'running', '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-04c2-0000-00000000cd01');
INSERT INTO public.import_runs VALUES ('00000000-0000-055c-0000-00000000cd02', 'filename 1 张江', 'sha256 1 张江', '{"row": 1, "名": "值"}', 'done', '{"row": 1, "名": "值"}', '2022-12-15 20:30:00+00', NULL, '00000000-0000-04c2-0000-00000000cd02');

INSERT INTO public.indicators VALUES ('00000000-0000-055c-0000-00000000cd01', 'code 0 张江', '2022-11-01', 'en 0 张江', 'zh 0 张江', '{"row": 0, "名": "值"}', true, 0.5, 0.5, 0.5, true, '00000000-0000-0430-0000-000000041201', '2022-11-05 20:30:00+00', '00000000-0000-0430-0000-00000000cd01');
INSERT INTO public.indicators VALUES ('00000000-0000-055c-0000-00000000cd02', 'code 1 张江', '2022-11-02', 'en 1 张江', 'zh 1 张江', '{"row": 1, "名": "值"}', false, NULL, NULL, 1.5, false, NULL, '2022-12-15 20:30:00+00', '00000000-0000-0430-0000-00000000cd02');

INSERT INTO public.inspections VALUES ('00000000-0000-028f-0000-00000000cd01', '00000000-0000-0489-0000-00000000cd01', '00000000-0000-04af-0000-000000050301', true, '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', '00000000-0000-04af-0000-00000000cd01');
INSERT INTO public.inspections VALUES ('00000000-0000-028f-0000-00000000cd02', '00000000-0000-0489-0000-00000000cd02', NULL, false, '{"row": 1, "名": "值"}', '2022-12-15 20:30:00+00', '00000000-0000-04af-0000-00000000cd02');

INSERT INTO public.invitations VALUES ('00000000-0000-0360-0000-00000000cd01', 'token_hash 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-04b8-0000-00000000cd01');
INSERT INTO public.invitations VALUES ('00000000-0000-0360-0000-00000000cd02', 'token_hash 1 张江', '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', NULL, '00000000-0000-04b8-0000-00000000cd02');

INSERT INTO public.kept_answers VALUES ('00000000-0000-06fe-0000-00000000cd01', '00000000-0000-0516-0000-00000002c501', '00000000-0000-0516-0000-00000002d201', '2022-11-05 20:30:00+00', 'satisfaction 0 张江', '{"row": 0, "名": "值"}', true, true, true, true, true, true, true, true);
INSERT INTO public.kept_answers VALUES ('00000000-0000-06fe-0000-00000000cd02', '00000000-0000-0516-0000-00000002c502', NULL, '2022-12-15 20:30:00+00', NULL, '{"row": 1, "名": "值"}', false, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO public.kept_days VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', true, 1);
INSERT INTO public.kept_days VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', false, 2);

INSERT INTO public.kept_sign_months VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', true, 0.5, 1);
INSERT INTO public.kept_sign_months VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', false, 1.5, 2);

INSERT INTO public.leaves VALUES ('00000000-0000-0489-0000-00000000cd01', '["2022-11-05 20:30:00+00","2022-11-06 04:30:00+00")', 'kind 0 张江', '00000000-0000-0489-0000-00000000cd02', '00000000-0000-0280-0000-00000000cd01');
INSERT INTO public.leaves VALUES ('00000000-0000-0489-0000-00000000cd02', '["2022-12-15 20:30:00+00","2022-12-16 04:30:00+00")', 'kind 1 张江', NULL, '00000000-0000-0280-0000-00000000cd02');

INSERT INTO public.ledger_entries VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', 1, 'subject 0 张江', 'subject_id 0 张江', 'indicator', 'rule 0 张江', 'rule_version 0 张江', '00000000-0000-05cc-0000-000000034801', '00000000-0000-05cc-0000-000000034e01', 0.5000, 'attribution 0 张江', '{"row": 0, "名": "值"}', NULL, '2022-11-05 20:30:00+00', '00000000-0000-05cc-0000-00000000cd01');
INSERT INTO public.ledger_entries VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', 2, 'subject 1 张江', 'subject_id 1 张江', 'deduction', 'rule 1 张江', 'rule_version 1 张江', NULL, NULL, 1.5000, 'attribution 1 张江', '{"row": 1, "名": "值"}', NULL, '2022-12-15 20:30:00+00', '00000000-0000-05cc-0000-00000000cd02');

INSERT INTO public.lost_stores VALUES ('00000000-0000-0360-0000-00000000cd01', '00000000-0000-04c1-0000-000000043001', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-04c1-0000-000000040a01', '00000000-0000-04c1-0000-00000000cd01');
INSERT INTO public.lost_stores VALUES ('00000000-0000-0360-0000-00000000cd02', NULL, '2022-12-15 20:30:00+00', NULL, NULL, '00000000-0000-04c1-0000-00000000cd02');

INSERT INTO public.map_blocks VALUES (1, 1, 1, 1, 1, '0102000020E610000002000000CDCCCCCCCCCC5EC00000000000A04840CDCCCCCCCCCC5EC0E17A14AE47A14840', '00000000-0000-03c9-0000-00000000cd01');
INSERT INTO public.map_blocks VALUES (2, 2, NULL, NULL, NULL, '0102000020E6100000020000006766666666C65EC00000000000A048406766666666C65EC0E17A14AE47A14840', '00000000-0000-03c9-0000-00000000cd02');

INSERT INTO public.map_corners VALUES (1, 1, 1, '0101000020E6100000CDCCCCCCCCCC5EC00000000000A04840', '00000000-0000-03c9-0000-00000000cd01');
INSERT INTO public.map_corners VALUES (2, 2, 2, '0101000020E61000006766666666C65EC00000000000A04840', '00000000-0000-03c9-0000-00000000cd02');

INSERT INTO public.map_features VALUES (1, 'layer 0 张江', 'kind 0 张江', 'name 0 张江', 'name_zh 0 张江', 'name_en 0 张江', 1, true, '0101000020110F0000CDCCCCCCCCCC5EC00000000000A04840', '00000000-0000-03c9-0000-00000000cd01');
INSERT INTO public.map_features VALUES (2, 'layer 1 张江', 'kind 1 张江', 'name 1 张江', 'name_zh 1 张江', 'name_en 1 张江', 2, false, '0101000020110F00006766666666C65EC00000000000A04840', '00000000-0000-03c9-0000-00000000cd02');

INSERT INTO public.map_houses VALUES (1, 1, 1, 'suffix 0 张江', 'name 0 张江', '0101000020E6100000CDCCCCCCCCCC5EC00000000000A04840', '00000000-0000-03c9-0000-00000000cd01');
INSERT INTO public.map_houses VALUES (2, 2, 2, 'suffix 1 张江', 'name 1 张江', '0101000020E61000006766666666C65EC00000000000A04840', '00000000-0000-03c9-0000-00000000cd02');

INSERT INTO public.map_names VALUES (1, 'name 0 张江', 'core 0 张江', 'direction 0 张江', 'kind 0 张江', 'pinyin 0 张江', 'likeness 0 张江', 1, 1, '00000000-0000-03c9-0000-00000000cd01');
INSERT INTO public.map_names VALUES (2, 'name 1 张江', 'core 1 张江', 'direction 1 张江', 'kind 1 张江', 'pinyin 1 张江', 'likeness 1 张江', NULL, NULL, '00000000-0000-03c9-0000-00000000cd02');

INSERT INTO public.map_packs VALUES ('00000000-0000-03c9-0000-00000000cd01', 'sha256 0 张江', 1, 1, '2022-11-05 20:30:00+00');
INSERT INTO public.map_packs VALUES ('00000000-0000-03c9-0000-00000000cd02', 'sha256 1 张江', 2, 2, '2022-12-15 20:30:00+00');

INSERT INTO public.map_places VALUES (1, 'label 0 张江', 'kind 0 张江', '0101000020E6100000CDCCCCCCCCCC5EC00000000000A04840', '00000000-0000-03c9-0000-00000000cd01');
INSERT INTO public.map_places VALUES (2, 'label 1 张江', 'kind 1 张江', '0101000020E61000006766666666C65EC00000000000A04840', '00000000-0000-03c9-0000-00000000cd02');

INSERT INTO public.map_streets VALUES (1, 'label 0 张江', 'name_zh 0 张江', 'name_en 0 张江', 1, '0101000020E6100000CDCCCCCCCCCC5EC00000000000A04840', '00000000-0000-03c9-0000-00000000cd01');
INSERT INTO public.map_streets VALUES (2, 'label 1 张江', 'name_zh 1 张江', 'name_en 1 张江', 2, '0101000020E61000006766666666C65EC00000000000A04840', '00000000-0000-03c9-0000-00000000cd02');

INSERT INTO public.mended_values VALUES ('table_name 0 张江', 'column_name 0 张江', '{"row": 0, "名": "值"}', 'was 0 张江', 'becomes 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-055c-0000-00000000cd01');
INSERT INTO public.mended_values VALUES ('table_name 1 张江', 'column_name 1 张江', '{"row": 1, "名": "值"}', 'was 1 张江', NULL, '2022-12-15 20:30:00+00', '00000000-0000-055c-0000-00000000cd02');

INSERT INTO public.month_closings VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', 1, '2022-11-05 20:30:00+00', '00000000-0000-05e7-0000-00000003b401', '2022-11-05 20:30:00+00', '00000000-0000-05e7-0000-000000048c01', 'reopened_because 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-05e7-0000-00000000cd01');
INSERT INTO public.month_closings VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', 2, '2022-12-15 20:30:00+00', NULL, '2022-11-05 20:30:00+00', NULL, NULL, '2022-12-15 20:30:00+00', '00000000-0000-05e7-0000-00000000cd02');

INSERT INTO public.notice_attempts VALUES ('00000000-0000-02f5-0000-00000000cd01', '00000000-0000-062d-0000-00000000cd01', 1, '2022-11-05 20:30:00+00', 'outcome 0 张江', 'detail 0 张江', 'gateway_id 0 张江', '00000000-0000-0653-0000-00000000cd01');
INSERT INTO public.notice_attempts VALUES ('00000000-0000-02f5-0000-00000000cd02', '00000000-0000-062d-0000-00000000cd02', 2, '2022-12-15 20:30:00+00', NULL, NULL, NULL, '00000000-0000-0653-0000-00000000cd02');

INSERT INTO public.notice_channels VALUES ('00000000-0000-055c-0000-00000000cd01', 1, 'kind 0 张江', 'name 0 张江', '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', true, 'receipt_token_hash 0 张江', '00000000-0000-062d-0000-00000000cd01');
INSERT INTO public.notice_channels VALUES ('00000000-0000-055c-0000-00000000cd02', 2, 'kind 1 张江', 'name 1 张江', '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', false, NULL, '00000000-0000-062d-0000-00000000cd02');

INSERT INTO public.notice_opt_outs VALUES ('00000000-0000-055c-0000-00000000cd01', 'address 0 张江', '2022-11-05 20:30:00+00');
INSERT INTO public.notice_opt_outs VALUES ('00000000-0000-055c-0000-00000000cd02', 'address 1 张江', '2022-12-15 20:30:00+00');

INSERT INTO public.notice_receipts VALUES ('00000000-0000-062d-0000-00000000cd01', 'gateway_id 0 张江', 'our_key 0 张江', true, 'detail 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-0640-0000-00000000cd01');
INSERT INTO public.notice_receipts VALUES ('00000000-0000-062d-0000-00000000cd02', 'gateway_id 1 张江', 'our_key 1 张江', false, NULL, '2022-12-15 20:30:00+00', '00000000-0000-0640-0000-00000000cd02');

INSERT INTO public.notice_templates VALUES ('00000000-0000-055c-0000-00000000cd01', 'kind 0 张江', 1, 'en 0 张江', 'zh 0 张江', '{"row": 0, "名": "值"}', '00000000-0000-06b0-0000-000000041201', '2022-11-05 20:30:00+00', '00000000-0000-06b0-0000-00000000cd01');
INSERT INTO public.notice_templates VALUES ('00000000-0000-055c-0000-00000000cd02', 'kind 1 张江', 2, 'en 1 张江', 'zh 1 张江', '{"row": 1, "名": "值"}', NULL, '2022-12-15 20:30:00+00', '00000000-0000-06b0-0000-00000000cd02');

INSERT INTO public.notices VALUES ('00000000-0000-055c-0000-00000000cd01', '00000000-0000-028f-0000-00000000cd01', 'key 0 张江', 'kind 0 张江', 'topic 0 张江', 'language 0 张江', 1, '{"row": 0, "名": "值"}', 'phone 0 张江', 'email 0 张江', 'waiting', 'reason 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 1, 1, '00000000-0000-02f5-0000-000000047f01', '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-062d-0000-00000000cd01', '00000000-0000-02f5-0000-00000000cd01');
INSERT INTO public.notices VALUES ('00000000-0000-055c-0000-00000000cd02', NULL, 'key 1 张江', 'kind 1 张江', NULL, 'language 1 张江', 2, '{"row": 1, "名": "值"}', NULL, NULL, 'sending', NULL, '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', NULL, NULL, NULL, 2, 2, NULL, '{"row": 1, "名": "值"}', NULL, NULL, NULL, '00000000-0000-02f5-0000-00000000cd02');

INSERT INTO public.order_alarms VALUES ('00000000-0000-028f-0000-00000000cd01', 'clock 0 张江', '2022-11-05 20:30:00+00', 1, 'role 0 张江', '2022-11-05 20:30:00+00');
INSERT INTO public.order_alarms VALUES ('00000000-0000-028f-0000-00000000cd02', 'clock 1 张江', '2022-12-15 20:30:00+00', 2, 'role 1 张江', '2022-12-15 20:30:00+00');

INSERT INTO public.order_events VALUES ('00000000-0000-028f-0000-00000000cd01', 1, 'type 0 张江', '00000000-0000-0510-0000-000000069101', 'actor_role 0 张江', '00000000-0000-0510-0000-000000054201', '00000000-0000-0510-0000-00000003ab01', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '0101000020E6100000CDCCCCCCCCCC5EC00000000000A04840', 'reason 0 张江', 1, '{"row": 0, "名": "值"}', '00000000-0000-0510-0000-00000000cd01');
INSERT INTO public.order_events VALUES ('00000000-0000-028f-0000-00000000cd02', 2, 'type 1 张江', NULL, 'actor_role 1 张江', NULL, NULL, '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', NULL, NULL, NULL, '{"row": 1, "名": "值"}', '00000000-0000-0510-0000-00000000cd02');

INSERT INTO public.order_requests VALUES ('00000000-0000-028f-0000-00000000cd01', 'kind 0 张江', '00000000-0000-0489-0000-00000000cd01', 'reason 0 张江', 'note 0 张江', '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 'status 0 张江', '00000000-0000-05f7-0000-00000003fc01', '2022-11-05 20:30:00+00', 'decision_note 0 张江', '00000000-0000-05f7-0000-00000000cd01');
INSERT INTO public.order_requests VALUES ('00000000-0000-028f-0000-00000000cd02', 'kind 1 张江', '00000000-0000-0489-0000-00000000cd02', 'reason 1 张江', NULL, '{"row": 1, "名": "值"}', '2022-12-15 20:30:00+00', NULL, 'status 1 张江', NULL, NULL, NULL, '00000000-0000-05f7-0000-00000000cd02');

INSERT INTO public.orders VALUES ('00000000-0000-055c-0000-00000000cd01', 'number 0 张江', 'repair', 'phone', 'urgent', 'ordinary', 'fault_type 0 张江', 'description 0 张江', '00000000-0000-04a7-0000-00000000cd01', 'contact_name 0 张江', '{"row": 0, "名": "值"}', 'contact_search 0 张江', 'product 0 张江', 'network_node 0 张江', 'address 0 张江', 'access_notes 0 张江', 'district_hint 0 张江', 'skill 0 张江', 1, 1, 1, '00000000-0000-028f-0000-00000009eb01', '0101000020E6100000CDCCCCCCCCCC5EC00000000000A04840', 'point_source 0 张江', '00000000-0000-0219-0000-00000000cd01', 'place_problem 0 张江', 'closed', '00000000-0000-0489-0000-00000000cd01', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 1, '2022-11-05 20:30:00+00', '2022-11-05 22:30:00+00', 'appointment_changed_by 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-028f-0000-00000004f701', 'completed_how 0 张江', 'cause 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 'satisfied', 1, 1, '2022-11-05 20:30:00+00', true, true, 1, 1, 1, '00000000-0000-028f-0000-000000096f01', '2022-11-05 20:30:00+00', 'suspension_reason 0 张江', 'pending_request 0 张江', '2022-11-05 20:30:00+00', true, NULL, '00000000-0000-02f8-0000-00000000cd01', 'finish_code_hash 0 张江', '2022-11-05 20:30:00+00', 1, NULL, NULL, 'live', '00000000-0000-04c2-0000-00000000cd01', 'source_key 0 张江', 'source_fingerprint 0 张江', 'source_label 0 张江', true, '2022-11-05 20:30:00+00', 1, '00000000-0000-028f-0000-00000000cd01');
INSERT INTO public.orders VALUES ('00000000-0000-055c-0000-00000000cd02', 'number 1 张江', 'install', 'web', 'normal', 'vip', 'fault_type 1 张江', NULL, NULL, NULL, '{"row": 1, "名": "值"}', 'contact_search 1 张江', NULL, NULL, NULL, NULL, NULL, NULL, 2, 2, 2, NULL, NULL, NULL, NULL, NULL, 'reported', NULL, '2022-12-15 20:30:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, 2, NULL, NULL, NULL, 2, 2, 2, NULL, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, '2022-12-15 20:30:00+00', 2, NULL, NULL, 'replay', NULL, NULL, NULL, NULL, false, '2022-12-15 20:30:00+00', 2, '00000000-0000-028f-0000-00000000cd02');

INSERT INTO public.outage_customers VALUES ('00000000-0000-02f8-0000-00000000cd01', '00000000-0000-0219-0000-00000000cd01', 1);
INSERT INTO public.outage_customers VALUES ('00000000-0000-02f8-0000-00000000cd02', '00000000-0000-0219-0000-00000000cd02', 2);

INSERT INTO public.outage_events VALUES ('00000000-0000-02f8-0000-00000000cd01', 'kind 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-0579-0000-00000000db01', 'note 0 张江', '{"row": 0, "名": "值"}', '00000000-0000-0579-0000-00000000cd01');
INSERT INTO public.outage_events VALUES ('00000000-0000-02f8-0000-00000000cd02', 'kind 1 张江', '2022-12-15 20:30:00+00', NULL, NULL, '{"row": 1, "名": "值"}', '00000000-0000-0579-0000-00000000cd02');

INSERT INTO public.outage_orders VALUES ('00000000-0000-02f8-0000-00000000cd01', '00000000-0000-028f-0000-00000000cd01', 'named', '2022-11-05 20:30:00+00', true, 'works', '2022-11-05 20:30:00+00', '00000000-0000-0573-0000-000000049301');
INSERT INTO public.outage_orders VALUES ('00000000-0000-02f8-0000-00000000cd02', '00000000-0000-028f-0000-00000000cd02', 'child', '2022-12-15 20:30:00+00', false, NULL, NULL, NULL);

INSERT INTO public.outage_watches VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-05 20:30:00+00');
INSERT INTO public.outage_watches VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-12-15 20:30:00+00');

INSERT INTO public.outages VALUES ('00000000-0000-055c-0000-00000000cd01', 'number 0 张江', 'confirmed', 'same_node', 'OLT-1', 'place 0 张江', '0106000020E61000000100000001030000000100000005000000CDCCCCCCCCCC5EC09A99999999994840CDCCCCCCCCCC5EC06666666666A648409A99999999C95EC06666666666A648409A99999999C95EC09A99999999994840CDCCCCCCCCCC5EC09A99999999994840', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 1, 0.5, 0.5, '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 1, '00000000-0000-02f8-0000-00000000cd01');
INSERT INTO public.outages VALUES ('00000000-0000-055c-0000-00000000cd02', 'number 1 张江', 'suspected', 'same_building', 'OLT-2', NULL, NULL, '2022-12-15 20:30:00+00', NULL, 2, NULL, NULL, '2022-12-15 20:30:00+00', NULL, NULL, NULL, NULL, 2, '00000000-0000-02f8-0000-00000000cd02');

INSERT INTO public.person_days VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', '00000000-0000-04a7-0000-000000054201', 1, 1, 1, 1, 1, 1, 1);
INSERT INTO public.person_days VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', '00000000-0000-04a7-0000-000000054202', 2, 2, 2, 2, 2, 2, 2);

INSERT INTO public.person_grid_days VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', '00000000-0000-06ac-0000-000000054201', '00000000-0000-06ac-0000-00000002d201', 1, 1, 1);
INSERT INTO public.person_grid_days VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', '00000000-0000-06ac-0000-000000054202', '00000000-0000-06ac-0000-00000002d202', 2, 2, 2);

INSERT INTO public.phone_acts VALUES ('00000000-0000-0424-0000-00000000cd01', '00000000-0000-0489-0000-00000000cd01', '00000000-0000-028f-0000-00000000cd01', 'type 0 张江', 'fingerprint 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 1, 'result 0 张江', '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', '00000000-0000-0424-0000-000000040a01');
INSERT INTO public.phone_acts VALUES ('00000000-0000-0424-0000-00000000cd02', '00000000-0000-0489-0000-00000000cd02', NULL, 'type 1 张江', 'fingerprint 1 张江', '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', 2, 'result 1 张江', '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', NULL, NULL);

INSERT INTO public.phone_changes VALUES ('00000000-0000-0489-0000-00000000cd01', '00000000-0000-028f-0000-00000000cd01', 'number 0 张江', 'kind 0 张江', '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-0552-0000-00000000cd01');
INSERT INTO public.phone_changes VALUES ('00000000-0000-0489-0000-00000000cd02', NULL, NULL, 'kind 1 张江', '{"row": 1, "名": "值"}', '2022-12-15 20:30:00+00', NULL, '2022-12-15 20:30:00+00', '00000000-0000-0552-0000-00000000cd02');

INSERT INTO public.phone_offers VALUES ('00000000-0000-028f-0000-00000000cd01', '00000000-0000-0489-0000-00000000cd01', 'state 0 张江', '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', '00000000-0000-04fe-0000-000000041501', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-04fe-0000-00000000cd01');
INSERT INTO public.phone_offers VALUES ('00000000-0000-028f-0000-00000000cd02', '00000000-0000-0489-0000-00000000cd02', 'state 1 张江', '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', NULL, '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', NULL, '00000000-0000-04fe-0000-00000000cd02');

INSERT INTO public.photo_pieces VALUES ('00000000-0000-0581-0000-00000000cd01', 1, '\x00ff00');
INSERT INTO public.photo_pieces VALUES ('00000000-0000-0581-0000-00000000cd02', 2, '\x00ff01');

INSERT INTO public.photo_uploads VALUES ('00000000-0000-0581-0000-00000000cd01', '00000000-0000-0489-0000-00000000cd01', 1, 1, 'sha256 0 张江', '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00');
INSERT INTO public.photo_uploads VALUES ('00000000-0000-0581-0000-00000000cd02', '00000000-0000-0489-0000-00000000cd02', 2, 2, 'sha256 1 张江', '{"row": 1, "名": "值"}', '2022-12-15 20:30:00+00');

INSERT INTO public.photos VALUES ('00000000-0000-029d-0000-00000000cd01', '00000000-0000-028f-0000-00000000cd01', '00000000-0000-0489-0000-00000000cd01', 'kind 0 张江', 'sha256 0 张江', 'sent_sha256 0 张江', '2022-11-05 20:30:00+00', '0101000020E6100000CDCCCCCCCCCC5EC00000000000A04840', 0.5, '2022-11-05 20:30:00+00');
INSERT INTO public.photos VALUES ('00000000-0000-029d-0000-00000000cd02', '00000000-0000-028f-0000-00000000cd02', NULL, 'kind 1 张江', NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO public.plan_moves VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', '00000000-0000-0434-0000-000000041901', 'kind 0 张江', '00000000-0000-028f-0000-00000000cd01', '2022-11-05 20:30:00+00', 0.5, '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', '00000000-0000-021e-0000-00000000cd01', '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', '00000000-0000-0434-0000-00000000cd01');
INSERT INTO public.plan_moves VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', NULL, 'kind 1 张江', NULL, '2022-12-15 20:30:00+00', 1.5, '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', NULL, '{"row": 1, "名": "值"}', NULL, '00000000-0000-0434-0000-00000000cd02');

INSERT INTO public.plan_policies VALUES ('00000000-0000-055c-0000-00000000cd01', 'code 0 张江', 1, 'en 0 张江', 'zh 0 张江', '{"row": 0, "名": "值"}', true, '00000000-0000-0562-0000-000000041201', '2022-11-05 20:30:00+00', '00000000-0000-0562-0000-00000000cd01');
INSERT INTO public.plan_policies VALUES ('00000000-0000-055c-0000-00000000cd02', 'code 1 张江', 2, 'en 1 张江', 'zh 1 张江', '{"row": 1, "名": "值"}', false, NULL, '2022-12-15 20:30:00+00', '00000000-0000-0562-0000-00000000cd02');

INSERT INTO public.plan_runs VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', 'queued', true, true, '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', '\x00ff00', '{"row": 0, "名": "值"}', '00000000-0000-021e-0000-00000000cd01', '00000000-0000-03d2-0000-000000041201', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-03d2-0000-00000000cd01');
INSERT INTO public.plan_runs VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', 'running', false, false, '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', NULL, 'null', NULL, NULL, '2022-12-15 20:30:00+00', NULL, NULL, '00000000-0000-03d2-0000-00000000cd02');

INSERT INTO public.plan_stops VALUES ('00000000-0000-021e-0000-00000000cd01', '00000000-0000-028f-0000-00000000cd01', '00000000-0000-0489-0000-00000000cd01', 1, '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 1, 1);
INSERT INTO public.plan_stops VALUES ('00000000-0000-021e-0000-00000000cd02', '00000000-0000-028f-0000-00000000cd02', '00000000-0000-0489-0000-00000000cd02', 2, '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', 2, 2);

INSERT INTO public.plan_unplanned VALUES ('00000000-0000-021e-0000-00000000cd01', '00000000-0000-028f-0000-00000000cd01', 'reason 0 张江', '{"row": 0, "名": "值"}');
INSERT INTO public.plan_unplanned VALUES ('00000000-0000-021e-0000-00000000cd02', '00000000-0000-028f-0000-00000000cd02', 'reason 1 张江', '{"row": 1, "名": "值"}');

INSERT INTO public.plans VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', 'draft', '{"row": 0, "名": "值"}', DEFAULT, DEFAULT, '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', '00000000-0000-021e-0000-000000041201', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 1, '00000000-0000-021e-0000-00000000cd01');
INSERT INTO public.plans VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', 'published', '{"row": 1, "名": "值"}', DEFAULT, DEFAULT, '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', NULL, '2022-12-15 20:30:00+00', NULL, 2, '00000000-0000-021e-0000-00000000cd02');

INSERT INTO public.policies VALUES ('00000000-0000-055c-0000-00000000cd01', 1, '2022-11-05 20:30:00+00', '{"row": 0, "名": "值"}', '00000000-0000-0358-0000-000000041201', '2022-11-05 20:30:00+00', '00000000-0000-0358-0000-00000000cd01');
INSERT INTO public.policies VALUES ('00000000-0000-055c-0000-00000000cd02', 2, '2022-12-15 20:30:00+00', '{"row": 1, "名": "值"}', NULL, '2022-12-15 20:30:00+00', '00000000-0000-0358-0000-00000000cd02');

INSERT INTO public.position_consents VALUES ('00000000-0000-0489-0000-00000000cd01', true, '2022-11-05 20:30:00+00', '00000000-0000-0741-0000-00000000cd01');
INSERT INTO public.position_consents VALUES ('00000000-0000-0489-0000-00000000cd02', false, '2022-12-15 20:30:00+00', '00000000-0000-0741-0000-00000000cd02');

INSERT INTO public.positions VALUES ('00000000-0000-0489-0000-00000000cd01', '0101000020E6100000CDCCCCCCCCCC5EC00000000000A04840', 0.5, '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-03e8-0000-00000000cd01');
INSERT INTO public.positions VALUES ('00000000-0000-0489-0000-00000000cd02', '0101000020E61000006766666666C65EC00000000000A04840', NULL, '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', '00000000-0000-03e8-0000-00000000cd02');

INSERT INTO public.push_keys VALUES ('name 0 张江', 'private_pem 0 张江', 'public_key 0 张江', '2022-11-05 20:30:00+00');
INSERT INTO public.push_keys VALUES ('name 1 张江', 'private_pem 1 张江', 'public_key 1 张江', '2022-12-15 20:30:00+00');

INSERT INTO public.push_subscriptions VALUES ('00000000-0000-0360-0000-00000000cd01', 'endpoint 0 张江', 'p256dh 0 张江', 'auth 0 张江', 1, '2022-11-05 20:30:00+00', '00000000-0000-07b7-0000-00000000cd01');
INSERT INTO public.push_subscriptions VALUES ('00000000-0000-0360-0000-00000000cd02', 'endpoint 1 张江', 'p256dh 1 张江', 'auth 1 张江', 2, '2022-12-15 20:30:00+00', '00000000-0000-07b7-0000-00000000cd02');

INSERT INTO public.reasons VALUES ('00000000-0000-055c-0000-00000000cd01', 'suspension', 'code 0 张江', 'en 0 张江', 'zh 0 张江', '{"row": 0, "名": "值"}', 'attribution 0 张江', true, '00000000-0000-02fb-0000-00000000cd01');
INSERT INTO public.reasons VALUES (NULL, 'return', 'code 1 张江', 'en 1 张江', 'zh 1 张江', '{"row": 1, "名": "值"}', 'attribution 1 张江', false, '00000000-0000-02fb-0000-00000000cd02');

INSERT INTO public.removed_orders VALUES ('00000000-0000-05e0-0000-000000034801', '00000000-0000-05e0-0000-00000002c501', 'number 0 张江', '00000000-0000-05e0-0000-00000003c701', 1, '00000000-0000-05e0-0000-000000042c01', '2022-11-05 20:30:00+00');
INSERT INTO public.removed_orders VALUES ('00000000-0000-05e0-0000-000000034802', '00000000-0000-05e0-0000-00000002c502', 'number 1 张江', '00000000-0000-05e0-0000-00000003c702', 2, NULL, '2022-12-15 20:30:00+00');

INSERT INTO public.report_exports VALUES ('00000000-0000-055c-0000-00000000cd01', '00000000-0000-0610-0000-000000041901', 'report 0 张江', 'format 0 张江', 'asked 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-0610-0000-00000000cd01');
INSERT INTO public.report_exports VALUES ('00000000-0000-055c-0000-00000000cd02', NULL, 'report 1 张江', 'format 1 张江', 'asked 1 张江', '2022-12-15 20:30:00+00', '00000000-0000-0610-0000-00000000cd02');

INSERT INTO public.roster_patterns VALUES ('00000000-0000-0489-0000-00000000cd01', '{1}', '20:30:00', '20:30:00', '{"row": 0, "名": "值"}', '[2022-11-05,2022-12-05)', '00000000-0000-066f-0000-00000000cd01');
INSERT INTO public.roster_patterns VALUES ('00000000-0000-0489-0000-00000000cd02', '{2}', '20:31:00', '20:31:00', '{"row": 1, "名": "值"}', '[2022-12-15,2023-01-14)', '00000000-0000-066f-0000-00000000cd02');

INSERT INTO public.route_snapshots VALUES ('00000000-0000-0489-0000-00000000cd01', '2022-11-01', 'etag 0 张江', '\x00ff00', '\x00ff00', 'previous_etag 0 张江', '\x00ff00', '{00000000-0000-0671-0000-000000022f01}', '{"row": 0, "名": "值"}', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00');
INSERT INTO public.route_snapshots VALUES ('00000000-0000-0489-0000-00000000cd02', '2022-11-02', 'etag 1 张江', '\x00ff01', '\x00ff01', NULL, NULL, '{00000000-0000-0671-0000-000000022f02}', '{"row": 1, "名": "值"}', '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00');

INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (1, '00000000-0000-04a7-0000-000000054201');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (2, '00000000-0000-04a7-0000-000000054202');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (3, '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (4, '00000000-0000-0489-0000-00000000cd02');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (5, '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (6, '00000000-0000-0489-0000-00000000cd02');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (7, '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (8, '00000000-0000-0489-0000-00000000cd02');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (9, '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (10, '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (11, '00000000-0000-0489-0000-00000000cd02');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (12, '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (13, '00000000-0000-0489-0000-00000000cd02');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (14, '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (15, '00000000-0000-0489-0000-00000000cd02');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (16, '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (17, '00000000-0000-0489-0000-00000000cd02');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (18, '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (19, '00000000-0000-0489-0000-00000000cd02');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (20, '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.route_stale OVERRIDING SYSTEM VALUE VALUES (21, '00000000-0000-0489-0000-00000000cd02');

INSERT INTO public.rulings VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', '00000000-0000-0304-0000-000000034801', '00000000-0000-0489-0000-00000000cd01', 'bonus', 'rule 0 张江', 1, 'reason 0 张江', NULL, '00000000-0000-0304-0000-00000003fc01', '2022-11-05 20:30:00+00', '00000000-0000-0304-0000-00000000cd01');
INSERT INTO public.rulings VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', '00000000-0000-0304-0000-000000034802', '00000000-0000-0489-0000-00000000cd02', 'red_line', 'rule 1 张江', 2, 'reason 1 张江', NULL, NULL, '2022-12-15 20:30:00+00', '00000000-0000-0304-0000-00000000cd02');

INSERT INTO public.saved_views VALUES ('00000000-0000-055c-0000-00000000cd01', '00000000-0000-0360-0000-00000000cd01', 'name 0 张江', 'query 0 张江', true, 'rhythm 0 张江', 1, 1, 'email 0 张江', true, 'stopped 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-04a0-0000-00000000cd01');
INSERT INTO public.saved_views VALUES ('00000000-0000-055c-0000-00000000cd02', '00000000-0000-0360-0000-00000000cd02', 'name 1 张江', 'query 1 张江', false, NULL, NULL, NULL, NULL, false, NULL, NULL, '2022-12-15 20:30:00+00', '00000000-0000-04a0-0000-00000000cd02');

INSERT INTO public.score_cards VALUES ('00000000-0000-066d-0000-00000000cd01', 'subject 0 张江', 'subject_id 0 张江', 'name 0 张江', true, 1, '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', 0.5, 1, 'rank_note 0 张江', 1, '{"row": 0, "名": "值"}', '{"row": 0, "名": "值"}', '00000000-0000-0488-0000-00000000cd01');
INSERT INTO public.score_cards VALUES ('00000000-0000-066d-0000-00000000cd02', 'subject 1 张江', 'subject_id 1 张江', 'name 1 张江', false, 2, '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', NULL, NULL, NULL, NULL, '{"row": 1, "名": "值"}', '{"row": 1, "名": "值"}', '00000000-0000-0488-0000-00000000cd02');

INSERT INTO public.service_areas VALUES ('code 0 张江', 'name 0 张江', 'America/Vancouver', 'trial', 'country 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 0.5, true, 1, '2022-11-05 20:30:00+00', 1, '00000000-0000-055c-0000-00000000cd01');
INSERT INTO public.service_areas VALUES ('code 1 张江', 'name 1 张江', 'Asia/Shanghai', 'ordinary', NULL, NULL, NULL, 1.5, false, 2, '2022-12-15 20:30:00+00', 2, '00000000-0000-055c-0000-00000000cd02');

INSERT INTO public.settlement_lines VALUES ('00000000-0000-08ec-0000-00000000cd01', 1, 'part 0 张江', 'why 0 张江', '00000000-0000-06bf-0000-000000034801', '00000000-0000-06bf-0000-000000034e01', '00000000-0000-0489-0000-00000000cd01', '00000000-0000-06bf-0000-00000002d201', '2022-11-01', 'base 0 张江', 'difficulty 0 张江', 'distance 0 张江', 'quality 0 张江', 0.5000, 0.5000, 0.50, '2022-11-01', '00000000-0000-06bf-0000-00000000cd01');
INSERT INTO public.settlement_lines VALUES ('00000000-0000-08ec-0000-00000000cd02', 2, 'part 1 张江', 'why 1 张江', '00000000-0000-06bf-0000-000000034802', '00000000-0000-06bf-0000-000000034e02', '00000000-0000-0489-0000-00000000cd02', NULL, '2022-11-02', 'base 1 张江', 'difficulty 1 张江', 'distance 1 张江', 'quality 1 张江', 1.5000, 1.5000, 1.50, NULL, '00000000-0000-06bf-0000-00000000cd02');

INSERT INTO public.settlement_statements VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', '00000000-0000-05d6-0000-00000000cd01', '00000000-0000-0219-0000-00000000cd01', NULL, 'name 0 张江', 'contractor 0 张江', 1, 'draft', 0.50, 0.50, 0.50, 0.50, 1.50, '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-08ec-0000-00000003c701', '2022-11-05 20:30:00+00', '00000000-0000-08ec-0000-000000049c01', 'disputed_because 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-08ec-0000-000000042f01', 'judgement 0 张江', '00000000-0000-08ec-0000-00000000cd01');
INSERT INTO public.settlement_statements VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', NULL, NULL, '00000000-0000-0489-0000-00000000cd01', 'name 1 张江', NULL, 2, 'draft', 1.50, 1.50, 1.50, 1.50, 4.50, '2022-12-15 20:30:00+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '00000000-0000-08ec-0000-00000000cd02');

INSERT INTO public.shifts VALUES ('00000000-0000-0489-0000-00000000cd01', '["2022-11-05 20:30:00+00","2022-11-06 04:30:00+00")', '{"row": 0, "名": "值"}', '00000000-0000-0291-0000-00000000cd01');
INSERT INTO public.shifts VALUES ('00000000-0000-0489-0000-00000000cd02', '["2022-12-15 20:30:00+00","2022-12-16 04:30:00+00")', '{"row": 1, "名": "值"}', '00000000-0000-0291-0000-00000000cd02');

INSERT INTO public.sign_counts VALUES ('00000000-0000-055c-0000-00000000cd01', '2022-11-01', '00000000-0000-04ac-0000-000000054201', 'kind 0 张江', 1);
INSERT INTO public.sign_counts VALUES ('00000000-0000-055c-0000-00000000cd02', '2022-11-02', '00000000-0000-04ac-0000-000000054202', 'kind 1 张江', 2);

INSERT INTO public.sign_in_failures VALUES ('login 0 张江', 'address 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-06a1-0000-00000000cd01');
INSERT INTO public.sign_in_failures VALUES ('login 1 张江', 'address 1 张江', '2022-12-15 20:30:00+00', '00000000-0000-06a1-0000-00000000cd02');

INSERT INTO public.signing_keys VALUES ('name 0 张江', '\x00ff00');
INSERT INTO public.signing_keys VALUES ('name 1 张江', '\x00ff01');

INSERT INTO public.signs_seen OVERRIDING SYSTEM VALUE VALUES (1, '00000000-0000-042e-0000-00000002c501', '2022-11-01', '00000000-0000-042e-0000-000000054201', 'kind 0 张江', '00000000-0000-042e-0000-000000034801', '00000000-0000-042e-0000-000000034e01', 'detail 0 张江');
INSERT INTO public.signs_seen OVERRIDING SYSTEM VALUE VALUES (2, '00000000-0000-042e-0000-00000002c502', '2022-11-02', '00000000-0000-042e-0000-000000054202', 'kind 1 张江', '00000000-0000-042e-0000-000000034802', NULL, NULL);

INSERT INTO public.signs_stale OVERRIDING SYSTEM VALUE VALUES (1, '00000000-0000-049c-0000-00000002c501', '00000000-0000-049c-0000-000000054201', '2022-11-01');
INSERT INTO public.signs_stale OVERRIDING SYSTEM VALUE VALUES (2, '00000000-0000-049c-0000-00000002c502', '00000000-0000-049c-0000-000000054202', '2022-11-02');

INSERT INTO public.subscriber_links VALUES ('00000000-0000-028f-0000-00000000cd01', 1, '2022-11-05 20:30:00+00');
INSERT INTO public.subscriber_links VALUES ('00000000-0000-028f-0000-00000000cd02', 2, NULL);

INSERT INTO public.subscribers VALUES ('00000000-0000-055c-0000-00000000cd01', 'account_number 0 张江', 'name 0 张江', '{"row": 0, "名": "值"}', 'ordinary', '{"row": 0, "名": "值"}', 'search 0 张江', '00000000-0000-04a7-0000-00000000cd01');
INSERT INTO public.subscribers VALUES ('00000000-0000-055c-0000-00000000cd02', NULL, NULL, '{"row": 1, "名": "值"}', 'vip', '{"row": 1, "名": "值"}', 'search 1 张江', '00000000-0000-04a7-0000-00000000cd02');

INSERT INTO public.supervisions VALUES ('00000000-0000-055c-0000-00000000cd01', 'number 0 张江', '00000000-0000-028f-0000-00000000cd02', '00000000-0000-043a-0000-00000000cd01', '00000000-0000-053a-0000-00000002d201', 'open', 'question 0 张江', '00000000-0000-053a-0000-00000003b501', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 'answer 0 张江', '00000000-0000-053a-0000-000000049301', '2022-11-05 20:30:00+00', 'judgement 0 张江', '2022-11-05 20:30:00+00', 1, '00000000-0000-053a-0000-00000000cd01');
INSERT INTO public.supervisions VALUES ('00000000-0000-055c-0000-00000000cd02', 'number 1 张江', '00000000-0000-028f-0000-00000000cd01', NULL, NULL, 'answered', 'question 1 张江', NULL, '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', NULL, NULL, NULL, NULL, NULL, 2, '00000000-0000-053a-0000-00000000cd02');

INSERT INTO public.survey_links VALUES ('00000000-0000-028f-0000-00000000cd01', 'token_hash 0 张江', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '00000000-0000-052e-0000-00000000cd01');
INSERT INTO public.survey_links VALUES ('00000000-0000-028f-0000-00000000cd02', 'token_hash 1 张江', '2022-12-15 20:30:00+00', '2022-12-15 20:30:00+00', NULL, NULL, '00000000-0000-052e-0000-00000000cd02');

INSERT INTO public.technician_skills VALUES ('00000000-0000-0489-0000-00000000cd01', 'skill 0 张江', 1, '2022-11-01');
INSERT INTO public.technician_skills VALUES ('00000000-0000-0489-0000-00000000cd02', 'skill 1 张江', 2, NULL);

INSERT INTO public.technicians VALUES ('00000000-0000-055c-0000-00000000cd01', 'employee_number 0 张江', 'name 0 张江', 'phone 0 张江', 'team 0 张江', 'contractor 0 张江', '0101000020E6100000CDCCCCCCCCCC5EC00000000000A04840', '0101000020E6100000CDCCCCCCCCCC5EC00000000000A04840', 0.5, 0.5, true, 0.5, 1, 'active', 1, '2022-11-05 20:30:00+00', '00000000-0000-0489-0000-00000000cd01');
INSERT INTO public.technicians VALUES ('00000000-0000-055c-0000-00000000cd02', 'employee_number 1 张江', 'name 1 张江', NULL, NULL, NULL, NULL, NULL, 1.5, 1.5, false, NULL, 2, 'left', 2, '2022-12-15 20:30:00+00', '00000000-0000-0489-0000-00000000cd02');

INSERT INTO public.unmaskings VALUES ('00000000-0000-0440-0000-000000041901', '00000000-0000-0440-0000-000000034801', '2022-11-05 20:30:00+00', '00000000-0000-0440-0000-00000000cd01');
INSERT INTO public.unmaskings VALUES (NULL, '00000000-0000-0440-0000-000000034802', '2022-12-15 20:30:00+00', '00000000-0000-0440-0000-00000000cd02');

INSERT INTO public.view_deliveries VALUES ('00000000-0000-04a0-0000-00000000cd01', '2022-11-05 20:30:00+00', 'period 0 张江', '00000000-0000-02f5-0000-00000000cd01', 'problem 0 张江', '2022-11-05 20:30:00+00', '00000000-0000-0646-0000-00000000cd01');
INSERT INTO public.view_deliveries VALUES ('00000000-0000-04a0-0000-00000000cd02', '2022-12-15 20:30:00+00', 'period 1 张江', NULL, NULL, '2022-12-15 20:30:00+00', '00000000-0000-0646-0000-00000000cd02');

INSERT INTO public.visits VALUES ('00000000-0000-028f-0000-00000000cd01', '00000000-0000-0489-0000-00000000cd01', '00000000-0000-021e-0000-00000000cd01', 1, 'planned', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 1, '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', '2022-11-05 20:30:00+00', 'technician', '00000000-0000-02a2-0000-00000000cd01');
INSERT INTO public.visits VALUES ('00000000-0000-028f-0000-00000000cd02', '00000000-0000-0489-0000-00000000cd02', NULL, NULL, 'en_route', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '00000000-0000-02a2-0000-00000000cd02');

INSERT INTO public.wiped_phones VALUES ('00000000-0000-0360-0000-00000000cd01', '00000000-0000-0505-0000-000000043001', 1, '2022-11-05 20:30:00+00', '00000000-0000-0505-0000-00000000cd01');
INSERT INTO public.wiped_phones VALUES ('00000000-0000-0360-0000-00000000cd02', NULL, 2, '2022-12-15 20:30:00+00', '00000000-0000-0505-0000-00000000cd02');

INSERT INTO public.work_stale OVERRIDING SYSTEM VALUE VALUES (1, '00000000-0000-043b-0000-00000002c501', '00000000-0000-043b-0000-000000054201', '2022-11-01');
INSERT INTO public.work_stale OVERRIDING SYSTEM VALUE VALUES (2, '00000000-0000-043b-0000-00000002c502', '00000000-0000-043b-0000-000000054202', '2022-11-02');

SELECT pg_catalog.setval('public.feed_id_seq', 2, true);

SELECT pg_catalog.setval('public.grid_day_changes_id_seq', 2, true);

SELECT pg_catalog.setval('public.grid_days_id_seq', 2, true);

SELECT pg_catalog.setval('public.import_rejections_id_seq', 2, true);

SELECT pg_catalog.setval('public.procrastinate_events_id_seq', 1, false);

SELECT pg_catalog.setval('public.procrastinate_jobs_id_seq', 1, false);

SELECT pg_catalog.setval('public.procrastinate_periodic_defers_id_seq', 1, false);

SELECT pg_catalog.setval('public.procrastinate_workers_id_seq', 1, false);

SELECT pg_catalog.setval('public.route_stale_id_seq', 21, true);

SELECT pg_catalog.setval('public.signs_seen_id_seq', 2, true);

SELECT pg_catalog.setval('public.signs_stale_id_seq', 2, true);

SELECT pg_catalog.setval('public.work_stale_id_seq', 2, true);

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.grid_contracts
    ADD CONSTRAINT grid_contracts_no_overlap EXCLUDE USING gist (grid_id WITH =, valid WITH &&);

ALTER TABLE ONLY public.leaves
    ADD CONSTRAINT leaves_no_overlap EXCLUDE USING gist (technician_id WITH =, period WITH &&);

ALTER TABLE ONLY public.access_tokens
    ADD CONSTRAINT pk_access_tokens PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT pk_accounts PRIMARY KEY (id);

ALTER TABLE ONLY public.alert_rules
    ADD CONSTRAINT pk_alert_rules PRIMARY KEY (id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT pk_alerts PRIMARY KEY (id);

ALTER TABLE ONLY public.assessment_entries
    ADD CONSTRAINT pk_assessment_entries PRIMARY KEY (id);

ALTER TABLE ONLY public.assessment_runs
    ADD CONSTRAINT pk_assessment_runs PRIMARY KEY (id);

ALTER TABLE ONLY public.blob_pieces
    ADD CONSTRAINT pk_blob_pieces PRIMARY KEY (sha256, number);

ALTER TABLE ONLY public.blobs
    ADD CONSTRAINT pk_blobs PRIMARY KEY (sha256);

ALTER TABLE ONLY public.browser_sessions
    ADD CONSTRAINT pk_browser_sessions PRIMARY KEY (id);

ALTER TABLE ONLY public.bulletins
    ADD CONSTRAINT pk_bulletins PRIMARY KEY (id);

ALTER TABLE ONLY public.calendar_feeds
    ADD CONSTRAINT pk_calendar_feeds PRIMARY KEY (id);

ALTER TABLE ONLY public.calendar_years
    ADD CONSTRAINT pk_calendar_years PRIMARY KEY (id);

ALTER TABLE ONLY public.callback_attempts
    ADD CONSTRAINT pk_callback_attempts PRIMARY KEY (id);

ALTER TABLE ONLY public.callback_entries
    ADD CONSTRAINT pk_callback_entries PRIMARY KEY (order_id);

ALTER TABLE ONLY public.city_maps
    ADD CONSTRAINT pk_city_maps PRIMARY KEY (id);

ALTER TABLE ONLY public.complaint_events
    ADD CONSTRAINT pk_complaint_events PRIMARY KEY (id);

ALTER TABLE ONLY public.complaint_links
    ADD CONSTRAINT pk_complaint_links PRIMARY KEY (complaint_id, kind, ref);

ALTER TABLE ONLY public.complaint_warnings
    ADD CONSTRAINT pk_complaint_warnings PRIMARY KEY (about, clock, due_at, role);

ALTER TABLE ONLY public.complaints
    ADD CONSTRAINT pk_complaints PRIMARY KEY (id);

ALTER TABLE ONLY public.decision_events
    ADD CONSTRAINT pk_decision_events PRIMARY KEY (id);

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT pk_decisions PRIMARY KEY (id);

ALTER TABLE ONLY public.fault_guides
    ADD CONSTRAINT pk_fault_guides PRIMARY KEY (id);

ALTER TABLE ONLY public.fault_types
    ADD CONSTRAINT pk_fault_types PRIMARY KEY (id);

ALTER TABLE ONLY public.feed
    ADD CONSTRAINT pk_feed PRIMARY KEY (id);

ALTER TABLE ONLY public.finish_code_tries
    ADD CONSTRAINT pk_finish_code_tries PRIMARY KEY (order_id, technician_id, code_hash);

ALTER TABLE ONLY public.grid_contracts
    ADD CONSTRAINT pk_grid_contracts PRIMARY KEY (id);

ALTER TABLE ONLY public.grid_day_changes
    ADD CONSTRAINT pk_grid_day_changes PRIMARY KEY (id);

ALTER TABLE ONLY public.grid_days
    ADD CONSTRAINT pk_grid_days PRIMARY KEY (id);

ALTER TABLE ONLY public.grid_imports
    ADD CONSTRAINT pk_grid_imports PRIMARY KEY (id);

ALTER TABLE ONLY public.grids
    ADD CONSTRAINT pk_grids PRIMARY KEY (id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT pk_idempotency_keys PRIMARY KEY (account_id, key);

ALTER TABLE ONLY public.import_rejections
    ADD CONSTRAINT pk_import_rejections PRIMARY KEY (id);

ALTER TABLE ONLY public.import_runs
    ADD CONSTRAINT pk_import_runs PRIMARY KEY (id);

ALTER TABLE ONLY public.indicators
    ADD CONSTRAINT pk_indicators PRIMARY KEY (id);

ALTER TABLE ONLY public.inspections
    ADD CONSTRAINT pk_inspections PRIMARY KEY (id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT pk_invitations PRIMARY KEY (id);

ALTER TABLE ONLY public.kept_answers
    ADD CONSTRAINT pk_kept_answers PRIMARY KEY (attempt_id);

ALTER TABLE ONLY public.kept_days
    ADD CONSTRAINT pk_kept_days PRIMARY KEY (area_id, day);

ALTER TABLE ONLY public.kept_sign_months
    ADD CONSTRAINT pk_kept_sign_months PRIMARY KEY (area_id, month);

ALTER TABLE ONLY public.leaves
    ADD CONSTRAINT pk_leaves PRIMARY KEY (id);

ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT pk_ledger_entries PRIMARY KEY (id);

ALTER TABLE ONLY public.lost_stores
    ADD CONSTRAINT pk_lost_stores PRIMARY KEY (id);

ALTER TABLE ONLY public.map_blocks
    ADD CONSTRAINT pk_map_blocks PRIMARY KEY (id, map_id);

ALTER TABLE ONLY public.map_corners
    ADD CONSTRAINT pk_map_corners PRIMARY KEY (id, map_id);

ALTER TABLE ONLY public.map_features
    ADD CONSTRAINT pk_map_features PRIMARY KEY (id, map_id);

ALTER TABLE ONLY public.map_houses
    ADD CONSTRAINT pk_map_houses PRIMARY KEY (id, map_id);

ALTER TABLE ONLY public.map_names
    ADD CONSTRAINT pk_map_names PRIMARY KEY (id, map_id);

ALTER TABLE ONLY public.map_packs
    ADD CONSTRAINT pk_map_packs PRIMARY KEY (map_id);

ALTER TABLE ONLY public.map_places
    ADD CONSTRAINT pk_map_places PRIMARY KEY (id, map_id);

ALTER TABLE ONLY public.map_streets
    ADD CONSTRAINT pk_map_streets PRIMARY KEY (id, map_id);

ALTER TABLE ONLY public.mended_values
    ADD CONSTRAINT pk_mended_values PRIMARY KEY (id);

ALTER TABLE ONLY public.month_closings
    ADD CONSTRAINT pk_month_closings PRIMARY KEY (id);

ALTER TABLE ONLY public.notice_attempts
    ADD CONSTRAINT pk_notice_attempts PRIMARY KEY (id);

ALTER TABLE ONLY public.notice_channels
    ADD CONSTRAINT pk_notice_channels PRIMARY KEY (id);

ALTER TABLE ONLY public.notice_opt_outs
    ADD CONSTRAINT pk_notice_opt_outs PRIMARY KEY (area_id, address);

ALTER TABLE ONLY public.notice_receipts
    ADD CONSTRAINT pk_notice_receipts PRIMARY KEY (id);

ALTER TABLE ONLY public.notice_templates
    ADD CONSTRAINT pk_notice_templates PRIMARY KEY (id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT pk_notices PRIMARY KEY (id);

ALTER TABLE ONLY public.order_alarms
    ADD CONSTRAINT pk_order_alarms PRIMARY KEY (order_id, clock, due_at, percent);

ALTER TABLE ONLY public.order_events
    ADD CONSTRAINT pk_order_events PRIMARY KEY (id);

ALTER TABLE ONLY public.order_requests
    ADD CONSTRAINT pk_order_requests PRIMARY KEY (id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT pk_orders PRIMARY KEY (id);

ALTER TABLE ONLY public.outage_customers
    ADD CONSTRAINT pk_outage_customers PRIMARY KEY (outage_id, grid_id);

ALTER TABLE ONLY public.outage_events
    ADD CONSTRAINT pk_outage_events PRIMARY KEY (id);

ALTER TABLE ONLY public.outage_orders
    ADD CONSTRAINT pk_outage_orders PRIMARY KEY (outage_id, order_id);

ALTER TABLE ONLY public.outage_watches
    ADD CONSTRAINT pk_outage_watches PRIMARY KEY (area_id);

ALTER TABLE ONLY public.outages
    ADD CONSTRAINT pk_outages PRIMARY KEY (id);

ALTER TABLE ONLY public.person_days
    ADD CONSTRAINT pk_person_days PRIMARY KEY (area_id, day, technician_id);

ALTER TABLE ONLY public.person_grid_days
    ADD CONSTRAINT pk_person_grid_days PRIMARY KEY (area_id, day, technician_id, grid_id);

ALTER TABLE ONLY public.phone_acts
    ADD CONSTRAINT pk_phone_acts PRIMARY KEY (id);

ALTER TABLE ONLY public.phone_changes
    ADD CONSTRAINT pk_phone_changes PRIMARY KEY (id);

ALTER TABLE ONLY public.phone_offers
    ADD CONSTRAINT pk_phone_offers PRIMARY KEY (id);

ALTER TABLE ONLY public.photo_pieces
    ADD CONSTRAINT pk_photo_pieces PRIMARY KEY (photo_id, "offset");

ALTER TABLE ONLY public.photo_uploads
    ADD CONSTRAINT pk_photo_uploads PRIMARY KEY (id);

ALTER TABLE ONLY public.photos
    ADD CONSTRAINT pk_photos PRIMARY KEY (id);

ALTER TABLE ONLY public.plan_moves
    ADD CONSTRAINT pk_plan_moves PRIMARY KEY (id);

ALTER TABLE ONLY public.plan_policies
    ADD CONSTRAINT pk_plan_policies PRIMARY KEY (id);

ALTER TABLE ONLY public.plan_runs
    ADD CONSTRAINT pk_plan_runs PRIMARY KEY (id);

ALTER TABLE ONLY public.plan_stops
    ADD CONSTRAINT pk_plan_stops PRIMARY KEY (plan_id, order_id);

ALTER TABLE ONLY public.plan_unplanned
    ADD CONSTRAINT pk_plan_unplanned PRIMARY KEY (plan_id, order_id);

ALTER TABLE ONLY public.plans
    ADD CONSTRAINT pk_plans PRIMARY KEY (id);

ALTER TABLE ONLY public.policies
    ADD CONSTRAINT pk_policies PRIMARY KEY (id);

ALTER TABLE ONLY public.position_consents
    ADD CONSTRAINT pk_position_consents PRIMARY KEY (id);

ALTER TABLE ONLY public.positions
    ADD CONSTRAINT pk_positions PRIMARY KEY (id);

ALTER TABLE ONLY public.push_keys
    ADD CONSTRAINT pk_push_keys PRIMARY KEY (name);

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT pk_push_subscriptions PRIMARY KEY (id);

ALTER TABLE ONLY public.reasons
    ADD CONSTRAINT pk_reasons PRIMARY KEY (id);

ALTER TABLE ONLY public.removed_orders
    ADD CONSTRAINT pk_removed_orders PRIMARY KEY (order_id);

ALTER TABLE ONLY public.report_exports
    ADD CONSTRAINT pk_report_exports PRIMARY KEY (id);

ALTER TABLE ONLY public.roster_patterns
    ADD CONSTRAINT pk_roster_patterns PRIMARY KEY (id);

ALTER TABLE ONLY public.route_snapshots
    ADD CONSTRAINT pk_route_snapshots PRIMARY KEY (technician_id);

ALTER TABLE ONLY public.route_stale
    ADD CONSTRAINT pk_route_stale PRIMARY KEY (id);

ALTER TABLE ONLY public.rulings
    ADD CONSTRAINT pk_rulings PRIMARY KEY (id);

ALTER TABLE ONLY public.saved_views
    ADD CONSTRAINT pk_saved_views PRIMARY KEY (id);

ALTER TABLE ONLY public.score_cards
    ADD CONSTRAINT pk_score_cards PRIMARY KEY (id);

ALTER TABLE ONLY public.service_areas
    ADD CONSTRAINT pk_service_areas PRIMARY KEY (id);

ALTER TABLE ONLY public.settlement_lines
    ADD CONSTRAINT pk_settlement_lines PRIMARY KEY (id);

ALTER TABLE ONLY public.settlement_statements
    ADD CONSTRAINT pk_settlement_statements PRIMARY KEY (id);

ALTER TABLE ONLY public.shifts
    ADD CONSTRAINT pk_shifts PRIMARY KEY (id);

ALTER TABLE ONLY public.sign_counts
    ADD CONSTRAINT pk_sign_counts PRIMARY KEY (area_id, month, technician_id, kind);

ALTER TABLE ONLY public.sign_in_failures
    ADD CONSTRAINT pk_sign_in_failures PRIMARY KEY (id);

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT pk_signing_keys PRIMARY KEY (name);

ALTER TABLE ONLY public.signs_seen
    ADD CONSTRAINT pk_signs_seen PRIMARY KEY (id);

ALTER TABLE ONLY public.signs_stale
    ADD CONSTRAINT pk_signs_stale PRIMARY KEY (id);

ALTER TABLE ONLY public.subscriber_links
    ADD CONSTRAINT pk_subscriber_links PRIMARY KEY (order_id);

ALTER TABLE ONLY public.subscribers
    ADD CONSTRAINT pk_subscribers PRIMARY KEY (id);

ALTER TABLE ONLY public.supervisions
    ADD CONSTRAINT pk_supervisions PRIMARY KEY (id);

ALTER TABLE ONLY public.survey_links
    ADD CONSTRAINT pk_survey_links PRIMARY KEY (id);

ALTER TABLE ONLY public.technician_skills
    ADD CONSTRAINT pk_technician_skills PRIMARY KEY (technician_id, skill);

ALTER TABLE ONLY public.technicians
    ADD CONSTRAINT pk_technicians PRIMARY KEY (id);

ALTER TABLE ONLY public.unmaskings
    ADD CONSTRAINT pk_unmaskings PRIMARY KEY (id);

ALTER TABLE ONLY public.view_deliveries
    ADD CONSTRAINT pk_view_deliveries PRIMARY KEY (id);

ALTER TABLE ONLY public.visits
    ADD CONSTRAINT pk_visits PRIMARY KEY (id);

ALTER TABLE ONLY public.wiped_phones
    ADD CONSTRAINT pk_wiped_phones PRIMARY KEY (id);

ALTER TABLE ONLY public.work_stale
    ADD CONSTRAINT pk_work_stale PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);

ALTER TABLE ONLY public.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.roster_patterns
    ADD CONSTRAINT roster_patterns_no_overlap EXCLUDE USING gist (technician_id WITH =, valid WITH &&);

ALTER TABLE ONLY public.shifts
    ADD CONSTRAINT shifts_no_overlap EXCLUDE USING gist (technician_id WITH =, period WITH &&);

ALTER TABLE ONLY public.access_tokens
    ADD CONSTRAINT uq_access_tokens_token_hash UNIQUE (token_hash);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT uq_accounts_login UNIQUE (login);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT uq_accounts_technician_id UNIQUE (technician_id);

ALTER TABLE ONLY public.assessment_entries
    ADD CONSTRAINT uq_assessment_entries_order_id_technician_id_rule_event_id UNIQUE (order_id, technician_id, rule, event_id);

ALTER TABLE ONLY public.assessment_runs
    ADD CONSTRAINT uq_assessment_runs_area_id_month_number UNIQUE (area_id, month, number);

ALTER TABLE ONLY public.browser_sessions
    ADD CONSTRAINT uq_browser_sessions_token_hash UNIQUE (token_hash);

ALTER TABLE ONLY public.bulletins
    ADD CONSTRAINT uq_bulletins_area_id_month_number UNIQUE (area_id, month, number);

ALTER TABLE ONLY public.calendar_feeds
    ADD CONSTRAINT uq_calendar_feeds_token_hash UNIQUE (token_hash);

ALTER TABLE ONLY public.calendar_years
    ADD CONSTRAINT uq_calendar_years_area_id_kind_year UNIQUE (area_id, kind, year);

ALTER TABLE ONLY public.callback_attempts
    ADD CONSTRAINT uq_callback_attempts_order_id_number UNIQUE (order_id, number);

ALTER TABLE ONLY public.complaints
    ADD CONSTRAINT uq_complaints_area_id_number UNIQUE (area_id, number);

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT uq_decisions_area_id_month_proposed_kind_subject_subject_id UNIQUE (area_id, month, proposed_kind, subject, subject_id);

ALTER TABLE ONLY public.fault_guides
    ADD CONSTRAINT uq_fault_guides_area_id_code_number UNIQUE NULLS NOT DISTINCT (area_id, code, number);

ALTER TABLE ONLY public.fault_types
    ADD CONSTRAINT uq_fault_types_area_id_code UNIQUE NULLS NOT DISTINCT (area_id, code);

ALTER TABLE ONLY public.grid_imports
    ADD CONSTRAINT uq_grid_imports_area_id_sha256_created_at UNIQUE (area_id, sha256, created_at);

ALTER TABLE ONLY public.grids
    ADD CONSTRAINT uq_grids_area_id_id UNIQUE (area_id, id);

ALTER TABLE ONLY public.indicators
    ADD CONSTRAINT uq_indicators_area_id_code_valid_from UNIQUE (area_id, code, valid_from);

ALTER TABLE ONLY public.inspections
    ADD CONSTRAINT uq_inspections_order_id UNIQUE (order_id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT uq_invitations_token_hash UNIQUE (token_hash);

ALTER TABLE ONLY public.notice_channels
    ADD CONSTRAINT uq_notice_channels_area_id_name UNIQUE (area_id, name);

ALTER TABLE ONLY public.notice_channels
    ADD CONSTRAINT uq_notice_channels_receipt_token_hash UNIQUE (receipt_token_hash);

ALTER TABLE ONLY public.notice_receipts
    ADD CONSTRAINT uq_notice_receipts_channel_id_gateway_id_our_key_delivered UNIQUE (channel_id, gateway_id, our_key, delivered);

ALTER TABLE ONLY public.notice_templates
    ADD CONSTRAINT uq_notice_templates_area_id_kind_number UNIQUE (area_id, kind, number);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT uq_notices_key UNIQUE (key);

ALTER TABLE ONLY public.order_events
    ADD CONSTRAINT uq_order_events_order_id_sequence UNIQUE (order_id, sequence);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT uq_orders_area_id_number UNIQUE (area_id, number);

ALTER TABLE ONLY public.outages
    ADD CONSTRAINT uq_outages_area_id_number UNIQUE (area_id, number);

ALTER TABLE ONLY public.plan_policies
    ADD CONSTRAINT uq_plan_policies_area_id_code_number UNIQUE (area_id, code, number);

ALTER TABLE ONLY public.policies
    ADD CONSTRAINT uq_policies_area_id_number UNIQUE (area_id, number);

ALTER TABLE ONLY public.policies
    ADD CONSTRAINT uq_policies_area_id_valid_from UNIQUE (area_id, valid_from);

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT uq_push_subscriptions_endpoint UNIQUE (endpoint);

ALTER TABLE ONLY public.reasons
    ADD CONSTRAINT uq_reasons_area_id_kind_code UNIQUE NULLS NOT DISTINCT (area_id, kind, code);

ALTER TABLE ONLY public.rulings
    ADD CONSTRAINT uq_rulings_takes_back_id UNIQUE (takes_back_id);

ALTER TABLE ONLY public.saved_views
    ADD CONSTRAINT uq_saved_views_area_id_account_id_name UNIQUE (area_id, account_id, name);

ALTER TABLE ONLY public.score_cards
    ADD CONSTRAINT uq_score_cards_run_id_subject_subject_id UNIQUE (run_id, subject, subject_id);

ALTER TABLE ONLY public.service_areas
    ADD CONSTRAINT uq_service_areas_code UNIQUE (code);

ALTER TABLE ONLY public.settlement_lines
    ADD CONSTRAINT uq_settlement_lines_statement_id_place UNIQUE (statement_id, place);

ALTER TABLE ONLY public.settlement_statements
    ADD CONSTRAINT uq_settlement_statements_area_id_month_contract_id_tech_5504 UNIQUE NULLS NOT DISTINCT (area_id, month, contract_id, technician_id);

ALTER TABLE ONLY public.supervisions
    ADD CONSTRAINT uq_supervisions_area_id_number UNIQUE (area_id, number);

ALTER TABLE ONLY public.survey_links
    ADD CONSTRAINT uq_survey_links_order_id UNIQUE (order_id);

ALTER TABLE ONLY public.survey_links
    ADD CONSTRAINT uq_survey_links_token_hash UNIQUE (token_hash);

ALTER TABLE ONLY public.technicians
    ADD CONSTRAINT uq_technicians_area_id_employee_number UNIQUE (area_id, employee_number);

ALTER TABLE ONLY public.view_deliveries
    ADD CONSTRAINT uq_view_deliveries_view_id_due_at UNIQUE (view_id, due_at);

CREATE INDEX idx_grids_geom ON public.grids USING gist (geom);

CREATE INDEX idx_orders_point ON public.orders USING gist (point);

CREATE INDEX idx_outages_shape ON public.outages USING gist (shape);

CREATE INDEX idx_procrastinate_jobs_worker_not_null ON public.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::public.procrastinate_job_status));

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON public.procrastinate_workers USING btree (last_heartbeat);

CREATE INDEX ix_alert_rules_area_id ON public.alert_rules USING btree (area_id);

CREATE INDEX ix_alerts_area_id ON public.alerts USING btree (area_id, at);

CREATE INDEX ix_alerts_rule_id ON public.alerts USING btree (rule_id);

CREATE INDEX ix_assessment_entries_month ON public.assessment_entries USING btree (area_id, month, technician_id);

CREATE INDEX ix_callback_attempts_at ON public.callback_attempts USING btree (at);

CREATE INDEX ix_callback_entries_holder ON public.callback_entries USING btree (holder_id) WHERE (holder_id IS NOT NULL);

CREATE INDEX ix_callback_entries_rank ON public.callback_entries USING btree (area_id, rank_at, order_id) WHERE (left_at IS NULL);

CREATE INDEX ix_callback_entries_subscriber ON public.callback_entries USING btree (subscriber_id) WHERE (holder_id IS NOT NULL);

CREATE INDEX ix_city_maps_roads_key ON public.city_maps USING btree (roads_key);

CREATE INDEX ix_complaint_events_complaint_id ON public.complaint_events USING btree (complaint_id);

CREATE INDEX ix_complaint_events_supervision_id ON public.complaint_events USING btree (supervision_id);

CREATE INDEX ix_complaint_links_ref ON public.complaint_links USING btree (ref);

CREATE INDEX ix_complaints_area ON public.complaints USING btree (area_id, received_at, id);

CREATE INDEX ix_complaints_order ON public.complaints USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX ix_complaints_owner ON public.complaints USING btree (owner_id) WHERE (closed_at IS NULL);

CREATE INDEX ix_decision_events_decision_id ON public.decision_events USING btree (decision_id);

CREATE INDEX ix_decisions_subject ON public.decisions USING btree (area_id, subject, subject_id);

CREATE INDEX ix_feed_cursor ON public.feed USING btree (area_id, xid, id);

CREATE INDEX ix_grid_contracts_technician_a_id ON public.grid_contracts USING btree (technician_a_id);

CREATE INDEX ix_grid_contracts_technician_b_id ON public.grid_contracts USING btree (technician_b_id);

CREATE INDEX ix_idempotency_keys_created ON public.idempotency_keys USING btree (created_at);

CREATE INDEX ix_import_rejections_import_id ON public.import_rejections USING btree (import_id);

CREATE INDEX ix_kept_answers_area_id_at ON public.kept_answers USING btree (area_id, at);

CREATE INDEX ix_ledger_entries_corrects_id ON public.ledger_entries USING btree (corrects_id);

CREATE INDEX ix_ledger_entries_month ON public.ledger_entries USING btree (area_id, month, subject, subject_id);

CREATE INDEX ix_lost_stores_account ON public.lost_stores USING btree (account_id, at);

CREATE INDEX ix_lost_stores_open ON public.lost_stores USING btree (at) WHERE (handled_at IS NULL);

CREATE INDEX ix_map_blocks_line ON public.map_blocks USING gist (line);

CREATE INDEX ix_map_blocks_map_id_street_id ON public.map_blocks USING btree (map_id, street_id);

CREATE INDEX ix_map_corners_map_id_first_id_second_id ON public.map_corners USING btree (map_id, first_id, second_id);

CREATE INDEX ix_map_corners_map_id_second_id ON public.map_corners USING btree (map_id, second_id);

CREATE INDEX ix_map_features_map_id_min_zoom ON public.map_features USING btree (map_id, min_zoom);

CREATE INDEX ix_map_features_shape ON public.map_features USING gist (shape);

CREATE INDEX ix_map_houses_map_id_street_id_number ON public.map_houses USING btree (map_id, street_id, number);

CREATE INDEX ix_map_names_likeness ON public.map_names USING gin (likeness public.gin_trgm_ops);

CREATE INDEX ix_map_names_map_id_core ON public.map_names USING btree (map_id, core);

CREATE INDEX ix_map_names_map_id_pinyin ON public.map_names USING btree (map_id, pinyin);

CREATE INDEX ix_notice_attempts_gateway ON public.notice_attempts USING btree (channel_id, gateway_id);

CREATE INDEX ix_notice_attempts_notice_id ON public.notice_attempts USING btree (notice_id);

CREATE INDEX ix_notice_receipts_key ON public.notice_receipts USING btree (our_key);

CREATE INDEX ix_notices_area ON public.notices USING btree (area_id, created_at);

CREATE INDEX ix_notices_code ON public.notices USING btree (order_id) WHERE ((params ->> 'finishCode'::text) IS NOT NULL);

CREATE INDEX ix_notices_order ON public.notices USING btree (order_id, created_at);

CREATE INDEX ix_notices_sending ON public.notices USING btree (claimed_at) WHERE ((status)::text = 'sending'::text);

CREATE INDEX ix_notices_waiting ON public.notices USING btree (area_id, next_at) WHERE ((status)::text = 'waiting'::text);

CREATE INDEX ix_notices_worklist ON public.notices USING btree (area_id, created_at) WHERE ((status)::text = ANY ((ARRAY['failed'::character varying, 'unknown'::character varying])::text[]));

CREATE INDEX ix_order_events_occurred ON public.order_events USING brin (occurred_at) WITH (pages_per_range='32', autosummarize='true');

CREATE INDEX ix_order_events_received ON public.order_events USING brin (received_at) WITH (pages_per_range='32', autosummarize='true');

CREATE INDEX ix_order_events_technician ON public.order_events USING btree (technician_id, occurred_at);

CREATE INDEX ix_orders_address ON public.orders USING gin (address public.gin_trgm_ops);

CREATE INDEX ix_orders_address_pairs ON public.orders USING gin (string_to_array(((regexp_replace(lower(address), '(..)'::text, '\1'::text, 'g'::text) || ''::text) || regexp_replace(substr(lower(address), 2), '(..)'::text, '\1'::text, 'g'::text)), ''::text));

CREATE INDEX ix_orders_area_completed ON public.orders USING btree (area_id, completed_at);

CREATE INDEX ix_orders_area_reported ON public.orders USING btree (area_id, reported_at, id);

CREATE INDEX ix_orders_area_status_reported ON public.orders USING btree (area_id, status, reported_at, id);

CREATE INDEX ix_orders_contact ON public.orders USING gin (contact_search public.gin_trgm_ops);

CREATE INDEX ix_orders_grid_reported ON public.orders USING btree (grid_id, reported_at);

CREATE INDEX ix_orders_import ON public.orders USING btree (import_id);

CREATE INDEX ix_orders_merged_into ON public.orders USING btree (merged_into_id) WHERE (merged_into_id IS NOT NULL);

CREATE INDEX ix_orders_outage ON public.orders USING btree (outage_id) WHERE (outage_id IS NOT NULL);

CREATE INDEX ix_orders_owner_status ON public.orders USING btree (owner_id, status);

CREATE INDEX ix_orders_pending ON public.orders USING btree (area_id, pending_since) WHERE (pending_request IS NOT NULL);

CREATE INDEX ix_orders_place_problem ON public.orders USING btree (area_id, reported_at) WHERE (place_problem IS NOT NULL);

CREATE INDEX ix_orders_reopens ON public.orders USING btree (reopens_id) WHERE (reopens_id IS NOT NULL);

CREATE INDEX ix_orders_same_address ON public.orders USING hash (address);

CREATE INDEX ix_orders_subscriber ON public.orders USING btree (subscriber_id);

CREATE INDEX ix_orders_whose ON public.orders USING btree (COALESCE(completed_by, owner_id, rework_of_technician_id), reported_at);

CREATE INDEX ix_outage_events_outage_id ON public.outage_events USING btree (outage_id);

CREATE INDEX ix_outage_orders_order ON public.outage_orders USING btree (order_id);

CREATE INDEX ix_outages_living ON public.outages USING btree (area_id, status) WHERE ((status)::text = ANY ((ARRAY['suspected'::character varying, 'confirmed'::character varying, 'restored'::character varying])::text[]));

CREATE INDEX ix_outages_since ON public.outages USING btree (area_id, since);

CREATE INDEX ix_phone_acts_conflicts ON public.phone_acts USING btree (order_id) WHERE ((result = 'conflict'::text) AND (handled_at IS NULL));

CREATE INDEX ix_phone_acts_technician ON public.phone_acts USING btree (technician_id, received_at);

CREATE INDEX ix_phone_changes_unseen ON public.phone_changes USING btree (technician_id) WHERE (seen_at IS NULL);

CREATE INDEX ix_phone_offers_technician ON public.phone_offers USING btree (technician_id) WHERE (state = 'open'::text);

CREATE INDEX ix_photo_uploads_technician_id ON public.photo_uploads USING btree (technician_id);

CREATE INDEX ix_photo_uploads_touched_at ON public.photo_uploads USING btree (touched_at);

CREATE INDEX ix_photos_missing ON public.photos USING btree (order_id) WHERE (sha256 IS NULL);

CREATE INDEX ix_photos_order_id ON public.photos USING btree (order_id);

CREATE INDEX ix_photos_sha256 ON public.photos USING btree (sha256);

CREATE INDEX ix_plan_moves_own ON public.plan_moves USING btree (area_id, service_date, account_id, id);

CREATE INDEX ix_plan_moves_plan ON public.plan_moves USING btree (plan_id) WHERE (plan_id IS NOT NULL);

CREATE INDEX ix_plan_stops_route ON public.plan_stops USING btree (plan_id, technician_id, "position");

CREATE INDEX ix_plans_area_date ON public.plans USING btree (area_id, service_date);

CREATE INDEX ix_position_consents_technician ON public.position_consents USING btree (technician_id, at);

CREATE INDEX ix_positions_technician_occurred ON public.positions USING btree (technician_id, occurred_at);

CREATE INDEX ix_push_subscriptions_account_id ON public.push_subscriptions USING btree (account_id);

CREATE INDEX ix_report_exports_area_id_at ON public.report_exports USING btree (area_id, at);

CREATE INDEX ix_roster_patterns_technician_id ON public.roster_patterns USING btree (technician_id);

CREATE INDEX ix_route_stale_technician_id ON public.route_stale USING btree (technician_id);

CREATE INDEX ix_rulings_month ON public.rulings USING btree (area_id, month);

CREATE INDEX ix_rulings_order_id ON public.rulings USING btree (order_id);

CREATE INDEX ix_saved_views_due ON public.saved_views USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX ix_settlement_lines_event_id ON public.settlement_lines USING btree (event_id);

CREATE INDEX ix_settlement_statements_contract_id ON public.settlement_statements USING btree (contract_id);

CREATE INDEX ix_sign_in_failures_address_at ON public.sign_in_failures USING btree (address, at);

CREATE INDEX ix_signs_seen_area_id_month ON public.signs_seen USING btree (area_id, month, technician_id);

CREATE INDEX ix_signs_stale_area_id_month ON public.signs_stale USING btree (area_id, month);

CREATE INDEX ix_subscribers_phones ON public.subscribers USING gin (phones);

CREATE INDEX ix_subscribers_search ON public.subscribers USING gin (search public.gin_trgm_ops);

CREATE INDEX ix_supervisions_area ON public.supervisions USING btree (area_id, due_at);

CREATE INDEX ix_supervisions_complaint ON public.supervisions USING btree (complaint_id) WHERE (complaint_id IS NOT NULL);

CREATE INDEX ix_supervisions_order ON public.supervisions USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX ix_visits_order_id ON public.visits USING btree (order_id);

CREATE INDEX ix_visits_technician_ended ON public.visits USING btree (technician_id, ended_at);

CREATE INDEX ix_visits_technician_planned ON public.visits USING btree (technician_id, planned_arrival);

CREATE INDEX ix_wiped_phones_account ON public.wiped_phones USING btree (account_id, at);

CREATE INDEX ix_work_stale_area_id_day ON public.work_stale USING btree (area_id, day);

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON public.procrastinate_events USING btree (job_id);

CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON public.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));

CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON public.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::public.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_priority_idx_v1 ON public.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::public.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON public.procrastinate_jobs USING btree (queue_name);

CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON public.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::public.procrastinate_job_status);

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON public.procrastinate_periodic_defers USING btree (job_id);

CREATE UNIQUE INDEX uq_calendar_feeds_living ON public.calendar_feeds USING btree (technician_id) WHERE (revoked_at IS NULL);

CREATE UNIQUE INDEX uq_city_maps_active ON public.city_maps USING btree (area_id) WHERE active;

CREATE UNIQUE INDEX uq_grid_days ON public.grid_days USING btree (area_id, day, grid_id) NULLS NOT DISTINCT;

CREATE UNIQUE INDEX uq_grids_area_code_living ON public.grids USING btree (area_id, code) WHERE (archived_at IS NULL);

CREATE UNIQUE INDEX uq_month_closings_open ON public.month_closings USING btree (area_id, month) WHERE (reopened_at IS NULL);

CREATE UNIQUE INDEX uq_order_events_client ON public.order_events USING btree (client_id) WHERE (client_id IS NOT NULL);

CREATE UNIQUE INDEX uq_order_requests_pending ON public.order_requests USING btree (order_id) WHERE (status = 'pending'::text);

CREATE UNIQUE INDEX uq_orders_source ON public.orders USING btree (area_id, source_key) WHERE (source_key IS NOT NULL);

CREATE UNIQUE INDEX uq_outage_orders_child ON public.outage_orders USING btree (order_id) WHERE ((part)::text = 'child'::text);

CREATE UNIQUE INDEX uq_outage_orders_crew ON public.outage_orders USING btree (outage_id) WHERE ((part)::text = 'crew'::text);

CREATE UNIQUE INDEX uq_phone_offers_open ON public.phone_offers USING btree (order_id, technician_id) WHERE (state = 'open'::text);

CREATE UNIQUE INDEX uq_plan_runs_living ON public.plan_runs USING btree (area_id, service_date) WHERE ((status)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying])::text[]));

CREATE UNIQUE INDEX uq_plans_published ON public.plans USING btree (area_id, service_date) WHERE ((status)::text = 'published'::text);

CREATE UNIQUE INDEX uq_settlement_lines_paid ON public.settlement_lines USING btree (event_id) WHERE (part = ANY (ARRAY['own'::text, 'lent'::text]));

CREATE UNIQUE INDEX uq_subscribers_account ON public.subscribers USING btree (area_id, account_number) WHERE (account_number IS NOT NULL);

CREATE UNIQUE INDEX uq_visits_living ON public.visits USING btree (order_id) WHERE ((status)::text = ANY ((ARRAY['planned'::character varying, 'en_route'::character varying, 'on_site'::character varying])::text[]));

CREATE TRIGGER bulletins_stay BEFORE DELETE OR UPDATE ON public.bulletins FOR EACH ROW WHEN ((old.issued_at IS NOT NULL)) EXECUTE FUNCTION public.decisions_stay();

CREATE TRIGGER count_event AFTER INSERT ON public.order_events FOR EACH ROW WHEN (((new.sequence > 1) AND (new.type = ANY (ARRAY['reported'::text, 'rework_dispatched'::text, 'outage_left'::text, 'completed'::text, 'solved_remotely'::text, 'force_completed'::text, 'cancelled'::text, 'merged'::text, 'outage_joined'::text, 'outage_ended'::text, 'closed'::text])))) EXECUTE FUNCTION public.count_event();

CREATE TRIGGER count_order_gone BEFORE DELETE ON public.orders FOR EACH ROW WHEN (((old.origin)::text <> 'history'::text)) EXECUTE FUNCTION public.count_order_moved();

CREATE TRIGGER count_order_moved AFTER UPDATE OF grid_id ON public.orders FOR EACH ROW WHEN ((((old.origin)::text <> 'history'::text) AND (old.grid_id IS DISTINCT FROM new.grid_id))) EXECUTE FUNCTION public.count_order_moved();

CREATE TRIGGER count_reports AFTER INSERT ON public.order_events REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_reports();

CREATE TRIGGER decision_events_stay BEFORE DELETE OR UPDATE ON public.decision_events FOR EACH ROW EXECUTE FUNCTION public.decisions_stay();

CREATE TRIGGER keep_answer_completed AFTER INSERT ON public.order_events FOR EACH ROW WHEN ((new.type = 'completed'::text)) EXECUTE FUNCTION public.keep_answer_completed();

CREATE TRIGGER keep_answer_given AFTER INSERT OR UPDATE ON public.callback_attempts FOR EACH ROW EXECUTE FUNCTION public.keep_answer_given();

CREATE TRIGGER keep_answer_order AFTER UPDATE OF area_id, grid_id, reported_at ON public.orders FOR EACH ROW WHEN (((old.area_id IS DISTINCT FROM new.area_id) OR (old.grid_id IS DISTINCT FROM new.grid_id) OR (old.reported_at IS DISTINCT FROM new.reported_at))) EXECUTE FUNCTION public.keep_answer_order();

CREATE TRIGGER ledger_entries_append_only BEFORE DELETE OR UPDATE ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION public.ledger_append_only();

CREATE TRIGGER ledger_entries_month_open BEFORE INSERT ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION public.ledger_month_open();

CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON public.ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_append_only();

CREATE TRIGGER order_events_append_only BEFORE DELETE OR UPDATE ON public.order_events FOR EACH ROW EXECUTE FUNCTION public.order_events_append_only();

CREATE TRIGGER order_events_no_truncate BEFORE TRUNCATE ON public.order_events FOR EACH STATEMENT EXECUTE FUNCTION public.order_events_append_only();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_notify_queue_abort_job_v1();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_notify_queue_job_inserted_v1();

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1();

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_unlink_periodic_defers_v1();

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON public.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1();

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1();

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_update_v1();

CREATE TRIGGER queue_callback AFTER INSERT OR UPDATE OF status, reworks, subscriber_id, grid_id ON public.orders FOR EACH ROW EXECUTE FUNCTION public.queue_callback();

CREATE TRIGGER removed_orders_append_only BEFORE DELETE OR UPDATE ON public.removed_orders FOR EACH ROW EXECUTE FUNCTION public.removed_orders_append_only();

CREATE TRIGGER removed_orders_no_truncate BEFORE TRUNCATE ON public.removed_orders FOR EACH STATEMENT EXECUTE FUNCTION public.removed_orders_append_only();

CREATE TRIGGER route_stale_fault_guides_delete AFTER DELETE ON public.fault_guides REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_fault_guides_delete();

CREATE TRIGGER route_stale_fault_guides_insert AFTER INSERT ON public.fault_guides REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_fault_guides_insert();

CREATE TRIGGER route_stale_fault_guides_update AFTER UPDATE ON public.fault_guides REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_fault_guides_update();

CREATE TRIGGER route_stale_fault_types_delete AFTER DELETE ON public.fault_types REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_fault_types_delete();

CREATE TRIGGER route_stale_fault_types_insert AFTER INSERT ON public.fault_types REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_fault_types_insert();

CREATE TRIGGER route_stale_fault_types_update AFTER UPDATE ON public.fault_types REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_fault_types_update();

CREATE TRIGGER route_stale_leaves_delete AFTER DELETE ON public.leaves REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_leaves_delete();

CREATE TRIGGER route_stale_leaves_insert AFTER INSERT ON public.leaves REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_leaves_insert();

CREATE TRIGGER route_stale_leaves_update AFTER UPDATE ON public.leaves REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_leaves_update();

CREATE TRIGGER route_stale_map_packs_delete AFTER DELETE ON public.map_packs REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_map_packs_delete();

CREATE TRIGGER route_stale_map_packs_insert AFTER INSERT ON public.map_packs REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_map_packs_insert();

CREATE TRIGGER route_stale_map_packs_update AFTER UPDATE ON public.map_packs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_map_packs_update();

CREATE TRIGGER route_stale_orders_delete AFTER DELETE ON public.orders REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_orders_delete();

CREATE TRIGGER route_stale_orders_insert AFTER INSERT ON public.orders REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_orders_insert();

CREATE TRIGGER route_stale_orders_update AFTER UPDATE ON public.orders REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_orders_update();

CREATE TRIGGER route_stale_phone_changes_delete AFTER DELETE ON public.phone_changes REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_phone_changes_delete();

CREATE TRIGGER route_stale_phone_changes_insert AFTER INSERT ON public.phone_changes REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_phone_changes_insert();

CREATE TRIGGER route_stale_phone_changes_update AFTER UPDATE ON public.phone_changes REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_phone_changes_update();

CREATE TRIGGER route_stale_phone_offers_delete AFTER DELETE ON public.phone_offers REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_phone_offers_delete();

CREATE TRIGGER route_stale_phone_offers_insert AFTER INSERT ON public.phone_offers REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_phone_offers_insert();

CREATE TRIGGER route_stale_phone_offers_update AFTER UPDATE ON public.phone_offers REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_phone_offers_update();

CREATE TRIGGER route_stale_plans_delete AFTER DELETE ON public.plans REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_plans_delete();

CREATE TRIGGER route_stale_plans_insert AFTER INSERT ON public.plans REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_plans_insert();

CREATE TRIGGER route_stale_plans_update AFTER UPDATE ON public.plans REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_plans_update();

CREATE TRIGGER route_stale_position_consents_delete AFTER DELETE ON public.position_consents REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_position_consents_delete();

CREATE TRIGGER route_stale_position_consents_insert AFTER INSERT ON public.position_consents REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_position_consents_insert();

CREATE TRIGGER route_stale_position_consents_update AFTER UPDATE ON public.position_consents REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_position_consents_update();

CREATE TRIGGER route_stale_roster_patterns_delete AFTER DELETE ON public.roster_patterns REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_roster_patterns_delete();

CREATE TRIGGER route_stale_roster_patterns_insert AFTER INSERT ON public.roster_patterns REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_roster_patterns_insert();

CREATE TRIGGER route_stale_roster_patterns_update AFTER UPDATE ON public.roster_patterns REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_roster_patterns_update();

CREATE TRIGGER route_stale_service_areas_delete AFTER DELETE ON public.service_areas REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_service_areas_delete();

CREATE TRIGGER route_stale_service_areas_insert AFTER INSERT ON public.service_areas REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_service_areas_insert();

CREATE TRIGGER route_stale_service_areas_update AFTER UPDATE ON public.service_areas REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_service_areas_update();

CREATE TRIGGER route_stale_shifts_delete AFTER DELETE ON public.shifts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_shifts_delete();

CREATE TRIGGER route_stale_shifts_insert AFTER INSERT ON public.shifts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_shifts_insert();

CREATE TRIGGER route_stale_shifts_update AFTER UPDATE ON public.shifts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_shifts_update();

CREATE TRIGGER route_stale_subscribers_delete AFTER DELETE ON public.subscribers REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_subscribers_delete();

CREATE TRIGGER route_stale_subscribers_insert AFTER INSERT ON public.subscribers REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_subscribers_insert();

CREATE TRIGGER route_stale_subscribers_update AFTER UPDATE ON public.subscribers REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_subscribers_update();

CREATE TRIGGER route_stale_technicians_delete AFTER DELETE ON public.technicians REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_technicians_delete();

CREATE TRIGGER route_stale_technicians_insert AFTER INSERT ON public.technicians REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_technicians_insert();

CREATE TRIGGER route_stale_technicians_update AFTER UPDATE ON public.technicians REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_technicians_update();

CREATE TRIGGER route_stale_visits_delete AFTER DELETE ON public.visits REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_visits_delete();

CREATE TRIGGER route_stale_visits_insert AFTER INSERT ON public.visits REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_visits_insert();

CREATE TRIGGER route_stale_visits_update AFTER UPDATE ON public.visits REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.route_stale_visits_update();

CREATE TRIGGER rulings_append_only BEFORE DELETE OR UPDATE ON public.rulings FOR EACH ROW EXECUTE FUNCTION public.ledger_append_only();

CREATE TRIGGER rulings_month_open BEFORE INSERT ON public.rulings FOR EACH ROW EXECUTE FUNCTION public.ledger_month_open();

CREATE TRIGGER rulings_no_truncate BEFORE TRUNCATE ON public.rulings FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_append_only();

CREATE TRIGGER settlement_lines_stay BEFORE INSERT OR DELETE OR UPDATE ON public.settlement_lines FOR EACH ROW EXECUTE FUNCTION public.statement_is_draft();

CREATE TRIGGER settlement_statements_stay BEFORE DELETE OR UPDATE ON public.settlement_statements FOR EACH ROW WHEN (((old.status)::text <> 'draft'::text)) EXECUTE FUNCTION public.statement_stays();

CREATE TRIGGER signs_stale_callback_attempts AFTER INSERT OR DELETE OR UPDATE OF order_id, at, reached, solved, reasons, number ON public.callback_attempts FOR EACH ROW EXECUTE FUNCTION public.signs_stale_callback_attempts();

CREATE TRIGGER signs_stale_event AFTER INSERT ON public.order_events FOR EACH ROW WHEN (((new.type = ANY (ARRAY['arrived'::text, 'completed'::text])) AND (new.technician_id IS NOT NULL))) EXECUTE FUNCTION public.signs_stale_event();

CREATE TRIGGER signs_stale_finish_code_tries AFTER INSERT OR DELETE OR UPDATE OF order_id, technician_id, code_hash, tries ON public.finish_code_tries FOR EACH ROW EXECUTE FUNCTION public.signs_stale_finish_code_tries();

CREATE TRIGGER signs_stale_gone BEFORE DELETE ON public.orders FOR EACH ROW EXECUTE FUNCTION public.signs_stale_order();

CREATE TRIGGER signs_stale_photos AFTER INSERT OR DELETE OR UPDATE OF order_id, technician_id, kind, sha256, point, accuracy_metres ON public.photos FOR EACH ROW EXECUTE FUNCTION public.signs_stale_photos();

CREATE TRIGGER signs_stale_place AFTER UPDATE OF point, origin ON public.orders FOR EACH ROW WHEN ((((old.point)::text IS DISTINCT FROM (new.point)::text) OR ((old.origin)::text IS DISTINCT FROM (new.origin)::text))) EXECUTE FUNCTION public.signs_stale_order();

CREATE TRIGGER work_stale_event AFTER INSERT ON public.order_events FOR EACH ROW WHEN ((new.type = ANY (ARRAY['departed'::text, 'arrived'::text, 'nobody_home'::text, 'completed'::text, 'force_completed'::text, 'solved_remotely'::text, 'cancelled'::text, 'merged'::text, 'recalled'::text, 'reassigned'::text, 'rework_dispatched'::text, 'rebooked'::text, 'suspension_requested'::text, 'return_requested'::text, 'request_decided'::text]))) EXECUTE FUNCTION public.work_stale_event();

CREATE TRIGGER work_stale_leaves_delete AFTER DELETE ON public.leaves REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.work_stale_leaves_delete();

CREATE TRIGGER work_stale_leaves_insert AFTER INSERT ON public.leaves REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.work_stale_leaves_insert();

CREATE TRIGGER work_stale_leaves_update AFTER UPDATE ON public.leaves REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.work_stale_leaves_update();

CREATE TRIGGER work_stale_person AFTER UPDATE OF status ON public.technicians FOR EACH ROW WHEN (((old.status)::text IS DISTINCT FROM (new.status)::text)) EXECUTE FUNCTION public.work_stale_person();

CREATE TRIGGER work_stale_place AFTER UPDATE OF grid_id ON public.orders FOR EACH ROW WHEN ((old.grid_id IS DISTINCT FROM new.grid_id)) EXECUTE FUNCTION public.work_stale_place();

CREATE TRIGGER work_stale_roster_patterns_delete AFTER DELETE ON public.roster_patterns REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.work_stale_roster_patterns_delete();

CREATE TRIGGER work_stale_roster_patterns_insert AFTER INSERT ON public.roster_patterns REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.work_stale_roster_patterns_insert();

CREATE TRIGGER work_stale_roster_patterns_update AFTER UPDATE ON public.roster_patterns REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.work_stale_roster_patterns_update();

CREATE TRIGGER work_stale_shifts_delete AFTER DELETE ON public.shifts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.work_stale_shifts_delete();

CREATE TRIGGER work_stale_shifts_insert AFTER INSERT ON public.shifts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.work_stale_shifts_insert();

CREATE TRIGGER work_stale_shifts_update AFTER UPDATE ON public.shifts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.work_stale_shifts_update();

ALTER TABLE ONLY public.access_tokens
    ADD CONSTRAINT fk_access_tokens_account_id_accounts FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT fk_accounts_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.alert_rules
    ADD CONSTRAINT fk_alert_rules_account_id_accounts FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.alert_rules
    ADD CONSTRAINT fk_alert_rules_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_notice_id_notices FOREIGN KEY (notice_id) REFERENCES public.notices(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT fk_alerts_rule_id_alert_rules FOREIGN KEY (rule_id) REFERENCES public.alert_rules(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.assessment_entries
    ADD CONSTRAINT fk_assessment_entries_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.assessment_entries
    ADD CONSTRAINT fk_assessment_entries_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.assessment_entries
    ADD CONSTRAINT fk_assessment_entries_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.assessment_runs
    ADD CONSTRAINT fk_assessment_runs_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.blob_pieces
    ADD CONSTRAINT fk_blob_pieces_sha256_blobs FOREIGN KEY (sha256) REFERENCES public.blobs(sha256) ON DELETE CASCADE;

ALTER TABLE ONLY public.browser_sessions
    ADD CONSTRAINT fk_browser_sessions_account_id_accounts FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bulletins
    ADD CONSTRAINT fk_bulletins_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.calendar_feeds
    ADD CONSTRAINT fk_calendar_feeds_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.calendar_years
    ADD CONSTRAINT fk_calendar_years_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.callback_attempts
    ADD CONSTRAINT fk_callback_attempts_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.callback_entries
    ADD CONSTRAINT fk_callback_entries_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.callback_entries
    ADD CONSTRAINT fk_callback_entries_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.city_maps
    ADD CONSTRAINT fk_city_maps_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.city_maps
    ADD CONSTRAINT fk_city_maps_roads_blob_blobs FOREIGN KEY (roads_blob) REFERENCES public.blobs(sha256);

ALTER TABLE ONLY public.complaint_events
    ADD CONSTRAINT fk_complaint_events_complaint_id_complaints FOREIGN KEY (complaint_id) REFERENCES public.complaints(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.complaint_events
    ADD CONSTRAINT fk_complaint_events_supervision_id_supervisions FOREIGN KEY (supervision_id) REFERENCES public.supervisions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.complaint_links
    ADD CONSTRAINT fk_complaint_links_complaint_id_complaints FOREIGN KEY (complaint_id) REFERENCES public.complaints(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.complaints
    ADD CONSTRAINT fk_complaints_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.complaints
    ADD CONSTRAINT fk_complaints_grid_id_grids FOREIGN KEY (grid_id) REFERENCES public.grids(id);

ALTER TABLE ONLY public.complaints
    ADD CONSTRAINT fk_complaints_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.complaints
    ADD CONSTRAINT fk_complaints_subscriber_id_subscribers FOREIGN KEY (subscriber_id) REFERENCES public.subscribers(id);

ALTER TABLE ONLY public.complaints
    ADD CONSTRAINT fk_complaints_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.decision_events
    ADD CONSTRAINT fk_decision_events_decision_id_decisions FOREIGN KEY (decision_id) REFERENCES public.decisions(id);

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT fk_decisions_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT fk_decisions_owner_id_accounts FOREIGN KEY (owner_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.fault_guides
    ADD CONSTRAINT fk_fault_guides_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.fault_types
    ADD CONSTRAINT fk_fault_types_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.finish_code_tries
    ADD CONSTRAINT fk_finish_code_tries_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.finish_code_tries
    ADD CONSTRAINT fk_finish_code_tries_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.grid_contracts
    ADD CONSTRAINT fk_grid_contracts_grid_id_grids FOREIGN KEY (grid_id) REFERENCES public.grids(id);

ALTER TABLE ONLY public.grid_contracts
    ADD CONSTRAINT fk_grid_contracts_technician_a_id_technicians FOREIGN KEY (technician_a_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.grid_contracts
    ADD CONSTRAINT fk_grid_contracts_technician_b_id_technicians FOREIGN KEY (technician_b_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.grid_days
    ADD CONSTRAINT fk_grid_days_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.grid_imports
    ADD CONSTRAINT fk_grid_imports_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.grids
    ADD CONSTRAINT fk_grids_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.import_rejections
    ADD CONSTRAINT fk_import_rejections_import_id_import_runs FOREIGN KEY (import_id) REFERENCES public.import_runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.import_runs
    ADD CONSTRAINT fk_import_runs_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.indicators
    ADD CONSTRAINT fk_indicators_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.inspections
    ADD CONSTRAINT fk_inspections_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.inspections
    ADD CONSTRAINT fk_inspections_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT fk_invitations_account_id_accounts FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.kept_answers
    ADD CONSTRAINT fk_kept_answers_attempt_id_callback_attempts FOREIGN KEY (attempt_id) REFERENCES public.callback_attempts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.kept_days
    ADD CONSTRAINT fk_kept_days_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.kept_sign_months
    ADD CONSTRAINT fk_kept_sign_months_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.leaves
    ADD CONSTRAINT fk_leaves_substitute_id_technicians FOREIGN KEY (substitute_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.leaves
    ADD CONSTRAINT fk_leaves_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT fk_ledger_entries_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.ledger_entries
    ADD CONSTRAINT fk_ledger_entries_corrects_id_ledger_entries FOREIGN KEY (corrects_id) REFERENCES public.ledger_entries(id);

ALTER TABLE ONLY public.lost_stores
    ADD CONSTRAINT fk_lost_stores_account_id_accounts FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.map_blocks
    ADD CONSTRAINT fk_map_blocks_map_id_city_maps FOREIGN KEY (map_id) REFERENCES public.city_maps(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.map_corners
    ADD CONSTRAINT fk_map_corners_map_id_city_maps FOREIGN KEY (map_id) REFERENCES public.city_maps(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.map_features
    ADD CONSTRAINT fk_map_features_map_id_city_maps FOREIGN KEY (map_id) REFERENCES public.city_maps(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.map_houses
    ADD CONSTRAINT fk_map_houses_map_id_city_maps FOREIGN KEY (map_id) REFERENCES public.city_maps(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.map_names
    ADD CONSTRAINT fk_map_names_map_id_city_maps FOREIGN KEY (map_id) REFERENCES public.city_maps(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.map_packs
    ADD CONSTRAINT fk_map_packs_map_id_city_maps FOREIGN KEY (map_id) REFERENCES public.city_maps(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.map_packs
    ADD CONSTRAINT fk_map_packs_sha256_blobs FOREIGN KEY (sha256) REFERENCES public.blobs(sha256);

ALTER TABLE ONLY public.map_places
    ADD CONSTRAINT fk_map_places_map_id_city_maps FOREIGN KEY (map_id) REFERENCES public.city_maps(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.map_streets
    ADD CONSTRAINT fk_map_streets_map_id_city_maps FOREIGN KEY (map_id) REFERENCES public.city_maps(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.month_closings
    ADD CONSTRAINT fk_month_closings_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.notice_attempts
    ADD CONSTRAINT fk_notice_attempts_channel_id_notice_channels FOREIGN KEY (channel_id) REFERENCES public.notice_channels(id);

ALTER TABLE ONLY public.notice_attempts
    ADD CONSTRAINT fk_notice_attempts_notice_id_notices FOREIGN KEY (notice_id) REFERENCES public.notices(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.notice_channels
    ADD CONSTRAINT fk_notice_channels_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.notice_opt_outs
    ADD CONSTRAINT fk_notice_opt_outs_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.notice_receipts
    ADD CONSTRAINT fk_notice_receipts_channel_id_notice_channels FOREIGN KEY (channel_id) REFERENCES public.notice_channels(id);

ALTER TABLE ONLY public.notice_templates
    ADD CONSTRAINT fk_notice_templates_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT fk_notices_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT fk_notices_channel_id_notice_channels FOREIGN KEY (channel_id) REFERENCES public.notice_channels(id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT fk_notices_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.order_alarms
    ADD CONSTRAINT fk_order_alarms_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.order_events
    ADD CONSTRAINT fk_order_events_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.order_requests
    ADD CONSTRAINT fk_order_requests_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.order_requests
    ADD CONSTRAINT fk_order_requests_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_grid_of_the_area FOREIGN KEY (area_id, grid_id) REFERENCES public.grids(area_id, id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_import_id_import_runs FOREIGN KEY (import_id) REFERENCES public.import_runs(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_merged_into_id_orders FOREIGN KEY (merged_into_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_outage_id_outages FOREIGN KEY (outage_id) REFERENCES public.outages(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_owner_id_technicians FOREIGN KEY (owner_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_reopens_id_orders FOREIGN KEY (reopens_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_repeat_of_id_orders FOREIGN KEY (repeat_of_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT fk_orders_subscriber_id_subscribers FOREIGN KEY (subscriber_id) REFERENCES public.subscribers(id);

ALTER TABLE ONLY public.outage_customers
    ADD CONSTRAINT fk_outage_customers_grid_id_grids FOREIGN KEY (grid_id) REFERENCES public.grids(id);

ALTER TABLE ONLY public.outage_customers
    ADD CONSTRAINT fk_outage_customers_outage_id_outages FOREIGN KEY (outage_id) REFERENCES public.outages(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.outage_events
    ADD CONSTRAINT fk_outage_events_outage_id_outages FOREIGN KEY (outage_id) REFERENCES public.outages(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.outage_orders
    ADD CONSTRAINT fk_outage_orders_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.outage_orders
    ADD CONSTRAINT fk_outage_orders_outage_id_outages FOREIGN KEY (outage_id) REFERENCES public.outages(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.outage_watches
    ADD CONSTRAINT fk_outage_watches_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.outages
    ADD CONSTRAINT fk_outages_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.person_days
    ADD CONSTRAINT fk_person_days_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.person_grid_days
    ADD CONSTRAINT fk_person_grid_days_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.phone_acts
    ADD CONSTRAINT fk_phone_acts_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.phone_acts
    ADD CONSTRAINT fk_phone_acts_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.phone_changes
    ADD CONSTRAINT fk_phone_changes_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.phone_changes
    ADD CONSTRAINT fk_phone_changes_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.phone_offers
    ADD CONSTRAINT fk_phone_offers_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.phone_offers
    ADD CONSTRAINT fk_phone_offers_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.photo_pieces
    ADD CONSTRAINT fk_photo_pieces_photo_id_photo_uploads FOREIGN KEY (photo_id) REFERENCES public.photo_uploads(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.photo_uploads
    ADD CONSTRAINT fk_photo_uploads_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.photos
    ADD CONSTRAINT fk_photos_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.photos
    ADD CONSTRAINT fk_photos_sha256_blobs FOREIGN KEY (sha256) REFERENCES public.blobs(sha256);

ALTER TABLE ONLY public.photos
    ADD CONSTRAINT fk_photos_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.plan_moves
    ADD CONSTRAINT fk_plan_moves_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.plan_moves
    ADD CONSTRAINT fk_plan_moves_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.plan_moves
    ADD CONSTRAINT fk_plan_moves_plan_id_plans FOREIGN KEY (plan_id) REFERENCES public.plans(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.plan_policies
    ADD CONSTRAINT fk_plan_policies_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.plan_runs
    ADD CONSTRAINT fk_plan_runs_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.plan_runs
    ADD CONSTRAINT fk_plan_runs_plan_id_plans FOREIGN KEY (plan_id) REFERENCES public.plans(id);

ALTER TABLE ONLY public.plan_stops
    ADD CONSTRAINT fk_plan_stops_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.plan_stops
    ADD CONSTRAINT fk_plan_stops_plan_id_plans FOREIGN KEY (plan_id) REFERENCES public.plans(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.plan_stops
    ADD CONSTRAINT fk_plan_stops_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.plan_unplanned
    ADD CONSTRAINT fk_plan_unplanned_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.plan_unplanned
    ADD CONSTRAINT fk_plan_unplanned_plan_id_plans FOREIGN KEY (plan_id) REFERENCES public.plans(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.plans
    ADD CONSTRAINT fk_plans_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.policies
    ADD CONSTRAINT fk_policies_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.position_consents
    ADD CONSTRAINT fk_position_consents_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.positions
    ADD CONSTRAINT fk_positions_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT fk_push_subscriptions_account_id_accounts FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.reasons
    ADD CONSTRAINT fk_reasons_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.report_exports
    ADD CONSTRAINT fk_report_exports_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.roster_patterns
    ADD CONSTRAINT fk_roster_patterns_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.route_snapshots
    ADD CONSTRAINT fk_route_snapshots_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.rulings
    ADD CONSTRAINT fk_rulings_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.rulings
    ADD CONSTRAINT fk_rulings_takes_back_id_rulings FOREIGN KEY (takes_back_id) REFERENCES public.rulings(id);

ALTER TABLE ONLY public.rulings
    ADD CONSTRAINT fk_rulings_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.saved_views
    ADD CONSTRAINT fk_saved_views_account_id_accounts FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.saved_views
    ADD CONSTRAINT fk_saved_views_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.score_cards
    ADD CONSTRAINT fk_score_cards_run_id_assessment_runs FOREIGN KEY (run_id) REFERENCES public.assessment_runs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.settlement_lines
    ADD CONSTRAINT fk_settlement_lines_statement_id_settlement_statements FOREIGN KEY (statement_id) REFERENCES public.settlement_statements(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.settlement_lines
    ADD CONSTRAINT fk_settlement_lines_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.settlement_statements
    ADD CONSTRAINT fk_settlement_statements_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.settlement_statements
    ADD CONSTRAINT fk_settlement_statements_contract_id_grid_contracts FOREIGN KEY (contract_id) REFERENCES public.grid_contracts(id);

ALTER TABLE ONLY public.settlement_statements
    ADD CONSTRAINT fk_settlement_statements_grid_id_grids FOREIGN KEY (grid_id) REFERENCES public.grids(id);

ALTER TABLE ONLY public.settlement_statements
    ADD CONSTRAINT fk_settlement_statements_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.shifts
    ADD CONSTRAINT fk_shifts_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sign_counts
    ADD CONSTRAINT fk_sign_counts_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.subscriber_links
    ADD CONSTRAINT fk_subscriber_links_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.subscribers
    ADD CONSTRAINT fk_subscribers_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.supervisions
    ADD CONSTRAINT fk_supervisions_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.supervisions
    ADD CONSTRAINT fk_supervisions_complaint_id_complaints FOREIGN KEY (complaint_id) REFERENCES public.complaints(id);

ALTER TABLE ONLY public.supervisions
    ADD CONSTRAINT fk_supervisions_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id);

ALTER TABLE ONLY public.survey_links
    ADD CONSTRAINT fk_survey_links_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.technician_skills
    ADD CONSTRAINT fk_technician_skills_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.technicians
    ADD CONSTRAINT fk_technicians_area_id_service_areas FOREIGN KEY (area_id) REFERENCES public.service_areas(id);

ALTER TABLE ONLY public.view_deliveries
    ADD CONSTRAINT fk_view_deliveries_notice_id_notices FOREIGN KEY (notice_id) REFERENCES public.notices(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.view_deliveries
    ADD CONSTRAINT fk_view_deliveries_view_id_saved_views FOREIGN KEY (view_id) REFERENCES public.saved_views(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.visits
    ADD CONSTRAINT fk_visits_order_id_orders FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.visits
    ADD CONSTRAINT fk_visits_plan_id_plans FOREIGN KEY (plan_id) REFERENCES public.plans(id);

ALTER TABLE ONLY public.visits
    ADD CONSTRAINT fk_visits_technician_id_technicians FOREIGN KEY (technician_id) REFERENCES public.technicians(id);

ALTER TABLE ONLY public.wiped_phones
    ADD CONSTRAINT fk_wiped_phones_account_id_accounts FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.procrastinate_workers(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id);

