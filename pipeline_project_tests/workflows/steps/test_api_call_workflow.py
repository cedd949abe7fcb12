"""api_call in real workflows: retries, idempotency, approvals, unknown outcomes, and secrets that stay secret."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
import yaml

from pipeline_project import settings
from pipeline_project.errors import InvalidDefinition
from pipeline_project.persistence import engine
from pipeline_project.workflows import inspection
from pipeline_project_tests.servers.web import Answer, WebServer, said

SECRET = "s3cr3t-Kw4-planted"


@pytest.fixture
def web(bench, monkeypatch):
    with WebServer() as server:
        monkeypatch.setenv("PIPELINE_ALLOWED_HOSTS", server.allowed)
        monkeypatch.setenv("PIPELINE_SECRET_KEY", SECRET)
        settings.load.cache_clear()
        yield server


@pytest.fixture
def call(bench, web):
    """Runs a workflow of one call at `path`; further keys of the step in `step`."""
    count = iter(range(99))

    def call(path="/", step=None, **config):
        url = path if "://" in path else web.base + path
        steps = {"call": {"type": "api_call", "config": {"url": url, **config}, **(step or {})}}
        return bench.run(f"calling{next(count)}", yaml.safe_dump({"steps": steps}, sort_keys=False))

    return call


def output(launched, step="call"):
    context = inspection.context(engine.default(), launched.execution_id)
    assert context.status == "completed", context.error
    return context.step_results[step]


def failure(bench, launched):
    assert launched.status == "failed"
    return bench.context(launched).error


def test_a_transient_failure_is_tried_again_and_a_permanent_one_is_not(call, web):
    answers = iter([said({}, 429, **{"retry-after": "0"}), said({}, 503), said({"ok": True})])
    web.on("/", lambda _: next(answers))
    policy = {"retry_policy": {"max_retries": 3, "initial_delay_seconds": 0}}
    assert output(call(step=policy))["body"] == {"ok": True}
    assert len(web.requests) == 3
    web.requests.clear()
    web.on("/", said({}, 403))
    assert call(step=policy).status == "failed"
    assert len(web.requests) == 1


def test_what_is_not_idempotent_carries_one_key_through_all_attempts(call, web):
    answers = iter([said({}, 429), said({"ok": True})])
    web.on("/", lambda _: next(answers))
    launched = call(method="POST", json={}, step={"retry_policy": {"max_retries": 1, "initial_delay_seconds": 0}})
    output(launched)
    keys = [request.headers["idempotency-key"] for request in web.requests]
    assert keys == [f"{launched.execution_id}/call"] * 2


def test_a_post_whose_answer_is_lost_waits_for_a_person_and_is_not_sent_again(bench, call, web):
    web.on("/", Answer(reset=True))
    launched = call(method="POST", json={}, step={"retry_policy": {"max_retries": 3, "initial_delay_seconds": 0}})
    assert launched.status == "waiting_approval"
    assert "not known whether" in bench.question(launched, "call").message
    assert len(web.requests) == 1
    web.on("/", said({"ok": True}))
    bench.decide(launched, "call")
    assert output(bench.resume(launched))["body"] == {"ok": True}


def test_a_delete_waits_for_a_person_and_is_made_once_they_agree(bench, call, web):
    web.on("/thing", Answer(204))
    launched = call("/thing", method="DELETE")
    assert launched.status == "waiting_approval"
    assert web.requests == []
    question = bench.question(launched, "call")
    assert (question.shown["method"], question.shown["url"]) == ("DELETE", f"{web.base}/thing")
    bench.decide(launched, "call")
    assert output(bench.resume(launched))["status"] == 204
    assert len(web.requests) == 1


def test_a_delete_that_a_person_rejects_is_not_made(bench, call, web):
    launched = call("/thing", method="DELETE")
    bench.decide(launched, "call", "reject")
    assert bench.resume(launched).status == "failed"
    assert web.requests == []


def test_rules_decide_by_address_and_the_agreement_is_bound_to_the_body(bench, call, web, tmp_path, monkeypatch):
    rules = Path(tmp_path, "rules.yaml")
    rules.write_text(f"ask: ['api_call({web.base}/ask*)']\ndeny: ['api_call({web.base}/deny*)']\n")
    monkeypatch.setenv("PIPELINE_POLICY_FILE", str(rules))
    settings.load.cache_clear()
    web.on("/free", said({}))
    assert call("/free", method="POST", json={}).status == "completed"
    assert failure(bench, call("/deny/x"))["code"] == "permission_denied"
    launched = call("/ask", method="POST", json={"amount": 5, "token": "${secrets.KEY}"})
    shown = bench.question(launched, "call").shown
    assert SECRET not in str(shown)
    assert '"amount": 5' in shown["body"]
    assert shown["body_sha256"] == hashlib.sha256(b'{"amount": 5, "token": "%s"}' % SECRET.encode()).hexdigest()
    assert [request.path for request in web.requests] == ["/free"]


def test_secrets_are_written_nowhere(bench, call, web, data_dir, dagster_home, capfd):
    def echo(asked):
        return said({"sent": dict(asked.headers), "query": asked.query, "body": asked.body.decode()}, 200, echo=SECRET)

    web.on("/", echo)
    everywhere = {"headers": {"X-Mine": "${secrets.KEY}"}, "json": {"a": "${secrets.KEY}"}, "method": "POST"}
    output(call(auth={"type": "bearer", "token": "${secrets.KEY}"}, **everywhere))
    output(call(auth={"type": "basic", "username": "u", "password": "${secrets.KEY}"}))
    output(call(auth={"type": "api_key", "api_key": "${secrets.KEY}", "query": "key"}))
    web.on("/token", lambda _: said({"access_token": "tok-very-secret", "token_type": "bearer"}))
    output(
        call(
            auth={
                "type": "oauth2",
                "token_url": f"{web.base}/token",
                "client_id": "me",
                "client_secret": "${secrets.KEY}",
            }
        )
    )
    web.on("/", lambda asked: Answer(400, repr(asked).encode(), {"content-type": "text/plain"}))
    failed = call(query={"k": "${secrets.KEY}"}, auth={"type": "basic", "username": "u", "password": "${secrets.KEY}"})
    assert failed.status == "failed"
    assert call(method="DELETE", query={"k": "${secrets.KEY}"}).status == "waiting_approval"
    forms = [SECRET.encode(), base64.b64encode(f"u:{SECRET}".encode()), b"tok-very-secret"]
    for folder in (data_dir, dagster_home):
        for path in (item for item in folder.rglob("*") if item.is_file()):
            assert not any(form in path.read_bytes() for form in forms), path
    assert SECRET not in "".join(capfd.readouterr())


def test_one_call_feeds_the_next(bench, web):
    web.on("/who", said({"id": 7}))
    web.on("/greet", lambda asked: said(json.loads(asked.body)))
    flow = {"steps": {
        "who": {"type": "api_call", "config": {"url": f"{web.base}/who"}, "next_steps": ["greet"]},
        "greet": {"type": "api_call", "config": {"method": "POST", "url": f"{web.base}/greet",
                                                 "json": {"id": "${who.body.id}"}}},
    }}  # fmt: skip
    assert output(bench.run("two", yaml.safe_dump(flow, sort_keys=False)), "greet")["body"] == {"id": 7}


def test_a_config_that_does_not_fit_together_is_refused_before_anything_runs(call, web):
    with pytest.raises(InvalidDefinition, match=r"steps\.call\.config: a GET has no body"):
        call(json={})
    assert web.requests == []
