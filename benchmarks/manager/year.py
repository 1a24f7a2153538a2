"""A year of a city for the manager's numbers: orders with all their events, callbacks and checks, made in SQL.

Every order is drawn once (`drawn`), then written as rows that the program itself could have written: `verify` agrees
with them. Rows lie on disk in the order in which they would have been reported, as in a real database.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import psycopg

GRIDS, TECHNICIANS = 400, 2000
ZONE = "Asia/Shanghai"
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 20)
"""The local days that have orders, the last one not; the area's clock stands at its noon."""
NOW = datetime(2025, 12, 20, 4, tzinfo=UTC)
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "建国秀英志明小玉海天伟芳强敏军丽洋艳勇娟"
"""Twenty family names, and ten first and ten second characters of given names: two thousand people."""
SAID = (
    "师傅上门很快，态度也很好，谢谢",
    "网速还是慢，晚上看电视一直卡",
    "约好上午来，等了一上午没有人来",
    "路由器换了以后好多了",
    "希望下次能准时一点",
    "修好了，但是地上很脏没有打扫",
    "电话里说免费，最后还是收费了",
    "光猫的灯一直闪，没有完全修好",
    "服务态度不错，解释得很清楚",
    "第二次来才修好，耽误了上班",
    "装维人员很专业，一会儿就弄好了",
    "信号不稳定，偶尔会断网",
    "The technician was friendly and very quick",
    "Waited the whole morning and nobody called",
    "Internet is still slow in the evening",
    "Everything works again, thank you very much",
    "Had to call three times before somebody came",
    "They charged me although it was said to be free",
    "Explained everything clearly, good service",
    "The router was replaced and now it is much better",
)
"""What one in twenty of those who answer says; some tell a name or a number."""
_BUSY = ("orders", "order_events", "callback_attempts", "inspections")

_PEOPLE = f"""
INSERT INTO grids (id, area_id, code, name, geom, priority, rural, square_metres, version)
SELECT gen_random_uuid(), %(area)s, 'G' || lpad(g::text, 3, '0'), 'Grid ' || g,
       ST_Multi(ST_MakeEnvelope(120 + (g - 1) %% 20 * 0.02, 30 + (g - 1) / 20 * 0.02,
                                120.02 + (g - 1) %% 20 * 0.02, 30.02 + (g - 1) / 20 * 0.02, 4326)),
       0, g %% 8 = 0, 4000000, 1
FROM generate_series(1, {GRIDS}) g;
INSERT INTO technicians (id, area_id, employee_number, name, team, contractor, start_point, speed_factor, cost_per_hour,
                         senior, max_visits, status, version)
SELECT gen_random_uuid(), %(area)s, lpad(t::text, 5, '0'),
       substr('{SURNAMES}', 1 + (t - 1) %% 20, 1) || substr('{GIVEN}', 1 + (t - 1) / 20 %% 10, 1)
           || substr('{GIVEN}', 11 + (t - 1) / 200, 1), 'Team ' || ((t - 1) / 25 + 1), NULL,
       ST_SetSRID(ST_MakePoint(120.01 + ((t - 1) / 5) %% 20 * 0.02, 30.01 + ((t - 1) / 100) * 0.02), 4326),
       1, 0, t %% 25 = 0, 12, 'active', 1
FROM generate_series(1, {TECHNICIANS}) t;
INSERT INTO roster_patterns (id, technician_id, weekdays, starts, ends, breaks, valid)
SELECT gen_random_uuid(), id, CASE WHEN employee_number::int %% 2 = 0 THEN '{{1,2,3,4,5}}'::smallint[]
                                   ELSE '{{3,4,5,6,7}}'::smallint[] END,
       '08:30', '17:30', '[{{"seconds": 3600, "earliest": "11:30", "latest": "13:30"}}]', '[2024-01-01,)'
FROM technicians WHERE area_id = %(area)s;
INSERT INTO grid_contracts (id, grid_id, valid, technician_a_id, technician_b_id, households, unit_points, version)
SELECT gen_random_uuid(), g.id, '[2024-01-01,)', a.id, b.id, 2500, 1, 1
FROM grids g
JOIN technicians a ON a.area_id = g.area_id AND a.employee_number = lpad((substr(g.code, 2)::int * 5 - 4)::text, 5, '0')
JOIN technicians b ON b.area_id = g.area_id AND b.employee_number = lpad((substr(g.code, 2)::int * 5 - 3)::text, 5, '0')
WHERE g.area_id = %(area)s;
"""

