"""Bringing a database back after a test, so that the next one finds it as a fresh clone: for templates with few rows.

Only where the schema is still what it was: a test that changed it (tables, columns, triggers, rights, functions) leaves
a database that is not used again.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

type Shape = tuple[object, ...]
"""What a schema is, to be compared: of every system table how many rows it has and which transaction last wrote one."""


@dataclass(frozen=True)
class Fresh:
    """What a fresh clone is: its schema, the rows of each table in COPY's binary form, where its sequences stand."""

    shape: Shape
    rows: dict[str, bytes]
    numbers: dict[str, int]


Connection = psycopg.Connection[tuple[object, ...]]
_FIRST_OF_USERS = 16384
"""Object ids from here on are not the server's own."""
_UNTOUCHED_BY_ROWS = (
    "pg_attrdef", "pg_attribute", "pg_cast", "pg_collation", "pg_constraint", "pg_db_role_setting", "pg_default_acl",
    "pg_event_trigger", "pg_extension", "pg_index", "pg_inherits", "pg_language", "pg_largeobject_metadata",
    "pg_namespace", "pg_operator", "pg_policy", "pg_proc", "pg_publication", "pg_rewrite", "pg_statistic_ext",
    "pg_trigger", "pg_type",
)  # fmt: skip
"""System tables that reading and writing rows, and TRUNCATE, leave alone."""
_SHARED = {
    "pg_db_role_setting": " WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
}
_ROWS_OF_EXTENSIONS = ("spatial_ref_sys",)
"""Tables with rows from the start; no test of ours may write there."""
_SHAPE = " UNION ALL ".join(
    f"SELECT '{name}', count(*), coalesce(max(xmin::text::bigint), 0)::text FROM {name}{_SHARED.get(name, '')}"
    for name in _UNTOUCHED_BY_ROWS
)
# TRUNCATE writes the row of the table it empties, so of this one the columns are compared.
_RELATIONS = f"""
SELECT 'pg_class', count(*), md5(string_agg(concat_ws(' ', oid, relname, relkind, relowner, relnatts, relacl,
    reloptions, relrowsecurity, relforcerowsecurity, relreplident, relispartition, relhastriggers), ',' ORDER BY oid))
FROM pg_class WHERE oid >= {_FIRST_OF_USERS}
UNION ALL
SELECT relname, n_tup_ins + n_tup_upd + n_tup_del, '' FROM pg_stat_user_tables WHERE relname = ANY(%(given)s)
"""
_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_WRITTEN = f"""
SELECT oid::regclass::text FROM pg_class
WHERE oid >= {_FIRST_OF_USERS} AND relkind = 'r' AND relname <> ALL(%(given)s) AND pg_relation_size(oid) > 0
"""
_ADVANCED = """
SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences WHERE last_value IS NOT NULL
"""
# Autovacuum may have looked at it meanwhile: what it found is not true any more.
_FORGET = f"""
DELETE FROM pg_statistic WHERE starelid >= {_FIRST_OF_USERS} AND starelid <> ALL(%(given)s::regclass[])
"""


def shape_of(admin: Connection) -> Shape:
    """What the schema of this database is."""
    given = {"given": list(_ROWS_OF_EXTENSIONS)}
    return *admin.execute(_SHAPE).fetchall(), *admin.execute(_RELATIONS, given).fetchall()


def fresh_of(admin: Connection) -> Fresh:
    """What there is to be brought back in this clone, which nobody had yet."""
    return Fresh(
        shape_of(admin),
        {name: _copied(admin, name) for name in _written(admin)},
        {str(name): int(str(number)) for name, number in admin.execute(_ADVANCED).fetchall()},
    )


def bring_back(admin: Connection, fresh: Fresh) -> bool:
    """Send everybody else away and make the rows what they were; False where that is not the same database then."""
    if not all(gone for (gone,) in admin.execute(_OTHERS).fetchall()) or shape_of(admin) != fresh.shape:
        return False
    admin.execute("SET session_replication_role = replica")  # without the triggers that keep what may not be lost
    written = _written(admin)
    with admin.transaction():
        if written:
            admin.execute(_text("TRUNCATE " + ", ".join(written) + " RESTART IDENTITY CASCADE"))
        for name, _ in admin.execute(_ADVANCED).fetchall():
            admin.execute(_text(f"ALTER SEQUENCE {name} RESTART"))
        for name, rows in fresh.rows.items():
            with admin.cursor() as cursor, cursor.copy(_text(f"COPY {name} FROM STDIN (FORMAT binary)")) as copy:
                copy.write(rows)
        for name, number in fresh.numbers.items():
            admin.execute("SELECT setval(%s, %s)", [name, number])
        admin.execute(_FORGET, {"given": list(_ROWS_OF_EXTENSIONS)})
    return shape_of(admin) == fresh.shape


def _written(admin: Connection) -> list[str]:
    found = admin.execute(_WRITTEN, {"given": list(_ROWS_OF_EXTENSIONS)})
    return [str(name) for (name,) in found.fetchall()]


def _copied(admin: Connection, table: str) -> bytes:
    with admin.cursor() as cursor, cursor.copy(_text(f"COPY {table} TO STDOUT (FORMAT binary)")) as copy:
        return b"".join(bytes(piece) for piece in copy)


def _text(words: str) -> sql.SQL:
    return sql.SQL(words)  # type: ignore[arg-type]
