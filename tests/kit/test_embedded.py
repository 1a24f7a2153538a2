from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from kit.db import libpq_url
from kit.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError
from kit.postgres.programs import choose_account
from kit.processes.private import how_to_close, open_to_others
from tests.databases import ROOT


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose cluster is stopped and removed afterwards, wherever it lies. pytest's own folders are mode 700."""
    for folder in tmp_path.parents[:4]:
        if folder.stat().st_uid == os.geteuid() and folder.name.startswith(("pytest-", "popen-")):
            folder.chmod(0o711)
    tmp_path.chmod(0o711)
    folder = tmp_path / "home"
    folder.mkdir(0o711)
    yield folder
    cluster = EmbeddedPostgres(folder)
    cluster.stop()
    shutil.rmtree(cluster.base, ignore_errors=True)


def ask(url: str, statement: str) -> object:
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def in_another_process(home: Path, code: str) -> str:
    program = (
        f"from kit.postgres.embedded import EmbeddedPostgres, Path; e = EmbeddedPostgres(Path({str(home)!r})); {code}"
    )
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def cut_the_power(cluster: EmbeddedPostgres) -> int:
    """Kill the server and its children at once, as a power cut does; the dead pid stays in the file."""
    pid = cluster.status().pid
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for victim in [pid, *map(int, children)]:
        with suppress(ProcessLookupError):  # children notice by themselves that the server is gone
            os.kill(victim, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        time.sleep(0.02)
    return pid


def test_a_fresh_home_gets_a_database_fit_for_cities_and_chinese(home: Path) -> None:
    cluster = EmbeddedPostgres(home)
    url = cluster.ensure_started()
    assert cluster.is_running()
    assert ask(url, "SELECT ST_AsText(ST_Point(116.4, 39.9))") == "POINT(116.4 39.9)"
    assert ask(url, "SELECT similarity('张江高科技园区', '张江高科')::numeric > 0.3")
    assert ask(url, "SELECT count(*) FROM pg_extension WHERE extname IN ('postgis', 'pg_trgm', 'btree_gist')") == 3
    assert ask(url, "SHOW fsync") == "on"
    assert ask(url, "SHOW timezone") == "UTC"
    assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert stat.S_IMODE((cluster.base / "credentials.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster.base.stat().st_mode) == 0o700
    assert url == cluster.ensure_started(), "a running database is found, not started twice"


def test_it_listens_on_loopback_only_and_lets_nobody_in_without_the_password(home: Path) -> None:
    cluster = EmbeddedPostgres(home)
    url = cluster.ensure_started()
    assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            libpq_url(url).replace(json.loads((cluster.base / "credentials.json").read_text())["password"], "wrong")
        )


def test_what_was_committed_survives_a_power_cut(home: Path) -> None:
    cluster = EmbeddedPostgres(home)
    url = cluster.ensure_started()
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    cut_the_power(cluster)
    assert not cluster.is_running()
    assert ask(cluster.ensure_started(), "SELECT answer FROM kept") == 42


def test_a_server_that_ended_is_started_again_by_who_watches_it(home: Path) -> None:
    cluster = EmbeddedPostgres(home)
    url = cluster.ensure_started()
    cut_the_power(cluster)
    cluster.keep_running()
    assert ask(url, "SELECT 1") == 1, "at the same address"


def test_a_process_that_inherited_the_dead_servers_number_is_neither_trusted_nor_touched(home: Path) -> None:
    cluster = EmbeddedPostgres(home)
    url = cluster.ensure_started()
    dead = cut_the_power(cluster)
    account = choose_account(cluster.data.stat().st_uid)
    stranger = subprocess.Popen(
        ["/bin/sleep", "60"], user=account.uid if account.other else None, group=account.gid if account.other else None
    )
    try:
        pid_file = cluster.data / "postmaster.pid"
        pid_file.write_text(pid_file.read_text().replace(str(dead), str(stranger.pid), 1))
        assert not cluster.is_running()
        cluster.stop()
        assert stranger.poll() is None
        assert cluster.ensure_started() == url
        cluster.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_stranger_on_our_port_makes_us_move(home: Path) -> None:
    cluster = EmbeddedPostgres(home)
    cluster.ensure_started()
    port = cluster.status().port
    cluster.stop()
    with socket.create_server(("127.0.0.1", port or 0)):
        url = cluster.ensure_started()
        assert cluster.status().port != port
        assert ask(url, "SELECT 1") == 1
    moved = cluster.status().port
    cluster.stop()
    cluster.ensure_started()
    assert cluster.status().port == moved, "the port is kept while it is free"


def test_two_commands_that_start_at_once_get_one_server(home: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: in_another_process(home, "print(e.ensure_started())"), range(3)))
    assert len(set(answers)) == 1
    assert EmbeddedPostgres(home).is_running()


def test_whoever_leaves_last_stops_the_server(home: Path) -> None:
    cluster = EmbeddedPostgres(home)
    with cluster.use() as url:
        in_another_process(home, "u = e.use(); u.__enter__(); u.__exit__(None, None, None)")
        assert ask(url, "SELECT 1") == 1, "the other command left while we still worked"
    assert not cluster.is_running()


def test_a_start_killed_half_way_is_begun_again(home: Path) -> None:
    cluster = EmbeddedPostgres(home)
    half = cluster.base / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    assert ask(cluster.ensure_started(), "SELECT 1") == 1


def test_two_homes_live_side_by_side(home: Path) -> None:
    first, second = EmbeddedPostgres(home), EmbeddedPostgres(home / "other")
    try:
        assert first.ensure_started() != second.ensure_started()
        second.stop()
        assert first.is_running()
    finally:
        second.stop()
        shutil.rmtree(second.base, ignore_errors=True)


def test_a_lost_password_file_is_said_plainly(home: Path) -> None:
    cluster = EmbeddedPostgres(home)
    cluster.ensure_started()
    cluster.stop()
    (cluster.base / "credentials.json").unlink()
    with pytest.raises(EmbeddedPostgresError, match=r"credentials\.json is missing"):
        cluster.ensure_started()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")
def test_under_a_home_that_others_cannot_enter_it_lies_elsewhere_and_the_home_says_where(home: Path) -> None:
    home.chmod(0o700)
    cluster = EmbeddedPostgres(home)
    url = cluster.ensure_started()
    assert (home / "cluster-path").read_text().strip() == str(cluster.base)
    assert home not in cluster.base.parents
    assert cluster.data.stat().st_uid != 0
    assert ask(url, "SELECT 1") == 1
    copied = home.with_name("copied")
    shutil.copytree(home, copied)
    with pytest.raises(EmbeddedPostgresError, match="is a copy of"):
        EmbeddedPostgres(copied).ensure_started()


def test_under_a_home_that_others_cannot_enter_a_deleted_home_leaves_its_cluster_to_nobody_else(home: Path) -> None:
    home.chmod(0o700)
    first = EmbeddedPostgres(home)
    first.ensure_started()
    passwords = (first.base / "credentials.json").read_text()
    first.stop()
    first_base, record = first.base, (home / "cluster-path").read_text()
    (home / "cluster-path").unlink()  # what is left of it when somebody deletes the home and makes it anew
    second = EmbeddedPostgres(home)
    try:
        assert ask(second.ensure_started(), "SELECT 1") == 1
        assert second.base != first_base
        assert (first_base / "credentials.json").read_text() == passwords
    finally:
        second.stop()
        shutil.rmtree(second.base, ignore_errors=True)
        (home / "cluster-path").write_text(record)
    assert ask(first.ensure_started(), "SELECT 1") == 1


def test_a_new_home_is_for_its_user_alone_and_one_open_to_others_is_noticed(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    cluster = EmbeddedPostgres(home)
    cluster.stop()  # nothing to stop, and nothing made
    assert not home.exists()
    try:
        cluster.ensure_started()
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert stat.S_IMODE(cluster.base.stat().st_mode) == 0o700
    finally:
        cluster.stop()
        shutil.rmtree(cluster.base, ignore_errors=True)
    for mode, is_open in ((0o700, False), (0o711, False), (0o750, True), (0o755, True), (0o777, True), (0o722, True)):
        home.chmod(mode)
        assert open_to_others(home) == is_open
    assert str(home) in how_to_close(home)
    assert not open_to_others(tmp_path / "absent")


def test_the_program_has_a_role_of_its_own_also_in_a_home_made_before_there_were_two(home: Path) -> None:
    cluster = EmbeddedPostgres(home)
    cluster.ensure_started()
    cluster.stop()
    credentials = cluster.base / "credentials.json"
    known = json.loads(credentials.read_text())
    owner = credentials.stat()
    del known["program_password"]
    credentials.write_text(json.dumps(known))
    url = cluster.ensure_started()
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    assert credentials.stat().st_uid == owner.st_uid
    assert ask(url, "SELECT current_user") == "grid_dispatch"
    assert ask(cluster.program_url(), "SELECT current_user") == "grid_dispatch_program"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(cluster.program_url(), "CREATE TABLE mine (id int)")
