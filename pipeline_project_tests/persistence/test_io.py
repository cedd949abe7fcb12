"""What ops hand each other stays in memory: it reaches the next op, and a re-execution is told why it cannot begin."""

from dagster import (
    DagsterInstance,
    Failure,
    ReexecutionOptions,
    execute_job,
    graph,
    in_process_executor,
    op,
    reconstructable,
)

from pipeline_project.persistence.io import in_memory


@op
def gives() -> dict:
    return {"secret": "hunter2"}


@op
def breaks(given: dict) -> None:
    assert given == {"secret": "hunter2"}
    raise Failure("broken", allow_retries=False)


@graph
def giving_and_breaking() -> None:
    breaks(gives())


def a_job():
    return giving_and_breaking.to_job(resource_defs={"io_manager": in_memory}, executor_def=in_process_executor)


def failure(result):
    return next(event.event_specific_data for event in result.all_events if event.is_step_failure)


def test_a_re_execution_from_failure_says_what_to_do_instead():
    with DagsterInstance.ephemeral() as instance:
        job = reconstructable(a_job)
        first = execute_job(job, instance=instance)
        assert failure(first).user_failure_data.description == "broken"
        options = ReexecutionOptions.from_failure(first.run_id, instance)
        again = execute_job(job, instance=instance, reexecution_options=options)
        assert "Re-execute all steps." in failure(again).error.to_string()
        assert "gives" in failure(again).error.to_string()
