"""Which IP addresses are on the public internet, and why another one is not.

The networks are those of IANA's special-purpose registries (RFC 6890 and what updated it), of cloud metadata
services, and every IPv6 form that carries an IPv4 address inside. Refuses what it does not know: an IPv6 address is
public only below 2000::/3.
"""

import ipaddress
from collections.abc import Iterator
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_V4: Final = tuple(
    (ipaddress.IPv4Network(network), why)
    for network, why in (
        ("0.0.0.0/32", "unspecified"),
        ("0.0.0.0/8", "of this network (RFC 791)"),
        ("10.0.0.0/8", "private (RFC 1918)"),
        ("100.64.0.0/10", "shared by carriers (RFC 6598)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local (RFC 3927)"),
        ("172.16.0.0/12", "private (RFC 1918)"),
        ("192.0.0.0/24", "reserved for protocols (RFC 6890)"),
        ("192.0.2.0/24", "for documentation (RFC 5737)"),
        ("192.31.196.0/24", "of AS112 (RFC 7535)"),
        ("192.52.193.0/24", "of AMT (RFC 7450)"),
        ("192.88.99.0/24", "a 6to4 relay (RFC 7526)"),
        ("192.168.0.0/16", "private (RFC 1918)"),
        ("192.175.48.0/24", "of AS112 (RFC 7534)"),
        ("198.18.0.0/15", "for benchmarks (RFC 2544)"),
        ("198.51.100.0/24", "for documentation (RFC 5737)"),
        ("203.0.113.0/24", "for documentation (RFC 5737)"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "broadcast"),
        ("240.0.0.0/4", "reserved (RFC 1112)"),
    )
)
_V6: Final = tuple(
    (ipaddress.IPv6Network(network), why)
    for network, why in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "an IPv4-compatible form (RFC 4291)"),
        ("::ffff:0:0:0/96", "an IPv4-translated form (RFC 2765)"),
        ("64:ff9b:1::/48", "a local translation (RFC 8215)"),
        ("100::/64", "for discarding (RFC 6666)"),
        ("2001::/32", "a Teredo tunnel (RFC 4380)"),
        ("2001::/23", "reserved for protocols (RFC 2928)"),
        ("2001:db8::/32", "for documentation (RFC 3849)"),
        ("2620:4f:8000::/48", "of AS112 (RFC 7534)"),
        ("3fff::/20", "for documentation (RFC 9637)"),
        ("5f00::/16", "for segment routing (RFC 9602)"),
        ("fc00::/7", "private (RFC 4193)"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local (RFC 3879)"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# what clouds answer with credentials on: AWS, Azure, GCP, OCI and DigitalOcean; ECS tasks; AWS IPv6; Alibaba
METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23",
                 "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd20:ce::254")
)  # fmt: skip
_ISATAP: Final = (0x00005EFE, 0x02005EFE)


def refusal(address: Address) -> str | None:
    """Why `address` is not reached, as in "is loopback"; None for a public one."""
    for inner in _inside(address):
        why = refusal(inner)
        if why is not None:
            return f"carries {inner} inside, which {why}"
    if address in METADATA:
        return "is a cloud's metadata service"
    if isinstance(address, ipaddress.IPv4Address):
        return _listed(address, _V4)
    if address.ipv4_mapped is not None or address in _NAT64:
        return None  # what it carries was looked at above
    return _listed(address, _V6) or (None if address in _GLOBAL_V6 else "is not on the public internet")


def never(address: Address) -> str | None:
    """Why not even a name of the allow-list leads to `address`: nobody runs a service there."""
    if any(inner in METADATA for inner in (address, *_inside(address))):
        return "is a cloud's metadata service"
    for inner in (address, *_inside(address)):
        if inner.is_multicast or inner.is_unspecified or inner == ipaddress.IPv4Address("255.255.255.255"):
            return refusal(inner)
    return None


def plain(address: Address) -> Address:
    """The IPv4 address that a mapped one stands for, every other one as it is."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _listed(address: Address, networks: tuple[tuple[object, str], ...]) -> str | None:
    return next((f"is {why}" for network, why in networks if address in network), None)  # pyright: ignore[reportOperatorIssue] - one family per table


def _inside(address: Address) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 one leads to: mapped, NAT64 (RFC 6052), 6to4 (3056), Teredo, ISATAP (5214)."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    low = int(address) & 0xFFFF_FFFF
    if address in _NAT64 or (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        yield ipaddress.IPv4Address(low)
