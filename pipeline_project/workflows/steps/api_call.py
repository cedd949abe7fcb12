"""Calls any HTTP API: method, URL, body and credentials in; status, headers and body out.

Credentials are written as `${secrets.NAME}` and go to the URL's own origin alone. A call that is not idempotent is
guarded, so that a crash in the middle is noticed, and carries an Idempotency-Key. Refuses internal addresses that
PIPELINE_ALLOWED_HOSTS does not open, and asks governance before anything is sent.
"""

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from pipeline_project.errors import (
    AuthenticationFailed,
    PermissionDenied,
    RateLimited,
    RequestRejected,
    ServiceUnavailable,
)
from pipeline_project.governance.actions import Action, Complexity, Resource
from pipeline_project.governance.permissions import decide
from pipeline_project.governance.requests import require_grant
from pipeline_project.integrations.http import (
    ApiKey,
    Auth,
    Basic,
    Bearer,
    ClientCredentials,
    HttpClient,
    HttpRequest,
    Paging,
    Permit,
    Reply,
    listing,
)
from pipeline_project.integrations.http.request import SAFE, Method, form_body, json_body, with_query
from pipeline_project.security.redaction import redact, redact_text
from pipeline_project.security.sensitive import is_sensitive
from pipeline_project.security.urls import Checked, UrlPolicy, check
from pipeline_project.tools.policy import policy_in_force
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult

_DROPPED_HEADERS: Final = frozenset({"set-cookie", "set-cookie2", "www-authenticate", "proxy-authenticate"})
_SHOWN_BODY: Final = 2_000
_COMPLEXITY: Final = {
    "POST": Complexity.CHANGE,
    "PUT": Complexity.CHANGE,
    "PATCH": Complexity.CHANGE,
    "DELETE": Complexity.CRITICAL,
}


class ApiAuth(StepConfig):
    """Who calls; each type needs its own fields, and secrets are written as `${secrets.NAME}`."""

    type: Literal["bearer", "basic", "api_key", "oauth2"] = Field(description="How the caller says who it is")
    token: str | None = Field(None, repr=False, description="bearer: the token")
    username: str | None = Field(None, description="basic: the user")
    password: str | None = Field(None, repr=False, description="basic: the password")
    api_key: str | None = Field(None, repr=False, description="api_key: the key")
    header: str = Field("X-API-Key", description="api_key: the header that carries it")
    query: str | None = Field(None, description="api_key: the query parameter that carries it, instead of a header")
    token_url: str | None = Field(None, description="oauth2: where client credentials are exchanged for a token")
    client_id: str | None = Field(None, description="oauth2: the client's id")
    client_secret: str | None = Field(None, repr=False, description="oauth2: the client's secret")
    scope: str = Field("", description="oauth2: the scopes asked for, separated by spaces")
    audience: str = Field("", description="oauth2: the audience, where the server wants one")
    send_credentials: Literal["header", "body"] = Field("header", description="oauth2: where id and secret go")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        wanted = {
            "bearer": ("token",),
            "basic": ("username", "password"),
            "api_key": ("api_key",),
            "oauth2": ("token_url", "client_id", "client_secret"),
        }[self.type]
        missing = [name for name in wanted if not getattr(self, name)]
        if missing:
            raise ValueError(f"{self.type} needs {', '.join(missing)}")
        return self

    def value(self) -> Auth:
        """The same for the client."""
        if self.type == "bearer":
            return Bearer(self.token or "")
        if self.type == "basic":
            return Basic(self.username or "", self.password or "")
        if self.type == "api_key":
            return ApiKey(self.api_key or "", self.header, self.query)
        return ClientCredentials(
            token_url=self.token_url or "",
            client_id=self.client_id or "",
            client_secret=self.client_secret or "",
            scope=self.scope,
            audience=self.audience,
            send=self.send_credentials,
        )


class ApiPaging(StepConfig):
    """How a listing goes on; the result's body is the list of all pages' items."""

    by: Literal["link", "next_url", "cursor", "page"] = Field(
        description="The Link header (rel=next), a URL or a cursor at the path `next`, or page numbers"
    )
    items: str = Field("", description="JMESPath of the list on a page; empty: the page is the list")
    next: str = Field("", description="next_url, cursor: JMESPath of the next URL or cursor")
    parameter: str = Field("", description="cursor, page: the query parameter (of a POST: the field of the JSON body)")
    start: int = Field(1, ge=0, description="page: the number of the first page")
    max_pages: int = Field(10, ge=1, le=1000, description="Pages at most; `more` says whether there were others")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        wanted = {"link": (), "next_url": ("next",), "cursor": ("next", "parameter"), "page": ("parameter",)}[self.by]
        missing = [name for name in wanted if not getattr(self, name)]
        if missing:
            raise ValueError(f"paging by {self.by} needs {', '.join(missing)}")
        return self


