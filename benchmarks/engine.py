"""What a compiled step costs beside a bare Dagster op: same executor, same storage, alternating in one process.

    python benchmarks/engine.py [--steps 50] [--rounds 5]

Prints milliseconds per step for orientation and the ratio of the medians, which is what may be compared. The compiled
step resolves a reference to the step before it, runs an executor and writes its journal rows; the bare op takes a value
from the op before it and returns it (`values`), or nothing at all (`ordering`).
"""

import argparse
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

WARM_UP = 1


def main() -> None:
    parser = argparse.ArgumentParser(description="What a compiled step costs beside a bare Dagster op")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PIPELINE_DATA_DIR"] = folder
        os.environ["DAGSTER_HOME"] = str(Path(folder) / "dagster")
        Path(os.environ["DAGSTER_HOME"]).mkdir()
        (Path(os.environ["DAGSTER_HOME"]) / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        logging.disable(logging.CRITICAL)
        measure(arguments.steps, arguments.rounds)


def measure(steps: int, rounds: int) -> None:
    from dagster import DagsterInstance

    with DagsterInstance.get() as instance:
        runs = {
            "compiled": compiled(steps, instance),
            "bare op, values": bare(steps, instance, values=True),
            "bare op, ordering": bare(steps, instance, values=False),
        }
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        for round_number in range(WARM_UP + rounds):
            for name, run in runs.items():
                began = time.perf_counter()
                run()
                if round_number >= WARM_UP:
                    seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(taken) / steps * 1000 for name, taken in seconds.items()}
    print(f"{steps} steps in a chain, median of {rounds} rounds, in-process executor, SQLite")
    for name, milliseconds in medians.items():
        print(f"  {name:20} {milliseconds:7.2f} ms a step")
    for name in ("bare op, values", "bare op, ordering"):
        print(f"compiled / {name}: {medians['compiled'] / medians[name]:.2f}")


def compiled(steps: int, instance: object) -> Callable[[], None]:
    from pipeline_project.workflows.compiler import compile_job
    from pipeline_project.workflows.models import WorkflowDefinition

    chain = {}
    for index in range(steps):
        data = "${input.start}" if index == 0 else f"${{s{index - 1}.data}}"
        operations = [{"op": "jmespath", "expression": "@"}]
        following = [f"s{index + 1}"] if index + 1 < steps else []
        config = {"data": data, "operations": operations}
        chain[f"s{index}"] = {"type": "data_transformation", "config": config, "next_steps": following}
    schema = {"type": "object", "properties": {"start": {"type": "array"}}}
    definition = WorkflowDefinition.model_validate({"id": "chain", "steps": chain, "input_schema": schema})
    job = compile_job(definition)
    config = {"ops": {"start": {"config": {"start": [{"n": 1}]}}}}

    def run() -> None:
        assert job.execute_in_process(run_config=config, instance=instance).success  # pyright: ignore[reportArgumentType]

    return run


def bare(steps: int, instance: object, *, values: bool) -> Callable[[], None]:
    from dagster import DependencyDefinition, GraphDefinition, In, NodeInvocation, Nothing, OpDefinition, Out, Output

    kind = "value" if values else "order"

    def op(index: int) -> OpDefinition:
        def body(_context, inputs):  # noqa: ANN001, ANN202 - Dagster reads the annotations
            yield Output(inputs.get("before", [{"n": 1}]) if values else None, "after")

        ins = {} if index == 0 else {"before": In() if values else In(Nothing)}
        return OpDefinition(
            name=f"{kind}{index}", compute_fn=body, ins=ins, outs={"after": Out() if values else Out(Nothing)}
        )

    ops = [op(index) for index in range(steps)]
    edges = {
        NodeInvocation(node.name): {} if index == 0 else {"before": DependencyDefinition(f"{kind}{index - 1}", "after")}
        for index, node in enumerate(ops)
    }
    job = GraphDefinition(name=f"bare_{kind}", node_defs=ops, dependencies=edges).to_job()

    def run() -> None:
        assert job.execute_in_process(instance=instance).success  # pyright: ignore[reportArgumentType]

    return run


if __name__ == "__main__":
    main()
