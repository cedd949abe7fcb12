"""Which addresses of the network may be reached, and a connection that goes nowhere else.

`check` reads a URL without asking anybody; `open_client` gives an httpx client whose every connection resolves the
name once, looks at all of its addresses and connects to one that was looked at, so that a name that changes its
address in between (DNS rebinding) wins nothing. Refuses proxies, redirects on its own, other schemes than http and
https, credentials in URLs, and internal addresses that PIPELINE_ALLOWED_HOSTS does not open by name.
"""

from pipeline_project.security.urls.addresses import refusal
from pipeline_project.security.urls.body import read_body
from pipeline_project.security.urls.check import Checked, check
from pipeline_project.security.urls.hosts import normalized_host
from pipeline_project.security.urls.lookup import addresses_of
from pipeline_project.security.urls.policy import AllowedHost, UrlPolicy
from pipeline_project.security.urls.resolver import Resolver, system_resolver
from pipeline_project.security.urls.transport import PinnedTransport, open_client, time_limits

__all__ = [
    "AllowedHost",
    "Checked",
    "PinnedTransport",
    "Resolver",
    "UrlPolicy",
    "addresses_of",
    "check",
    "normalized_host",
    "open_client",
    "read_body",
    "refusal",
    "system_resolver",
    "time_limits",
]
