"""The signs by which a message is told to be a purchase order, or a quote, invoice, confirmation, newsletter.

Each is a pattern with a weight: how much it tells by itself, from 0 to 1. Refuses to take a document that is only
mentioned ("according to your quote", "send the invoice to") for the message itself.
"""

import dataclasses
import re
from typing import Literal

from pipeline_project.finance.orders.reading import Kind, Signal

Where = Literal["subject", "text"]
BOTH: tuple[Where, ...] = ("subject", "text")
SUBJECT: tuple[Where, ...] = ("subject",)
TEXT: tuple[Where, ...] = ("text",)


@dataclasses.dataclass(frozen=True)
class Sign:
    """A pattern, what it speaks for, and where it is looked for."""

    name: str
    kind: Kind
    weight: float
    pattern: re.Pattern[str]
    where: tuple[Where, ...]
    named: bool  # whether it only names a document, which may be somebody else's


def _sign(
    name: str, kind: Kind, weight: float, *patterns: str, where: tuple[Where, ...] = BOTH, named: bool = False
) -> Sign:
    pattern = re.compile("|".join(patterns), re.IGNORECASE | re.MULTILINE)
    return Sign(name, kind, weight, pattern, where, named)


# Words that make the document named behind them one that the writer only refers to, or asks for.
_MENTION = re.compile(
    r"\b(?:your|per|ref|reference|(?:referring|refers?) to|according to|based on|following|gemäß|laut|bezüglich"
    r"|bezug(?:nehmend)?(?: auf)?|zu|ihr(?:e[mnrs]?)?|auf basis|votre|suite à|issue|confirm (?:with|by)|with|mit|und"
    r"|and|on|to|without|until|ohne|um|for)[:.]?\s+(?:(?:the|an?|our|die|eine?n?|der|dem|den|this|above|corresponding"
    r"|attached|enclosed|ihr\w*|your)\s+)*$"
    r"|\b(?:please|bitte|kindly|send|request|require|expect|await|erbitten|erwarten|benötigen)\b[^.!?\n]{0,50}$",
    re.IGNORECASE,
)
_REPLY = re.compile(r"\s*(?:re|aw|antw(?:ort)?|sv|fwd?|wg)\s*:", re.IGNORECASE)
_ORDER = r"(?:purchase order|bestellung|bestellauftrag|commande|pedido|ordine d.acquisto|inkooporder)"
_NUMBER = r"(?:no|nr|number|nummer|n°|num|id|ref)?\.?\s*[:#]?\s*(?=[\w/-]*\d)[A-Z0-9][\w/-]{2,}"
_START = r"^[^\w\n]{0,40}"
_ALONE = r"\b[^a-zäöü\n]{0,40}$"  # a title: nothing but numbers and signs behind it

