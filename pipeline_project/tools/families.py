"""The families of tools, and the job of each."""

from typing import Final

JOBS: Final = {
    "files": "file_operations",
    "search": "search_operations",
    "web": "web_operations",
    "system": "system_operations",
    "notebooks": "notebook_operations",
}
"""The job of a family of tools; tool_batch takes all."""