_HELPERS = """
SELECT setseed(0.17);
CREATE FUNCTION pg_temp.iso(t timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;
CREATE FUNCTION pg_temp.at(t timestamptz, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT (lpad(to_hex(floor(extract(epoch FROM t) * 1000)::bigint), 12, '0') || '70008000'
           || lpad(to_hex(n), 12, '0'))::uuid $$;
CREATE TEMP TABLE g AS SELECT row_number() OVER (ORDER BY code) AS n, id, ST_XMin(geom) AS x, ST_YMin(geom) AS y
    FROM grids WHERE area_id = %(area)s;
CREATE TEMP TABLE t AS SELECT row_number() OVER (ORDER BY employee_number) AS n, id
    FROM technicians WHERE area_id = %(area)s;
"""
_DRAWN = f"""
CREATE TEMP TABLE drawn AS
WITH drawn AS (
    SELECT i, 1 + floor(random() * {GRIDS})::int AS g, random() AS fate, random() AS slow, random() AS said,
           random() AS near, floor(random() * 5)::int AS who, random() AS east, random() AS north, random() AS checked,
           random() AS a, random() AS b, random() AS c, random() AS d,
           (%(first)s::date + floor((i - 1) * %(days)s::float / %(orders)s)::int)::timestamp AT TIME ZONE '{ZONE}'
               + interval '7 hours' + random() * interval '11 hours' AS reported
    FROM generate_series(1, %(orders)s) i
), people AS (
    SELECT *, ((g - 1) * 5 + who + CASE WHEN near < 0.15 THEN 5 ELSE 0 END) %% {TECHNICIANS} + 1 AS n,
           reported + interval '3 minutes' AS dispatched
    FROM drawn
), steps AS (
    SELECT *, dispatched + (2 + a * 26) * interval '1 minute' AS accepted,
           dispatched + (30 + b * 40) * interval '1 minute' AS contacted,
           dispatched + (75 + b * 40 + CASE WHEN slow < 0.08 THEN 170 ELSE 0 END) * interval '1 minute' AS departed
    FROM people
), later AS (SELECT *, departed + (8 + c * 25) * interval '1 minute' AS arrived FROM steps)
SELECT later.i, pg_temp.at(date_trunc('milliseconds', reported), i) AS id, g.id AS grid, t.id AS technician,
       again.id AS second,
       date_trunc('second', reported) AS reported, date_trunc('second', dispatched) AS dispatched,
       date_trunc('second', accepted) AS accepted, date_trunc('second', contacted) AS contacted,
       date_trunc('second', departed) AS departed, date_trunc('second', arrived) AS arrived,
       date_trunc('second', arrived + (18 + d * 50) * interval '1 minute') AS done,
       CASE WHEN reported > %(now)s - interval '30 hours' THEN 'open' WHEN fate < 0.03 THEN 'cancelled'
            WHEN fate < 0.07 THEN 'reworked' ELSE 'closed' END AS fate,
       CASE WHEN said < 0.05 THEN 'dissatisfied' WHEN said < 0.3 THEN 'very_satisfied' ELSE 'satisfied' END AS said,
       (ARRAY['attitude','not_on_time','not_fixed','untidy','charges'])[1 + floor(d * 5)::int] AS reason,
       (ARRAY['no_service','slow','no_tv','terminal','optical_weak'])[1 + floor(a * 5)::int] AS fault,
       c AS spoken, d AS sentence, checked < 0.06 AS checked, checked < 0.055 AS passed,
       ST_SetSRID(ST_MakePoint(g.x + 0.0005 + east * 0.019, g.y + 0.0005 + north * 0.019), 4326) AS point,
       CASE WHEN fate > 0.99 THEN 0.02 ELSE (a - 0.5) * 0.001 END AS off
FROM later JOIN g ON g.n = later.g JOIN t ON t.n = later.n JOIN t again ON again.n = later.n %% {TECHNICIANS} + 1
ORDER BY i
"""

