"""`make check`: an empty database brought to the newest schema has exactly what the models make, also in checks.

Alembic's own comparison does not see checks (so also no new member of an enum), exclusions, triggers and functions.
"""

from __future__ import annotations

import asyncio
import re
import sys

import psycopg
from alembic.util import CommandError

from dispatch import migrate
from tests import metadata_schema
from tests.databases import TestCluster, running_cluster

# Each row is one fact about the schema, as text; both databases must tell the same facts.
FACTS = """
SELECT format('column %s.%s %s%s default %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN ' not null' ELSE '' END, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v')
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT format('constraint %s on %s: %s', conname, conrelid::regclass, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT format('trigger %s', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT format('function %s', pg_get_functiondef(p.oid)) FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
"""
OURS_ONLY = "alembic_version"
_SPELLING = re.compile(r"::(character varying|text)(\[\])?|[()]")


def facts(connection: psycopg.Connection[tuple[object, ...]]) -> set[str]:
    """Everything the catalog says about our schema, but for casts and brackets, which a dump and a restore respell."""
    told = {str(row[0]) for row in connection.execute(FACTS.encode())}
    return {_SPELLING.sub("", fact) for fact in told if OURS_ONLY not in fact}


def differences(cluster: TestCluster) -> list[str]:
    """What only the migrations or only the models make, one line each."""
    migrated, modelled = cluster.clone("template1"), cluster.clone("template1")
    try:
        migrate.upgrade(cluster.url(migrated))
        asyncio.run(metadata_schema.main(cluster.url(modelled)))
        with cluster.connect(migrated) as left, cluster.connect(modelled) as right:
            from_migrations, from_models = facts(left), facts(right)
        lines = [f"only in the migrations: {fact}" for fact in sorted(from_migrations - from_models)]
        lines += [f"only in the models: {fact}" for fact in sorted(from_models - from_migrations)]
        if not lines:
            migrate.check(cluster.url(migrated))
    except CommandError as difference:
        return [str(difference)[:3000]]
    finally:
        cluster.drop(migrated)
        cluster.drop(modelled)
    return lines


def main() -> int:
    """0 when they agree; else 1, after saying what differs."""
    with running_cluster() as cluster:
        found = differences(cluster)
    for line in found[:40]:
        print(line, file=sys.stderr)
    if found:
        print("Make a revision that brings the schema to the models (CONTRIBUTING.md).", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
