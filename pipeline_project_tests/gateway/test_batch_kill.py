"""A batch of 1 000 is killed with SIGKILL in the middle and resumed: no answer is paid for twice."""

import json
import multiprocessing
import os
from pathlib import Path

from dagster import DagsterInstance

from pipeline_project import settings
from pipeline_project.gateway import jobs
from pipeline_project_tests.gateway.counting import CountingClient, CountingModels, sent

COUNT = 1000
CONCURRENCY = 8
CONTEXT = multiprocessing.get_context("spawn")


def requests_file(path: Path) -> Path:
    def line(number: int) -> str:
        turn = {"role": "user", "content": f"request {number}"}
        params = {"model": "counting", "max_tokens": 10, "messages": [turn]}
        return json.dumps({"custom_id": f"id-{number}", "params": params})

    path.write_text("\n".join(line(number) for number in range(COUNT)) + "\n", encoding="utf-8")
    return path


def run(source: Path, output: Path, log: Path, *, die_at: int | None = None):
    job = jobs.message_batch(CountingModels(CountingClient(log, die_at=die_at)))
    config = {"path": str(source), "output": str(output), "concurrency": CONCURRENCY, "chunk_size": 150}
    with DagsterInstance.get() as instance:
        return job.execute_in_process({"ops": {"split_batch": {"config": config}}}, instance=instance)


def run_and_die(environment: dict[str, str], *args: Path) -> None:
    os.environ.update(environment)
    settings.load.cache_clear()
    run(*args, die_at=COUNT // 2)


def test_a_killed_batch_of_a_thousand_goes_on_without_sending_an_answered_request_again(data_dir, tmp_path):
    source, output, log = requests_file(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", tmp_path / "sent.log"
    process = CONTEXT.Process(target=run_and_die, args=(dict(os.environ), source, output, log))
    process.start()
    process.join(timeout=100)
    assert process.exitcode == -9
    before = sent(log)
    assert len(before) == COUNT // 2
    assert not output.exists()

    summary = run(source, output, log).output_value()

    after = sent(log)
    again = {text for text in after if after.count(text) > 1}
    assert set(after) == {f"request {number}" for number in range(COUNT)}
    assert all(after.count(text) == 2 for text in again)
    # the dying request was in flight for sure
    assert 1 <= len(again) <= CONCURRENCY
    # a send is journaled before it happens, so one that the kill forestalled counts as sent, too
    assert len(again) <= summary["resent"] <= CONCURRENCY
    assert summary["kept"] == COUNT // 2 - len(again)
    assert summary["sent"] == COUNT - summary["kept"]
    assert summary["resent_in_all_runs"] == summary["resent"]
    assert summary["sent_in_all_runs"] == COUNT + summary["resent"]
    results = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [each["custom_id"] for each in results] == [f"id-{number}" for number in range(COUNT)]
    texts = [each["result"]["message"]["content"][0]["text"] for each in results]
    assert texts == [f"answer to request {number}" for number in range(COUNT)]

    last = run(source, output, log).output_value()
    assert (last["sent"], last["kept"]) == (0, COUNT)
    assert sent(log) == after
