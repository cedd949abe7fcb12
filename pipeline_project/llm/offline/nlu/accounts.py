"""Bank accounts in running text. Refuses an IBAN whose check digits are wrong: it is a number of something else."""

import re
from collections.abc import Iterator
from typing import Final

_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
_SHORTEST: Final = 15


def ibans(text: str) -> Iterator[tuple[str, int, str]]:
    """(as written, its start, without spaces) of every IBAN, the words behind it left out."""
    for match in _IBAN.finditer(text):
        said = match[0]
        while len(bare := re.sub(r"\s", "", said)) >= _SHORTEST:
            if _checks(bare):
                yield said, match.start(), bare
                break
            said = said[:-1].rstrip()


def _checks(bare: str) -> bool:
    """Whether the remainder by 97 is 1, letters counted from A = 10 (ISO 13616)."""
    return int("".join(str(int(letter, 36)) for letter in bare[4:] + bare[:4])) % 97 == 1
