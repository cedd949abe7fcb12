"""Pure data transformations: a list of operations over JSON values, applied one after the other.

Operations never change their input, never reach outside it, and name the row and the field in every error.
Reading and writing formats (CSV, XML) is not their business.
"""

from pipeline_project.workflows.transform.operations import Operation, apply, read, sources

__all__ = ["Operation", "apply", "read", "sources"]
