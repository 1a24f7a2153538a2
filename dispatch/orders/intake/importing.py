"""A file of orders brought in: looked over once, then taken batch by batch, each batch in a transaction of its own.

The run's counts and its position in the file are committed with every batch, so a killed import that is started again
goes on where it was and ends with the same totals. Importing the same file again finds every key with the same
fingerprint and changes nothing. What people did is never overwritten: a source that changed since is a conflict.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from itertools import batched
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.intake import repository
from dispatch.orders.intake.batches import Batch, BatchTaker
from dispatch.orders.intake.key_counter import KeyCounter
from dispatch.orders.intake.models import ImportRun, ImportStatus
from dispatch.orders.intake.placing.shared_points import SharedPoints
from dispatch.orders.intake.placing.wrong_system import fitting_systems, mostly_outside
from dispatch.orders.intake.results import Counts, GridAgreement, ImportResult, Rejected
from dispatch.orders.intake.rows.import_row import Incoming, Repeated, RowReader
from dispatch.orders.intake.rows.mapping import Mapping, mapping_as_dict
from dispatch.orders.intake.rows.reading import BadRow, Row, Source, open_source
from dispatch.policies.service import policy_at
from grids.access import require_whole_area
from grids.models import AreaKind, ServiceArea
from grids.repository import area_shape
from kit.actor import Actor, Role
from kit.clock import real_now
from kit.db import Database
from kit.errors import Conflict, Invalid, NotFound
from kit.i18n import text as sentence
from kit.live import announce

BATCH = 1000
LISTED = 10_000
"""So many rejections and conflicts are listed in the answer; all of them are kept in the database."""

Progress = Callable[[str, float], None]


async def import_orders(
    database: Database,
    area: ServiceArea,
    path: Path,
    mapping: Mapping,
    *,
    label_column: str | None = None,
    onto: date | None = None,
    dry_run: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    filename: str | None = None,
    run_id: UUID | None = None,
) -> ImportResult:
    """Bring a file of orders into an area.

    Args:
        label_column: a column with the true grid, compared with what the geometry says and used for nothing else.
        onto: lay all orders that lie in a grid on this local day, time of day kept; trial areas only.
        dry_run: count, and write nothing.
        strict: take nothing when one row is bad.
        progress: called with a phase and a fraction of 0 to 1.
        cancelled: asked between batches; a cancelled import can be started again or undone.
        run_id: a run registered before, for the job that carries it out.

    Raises:
        Conflict: cancelled, or another process carries the same import on.
        Invalid: the file, the mapping or the area cannot be used (`file.*`, `mapping.*`, `import.*`); nothing is
            written.
    """
    started = real_now()
    say = progress or (lambda _phase, _fraction: None)
    check_area(area, mapping, onto)
    with KeyCounter() as keys, SharedPoints() as shares:
        survey = await asyncio.to_thread(_survey, area, path, mapping, label_column, onto, strict, say, keys, shares)
        _refuse_bad_rows(survey)
        settings = run_settings(mapping, label_column, onto)
        run, counts, resumed = None, Counts(), False
        if not dry_run:
            run, counts, resumed = await _begin(database, area, survey.sha256, settings, filename or path.name, run_id)
        listed: list[tuple[str, Rejected]] = []
        try:
            rows = _incoming(survey.source, survey.reader, keys, skip=counts.rows)
            async with aclosing(_read_ahead(batched(rows, BATCH))) as chunks:
                async for chunk in chunks:
                    if cancelled is not None and cancelled():
                        raise Conflict("import.cancelled", rows=counts.rows)
                    batch = await _take(
                        database, area, survey.reader, shares, run.id if run else None, counts, chunk, dry_run
                    )
                    room = LISTED - len(listed)
                    listed += [(kind, _rejected(row)) for kind, row in batch.rejections[: max(0, room)]]
                    say("taking rows", counts.rows / max(1, survey.rows))
        except Invalid:
            if run is not None:
                await _end(database, run.id, counts, ImportStatus.FAILED)
            raise
    if run is not None:
        await _end(database, run.id, counts, ImportStatus.DONE, area)
        if resumed:
            listed = await _listed(database, run.id)
    seconds = (real_now() - started).total_seconds()
    result = _result(run.id if run else None, counts, listed, label_column is not None, dry_run, resumed, seconds)
    result.mostly_outside = mostly_outside(counts)
    if result.mostly_outside:
        async with database.transaction() as session:
            outline = await area_shape(session, area.id)
        result.mostly_outside = outline is not None  # an area without grids has nothing to lie in
        if outline is not None:
            result.fitting_systems = await asyncio.to_thread(fitting_systems, survey.source, survey.reader, outline)
    return result


def _refuse_bad_rows(survey: _Survey) -> None:
    if survey.bad:
        first = survey.first_bad
        reason = sentence(first.reason, **first.params) if first else "–"
        raise Invalid(
            "import.strict", field="file", count=survey.bad, rows=survey.rows, line=first.line if first else 0,
            reason=reason,
        )  # fmt: skip


async def undo(session: AsyncSession, actor: Actor, import_id: UUID) -> int:
    """Take a whole import back while nobody has worked on its orders; returns how many orders were removed.

    Raises `NotFound`, or `Conflict` when somebody has, or when the run changed orders of an earlier import.
    """
    actor.require(Role.ADMINISTRATOR, Role.DISPATCHER)
    if await repository.run_seen_by(session, actor, import_id) is None:
        raise NotFound("import.not_found")
    run = await repository.locked_run(session, import_id)
    if run is None:
        raise NotFound("import.not_found")
    await require_whole_area(session, actor, run.area_id)
    if run.status is ImportStatus.UNDONE:
        raise Conflict("import.undone_already")
    await repository.lock_area(session, run.area_id)
    updated = int(run.counts.get("updated", 0))
    if updated:
        raise Conflict("import.undo_updated", count=updated)
    touched = await repository.worked_on(session, import_id)
    if touched:
        raise Conflict("import.undo_worked_on", count=touched)
    removed = await repository.remove_orders(session, import_id, actor.account_id)
    await repository.save_counts(
        session, import_id, {**run.counts, "removed": removed}, ImportStatus.UNDONE, real_now()
    )
    await announce(session, run.area_id, "import", import_id)
    return removed


# --- before anything is written ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Survey:
    source: Source
    reader: RowReader
    sha256: str
    rows: int
    bad: int
    first_bad: BadRow | None


def check_area(area: ServiceArea, mapping: Mapping, onto: date | None) -> None:
    """Raise `Invalid` where the area cannot take such an import."""
    trial = area.kind is AreaKind.TRIAL
    if onto is not None and mapping.kind != "replay":
        raise Invalid("import.onto_needs_replay", field="onto")
    if onto is not None and not trial:
        raise Invalid("import.onto_needs_trial", field="onto", area=area.code)
    if mapping.kind == "replay" and not trial:
        raise Invalid("import.replay_needs_trial", field="mapping", area=area.code)


def _survey(
    area: ServiceArea,
    path: Path,
    mapping: Mapping,
    label_column: str | None,
    onto: date | None,
    strict: bool,
    say: Progress,
    keys: KeyCounter,
    shares: SharedPoints,
) -> _Survey:
    """The first pass: encoding, columns, dates and, when strict, which rows are bad. Keeps nothing of the file."""
    source = open_source(path, mapping.file)
    check_columns(source, mapping.needed_columns(label_column))
    reader = RowReader(mapping, ZoneInfo(area.timezone), label_column=label_column, onto=onto, now=real_now())
    total = 0
    for row in source.rows():
        total += 1
        if isinstance(row, Row):
            reader.survey(row)
            if mapping.key.id is not None and reader.id_of(row):
                keys.note(reader.base_key(row), row.line, *reader.content_of(row))
            point, address = reader.point_of(row), reader.address_of(row)
            if point is not None and address is not None:
                shares.note(point, address)
        if total % 10_000 == 0:
            say(f"looking over row {total:,}", 0.0)
    if total == 0:
        raise Invalid("file.no_rows", field="file", file=path.name)
    reader.settle()
    bad, first = 0, None
    if strict:
        for found in _incoming(source, reader, keys):
            if isinstance(found, BadRow):
                bad += 1
                first = first or found
        keys.forget_met()
    with path.open("rb") as raw:
        sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
    return _Survey(source, reader, sha256, total, bad, first)


def check_columns(source: Source, needed: dict[str, str]) -> None:
    """Raise `Invalid` (`import.*`) where a column that is needed (what for -> column) is not there, or there twice."""
    columns = source.columns()
    for purpose, column in needed.items():
        if columns.count(column) > 1:
            raise Invalid("import.doubled_column", field="file", column=column)
        if column not in columns and source.likely_delimiter is not None:
            raise Invalid(
                "import.delimiter", field="mapping", said=_named(source.delimiter),
                looks=_named(source.likely_delimiter), write=json.dumps(source.likely_delimiter),
            )  # fmt: skip
        if column not in columns:
            raise Invalid(
                "import.missing_column", field="file", column=column, purpose=purpose, columns=", ".join(columns)
            )


def _named(delimiter: str) -> str:
    return {"\t": "tab"}.get(delimiter, delimiter)


def _incoming(
    source: Source, reader: RowReader, keys: KeyCounter, skip: int = 0
) -> Iterator[Incoming | BadRow | Repeated]:
    """Every row in order with its key; the first `skip` rows are only counted, for their keys' sake."""
    by_id = reader.mapping.key.id
    for number, row in enumerate(source.rows()):
        if isinstance(row, BadRow):
            if number >= skip:
                yield row
            continue
        if by_id is not None:
            if number >= skip:
                yield _with_id(row, reader, keys, by_id)
            continue
        base = reader.base_key(row)
        n = keys.meet(base)
        if number >= skip:
            yield reader.read(row, f"{base}#{n}")


