"""The settings of an installation, each with its environment variable."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from the environment (`GRID_DISPATCH_<NAME>`). Business rules are not settings: they are data."""

    model_config = SettingsConfigDict(env_prefix="GRID_DISPATCH_", extra="ignore", frozen=True)

    home: Path = Field(
        default=Path(".data"), description="Where all that a run writes lies: private cluster, logs, road caches."
    )
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "GRID_DISPATCH_DATABASE_URL"),
        description="Your own PostgreSQL (postgresql://…). Without it a private cluster is started.",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(default=False, description="One JSON object a line instead of readable text.")
    secure_cookies: bool = Field(default=False, description="Set when the site is served over HTTPS.")
    session_hours: int = Field(default=12, description="How long a browser stays signed in without being used.")
    snapping_radius_metres: int = Field(default=500, description="How far a point may lie from the nearest road.")
    max_upload_bytes: int = Field(default=12_000_000, description="Largest photo or file a request may carry.")
    plan_workers: int = Field(default=2, description="Cores one planning run may use.")
    sign_in_attempts: int = Field(
        default=10, description="Failed sign-ins per login and address in five minutes before 429."
    )

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


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
