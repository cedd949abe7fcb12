"""The door of the capability: what importing it costs and pulls in."""

import subprocess
import sys

CODE = """
import sys, time
start = time.process_time()
import pipeline_project.conversion
seconds = time.process_time() - start
heavy = {"dagster", "litellm", "pydantic", "httpx", "structlog", "jsonschema"} & set(sys.modules)
assert not heavy, heavy
print(seconds)
"""


def test_importing_conversion_is_quick_and_brings_nothing_heavy():
    times = [float(subprocess.check_output([sys.executable, "-c", CODE], text=True)) for _ in range(3)]
    assert min(times) < 0.2