_ORDERS = """
INSERT INTO orders (id, area_id, number, kind, channel, level, tier, fault_type, skill_level, service_seconds, priority,
    point, point_source, grid_id, address, contact_phones, status, owner_id, reported_at, dispatched_at, accept_due_at,
    accepted_at, clock_started_at, assessment_starts_at, due_at, technician_due_at, grid_due_at, company_due_at,
    contacted_at, contact_due_at, failed_contacts, departed_at, arrived_at, completed_at, completed_by, completed_how,
    cause, cancelled_at, closed_at, outcome, callback_attempts, callback_attempts_needed, callback_due_at,
    callback_reached, satisfied, chases, reworks, rework_of_technician_id, bounces, escalated_to_lead, status_since,
    events, origin, edited_by_person, version)
SELECT d.id, %(area)s, 'SIZE-' || lpad(d.i::text, 7, '0'), 'repair', 'phone', 'normal', 'ordinary', d.fault, 1, 2400, 0,
    d.point, 'given', d.grid, (d.i %% 900) || ' Oak Street', '[]', s.status,
    CASE WHEN d.fate = 'reworked' THEN d.second ELSE d.technician END, d.reported,
    d.dispatched + s.more, d.dispatched + s.more + interval '30 minutes',
    CASE WHEN d.fate <> 'cancelled' THEN d.accepted + s.more END,
    CASE WHEN d.fate <> 'cancelled' THEN d.accepted + s.more END,
    CASE WHEN d.fate <> 'cancelled' THEN d.accepted + s.more ELSE d.dispatched + interval '30 minutes' END,
    s.due, s.due, s.due, s.due,
    CASE WHEN d.fate IN ('open', 'closed') THEN d.contacted END,
    CASE WHEN d.fate <> 'cancelled' THEN d.accepted + s.more + interval '2 hours' END, 0,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN d.departed + s.more END,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN d.arrived + s.more END,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN d.done + s.more END,
    CASE d.fate WHEN 'closed' THEN d.technician WHEN 'reworked' THEN d.second END,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN 'visit' END,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN d.fault END,
    CASE WHEN d.fate = 'cancelled' THEN d.dispatched + interval '20 minutes' END,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN d.done + s.more + interval '2 hours' END,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN 'satisfied' END,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN 1 ELSE 0 END, 3,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN d.done + s.more + interval '1 day'
         WHEN d.fate = 'cancelled' THEN d.dispatched + interval '1460 minutes' END,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN true END,
    CASE WHEN d.fate IN ('closed', 'reworked') THEN true END, 0,
    CASE WHEN d.fate = 'reworked' THEN 1 ELSE 0 END, CASE WHEN d.fate = 'reworked' THEN d.technician END, 0, false,
    CASE d.fate WHEN 'open' THEN d.accepted WHEN 'cancelled' THEN d.dispatched + interval '20 minutes'
                ELSE d.done + s.more + interval '2 hours' END,
    CASE d.fate WHEN 'open' THEN 4 WHEN 'cancelled' THEN 3 WHEN 'closed' THEN 9 ELSE 15 END, 'live', false, 1
FROM drawn d CROSS JOIN LATERAL (
    SELECT CASE d.fate WHEN 'open' THEN 'accepted' WHEN 'cancelled' THEN 'cancelled' ELSE 'closed' END AS status,
           CASE WHEN d.fate = 'reworked' THEN interval '1 day' ELSE interval '0' END AS more,
           CASE WHEN d.fate = 'cancelled' THEN d.dispatched + interval '4 hours 30 minutes'
                ELSE d.accepted + CASE WHEN d.fate = 'reworked' THEN interval '1 day' ELSE interval '0' END
                     + interval '4 hours' END AS due) s
ORDER BY d.i
"""

