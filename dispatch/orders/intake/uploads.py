"""Files of orders sent over HTTP: kept, registered, and taken by a background job."""

from __future__ import annotations

import asyncio
import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.intake import repository
from dispatch.orders.intake.importing import check_area, import_orders, run_settings
from dispatch.orders.intake.models import ImportRun, ImportStatus
from dispatch.orders.intake.rows.mapping import Mapping, load_mapping, mapping_from, parse_mapping, shipped_names
from grids.access import require_whole_area
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.clock import real_now
from kit.db import Database
from kit.errors import Invalid, NotFound, Problem
from kit.explaining import plain
from kit.ids import uuid7
from kit.jobs import FILES, defer
from kit.live import announce
from kit.postgres.blobs import copy_blob_to, put_blob

log = structlog.get_logger()
JOB = "orders.import"


def read_mapping(given: str) -> Mapping:
    """A shipped mapping by its name, or a mapping's own text. Raises `Invalid` (`mapping.*`)."""
    name = given.strip()
    return load_mapping(name) if name in shipped_names() else parse_mapping(given)


async def register(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    content: bytes,
    filename: str,
    mapping: Mapping,
    *,
    label_column: str | None = None,
    onto: date | None = None,
    strict: bool = False,
) -> ImportRun:
    """Keep a file and queue its import in the same transaction; a run of the same file that was cut short goes on."""
    actor.require(Role.ADMINISTRATOR, Role.DISPATCHER)
    actor.require_area(area.id)
    if not content.strip():
        raise Invalid("file.empty", field="file", file=filename)
    check_area(area, mapping, onto)
    settings = {**run_settings(mapping, label_column, onto), "strict": strict}
    sha256 = await put_blob(session, content)
    run = await repository.unfinished_run(session, area.id, sha256, settings)
    if run is None:
        run = ImportRun(area_id=area.id, filename=Path(filename).name[:200], sha256=sha256, mapping=settings, counts={})
        session.add(run)
        await session.flush()
    await defer(session, JOB, queueing_lock=f"{JOB} {run.id}", lock=f"{JOB} {area.id}", queue=FILES, run_id=str(run.id))
    await announce(session, area.id, "import", run.id)
    return run


async def carry_out(database: Database, run_id: UUID) -> None:
    """Take a registered file; what is wrong with it is kept with the run. May run twice: the second goes on or ends."""
    async with database.transaction() as session:
        run = await session.get(ImportRun, run_id)
        if run is None or run.status is not ImportStatus.RUNNING:
            return
        area = await area_by_id(session, run.area_id)
    with tempfile.TemporaryDirectory(prefix="grid-dispatch-import-") as folder:
        path = Path(folder) / f"orders{_kind_of(run.filename)}"
        settings: dict[str, Any] = run.mapping
        onto = settings.get("onto")
        try:
            async with database.transaction() as session:
                await copy_blob_to(session, run.sha256, path)
            await import_orders(
                database, area, path, mapping_from(settings["mapping"]), label_column=settings.get("labelColumn"),
                onto=date.fromisoformat(onto) if onto else None, strict=bool(settings.get("strict")), run_id=run.id,
            )  # fmt: skip
        except Problem as problem:
            if "file" in problem.params:
                problem.params["file"] = run.filename  # as its sender called it
            await _failed(database, run_id, problem)
        except OperationalError:
            raise  # the database went away: the job is tried again, and the run goes on where it was
        except Exception as error:
            reference = uuid7().hex[-12:]
            log.error("import.unexpected", run=str(run_id), reference=reference, exc_info=error)
            await _failed(database, run_id, Invalid("import.unexpected", reference=reference))
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)


def _kind_of(filename: str | None) -> str:
    """The ending of a client's file name where it is a plain one. The name itself never becomes a path of ours."""
    ending = Path(filename or "").suffix.lower()
    return ending if re.fullmatch(r"\.[a-z]{1,8}", ending) else ".csv"


async def _failed(database: Database, run_id: UUID, problem: Problem) -> None:
    async with database.transaction() as session:
        run = await repository.locked_run(session, run_id)
        if run is None:
            return
        error = {"code": problem.code, "params": plain(problem.params)}
        await repository.save_counts(session, run_id, {**run.counts, "error": error}, ImportStatus.FAILED, real_now())
        await announce(session, run.area_id, "import", run_id)


async def queue_the_forgotten(session: AsyncSession) -> int:
    """Queue uploaded files whose job is gone though their run is not over (the database was away too long for it)."""
    forgotten = await repository.runs_without_a_job(session, JOB)
    for run in forgotten:
        await defer(
            session, JOB, queueing_lock=f"{JOB} {run.id}", lock=f"{JOB} {run.area_id}", queue=FILES, run_id=str(run.id)
        )
    return len(forgotten)


async def seen(session: AsyncSession, actor: Actor, run_id: UUID) -> ImportRun:
    """A run the actor may see. Raises `NotFound`."""
    actor.require(Role.ADMINISTRATOR, Role.DISPATCHER)
    run = await repository.run_seen_by(session, actor, run_id)
    if run is None:
        raise NotFound("import.not_found")
    await require_whole_area(session, actor, run.area_id)
    return run
