# ruff: noqa: E501 - a pattern is read whole; names and words are read as a text
"""People and companies by the words beside them: a title, a sign-off, a given name, a legal form.

Refuses to take every capital for a name: "The Printer" is nobody.
"""

import re
from collections.abc import Iterator
from typing import Final

_GIVEN: Final = """
    Aaron Adam Adrian Agnes Ahmed Alan Albert Alejandro Alex Alexander Alexandra Ali Alice Alina Amanda Amelia Amy Ana Andrea
    Andreas Andrew Angela Anja Anke Anna Anne Annette Anthony Antonio Arthur Astrid Barbara Beate Ben Benjamin Bernd Bettina
    Bob Brian Bruno Camille Carla Carlos Carmen Carol Caroline Catherine Charles Charlotte Chloe Chris Christian Christina
    Christine Christoph Claire Clara Claudia Claus Connor Cora Daniel Daniela David Deborah Dennis Diana Diego Dieter Dirk
    Dominik Donna Doris Dorothy Edward Elena Elias Elisabeth Elizabeth Ella Ellen Emil Emily Emma Erik Erika Ethan Eva Fabian
    Fatima Felix Fiona Florian Frances Francesca Francis Frank Franz Frederik Fritz Gabriele Georg George Gerd Giovanni Greta
    Gustav Hannah Hans Harald Harry Heather Heike Heinz Helen Helena Helga Henrik Henry Holger Hugo Ingrid Irene Isabel
    Isabella Ivan Jack Jacob James Jan Jana Jane Janet Jason Jasmin Jennifer Jens Jessica Joan Joachim Johann Johanna John
    Jonas Jonathan Jordan Jose Joseph Joshua Juan Judith Julia Julian Juliane Jürgen Jörg Kai Karen Karin Karl Karsten Katharina
    Katherine Kathrin Katja Kenneth Kerstin Kevin Kim Klaus Lara Larry Lars Laura Lea Lena Leo Leon Leonie Linda Lisa Liam
    Louis Louise Lucas Lucia Luis Luisa Lukas Lucy Maja Manfred Manuel Manuela Marc Marco Marcus Margaret Maria Marie Marina
    Mario Marion Markus Marlene Martha Martin Martina Mary Mateo Matthew Matthias Max Maximilian Melanie Melissa Mia Michael
    Michaela Michelle Miguel Mila Mohammed Monica Monika Moritz Nadia Nadine Nancy Natalie Nicholas Nick Nicole Niklas Nina
    Noah Nora Olaf Ole Olga Oliver Olivia Oscar Otto Pablo Pamela Patricia Patrick Paul Paula Pedro Peter Petra Philip Philipp
    Pia Pierre Priya Rachel Rafael Rainer Ralf Raymond Rebecca Regina Renate Richard Robert Roberto Robin Roland Rolf Ronald
    Rosa Ruth Ryan Sabine Sabrina Sam Samantha Samuel Sandra Sara Sarah Sebastian Silke Silvia Simon Sofia Sophia Sophie
    Stefan Stefanie Steffen Stephanie Stephen Steven Susan Susanne Sven Svenja Sylvia Tanja Teresa Thomas Tim Timo Tobias Tom
    Tony Torsten Ulrich Ulrike Ursula Ute Uwe Valentina Vanessa Vera Verena Victor Victoria Viktor Walter Werner William
    Wolfgang Yasmin Yuki Yusuf Zoe Aisha Amina Andrzej Anita Arjun Ayşe Bartosz Chen Deepak Ebru Emre Fatou Giulia Giuseppe Hamza
    Hiroshi Ibrahim Ifeoma Ingeborg Jiří Katarzyna Khalid Krzysztof Kwame Lorenzo Luca Magdalena Malik Marek Matteo Mehmet Mei
    Mustafa Nikolai Omar Piotr Rajesh Ravi Sanjay Svetlana Tariq Tomasz Tomáš Vikram Wei Zeynep
"""
_LATIN: Final = "".join(map(chr, range(0xC0, 0x250)))
_UPPER: Final = "A-Z" + "".join(letter for letter in _LATIN if letter.isupper())
_LOWER: Final = "a-z" + "".join(letter for letter in _LATIN if letter.islower())
_WORD: Final = rf"(?:[OD]['\u2019]|Mc|Mac)?[{_UPPER}][{_LOWER}]+(?:[-'\u2019][{_UPPER}]?[{_LOWER}]+)*"
_FULL: Final = rf"{_WORD}(?:[ \t]+(?:van|von|de|der|den|du|la|di)){{0,2}}(?:[ \t]+[A-Z]\.)?(?:[ \t]+{_WORD}){{0,2}}"
_TITLED: Final = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau|Madame|Monsieur|Señora?)\.?(?:[ \t]+(?:Dr|Prof)\.?)*[ \t]+(?P<name>{_FULL})"
)
_SIGNED: Final = re.compile(
    r"\b(?i:(?:kind |best |warm |many )?(?:regards|wishes)|best|thanks|thank you|cheers|sincerely(?: yours)?|yours|"
    r"(?:mit )?(?:freundliche[nm]?|beste[nm]?|viele[n]?|herzliche[nm]?) grü(?:ß|ss)en?|mfg|vg|lg)"
    rf"[,.]?\s*[,\n]?\s*(?P<name>(?:{_WORD}|[A-Z]\.)(?:[ \t]+{_WORD}){{1,2}}|(?<=\n){_WORD})\s*(?:[,\n]|\Z)"
)
_SAID: Final = re.compile(
    rf"\b(?i:my name is|i am|i['\u2019]m|i am called|this is|mein name ist|ich heiße|hier ist|hier spricht|(?:my|our) (?:colleague|manager|boss|assistant)|(?:mein|unser) kollege|(?:meine|unsere) kollegin)\s+(?P<name>{_WORD}(?:[ \t]+{_WORD})+)"
)
_KNOWN: Final = re.compile(rf"\b(?P<name>(?:{'|'.join(_GIVEN.split())})(?:[ \t]+{_WORD}){{0,2}})\b")
# Capitalised words that follow a name without being part of it.
_NOT_NAMES: Final = frozenset(
    [
        "Please",
        "Thanks",
        "Regards",
        "Hello",
        "Dear",
        "The",
        "Our",
        "Your",
        "We",
        "They",
        "This",
        "That",
        "She",
        "Her",
        "His",
        "GmbH",
        "Ltd",
        "Inc",
        "Bitte",
        "Danke",
        "Und",
        "Sehr",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "Montag",
        "Dienstag",
        "Mittwoch",
        "Donnerstag",
        "Freitag",
    ]
)
_FORMS: Final = (
    r"g?GmbH(?:[ \t]*&[ \t]*Co\.?[ \t]*KG)?|mbH|AG|KGaA|KG|OHG|GbR|UG|SE|e\.[ \t]?[VKG]\.|Pty\.?[ \t]+Ltd\.?|Pte\.?[ \t]+Ltd\.?|Sdn\.?[ \t]+Bhd\.?|"
    r"Ltd\.?|Limited|Inc\.?|LLC|LLP|PLC|plc|Corp\.?|Corporation|Co\.|S\.A\.S\.|S\.A\.|SAS|SARL|SA|S\.r\.l\.|S\.p\.A\.|SpA|S\.L\.|B\.V\.|BV|N\.V\.|NV|"
    r"ASA|ApS|A/S|AS|Oyj|Oy|AB|Pty|Pte|K\.K\.|Sp\.[ \t]?z[ \t]?o\.[ \t]?o\.|s\.r\.o\.|a\.s\.|d\.o\.o\.|Kft\.?|Zrt\.?|Lda\.?|Ltda\.?|S\.R\.L\."
)
_PART: Final = rf"(?:[{_UPPER}][\w.'-]{{0,40}}|&|und|am|an|der|of|de|von)"
_COMPANY: Final = re.compile(
    rf"(?<![\w.'-])(?P<name>[{_UPPER}][\w.'-]{{0,40}}(?:[ \t]+{_PART}){{0,4}}?[ \t]+(?:{_FORMS}))(?![\w])"
)


def companies(text: str) -> Iterator[re.Match[str]]:
    """Names that end with a legal form; the group `name`."""
    yield from _COMPANY.finditer(text)


def people(text: str) -> Iterator[tuple[str, int, int]]:
    """(name, start, end) of people, titles left out; the surest signs first."""
    for pattern in (_TITLED, _SAID, _SIGNED, _KNOWN):
        for match in pattern.finditer(text):
            name = _trimmed(match["name"])
            if name:
                yield name, match.start("name"), match.start("name") + len(name)


def _trimmed(name: str) -> str:
    """The name up to the first word that is none."""
    kept: list[str] = []
    for word in re.split(r"([ \t]+)", name):
        if word in _NOT_NAMES:
            break
        kept.append(word)
    return "".join(kept).rstrip()