# What happened, as (which orders, place in the story, type, moment, whose, data): `d` is the drawn order.
_DUE = """'clocks', jsonb_build_object('assessmentStartsAt', pg_temp.iso({0}), 'dueAt', pg_temp.iso({1}),
          'technicianDueAt', pg_temp.iso({1}), 'gridDueAt', pg_temp.iso({1}), 'companyDueAt', pg_temp.iso({1}){2})"""


def _clocks(start: str, due: str, more: str) -> str:
    return _DUE.format(start, due, more)


_LATE_START, _FOUR = "d.dispatched + interval '30 minutes'", "interval '4 hours'"
_DAY = "interval '1 day'"
_STARTED = ", 'clockStartedAt', pg_temp.iso({0}), 'contactDueAt', pg_temp.iso({0} + interval '2 hours')"
_DONE = (
    "jsonb_build_object('cause', d.fault, 'action', 'repaired', 'photoIds', '[]'::jsonb, 'callbackAttemptsNeeded', 3,"
    " 'clocks', jsonb_build_object('callbackDueAt', pg_temp.iso({0} + interval '1 day')))"
)
_SAID = (
    "jsonb_build_object('attemptId', pg_temp.at({0}, d.i * 2 + {1}), 'reached', true, 'solved', {2},"
    " 'satisfied', {3}, 'reasons', {4})"
)
_GOOD = "d.said <> 'dissatisfied'"
_STEPS: tuple[tuple[str, int, str, str, str, str], ...] = (
    ("true", 1, "reported", "d.reported", "NULL::uuid",
     "jsonb_build_object('point', jsonb_build_array(ST_X(d.point), ST_Y(d.point)), 'pointSource', 'given',"
     " 'gridId', d.grid)"),
    ("true", 2, "dispatched", "d.dispatched", "d.technician",
     "jsonb_build_object('technicianId', d.technician, 'why', 'a_technician', "
     + _clocks(_LATE_START, f"{_LATE_START} + {_FOUR}", f", 'acceptDueAt', pg_temp.iso({_LATE_START})") + ")"),
    ("d.fate = 'cancelled'", 3, "cancelled", "d.dispatched + interval '20 minutes'", "NULL::uuid",
     "jsonb_build_object('reason', 'subscriber_wish', 'callbackAttemptsNeeded', 3, 'clocks',"
     " jsonb_build_object('callbackDueAt', pg_temp.iso(d.dispatched + interval '1460 minutes')))"),
    ("d.fate <> 'cancelled'", 3, "accepted", "d.accepted", "d.technician",
     "jsonb_build_object(" + _clocks("d.accepted", f"d.accepted + {_FOUR}", _STARTED.format("d.accepted")) + ")"),
    ("d.fate <> 'cancelled'", 4, "contacted", "d.contacted", "d.technician", "jsonb_build_object('reached', true)"),
    ("d.fate IN ('closed', 'reworked')", 5, "departed", "d.departed", "d.technician", "'{}'::jsonb"),
    ("d.fate IN ('closed', 'reworked')", 6, "arrived", "d.arrived", "d.technician", "'{}'::jsonb"),
    ("d.fate IN ('closed', 'reworked')", 7, "completed", "d.done", "d.technician", _DONE.format("d.done")),
    ("d.fate = 'closed'", 8, "called_back", "d.done + interval '1 hour'", "NULL::uuid",
     _SAID.format("d.done + interval '1 hour'", 0, "true", "true", "'[]'::jsonb")),
    ("d.fate = 'closed'", 9, "closed", "d.done + interval '2 hours'", "NULL::uuid",
     "jsonb_build_object('outcome', 'satisfied')"),
    ("d.fate = 'reworked'", 8, "called_back", "d.done + interval '1 hour'", "NULL::uuid",
     _SAID.format("d.done + interval '1 hour'", 0, "false", "false", "jsonb_build_array(d.reason)")),
    ("d.fate = 'reworked'", 9, "rework_dispatched", f"d.dispatched + {_DAY}", "d.second",
     "jsonb_build_object('technicianId', d.second, 'reasons', jsonb_build_array(d.reason), 'firstTechnicianId',"
     " d.technician, " + _clocks(f"{_LATE_START} + {_DAY}", f"{_LATE_START} + {_FOUR} + {_DAY}",
                                 f", 'acceptDueAt', pg_temp.iso({_LATE_START} + {_DAY})") + ")"),
    ("d.fate = 'reworked'", 10, "accepted", f"d.accepted + {_DAY}", "d.second",
     "jsonb_build_object(" + _clocks(f"d.accepted + {_DAY}", f"d.accepted + {_FOUR} + {_DAY}",
                                     _STARTED.format(f"d.accepted + {_DAY}")) + ")"),
    ("d.fate = 'reworked'", 11, "departed", f"d.departed + {_DAY}", "d.second", "'{}'::jsonb"),
    ("d.fate = 'reworked'", 12, "arrived", f"d.arrived + {_DAY}", "d.second", "'{}'::jsonb"),
    ("d.fate = 'reworked'", 13, "completed", f"d.done + {_DAY}", "d.second", _DONE.format(f"d.done + {_DAY}")),
    ("d.fate = 'reworked'", 14, "called_back", f"d.done + {_DAY} + interval '1 hour'", "NULL::uuid",
     _SAID.format(f"d.done + {_DAY} + interval '1 hour'", 1, "true", "true", "'[]'::jsonb")),
    ("d.fate = 'reworked'", 15, "closed", f"d.done + {_DAY} + interval '2 hours'", "NULL::uuid",
     "jsonb_build_object('outcome', 'satisfied')"),
)  # fmt: skip
_EVENTS = """
INSERT INTO order_events (id, order_id, sequence, type, actor_role, technician_id, occurred_at, received_at, point,
                          data)
SELECT pg_temp.at(at, i * 16 + sequence), order_id, sequence, type, CASE WHEN technician_id IS NULL THEN 'agent'
       WHEN type IN ('dispatched', 'rework_dispatched') THEN 'system' ELSE 'technician' END, technician_id, at, at,
       point, data
FROM ({stories}) story WHERE i > %(after)s AND i <= %(upto)s ORDER BY story.at
"""
_SENTENCES = ", ".join(f"'{one}'" for one in SAID)
_NOTE = f"""CASE WHEN d.spoken < 0.05 THEN (ARRAY[{_SENTENCES}])[1 + floor(d.sentence * {len(SAID)})::int]
                  || CASE WHEN d.spoken < 0.01 THEN '，' || (SELECT name FROM technicians WHERE id = d.technician)
                          WHEN d.spoken < 0.012 THEN ' 1380013' || lpad((d.i % 10000)::text, 4, '0') ELSE '' END
             END"""
