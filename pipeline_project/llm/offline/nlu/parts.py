# ruff: noqa: E501 - a pattern is read whole
"""What of a mail its writer says: quoted threads and signatures are left out, a forwarded text stays.

Refuses to leave nothing: a text that is all quotation is read as it stands.
"""

import re
from typing import Final

_QUOTED: Final = re.compile(r"^\s*>.*$", re.MULTILINE)
_THREAD: Final = re.compile(
    r"^\s*(?:on .{4,80} wrote:|am .{4,80} schrieb.{0,60}:|-{2,}\s*(?:original message|ursprüngliche nachricht)\s*-{2,})\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE: Final = re.compile(
    r"^\s*(?:--\s*$|(?:kind |best |warm |with best |many )?regards\b|yours (?:sincerely|faithfully|truly)|sincerely\b|"
    r"(?:mit )?(?:freundlichen?|besten?|vielen?|herzlichen?|schönen?) grü(?:ß|ss)|mfg\b|sent from my|von meinem \w+ gesendet)",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESSED: Final = re.compile(r"^\s*(?:from|to|cc|sent|date|von|an|gesendet|datum):.*$", re.IGNORECASE | re.MULTILINE)
_FORWARDED: Final = re.compile(
    r"^.*(?:forwarded message|weitergeleitete nachricht).*$|^\s*subject:\s*(?:(?:fwd?|wg|re|aw):\s*)*|^\s*betreff:\s*(?:(?:fwd?|wg|re|aw):\s*)*",
    re.IGNORECASE | re.MULTILINE,
)
_COURTESY: Final = re.compile(
    r"\b(?:thanks|thank you|many thanks|vielen dank|danke|herzlichen dank|besten dank)"
    r"(?: (?:so much|very much|a lot|in advance|im voraus|schon mal|schonmal|for (?:your|any|the) (?:help|time|understanding|"
    r"reply|offer|quick|order|mail|message|letter|interest|business|payment|cooperation)|für (?:ihr|ihre|ihren|deine|das|die|den|eure) "
    r"(?:hilfe|verständnis|angebot|mühe|nachricht|antwort|rückmeldung|bemühungen|auftrag|bestellung|interesse)))(?! (?:today|yesterday))",
    re.IGNORECASE,
)
_LEAST: Final = 12


def spoken(text: str) -> str:
    """The writer's own words. A signature's names say nothing about the matter; entities are read elsewhere."""
    own = _ADDRESSED.sub("", _FORWARDED.sub("", text))
    if (thread := _THREAD.search(own)) and len(own[: thread.start()].strip()) >= _LEAST:
        own = own[: thread.start()]
    unquoted = _QUOTED.sub("", own)
    own = unquoted if len(unquoted.strip()) >= _LEAST else own
    signature = _SIGNATURE.search(own)
    if signature and len(own[: signature.start()].strip()) >= _LEAST:
        own = own[: signature.start()]
    return own


def without_courtesy(text: str) -> str:
    """The text without the thanks that any request ends with; a text that is only thanks keeps them."""
    rest = _COURTESY.sub(" ", text)
    return rest if len(rest.strip()) >= 2 * _LEAST else text
