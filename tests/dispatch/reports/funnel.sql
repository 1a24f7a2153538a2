-- The funnel of repairs within four hours, out of events alone: centre, dispersion, points and limits at :cases.
WITH told AS (
    SELECT e.order_id, min(e.occurred_at) FILTER (WHERE e.type = 'dispatched') AS given,
           min(e.occurred_at) FILTER (WHERE e.type = 'accepted') AS taken,
           min(e.occurred_at) FILTER (WHERE e.type = 'completed') AS done,
           min(CAST(e.technician_id AS text)) FILTER (WHERE e.type = 'completed') AS who
    FROM order_events e GROUP BY e.order_id
), person AS (
    SELECT who, CAST(count(*) AS double precision) AS d,
           CAST(count(*) FILTER (WHERE done - least(taken, given + interval '30 minutes') <= interval '4 hours')
                AS double precision) AS n
    FROM told WHERE done >= :start AND done < :end GROUP BY who
), middle AS (SELECT sum(n) / sum(d) AS rate, count(*) AS people FROM person),
scored AS (
    SELECT p.*, m.rate, m.people, (asin(sqrt(n / d)) - asin(sqrt(m.rate))) * 2 * sqrt(d) AS z,
           row_number() OVER (ORDER BY (asin(sqrt(n / d)) - asin(sqrt(m.rate))) * 2 * sqrt(d)) AS place
    FROM person p CROSS JOIN middle m
), ends AS (
    SELECT max(z) FILTER (WHERE place = floor(people * 0.1) + 1) AS low,
           max(z) FILTER (WHERE place = people - floor(people * 0.1)) AS high FROM scored
), spread AS (
    SELECT avg(power(least(greatest(z, low), high), 2)) AS phi, max(people) AS people,
           sum(4 * d) - sum(power(4 * d, 2)) / sum(4 * d) AS room
    FROM scored CROSS JOIN ends
), shape AS (
    SELECT m.rate, s.phi,
           CASE WHEN s.phi > 1 AND s.room > 0 THEN greatest(0, (s.people * s.phi - (s.people - 1)) / s.room) ELSE 0 END
               AS between
    FROM middle m CROSS JOIN spread s
)
SELECT p.who, p.n / p.d AS value, p.d AS cases, s.rate, s.phi,
       (asin(sqrt(p.n / p.d)) - asin(sqrt(s.rate))) / sqrt(1 / (4 * p.d) + s.between) AS z,
       power(sin(greatest(0, asin(sqrt(s.rate)) - 1.959963984540054 * sqrt(1 / (4 * c.at) + s.between))), 2) AS low95,
       power(sin(least(pi() / 2, asin(sqrt(s.rate)) + 1.959963984540054 * sqrt(1 / (4 * c.at) + s.between))), 2)
           AS high95,
       power(sin(greatest(0, asin(sqrt(s.rate)) - 3.090232306167813 * sqrt(1 / (4 * c.at) + s.between))), 2) AS low998,
       power(sin(least(pi() / 2, asin(sqrt(s.rate)) + 3.090232306167813 * sqrt(1 / (4 * c.at) + s.between))), 2)
           AS high998, c.at
FROM person p CROSS JOIN shape s CROSS JOIN unnest(CAST(:cases AS double precision[])) c(at)
ORDER BY p.who, c.at
