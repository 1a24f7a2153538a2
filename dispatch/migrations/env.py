"""Alembic's entry: runs online only, on the address given by `dispatch.migrate`."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import TypeDecorator, create_engine, text
from sqlalchemy.dialects.postgresql import JSONB

from dispatch.tables import metadata

OTHERS = ("procrastinate_", "spatial_ref_sys")
"""Tables of packages, made by their own SQL."""


def ours(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Leave the tables of PostGIS and the job queue alone."""
    if kind == "table" and name is not None and name.startswith(OTHERS):
        return False
    if kind == "index" and reflected and compared is None and name is not None and name.startswith("idx_"):
        return False  # made by the geometry column itself
    return bool(alembic_helpers.include_object(thing, name, kind, reflected, compared))  # type: ignore[no-untyped-call]


def render(kind: str, thing: Any, context: Any) -> str | Literal[False]:
    """A column whose values have a type of ours is written as what the database stores."""
    if kind == "type" and isinstance(thing, TypeDecorator) and isinstance(thing.impl, JSONB):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return "postgresql.JSONB(astext_type=sa.Text())"
    rendered: str | Literal[False] = alembic_helpers.render_item(kind, thing, context)  # type: ignore[no-untyped-call]
    return rendered


engine = create_engine(context.config.attributes["url"])
with engine.begin() as connection:
    connection.execute(text("SELECT pg_advisory_xact_lock(7316029184)"))  # two programs starting at once
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=ours,
        process_revision_directives=alembic_helpers.writer,
        render_item=render,
        compare_type=True,
        compare_server_default=False,
    )
    context.run_migrations()
engine.dispose()
