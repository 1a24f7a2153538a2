"""What a channel is, and what HTTP's failures mean for a message: surely not sent, or perhaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

import httpx

Outcome = Literal["accepted", "refused", "retry", "unknown"]
TIMEOUT = httpx.Timeout(15.0, connect=5.0)
MOST_ANSWER = 100_000
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message: taken; refused for good; surely not taken, so try again; or nobody knows."""

    outcome: Outcome
    gateway_id: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a channel gets it. `key` is the same for every try; `values` are harmless already."""

    key: str
    kind: str
    language: str
    text: str
    at: datetime
    """When this try began; a real time."""
    phone: str | None = None
    email: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Any] = field(default_factory=dict)
    """Names of this text at gateways, by gateway and language."""


class Channel(Protocol):
    """An adapter."""

    repeats_safely: bool
    """The other side knows a repeat by its key, so an unknown outcome may simply be sent again."""
    can_tell: bool
    """`ask` says what became of a message."""
    public: bool
    """Others read along: finish codes and links stay out."""
    silent: bool
    """It brings nothing to anybody, and only says that there was something to bring."""

    def reaches(self, phone: str | None, email: str | None) -> bool:
        """Whether it can bring something to this recipient."""

    async def send(self, out: Outgoing) -> Result:
        """Send once. It does not raise."""

    async def ask(self, out: Outgoing) -> Result:
        """What became of an earlier `send`: `retry` where it never came there, `unknown` where nobody says."""


class BadConfiguration(Exception):
    """A channel lacks something; `args[0]` names it."""


async def request(method: str, url: str, **options: Any) -> tuple[httpx.Response | None, Result | None]:
    """One HTTP request without redirects: the response, or else what its failure means for the message."""
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
            response = await client.request(method, url, **options)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError):
        return None, Result("retry", detail="no_connection")
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return None, Result("refused", detail="bad_address")
    except httpx.LocalProtocolError:
        return None, Result("refused", detail="bad_request")
    except httpx.TimeoutException:
        return None, Result("unknown", detail="timeout")
    except httpx.HTTPError:
        return None, Result("unknown", detail="cut_off")
    if response.status_code in (408, 425, 429, 503):
        return None, Result("retry", detail=f"http_{response.status_code}")
    if response.status_code >= 500:
        return None, Result("unknown", detail=f"http_{response.status_code}")
    if response.status_code >= 300:
        return None, Result("refused", detail=f"http_{response.status_code}")
    return response, None


def json_of(response: httpx.Response) -> Any:
    """The body as JSON; None where it is none or too large."""
    if len(response.content) > MOST_ANSWER:
        return None
    try:
        return response.json()
    except ValueError:
        return None


def needed(settings: Mapping[str, Any], name: str) -> str:
    """A setting that must be there. Raises `BadConfiguration`."""
    value = settings.get(name)
    if not isinstance(value, str) or not value:
        raise BadConfiguration(name)
    return value
