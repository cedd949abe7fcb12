"""Case 35: errors of upstreams and of our own, as an Anthropic client sees them."""

import pytest

from pipeline_project import errors
from pipeline_project.conversion import failure_of, service_error, upstream_failure


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (418, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "overloaded_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
        (599, "api_error"),
    ],
)
def test_case_35_the_status_stays_and_the_body_is_anthropics(status, kind):
    failure = upstream_failure(status, {"error": {"message": "told", "type": "whatever", "code": None}})
    assert failure.status == status
    assert failure.body == {"type": "error", "error": {"type": kind, "message": "told"}}


@pytest.mark.parametrize(
    ("message", "worded"),
    [
        (
            "This model's maximum context length is 128000 tokens. However, your messages resulted in 130500 tokens.",
            "prompt is too long: 130500 tokens > 128000 maximum",
        ),
        (
            "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens "
            "(66000 in the messages, 4000 in the completion).",
            "prompt is too long: 70000 tokens > 65536 maximum",
        ),
        (
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            "prompt is too long: 1200000 tokens > 1048576 maximum",
        ),
        (
            "This endpoint's maximum context length is 163840 tokens. However, you requested about 200000 tokens",
            "prompt is too long: 200000 tokens > 163840 maximum",
        ),
        (
            "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
            "prompt is too long: 5000 tokens > 4096 maximum",
        ),
        (
            "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
            "prompt is too long: 40000 tokens > 32768 maximum",
        ),
        (
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length",
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length",
        ),
        ("prompt is too long: 205000 tokens > 200000 maximum", "prompt is too long: 205000 tokens > 200000 maximum"),
        (
            "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
            "prompt is too long: 9000 tokens > 8192 maximum",
        ),
    ],
)
def test_case_35_a_context_overflow_is_worded_so_that_clients_recognise_it(message, worded):
    failure = upstream_failure(400, {"error": {"message": message}})
    assert failure.body["error"] == {"type": "invalid_request_error", "message": worded}
    assert failure.status == 400
    raised = service_error(500, {"error": {"message": message}})
    assert isinstance(raised, errors.ContextOverflow)
    assert failure_of(raised) == failure


@pytest.mark.parametrize(
    "detail",
    [
        {"message": "Your input exceeds the context window of this model.", "code": "context_length_exceeded"},
        {"message": "Too long.", "code": "context_length_exceeded"},
        {"message": "the request is too big", "type": "exceed_context_size_error"},
    ],
)
def test_case_35_an_overflow_without_numbers_is_worded_alike(detail):
    assert upstream_failure(400, {"error": detail}).body["error"]["message"].startswith("prompt is too long")


def test_case_35_numbers_beside_the_message_are_used():
    detail = {"message": "the request exceeds the available context size", "n_prompt_tokens": 9, "n_ctx": 8}
    assert (
        upstream_failure(400, {"error": detail}).body["error"]["message"] == "prompt is too long: 9 tokens > 8 maximum"
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"code": 503, "message": "x"}}, 503),
        ({"error": {"code": "429", "message": "x"}}, 429),
        ({"error": {"type": "overloaded_error", "message": "x"}}, 529),
        ({"error": {"status": "RESOURCE_EXHAUSTED", "message": "x"}}, 429),
        ({"error": {"code": "invalid_api_key", "message": "x"}}, 401),
        ({"error": "plain words"}, 500),
        ("<html>Bad Gateway</html>", 500),
        (None, 500),
        ([], 500),
        ({"error": {"code": True, "type": ["x"]}}, 500),
    ],
)
def test_case_35_inside_a_stream_the_status_is_read_from_the_error(body, status):
    assert upstream_failure(None, body).status == status


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (errors.InvalidInput("bad", where="$.model", remedy="Name one."), 400, "invalid_request_error"),
        (errors.NotFound("no such model"), 404, "not_found_error"),
        (errors.PermissionDenied("no"), 403, "permission_error"),
        (errors.AuthenticationFailed("no key"), 401, "authentication_error"),
        (errors.RequestRejected("no"), 400, "invalid_request_error"),
        (errors.RateLimited("slow"), 429, "rate_limit_error"),
        (errors.ServiceUnavailable("down"), 529, "overloaded_error"),
        (errors.ServiceError("odd"), 502, "api_error"),
        (errors.StepTimeout("slow"), 504, "timeout_error"),
        (errors.Cancelled("gone"), 499, "api_error"),
        (errors.NotConfigured("no key"), 401, "authentication_error"),
        (errors.BudgetExceeded("no money left"), 402, "billing_error"),
        (errors.ApprovalNeeded("ask first"), 403, "permission_error"),
        (errors.ContextOverflow("prompt is too long: 2 tokens > 1 maximum"), 400, "invalid_request_error"),
        (errors.ContentRefused("against the policy"), 400, "invalid_request_error"),
        (errors.Overloaded("no room"), 529, "overloaded_error"),
        (TimeoutError(), 504, "timeout_error"),
    ],
)
def test_our_errors_have_a_status_and_a_body(error, status, kind):
    failure = failure_of(error)
    assert failure.status == status
    assert failure.body["error"]["type"] == kind


def test_an_unforeseen_exception_shows_nothing_of_itself():
    assert failure_of(ValueError("sk-secret")).body["error"]["message"] == "internal error"


def test_our_refusals_name_the_place_and_the_remedy():
    message = failure_of(errors.InvalidInput("bad", where="$.model", remedy="Name one.")).body["error"]["message"]
    assert message == "$.model: bad. Name one."


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": {"message": "Incorrect API key provided"}}, errors.AuthenticationFailed),
        (403, {"error": {"message": "no access"}}, errors.AuthenticationFailed),
        (429, {"error": {"message": "slow down", "type": "requests"}}, errors.RateLimited),
        (429, {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}, errors.RequestRejected),
        (402, {"error": {"message": "Insufficient Balance"}}, errors.RequestRejected),
        (400, {"error": {"message": "bad"}}, errors.RequestRejected),
        (500, {"error": {"message": "oops"}}, errors.ServiceUnavailable),
        (503, {"error": {"message": "maintenance"}}, errors.ServiceUnavailable),
        (503, {"error": {"message": "The model is overloaded."}}, errors.Overloaded),
        (529, {"error": {"message": "Overloaded"}}, errors.Overloaded),
        (None, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, errors.Overloaded),
        (408, "slow", errors.ServiceUnavailable),
    ],
)
def test_a_refusal_has_exactly_the_class_that_says_what_to_do(status, body, kind):
    assert type(service_error(status, body)) is kind


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (400, {"message": "filtered", "code": "content_filter"}),
        (400, {"message": "filtered", "innererror": {"code": "ResponsibleAIPolicyViolation"}}),
        (400, {"message": "Your request was rejected as a result of our safety system.", "code": "x"}),
        (400, {"message": "Output blocked by content filtering policy", "type": "invalid_request_error"}),
        (403, {"message": 'm/x requires moderation on OpenInference. Your input was flagged for "sexual".'}),
        (400, {"message": "Content Exists Risk", "type": "invalid_request_error"}),
    ],
)
def test_a_content_policy_is_told_apart_from_a_bad_request_and_a_bad_key(status, detail):
    error = service_error(status, {"error": detail})
    assert type(error) is errors.ContentRefused
    assert failure_of(error).status == 400


def test_an_error_carries_where_it_came_from_and_when_to_come_back():
    error = service_error(429, {"error": {"message": "slow"}}, retry_after=3, where="openai gpt-5", remedy="Wait.")
    assert (error.retry_after, str(error)) == (3, "openai gpt-5: slow. Wait.")