def _listed(value: object) -> object:
    return [value] if isinstance(value, int | str) else value


class ApiCallConfig(StepConfig):
    """What is sent, to whom, and what is expected back."""

    method: Method = Field("GET", description="The HTTP method")
    url: str = Field(min_length=1, description="https://…; internal hosts need PIPELINE_ALLOWED_HOSTS")
    headers: dict[str, str] = Field(default_factory=dict, repr=False, description="Further headers")
    query: dict[str, Any] = Field(default_factory=dict, description="Query parameters; a list repeats its name")
    json_: Any = Field(None, alias="json", description="A body, sent as JSON")
    form: dict[str, Any] | None = Field(None, description="A body, sent as a form")
    body: str | None = Field(None, description="A body as it is; text/plain unless headers name another Content-Type")
    auth: ApiAuth | None = Field(None, description="Credentials")
    idempotent: bool | None = Field(
        None, description="Whether sending it twice does no more than once; by default what the method is"
    )
    expect_status: Annotated[tuple[int | str, ...], BeforeValidator(_listed)] = Field(
        ("2xx",),
        description="Statuses that are success, such as 200, 404 or 2xx; with a 3xx here, redirects are not followed",
    )
    paginate: ApiPaging | None = Field(None, description="Read a listing page by page; GET, or POST with idempotent")
    response: Literal["json", "text", "bytes"] = Field("json", description="How the body is given; bytes in base64")
    timeout_seconds: float = Field(30, gt=0, le=600, description="The longest a call (a page) may take, whole")
    max_bytes: int = Field(10 << 20, ge=1, le=64 << 20, description="The largest body, all pages together")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        given = [name for name in ("json_", "form", "body") if name in self.model_fields_set]
        if len(given) > 1:
            raise ValueError("give one of json, form and body")
        if given and self.method in ("GET", "HEAD"):
            raise ValueError(f"a {self.method} has no body")
        if self.paginate is not None and self.response != "json":
            raise ValueError("paginate reads JSON")
        if self.paginate is not None and self.method != "GET" and not (self.method == "POST" and self.idempotent):
            raise ValueError("paginate is for GET, and for a POST that is idempotent")
        for status in self.expect_status:
            if not _is_status(status):
                raise ValueError(f"expect_status: {status!r} is no status such as 200 or 2xx")
        return self


class ApiCallResult(StepResult):
    """What was answered."""

    status: int = Field(description="The status of the last answer")
    headers: dict[str, str] = Field(description="Its headers in lower case, without cookies and secrets")
    body: Any = Field(None, description="JSON, text or base64; null when there is none; with paginate all items")
    url: str = Field(description="Who answered, after redirects")
    pages: int = Field(1, description="How many pages were read")
    more: bool = Field(False, description="Whether max_pages ended the listing before its end")


class ApiCall(BaseStepExecutor[ApiCallConfig, ApiCallResult]):
    """api_call: one call of an HTTP API, or all pages of a listing."""

    config = ApiCallConfig
    result = ApiCallResult
    needs = frozenset({"http"})

    async def execute(self, config: ApiCallConfig, context: StepContext) -> ApiCallResult:
        """Make it. Raises InvalidInput, PermissionDenied, ApprovalNeeded, and a ServiceError by what was answered."""
        client: HttpClient = context.clients["http"]
        request = _request(config)
        await asyncio.to_thread(_permit, request, context, client.policy)

        async def permit(method: str, url: Checked) -> None:
            await asyncio.to_thread(_permit, _led(request, method, url), context, client.policy)

        caps = replace(client.policy, max_bytes=config.max_bytes, max_seconds=config.timeout_seconds)
        if config.paginate is not None:
            return await _all_pages(client, request, config, caps, permit)
        if config.method in SAFE:
            return _judged(await client.request(request, policy=caps, permit=permit), config)
        async with context.effect(repeatable=request.repeatable) as key:
            reply = await client.request(request, idempotency_key=key, policy=caps, permit=permit)
            return _judged(reply, config)

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """The status, and how much was read."""
        pages = f", {result['pages']} pages" if result["pages"] > 1 else ""
        return f"answered {result['status']}{pages}{', more remain' if result['more'] else ''}"


def _request(config: ApiCallConfig) -> HttpRequest:
    headers = dict(config.headers)
    given = {name.lower() for name in headers}
    content, kind = _content(config)
    if content is not None and "content-type" not in given:
        headers["Content-Type"] = kind
    if config.response == "json" and "accept" not in given:
        headers["Accept"] = "application/json"
    return HttpRequest(
        config.method,
        config.url,
        headers=headers,
        query=config.query,
        content=content,
        auth=None if config.auth is None else config.auth.value(),
        idempotent=config.idempotent,
        follow=not any(str(status).startswith("3") for status in config.expect_status),
    )


