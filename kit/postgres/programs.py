"""Finds the PostgreSQL programs of this machine and the account that may run them."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
NEEDED_EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
_NEEDED_PROGRAMS = ("initdb", "pg_ctl", "postgres")
SERVICE_USER = "grid-dispatch"


class EmbeddedPostgresError(RuntimeError):
    """The private database cannot be used. The text says why and what to do."""


@dataclass(frozen=True)
class Programs:
    """A usable PostgreSQL installation: its major version and the folder of its programs."""

    major: int
    bin: Path

    def __getitem__(self, name: str) -> str:
        return str(self.bin / name)


@dataclass(frozen=True)
class RunAs:
    """The account the server runs under. `other` is set when it is not our own, so that children must change to it."""

    uid: int
    gid: int
    name: str
    home: str

    @property
    def other(self) -> bool:
        """Whether the server runs under another account than this process."""
        return self.uid != os.geteuid()

    def run(self, argv: list[str], cwd: Path | str = "/") -> subprocess.CompletedProcess[str]:
        """Run one program as this account with a small, known environment; output is captured together."""
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": self.home,
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        return subprocess.run(  # noqa: S603 - argv lists made here, no shell
            argv,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            user=self.uid if self.other else None,
            group=self.gid if self.other else None,
            extra_groups=[] if self.other else None,
        )

    def may_enter(self, folder: Path) -> bool:
        """Whether this account can work in the folder; asked of the kernel, since ACLs and mounts matter too."""
        return self.run(["/bin/sh", "-c", 'cd "$1" 2>/dev/null', "sh", str(folder)]).returncode == 0


def _candidates() -> list[Path]:
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return folders


def _major(folder: Path) -> int | None:
    """The major version of the server in the folder, or None where no complete server is."""
    if not all((folder / name).exists() for name in _NEEDED_PROGRAMS):
        return None
    answer = subprocess.run(  # noqa: S603 - a program of the list above
        [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False
    )
    digits = "".join(c if c.isdigit() else " " for c in answer.stdout).split()
    return int(digits[0]) if digits else None


def _extension_folder(folder: Path, major: int) -> Path:
    asked = folder / "pg_config"
    if asked.exists():
        answer = subprocess.run([str(asked), "--sharedir"], capture_output=True, text=True, check=False)  # noqa: S603
        if answer.returncode == 0 and answer.stdout.strip():
            return Path(answer.stdout.strip()) / "extension"
    return Path(f"/usr/share/postgresql/{major}/extension")


def find_programs(major: int | None = None) -> Programs:
    """The newest installed PostgreSQL that has PostGIS, or exactly `major` (that of an existing cluster).

    Raises:
        EmbeddedPostgresError: none fits; the text names what is missing.
    """
    seen: list[str] = []
    usable: list[Programs] = []
    for folder in _candidates():
        version = _major(folder)
        if version is None:
            continue
        extensions = _extension_folder(folder, version)
        missing = [name for name in NEEDED_EXTENSIONS if not (extensions / f"{name}.control").exists()]
        if version < OLDEST_MAJOR:
            seen.append(f"PostgreSQL {version} (too old)")
        elif missing:
            seen.append(f"PostgreSQL {version} (without {', '.join(missing)})")
        else:
            usable.append(Programs(version, folder))
            seen.append(f"PostgreSQL {version}")
    fitting = [programs for programs in usable if major is None or programs.major == major]
    if fitting:
        return max(fitting, key=lambda programs: programs.major)
    found = f"Found: {'; '.join(sorted(set(seen)))}." if seen else "Found none."
    if major is not None:
        raise EmbeddedPostgresError(
            f"The private database was made by PostgreSQL {major} with PostGIS, which is not installed any more. "
            f"{found} Install the packages postgresql-{major} and postgresql-{major}-postgis-3, or restore a backup "
            "into a new home."
        )
    raise EmbeddedPostgresError(
        f"PostgreSQL {OLDEST_MAJOR} or newer with PostGIS is needed. {found} "
        "Run scripts/bootstrap (or `make setup`), or set DATABASE_URL to a server of your own."
    )


def _account(entry: pwd.struct_passwd) -> RunAs:
    return RunAs(entry.pw_uid, entry.pw_gid, entry.pw_name, entry.pw_dir)


def choose_account(owner_uid: int | None) -> RunAs:
    """Who runs the server: ourselves, or, since PostgreSQL refuses root, an ordinary account when we are root.

    Args:
        owner_uid: owner of an existing cluster; a server can only be run by the owner of its files.

    Raises:
        EmbeddedPostgresError: the cluster belongs to somebody else, or no account could be made.
    """
    me = os.geteuid()
    if me != 0:
        if owner_uid is not None and owner_uid != me:
            raise EmbeddedPostgresError(
                f"The private database belongs to {_name_of(owner_uid)}, but you are {_name_of(me)}. Run the "
                "command as root (or as that user), or set GRID_DISPATCH_HOME to a folder of your own."
            )
        try:
            return _account(pwd.getpwuid(me))
        except KeyError:
            return RunAs(me, os.getegid(), str(me), "/tmp")  # noqa: S108 - only HOME of the server
    if owner_uid:
        try:
            return _account(pwd.getpwuid(owner_uid))
        except KeyError:
            return RunAs(owner_uid, owner_uid, str(owner_uid), "/")
    for name in ("postgres", SERVICE_USER):
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    made = subprocess.run(  # noqa: S603 - fixed arguments
        [
            shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin") or "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            SERVICE_USER,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise EmbeddedPostgresError(
            "PostgreSQL refuses to run as root, and the account for it could not be made: "
            f"{made.stderr.strip()}. Make a system user named {SERVICE_USER}, or run as an ordinary user."
        )
    return _account(pwd.getpwnam(SERVICE_USER))


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
