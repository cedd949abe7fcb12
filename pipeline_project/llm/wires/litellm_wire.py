"""Chat completions through litellm, for vendors with a wire of their own: Gemini, Bedrock, Vertex.

Bodies are copied before litellm sees them, because it changes what it is given. Errors come from what the vendor said
on the wire, and only where nothing was overheard from litellm's own words. Refuses litellm's retries.
"""

import contextlib
import copy
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

from pipeline_project.conversion.failures import is_error
from pipeline_project.errors import PipelineError, ServiceUnavailable
from pipeline_project.llm import litellm_door
from pipeline_project.llm.requests import Timeouts
from pipeline_project.llm.wires.closing import closing
from pipeline_project.llm.wires.http import HttpWire
from pipeline_project.llm.wires.limits import Watch
from pipeline_project.llm.wires.openai_wire import said_of
from pipeline_project.llm.wires.pool import Lease
from pipeline_project.llm.wires.refusals import Place, a_page, refusal
from pipeline_project.llm.wires.signatures import signed_answer, signed_request
from pipeline_project.llm.wires.tap import OVERHEARD, Overheard, Tap

# What litellm puts before a vendor's words: "litellm.RateLimitError: GeminiException - {…}".
_PREFIX: Final = re.compile(r"^(litellm\.)?\w*(Error|Exception|Timeout): *(?:\w+Exception *-? *)?")
# The statuses of its classes, where the wire said nothing.
_STATUS: Final = {
    "AuthenticationError": 401,
    "PermissionDeniedError": 403,
    "NotFoundError": 404,
    "RateLimitError": 429,
    "ContextWindowExceededError": 400,
    "ContentPolicyViolationError": 400,
    "BadRequestError": 400,
    "UnsupportedParamsError": 400,
    "UnprocessableEntityError": 422,
    "PaymentRequiredError": 402,
    "ServiceUnavailableError": 503,
    "Timeout": 504,
}
# Reasons of Gemini's for an answer without what the model meant to say.
_UNREADABLE: Final = frozenset({"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"})
_CODES: Final = {
    "ContextWindowExceededError": "context_length_exceeded",
    "ContentPolicyViolationError": "content_policy_violation",
}


class LitellmWire:
    """One vendor of litellm's. `vendor`: its prefix there; `api_base`: None leaves the address to litellm.

    `listing`: where the vendor's models are listed, for `check`. `keys`: further arguments of litellm's call.
    `finish`: how the vendor's answer says why it ends, the reason in its first group; None where that is not known.
    """

    def __init__(
        self,
        vendor: str,
        *,
        api_base: str | None,
        api_key: str | None,
        timeouts: Timeouts,
        place: Place,
        listing: tuple[HttpWire, str] | None = None,
        keys: Mapping[str, Any] | None = None,
        finish: re.Pattern[bytes] | None = None,
    ) -> None:
        self._vendor = vendor
        self._api_base = api_base
        self._api_key = api_key
        self._timeouts = timeouts
        self._place = place
        self._listing = listing
        self._keys = dict(keys or {})
        self._finish = finish
        self._lease = Lease(f"litellm:{vendor}:{api_base}", wrap=Tap)

    def __repr__(self) -> str:
        return f"LitellmWire({self._vendor!r}, {self._api_base!r})"

    async def send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Wire."""
        door = await litellm_door.enter()
        watch, place = self._watch(body)
        plain = {key: value for key, value in body.items() if key not in ("stream", "stream_options")}
        async with self._listening() as overheard, watch.step(), _mapped(door, overheard, watch, place):
            answer = await door.complete(self._arguments(plain, watch), self._lease.client())
        if is_error(answer):
            raise refusal(None, answer, place)
        _require_finish(overheard, place, streamed=False)
        return signed_answer(answer)

    async def stream(self, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """See Wire."""
        door = await litellm_door.enter()
        watch, place = self._watch(body)
        arguments = self._arguments({**body, "stream_options": {"include_usage": True}}, watch)
        arguments.pop("stream", None)
        async with (
            self._listening() as overheard,
            closing(door.stream(arguments, self._lease.client())) as chunks,
        ):
            while True:
                async with watch.step(), _mapped(door, overheard, watch, place):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    _require_finish(overheard, place, streamed=True)
                    return
                if is_error(chunk):
                    raise refusal(None, chunk, place)
                watch.answered = True
                yield signed_answer(chunk)

    async def check(self, model: str | None) -> str:
        """See Wire."""
        if self._listing is None:
            return f"There is nothing to ask {self._place.name} without paying; send it a short message."
        wire, path = self._listing
        answer = await wire.get(path)
        names = [str(each.get("name")).removeprefix("models/") for each in answer.get("models") or ()]
        return said_of(names, model)

    async def close(self) -> None:
        """See Wire."""
        await self._lease.close()
        if self._listing is not None:
            await self._listing[0].close()

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[Overheard]:
        """What this call meets on the wire; when it is left, its connection is closed or free again."""
        overheard = Overheard(self._timeouts.connect, self._finish)
        OVERHEARD.set(overheard)
        try:
            yield overheard
        finally:
            await overheard.hang_up()

    def _watch(self, body: Mapping[str, Any]) -> tuple[Watch, Place]:
        model = str(body.get("model", ""))
        place = Place(f"{self._place.name} {model}".strip(), self._place.credential, self._place.address)
        return Watch(self._timeouts, place.name, place.address), place

    def _arguments(self, body: Mapping[str, Any], watch: Watch) -> dict[str, Any]:
        """The arguments of litellm's call; nothing in them is shared with the body."""
        arguments: dict[str, Any] = {**copy.deepcopy(dict(body)), **self._keys}
        arguments["model"] = f"{self._vendor}/{body['model']}"
        arguments["messages"] = signed_request(arguments["messages"])
        arguments["timeout"] = watch.connecting
        if self._api_base:
            arguments["api_base"] = self._api_base
        if self._api_key:
            arguments["api_key"] = self._api_key
        return arguments