_CALLS = f"""
INSERT INTO callback_attempts (id, order_id, number, round, at, period, reached, solved, satisfaction, reasons, answers,
                               note)
SELECT pg_temp.at(at, i * 2 + n), id, n + 1, n, at, 'afternoon', 'answered', solved, satisfaction, reasons, '{{}}', note
FROM (
    SELECT {_NOTE} AS note, d.i, 0 AS n, d.id, d.done + interval '1 hour' AS at, d.fate = 'closed' AS solved,
           CASE WHEN d.fate = 'reworked' THEN 'dissatisfied' ELSE replace(d.said, 'dissatisfied', 'satisfied') END
               AS satisfaction,
           CASE WHEN d.fate = 'reworked' THEN jsonb_build_array(d.reason) ELSE '[]' END AS reasons
    FROM drawn d WHERE d.fate IN ('closed', 'reworked')
    UNION ALL
    SELECT NULL, d.i, 1, d.id, d.done + interval '1 day 1 hour', true, 'satisfied', '[]' FROM drawn d
    WHERE d.fate = 'reworked') said
ORDER BY said.at
"""
_CHECKS = """
INSERT INTO inspections (id, order_id, technician_id, passed, findings, at)
SELECT pg_temp.at(d.done, d.i), d.id, d.technician, d.passed, '[]', d.done + interval '1 day'
FROM drawn d WHERE d.checked AND d.fate = 'closed' ORDER BY d.i
"""


