"""How many tokens an image costs, by its pixels and the vendor's rule. Refuses to fetch one by its URL.

Sources: platform.claude.com "Vision" (width x height / 750 after scaling down), platform.openai.com "Images and vision"
(tiles of 512, or patches of 32), ai.google.dev "Token counting" (258 for each tile of 768).
"""

import base64
import binascii
import io
import re
from collections.abc import Mapping
from math import ceil, sqrt
from typing import Any, Final

from PIL import Image

# For an image whose size cannot be told: what a screenshot costs.
_UNKNOWN: Final = (1_280, 800)
# Model pattern: (base, per tile) of OpenAI's models that see tiles.
_TILES: Final = (
    (re.compile(r"gpt-4o-mini"), (2_833, 5_667)),
    (re.compile(r"gpt-5"), (70, 140)),
    (re.compile(r"o[134]"), (75, 150)),
    (re.compile(r""), (85, 170)),
)
# Model pattern: tokens per patch of 32 pixels of those that see patches.
_PATCHES: Final = (
    (re.compile(r"gpt-4\.1-mini|gpt-5(\.\d)?-mini"), 1.62),
    (re.compile(r"gpt-4\.1-nano|gpt-5(\.\d)?-nano"), 2.46),
    (re.compile(r"o4-mini"), 1.72),
)
_MOST_PATCHES: Final = 1_536
# The longest edge and the most tokens of Claude models; the newer ones see finer.
_FINE: Final = re.compile(r"claude-(opus-4-[789]|(opus|sonnet|haiku|fable|mythos)-[5-9])")


def size_of(source: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height in pixels of an image's source; those of a screenshot where they cannot be told."""
    data = source.get("data")
    if source.get("type") != "base64" or not isinstance(data, str):
        return _UNKNOWN
    try:
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            return image.size
    except (OSError, ValueError, binascii.Error, Image.DecompressionBombError):
        return _UNKNOWN


def image_tokens(width: int, height: int, model: str, provider: str) -> int:
    """Tokens of an image for a model."""
    if provider == "anthropic":
        return _claude(width, height, model)
    if provider == "google":
        return 258 if max(width, height) <= 384 else 258 * ceil(width / 768) * ceil(height / 768)
    name = model.rsplit("/", 1)[-1]
    for pattern, factor in _PATCHES:
        if pattern.match(name):
            return ceil(_patches(width, height) * factor)
    base, tile = next(costs for pattern, costs in _TILES if pattern.match(name))
    return base + tile * _tiles(width, height)


def _claude(width: int, height: int, model: str) -> int:
    edge, most = (2_576, 4_784) if _FINE.match(model) else (1_568, 1_600)
    scale = min(1.0, edge / max(width, height))
    return max(1, min(most, round(width * scale * height * scale / 750)))


def _tiles(width: int, height: int) -> int:
    """Squares of 512 after scaling into 2048 and then the shortest side down to 768."""
    scale = min(1.0, 2_048 / max(width, height))
    scale *= min(1.0, 768 / (min(width, height) * scale))
    # what is scaled to a multiple of 512 must not spill over by a rounding error
    return ceil(round(width * scale, 3) / 512) * ceil(round(height * scale, 3) / 512)


def _patches(width: int, height: int) -> int:
    count = ceil(width / 32) * ceil(height / 32)
    if count <= _MOST_PATCHES:
        return count
    scale = sqrt(32 * 32 * _MOST_PATCHES / (width * height))
    return min(_MOST_PATCHES, ceil(width * scale / 32) * ceil(height * scale / 32))
