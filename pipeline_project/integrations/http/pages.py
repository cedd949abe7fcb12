"""Where the next page of a listing is: in the Link header, behind a path in the body, or at the next number.

Paths are JMESPath over the JSON of a page. Refuses a next page on another origin: the credentials would not go
there, and neither does the listing.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import httpx
import jmespath
from jmespath.exceptions import JMESPathError

from pipeline_project.errors import InvalidInput, RequestRejected, ServiceUnavailable
from pipeline_project.integrations.http.exchange import Reply
from pipeline_project.integrations.http.request import HttpRequest, json_body, with_query
from pipeline_project.persistence import json


@dataclass(frozen=True)
class Paging:
    """`by`: link (Link header, rel=next), next_url, cursor (both at the path `next`), or page (a number).

    `parameter`: where cursor or number goes, in the query or, for a POST with a JSON body, in the body. `items`: the
    path of the list on a page; empty: the page is the list. `start`: the number of the first page.
    """

    by: Literal["link", "next_url", "cursor", "page"]
    items: str = ""
    next: str = ""
    parameter: str = ""
    start: int = 1
    max_pages: int = 10


def at(path: str, document: Any, *, where: str) -> Any:
    """What `path` finds in `document`, None for nothing. Raises InvalidInput for what is no JMESPath."""
    try:
        return jmespath.search(path, document) if path else document
    except JMESPathError as error:
        raise InvalidInput(f"{path!r} is no JMESPath: {' '.join(str(error).split())}", where=where) from error


def items_of(reply: Reply, paging: Paging) -> list[Any]:
    """The list on a page. Raises ServiceUnavailable when the page holds none."""
    found = at(paging.items, reply.json(), where="paginate.items")
    if found is None:
        return []
    if not isinstance(found, list):
        path = f"at {paging.items!r}" if paging.items else "as the whole answer"
        raise ServiceUnavailable(f"has no list {path}", where=reply.place, remedy="Correct paginate.items.")
    return found


def first_page(request: HttpRequest, paging: Paging) -> HttpRequest:
    """The request of the first page: numbered ones say which it is."""
    return _with(request, paging.parameter, paging.start) if paging.by == "page" else request


def following(request: HttpRequest, reply: Reply, paging: Paging, read: int) -> HttpRequest | None:
    """The request of the page after `reply`, `read` pages in; None when that was the last."""
    if paging.by == "link":
        links = httpx.Response(200, headers=reply.headers).links
        return _at_url(request, reply, links.get("next", {}).get("url"))
    if paging.by == "page":
        return _with(request, paging.parameter, paging.start + read) if items_of(reply, paging) else None
    found = at(paging.next, reply.json(), where="paginate.next")
    if paging.by == "next_url":
        return _at_url(request, reply, found)
    return None if found is None or found in ("", False) else _with(request, paging.parameter, found)


def _at_url(request: HttpRequest, reply: Reply, url: Any) -> HttpRequest | None:
    if url is None or url == "":
        return None
    try:
        target = httpx.URL(reply.url.url).join(url) if isinstance(url, str) else None
    except httpx.InvalidURL as error:
        raise RequestRejected(f"names a next page that is no URL: {error}", where=reply.place) from error
    if target is None:
        raise RequestRejected("names a next page that is no URL", where=reply.place, remedy="Correct paginate.next.")
    here = httpx.URL(reply.url.url)
    if (target.scheme, target.host, target.port) != (here.scheme, here.host, here.port):
        raise RequestRejected(f"names a next page on another host, {target.host}", where=reply.place)
    return replace(request, url=str(target), query={})


def _with(request: HttpRequest, parameter: str, value: Any) -> HttpRequest:
    if request.method != "POST":
        url = httpx.URL(with_query(request.url, request.query))
        text = value if isinstance(value, str) else json.dumps(value)
        return replace(request, url=str(url.copy_set_param(parameter, text)), query={})
    body = json.loads(request.content or b"{}")
    if not isinstance(body, dict):
        raise InvalidInput("the body is no mapping that the parameter could go into", where="paginate.parameter")
    return replace(request, content=json_body({**body, parameter: value}))