def _stories() -> str:
    return " UNION ALL ".join(
        f"SELECT d.i, d.id AS order_id, {place} AS sequence, '{kind}' AS type, {at} AS at, {who} AS technician_id, "
        + ("ST_Translate(d.point, d.off, 0)" if kind == "arrived" else "NULL::geometry")
        + f" AS point, {data} AS data FROM drawn d WHERE {where}"
        for where, place, kind, at, who, data in _STEPS
    )


@dataclass(frozen=True, slots=True)
class Made:
    """How many rows were made, and how long that took."""

    orders: int
    events: int
    seconds: float


def fill(connection: psycopg.Connection[tuple[object, ...]], area_id: UUID, orders: int) -> Made:
    """Fill an empty area with people and `orders` orders of a year. The connection is the tables' owner's."""
    began = time.monotonic()
    values = {
        "area": area_id, "orders": orders, "first": FIRST, "days": (LAST - FIRST).days, "now": NOW,
    }  # fmt: skip
    with connection.transaction():
        # As a bulk load does: no triggers and no foreign keys a row, indexes afterwards, all in one transaction.
        connection.execute("SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '1GB'")
        connection.execute("SET LOCAL work_mem = '512MB'; SET LOCAL synchronous_commit = off")
        # Roles and rights of the area are long there; people are few enough for the usual way.
        for statement in _PEOPLE.split(";\n"):
            if statement.strip():
                connection.execute(statement, values)
        dropped = _without_indexes(connection)
        for statement in _HELPERS.split(";\n"):
            if statement.strip():
                connection.execute(statement, values if "%(" in statement else None)
        connection.execute(_DRAWN, values)
        connection.execute("CREATE UNIQUE INDEX ON drawn (i)")
        connection.execute("ANALYZE drawn")
        connection.execute(_ORDERS, values)
        step = 50_000
        events = 0
        for after in range(0, orders, step):
            asked = {"after": after, "upto": min(orders, after + step)}
            events += connection.execute(_EVENTS.format(stories=_stories()), asked).rowcount
        connection.execute(_CALLS)
        connection.execute(_CHECKS)
        for statement in dropped:
            connection.execute(statement)
    connection.execute("VACUUM ANALYZE " + ", ".join(_BUSY))
    connection.execute("ANALYZE")
    return Made(orders, events, time.monotonic() - began)


def _without_indexes(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Drop what is quicker made afterwards; returns the statements that make it again."""
    found = connection.execute(
        """
        SELECT 'constraint', c.relname, con.conname, pg_get_constraintdef(con.oid)
        FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid
        WHERE c.relname = ANY (%(busy)s) AND con.contype = 'u'
          AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = con.conindid)
        UNION ALL
        SELECT 'index', c.relname, i.relname, pg_get_indexdef(x.indexrelid)
        FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
        WHERE c.relname = ANY (%(busy)s)
          AND NOT EXISTS (SELECT FROM pg_constraint con WHERE con.conindid = x.indexrelid)
        """,
        {"busy": list(_BUSY)},
    ).fetchall()
    again = []
    for kind, table, name, definition in found:
        if kind == "constraint":
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        else:
            connection.execute(f'DROP INDEX "{name}"')
            again.append(str(definition))
    return again
