"""OpenAI's tokenizers, from the files that litellm brings along. Refuses to download one.

Loading takes up to half a second, once per encoding and process.
"""

import hashlib
import os
from functools import lru_cache
from typing import Final, Literal

import tiktoken
from tiktoken.model import encoding_name_for_model

from pipeline_project.errors import NotConfigured
from pipeline_project.llm import price_map

Name = Literal["o200k_base", "cl100k_base"]
_URL: Final = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
_FOLDER: Final = "TIKTOKEN_CACHE_DIR"


@lru_cache(maxsize=4)
def encoding(name: Name) -> tiktoken.Encoding | None:
    """The encoding; None where its file is not installed."""
    try:
        folder = price_map.folder() / "litellm_core_utils" / "tokenizers"
    except NotConfigured:
        return None
    # tiktoken calls the file by the digest of where it would fetch it
    if not (folder / hashlib.sha1(_URL.format(name).encode(), usedforsecurity=False).hexdigest()).is_file():
        return None
    before = os.environ.get(_FOLDER)
    os.environ[_FOLDER] = str(folder)
    try:
        return tiktoken.get_encoding(name)
    finally:
        if before is None:
            del os.environ[_FOLDER]
        else:
            os.environ[_FOLDER] = before


def name_of(model: str) -> Name | None:
    """The encoding of a model of OpenAI's; None if tiktoken does not know the model."""
    try:
        name = encoding_name_for_model(model)
    except KeyError:
        return None
    return "o200k_base" if name.startswith("o200k") else "cl100k_base" if name == "cl100k_base" else None
