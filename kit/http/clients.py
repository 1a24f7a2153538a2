"""Who is at the other end of a connection: the client's true address behind proxies that are trusted, and its scheme.

A header that names a client can be written by anybody. So nothing is read from one unless the connection comes from a
network in `GRID_DISPATCH_TRUSTED_PROXIES`, and then only what those proxies themselves added: the hops are read from
the right, and the first one that is no trusted proxy is the client (MDN, "X-Forwarded-For", selecting an IP address).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
Headers = Collection[tuple[bytes, bytes]]
UNKNOWN = "–"
SPEAKS_FOR_OTHERS = frozenset(
    {
        "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port",
        "x-forwarded-server", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip",
        "fastly-client-ip",
    }
)  # fmt: skip
"""Headers that a proxy adds. Where one is there, the address of the connection does not prove where the client is."""
_SPEAKS = frozenset(name.encode() for name in SPEAKS_FOR_OTHERS)
_KEY = "grid_dispatch.client"
_ADDRESS_LENGTH = 100
"""Longer texts are no addresses of anybody's, and are not remembered."""


@dataclass(frozen=True, slots=True)
class Client:
    """The client of a request. `address` is an IP address as text, or "–" where the server does not know it."""

    address: str
    scheme: str
    forwarded: bool
    """A proxy spoke for the client, or may have: a loopback address proves nothing then."""

    @property
    def network(self) -> str:
        """What limits count by: an IPv4 address, or the /64 of an IPv6 address, all of which one household has."""
        return network_of(self.address)

    @property
    def on_this_machine(self) -> bool:
        """The client runs on this machine: the connection is a loopback one and no proxy spoke."""
        found = parse_address(self.address)
        return found is not None and found.is_loopback and not self.forwarded


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks in CIDR notation, by commas or blanks. Raises `ValueError` that names the one that cannot be read."""
    found: list[Network] = []
    for part in text.replace(",", " ").split():
        try:
            found.append(ip_network(part))
        except ValueError as error:
            raise ValueError(f"{part!r} is no network in CIDR notation, such as 10.0.0.0/8 or 127.0.0.1/32") from error
    return tuple(found)


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """An IP address, without brackets, port and the IPv6 form of an IPv4 address; None where there is none."""
    return _known_address(text) if len(text) <= _ADDRESS_LENGTH else _read_address(text)


def _read_address(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped: IPv4Address | None = getattr(found, "ipv4_mapped", None)
    return mapped or found


_known_address = lru_cache(4096)(_read_address)
"""Every request asks for the same few: who is connected, and by what name the site is reached."""


def network_of(address: str) -> str:
    """An IPv4 address itself, the /64 network of an IPv6 address, and any other text as it is."""
    found = parse_address(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found) >> 64 << 64, 64)))
    return address if found is None else str(found)


def identify(
    headers: Headers, peer: str | None, scheme: str, http_version: str, trusted: Sequence[Network], hops_header: str
) -> Client:
    """The client of a connection from `peer`, whose proxies add hops to `hops_header`.

    `hops_header` is `x-forwarded-for` or `forwarded` (RFC 7239). The other one is never read: a proxy passes on what it
    does not know, so a client could write it.
    """
    names = {name.lower() for name, _ in headers}
    # A browser, a phone and curl speak HTTP/1.1 or later; HTTP/1.0 is how nginx asks when nobody told it otherwise.
    spoken_for = http_version == "1.0" or not names.isdisjoint(_SPEAKS)
    address = parse_address(peer or "")
    if address is None:
        return Client(peer or UNKNOWN, scheme, forwarded=True)
    if not _within(address, trusted):
        return Client(str(address), scheme, forwarded=spoken_for)
    told: dict[str, list[str]] = {}
    for header, value in headers:
        told.setdefault(header.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    addresses, schemes = _hops(told, hops_header)
    while addresses and _within(address, trusted):
        before = parse_address(addresses.pop())
        if before is None:  # "unknown": the proxy itself is the nearest that can be named
            break
        address = before
    said = schemes[-1].lower() if schemes else scheme
    return Client(str(address), said if said in ("http", "https") else scheme, forwarded=True)


def _hops(told: Mapping[str, list[str]], hops_header: str) -> tuple[list[str], list[str]]:
    """The addresses and the schemes that proxies wrote down, the nearest last."""
    if hops_header != "forwarded":
        return _parts(told.get("x-forwarded-for", [])), _parts(told.get("x-forwarded-proto", []))
    addresses: list[str] = []
    schemes: list[str] = []
    for element in _parts(told.get("forwarded", [])):
        pairs = dict(pair.strip().partition("=")[::2] for pair in element.split(";"))
        named = {name.lower(): value.strip('"') for name, value in pairs.items()}
        addresses.append(named.get("for", "unknown"))
        schemes.append(named.get("proto", ""))
    return addresses, schemes


def _parts(values: Sequence[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",")]


def _within(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def remember(scope: MutableMapping[str, Any], client: Client) -> None:
    """Put the client on the scope of a connection, for `client_of`, for logs and for what builds addresses."""
    scope[_KEY] = client
    port = scope["client"][1] if scope.get("client") else 0
    scope["client"], scope["scheme"] = (client.address, port), client.scheme


def client_of(scope: Mapping[str, Any]) -> Client:
    """The client of a connection. Outside `kit.http.gate` it is whoever is connected, of whom nothing is proven."""
    known = scope.get(_KEY)
    if isinstance(known, Client):
        return known
    peer = scope.get("client")
    return Client(peer[0] if peer else UNKNOWN, scope.get("scheme", "http"), forwarded=True)
