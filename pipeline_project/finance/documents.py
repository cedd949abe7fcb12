"""A business document as bytes, before anybody reads it: opened within bounds, named, hashed, its kind known.

Refuses files that are missing, too large (by their stated size, before reading), not regular files, or of a
kind that holds no text: pictures, archives, office files.
"""

import dataclasses
import difflib
import hashlib
import re
import stat
from pathlib import Path
from typing import Literal

from pipeline_project.errors import InvalidDocument, InvalidInput, NotFound, PermissionDenied
from pipeline_project.security.xml import too_large

MAX_BYTES = 20_000_000

Kind = Literal["pdf", "xml", "mail", "text"]

_FOREIGN = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an old office document or Outlook message",
    b"\x1f\x8b": "a gzip archive",
    b"{\\rtf": "an RTF document",
}
_XML_START = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")
_MAIL_START = re.compile(
    rb"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)*?"
    rb"(?:Received|Return-Path|Message-ID|MIME-Version|From|Subject):[^\n]*\n(?:[ \t][^\n]*\n)*"
    rb"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Document:
    """Bytes with the name they go by and what kind of content they are."""

    name: str
    data: bytes
    kind: Kind

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def text(self) -> str:
        """The bytes as text, see `decoded`."""
        return decoded(self.data, self.name)


def open_document(source: bytes | str | Path, *, name: str | None = None, max_bytes: int = MAX_BYTES) -> Document:
    """The document in `source`: its bytes, or the path of a file (a `str` is always a path, never content).

    `name` is how messages call it; the file's name by default. Raises NotFound with near names,
    PermissionDenied, InvalidInput for what is no regular file, InvalidDocument for what is too large, empty or
    of a foreign kind.
    """
    if isinstance(source, bytes):
        data, name = source, name or "document"
    else:
        data, name = _contents(source, max_bytes), name or Path(source).name
    if len(data) > max_bytes:
        raise too_large(len(data), max_bytes, where=name)
    return Document(name, data, kind_of(data, name))


def kind_of(data: bytes, name: str) -> Kind:
    """What `data` is by its first bytes; the name of the file is not trusted."""
    if not data.strip():
        raise InvalidDocument("the document is empty", where=name, remedy="Send the file again.")
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if _XML_START.match(data):
        return "xml"
    for start, what in _FOREIGN.items():
        if data.startswith(start):
            raise InvalidDocument(
                f"the document is {what}, which is not read",
                where=name,
                remedy="Send XML, a PDF with text, or plain text; a picture needs text recognition first.",
            )
    return "mail" if _MAIL_START.match(data[:65_536]) else "text"


def decoded(data: bytes, name: str) -> str:
    """`data` as text in UTF-8, in UTF-16 with its mark, else in Windows-1252.

    Raises InvalidDocument, naming the line, where it is none of them or holds zero bytes.
    """
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    place = 0
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            place = error.start
            continue
        if "\0" not in text:
            return text
        place = data.find(0)
    line = data.count(10, 0, place) + 1
    raise InvalidDocument(
        "the document is neither text in UTF-8, UTF-16 or Windows-1252 nor a known format",
        where=f"{name}, line {line}",
        remedy="Save it as UTF-8 text, or send the XML or PDF.",
    )


def _contents(source: str | Path, max_bytes: int) -> bytes:
    path = Path(source)
    if "\n" in str(source) or "\0" in str(source):
        raise InvalidInput(
            "a document's content was given where its path is expected",
            where="source",
            remedy="Pass content as bytes, or text to read_text.",
        )
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise InvalidInput("this is not a regular file", where=str(path), remedy="Name the document itself.")
        if about.st_size > max_bytes:
            raise too_large(about.st_size, max_bytes, where=path.name)
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except PermissionError as error:
        raise PermissionDenied(
            "this file may not be read",
            where=str(path),
            remedy="Grant read permission, or copy it elsewhere.",
        ) from error
    except OSError as error:
        raise _missing(path) from error


def _missing(path: Path) -> NotFound:
    siblings = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, siblings, n=3)
    remedy = f"Near names there: {', '.join(near)}." if near else "Check the path."
    return NotFound("there is no such file", where=str(path), remedy=remedy)
