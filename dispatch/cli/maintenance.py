"""`backup`, `restore`: the whole database in one file, photos and road data included. `mend`: what cannot be read."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import rich_click as click

from dispatch.cli import main
from dispatch.cli.runtime import Runtime, command, failing_in_words, progress, show
from kit.errors import Conflict, Invalid
from kit.processes.private import PRIVATE_FILE
from kit.settings import settings

# Extensions belong to the server and are there before a restore; PostGIS fills its own table. The feed counts the old
# server's transactions, which mean nothing on another: pages begin to watch anew.
LEFT_TO_THE_SERVER = (" EXTENSION ", " COMMENT - EXTENSION", " spatial_ref_sys ", " TABLE DATA public feed ")

_ANY_TABLE = """
SELECT EXISTS (
    SELECT FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
)
"""
"""Whether there is a table that no extension brought."""


def _environment(url: str) -> dict[str, str]:
    """The address for PostgreSQL's programs; the password never stands on a command line."""
    from sqlalchemy.engine import make_url

    from kit.postgres.url import libpq_url

    address = make_url(libpq_url(url))
    parts = {
        "PGHOST": address.host or str(address.query.get("host", "")),
        "PGPORT": str(address.port or ""),
        "PGUSER": address.username or "",
        "PGPASSWORD": str(address.password or ""),
        "PGDATABASE": address.database or "",
    }
    return {**os.environ, **{name: value for name, value in parts.items() if value}}


def _run(argv: list[str], url: str) -> str:
    done = subprocess.run(argv, env=_environment(url), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise Invalid("backup.program_failed", program=Path(argv[0]).name, detail=done.stderr.strip()[-600:])
    return done.stdout


def dump_database(url: str, file: Path) -> int:
    """Write the whole database to `file` (PostgreSQL's custom format), whole or not at all; returns its bytes."""
    from kit.postgres.programs import find_programs

    if not file.resolve().parent.is_dir():
        raise Invalid("backup.no_folder", folder=str(file.resolve().parent))
    partial = file.with_name(file.name + ".partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))  # pg_dump keeps the mode it finds
    try:
        _run([find_programs()["pg_dump"], "--format=custom", "--no-owner", "--no-privileges", f"--file={partial}"], url)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return file.stat().st_size


def restore_database(url: str, file: Path) -> None:
    """Fill an empty database from `file`. Raises `Conflict` when it is not empty, `Invalid` when it is no backup."""
    import psycopg
    from sqlalchemy.engine import make_url

    from dispatch import migrate
    from kit.postgres.programs import find_programs
    from kit.postgres.url import libpq_url

    if not file.is_file():
        raise Invalid("backup.no_file", file=str(file))
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        found = connection.execute(_ANY_TABLE).fetchone()
    if found is not None and found[0]:
        raise Conflict("backup.not_empty")
    program = find_programs()["pg_restore"]
    listing = _run([program, "--list", str(file)], url)
    kept = [line for line in listing.splitlines() if not any(part in line for part in LEFT_TO_THE_SERVER)]
    with tempfile.NamedTemporaryFile("w", suffix=".list") as wanted:
        wanted.write("\n".join(kept))
        wanted.flush()
        _run(
            [program, "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
             f"--use-list={wanted.name}", f"--dbname={make_url(libpq_url(url)).database}", str(file)],
            url,
        )  # fmt: skip
    migrate.upgrade(url)


@command(main, "backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
async def backup(runtime: Runtime, file: Path) -> None:
    """Write everything (orders, photos, road data, accounts) to FILE, while the system runs."""
    with progress("Backing up") as advance:
        advance("writing", 0.3)
        size = await asyncio.to_thread(dump_database, runtime.url, file)
    show(
        runtime,
        {"file": str(file), "bytes": size},
        lambda: [f"Everything is in {file} ({size / 1e6:.1f} MB). Restore it with: grid-dispatch restore {file}"],
    )


@main.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, logs on stderr.")
def restore(file: Path, as_json: bool) -> None:
    """Fill an empty installation (a new $GRID_DISPATCH_HOME, or an empty DATABASE_URL) from FILE."""
    from dispatch import roles
    from kit.postgres.embedded import EmbeddedPostgres

    chosen = settings()
    with failing_in_words(as_json):
        if chosen.database_url:
            owner_url = chosen.owner_database_url or chosen.database_url
            restore_database(owner_url, file)
            roles.prepare(owner_url, chosen.database_url)
        else:
            private = EmbeddedPostgres(chosen.data_home)
            with private.use() as owner_url:
                restore_database(owner_url, file)
                roles.prepare(owner_url, private.program_url())
    if as_json:
        sys.stdout.write('{"restored": true}\n')
    else:
        click.echo(f"Restored from {file}. Start it with: grid-dispatch up")


@command(main, "mend")
@click.option("--apply", "apply", is_flag=True, help="Change them; without it they are only listed.")
async def mend(runtime: Runtime, apply: bool) -> int:
    """Find stored moments and dates outside 1970 to 2099, which stop every list that meets them, and bring them inside.

    Old values stay in the table mended_values. Exit 1 while something impossible is stored.
    """
    from dispatch.cli.runtime import language
    from dispatch.mending.mend import mend as mend_values
    from kit.i18n import text
    from kit.postgres.embedded import EmbeddedPostgres

    chosen = settings()
    if chosen.database_url:
        owner_url = chosen.owner_database_url or chosen.database_url
    else:
        owner_url = EmbeddedPostgres(chosen.data_home).ensure_started()  # it runs: `runtime` holds it
    found = await asyncio.to_thread(mend_values, owner_url, apply=apply)

    def lines() -> list[str]:
        said = []
        for one in found.wrong:
            key = "mend.mended" if one.mended else "mend.refused" if one.refused_by else "mend.found"
            row = ", ".join(f"{name} {value}" for name, value in one.key.items())
            becomes = one.becomes if one.becomes is not None else text("mend.nothing", language())
            said.append(
                text(
                    key, language(), table=one.table, column=one.column, row=row, was=_short(one.was),
                    becomes=_short(becomes), constraint=one.refused_by,
                )
            )  # fmt: skip
        if found.checks_restored:
            said.append(text("mend.checks", language(), count=len(found.checks_restored)))
        if not found.wrong:
            said.append(text("mend.fine", language()))
        elif not apply:
            said.append(text("mend.apply", language(), count=len(found.wrong)))
        return said

    show(runtime, found, lines)
    return 0 if found.is_fine else 1


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "…"
