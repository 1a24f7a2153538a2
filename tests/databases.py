"""The test databases: one private cluster for all runs of this checkout, a template with the schema, clones of it.

A test that asks for a fresh database gets a clone, or one that was emptied after another test (`database_reuse`).

The template's name carries a hash of the schema's sources, so it is built once and reused until a source changes.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url

from kit.db import Database
from kit.postgres.embedded import EmbeddedPostgres
from tests import database_reuse as reuse
from tests.database_reuse import Fresh

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".data" / "test"
_KEPT_TEMPLATES = 16


class TestCluster:
    """A running cluster in which databases come and go quickly.

    Args:
        url: any database of the cluster, of a role that may create databases.
        admin_url: the superuser's libpq address, since only that may end the server's own workers in a database.
        program_url: any database, as the role that web and worker have.
    """

    __test__ = False

    def __init__(self, url: str, admin_url: str, program_url: str) -> None:
        self._url = make_url(url)
        self._program_url = make_url(program_url)
        self._admin_url = admin_url
        self._numbers = itertools.count(1)
        self._idle: dict[str, list[tuple[str, Fresh]]] = {}
        self._lent: dict[str, tuple[str, Fresh]] = {}

    def url(self, database: str) -> str:
        """The address of one database, in the form `kit.db.Database` takes."""
        return self._url.set(database=database).render_as_string(hide_password=False)

    def program_url(self, database: str) -> str:
        """The address of one database as web and worker have it (`dispatch.roles`)."""
        return self._program_url.set(database=database).render_as_string(hide_password=False)

    def admin_url(self, database: str) -> str:
        """The libpq address of one database as the superuser."""
        return make_url(self._admin_url).set(database=database).render_as_string(hide_password=False)

    def connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """A plain autocommitting connection."""
        libpq = make_url(self.url(database)).set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(libpq, autocommit=True)

    def template(self, key: str, build: Callable[[str], None], *, base: str | None = None) -> str:
        """The name of a template database, built by `build(url)` once per `key` and kept between runs.

        For whatever is dear to make and only read or cloned afterwards: the schema, an imported city. `key` must change
        when what `build` makes would change (`sources_hash`).
        """
        name = f"tpl_{hashlib.sha256(key.encode()).hexdigest()[:20]}"
        with file_lock(f"{name}.lock"):  # the other worker may build another one meanwhile
            if not self._exists(name):
                draft = f"draft_{name}"
                self.drop(draft)
                self.create(draft, base or "template1")
                try:
                    build(self.url(draft))
                    with self.connect("postgres") as admin:
                        admin.execute(
                            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                                sql.Identifier(draft), sql.Identifier(name)
                            )
                        )
                finally:
                    self.drop(draft)
                with file_lock("templates.lock"):
                    self._drop_old_templates()
        return name

    def clone(self, template: str) -> str:
        """A new database with the template's content; returns its name. It goes with `drop`, or when we are gone."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.drop(name)
        self.create(name, template)
        return name

    def lend(self, template: str) -> str:
        """The name of a database like `template`, which has few rows, for `take_back`.

        Copying a thousand files costs more than most tests: a database that was taken back is lent again.
        """
        idle = self._idle.setdefault(template, [])
        name, fresh = idle.pop() if idle else self._measured(self.clone(template))
        self._lent[name] = template, fresh
        return name

    def take_back(self, name: str) -> None:
        """Make a lent database what it was, for the next test, or drop it where its schema is another one now."""
        template, fresh = self._lent.pop(name)
        with psycopg.connect(self.admin_url(name), autocommit=True) as admin:
            again = reuse.bring_back(admin, fresh)
        if again:
            self._idle[template].append((name, fresh))
        else:
            self.drop(name)

    def drop_idle(self) -> None:
        """Remove what waits to be lent again."""
        for idle in self._idle.values():
            while idle:
                self.drop(idle.pop()[0])

    def _measured(self, name: str) -> tuple[str, Fresh]:
        with psycopg.connect(self.admin_url(name), autocommit=True) as admin:
            return name, reuse.fresh_of(admin)

    def create(self, name: str, template: str) -> None:
        """CREATE DATABASE … TEMPLATE, by copying files, which is the fast way where nothing need survive a crash."""
        with self.connect("postgres") as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}").format(
                    sql.Identifier(name), sql.Identifier(template), sql.Identifier("file_copy")
                )
            )

    def drop(self, name: str) -> None:
        """Remove a database and whoever is still connected to it."""
        with psycopg.connect(self._admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def drop_orphans(self) -> None:
        """Remove the databases of test runs that were killed."""
        with self.connect("postgres") as admin:
            names = [str(row[0]) for row in admin.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_'")]
        for name in names:
            if not Path(f"/proc/{name.split('_')[1]}").exists():
                self.drop(name)

    def _exists(self, name: str) -> bool:
        with self.connect("postgres") as admin:
            return admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    def _drop_old_templates(self) -> None:
        with self.connect("postgres") as admin:
            names = admin.execute(
                "SELECT datname FROM pg_database WHERE datname ~ '^tpl_' ORDER BY oid DESC"
            ).fetchall()
        for (name,) in names[_KEPT_TEMPLATES:]:
            self.drop(str(name))


async def somebody_waits(database: Database) -> None:
    """Wait until a connection of this database stands before a lock that another one holds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    deadline = time.monotonic() + 60
    while True:
        async with database.transaction() as session:
            if (await session.execute(text(waiting))).scalar_one():
                return
        assert time.monotonic() < deadline, "nobody waits for a lock"
        await asyncio.sleep(0.01)  # the server tells nobody of it


@contextmanager
def file_lock(name: str) -> Iterator[None]:
    """One process of this checkout at a time."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / name).open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def running_cluster() -> Iterator[TestCluster]:
    """The cluster of this checkout's tests; the last run that leaves stops it."""
    private = EmbeddedPostgres(HOME, durable=False)
    with private.use() as url:
        cluster = TestCluster(url, private.admin_url(), private.program_url())
        with file_lock("templates.lock"):
            cluster.drop_orphans()
        try:
            yield cluster
        finally:
            cluster.drop_idle()


def sources_hash(*patterns: str) -> str:
    """A digest of the files of the repository that match the patterns: a key for `TestCluster.template`."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def schema_key() -> str:
    """Changes whenever the schema may have changed."""
    return sources_hash(
        "dispatch/migrations/**/*.py",
        "dispatch/migrate.py",
        "kit/**/*.py",
        "*/models.py",
        "dispatch/**/models.py",
        "dispatch/**/models/*.py",
        "dispatch/orders/enums.py",
        "dispatch/tables.py",
    )


def build_schema(url: str) -> None:
    """Give an empty database the newest schema."""
    # Until the first release the revision is rewritten from the models now and then; a test follows the models at once.
    if (ROOT / "tests" / "migrations" / "make_first_revision.py").exists():
        _run_on(url, "-m", "tests.metadata_schema")
    else:
        migrate_in_a_process(url)


def migrate_in_a_process(url: str) -> None:
    """Bring a database to the newest schema exactly as an operator does."""
    _run_on(url, "-c", "import os; from dispatch.migrate import upgrade; upgrade(os.environ['DATABASE_URL'])")


def _run_on(url: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the schema could not be built:\n{done.stdout}\n{done.stderr}")
