"""`make check`: an empty database brought to the newest schema has exactly the tables of the models."""

from __future__ import annotations

import sys

from alembic.util import CommandError

from dispatch import migrate
from tests.databases import running_cluster


def main() -> int:
    """0 when they agree; else 1, after alembic said what differs."""
    with running_cluster() as cluster:
        name = cluster.clone("template1")
        try:
            migrate.upgrade(cluster.url(name))
            migrate.check(cluster.url(name))
        except CommandError as difference:
            print(f"{str(difference)[:3000]}\nMake a revision that brings the schema to the models.", file=sys.stderr)
            return 1
        finally:
            cluster.drop(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
