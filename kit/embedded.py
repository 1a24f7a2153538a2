"""The private PostgreSQL with PostGIS: made, started, checked and stopped here, and never another server touched.

Everything lies in one folder, the *base*: `<home>/cluster`, or, where root runs us and the server's account may not
enter the home, `/var/lib/grid-dispatch/<name>`, which `<home>/cluster-path` then records. In the base are `data/` (the
server's own), `server.log` and `credentials.json` (port and two random passwords, mode 600). The server listens on
127.0.0.1 only and takes passwords only (scram), so a stranger on our old port can neither be mistaken for it nor be let
in.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from kit.pg_programs import (
    NEEDED_EXTENSIONS,
    EmbeddedPostgresError,
    Programs,
    RunAs,
    choose_account,
    find_programs,
)

__all__ = ["DATABASE", "ClusterStatus", "EmbeddedPostgres", "EmbeddedPostgresError"]

DATABASE = "grid_dispatch"
ROLE = "grid_dispatch"
ADMIN_ROLE = "grid_dispatch_admin"
OUTSIDE_HOMES = Path("/var/lib/grid-dispatch")
_START_SECONDS = 600  # recovery after a power cut replays the log; a gigabyte takes minutes on a slow disk
_STOP_SECONDS = 60
_LOG_LIMIT_BYTES = 10_000_000


@dataclass(frozen=True)
class ClusterStatus:
    """What `status()` answers. `pid`, `port` and `major` are None where there is nothing to tell."""

    running: bool
    pid: int | None
    port: int | None
    major: int | None
    base: Path


@dataclass(frozen=True)
class _Credentials:
    port: int
    password: str
    admin_password: str


class EmbeddedPostgres:
    """One private cluster for one home folder.

    Args:
        home: `.data/` or `$GRID_DISPATCH_HOME`.
        durable: False only for tests: gives up crash safety for speed.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home.expanduser().absolute()
        self.durable = durable

    # -- what callers use -------------------------------------------------------------------------------------------

    def ensure_started(self) -> str:
        """Make the cluster if there is none, start it if it is not running, and return its address.

        Returns:
            `postgresql+psycopg://…@127.0.0.1:<port>/grid_dispatch`, of a role that owns its database, no superuser.

        Raises:
            EmbeddedPostgresError: with the reason and what to do.
        """
        with self._locked():
            return self._ensure_started()

    @contextmanager
    def use(self) -> Iterator[str]:
        """The address for the time of the block; whoever leaves last stops the server.

        Every user holds a shared lock, which the kernel drops even when the process is killed.
        """
        with ExitStack() as stack:
            with self._locked():
                url = self._ensure_started()
                users = stack.enter_context(closing(self._open_lock("cluster.users")))
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield url
            finally:
                with self._locked():
                    fcntl.flock(users, fcntl.LOCK_UN)
                    try:
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        pass  # somebody else still works with it
                    else:
                        self._stop()

    def is_running(self) -> bool:
        """Whether our own server (not just any on that port or with that process id) runs."""
        return self._postmaster_pid() is not None

    def stop(self) -> None:
        """Stop our server if it runs: connections are ended, everything committed is kept."""
        if not self.home.exists():
            return
        with self._locked():
            self._stop()

    def status(self) -> ClusterStatus:
        """What there is, without changing anything."""
        pid = self._postmaster_pid()
        port = self._read_credentials().port if self._credentials_file.exists() else None
        return ClusterStatus(pid is not None, pid, port, self._major(), self.base)

    def admin_url(self, database: str = "postgres") -> str:
        """The superuser's libpq address, for maintenance and tests; the program itself never uses it to work."""
        known = self._read_credentials()
        return f"postgresql://{ADMIN_ROLE}:{known.admin_password}@127.0.0.1:{known.port}/{database}"

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
        """What the server says. Statements and values are kept out of it, since they hold names and phones."""
        return self.base / "server.log"

    @property
    def _credentials_file(self) -> Path:
        return self.base / "credentials.json"

    def _major(self) -> int | None:
        try:
            return int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    def _read_credentials(self) -> _Credentials:
        try:
            return _Credentials(**json.loads(self._credentials_file.read_text(encoding="utf-8")))
        except FileNotFoundError as missing:
            raise EmbeddedPostgresError(
                f"{self._credentials_file} is missing, so the private database in {self.base} cannot be opened. "
                "Put the file back, or restore a backup into a new home."
            ) from missing
        except PermissionError as refused:
            raise EmbeddedPostgresError(
                f"The private database in {self.base} belongs to another user. Run the command as that user or as "
                "root, or set GRID_DISPATCH_HOME to a folder of your own."
            ) from refused

    def _write_credentials(self, known: _Credentials, account: RunAs) -> None:
        draft = self._credentials_file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(known.__dict__, file)
            file.flush()
            os.fsync(file.fileno())
        if account.other:
            os.chown(draft, account.uid, account.gid)
        draft.replace(self._credentials_file)

    # -- locks ------------------------------------------------------------------------------------------------------

    def _open_lock(self, name: str) -> _LockFile:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            return _LockFile(self.home / name)
        except PermissionError as refused:
            raise EmbeddedPostgresError(
                f"{self.home} cannot be written by this user. Run as its owner, or set GRID_DISPATCH_HOME "
                "to another folder."
            ) from refused

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One start or stop at a time; a second command waits for the first."""
        with closing(self._open_lock("cluster.lock")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # -- starting ---------------------------------------------------------------------------------------------------

    def _ensure_started(self) -> str:
        self._refuse_a_copied_record()
        owner = self.data.stat().st_uid if self._major() is not None else None
        account = choose_account(owner)
        if self._major() is None:
            programs = find_programs()
            self._create(programs, account)
        if self._postmaster_pid() is None:
            self._start(find_programs(self._major()), account)
        self._prepare()
        known = self._read_credentials()
        return f"postgresql+psycopg://{ROLE}:{known.password}@127.0.0.1:{known.port}/{DATABASE}"

    def _refuse_a_copied_record(self) -> None:
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

    def _choose_base(self, account: RunAs) -> None:
        """Settle where the cluster lies, and record it when that is outside the home."""
        if (self.home / "cluster-path").exists() or not account.other or account.may_enter(self.home):
            return
        name = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        OUTSIDE_HOMES.mkdir(parents=True, exist_ok=True)
        OUTSIDE_HOMES.chmod(0o755)
        draft = self.home / "cluster-path.new"
        draft.write_text(f"{OUTSIDE_HOMES / name}\n", encoding="utf-8")
        draft.replace(self.home / "cluster-path")

    def _create(self, programs: Programs, account: RunAs) -> None:
        """Make the cluster aside and move it into place whole, so that a kill half-way leaves nothing half-made."""
        self._choose_base(account)
        self.base.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.base.chmod(0o700)
        (self.base / "home").write_text(f"{self.home}\n", encoding="utf-8")
        if account.other:
            os.chown(self.base, account.uid, account.gid)
        known = _Credentials(free_port(), secrets.token_urlsafe(24), secrets.token_urlsafe(24))
        self._write_credentials(known, account)
        draft, password_file = self.base / "data.new", self.base / "password.new"
        shutil.rmtree(draft, ignore_errors=True)
        try:
            password_file.unlink(missing_ok=True)
            password_file.touch(mode=0o600)
            password_file.write_text(known.admin_password, encoding="ascii")
            if account.other:
                os.chown(password_file, account.uid, account.gid)
            made = account.run(
                [
                    programs["initdb"],
                    f"--pgdata={draft}",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",  # knows Chinese letters (trigrams) and is on every Debian without packages
                    "--data-checksums",
                    f"--username={ADMIN_ROLE}",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    *([] if self.durable else ["--no-sync"]),
                ],
                cwd=self.base,
            )
        finally:
            password_file.unlink(missing_ok=True)
        if made.returncode != 0:
            raise EmbeddedPostgresError(
                f"The private database could not be made in {self.base}:\n{made.stdout.strip()}"
            )
        draft.rename(self.data)

    def _start(self, programs: Programs, account: RunAs) -> None:
        self._clear_stale_pid_file()
        known = self._read_credentials()
        for _attempt in range(5):
            if not _port_is_free(known.port):  # somebody took it meanwhile: leave them alone, move ourselves
                known = _Credentials(free_port(), known.password, known.admin_password)
                self._write_credentials(known, account)
            self._write_configuration(known.port, account)
            if self.log_file.exists() and self.log_file.stat().st_size > _LOG_LIMIT_BYTES:
                self.log_file.replace(self.log_file.with_suffix(".log.1"))
            started = account.run(
                [
                    programs["pg_ctl"],
                    f"--pgdata={self.data}",
                    f"--log={self.log_file}",
                    f"--timeout={_START_SECONDS}",
                    "--silent",
                    "--wait",
                    "start",
                ],
                cwd=self.base,
            )
            if started.returncode == 0:
                return
            if _port_is_free(known.port):  # it was not the port that somebody took between look and bind
                break
        raise EmbeddedPostgresError(
            f"The private database in {self.base} did not start. {started.stdout.strip()}\n"
            f"The last lines of {self.log_file}:\n{self._log_tail()}"
        )

    def _log_tail(self, lines: int = 12) -> str:
        with suppress(OSError):
            return "\n".join(self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        return "(no log)"

    def _write_configuration(self, port: int, account: RunAs) -> None:
        """Our settings, written at each start; the server's own postgresql.conf only includes them."""
        memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        lines = [
            "listen_addresses = '127.0.0.1'",
            f"port = {port}",
            "unix_socket_directories = ''",
            "max_connections = 120",
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
        if not self.durable:
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

    def _prepare(self) -> None:
        """Check that it is our server and that it is fit for use; make role and database where they are missing."""
        known = self._read_credentials()
        with self._connect_as_admin("postgres") as admin:
            answered = admin.execute("SELECT current_setting('data_directory')").fetchone()
            if answered is None or Path(str(answered[0])).resolve() != self.data.resolve():
                raise EmbeddedPostgresError(
                    f"Port {known.port} is answered by another PostgreSQL, not by the private one in {self.data}. "
                    "Nothing was changed. Stop the private database (`grid-dispatch down`) and start again."
                )
            if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
                admin.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(sql.Identifier(ROLE), known.password)
                )
            exists = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if exists is None:
                # In template1, so that databases made by our own role (restore, tests) have them without a superuser.
                with self._connect_as_admin("template1") as template:
                    for extension in NEEDED_EXTENSIONS:
                        template.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
                    template.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(sql.Identifier(ROLE)))
                admin.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
                )
        with self._connect_as_admin(DATABASE) as connection:
            trigrams = connection.execute("SELECT show_trgm('张江')").fetchone()
            if trigrams is None or not trigrams[0]:
                raise EmbeddedPostgresError(
                    f"The private database in {self.base} does not see Chinese letters (its locale is not UTF-8), "
                    "so that addresses cannot be searched. Make a backup, move that folder away, start again and restore."
                )

    def _connect_as_admin(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        try:
            return psycopg.connect(self.admin_url(database), autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as refused:
            raise EmbeddedPostgresError(
                f"The private database in {self.base} does not let us in: {str(refused).strip()}\n"
                f"The last lines of {self.log_file}:\n{self._log_tail()}"
            ) from refused

    # -- is it ours, and stopping -----------------------------------------------------------------------------------

    def _postmaster_pid(self) -> int | None:
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

    def _clear_stale_pid_file(self) -> None:
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

    def _stop(self) -> None:
        if self._postmaster_pid() is None:
            return
        programs, account = find_programs(self._major()), choose_account(self.data.stat().st_uid)
        for mode in ("fast", "immediate"):
            answer = account.run(
                [
                    programs["pg_ctl"],
                    f"--pgdata={self.data}",
                    f"--timeout={_STOP_SECONDS}",
                    f"--mode={mode}",
                    "--wait",
                    "stop",
                ],
                cwd=self.base,
            )
            if answer.returncode == 0 or self._postmaster_pid() is None:
                return
        raise EmbeddedPostgresError(f"The private database in {self.base} did not stop: {answer.stdout.strip()}")


class _LockFile:
    """A file held open for `fcntl.flock`; closing it drops the lock."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def fileno(self) -> int:
        """For `fcntl.flock`."""
        return self._handle

    def close(self) -> None:
        """Drop the lock."""
        os.close(self._handle)


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on now."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _port_is_free(port: int) -> bool:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _shared_memory_in_use(key: str, segment: str) -> bool:
    """Whether the System V segment of a postmaster.pid still has processes attached (`/proc/sysvipc/shm`)."""
    with suppress(OSError):
        for line in Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()  # key shmid perms size cpid lpid nattch …
            if int(fields[0]) & 0xFFFFFFFF == int(key) & 0xFFFFFFFF and fields[1] == segment:
                return int(fields[6]) > 0
    return False
