"""The rules that are known and not implemented, each with its reason: never reported as passed.

Ids that end in "*" stand for a whole family.
"""

from collections.abc import Mapping
from types import MappingProxyType

_SYNTAX = "is about the XML syntax, not about the invoice: the model does not hold what it judges"
_MEANING = "compares the meaning of a code with that of a free text, which the published rules do not decide either"
_RESERVED = "is a number that the published rules do not use"

NOT_IMPLEMENTED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("BR-CO-05", "BR-CO-06", "BR-CO-07", "BR-CO-08"), _MEANING),
        **dict.fromkeys(("BR-34", "BR-35", "BR-39", "BR-40", "BR-58", "BR-59", "BR-60"), _RESERVED),
        **dict.fromkeys(("BR-CO-01", "BR-CO-02"), _RESERVED),
        **dict.fromkeys(("BR-DEC-03", "BR-DEC-04", "BR-DEC-07", "BR-DEC-08"), _RESERVED),
        **dict.fromkeys(("BR-DEC-21", "BR-DEC-22", "BR-DEC-26"), _RESERVED),
        **dict.fromkeys(("BR-CL-02", "BR-CL-09", "BR-CL-12"), _RESERVED),
        "BR-IG-*": "is the former name of the family BR-AF",
        "BR-IP-*": "is the former name of the family BR-AG",
        **dict.fromkeys(("UBL-CR-*", "UBL-DT-*", "UBL-SR-*", "CII-SR-*", "CII-DT-*"), _SYNTAX),
    }
)


def reason(rule_id: str) -> str:
    """Why a rule that is not in RULES is not judged."""
    if rule_id in NOT_IMPLEMENTED:
        return NOT_IMPLEMENTED[rule_id]
    families = (family for family in NOT_IMPLEMENTED if family.endswith("*"))
    family = next((family for family in families if rule_id.startswith(family[:-1])), None)
    return NOT_IMPLEMENTED[family] if family else "is not a rule of EN 16931 that is known here"
