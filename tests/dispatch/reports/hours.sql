-- Where the hours of a month went, out of rosters and events alone, by sets of moments (one break a shift).
WITH area AS (SELECT id, timezone FROM service_areas WHERE id = :area),
month AS (
    SELECT tstzrange(CAST(:first AS timestamp) AT TIME ZONE timezone,
                     least((CAST(:first AS timestamp) + interval '1 month') AT TIME ZONE timezone, :now)) AS span
    FROM area
), planned AS (
    SELECT s.technician_id, s.period, s.breaks FROM shifts s
    UNION ALL
    SELECT p.technician_id,
           tstzrange((d.day + p.starts) AT TIME ZONE a.timezone,
                     (d.day + p.ends + CASE WHEN p.ends <= p.starts THEN interval '1 day' ELSE interval '0' END)
                         AT TIME ZONE a.timezone), p.breaks
    FROM area a CROSS JOIN roster_patterns p
    CROSS JOIN LATERAL (
        SELECT CAST(g AS timestamp) AS day
        FROM generate_series(CAST(:first AS timestamp) - interval '2 days', CAST(:first AS timestamp) + interval '32 days',
                             interval '1 day') g) d
    WHERE extract(isodow FROM d.day) = ANY (p.weekdays) AND p.valid @> CAST(d.day AS date)
      AND NOT EXISTS (SELECT FROM shifts s WHERE s.technician_id = p.technician_id
                      AND CAST(lower(s.period) AT TIME ZONE a.timezone AS date) = CAST(d.day AS date))
), duty AS (
    SELECT row_number() OVER () AS number, p.technician_id, one AS period, p.breaks -> 0 AS pause,
           CAST(lower(p.period) AT TIME ZONE a.timezone AS date) AS day, a.timezone
    FROM area a CROSS JOIN planned p
    CROSS JOIN LATERAL unnest(
        (tstzmultirange(p.period) - coalesce((SELECT range_agg(l.period) FROM leaves l
                                              WHERE l.technician_id = p.technician_id), '{}'))
        * tstzmultirange(tstzrange(NULL, :now))) one
), happened AS (
    SELECT e.* FROM order_events e JOIN orders o ON o.id = e.order_id
    WHERE o.area_id = :area AND o.origin <> 'history' AND e.occurred_at < :now
), ended AS (
    SELECT * FROM happened h
    WHERE type IN ('departed', 'arrived', 'nobody_home', 'completed', 'force_completed', 'solved_remotely', 'cancelled',
                   'merged', 'recalled', 'reassigned', 'rework_dispatched', 'rebooked')
       OR (type IN ('suspension_requested', 'return_requested') AND EXISTS (
           SELECT FROM order_events d WHERE d.order_id = h.order_id AND d.sequence > h.sequence
           AND d.type = 'request_decided' AND CAST(d.data ->> 'approved' AS boolean)
           AND NOT EXISTS (SELECT FROM happened r WHERE r.order_id = h.order_id AND r.sequence > h.sequence
                           AND r.sequence < d.sequence AND r.type IN ('suspension_requested', 'return_requested'))))
), worked AS (
    SELECT a.technician_id, range_agg(tstzrange(a.occurred_at, (
        SELECT b.occurred_at FROM ended b WHERE b.order_id = a.order_id AND b.sequence > a.sequence
        ORDER BY b.sequence LIMIT 1), '[)')) AS times
    FROM happened a
    WHERE a.type = 'arrived' AND EXISTS (SELECT FROM ended b WHERE b.order_id = a.order_id AND b.sequence > a.sequence)
    GROUP BY 1
), driven AS (
    SELECT d.technician_id, range_agg(tstzrange(d.occurred_at, a.occurred_at, '[)')) AS times
    FROM happened a
    CROSS JOIN LATERAL (SELECT * FROM ended b WHERE b.order_id = a.order_id AND b.sequence < a.sequence
                        ORDER BY b.sequence DESC LIMIT 1) d
    WHERE a.type = 'arrived' AND d.type = 'departed' GROUP BY 1
), person AS (
    SELECT t.id, coalesce(w.times, '{}') AS works, coalesce(d.times, '{}') - coalesce(w.times, '{}') AS drives,
           coalesce(w.times, '{}') + coalesce(d.times, '{}') AS busy
    FROM technicians t LEFT JOIN worked w ON w.technician_id = t.id LEFT JOIN driven d ON d.technician_id = t.id
), idle AS (
    SELECT u.*, tstzmultirange(u.period) - p.busy AS free,
           tstzrange(lower(tstzmultirange(u.period) * p.busy), upper(tstzmultirange(u.period) * p.busy)) AS between,
           isempty(tstzmultirange(u.period) * p.busy) AS without_job,
           tstzrange((u.day + CAST(u.pause ->> 'earliest' AS time)) AT TIME ZONE u.timezone,
                     (u.day + CAST(u.pause ->> 'latest' AS time)) AT TIME ZONE u.timezone) AS pause_window,
           CAST(u.pause ->> 'seconds' AS integer) AS pause_seconds
    FROM duty u JOIN person p ON p.id = u.technician_id
), rested AS (
    SELECT number, range_agg(tstzrange(lower(one), least(upper(one), lower(one)
               + greatest(0, pause_seconds - before) * interval '1 second'))) AS times
    FROM (SELECT i.number, i.pause_seconds, one,
                 coalesce(sum(extract(epoch FROM upper(one) - lower(one))) OVER (
                     PARTITION BY i.number ORDER BY lower(one) ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                     AS before
          FROM idle i CROSS JOIN LATERAL unnest(i.free * tstzmultirange(i.pause_window)) one
          WHERE i.pause IS NOT NULL
            AND extract(epoch FROM upper(i.period * i.pause_window) - lower(i.period * i.pause_window)) >= i.pause_seconds
         ) taken
    WHERE before < pause_seconds GROUP BY number
), part AS (
    SELECT technician_id, 'shift' AS name, tstzmultirange(period) AS times FROM duty
    UNION ALL SELECT i.technician_id, 'pause', r.times FROM idle i JOIN rested r USING (number)
    UNION ALL SELECT i.technician_id, 'wait', (i.free - coalesce(r.times, '{}')) * tstzmultirange(i.between)
              FROM idle i LEFT JOIN rested r USING (number) WHERE NOT i.without_job
    UNION ALL SELECT i.technician_id, 'unassigned',
                     i.free - coalesce(r.times, '{}')
                     - CASE WHEN i.without_job THEN CAST('{}' AS tstzmultirange) ELSE tstzmultirange(i.between) END
              FROM idle i LEFT JOIN rested r USING (number)
    UNION ALL SELECT u.technician_id, 'drive', p.drives * tstzmultirange(u.period) FROM duty u JOIN person p ON p.id = u.technician_id
    UNION ALL SELECT u.technician_id, 'work', p.works * tstzmultirange(u.period) FROM duty u JOIN person p ON p.id = u.technician_id
    UNION ALL SELECT p.id, 'overtime', p.busy - coalesce((SELECT range_agg(u.period) FROM duty u WHERE u.technician_id = p.id), '{}')
              FROM person p
)
SELECT technician_id, name, CAST(sum(extract(epoch FROM upper(one) - lower(one))) AS integer) AS seconds
FROM part CROSS JOIN month CROSS JOIN LATERAL unnest(part.times * tstzmultirange(month.span)) one
GROUP BY 1, 2 ORDER BY 1, 2
