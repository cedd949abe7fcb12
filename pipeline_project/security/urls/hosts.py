"""The one spelling of a host: lower case, IDNA to ASCII, no trailing dot, addresses in their canonical form.

An address may be written as one number, in octal or hexadecimal, with fewer parts or with other scripts' digits
(WHATWG URL, 3.5); readers differ in what they make of it. So each is recognised and refused, with the canonical
spelling in the remedy. Refuses percent-encoding, zone ids and names that end in a number and are no address.
"""

import ipaddress
import re
from typing import Final

import idna

from pipeline_project.errors import InvalidInput
from pipeline_project.security.urls.addresses import Address, plain

_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST: Final = 253  # RFC 1035, 2.3.4, without the root's dot


def normalized_host(host: str) -> str:
    """`host` as it is compared and connected to; an IPv6 address without brackets.

    Raises InvalidInput for what is no host or is spelled so that readers differ.
    """
    where = host[:100] or "the URL"
    if host.startswith("[") or ":" in host:
        return _v6(host[1:-1] if host.startswith("[") and host.endswith("]") else host, where)
    name = _ascii(host, where)
    last = name.rpartition(".")[2]
    if last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last):
        return _v4(name, where)
    if len(name) > _LONGEST or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise InvalidInput("is no host name", where=where, remedy="Write it with letters, digits, dots and hyphens.")
    return name


def address_of(host: str) -> Address | None:
    """The address that a normalized host is, None for a name."""
    try:
        return plain(ipaddress.ip_address(host))
    except ValueError:
        return None


def written(host: str, port: int | None = None) -> str:
    """Host and port as a URL and the allow-list write them."""
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _ascii(host: str, where: str) -> str:
    if "%" in host:
        raise InvalidInput("a host with percent-encoding is refused", where=where, remedy="Write it plainly.")
    if not host.isascii() or "xn--" in host.lower():
        try:
            host = idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise InvalidInput("is no host name (IDNA)", where=where, remedy="Correct the spelling.") from error
    name = host.lower().removesuffix(".")
    if not name:
        raise InvalidInput("names no host", where=where, remedy="Write https://host/path.")
    return name


def _v6(text: str, where: str) -> str:
    if "%" in text:
        raise InvalidInput("an address with a zone is refused", where=where, remedy="Leave the zone out.")
    try:
        return str(plain(ipaddress.IPv6Address(text)))
    except ValueError as error:
        raise InvalidInput(
            "is no IPv6 address", where=where, remedy="Write it as in http://[2606:4700::1]/."
        ) from error


def _v4(name: str, where: str) -> str:
    try:
        return str(ipaddress.IPv4Address(name))
    except ValueError as error:
        meant = _meant(name)
        problem = "is a misleading spelling of an address" if meant else "ends in a number and is no IPv4 address"
        remedy = f"Write {meant}, if that is meant." if meant else "Write four decimal numbers with dots."
        raise InvalidInput(problem, where=where, remedy=remedy) from error


def _meant(name: str) -> str | None:
    """The address that inet_aton makes of `name`: parts in any base, the last one filling what is left."""
    try:
        numbers = [_number(part) for part in name.split(".")]
        if not 1 <= len(numbers) <= 4 or any(number > 255 for number in numbers[:-1]):
            return None
        value = numbers[-1] + sum(number << (24 - 8 * index) for index, number in enumerate(numbers[:-1]))
        return str(ipaddress.IPv4Address(value)) if numbers[-1] < 256 ** (5 - len(numbers)) else None
    except ValueError:
        return None


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") and len(part) > 1 else 10)
