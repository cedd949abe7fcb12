"""Files of a workspace, and nothing outside it.

`resolve` decides once where a path really leads; everything else here opens, writes and removes below the roots
without following a single link again, so that a folder swapped for a link in between is refused and not followed.
Refuses to rewrite a path that leads outside, and to guess what somebody meant.
"""

from pipeline_project.security.paths.containment import resolve, root_of
from pipeline_project.security.paths.guarded import is_sensitive
from pipeline_project.security.paths.opening import open_below, open_regular, read_bytes_below
from pipeline_project.security.paths.writing import remove_below, write_atomically

__all__ = [
    "is_sensitive",
    "open_below",
    "open_regular",
    "read_bytes_below",
    "remove_below",
    "resolve",
    "root_of",
    "write_atomically",
]
