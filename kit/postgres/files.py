"""The files of a private cluster: their places, their permissions, and what a crashed server left behind."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from kit.postgres.programs import EmbeddedPostgresError, RunAs

OUTSIDE_HOMES = Path("/var/lib/grid-dispatch")


@dataclass(frozen=True)
class Credentials:
    """The port and the passwords of the role that owns the tables, of the superuser, and of the program's role."""

    port: int
    password: str
    admin_password: str
    program_password: str = ""
    """Empty in a home that was made before there were two roles."""


class ClusterFiles:
    """The folder of one private cluster (its *base*), for the home folder `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home

    # -- where things lie -------------------------------------------------------------------------------------------

    @property
    def base(self) -> Path:
        """The folder that holds data, log and credentials."""
        recorded = self.home / "cluster-path"
        if recorded.exists():
            return Path(recorded.read_text(encoding="utf-8").strip())
        return self.home / "cluster"

    @property
    def data(self) -> Path:
        """The server's own data directory."""
        return self.base / "data"

    @property
    def log_file(self) -> Path:
        """The server's log file. It contains no statements and values, since these hold names and phones."""
        return self.base / "server.log"

    @property
    def credentials_file(self) -> Path:
        return self.base / "credentials.json"

    def major(self) -> int | None:
        """The major version that made the cluster. None when there is no cluster yet."""
        try:
            return int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None
        except PermissionError as refused:
            raise self._belongs_to_another() from refused

    def _belongs_to_another(self) -> EmbeddedPostgresError:
        return EmbeddedPostgresError(
            f"The private database in {self.base} belongs to another user. Run the command as that user or as root, or "
            "set GRID_DISPATCH_HOME to a folder of your own."
        )

    def read_credentials(self) -> Credentials:
        """The stored port and passwords. Raises `EmbeddedPostgresError` when they are missing or not readable."""
        try:
            return Credentials(**json.loads(self.credentials_file.read_text(encoding="utf-8")))
        except FileNotFoundError as missing:
            raise EmbeddedPostgresError(
                f"{self.credentials_file} is missing, so the private database in {self.base} cannot be opened. "
                "Put the file back, or restore a backup into a new home."
            ) from missing
        except PermissionError as refused:
            raise self._belongs_to_another() from refused

    def write_credentials(self, known: Credentials, account: RunAs) -> None:
        """Replace the stored port and passwords in one step."""
        draft = self.credentials_file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(known), file)
            file.flush()
            os.fsync(file.fileno())
        if account.other:
            os.chown(draft, account.uid, account.gid)
        draft.replace(self.credentials_file)

    def refuse_a_copied_record(self) -> None:
        """A copied home must not lead to the first home's cluster, which lies outside both."""
        owner_note = self.base / "home"
        if not (self.home / "cluster-path").exists() or not owner_note.exists():
            return
        first = Path(owner_note.read_text(encoding="utf-8").strip())
        if first == self.home:
            return
        with suppress(OSError):
            if (first / "cluster-path").read_text(encoding="utf-8").strip() == str(self.base):
                raise EmbeddedPostgresError(
                    f"{self.home} is a copy of {first}, whose database lies in {self.base}. Delete "
                    f"{self.home}/cluster-path to begin with an empty database, and `restore` a backup of the first."
                )
        owner_note.write_text(f"{self.home}\n", encoding="utf-8")  # the home was moved

    def choose_base(self, account: RunAs) -> None:
        """Choose the folder of the cluster, and record it when it is outside the home.

        A cluster may lie there of a home of the same path that was deleted or renamed since. It keeps its folder and
        its passwords: somebody may still want it back.
        """
        if (self.home / "cluster-path").exists() or not account.other or account.may_enter(self.home):
            return
        name = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        OUTSIDE_HOMES.mkdir(parents=True, exist_ok=True)
        OUTSIDE_HOMES.chmod(0o755)
        base = OUTSIDE_HOMES / name
        while (base / "data").exists():
            base = OUTSIDE_HOMES / f"{name}-{secrets.token_hex(3)}"
        draft = self.home / "cluster-path.new"
        draft.write_text(f"{base}\n", encoding="utf-8")
        draft.replace(self.home / "cluster-path")

    def log_tail(self, lines: int = 12) -> str:
        with suppress(OSError):
            return "\n".join(self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        return "(no log)"

    def write_configuration(self, port: int, account: RunAs, *, durable: bool) -> None:
        """Write our settings. It is done at each start; the server's postgresql.conf only includes them."""
        memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        lines = [
            "listen_addresses = '127.0.0.1'",
            f"port = {port}",
            "unix_socket_directories = ''",
            "max_connections = 200",
            f"shared_buffers = {max(64, min(512, memory_mb // 8))}MB",
            f"effective_cache_size = {max(256, memory_mb // 2)}MB",
            "work_mem = 16MB",
            "maintenance_work_mem = 128MB",
            "max_wal_size = 2GB",
            "wal_compression = on",
            "checkpoint_timeout = 10min",
            "random_page_cost = 1.1",
            "jit = off",  # compiling costs more than our short queries
            "timezone = 'UTC'",
            "log_timezone = 'UTC'",
            "datestyle = 'iso, ymd'",
            "lc_messages = 'C'",
            "password_encryption = 'scram-sha-256'",
            # Errors and their values hold people's names and phones; the program logs them masked.
            "log_min_messages = log",
            "log_min_error_statement = panic",
            "log_error_verbosity = terse",
            "log_line_prefix = '%m [%p] '",
        ]
        if not durable:
            lines += [
                "fsync = off",
                "synchronous_commit = off",
                "full_page_writes = off",
                "wal_level = minimal",
                "max_wal_senders = 0",
            ]
        ours, main = self.data / "grid-dispatch.conf", self.data / "postgresql.conf"
        ours.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if account.other:
            os.chown(ours, account.uid, account.gid)
        text = main.read_text(encoding="utf-8")
        include = "include = 'grid-dispatch.conf'"
        if include not in text:
            main.write_text(f"{text.rstrip()}\n\n{include}\n", encoding="utf-8")
        # Passwords only, from this machine only; nobody is trusted for being local.
        hba = self.data / "pg_hba.conf"
        hba.write_text("host all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8")

    def postmaster_pid(self) -> int | None:
        """The process id of our running server, or None.

        The number in postmaster.pid alone proves nothing: after a power cut it may belong to any process. A server
        works inside its data directory, which the kernel shows us.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
            if Path(f"/proc/{pid}/cwd").samefile(self.data):
                return pid
        except (FileNotFoundError, NotADirectoryError, PermissionError, ProcessLookupError, ValueError):
            return None
        return None

    def clear_stale_pid_file(self) -> None:
        """Take away what a dead server left behind, but not while any of its processes still hold its memory."""
        pid_file = self.data / "postmaster.pid"
        for _attempt in range(50):
            try:
                lines = pid_file.read_text(encoding="ascii").splitlines()
            except FileNotFoundError:
                return
            memory = lines[6].split() if len(lines) > 6 else []
            if len(memory) != 2 or not _shared_memory_in_use(*memory):
                pid_file.unlink(missing_ok=True)
                return
            time.sleep(0.2)
        raise EmbeddedPostgresError(
            f"Processes of a server that ended badly still hold the memory of {self.data}. "
            "Wait a moment and try again; if it stays so, end the `postgres` processes that work in that folder."
        )


def _shared_memory_in_use(key: str, segment: str) -> bool:
    """Whether the System V segment of a postmaster.pid still has processes attached (`/proc/sysvipc/shm`)."""
    with suppress(OSError):
        for line in Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()  # key shmid perms size cpid lpid nattch …
            if int(fields[0]) & 0xFFFFFFFF == int(key) & 0xFFFFFFFF and fields[1] == segment:
                return int(fields[6]) > 0
    return False
