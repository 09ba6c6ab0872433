"""Which addresses may be connected to: those of the public internet, and no others.

Sources: the special-purpose registries of IANA, which `ipaddress` knows; RFC 6052 and 8215 (NAT64),
3056 (6to4), 4291 (IPv4 in IPv6); the documentation of clouds for addresses of their metadata.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from mmrag.errors import LoadError

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host and port; raises OSError."""

_NAT64 = ip_network("64:ff9b::/96")
_NEVER = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",  # carriers' own networks, and Alibaba's metadata
            "168.63.129.16/32",  # Azure's metadata, within a public range
            "192.88.99.0/24",  # relays of 6to4
            "64:ff9b:1::/48",  # NAT64 of a local network, embedded anywhere in it
            "::/96",  # IPv4 embedded in a way long given up
            "2001::/23",  # Teredo and other tunnels
            "fec0::/10",  # site-local, before ULA
        ),
    )
)


def is_public(address: str) -> bool:
    """Whether an address, in text, is one of the public internet."""
    try:
        ip = ip_address(address.partition("%")[0])  # after % stands the interface
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and (inner := _embedded(ip)) is not None:
        return is_public(str(inner))
    if any(ip in network for network in _NEVER if network.version == ip.version):
        return False
    special = (
        ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved
    )
    return ip.is_global and not special and not ip.is_unspecified


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def checked(
    host: str, port: int, *, allowed: Callable[[str], bool], resolver: Resolver
) -> Sequence[str]:
    """The addresses of a host, every one of which may be connected to.

    Connect to one of these and not to the name, which may lead elsewhere a moment later.

    Raises:
        LoadError: the host is not known, or one of its addresses is not allowed.
    """
    try:
        addresses = resolver(host, port)
    except (OSError, UnicodeError) as exc:
        raise LoadError(host, f"no address is known for {host}: {exc}") from exc
    if not addresses:
        raise LoadError(host, f"no address is known for {host}")
    for address in addresses:
        if not allowed(address):
            where = host if host == address else f"{host} is at {address}, which"
            raise LoadError(
                host,
                f"{where} is no address of the public internet; where that is wanted, allow it "
                f"with --allow-private-addresses",
            )
    return addresses