def _with_id(row: Row, reader: RowReader, keys: KeyCounter, column: str) -> Incoming | BadRow | Repeated:
    """A row with the source's own id: the first of its kind is taken, the same again counted, another one refused."""
    if not reader.id_of(row):
        return BadRow(row.line, "row.no_key", {"column": column}, row.values)
    key = reader.base_key(row)
    first, digest, chases = keys.first(key)
    if row.line == first:
        return reader.read(row, key, chases=chases)
    if reader.content_of(row)[0] == digest:
        return Repeated(row.line)
    return BadRow(row.line, "row.doubled_key", {"key": reader.id_of(row), "first": first}, row.values)


async def _read_ahead[T](chunks: Iterator[T]) -> AsyncGenerator[T]:
    """The chunks one after the other; while one is worked on, a thread reads the next."""
    reading = asyncio.ensure_future(asyncio.to_thread(next, chunks, None))
    try:
        while (chunk := await reading) is not None:
            reading = asyncio.ensure_future(asyncio.to_thread(next, chunks, None))
            yield chunk
    finally:
        await asyncio.gather(reading, return_exceptions=True)  # the caller closes the file's keys after this


# --- the run ----------------------------------------------------------------------------------------------------------


def run_settings(mapping: Mapping, label_column: str | None, onto: date | None) -> dict[str, Any]:
    """What makes two runs of one file the same import; kept with the run."""
    return {
        "mapping": mapping_as_dict(mapping),
        "labelColumn": label_column,
        "onto": onto.isoformat() if onto else None,
    }


