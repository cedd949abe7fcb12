"""Every error the product raises on purpose, drawn once.

    PipelineError                    code, where, remedy; permanent unless a class below says transient
    ├── InvalidInput                 somebody gave us something wrong: say where and what to do
    │   ├── InvalidDefinition        a workflow definition that `check` refuses
    │   ├── InvalidConfig            a step's resolved config does not fit its model
    │   ├── InvalidDocument          an invoice, order, message or file that cannot be read as what it claims to be
    │   ├── ValidationFailed         a message that breaks its rules, with the report (defined in validation.report)
    │   └── ExpressionError          a `${…}` that cannot be parsed or evaluated
    ├── NotFound                     a workflow, execution, approval, file that is not there; near names are listed
    ├── Conflict                     the thing asked for contradicts what is already recorded
    │   ├── LeaseHeld                another run is executing this execution
    │   └── StaleLease               this run lost its lease; its writes are refused
    ├── NotConfigured                a setting or secret is missing; the message names the variable
    ├── PermissionDenied             the actor may not do this
    │   └── ApprovalNeeded           the actor may do this once a person has agreed; `request_id` names the question
    ├── BudgetExceeded               a limit of money, turns or depth is used up; nothing was sent
    ├── StepFailed                   a step decided that it failed (a rejected approval, an error branch)
    ├── Cancelled                    a person cancelled the execution
    ├── OutcomeUnknown               a side effect may or may not have happened; a person decides
    ├── StepTimeout        transient the step's own time limit passed
    ├── ServiceError                 a remote service answered with an error
    │   ├── AuthenticationFailed     the credentials were refused
    │   ├── RequestRejected          the service understood and said no
    │   │   ├── ContextOverflow      the input is longer than the model can hold
    │   │   └── ContentRefused       the service's content policy refused the request or its answer
    │   ├── RateLimited    transient `retry_after` seconds, when the service said
    │   └── ServiceUnavailable transient  outage, connection trouble, time-out
    │       └── Overloaded transient     the service is there and has no room now
    └── StoreError                   the database
        ├── StoreBusy      transient locked for longer than the busy timeout
        └── StoreTooNew              the schema is newer than this code

A permanent error is never retried by any mechanism; a transient one may be. Foreign exceptions are mapped
to these once, at the boundary where they are caught, with `raise … from`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class PipelineError(Exception):
    """Base of every deliberate error: `message` says what is wrong, `where` the place, `remedy` what to do next.

    Raised only through its subclasses. `str()` is one line: "where: message. remedy".
    """

    code: ClassVar[str] = "error"
    transient: ClassVar[bool] = False

    def __init__(self, message: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text.rstrip('.')}. {self.remedy}" if self.remedy else text


class InvalidInput(PipelineError):
    """Something a person gave us is wrong; the reader corrects it at `where` and tries again."""

    code = "invalid_input"


class InvalidDefinition(InvalidInput):
    """A workflow definition that cannot be loaded or compiled; `workflow check` lists every problem."""

    code = "invalid_definition"


class InvalidConfig(InvalidInput):
    """A step's config, after its expressions are resolved, does not fit the step type's model."""

    code = "invalid_config"


class InvalidDocument(InvalidInput):
    """A document that cannot be read as what it claims to be; nothing of it was used."""

    code = "invalid_document"


class ExpressionError(InvalidInput):
    """A `${…}` expression that cannot be parsed, or that has no value over the data at hand."""

    code = "expression_error"


class NotFound(PipelineError):
    """The named thing does not exist; the remedy lists what does."""

    code = "not_found"


class Conflict(PipelineError):
    """What was asked contradicts what is recorded; look at the recorded state before asking again."""

    code = "conflict"


class LeaseHeld(Conflict):
    """Another live run holds the execution; wait for it to end."""

    code = "lease_held"


class StaleLease(Conflict):
    """This run lost its lease to a newer one and must stop; nothing of this write was kept."""

    code = "stale_lease"


class NotConfigured(PipelineError):
    """A setting or secret is missing; the remedy names the environment variable to set."""

    code = "not_configured"


class PermissionDenied(PipelineError):
    """The actor is not entitled to this action."""

    code = "permission_denied"


class ApprovalNeeded(PermissionDenied):
    """A person has to agree first; `request_id` is the question's id, None where nothing can keep it.

    `shown`, `message`: what the person is shown; `digest`: what a grant is bound to.
    """

    code = "approval_needed"

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        request_id: str | None = None,
        digest: str = "",
        shown: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.request_id = request_id
        self.digest = digest
        self.shown = dict(shown or {})


class BudgetExceeded(PipelineError):
    """A limit of money, turns or depth is used up; raise the limit or wait for the next period."""

    code = "budget_exceeded"


class StepFailed(PipelineError):
    """The step did its work and the outcome is failure."""

    code = "step_failed"


class Cancelled(PipelineError):
    """The execution was cancelled while this step ran."""

    code = "cancelled"


class OutcomeUnknown(PipelineError):
    """A side effect was begun and its end is not known; sending it again might do it twice."""

    code = "outcome_unknown"


class StepTimeout(PipelineError):
    """One attempt of a step took longer than its `timeout_seconds`."""

    code = "timeout"
    transient = True


class ServiceError(PipelineError):
    """A remote service answered with an error, or not at all.

    `retry_after`: seconds the service asked us to wait. `outcome_unknown`: the request may have been carried out.
    """

    code = "service_error"

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown


class AuthenticationFailed(ServiceError):
    """The service refused our credentials; replace them before trying again."""

    code = "authentication_failed"


class RequestRejected(ServiceError):
    """The service understood the request and refused it; the same request will be refused again."""

    code = "request_rejected"


class ContextOverflow(RequestRejected):
    """The input is longer than the model can hold; shorten it or use a model with a larger window."""

    code = "context_overflow"


class ContentRefused(RequestRejected):
    """The service's content policy refused the request or cut its answer off; change the content."""

    code = "content_refused"


class RateLimited(ServiceError):
    """The service asked us to slow down; wait `retry_after` seconds."""

    code = "rate_limited"
    transient = True


class ServiceUnavailable(ServiceError):
    """The service could not be reached, timed out or failed inside; the same request may work later."""

    code = "service_unavailable"
    transient = True


class Overloaded(ServiceUnavailable):
    """The service is there and has no room now (Anthropic's 529); the same request may work later."""

    code = "overloaded"


class StoreError(PipelineError):
    """The database refused or could not do what was asked."""

    code = "store_error"


class StoreBusy(StoreError):
    """Another process held the database for longer than the busy timeout; nothing was written."""

    code = "store_busy"
    transient = True


class StoreTooNew(StoreError):
    """The database was written by newer code; this version refuses to touch it."""

    code = "store_too_new"
