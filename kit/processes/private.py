"""Files and folders for their owner alone, and finding those that are not."""

from __future__ import annotations

import os
import stat
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_OTHERS_READ_OR_WRITE = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH


def open_to_others(folder: Path) -> bool:
    """Whether other users of this machine may list the folder or change what is in it.

    Only to pass through it (mode 711) is no harm: what lies inside has modes of its own.
    """
    try:
        return bool(folder.stat().st_mode & _OTHERS_READ_OR_WRITE)
    except FileNotFoundError:
        return False


def how_to_close(folder: Path) -> str:
    """The command that closes a folder to others."""
    return f"chmod 711 {folder}" if os.geteuid() == 0 else f"chmod 700 {folder}"