async def _begin(
    database: Database, area: ServiceArea, sha256: str, settings: dict[str, Any], filename: str, run_id: UUID | None
) -> tuple[ImportRun, Counts, bool]:
    async with database.transaction() as session:
        await repository.lock_area(session, area.id)
        if run_id is not None:
            run = await repository.locked_run(session, run_id)
        else:
            run = await repository.unfinished_run(session, area.id, sha256, settings)
        if run is None:
            run = ImportRun(area_id=area.id, filename=filename, sha256=sha256, mapping=settings, counts={})
            session.add(run)
            await session.flush()
        rules = settings["mapping"]["fault_types"]
        await repository.add_fault_types(session, area.id, _fault_types(rules, settings["mapping"]))
        counts = msgspec.convert(run.counts, Counts)
        return run, counts, counts.rows > 0


def _fault_types(rules: dict[str, Any], mapping: dict[str, Any]) -> list[dict[str, Any]]:
    kind = mapping.get("constants", {}).get("kind", "repair")
    return [
        {
            "code": code,
            "en": rule["en"],
            "zh": rule["zh"],
            "kind": kind,
            "skill": rule.get("skill"),
            "skill_level": rule.get("skill_level", 1),
            "service_seconds": rule.get("minutes", 60) * 60,
            "difficulty": 1.0,
            "bring": [],
            "active": True,
        }
        for code, rule in rules.items()
    ]


