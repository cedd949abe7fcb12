"""Reads a listing page by page into one list, within one cap on its size.

Refuses to go round in circles: a next page that was read already ends the listing with an error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline_project.errors import RequestRejected, ServiceError
from pipeline_project.integrations.http.client import HttpClient, Permit
from pipeline_project.integrations.http.exchange import Reply
from pipeline_project.integrations.http.pages import Paging, first_page, following, items_of
from pipeline_project.integrations.http.request import HttpRequest, with_query
from pipeline_project.security.urls import UrlPolicy, check


@dataclass(frozen=True)
class Listing:
    """`last`: the last answer; `more`: whether `max_pages` ended it before its end."""

    items: list[Any]
    pages: int
    more: bool
    last: Reply


async def listing(
    client: HttpClient,
    request: HttpRequest,
    paging: Paging,
    *,
    policy: UrlPolicy,
    judge: Callable[[Reply], None],
    permit: Permit | None = None,
) -> Listing:
    """All items of at most `paging.max_pages` pages; `judge` raises for a page whose status is not success.

    `policy.max_bytes` is for all pages together, `max_seconds` for each. `permit`: asked about every page but the
    first, which is the caller's to ask about, and about redirects. Raises what `HttpClient.request` does, and
    RequestRejected for a next page that is on another host or was read already.
    """
    current, items, size = first_page(request, paging), [], 0
    seen: set[tuple[str, bytes | None]] = set()
    while True:
        reply = await client.request(current, policy=policy, permit=permit)
        judge(reply)
        size += len(reply.content)
        if size > policy.max_bytes:
            raise ServiceError(f"the pages are larger than {policy.max_bytes} bytes", where=reply.place)
        items += items_of(reply, paging)
        seen.add(_identity(current))
        after = following(current, reply, paging, len(seen))
        if after is None or len(seen) >= paging.max_pages:
            return Listing(items, len(seen), after is not None, reply)
        if _identity(after) in seen:
            raise RequestRejected("names a page as the next one that was read already", where=reply.place)
        current = after
        if permit is not None:
            await permit(current.method, check(with_query(current.url, current.query), client.policy))


def _identity(request: HttpRequest) -> tuple[str, bytes | None]:
    return with_query(request.url, request.query), request.content
