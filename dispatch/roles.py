"""Two roles of the database: one owns the tables and migrates, the other is what web and worker work as.

The second can read and write what the product reads and writes, and no more: it cannot change or delete events, nor
touch the triggers that keep them, nor write what `undo_import` recorded.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from dispatch import migrate
from kit.postgres.url import libpq_url

RIGHTS: dict[str, str] = {
    "order_events": "SELECT, INSERT",
    "unmaskings": "SELECT, INSERT",
    "ledger_entries": "SELECT, INSERT",
    "rulings": "SELECT, INSERT",
    "outage_events": "SELECT, INSERT",
    "complaint_events": "SELECT, INSERT",
    "decision_events": "SELECT, INSERT",
    "orders": "SELECT, INSERT, UPDATE",
    "removed_orders": "SELECT",
    "mended_values": "SELECT",
    "alembic_version": "SELECT",
}
"""What the program may do with tables that are not as all others."""
_USUAL = "SELECT, INSERT, UPDATE, DELETE"
_FUNCTIONS = ("undo_import(uuid, uuid)", "refresh_statistics(text[])")
"""Work with the owner's rights, so nobody else may call them."""

_TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
AND pg_has_role(current_user, relowner, 'USAGE')
"""
_GRANTED = """
SELECT coalesce(bool_and(has_table_privilege(%(role)s, c.oid, 'SELECT')), false)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""
_MIGHTY = """
SELECT rolsuper OR EXISTS (
    SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = 'order_events'
    AND pg_has_role(current_user, c.relowner, 'USAGE'))
FROM pg_roles WHERE rolname = current_user
"""


def prepare(owner_url: str, program_url: str) -> None:
    """Bring the database to the newest schema as its owner, and give the program's role its rights.

    Both addresses may be of one role, which then may do everything (`owns_tables`).
    """
    if not migrate.is_current(owner_url):
        migrate.upgrade(owner_url)
    role = role_of(program_url)
    if role == role_of(owner_url):
        return
    with psycopg.connect(libpq_url(owner_url)) as connection:
        granted = connection.execute(_GRANTED, {"role": role}).fetchone()
        if granted is None or not granted[0]:
            grant(connection, role)


def grant(connection: psycopg.Connection[tuple[object, ...]], role: str) -> None:
    """Give a role what web and worker need, and take away the rest; may be repeated."""
    to = sql.Identifier(role)
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(to))
    for (name,) in connection.execute(_TABLES).fetchall():
        table, rights = sql.Identifier("public", str(name)), sql.SQL(RIGHTS.get(str(name), _USUAL))
        connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(table, to))
        connection.execute(sql.SQL("GRANT {} ON {} TO {}").format(rights, table, to))
    connection.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(to))
    for function in _FUNCTIONS:
        signature = sql.SQL(function)
        connection.execute(sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(signature))
        connection.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(signature, to))


def owns_tables(url: str) -> bool:
    """Whether the role of an address could drop what keeps events: it owns the tables, or is a superuser."""
    with psycopg.connect(libpq_url(url)) as connection:
        mighty = connection.execute(_MIGHTY).fetchone()
    return mighty is None or bool(mighty[0])


def role_of(url: str) -> str:
    """The role that an address signs in as; empty where it leaves that to the system."""
    return str(psycopg.conninfo.conninfo_to_dict(libpq_url(url)).get("user") or "")
