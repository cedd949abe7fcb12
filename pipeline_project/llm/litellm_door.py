"""The one door to litellm: imported on first use, in a thread, silenced, and held to one attempt.

litellm takes seconds to import, would fetch its price map, repeat calls, log and call back. Here it does none of that:
it turns a chat completions body into a vendor's request and the answer back, over connections that are ours.
"""

import asyncio
import logging
import os
import threading
import warnings
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

_LOCK: Final = threading.Lock()
_LOGGERS: Final = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")
# Read while it is imported: prices from the package and not from the network, no .env files, plain httpx.
_ENVIRONMENT: Final = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
    "DISABLE_AIOHTTP_TRANSPORT": "True",
}


@dataclass(frozen=True)
class Door:
    """What is used of litellm. `failures`: every exception that its calls raise."""

    failures: tuple[type[Exception], ...]
    _litellm: Any

    async def complete(self, arguments: Mapping[str, Any], client: httpx.AsyncClient) -> dict[str, Any]:
        """A whole answer in the shape of chat completions."""
        _hush()
        answer = await self._litellm.acompletion(**arguments, client=self._handler(arguments, client), **_ONE_ATTEMPT)
        return _plain(answer)

    async def stream(self, arguments: Mapping[str, Any], client: httpx.AsyncClient) -> AsyncIterator[dict[str, Any]]:
        """The chunks of an answer."""
        _hush()
        chunks = await self._litellm.acompletion(
            **arguments, client=self._handler(arguments, client), stream=True, **_ONE_ATTEMPT
        )
        try:
            async for chunk in chunks:
                yield _plain(chunk)
        finally:
            await chunks.aclose()

    def _handler(self, arguments: Mapping[str, Any], client: httpx.AsyncClient) -> Any:
        """Our connections in the wrapping that the vendor's code in litellm looks for."""
        if str(arguments["model"]).startswith("openai/"):
            import openai

            key, base = arguments["api_key"], arguments["api_base"]
            return openai.AsyncOpenAI(api_key=key, base_url=base, http_client=client, max_retries=0)
        from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

        # what its constructor opens is never connected to; from here on it only borrows ours
        handler = AsyncHTTPHandler(transport=httpx.MockTransport(_nowhere))
        handler.client = client
        return handler


# the last: it would look for tools of MCP servers, with a package that we do not need
_ONE_ATTEMPT: Final = {"num_retries": 0, "max_retries": 0, "_skip_mcp_handler": True}


async def enter() -> Door:
    """The door; the first call imports litellm, off the event loop."""
    return _DOOR[0] if _DOOR else await asyncio.to_thread(_open)


_DOOR: Final[list[Door]] = []


def _open() -> Door:
    with _LOCK:
        if not _DOOR:
            _DOOR.append(_import())
    return _DOOR[0]


def _import() -> Door:
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    _silence()
    with warnings.catch_warnings():
        # deprecations inside a foreign package are not this process's to report
        warnings.simplefilter("ignore")
        import litellm
        import openai
        from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER
        from litellm.llms.base_llm.chat.transformation import BaseLLMException

        # pydantic builds their validators on first use, and complains of them then
        litellm.ModelResponse().model_dump()
        litellm.ModelResponseStream().model_dump()
    _silence()
    # it would leave a task behind in every event loop, and hold answers until the process ends
    setattr(GLOBAL_LOGGING_WORKER, "ensure_initialized_and_enqueue", _drop)  # noqa: B010 - a method of theirs
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.disable_streaming_logging = True
    for callbacks in (litellm.callbacks, litellm.success_callback, litellm.failure_callback):
        callbacks.clear()
    return Door((openai.OpenAIError, BaseLLMException, httpx.HTTPError), litellm)


def _hush() -> None:
    """Deprecations inside litellm are not this process's to report; before each call, since a test resets filters."""
    warnings.filterwarnings("ignore", module=r"litellm(\.|$)")


def _silence() -> None:
    """Its messages hold requests and answers, so none of them is shown anywhere."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.disabled = True
        logger.handlers.clear()


def _plain(answer: Any) -> dict[str, Any]:
    # its models hold values that their own types do not foresee, and pydantic would warn of each
    return answer.model_dump(exclude_none=True, warnings="none")


def _drop(async_coroutine: Coroutine[Any, Any, Any]) -> None:
    async_coroutine.close()


def _nowhere(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("this client connects to nothing")
