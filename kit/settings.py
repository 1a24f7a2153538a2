"""The settings of an installation, each with its environment variable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from kit.http.clients import parse_networks

PREFIX = "GRID_DISPATCH_"
_WORDS = {
    "yes": "true",
    "y": "true",
    "on": "true",
    "t": "true",
    "no": "false",
    "n": "false",
    "off": "false",
    "f": "false",
}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator can set, and what holds where they set nothing. Business rules are data, not settings.

    `GRID_DISPATCH_<NAME>` sets a value; the database's address is also read from `DATABASE_URL`.
    """

    home: Path = Path(".data")
    """Where all that a run writes lies: private cluster, logs, road caches."""
    database_url: str | None = None
    """Your own PostgreSQL (postgresql://…). Without it a private cluster is started."""
    owner_database_url: str | None = None
    """The same database as the role that owns its tables: migrations and restore work as it."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    log_json: bool = False
    """One JSON object a line instead of readable text."""
    secure_cookies: bool = False
    """Mark cookies as for HTTPS only; where a request comes by HTTPS they always are."""
    session_hours: int = 12
    """How long a browser stays signed in without being used."""
    snapping_radius_metres: int = 500
    """How far a point may lie from the nearest road."""
    max_upload_bytes: int = 12_000_000
    """Largest photo or file a request may carry."""
    plan_workers: int = 2
    """Cores one planning run may use."""
    plan_runs_per_person: int = 2
    """Planning runs of one person that wait or run at once."""
    plan_runs_per_area: int = 4
    """Planning runs of one area that wait or run at once."""
    sign_in_attempts: int = 10
    """Failed sign-ins of one login from one address before each further one waits."""
    trusted_proxies: str = ""
    """Networks (CIDR, by commas) of reverse proxies whose word about the client is believed."""
    proxy_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    """Where those proxies write the client's address; they must set it."""
    allowed_hosts: str = ""
    """Names under which the site is reached, by commas; `*` for any. Addresses always are."""
    public_url: str = ""
    """Where subscribers reach the site (https://…), for the links they are sent; without it a link is only a path."""
    open_streams: int = 10
    """Live streams that one account, or one subscriber's link, may hold in one web process."""
    push_hosts: str = (
        "fcm.googleapis.com,updates.push.services.mozilla.com,push.services.mozilla.com,push.apple.com,"
        "notify.windows.com"
    )
    """Push services, by commas, that this server calls where a phone's browser subscribes; nothing else is called."""
    push_contact: str = ""
    """How push services reach the operator: `mailto:…` or `https://…`; by default `mailto:postmaster@localhost`."""
    phones_at_once: int = 400
    """Requests of phones that one web process works on at once; who comes then is told to come again (503)."""

    def __post_init__(self) -> None:
        parse_networks(self.trusted_proxies)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of `allowed_hosts`."""
        return tuple(self.allowed_hosts.replace(",", " ").split())

    @property
    def push_services(self) -> tuple[str, ...]:
        """The names of `push_hosts`."""
        return tuple(self.push_hosts.lower().replace(",", " ").split())

    @property
    def data_home(self) -> Path:
        """The home folder as an absolute path; created by whoever writes first."""
        return self.home.expanduser().resolve()

    @property
    def roads_socket(self) -> Path:
        """The socket of the host's `roads` process. Such a path holds 107 bytes: a long home uses the temp folder."""
        wanted = self.data_home / "roads.sock"
        if len(str(wanted)) < 100:
            return wanted
        import hashlib
        import tempfile

        name = hashlib.sha256(str(wanted).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"gd-{name}-roads.sock"


class BadSetting(SystemExit):
    """A variable of the environment that cannot be what it says; the program ends with this sentence."""


def read(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment; the case of a variable's name does not matter. Raises `BadSetting`."""
    given = {name.upper(): value for name, value in environment.items()}
    values = {
        name: _WORDS.get(value.lower(), value) if isinstance(default, bool) else value
        for name, default in zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True)
        if (value := given.get(PREFIX + name.upper())) is not None
    }
    if "DATABASE_URL" in given:
        values["database_url"] = given["DATABASE_URL"]
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        from kit.explaining import explained

        said = explained(error)
        name = str(said.params.get("place", "–")).upper()
        said.params["place"] = "it"
        raise BadSetting(f"{PREFIX}{name}: {said}") from error


def _path(kind: type[Any], value: Any) -> Any:
    return kind(value)


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return read(os.environ)
