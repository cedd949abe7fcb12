"""XML from strangers, parsed within bounds.

`parse` gives an lxml element, or one sentence why not. Refuses document type declarations (and with them
every entity: billion laughs, quadratic blow-up, external files), the network, and documents that are larger,
deeper or busier than the limits; these are checked while parsing, so a bomb is cut off and not unpacked.
"""

import codecs
import dataclasses
import re
from io import BytesIO

from lxml import etree

from pipeline_project.errors import InvalidDocument


@dataclasses.dataclass(frozen=True)
class XmlLimits:
    """Bounds of one document. The defaults hold an invoice of ten thousand lines with its attachments."""

    max_bytes: int = 20_000_000
    max_depth: int = 64
    max_elements: int = 1_000_000
    max_attributes: int = 64
    max_attribute_length: int = 65_536


DEFAULT_LIMITS = XmlLimits()

_SIXTEEN_BITS = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
# libxml2's codes for bytes that are not what the encoding allows (include/libxml/xmlerror.h).
_ENCODING_ERRORS = frozenset(
    {
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
        etree.ErrorTypes.I18N_CONV_FAILED,
    }
)
# What may stand before the root element; possessive, so that a long prolog costs no backtracking.
_PROLOG = re.compile(rb"(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_DECLARED = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"'>]*)[\"']")
# Encodings in which markup reads as ASCII, so that no document type hides from the check below.
_READ = re.compile(r"utf-?8|utf-?16(-?[lb]e)?|us-ascii|ascii|iso-?8859-?\d{1,2}|latin-?1|(windows|cp)-?125\d")


def parse(data: bytes, *, name: str, limits: XmlLimits = DEFAULT_LIMITS) -> etree._Element:
    """The root element of `data`, in the encoding its XML declaration names (UTF-8 or UTF-16 without one).

    `name` is how messages call the document, usually its file name. Comments and processing instructions are
    dropped. Raises InvalidDocument, naming the line where there is one, for anything that is not well-formed
    XML within `limits`.
    """
    if len(data) > limits.max_bytes:
        raise too_large(len(data), limits.max_bytes, where=name)
    data = _at_declaration(data)
    _refuse_prolog(data, name)
    events = etree.iterparse(
        BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        _count(events, name, limits)
    except etree.XMLSyntaxError as error:
        raise _refusal(error, name) from error
    return events.root


def too_large(size: int, limit: int, *, where: str) -> InvalidDocument:
    """The refusal of a document of `size` bytes where `limit` are accepted."""
    return InvalidDocument(
        f"the document has {size:,} bytes, more than the {limit:,} that are read",
        where=where,
        remedy="Send its large attachments separately, or raise the size limit.",
    )


def _refuse_prolog(data: bytes, name: str) -> None:
    """Raise for what is decided before the first element: emptiness, encoding, document type."""
    text = _single_bytes(data)
    if not text.strip():
        raise InvalidDocument("the document is empty", where=name, remedy="Send the file again.")
    declared = _DECLARED.match(text)
    encoding = declared.group(1).decode("ascii", "replace") if declared else "utf-8"
    if encoding.lower().startswith("utf-16") and not data.startswith(tuple(_SIXTEEN_BITS)):
        raise _misencoded(f"{name}, line 1")
    if not _READ.fullmatch(encoding.strip().lower().replace("_", "-")) or data[:4].count(0) > 2:
        raise InvalidDocument(
            f"the encoding {encoding[:40]!r} is not read" if declared else "the encoding is not known",
            where=f"{name}, line 1",
            remedy="Save the file as UTF-8 and declare UTF-8 in its first line.",
        )
    prolog = _PROLOG.match(text)
    rest = text[prolog.end() : prolog.end() + 9] if prolog else text[:9]
    if rest.upper() == b"<!DOCTYPE":
        raise _document_type(name)
    if not rest.startswith(b"<"):
        raise InvalidDocument(
            "the document is not XML: it does not begin with an element",
            where=f"{name}, line 1",
            remedy="Send the XML file itself, not a copy of its text in another format.",
        )


def _at_declaration(data: bytes) -> bytes:
    # Exports often put a blank line before the declaration, which XML forbids and every reader forgives.
    text = data.removeprefix(codecs.BOM_UTF8)
    return text.lstrip() if text[:1].isspace() else data


def _single_bytes(data: bytes) -> bytes:
    """`data` with its markup as ASCII: UTF-16 is turned into UTF-8, a byte order mark is taken off."""
    for start, encoding in _SIXTEEN_BITS.items():
        if data.startswith(start):
            return data.decode(encoding, "replace").removeprefix("\ufeff").encode("utf-8", "replace")
    return data.removeprefix(codecs.BOM_UTF8)


def _count(events: etree.iterparse, name: str, limits: XmlLimits) -> None:
    depth = elements = 0
    for event, element in events:
        if event == "end":
            depth -= 1
            continue
        depth += 1
        elements += 1
        if elements == 1 and element.getroottree().docinfo.internalDTD is not None:
            raise _document_type(name)
        attributes = element.attrib
        if depth > limits.max_depth:
            raise _beyond("nested deeper than", limits.max_depth, "levels", f"{name}, line {element.sourceline}")
        if elements > limits.max_elements:
            raise _beyond("longer than", limits.max_elements, "elements", name)
        if len(attributes) > limits.max_attributes:
            where = f"{name}, line {element.sourceline}"
            raise _beyond("carrying more than", limits.max_attributes, "attributes on one element", where)
        if attributes and max(map(len, attributes.values())) > limits.max_attribute_length:
            where = f"{name}, line {element.sourceline}"
            raise _beyond("carrying more than", limits.max_attribute_length, "characters in an attribute", where)


def _beyond(how: str, limit: int, unit: str, where: str) -> InvalidDocument:
    return InvalidDocument(
        f"the document is {how} {limit:,} {unit}",
        where=where,
        remedy="No business document needs that; ask its sender for a plain one.",
    )


def _document_type(name: str) -> InvalidDocument:
    return InvalidDocument(
        "the document has a document type declaration (DOCTYPE), which could define entities",
        where=name,
        remedy="Remove the DOCTYPE; invoices and orders need none.",
    )


def _misencoded(where: str) -> InvalidDocument:
    return InvalidDocument(
        "the bytes do not fit the encoding that the document declares (UTF-8 when it declares none)",
        where=where,
        remedy="Save the file as UTF-8, or declare the encoding it is really in.",
    )


def _refusal(error: etree.XMLSyntaxError, name: str) -> InvalidDocument:
    where = f"{name}, line {error.lineno or 1}"
    code = getattr(error, "code", None)
    if code in _ENCODING_ERRORS:
        return _misencoded(where)
    if code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return _beyond("carrying more than", 10_000_000, "characters in one text", where)
    message = (error.msg or "").split(", line ")[0].strip()
    if message in {"", "no element found"}:  # what lxml says of an undefined entity
        message = "it is cut off, or uses an entity that XML does not define"
    return InvalidDocument(
        f"the XML is not well-formed: {message}",
        where=where,
        remedy="Correct that line, or ask the sender for the file again.",
    )
