"""Which addresses may be connected to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import LoadError
from mmrag.ingest.sources.addresses import checked, is_public

# RFC 6890 and the registries behind it, written out here so that `ipaddress` is checked too.
CLOSED = [
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
        *("::/127", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32"),
        *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
]


@st.composite
def closed(draw: st.DrawFn) -> str:
    network = draw(st.sampled_from(CLOSED))
    return str(network[draw(st.integers(0, network.num_addresses - 1))])


@given(closed())
def test_special_addresses_are_refused(address: str) -> None:
    assert not is_public(address)
    assert not is_public(f"{address}%eth0")


@given(st.ip_addresses(v=4))
def test_an_address_in_another_is_judged_as_itself(address: IPv4Address) -> None:
    number, public = int(address), is_public(str(address))
    for prefix, shift in (("::ffff:0:0", 0), ("64:ff9b::", 0), ("2002::", 80)):
        outer = IPv6Address(int(IPv6Address(prefix)) | number << shift)
        assert is_public(str(outer)) == public, outer
    assert not is_public(str(IPv6Address(number)))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "193.0.6.139", "2001:67c:2e8:22::c100:68b", "2a00:1450:4001:80b::200e"]
)
def test_addresses_of_the_internet_are_taken(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["", "localhost", "0x7f000001", "127.1", "::1]", "8.8.8.8.8"])
def test_what_is_no_address_is_refused(address: str) -> None:
    assert not is_public(address)


def test_all_addresses_of_a_name_must_be_public() -> None:
    def resolver(host: str, port: int) -> list[str]:
        return {"good": ["8.8.8.8", "2a00:1450::1"], "mixed": ["8.8.8.8", "10.0.0.1"]}[host]

    assert checked("good", 80, allowed=is_public, resolver=resolver) == ["8.8.8.8", "2a00:1450::1"]
    with pytest.raises(LoadError, match=r"mixed is at 10\.0\.0\.1, which is no address of the pub"):
        checked("mixed", 80, allowed=is_public, resolver=resolver)
    with pytest.raises(LoadError, match="no address is known for nobody"):
        checked("nobody", 80, allowed=is_public, resolver=lambda host, port: [])


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f.1", "0", "[::1]", "::1"]
)
def test_spellings_of_this_machine_are_seen_through(host: str) -> None:
    from mmrag.ingest.sources.addresses import resolve

    with pytest.raises(LoadError, match=r"no address of the public|no address is known"):
        checked(host, 80, allowed=is_public, resolver=resolve)