async def _take(
    database: Database,
    area: ServiceArea,
    reader: RowReader,
    shares: SharedPoints,
    run_id: UUID | None,
    counts: Counts,
    chunk: tuple[Incoming | BadRow | Repeated, ...],
    dry_run: bool,
) -> Batch:
    """One batch in one transaction, its counts with it; `counts` moves on only when the batch is committed."""
    async with database.transaction() as session:
        await repository.plan_anew(session)
        if run_id is not None:
            await repository.lock_area(session, area.id)
            run = await repository.locked_run(session, run_id)
            if run is None or run.status is not ImportStatus.RUNNING or run.counts.get("rows", 0) != counts.rows:
                raise Conflict("import.changed_underneath")
        batch = await BatchTaker(
            session, area, reader, run_id, shares, write=not dry_run, no_bad_coordinates_yet=not counts.bad_coordinates
        ).take(chunk)
        after = msgspec.structs.replace(counts, **{k: getattr(counts, k) + n for k, n in batch.counted.items()})
        if run_id is not None:
            await repository.save_counts(session, run_id, msgspec.to_builtins(after), ImportStatus.RUNNING)
            await announce(session, area.id, "import", run_id)
    for name in counts.__struct_fields__:
        setattr(counts, name, getattr(after, name))
    return batch


async def _end(
    database: Database, run_id: UUID, counts: Counts, status: ImportStatus, area: ServiceArea | None = None
) -> None:
    """Close the run; in a finished one, orders that look like repeats or duplicates are marked and counted."""
    async with database.transaction() as session:
        if area is not None:
            if counts.created >= BATCH:
                await repository.refresh_statistics(session)
            limits = (await policy_at(session, area.id, area.clock.now())).limits
            counts.repeats = await repository.mark_repeats(session, run_id, limits.repeat_days)
            counts.duplicates = await repository.count_duplicates(session, run_id, limits.repeat_days)
            await announce(session, area.id, "import", run_id)
        await repository.save_counts(session, run_id, msgspec.to_builtins(counts), status, real_now())


async def _listed(database: Database, run_id: UUID) -> list[tuple[str, Rejected]]:
    async with database.transaction() as session:
        rows = await repository.rejections(session, run_id, (0, 0), LISTED)
        return [(row.kind, _rejected(BadRow(row.line, row.reason, row.params))) for row in rows]


def _rejected(row: BadRow) -> Rejected:
    return Rejected(line=row.line, reason=row.reason, detail=sentence(row.reason, **row.params))


def _result(
    run_id: UUID | None,
    counts: Counts,
    listed: list[tuple[str, Rejected]],
    labelled: bool,
    dry_run: bool,
    resumed: bool,
    seconds: float,
) -> ImportResult:
    numbers = {name: getattr(counts, name) for name in counts.__struct_fields__ if name not in ("compared", "equal")}
    return ImportResult(
        import_id=run_id,
        rejected=[row for kind, row in listed if kind == "rejected"],
        conflict_rows=[row for kind, row in listed if kind == "conflict"],
        grid_agreement=GridAgreement(compared=counts.compared, equal=counts.equal) if labelled else None,
        dry_run=dry_run,
        resumed=resumed,
        seconds=round(seconds, 3),
        **numbers,
    )
