"""Iterating over an answer so that leaving early, in any way, ends the iterator at once.

Left to garbage collection, an upstream would go on writing to nobody.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

_Item = TypeVar("_Item")


@contextlib.asynccontextmanager
async def closing(items: AsyncIterator[_Item]) -> AsyncIterator[AsyncIterator[_Item]]:
    """`items`, closed at the end if it can be."""
    try:
        yield items
    finally:
        if isinstance(items, AsyncGenerator):
            await items.aclose()
