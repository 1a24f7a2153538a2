"""Identifiers are UUIDv7: they sort by the time they were made."""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat


def uuid7() -> UUID:
    """A new time-ordered identifier (RFC 9562)."""
    return uuid_utils.compat.uuid7()
