"""`up`, `down`, `demo`: the running product in the foreground, ended whole by Ctrl-C."""

from __future__ import annotations

import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import rich_click as click

from dispatch.cli import main
from dispatch.cli.runtime import database_url, dump, err, failing_in_words, language
from kit.errors import Unavailable
from kit.explaining import reason_of
from kit.i18n import Said, text
from kit.processes.logs import configure_logging
from kit.processes.ports import free_port, port_is_free
from kit.processes.private import PRIVATE_FOLDER, how_to_close, open_to_others
from kit.processes.supervisor import Child, ProcessesError, Supervisor, answers, running, stop_running
from kit.qr import in_terminal
from kit.settings import settings


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how the web processes listen."""

    host: str
    port: int | None
    workers: int
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @property
    def scheme(self) -> str:
        """What addresses begin with."""
        return "https" if self.tls_cert else "http"

    def tls(self) -> list[str]:
        """The options of the web server for HTTPS. Raises `ProcessesError` where certificate and key do not fit."""
        if self.tls_cert is None or self.tls_key is None:
            if self.tls_cert is not None or self.tls_key is not None:
                raise ProcessesError(text("tls.both", language()))
            return []
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.tls_cert, self.tls_key, password=_no_password)
        except (OSError, ssl.SSLError, ValueError) as error:
            detail = _why_not(error)
            said = text("tls.unreadable", language(), cert=self.tls_cert, key=self.tls_key, detail=detail)
            raise ProcessesError(said) from error
        return [
            "--ssl-certificate", str(self.tls_cert), "--ssl-keyfile", str(self.tls_key), "--ssl-protocol-min", "tls1.2",
        ]  # fmt: skip


class _HasPasswordError(ValueError):
    """The key would have to be opened by somebody at the keyboard."""


def _no_password() -> str:
    raise _HasPasswordError


def _why_not(error: Exception) -> Said:
    """Why a certificate and its key do not serve."""
    if isinstance(error, _HasPasswordError):
        return Said("tls.password")
    if isinstance(error, ssl.SSLError):
        return Said("tls.mismatch" if error.reason == "KEY_VALUES_MISMATCH" else "tls.not_pem")
    return reason_of(error) if isinstance(error, OSError) else Said("tls.not_pem")


def children(url: str, listening: Listening, port: int) -> list[Child]:
    """The processes of one installation: web, background workers, roads."""
    from kit.jobs import FILES, LOOP, PLANNING

    host = listening.host
    chosen = settings()
    environment = {
        "DATABASE_URL": url,
        "GRID_DISPATCH_HOME": str(chosen.data_home),
        "GRID_DISPATCH_ALLOWED_HOSTS": ",".join((*chosen.hosts, host)),
    }
    local = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    web = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", host, "--port", str(port),
        "--workers", str(listening.workers), "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "5",
        *listening.tls(), "dispatch.app:create_app",
    ]  # fmt: skip
    roads = [
        sys.executable, "-m", "citymap.osrm.server",
        "--socket", str(chosen.roads_socket), "--home", str(chosen.data_home),
    ]  # fmt: skip
    return [
        Child("roads", roads, environment, lambda: chosen.roads_socket.exists()),
        Child("worker", [sys.executable, "-m", "dispatch.worker", LOOP], environment),
        Child("planner", [sys.executable, "-m", "dispatch.worker", PLANNING, FILES], environment),
        Child("web", web, environment, answers(f"{listening.scheme}://{local}:{port}/api/health")),
    ]


def serve(
    listening: Listening,
    lines: Callable[[str], list[str]],
    prepare: Callable[[str], None],
    others: Callable[[str, str], list[Child]] = lambda _database, _site: [],
    afterwards: Callable[[str], None] = lambda _database: None,
) -> None:
    """Start everything, print `lines` (told the address) and the URL last, and stay until told to stop.

    `prepare` and `afterwards` get the database's address; `others` gets the pages' too and names more processes.
    """
    from dispatch.roles import owns_tables, role_of
    from kit.postgres.embedded import EmbeddedPostgres

    chosen, host, port = settings(), listening.host, listening.port
    listening.tls()
    chosen.data_home.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    if open_to_others(chosen.data_home):
        folder = chosen.data_home
        err.print(text("home.open", language(), folder=folder, command=how_to_close(folder)), soft_wrap=True)
    if (already := running(chosen.data_home)) is not None:
        raise ProcessesError(
            f"It runs already at {already.url}. Stop that with `grid-dispatch down`, or set GRID_DISPATCH_HOME to "
            "another folder for a second installation."
        )
    if port is not None and port and not port_is_free(port, host):
        raise ProcessesError(f"Port {port} is taken. Leave --port out and a free one is found.")
    number = port or (8000 if port_is_free(8000, host) else free_port(host))
    shown = f"{listening.scheme}://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{number}/"  # noqa: S104
    with database_url() as url:
        if chosen.database_url and owns_tables(url):
            err.print(text("database.one_role", language(), role=role_of(url)), soft_wrap=True)
        prepare(url)

        def ready() -> None:
            for line in lines(shown):
                click.echo(line)
            click.echo(shown)
            sys.stdout.flush()

        watch = None if chosen.database_url else EmbeddedPostgres(chosen.data_home).keep_running
        supervisor = Supervisor(chosen.data_home, url=shown, ports={"web": number}, watch=watch)
        try:
            supervisor.run([*children(url, listening, number), *others(url, shown)], ready)
        finally:
            afterwards(url)
    err.print("Stopped. Nothing was lost; start it again the same way.")


@contextmanager
def in_words() -> Iterator[None]:
    """Errors of processes as sentences too."""
    configure_logging("WARNING")
    with failing_in_words(as_json=False):
        try:
            yield
        except ProcessesError as error:
            err.print(f"[red]✗[/red] {error}", soft_wrap=True)
            sys.exit(1)


_host = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 for every address."
)
_port = click.option("--port", type=int, help="Default: 8000, or a free one where that is taken.")
_workers = click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Web processes.")
_file = click.Path(path_type=Path, dir_okay=False, exists=True, readable=True)
_cert = click.option("--tls-cert", type=_file, help="Serve HTTPS with this certificate chain (PEM).")
_key = click.option("--tls-key", type=_file, help="The certificate's private key (PEM, PKCS #8, no password).")


@main.command("up")
@_host
@_port
@_workers
@_cert
@_key
def up(host: str, port: int | None, workers: int, tls_cert: Path | None, tls_key: Path | None) -> None:
    """Start the database (private, or DATABASE_URL), bring it to the newest schema, and serve until Ctrl-C."""
    with in_words():
        serve(Listening(host, port, workers, tls_cert, tls_key), lambda _address: [], lambda _url: None)


@main.command("down")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def down(as_json: bool) -> None:
    """Stop what `up` or `demo` started for this home. Nothing is lost."""
    with in_words():
        stopped = stop_running(settings().data_home)
    if as_json:
        sys.stdout.write(dump({"stopped": stopped}) + "\n")
    else:
        click.echo("Stopped." if stopped else "Nothing was running.")


@main.command("demo")
@_host
@_port
@_workers
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another city.")
@click.option("--busy", is_flag=True, help="The day after a storm, where a new day is opened.")
@click.option("--speed", type=click.FloatRange(1, 60), default=10, show_default=True, help="The city's seconds in one.")
@click.option("--still", is_flag=True, help="Nobody acts but you; the city's clock runs as ours.")
def demo(host: str, port: int | None, workers: int, seed: int, busy: bool, speed: float, still: bool) -> None:
    """A fictional city that lives: technicians drive, orders come in, calls are made, and you may join in.

    Made at the first start, kept afterwards; a day is opened in mid-morning, and the clock stands while it is stopped.
    """
    from dispatch.demo.making import pause_demo, prepare_demo

    logins: list[str] = []

    def lines(address: str) -> list[str]:
        phone = f"{address}technician"
        return [*logins, text("demo.phone", language(), address=phone), *in_terminal(phone)]

    def prepare(url: str) -> None:
        told = prepare_demo(url, seed, lambda line: err.print(line), busy=busy, speed=1.0 if still else speed)
        logins.extend(told)

    def people(url: str, address: str) -> list[Child]:
        argv = [sys.executable, "-m", "dispatch.demo.living", "--url", address.rstrip("/"), "--seed", str(seed)]
        environment = {"DATABASE_URL": url, "GRID_DISPATCH_HOME": str(settings().data_home)}
        return [] if still else [Child("people", [*argv, *(["--busy"] if busy else [])], environment)]

    with in_words():
        serve(Listening(host, port, workers), lines, prepare, people, pause_demo)


@contextmanager
def site(url: str | None) -> Iterator[str]:
    """The address of a running product: the one given, the `up` of this home, or one started for the block."""
    if url is not None:
        yield url.rstrip("/")
        return
    chosen = settings()
    if (already := running(chosen.data_home)) is not None and already.ready:
        yield already.url.rstrip("/")
        return
    program = Path(sys.executable).with_name("grid-dispatch")
    process = subprocess.Popen(  # noqa: S603 - our own program
        [str(program), "up", "--port", str(free_port())],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while True:
            started = running(chosen.data_home)
            if started is not None and started.ready:
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable("site.not_started", logs=str(chosen.data_home / "logs"))
            time.sleep(0.1)
        yield started.url.rstrip("/")
    finally:
        process.terminate()
        process.wait(timeout=30)
