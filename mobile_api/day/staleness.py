"""What makes a kept route old: triggers on everything it shows, so that no code path can forget to say so.

Each writes a row of `route_stale` for the technicians concerned, in the transaction of the change: it is there when the
change is, and gone when it is rolled back. Rows are only added, so two changes never wait for each other. A change of
an area's rules or clock concerns everybody there. Migrations execute the same statements.
"""

from __future__ import annotations

CHANNEL = "grid_dispatch_routes"
"""Woken when a transaction that wrote into `route_stale` commits."""

_TELL = f"PERFORM pg_notify('{CHANNEL}', '');"

_PEOPLE = "SELECT DISTINCT r.{column} FROM {rows} r WHERE r.{column} IS NOT NULL"
_OF_AREA = "SELECT t.id FROM technicians t WHERE EXISTS (SELECT FROM {rows} r WHERE {where})"
_BOTH = "(SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows)"


def _function(name: str, people: str) -> tuple[str, ...]:
    """One function an operation: a trigger knows only the rows that its operation has."""
    sources = {"insert": "new_rows", "delete": "old_rows", "update": _BOTH}
    return tuple(
        f"""
CREATE OR REPLACE FUNCTION {name}_{operation}() RETURNS trigger
LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO route_stale (technician_id) {people.replace("{rows}", rows)};
    IF FOUND THEN
        {_TELL}
    END IF;
    RETURN NULL;
END
$body$"""
        for operation, rows in sources.items()
    )


def _triggers(name: str, table: str, operations: tuple[str, ...] = ("insert", "update", "delete")) -> tuple[str, ...]:
    seen = {
        "insert": "REFERENCING NEW TABLE AS new_rows",
        "delete": "REFERENCING OLD TABLE AS old_rows",
        "update": "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows",
    }
    return tuple(
        f"""
CREATE TRIGGER {name}_{operation} AFTER {operation.upper()} ON {table}
{seen[operation]} FOR EACH STATEMENT EXECUTE FUNCTION {name}_{operation}()"""
        for operation in operations
    )


def _watched(table: str, people: str) -> tuple[str, ...]:
    name = f"route_stale_{table}"
    return (*_function(name, people), *_triggers(name, table))


_ALL_OR_OWN = "r.area_id IS NULL OR r.area_id = t.area_id"
_WATCHED = {
    "orders": _PEOPLE.replace("{column}", "owner_id"),
    "visits": _PEOPLE.replace("{column}", "technician_id"),
    "technicians": _PEOPLE.replace("{column}", "id"),
    "roster_patterns": _PEOPLE.replace("{column}", "technician_id"),
    "shifts": _PEOPLE.replace("{column}", "technician_id"),
    "leaves": _PEOPLE.replace("{column}", "technician_id"),
    "phone_changes": _PEOPLE.replace("{column}", "technician_id"),
    "phone_offers": _PEOPLE.replace("{column}", "technician_id"),
    "position_consents": _PEOPLE.replace("{column}", "technician_id"),
    "subscribers": "SELECT DISTINCT o.owner_id FROM orders o JOIN {rows} r ON r.id = o.subscriber_id"
    " WHERE o.owner_id IS NOT NULL AND o.status NOT IN ('closed', 'cancelled', 'merged', 'completed')",
    "plans": _OF_AREA.replace("{where}", "r.area_id = t.area_id AND r.status IN ('published', 'superseded')"),
    "fault_types": _OF_AREA.replace("{where}", _ALL_OR_OWN),
    "fault_guides": _OF_AREA.replace("{where}", _ALL_OR_OWN),
    "map_packs": "SELECT t.id FROM technicians t JOIN city_maps m ON m.area_id = t.area_id"
    " WHERE EXISTS (SELECT FROM {rows} r WHERE r.map_id = m.id)",
    "service_areas": _OF_AREA.replace("{where}", "r.id = t.area_id"),
}
STALENESS: tuple[str, ...] = tuple(
    statement for table, people in _WATCHED.items() for statement in _watched(table, people)
)
