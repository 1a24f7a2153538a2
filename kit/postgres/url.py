"""The address of a database as its two readers want it. No package of the database is loaded for this."""

from __future__ import annotations


def driver_url(url: str) -> str:
    """The same address with the psycopg 3 driver named, as SQLAlchemy wants it; accepts postgres:// and postgresql://."""
    return _with_scheme(url, "postgresql+psycopg")


def libpq_url(url: str) -> str:
    """The same address for libpq (psycopg, pg_dump, procrastinate)."""
    return _with_scheme(url, "postgresql")


def _with_scheme(url: str, scheme: str) -> str:
    _, separator, rest = url.partition("://")
    return f"{scheme}://{rest}" if separator else url
