"""Turns a host into the addresses it may be connected to, or says which of them is refused.

All addresses of a name are looked at: one internal address among them refuses the name, because which one is used is
left to chance. Nothing is cached here; whoever connects resolves once and uses that answer.
"""

import ipaddress

from pipeline_project.errors import PermissionDenied, ServiceUnavailable
from pipeline_project.security.urls.addresses import Address, never, plain, refusal
from pipeline_project.security.urls.hosts import address_of, written
from pipeline_project.security.urls.policy import UrlPolicy, opening


async def addresses_of(host: str, port: int, policy: UrlPolicy) -> tuple[Address, ...]:
    """The addresses to connect to, in order. Raises PermissionDenied for a closed one, ServiceUnavailable for none."""
    literal = address_of(host)
    found = (literal,) if literal is not None else await _looked_up(host, port, policy)
    opened = policy.opens(host, port)
    for address in found:
        _refuse(host, port, address, opened=opened, literal=literal is not None)
    return found


async def _looked_up(host: str, port: int, policy: UrlPolicy) -> tuple[Address, ...]:
    try:
        texts = await policy.resolver(host, port)
        found = tuple(dict.fromkeys(plain(ipaddress.ip_address(text)) for text in texts))
    except (OSError, UnicodeError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        remedy = "Check the spelling and the name server."
        raise ServiceUnavailable(f"the name cannot be resolved: {why}", where=host, remedy=remedy) from error
    if not found:
        raise ServiceUnavailable("the name has no address", where=host, remedy="Check the spelling.")
    return found


def _refuse(host: str, port: int, address: Address, *, opened: bool, literal: bool) -> None:
    if opened:
        # a name of the allow-list may lead inside, but not to a cloud's credentials; an address is meant as written
        why = None if literal else never(address)
        remedy = f"Correct the name's address, or add {written(str(address))} itself."
    else:
        why, remedy = refusal(address), opening(host, port)
    if why is not None:
        message = f"the address {why}" if literal else f"it leads to {address}, which {why}"
        raise PermissionDenied(message, where=written(host), remedy=remedy)
