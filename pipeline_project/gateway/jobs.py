"""The jobs `message` and `message_batch`. Values stay in memory: nothing of a message is pickled to disk."""

from dagster import GraphDefinition, JobDefinition, ResourceDefinition, in_process_executor

from pipeline_project.gateway import graphs
from pipeline_project.gateway.models import Models
from pipeline_project.persistence.io import in_memory


def message(models: Models) -> JobDefinition:
    """One message through the whole pipeline."""
    return _job(graphs.message_pipeline, "message", models)


def message_batch(models: Models) -> JobDefinition:
    """A file of requests; launch it again with the same config to continue."""
    return _job(graphs.message_batch_pipeline, "message_batch", models)


def _job(graph: GraphDefinition, name: str, models: Models) -> JobDefinition:
    return graph.to_job(
        name=name,
        # not configurable per run: whoever may launch could else send a request elsewhere
        resource_defs={
            "io_manager": in_memory,
            "models": ResourceDefinition.hardcoded_resource(models),
        },
        # one process: the values are in its memory, and a batch has no more than `concurrency` in flight
        executor_def=in_process_executor,
    )
