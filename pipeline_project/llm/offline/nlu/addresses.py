# ruff: noqa: E501 - a pattern is read whole
"""Postal addresses in running text: a street with its number, the postcode and the town behind it.

English and German forms. Refuses a street without a number, and a number before a word that is no street.
"""

import re
from collections.abc import Iterator
from typing import Final

_NAME: Final = r"[A-ZÄÖÜÉ][\w.'-]{0,40}"
_PLACE: Final = r"[A-ZÄÖÜÉ][^\W\d_.]+(?:[-'][^\W\d_]+)*(?!\w)"
_ENGLISH: Final = (
    rf"\d{{1,5}}[A-Za-z]? (?:{_NAME} ){{1,4}}?(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Way|Court|Square|Sq|Boulevard|Blvd|Parkway|"
    r"Pkwy|Place|Terrace|Close|Crescent|Gardens|Row|Quay|Wharf|Mews|Highway|Hwy)\b\.?"
)
_GERMAN: Final = (
    r"(?:[A-ZÄÖÜ][\wäöüß.-]{0,40}(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|chaussee|markt)"
    rf"|(?:{_NAME} ){{1,2}}(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|Chaussee)) \d{{1,4}}(?: ?[a-z]\b)?"
)
_TOWN: Final = (
    rf"(?:,?\s+(?:[A-Z]{{1,2}}-)?\d{{4,5}} {_PLACE}(?: {_PLACE})?"
    rf"|, {_PLACE}(?: {_PLACE}){{0,2}}(?:, [A-Z]{{2}} \d{{5}}(?:-\d{{4}})?|,? [A-Z]{{1,2}}\d[A-Z\d]? \d[A-Z]{{2}}\b)?)"
)
_ADDRESS: Final = re.compile(rf"(?<![\w.,-])(?:{_ENGLISH}|(?<![^\s(:,])(?:{_GERMAN}))(?:{_TOWN})?")


def addresses(text: str) -> Iterator[tuple[str, int]]:
    """(as written, its start) of every address."""
    yield from ((match[0], match.start()) for match in _ADDRESS.finditer(text))
