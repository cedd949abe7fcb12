"""Rules on images and documents: readable, of the type they claim, within the limits of size and number."""

from collections.abc import Iterator
from typing import Final

from pipeline_project.messages.blocks import (
    DOCUMENT_SOURCE_TYPES,
    IMAGE_MEDIA_TYPES,
    IMAGE_SOURCE_TYPES,
)
from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Block, Request, as_dict

MAX_IMAGE_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 8_000
MANY_IMAGES: Final = 20
MAX_PIXELS_OF_MANY: Final = 2_000
MAX_IMAGES: Final = 600
# of models with a context window below a million tokens
MAX_IMAGES_SMALL_CONTEXT: Final = 100

_SOURCE_TYPES: Final = {"image": IMAGE_SOURCE_TYPES, "document": DOCUMENT_SOURCE_TYPES}
_FIELDS: Final = {"base64": "data", "text": "data", "url": "url", "file": "file_id", "content": "content"}


@rule("source.unknown", sources.CREATE, scope="conversation", severity="info")
def each_source_is_known(request: Request) -> Iterator[Problem]:
    """Sources of types not known here are kept as they are."""
    for block in request.of("image", "document"):
        source = as_dict(block.value.get("source"))
        kind = source.get("type")
        if source and (not isinstance(kind, str) or kind not in _SOURCE_TYPES[block.kind]):
            yield (
                (*block.path, "source", "type"),
                f"this source of {block.kind} is not known here; it is passed on unchanged",
            )


@rule("source.fields", sources.CREATE, scope="conversation")
def each_source_has_its_field(request: Request) -> Iterator[Problem]:
    """Each source has what its type is about: data, url, file_id or content."""
    for block, kind, source in _sources(request):
        name, types = _FIELDS[kind], (str, list) if kind == "content" else (str,)
        if not isinstance(value := source.get(name), types) or not value:
            yield (*block.path, "source", name), f"a source of type {kind} needs {name}"


@rule("source.url", sources.VISION, scope="conversation")
def each_url_is_of_the_web(request: Request) -> Iterator[Problem]:
    """A url source is an http or https URL."""
    for block, kind, source in _sources(request):
        url = source.get("url")
        if kind == "url" and isinstance(url, str) and not url.lower().startswith(("https://", "http://")):
            yield (*block.path, "source", "url"), "the URL must start with https://; send a file as base64"


@rule("base64.prefix", sources.VISION, scope="conversation")
def data_is_no_url(request: Request) -> Iterator[Problem]:
    """Base64 data comes without a data: URL in front."""
    for file in request.files.values():
        if file.prefixed:
            yield (*file.path, "data"), "the data is a data: URL; send only what stands after the comma"


@rule("base64.data", sources.VISION, scope="conversation")
def data_is_base64(request: Request) -> Iterator[Problem]:
    """Base64 data decodes."""
    for file in request.files.values():
        if not file.readable and not file.prefixed:
            yield (*file.path, "data"), f"the data of this {file.block} is not base64; encode it again"


@rule("image.media-type", sources.VISION, scope="conversation", providers=ANTHROPIC)
def image_type_is_supported(request: Request) -> Iterator[Problem]:
    """A base64 image is JPEG, PNG, GIF or WebP."""
    for file in request.files.values():
        if file.block == "image" and not _is_one_of(file.declared, IMAGE_MEDIA_TYPES):
            yield (
                (*file.path, "media_type"),
                f"an image must be one of {', '.join(sorted(IMAGE_MEDIA_TYPES))}; convert it",
            )


@rule("image.mismatch", sources.VISION, scope="conversation", providers=ANTHROPIC)
def image_is_what_it_claims(request: Request) -> Iterator[Problem]:
    """The bytes of an image are of the declared media type."""
    for file in request.files.values():
        found = file.detected
        if file.block == "image" and found in IMAGE_MEDIA_TYPES and found != file.declared:
            yield (
                (*file.path, "media_type"),
                f"the image is {found}; set media_type to it",
            )


@rule("image.bytes", sources.VISION, scope="conversation", providers=ANTHROPIC)
def image_is_not_too_large(request: Request) -> Iterator[Problem]:
    """An image has at most 10 MB of base64."""
    for file in request.files.values():
        if file.block == "image" and file.size > MAX_IMAGE_BYTES:
            yield (
                (*file.path, "data"),
                f"the image has {file.size} bytes of base64, the limit is {MAX_IMAGE_BYTES}; scale it down",
            )


@rule("image.pixels", sources.VISION, scope="conversation", providers=ANTHROPIC)
def image_is_not_too_wide(request: Request) -> Iterator[Problem]:
    """No side of an image has more than 8000 pixels, 2000 in a request with more than 20 images."""
    many = len(list(request.of("image"))) > MANY_IMAGES
    limit = MAX_PIXELS_OF_MANY if many else MAX_PIXELS
    for file in request.files.values():
        if file.block == "image" and file.pixels and max(file.pixels) > limit:
            width, height = file.pixels
            yield (
                (*file.path, "data"),
                f"the image is {width}x{height} pixels, the limit is {limit}; scale it",
            )


@rule("image.count", sources.VISION, scope="conversation", providers=ANTHROPIC)
def images_are_not_too_many(request: Request) -> Iterator[Problem]:
    """A request has at most 600 images, 100 for models with a context of 200,000 tokens."""
    count = len(list(request.of("image")))
    context = request.limits.context
    limit = MAX_IMAGES if context is None or context >= 1_000_000 else MAX_IMAGES_SMALL_CONTEXT
    if count > limit:
        yield ("messages",), f"{count} images, the limit is {limit}; drop the oldest"


@rule("document.media-type", sources.PDF, scope="conversation", providers=ANTHROPIC)
def document_type_is_supported(request: Request) -> Iterator[Problem]:
    """A base64 document is a PDF, a text document plain text."""
    wanted = {"base64": "application/pdf", "text": "text/plain"}
    for block, kind, source in _sources(request):
        if block.kind == "document" and kind in wanted and source.get("media_type") != wanted[kind]:
            yield (
                (*block.path, "source", "media_type"),
                f"a document of type {kind} must be {wanted[kind]}; convert it",
            )


@rule("document.header", sources.PDF, scope="conversation", providers=ANTHROPIC)
def document_is_a_pdf(request: Request) -> Iterator[Problem]:
    """The bytes of a base64 document are a PDF."""
    for file in request.files.values():
        if file.block == "document" and file.readable and file.detected != "application/pdf":
            yield (*file.path, "data"), "the document does not start as a PDF does; send a PDF or plain text"


def _sources(request: Request) -> Iterator[tuple[Block, str, dict[str, object]]]:
    """Each block with a source of a known type."""
    for block in request.of("image", "document"):
        source = as_dict(block.value.get("source"))
        kind = source.get("type")
        if isinstance(kind, str) and kind in _SOURCE_TYPES[block.kind]:
            yield block, kind, source


def _is_one_of(value: object, allowed: frozenset[str]) -> bool:
    return isinstance(value, str) and value in allowed
