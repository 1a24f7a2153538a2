-- The scores of technicians for a month of plain repairs, out of events and callbacks alone, set by set.
-- (No windows, suspensions, returns, repeats, inspections: those indicators have no cases and leave the weight base.)
WITH act AS (
    SELECT e.order_id, o.id, e.technician_id, e.type, e.id AS event_id, e.data,
           coalesce(CAST(e.data->>'effectiveAt' AS timestamptz), e.occurred_at) AS at
    FROM order_events e JOIN orders o ON o.id = e.order_id
), told AS (
    SELECT order_id,
           max(at) FILTER (WHERE type = 'dispatched') AS dispatched,
           max(at) FILTER (WHERE type = 'accepted') AS accepted,
           min(at) FILTER (WHERE type = 'contacted') AS contacted,
           max(at) FILTER (WHERE type = 'completed') AS completed,
           (array_agg(technician_id) FILTER (WHERE type = 'accepted'))[1] AS technician
    FROM act GROUP BY order_id
), answer AS (
    SELECT DISTINCT ON (order_id) order_id, satisfaction, reasons FROM callback_attempts
    WHERE reached = 'answered' ORDER BY order_id, number DESC
), started AS (
    -- slow acceptance gains nothing: the clock starts no later than half an hour after dispatch
    SELECT told.*, least(accepted, dispatched + interval '30 minutes') AS start, a.satisfaction, a.reasons
    FROM told LEFT JOIN answer a USING (order_id) WHERE completed >= :start AND completed < :end
), fact AS (
    -- every dispatch asks for an acceptance, that of a rework too
    SELECT g.technician_id AS technician, g.order_id, 'acceptance_on_time' AS indicator,
           CAST(coalesce((SELECT min(a.at) FROM act a WHERE a.order_id = g.order_id AND a.type = 'accepted'
                          AND a.at >= g.at) - g.at <= interval '30 minutes', false) AS int) AS good
    FROM (SELECT order_id, at, coalesce(CAST(data->>'technicianId' AS uuid), technician_id) AS technician_id FROM act
          WHERE type IN ('dispatched', 'rework_dispatched') AND at >= :start AND at < :end) g
    UNION ALL
    SELECT technician, order_id, 'contact_on_time', CAST(contacted - accepted <= interval '2 hours' AS int) FROM started
    UNION ALL
    SELECT technician, order_id, 'repaired_on_time', CAST(completed - start <= interval '4 hours' AS int) FROM started
    UNION ALL
    SELECT technician, order_id, 'first_time_fix', CAST(satisfaction IS DISTINCT FROM 'dissatisfied' AS int) FROM started
    UNION ALL
    SELECT technician, order_id, 'repeat_faults', 0 FROM started
    UNION ALL
    SELECT technician, order_id, 'satisfaction', CAST(satisfaction <> 'dissatisfied' AS int) FROM started
    WHERE satisfaction IS NOT NULL
    UNION ALL
    SELECT technician, order_id, 'returned_orders', 0 FROM started
), counted AS (
    SELECT indicator, technician, CAST(sum(good) AS numeric) AS n, CAST(count(*) AS numeric) AS d
    FROM fact GROUP BY indicator, technician
), rated AS (
    SELECT c.technician, c.indicator, i.weight, i.at_most, CAST(i.baseline AS numeric) AS b, CAST(i.target AS numeric) AS t,
           (c.n + 20 * sum(c.n) OVER area / sum(c.d) OVER area) / (c.d + 20) AS rate
    FROM counted c JOIN indicators i ON i.code = c.indicator
    WINDOW area AS (PARTITION BY c.indicator)
), earned AS (
    SELECT technician, CAST(weight AS numeric) AS weight, round(CAST(weight AS numeric) * CASE
        WHEN at_most AND rate <= t OR NOT at_most AND rate >= t THEN 1
        WHEN at_most AND rate <= b THEN 0.6 + 0.4 * (b - rate) / (b - t)
        WHEN at_most THEN 0.6 * (1 - rate) / (1 - b)
        WHEN rate >= b THEN 0.6 + 0.4 * (rate - b) / (t - b)
        ELSE 0.6 * rate / b END, 4) AS points
    FROM rated
), charged AS (
    -- late and dissatisfied are two events (the completion, the answer); attitude is dearer than what else an answer says
    SELECT technician,
           2 * count(*) FILTER (WHERE completed - start > interval '4 hours')
           + sum(CASE WHEN satisfaction = 'dissatisfied' AND reasons ? 'attitude' THEN 5
                      WHEN satisfaction = 'dissatisfied' THEN 3 ELSE 0 END) AS deducted
    FROM started GROUP BY technician
)
SELECT technician, CAST(deducted AS int) AS deducted,
       greatest(0, round(100 * sum(points) / sum(weight) - deducted, 2)) AS score
FROM earned JOIN charged USING (technician) GROUP BY technician, deducted
