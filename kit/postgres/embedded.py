"""Makes, starts, checks and stops the private PostgreSQL with PostGIS. It never touches another server.

Everything lies in one folder, the *base*: `<home>/cluster`, or, where root runs us and the server's account may not
enter the home, `/var/lib/grid-dispatch/<name>`, which `<home>/cluster-path` then records. In the base are `data/` (the
server's own), `server.log` and `credentials.json` (port and three random passwords, mode 600). The server listens on
127.0.0.1 only and takes passwords only (scram), so a stranger on our old port can neither be mistaken for it nor be let
in.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import structlog
from psycopg import sql

from kit.postgres.files import ClusterFiles, Credentials
from kit.postgres.programs import (
    NEEDED_EXTENSIONS,
    EmbeddedPostgresError,
    Programs,
    RunAs,
    choose_account,
    find_programs,
)
from kit.processes.ports import free_port, port_is_free
from kit.processes.private import PRIVATE_FOLDER

log = structlog.get_logger()

__all__ = ["DATABASE", "ClusterStatus", "EmbeddedPostgres", "EmbeddedPostgresError"]

DATABASE = "grid_dispatch"
ROLE = "grid_dispatch"
PROGRAM_ROLE = "grid_dispatch_program"
ADMIN_ROLE = "grid_dispatch_admin"
_START_SECONDS = 600  # recovery after a power cut replays the log; a gigabyte takes minutes on a slow disk
_STOP_SECONDS = 60
_LOG_LIMIT_BYTES = 10_000_000


@dataclass(frozen=True)
class ClusterStatus:
    """The answer of `status()`. `pid`, `port` and `major` are None when they are not known."""

    running: bool
    pid: int | None
    port: int | None
    major: int | None
    base: Path


class EmbeddedPostgres:
    """One private cluster for one home folder.

    Args:
        home: `.data/` or `$GRID_DISPATCH_HOME`.
        durable: False only for tests: gives up crash safety for speed.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home.expanduser().absolute()
        self.durable = durable
        self._files = ClusterFiles(self.home)

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
        """Whether our own server runs. Another process with its port or process id does not count."""
        return self._files.postmaster_pid() is not None

    def keep_running(self) -> None:
        """Start the server again if it ended. A supervisor calls this regularly. A failure is logged."""
        if self.is_running():
            return
        log.warning("database.ended", base=str(self.base))
        try:
            self.ensure_started()
        except EmbeddedPostgresError as error:
            log.error("database.not_started", reason=str(error))

    def stop(self) -> None:
        """Stop our server if it runs. It closes the connections; committed data is kept."""
        if not self.home.exists():
            return
        with self._locked():
            self._stop()

    def status(self) -> ClusterStatus:
        """The present state of the cluster. Changes nothing."""
        pid = self._files.postmaster_pid()
        port = self._files.read_credentials().port if self._files.credentials_file.exists() else None
        return ClusterStatus(pid is not None, pid, port, self._files.major(), self.base)

    def admin_url(self, database: str = "postgres") -> str:
        """The libpq address of the superuser, for maintenance and tests. The program does not work with it."""
        known = self._files.read_credentials()
        return f"postgresql://{ADMIN_ROLE}:{known.admin_password}@127.0.0.1:{known.port}/{database}"

    def program_url(self) -> str:
        """The address for web, worker and commands, of a role that owns nothing (`dispatch.roles` says what it may)."""
        known = self._files.read_credentials()
        return f"postgresql+psycopg://{PROGRAM_ROLE}:{known.program_password}@127.0.0.1:{known.port}/{DATABASE}"

    @property
    def base(self) -> Path:
        """The folder that holds data, log and credentials."""
        return self._files.base

    @property
    def data(self) -> Path:
        """The server's own data directory."""
        return self._files.data

    @property
    def log_file(self) -> Path:
        """The server's log file. It contains no statements and values, since these hold names and phones."""
        return self._files.log_file

    # -- locks ------------------------------------------------------------------------------------------------------

    def _open_lock(self, name: str) -> _LockFile:
        try:
            self.home.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
            lock = _LockFile(self.home / name)
            if os.geteuid() == 0:  # a command once run by root must not shut out the home's owner afterwards
                owner = self.home.stat()
                os.chown(self.home / name, owner.st_uid, owner.st_gid)
            return lock
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
        self._files.refuse_a_copied_record()
        owner = self.data.stat().st_uid if self._files.major() is not None else None
        account = choose_account(owner)
        if self._files.major() is None:
            programs = find_programs()
            self._create(programs, account)
        if self._files.postmaster_pid() is None:
            self._start(find_programs(self._files.major()), account)
        self._prepare(account)
        known = self._files.read_credentials()
        return f"postgresql+psycopg://{ROLE}:{known.password}@127.0.0.1:{known.port}/{DATABASE}"

    def _create(self, programs: Programs, account: RunAs) -> None:
        """Make the cluster aside and move it into place whole, so that a kill half-way leaves nothing half-made."""
        self._files.choose_base(account)
        self.base.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.base.chmod(PRIVATE_FOLDER)
        (self.base / "home").write_text(f"{self.home}\n", encoding="utf-8")
        if account.other:
            os.chown(self.base, account.uid, account.gid)
        known = Credentials(free_port(), *(secrets.token_urlsafe(24) for _ in range(3)))
        self._files.write_credentials(known, account)
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
        self._files.clear_stale_pid_file()
        known = self._files.read_credentials()
        for _attempt in range(5):
            if not port_is_free(known.port):  # somebody took it meanwhile: leave them alone, move ourselves
                known = replace(known, port=free_port())
                self._files.write_credentials(known, account)
            self._files.write_configuration(known.port, account, durable=self.durable)
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
            if port_is_free(known.port):  # it was not the port that somebody took between look and bind
                break
        raise EmbeddedPostgresError(
            f"The private database in {self.base} did not start. {started.stdout.strip()}\n"
            f"The last lines of {self.log_file}:\n{self._files.log_tail()}"
        )

    def _prepare(self, account: RunAs) -> None:
        """Check that it is our server and that it is fit for use; make roles and database where they are missing."""
        known = self._files.read_credentials()
        fresh_password = not known.program_password
        if fresh_password:
            known = replace(known, program_password=secrets.token_urlsafe(24))
            self._files.write_credentials(known, account)
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
            known_role = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [PROGRAM_ROLE]).fetchone()
            if known_role is None or fresh_password:
                verb = sql.SQL("CREATE" if known_role is None else "ALTER")
                admin.execute(
                    sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                        verb, sql.Identifier(PROGRAM_ROLE), known.program_password
                    )
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
                    f"The private database in {self.base} does not see Chinese letters (its locale is not UTF-8), so "
                    "that addresses cannot be searched. Make a backup, move that folder away, start again and restore."
                )

    def _connect_as_admin(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        try:
            return psycopg.connect(self.admin_url(database), autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as refused:
            raise EmbeddedPostgresError(
                f"The private database in {self.base} does not let us in: {str(refused).strip()}\n"
                f"The last lines of {self.log_file}:\n{self._files.log_tail()}"
            ) from refused

    # -- is it ours, and stopping -----------------------------------------------------------------------------------

    def _stop(self) -> None:
        if self._files.postmaster_pid() is None:
            return
        programs, account = find_programs(self._files.major()), choose_account(self.data.stat().st_uid)
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
            if answer.returncode == 0 or self._files.postmaster_pid() is None:
                return
        raise EmbeddedPostgresError(f"The private database in {self.base} did not stop: {answer.stdout.strip()}")


class _LockFile:
    """An open file for `fcntl.flock`. Closing it releases the lock."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def fileno(self) -> int:
        """The file descriptor, for `fcntl.flock`."""
        return self._handle

    def close(self) -> None:
        """Close the file and release the lock."""
        os.close(self._handle)
