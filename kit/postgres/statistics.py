"""Telling the database's planner of many new rows at once.

ANALYZE belongs to the tables' owner, and the program's own role owns none: a function does it with the owner's rights.
Migrations make the same function.
"""

from __future__ import annotations

from sqlalchemy import ARRAY, DDL, Text, bindparam, event, text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Base

STATISTICS: tuple[str, ...] = (
    """
CREATE OR REPLACE FUNCTION refresh_statistics(names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        EXECUTE 'ANALYZE ' || quote_ident(name);
    END LOOP;
END
$body$""",
)

for _statement in STATISTICS:
    event.listen(Base.metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]


async def analyze(session: AsyncSession, *tables: str) -> None:
    """Let the planner count these tables anew, or it reads them whole where an index would do."""
    query = text("SELECT refresh_statistics(:names)").bindparams(bindparam("names", type_=ARRAY(Text)))
    await session.execute(query, {"names": list(tables)})
