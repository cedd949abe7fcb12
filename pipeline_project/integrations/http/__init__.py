"""Any HTTP API: requests with credentials, pages and redirects, under the outbound policy of security.urls."""

from pipeline_project.integrations.http.auth import ApiKey, Auth, Basic, Bearer, ClientCredentials
from pipeline_project.integrations.http.client import HttpClient, Permit
from pipeline_project.integrations.http.connection import HttpConnection
from pipeline_project.integrations.http.exchange import Reply, exchange
from pipeline_project.integrations.http.listing import Listing, listing
from pipeline_project.integrations.http.pages import Paging
from pipeline_project.integrations.http.request import HttpRequest

__all__ = [
    "ApiKey",
    "Auth",
    "Basic",
    "Bearer",
    "ClientCredentials",
    "HttpClient",
    "HttpConnection",
    "HttpRequest",
    "Listing",
    "Paging",
    "Permit",
    "Reply",
    "exchange",
    "listing",
]
