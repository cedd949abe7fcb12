"""The three time limits of a call, and what is raised when one passes or the connection fails.

Refuses to say "timeout": the error names the limit that passed and the setting that raises it.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from pipeline_project.errors import PipelineError, ServiceError, ServiceUnavailable
from pipeline_project.llm.requests import Timeouts
from pipeline_project.security.redaction import redact_text


class Watch:
    """The limits of one call, counted from now on the running loop. `place`: who is called, for messages."""

    def __init__(self, timeouts: Timeouts, place: str, address: str) -> None:
        self._timeouts = timeouts
        self._place = place
        self._address = address
        self._began = asyncio.get_running_loop().time()
        self.answered = False
        """Whether the answer has begun; from then on only the total limit counts."""

    @property
    def connecting(self) -> httpx.Timeout:
        """The limit of connecting, the only one that httpx keeps."""
        return httpx.Timeout(None, connect=self._timeouts.connect)

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """One wait for the upstream. Raises ServiceUnavailable, and ServiceError for a certificate nobody trusts."""
        first = self._began + self._timeouts.first_token
        end = self._began + self._timeouts.total
        waits_for_first = not self.answered and first <= end
        try:
            async with asyncio.timeout_at(first if waits_for_first else end):
                yield
        except TimeoutError as error:
            raise self._passed("first token" if waits_for_first else "total") from error
        except httpx.RequestError as error:
            raise self.error_of(error) from error

    def error_of(self, error: httpx.RequestError) -> PipelineError:
        """A failure of the connection as one of our errors."""
        return self._passed("connect") if isinstance(error, httpx.ConnectTimeout) else self._broken(error)

    def _passed(self, limit: str) -> ServiceUnavailable:
        setting = f"llm_{limit.replace(' ', '_')}_seconds"
        seconds: float = getattr(self._timeouts, limit.replace(" ", "_"))
        what = {
            "connect": "did not accept a connection",
            "first token": "did not begin to answer",
            "total": "did not finish its answer",
        }[limit]
        return ServiceUnavailable(
            f"{what} within {seconds:g} seconds (the {limit} limit)",
            where=self._place,
            remedy=f"Try again later, or raise PIPELINE_{setting.upper()}.",
            # a model may have worked on it all the while
            outcome_unknown=limit != "connect",
        )

    def _broken(self, error: httpx.RequestError) -> PipelineError:
        why = f"{type(error).__name__} {redact_text(str(error))}".strip()
        if _is_untrusted(error):
            remedy = "Add its authority to the system's, or name the file in SSL_CERT_FILE."
            return ServiceError(f"its certificate is not trusted: {why}", where=self._place, remedy=remedy)
        if isinstance(error, httpx.ConnectError):
            remedy = f"Check the network and {self._address}."
            return ServiceUnavailable(f"cannot be reached: {why}", where=self._place, remedy=remedy)
        return ServiceUnavailable(f"broke off: {why}", where=self._place, remedy="Try again.")


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
