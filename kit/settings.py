"""Everything an operator can set, typed, with the environment variable that sets it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.clients import parse_networks


class Settings(BaseSettings):
    """Read from the environment (`GRID_DISPATCH_<NAME>`); nothing here is a business rule, those are data."""

    model_config = SettingsConfigDict(env_prefix="GRID_DISPATCH_", extra="ignore", frozen=True)

    home: Path = Field(
        default=Path(".data"), description="Where all that a run writes lies: private cluster, logs, road caches."
    )
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "GRID_DISPATCH_DATABASE_URL"),
        description="Your own PostgreSQL (postgresql://…). Without it a private cluster is started.",
    )
    owner_database_url: str | None = Field(
        default=None,
        description="The same database as the role that owns its tables: migrations and restore work as it.",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(default=False, description="One JSON object a line instead of readable text.")
    secure_cookies: bool = Field(
        default=False,
        description="Mark cookies as for HTTPS only; where a request comes by HTTPS they always are.",
    )
    session_hours: int = Field(default=12, description="How long a browser stays signed in without being used.")
    snapping_radius_metres: int = Field(default=500, description="How far a point may lie from the nearest road.")
    max_upload_bytes: int = Field(default=12_000_000, description="Largest photo or file a request may carry.")
    plan_workers: int = Field(default=2, description="Cores one planning run may use.")
    sign_in_attempts: int = Field(
        default=10, description="Failed sign-ins of one login from one address before each further one waits."
    )
    trusted_proxies: str = Field(
        default="", description="Networks (CIDR, by commas) of reverse proxies whose word about the client is believed."
    )
    proxy_header: Literal["x-forwarded-for", "forwarded"] = Field(
        default="x-forwarded-for", description="Where those proxies write the client's address; they must set it."
    )
    allowed_hosts: str = Field(
        default="",
        description="Names under which the site is reached, by commas; `*` for any. Addresses always are.",
    )
    open_streams: int = Field(default=10, description="Live streams that one account may hold in one web process.")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks_can_be_read(cls, value: str) -> str:
        parse_networks(value)
        return value

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of `allowed_hosts`."""
        return tuple(self.allowed_hosts.replace(",", " ").split())

    @property
    def data_home(self) -> Path:
        """The home folder as an absolute path; created by whoever writes first."""
        return self.home.expanduser().resolve()

    @property
    def roads_socket(self) -> Path:
        """Where the host's one `roads` process listens. Socket paths hold 107 bytes, so a deep home falls back."""
        wanted = self.data_home / "roads.sock"
        if len(str(wanted)) < 100:
            return wanted
        import hashlib
        import tempfile

        name = hashlib.sha256(str(wanted).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"gd-{name}-roads.sock"


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
