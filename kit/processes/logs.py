"""Structured logging on stderr. Personal data is removed before a line is written."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

PERSONAL = frozenset({"name", "phone", "phones", "subscriber", "address", "note", "description", "password", "token"})


def drop_personal(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the values of keys that may hold a person's data."""
    for key in event.keys() & PERSONAL:
        event[key] = "–"
    return event


_DETAIL = re.compile(r"^(DETAIL|CONTEXT|详细描述|背景):.*$", re.MULTILINE)


def drop_rows(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Remove the DETAIL and CONTEXT lines of PostgreSQL errors from a traceback: they show the values of a row."""
    if isinstance(event.get("exception"), str):
        event["exception"] = _DETAIL.sub(r"\1: –", event["exception"])
    return event


def configure_logging(level: str = "INFO", *, as_json: bool = False) -> None:
    """Set up structlog and the standard library's loggers with the same output."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_personal,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                drop_rows,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "procrastinate", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