def _content(config: ApiCallConfig) -> tuple[bytes | None, str]:
    if "json_" in config.model_fields_set:
        return json_body(config.json_), "application/json"
    if config.form is not None:
        return form_body(config.form), "application/x-www-form-urlencoded"
    return (None if config.body is None else config.body.encode()), "text/plain; charset=utf-8"


def _permit(request: HttpRequest, context: StepContext, policy: UrlPolicy) -> None:
    """Raises PermissionDenied when governance says no, ApprovalNeeded when a person has to agree first."""
    url = check(with_query(request.url, request.query), policy)
    actor = f"workflow:{context.workflow_id}"
    action = Action("api_call", _COMPLEXITY.get(request.method, Complexity.READ))
    resource = Resource("url", url.url, shown=_shown(request, url.shown))
    decision = decide(actor, action, resource, policy_in_force())
    if decision.verdict == "allow":
        return
    where = f"steps.{context.step_id}"
    if decision.verdict == "deny":
        raise PermissionDenied(decision.reason, where=where, remedy=f"The rule that decided is {decision.rule}.")
    shown, granted = resource.shown, context.granted
    require_grant(None, granted=granted, actor=actor, action=action, decision=decision, resource=resource, shown=shown)


def _led(request: HttpRequest, method: str, url: Checked) -> HttpRequest:
    """The request as it goes where it is led: a redirect, a further page, the server of its token."""
    asks_for_token = isinstance(request.auth, ClientCredentials) and url.url == request.auth.token_url
    content = None if asks_for_token or method != request.method else request.content
    return replace(request, method=method, url=url.url, query={}, content=content)


def _shown(request: HttpRequest, url: str) -> dict[str, Any]:
    """What a person agrees to; the digest binds the agreement to the whole body, of which the beginning is shown."""
    shown: dict[str, Any] = {"method": request.method, "url": url}
    if request.content is not None:
        shown["body"] = redact_text(request.content.decode(errors="replace"))[:_SHOWN_BODY]
        shown["body_sha256"] = hashlib.sha256(request.content).hexdigest()
    return shown


async def _all_pages(
    client: HttpClient, request: HttpRequest, config: ApiCallConfig, caps: UrlPolicy, permit: Permit
) -> ApiCallResult:
    assert config.paginate is not None
    paging = Paging(**config.paginate.model_dump())
    read = await listing(
        client, request, paging, policy=caps, judge=lambda reply: _refuse(reply, config), permit=permit
    )
    return _result(read.last, read.items).model_copy(update={"pages": read.pages, "more": read.more})


def _judged(reply: Reply, config: ApiCallConfig) -> ApiCallResult:
    _refuse(reply, config)
    if not reply.content:
        return _result(reply, None)
    if config.response == "bytes":
        return _result(reply, base64.b64encode(reply.content).decode("ascii"))
    return _result(reply, reply.json() if config.response == "json" else reply.text())


def _refuse(reply: Reply, config: ApiCallConfig) -> None:
    """Raises what an unexpected status means."""
    status = reply.status
    if any(str(wanted) in (str(status), f"{status // 100}xx") for wanted in config.expect_status):
        return
    excerpt = reply.excerpt()
    said = f"answered {status}: {excerpt}" if excerpt else f"answered {status}"
    unknown = not reply.repeatable
    if status == 401:
        remedy = "Replace the credentials in auth." if config.auth else "Give credentials in auth."
        raise AuthenticationFailed(said, where=reply.place, remedy=remedy)
    if status == 429:
        raise RateLimited(said, where=reply.place, retry_after=reply.retry_after)
    if status >= 500 or status == 408:
        raise ServiceUnavailable(said, where=reply.place, retry_after=reply.retry_after, outcome_unknown=unknown)
    remedy = f"Correct the call, or name {status} in expect_status."
    # another 2xx than the one expected was carried out all the same
    raise RequestRejected(said, where=reply.place, remedy=remedy, outcome_unknown=unknown and status < 300)


def _result(reply: Reply, body: Any) -> ApiCallResult:
    headers = {
        name.lower(): str(redact(value))
        for name, value in reply.headers.items()
        if name.lower() not in _DROPPED_HEADERS and not is_sensitive(name)
    }
    return ApiCallResult(status=reply.status, headers=headers, body=body, url=reply.url.shown, pages=1, more=False)


def _is_status(value: int | str) -> bool:
    text = str(value)
    return len(text) == 3 and text[0] in "12345" and (text[1:] == "xx" or text[1:].isdigit())
