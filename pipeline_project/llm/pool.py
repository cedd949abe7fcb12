"""Open providers, reused within one event loop, and how many calls each may have in flight there.

A provider's connections belong to the loop that opened them. What is still open when `asyncio.run` ends is closed by
it: the pool leaves an asynchronous generator behind, and closing those is the loop's own last act. Refuses to close a
provider that is in use.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from pipeline_project.errors import ServiceUnavailable
from pipeline_project.llm.providers.base import Provider
from pipeline_project.llm.requests import Timeouts

# keys that come with requests would otherwise leave a provider open each
_MOST_IDLE: Final = 32


class Address(NamedTuple):
    """What one open provider serves."""

    name: str
    api_key: str | None
    timeouts: Timeouts

    def __repr__(self) -> str:
        return f"Address({self.name!r})"


Open = Callable[[Address], Provider]


@dataclass
class _Held:
    provider: Provider
    users: int = 0


@dataclass
class _Local:
    """What one event loop holds."""

    providers: OrderedDict[Address, _Held] = field(default_factory=OrderedDict)
    slots: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    keeper: AsyncGenerator[None, None] | None = None


class Pool:
    """Providers by address; safe to share between event loops and threads, which then share nothing."""

    def __init__(self, open_provider: Open, *, concurrency: int) -> None:
        """`concurrency`: calls in flight per provider and event loop."""
        self._open = open_provider
        self._concurrency = concurrency
        self._locals: WeakKeyDictionary[asyncio.AbstractEventLoop, _Local] = WeakKeyDictionary()

    @asynccontextmanager
    async def use(self, address: Address, *, within: float) -> AsyncIterator[Provider]:
        """The provider, once there is room for a call. Raises ServiceUnavailable when there is none `within` seconds.

        A call that waited longer would be sent only to be cut off. Raises what opening the provider raises, too.
        """
        local = await self._local()
        slots = local.slots.setdefault(address.name, asyncio.Semaphore(self._concurrency))
        try:
            async with asyncio.timeout(within):
                await slots.acquire()
        except TimeoutError as error:
            raise self._crowded(address.name, within) from error
        try:
            held = local.providers.get(address)
            if held is None:
                held = local.providers[address] = _Held(self._open(address))
            local.providers.move_to_end(address)
            held.users += 1
            try:
                yield held.provider
            finally:
                held.users -= 1
                await self._trim(local)
        finally:
            slots.release()

    async def close(self) -> None:
        """Close what this event loop holds; in-flight calls end with it."""
        local = self._locals.pop(asyncio.get_running_loop(), None)
        if local is not None and local.keeper is not None:
            await local.keeper.aclose()

    def _crowded(self, name: str, within: float) -> ServiceUnavailable:
        said = f"{self._concurrency} calls are under way, and none ended within {within:.3g} seconds; nothing was sent"
        remedy = "Raise PIPELINE_LLM_CONCURRENCY or PIPELINE_LLM_TOTAL_SECONDS, or ask less at once."
        return ServiceUnavailable(said, where=name, remedy=remedy)

    async def _local(self) -> _Local:
        loop = asyncio.get_running_loop()
        local = self._locals.get(loop)
        if local is None:
            local = self._locals[loop] = _Local()
            local.keeper = _keep(local)
            await anext(local.keeper)
        return local

    async def _trim(self, local: _Local) -> None:
        idle = [address for address, held in local.providers.items() if held.users == 0]
        for address in idle[: max(0, len(idle) - _MOST_IDLE)]:
            await local.providers.pop(address).provider.close()


async def _keep(local: _Local) -> AsyncGenerator[None, None]:
    """Does nothing until it is closed, which closes the providers."""
    try:
        yield
    finally:
        while local.providers:
            await local.providers.popitem()[1].provider.close()
