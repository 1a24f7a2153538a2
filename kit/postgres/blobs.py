"""Files stored in PostgreSQL, named by the SHA-256 of their content, in pieces.

A backup of the database contains them, and every host can read them.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base
from kit.errors import NotFound

PIECE = 4 * 1024 * 1024


class Blob(Base):
    """A file: its SHA-256, its size in bytes and its media type."""

    __tablename__ = "blobs"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]


class BlobPiece(Base):
    """One piece of a file; `number` counts from 0."""

    __tablename__ = "blob_pieces"
    sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


async def put_blob(session: AsyncSession, content: bytes | Path, media_type: str = "application/octet-stream") -> str:
    """Store a file and return its SHA-256 as hex. The same content twice is stored once."""
    sha, size = _digest(content)
    stored = await session.execute(
        insert(Blob)
        .values(sha256=sha, size=size, media_type=media_type)
        .on_conflict_do_nothing()
        .returning(Blob.sha256)
    )
    if stored.first() is None:
        return sha
    for number, piece in enumerate(_pieces(content)):
        await session.execute(
            text("INSERT INTO blob_pieces (sha256, number, data) VALUES (:sha, :number, :data)"),
            {"sha": sha, "number": number, "data": piece},
        )
    return sha


async def read_pieces(session: AsyncSession, sha256: str) -> AsyncIterator[bytes]:
    """The file's bytes, piece by piece. Raises `NotFound` for an unknown hash."""
    if await session.get(Blob, sha256) is None:
        raise NotFound("blob.not_found", sha=sha256)
    number = 0
    while True:
        row = await session.execute(
            select(BlobPiece.data).where(BlobPiece.sha256 == sha256, BlobPiece.number == number)
        )
        piece = row.scalar_one_or_none()
        if piece is None:
            return
        yield piece
        number += 1


async def get_blob(session: AsyncSession, sha256: str) -> bytes:
    """The whole file in memory. For small files such as photos. Raises `NotFound`."""
    return b"".join([piece async for piece in read_pieces(session, sha256)])


async def copy_blob_to(session: AsyncSession, sha256: str, path: Path) -> None:
    """Write the file to `path`. It appears there only when it is complete. Raises `NotFound`."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as out:
        async for piece in read_pieces(session, sha256):
            out.write(piece)
    partial.replace(path)


def _digest(content: bytes | Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for piece in _pieces(content):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]
        return
    with content.open("rb") as source:
        while piece := source.read(PIECE):
            yield piece
