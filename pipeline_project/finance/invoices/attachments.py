"""Supporting documents of an invoice (BG-24), measured and hashed but not kept.

Refuses to carry their bytes into the model: a journal full of scans helps nobody.
"""

import base64
import binascii
import hashlib

from pipeline_project.finance.elements import Node
from pipeline_project.finance.invoices.models import Attachment


def attachment(
    binary: Node | None,
    *,
    id: str | None,  # noqa: A002 - the term's own name
    description: str | None,
    location: str | None,
) -> Attachment:
    """The supporting document whose embedded content is `binary`; content that is not base64 is a problem."""
    named = Attachment(id=id, description=description, location=location)
    if binary is None:
        return named
    size, digest = _measured(binary)
    about = {"mime_type": binary.attribute("mimeCode"), "file_name": binary.attribute("filename")}
    return named.model_copy(update={**about, "size": size, "digest": digest})


def _measured(binary: Node) -> tuple[int | None, str | None]:
    try:
        content = base64.b64decode("".join(binary.content.split()), validate=True)
    except (binascii.Error, ValueError):
        binary.expected("a document in base64")
        return None, None
    return len(content), hashlib.sha256(content).hexdigest()
