from __future__ import annotations

from typing import Any

import pytest

from kit.http.clients import SPEAKS_FOR_OTHERS, Client, identify, network_of, parse_networks

PROXY, OTHER_PROXY, CLIENT, LIAR = "10.0.0.1", "10.0.0.2", "203.0.113.9", "198.51.100.7"
TRUSTED = parse_networks("10.0.0.0/24, 127.0.0.1/32 2001:db8:ffff::/48")


def seen(peer: str | None, *headers: tuple[str, str], trusted: Any = TRUSTED, **options: Any) -> Client:
    given = {"scheme": "http", "http_version": "1.1", "hops_header": "x-forwarded-for"} | options
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return identify(raw, peer, trusted=trusted, **given)


def test_nobody_is_believed_by_default():
    client = seen(LIAR, ("x-forwarded-for", CLIENT), ("x-forwarded-proto", "https"), trusted=())
    assert (client.address, client.scheme, client.forwarded) == (LIAR, "http", True)


@pytest.mark.parametrize(
    ("hops", "found"),
    [
        ([CLIENT], CLIENT),
        ([f"{LIAR}, {CLIENT}"], CLIENT),  # the client wrote the left one itself
        ([f"127.0.0.1, {CLIENT}"], CLIENT),
        ([f"{LIAR}, {CLIENT}, {OTHER_PROXY}"], CLIENT),
        ([LIAR, CLIENT], CLIENT),  # the same header twice
        ([f"{CLIENT}:4711"], CLIENT),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["::ffff:203.0.113.9"], CLIENT),
        ([f"{OTHER_PROXY}"], OTHER_PROXY),  # only proxies: the first of them
        (["unknown"], PROXY),
        ([f"{CLIENT}, unknown"], PROXY),
        ([""], PROXY),
        ([], PROXY),
    ],
)
def test_the_client_is_the_right_most_hop_that_is_no_trusted_proxy(hops: list[str], found: str):
    assert seen(PROXY, *[("x-forwarded-for", hop) for hop in hops]).address == found


def test_a_header_that_the_proxy_does_not_write_is_not_read():
    hops = (("x-forwarded-for", CLIENT), ("forwarded", f"for={LIAR};proto=https"), ("x-real-ip", LIAR))
    assert seen(PROXY, *hops).address == CLIENT
    assert seen(PROXY, *hops).scheme == "http"
    other = seen(PROXY, *hops, hops_header="forwarded")
    assert (other.address, other.scheme) == (LIAR, "https")


def test_forwarded_is_read_as_rfc_7239_writes_it():
    value = f'for={LIAR};proto=http, For="[2001:db8:cafe::17]:4711";Proto=https;by=_hidden'
    client = seen(PROXY, ("forwarded", value), hops_header="forwarded")
    assert (client.address, client.scheme) == ("2001:db8:cafe::17", "https")
    assert seen(PROXY, ("forwarded", "for=_secret"), hops_header="forwarded").address == PROXY


def test_a_trusted_proxy_tells_the_scheme_and_nothing_but_a_scheme():
    assert seen(PROXY, ("x-forwarded-proto", "http, https")).scheme == "https"
    assert seen(PROXY, ("x-forwarded-proto", "javascript")).scheme == "http"


@pytest.mark.parametrize("header", sorted(SPEAKS_FOR_OTHERS))
def test_a_loopback_address_proves_nothing_where_a_proxy_spoke(header: str):
    assert seen("127.0.0.1", trusted=()).on_this_machine
    assert seen("::1", trusted=()).on_this_machine
    assert not seen("127.0.0.1", (header, "x"), trusted=()).on_this_machine


def test_what_comes_through_a_trusted_proxy_is_never_on_this_machine():
    assert not seen("127.0.0.1").on_this_machine
    assert not seen("127.0.0.1", ("x-forwarded-for", "127.0.0.1")).on_this_machine
    assert not seen(CLIENT, trusted=()).on_this_machine


def test_http_1_0_is_how_a_proxy_asks_that_nobody_configured():
    assert not seen("127.0.0.1", trusted=(), http_version="1.0").on_this_machine


@pytest.mark.parametrize("peer", [None, "", "testclient"])
def test_an_unknown_peer_is_somebody_but_not_here(peer: str | None):
    client = seen(peer, ("x-forwarded-for", "127.0.0.1"))
    assert client.address
    assert not client.on_this_machine


def test_limits_count_an_ipv6_household_once():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("::1") == "::/64"
    assert network_of("::ffff:203.0.113.9") == CLIENT


def test_a_network_that_cannot_be_read_is_named():
    assert parse_networks("") == ()
    with pytest.raises(ValueError, match=r"'10\.0\.0\.300'"):
        parse_networks("127.0.0.1/32,10.0.0.300")
