"""Which hosts belong to a domain: itself and what is below it, never what merely ends alike."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from pipeline_project.errors import InvalidInput
from pipeline_project.security.urls import normalized_host


def domain(text: str, *, where: str) -> str:
    """`text` as one domain, `*.` and an outer dot dropped. Raises InvalidInput for a URL or no name."""
    name = text.strip().removeprefix("*").strip(".")
    try:
        if not name or "/" in name or ":" in name:
            raise InvalidInput("is no domain", where=where)
        return normalized_host(name)
    except InvalidInput as error:
        raise InvalidInput(f"{text!r} is no domain", where=where, remedy="Write it as example.com.") from error


def is_below(host: str, name: str) -> bool:
    """Whether `host` is `name` or below it: a.example.com is below example.com, badexample.com is not."""
    return host == name or host.endswith(f".{name}")


def host_of(url: str) -> str:
    """The normalized host of `url`, empty for none."""
    try:
        return normalized_host(urlsplit(url).hostname or "")
    except (ValueError, InvalidInput):
        return ""


def admits(url: str, *, allowed: Iterable[str], blocked: Iterable[str]) -> bool:
    """Whether a result at `url` may be shown; with `allowed`, one without a host may not."""
    host, wanted = host_of(url), list(allowed)
    if wanted and not any(is_below(host, name) for name in wanted):
        return False
    return not any(is_below(host, name) for name in blocked)
