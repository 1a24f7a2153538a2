"""Passwords and secrets: Argon2id for what people choose, SHA-256 for what we make at random."""

from __future__ import annotations

import asyncio
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from kit.errors import Invalid

MINIMUM_LENGTH = 10
_MAXIMUM_LENGTH = 200
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's first recommendation for Argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane."""
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""Verified when the login is unknown, so that the answer takes as long as a wrong password."""


def check(password: str) -> None:
    """Raise `Invalid` for a password that is too short or too long."""
    if not MINIMUM_LENGTH <= len(password) <= _MAXIMUM_LENGTH:
        raise Invalid("account.password", field="password", least=MINIMUM_LENGTH, most=_MAXIMUM_LENGTH)


async def hash_password(password: str) -> str:
    """The Argon2id hash, made in a thread because it takes milliseconds on purpose."""
    check(password)
    return await asyncio.to_thread(_HASHER.hash, password)


async def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password fits. With no hash the same work is done and the answer is no."""
    return await asyncio.to_thread(_verify, password_hash, password)


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


def new_secret() -> str:
    """A secret of 256 random bits for a cookie, token or link."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a random secret: it cannot be turned back, and is found by one index lookup."""
    return hashlib.sha256(secret.encode()).hexdigest()
