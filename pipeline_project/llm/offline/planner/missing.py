# ruff: noqa: E501 - a pattern is read whole
"""What people ask for that this version does not do: told by name, so that nobody looks for other words."""

import re
from typing import Final

_PRODUCTS: Final = (
    r"asana|hubspot|notion|salesforce|jira|trello|monday\.com|clickup|linear|github|gitlab|zendesk|freshdesk|intercom|pipedrive|zoho|airtable|"
    r"google (?:sheets?|docs?|drive|calendar|forms?)|gmail|outlook|sharepoint|onedrive|dropbox|(?:microsoft |ms )?teams(?= |$)|discord|telegram|whatsapp|"
    r"signal|zoom|excel|stripe|paypal|shopify|quickbooks|xero|datev|sap|twitter|linkedin|facebook|instagram"
)
_MISSING: Final = tuple(
    (re.compile(rf"(?<![\w@#/.-])(?:{pattern})(?![\w@-]|\.\w)", re.IGNORECASE), reason)
    for pattern, reason in (
        (
            _PRODUCTS,
            "there is no integration with {0} in this version; what has an HTTP API can be fetched from or posted to by its address",
        ),
        (
            r"sms|text messages?|fax|phone",
            "there is no {0} in this version, only Slack, mail, tasks and HTTP APIs",
        ),
        (
            r"for (?:each|every|all(?: the)?) (?:of (?:the|these) )?(?:rows?|records?|lines?|items?|entr(?:y|ies)|orders? in|invoices? in|customers? in)|one (?:by|after) one|loop(?:s| over)?|für jede (?:zeile|position)",
            "there is no loop in this version: a workflow handles one thing a run",
        ),
        (
            r"group(?: \w+){0,3} by|sum(?:s| up)?(?: of)? the|average|count the|pivot",
            "rows can be sorted, filtered, taken, deduplicated and selected in a sentence; write the workflow yourself for {0}",
        ),
        (
            r"until|tomorrow|next (?:week|month|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|in \d+ (?:days?|weeks?)|morgen früh|übermorgen",
            "a workflow starts when somebody starts it, and there is no later time ({0}) in this version",
        ),
        (
            r"(?:never|do not|don['\u2019]t|niemals|nicht)",
            "what shall not happen is simply left out; say only what shall happen",
        ),
        (r"attach(?:ed|ment|ments)?|anhang|anhängen", "mails have no {0} in this version"),
        (
            r"agent|research|browse|google|search the web",
            "this planner writes no steps for {0}; say what to fetch, or write the workflow yourself",
        ),
        (
            r"(?:saying|:)\s.*(?:then|otherwise|else|if|dann|sonst|wenn)\b",
            "put the words that are to be said in quotes",
        ),
        (
            r"^(?:post|write|share|announce|send|put)\b[^#]*\b(?:slack|channel|kanal)\b[^#]*$",
            "a Slack channel is written with its #, such as #finance",
        ),
        (
            r"^(?:post|say|write|send|share|put)\s.*\s(?:to|in|into|on)\s(?:the )?#[\w-]+",
            "words that are to be said stand in quotes, and a result is named after what makes it",
        ),
        (
            r"^(?:e-?mail|mail|notify|alert|inform|tell|ping|(?:send|write)(?: an?)?(?: e-?mail)?)\b[^@#]*$",
            "who gets it is not said: a mail needs an address such as a@b.example or goes to the sender, a message needs its #channel",
        ),
    )
)  # fmt: skip - one pattern a line is a table
_OF_ALL: Final = 3
"""So many of them say something wherever they stand in a request."""
PRODUCT: Final = re.compile(rf"(?:the\s+)?(?:{_PRODUCTS})", re.IGNORECASE)
"""What is no person, whatever is handed over to it."""


def reason_of(part: str, request: str) -> str:
    """Why a part that was not understood cannot be done; '' when nothing is known about it.

    `request`: all of it, without what stands in quotes, as it may say elsewhere what the part is for.
    """
    return _reason(part, len(_MISSING)) or _reason(request, _OF_ALL)


def _reason(text: str, count: int) -> str:
    for pattern, reason in _MISSING[:count]:
        if match := pattern.search(text):
            return reason.format(match[0])
    return ""
