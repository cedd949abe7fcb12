"""Large values beside the database: files named by the SHA-256 of their content, written once and never changed."""

import hashlib
import os
from pathlib import Path

from pipeline_project.errors import StoreError


class Objects:
    """A folder of content-addressed files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def put(self, content: bytes) -> str:
        """Keep `content`; returns its key `sha256:<hex>`. Raises StoreError when the disk refuses."""
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        if not path.exists():
            temporary = path.with_name(f".{name}.{os.getpid()}")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_bytes(content)
                temporary.replace(path)
            except OSError as error:
                temporary.unlink(missing_ok=True)
                raise StoreError(f"cannot keep a large value: {error}", where=str(self.directory)) from error
        return f"sha256:{name}"

    def get(self, key: str) -> bytes:
        """The content of `key`. Raises StoreError when the file is gone or is not what its name says."""
        name = key.removeprefix("sha256:")
        try:
            content = self._path(name).read_bytes()
        except OSError as error:
            raise StoreError(f"the stored value {key} cannot be read: {error}", where=str(self.directory)) from error
        if hashlib.sha256(content).hexdigest() != name:
            raise StoreError(f"the stored value {key} is damaged", where=str(self.directory))
        return content

    def _path(self, name: str) -> Path:
        return self.directory / name[:2] / name
