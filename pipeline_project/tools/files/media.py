"""Images as blocks that a model takes: checked to be whole, and made smaller where they are too large.

Limits of the Messages API: PNG, JPEG, GIF and WebP, 8000 pixels a side, 5 MB of base64
(docs.claude.com/en/docs/build-with-claude/vision). Refuses images that unpack to more than MOST_PIXELS.
"""

import base64
import io
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline_project.errors import InvalidDocument, InvalidInput
from pipeline_project.tools.base import ToolResult
from pipeline_project.tools.files.lines import Source
from pipeline_project.tools.session import Session
from pipeline_project.validation.images import media_type, pixel_size

MOST_SIDE: Final = 8_000
MOST_BASE64: Final = 5_000_000
MOST_PIXELS: Final = 89_478_485  # a quarter of a GiB of RGB; where Pillow begins to warn of bombs
_SIDES: Final = (2_000, 1_568, 1_024, 512)  # 2000 is the most in a request with over 20 images
_FORMATS: Final = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
_DAMAGE: Final = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, KeyError)


def whole(source: Source, path: Path, session: Session) -> bytes:
    """All bytes of an image, PDF or notebook. Raises InvalidInput above the session's `media_bytes`."""
    if source.size > session.limits.media_bytes:
        size = f"has {source.size:,} bytes, more than the {session.limits.media_bytes:,} of such a file that are read"
        raise InvalidInput(size, where=str(path), remedy="Make it smaller with Bash first.")
    return source.read(0, source.size)


def image(content: bytes, path: Path) -> ToolResult:
    """The image as a block, after a line that says what it is. Raises InvalidDocument for a damaged or huge one."""
    kind = media_type(content) or ""
    size = pixel_size(content)
    if size is None or min(size) < 1:
        raise InvalidDocument("the image has no readable header", where=str(path), remedy="Look at it with Bash: file.")
    width, height = size
    if width * height > MOST_PIXELS:
        text = f"the image unpacks to {width}x{height} pixels, more than the {MOST_PIXELS:,} that are opened"
        raise InvalidDocument(text, where=str(path), remedy="Make it smaller with Bash first.")
    try:
        data, kind, shown = _fitting(content, kind, size)
    except _DAMAGE as error:
        text = f"the image is damaged ({type(error).__name__}: {str(error)[:120]})"
        raise InvalidDocument(text, where=str(path), remedy="Save it again with an image program.") from error
    words = f"{path.name}: {kind}, {width}x{height} pixels"
    if shown != size:
        words += f", shown at {shown[0]}x{shown[1]}"
    structured = {"path": str(path), "type": "image", "media_type": kind, "width": width, "height": height,
                  "shown_width": shown[0], "shown_height": shown[1]}  # fmt: skip
    return ToolResult(content=({"type": "text", "text": words}, block(data, kind)), structured=structured)


def block(data: bytes, kind: str) -> dict[str, Any]:
    """An image block of the Messages API."""
    encoded = base64.b64encode(data).decode("ascii")
    return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": encoded}}


def _fitting(content: bytes, kind: str, size: tuple[int, int]) -> tuple[bytes, str, tuple[int, int]]:
    """The bytes as they are when they fit and unpack, else a smaller picture."""
    with Image.open(io.BytesIO(content), formats=[_FORMATS[kind]]) as opened:
        opened.load()
        if max(size) <= MOST_SIDE and _base64_size(content) <= MOST_BASE64:
            return content, kind, size
        return _smaller(ImageOps.exif_transpose(opened))


def _smaller(picture: Image.Image) -> tuple[bytes, str, tuple[int, int]]:
    """The largest of some sizes that fits; PNG, which keeps text sharp, or JPEG where that is too large."""
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    for side in _SIDES:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        for name, kind in (("PNG", "image/png"), ("JPEG", "image/jpeg")):
            if name == "JPEG" and picture.mode == "RGBA":
                continue
            buffer = io.BytesIO()
            picture.save(buffer, name)
            if _base64_size(buffer.getvalue()) <= MOST_BASE64:
                return buffer.getvalue(), kind, picture.size
    raise ValueError("no size of it fits")


def _base64_size(content: bytes) -> int:
    return (len(content) + 2) // 3 * 4