_FOR = (
    _sign(
        "order_subject",
        "order",
        0.6,
        rf"\b{_ORDER}\b",
        r"\bP\.?O\.?[\s:#-]*(?:no|nr|number)?[\s.:#-]*[A-Z]*-?\d",
        where=SUBJECT,
    ),
    _sign(
        "order_title",
        "order",
        0.6,
        rf"{_START}{_ORDER}{_ALONE}",
        rf"{_START}{_ORDER}\s+{_NUMBER}",
        where=TEXT,
    ),
    _sign(
        "order_number",
        "order",
        0.5,
        rf"(?:\b(?:purchase order|P\.?O\.?|bestellung|commande|auftrags)|\bbestell)[ -]?{_NUMBER}",
    ),
    _sign("order_mentioned", "order", 0.3, rf"\border[ -]?{_NUMBER}"),
    _sign(
        "ordering_words",
        "order",
        0.75,
        r"\bwe (?:hereby |herewith |would like to |wish to |want to )?(?:order|purchase)\b",
        r"\b(?:i|we)(?:'d| would) like to (?:place|order)",
        r"please (?:supply|deliver|ship|process|accept|enter|book)\b",
        r"(?:attached|enclosed|below)[^.\n]{0,15} (?:our|the) (?:purchase )?order",
        r"please find[^.\n]{0,30}(?:purchase )?order",
        r"(?:place|placing) (?:the following|an|our|this) (?:purchase )?order",
        r"this is (?:our|a) (?:firm )?(?:purchase )?order",
        r"please confirm (?:receipt of )?(?:this|the|our) (?:purchase )?order",
        r"\bhiermit bestell|\bwir bestellen|\bbestellen wir|\bbitte liefern|\bbitte um lieferung",
        r"anbei[^.\n]{0,20} bestellung|nous (?:vous )?(?:passons )?command(?:ons|e)",
    ),
    _sign(
        "ship_to",
        "order",
        0.3,
        r"\b(?:ship(?:ping)? (?:to|address)|deliver(?:y)? (?:to|address)|liefer(?:adresse|anschrift)|lieferung an)\b",
    ),
    _sign(
        "wanted_by",
        "order",
        0.25,
        r"\b(?:required (?:by|date)|need(?:ed)? by|deliver(?:y|ed)? (?:by|date)|requested delivery|lieferdatum"
        r"|liefertermin|wunschtermin|lieferung bis)\b",
    ),
    _sign(
        "confirmation_wanted",
        "order",
        0.3,
        r"please (?:confirm|acknowledge|send (?:us )?(?:an? |your )?(?:order )?(?:confirmation|acknowledg))",
        r"bitte bestätigen|um (?:eine )?(?:kurze )?(?:auftrags)?bestätigung|auftragsbestätigung (?:erbeten|bitte)",
    ),
)
_AGAINST = (
    _sign(
        "quote_subject",
        "quote",
        0.85,
        r"\b(?:quotation|quote|proposal|estimate|angebot|kostenvoranschlag|devis|RFQ|anfrage|price list)\b",
        where=SUBJECT,
        named=True,
    ),
    _sign(
        "quote_title",
        "quote",
        0.85,
        rf"{_START}(?:(?:sales )?quotation|quote|estimate|proposal|angebot|kostenvoranschlag|devis|anfrage){_ALONE}",
        where=TEXT,
        named=True,
    ),
    _sign(
        "quote_named",
        "quote",
        0.2,
        r"\b(?:quotation|quote|proposal|angebot|kostenvoranschlag|devis|price list|preisliste)\b",
        where=TEXT,
        named=True,
    ),
    _sign(
        "quoting_words",
        "quote",
        0.85,
        r"we (?:are (?:pleased|happy|delighted) to |can |would like to )?(?:offer|quote)\b",
        r"bieten wir|unterbreiten",
        r"\bour (?:best )?(?:quotation|quote|offer|proposal)\b|\bunser angebot|request for quot",
        r"(?:offer|quote|quotation|angebot|prices?)[^.\n]{0,20}(?:valid|gültig)|\bgültig bis",
        r"\bvalid (?:until|for \d+ days)|what (?:is|are|would be) (?:the|your) prices?",
        r"(?:could|can|would) you (?:please )?(?:send|give|provide|quote|offer)[^.\n]{0,60}(?:price|quot|offer)",
        r"please (?:send|provide|give)[^.\n]{0,30}(?:quote|quotation|price)|bitte[^.\n]{0,30} angebot",
        r"please (?:quote|offer)\b(?![^.\n]{0,25}(?:number|no\b|nr|reference|order|PO\b))",
    ),
    _sign(
        "quote_attached",
        "quote",
        0.85,
        r"(?:attached|enclosed|anbei)[^.\n]{0,25}(?:quotation|quote|offer|angebot)\b",
        where=TEXT,
        named=True,
    ),
    _sign(
        "invoice_named",
        "invoice",
        0.85,
        r"\b(?:tax )?invoice (?:no|number|date|#)|\brechnungs-?(?:nr|nummer|datum)|facture n°",
        rf"{_START}(?:tax )?(?:invoice|rechnung){_ALONE}",
        where=TEXT,
        named=True,
    ),
    _sign("invoice_subject", "invoice", 0.8, r"\b(?:invoice|rechnung|facture)\b", where=SUBJECT, named=True),
    _sign(
        "invoicing_words",
        "invoice",
        0.8,
        r"amount due|balance due|please (?:pay|remit)|zahlbar bis|bitte überweisen|rechnungsbetrag|is overdue",
        r"(?:attached|enclosed|here) is (?:your|our|the) invoice|(?:your|our) invoice (?:is|for)",
        r"anbei[^.\n]{0,20} rechnung",
    ),
    _sign(
        "confirmation_named",
        "confirmation",
        0.9,
        r"(?:order (?:confirmation|acknowledge?ment)|auftragsbestätigung|bestellbestätigung|confirmation de commande)"
        r"(?!\s*(?:erbeten|erwünscht|bitte|required|requested|to\b|an\b|by\b|within))",
        named=True,
    ),
    _sign(
        "confirming_words",
        "confirmation",
        0.9,
        r"(?:thank you|thanks) for (?:your|placing (?:an|your)) (?:recent )?(?:purchase )?order",
        r"we (?:hereby |are pleased to |gladly |can )?(?:confirm|acknowledge)(?: the)?(?: receipt of)? your"
        r" (?:purchase )?order",
        r"your (?:purchase )?order[^.\n]{0,30} (?:has been|is|was) (?:received|confirmed|placed|accepted|complete"
        r"|being processed)",
        r"dank für (?:ihre[n]?|deine) (?:bestellung|auftrag)|(?:ihre|deine) bestellung (?:ist|wurde|haben wir)",
        r"bestätigen (?:wir )?(?:ihnen )?(?:hiermit )?(?:gerne )?(?:den eingang )?ihre[nr]? (?:bestellung|auftrag)",
        r"merci (?:pour|de) votre commande",
    ),
    _sign(
        "shipping_words",
        "shipment",
        0.85,
        r"(?:order|parcel|package|shipment)[^.\n]{0,30}(?:has|have|was|were) (?:been )?(?:shipped|dispatched|sent)",
        r"tracking (?:number|no|link|id)|sendungsnummer|versandbestätigung|wurde (?:heute )?(?:versandt|verschickt)",
        r"delivery note (?:no|number)|lieferschein-?(?:nr|nummer)",
    ),
    _sign(
        "cancelling_words",
        "cancellation",
        0.85,
        r"(?:cancel|withdraw|revoke)(?:s|led|ling|lation)? (?:of )?(?:our |the |this |my |purchase )*(?:order|PO\b)",
        r"\bstornier|\bstorno\b|widerrufen (?:wir )?(?:unsere|die) bestellung",
    ),
    _sign(
        "newsletter_words",
        "newsletter",
        0.9,
        r"unsubscribe|newsletter|\babmelden\b|abbestellen|se désinscrire|sale ends|flash sale",
        r"\d+ ?% (?:off|rabatt auf)",
        r"view (?:this (?:e-?mail )?)?in (?:your )?browser|im browser (?:ansehen|öffnen|anzeigen)|black friday",
        r"shop now|jetzt (?:bestellen|kaufen|shoppen)|order now|special offer|sonderangebot",
    ),
    _sign(
        "asking_words",
        "other",
        0.6,
        r"when (?:will|can|is)|where is|status of|(?:question|frage)s? (?:about|regarding|on|zu)",
        r"not (?:yet )?(?:arrived|received)",
        r"wann (?:kommt|wird|können)|reklam|complain|return(?:ed|ing)? (?:the|an) item|minutes of",
    ),
)