@contextlib.asynccontextmanager
async def _mapped(door: litellm_door.Door, overheard: Overheard, watch: Watch, place: Place) -> AsyncIterator[None]:
    """Failures of litellm as ours, from what was overheard if anything was."""
    try:
        yield
    except door.failures as error:
        if overheard.failure is not None:
            raise watch.error_of(overheard.failure) from error
        raise _error_of(error, overheard, place) from error


def _require_finish(overheard: Overheard, place: Place, *, streamed: bool) -> None:
    """Raise where litellm makes up a natural end: of half a stream, and of an answer whose calls cannot be read."""
    if overheard.finish is None or overheard.is_deaf:
        return
    if streamed and not overheard.finished:
        raise ServiceUnavailable("broke off within its answer", where=place.name, remedy="Try again.")
    if overheard.finished in _UNREADABLE:
        said = f"the model made a tool call that cannot be read ({overheard.finished})"
        raise ServiceUnavailable(said, where=place.name, remedy="Try again, or ask another model.")


def _error_of(error: Exception, overheard: Overheard, place: Place) -> PipelineError:
    response = overheard.response
    if response is not None and overheard.page:
        page = a_page(response.status_code, place)
        return page if response.status_code < 400 else refusal(response.status_code, page.message, place)
    if response is not None and response.status_code >= 400:
        return refusal(response.status_code, _parsed(overheard.body), place, headers=response.headers)
    # an error within a stream comes wrapped several times, the vendor's own words innermost
    inner = list(_chain(getattr(error, "original_exception", None) or error))[-1]
    kind, status = type(inner).__name__, getattr(inner, "status_code", None)
    said = _PREFIX.sub("", str(inner).split("\nTraceback (most recent call last)")[0].strip())
    found = _object_in(said)
    if response is not None and found is not None and is_error(found):
        return refusal(None, found, place)
    if response is not None and not isinstance(status, int):
        return ServiceUnavailable(f"broke off: {kind}", where=place.name, remedy="Try again.")
    detail = {"message": said or kind, "code": _CODES.get(kind)}
    return refusal(_STATUS.get(kind) or (status if isinstance(status, int) else 500), {"error": detail}, place)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it was made of."""
    current: BaseException | None = error
    seen: set[int] = set()
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace")


def _object_in(text: str) -> dict[str, Any] | None:
    """The JSON object that a message quotes."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