def find_signals(text: str, subject: str) -> list[tuple[Kind, Signal]]:
    """The first occurrence of every sign that counts, each with what it speaks for; weights against are negative.

    The subject of a reply is that of the message replied to: it says nothing against an order, and less for one.
    """
    contents: dict[Where, str] = {"subject": subject, "text": text}
    reply = _REPLY.match(subject) is not None
    found: list[tuple[Kind, Signal]] = []
    for sign in (*_FOR, *_AGAINST):
        for where in sign.where:
            if where == "subject" and reply and sign.kind != "order":
                continue
            match = next(
                (m for m in sign.pattern.finditer(contents[where]) if not (sign.named and _mentioned(m))), None
            )
            if match is not None:
                found.append((sign.kind, _signal(sign, where, match, halved=reply and where == "subject")))
                break
    return found


def _signal(sign: Sign, where: Where, match: re.Match[str], *, halved: bool) -> Signal:
    weight = sign.weight / 2 if halved else sign.weight
    return Signal(
        name=sign.name,
        weight=weight if sign.kind == "order" else -weight,
        where=where,
        evidence=" ".join(match[0].split())[:120],
        start=match.start(),
        end=match.end(),
    )


def _mentioned(match: re.Match[str]) -> bool:
    """Whether the words before a match make it a document that is only referred to."""
    before = match.string[max(match.start() - 80, 0) : match.start()].rsplit("\n", 1)[-1]
    return _MENTION.search(before) is not None
