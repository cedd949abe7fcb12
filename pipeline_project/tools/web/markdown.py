"""HTML as Markdown: what a reader of the page would see, links absolute.

Scripts, styles, navigation, forms, frames and everything hidden is taken out first, also because hidden text is
where a page speaks to models behind people's backs. Refuses to spend long: HTML beyond MOST_HTML is cut, and says so.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml import etree
from markdownify import MarkdownConverter

MOST_HTML: Final = 600_000  # characters once cleaned; markdownify takes about 5 µs for each
MOST_DEPTH: Final = 150  # markdownify recurses; what is nested deeper comes as words without markup
_PARSED_DEPTH: Final = 2_000
_DROPPED: Final = (
    "title", "script", "style", "noscript", "template", "nav", "svg", "iframe", "frame", "object", "embed",
    "applet", "canvas", "button", "input", "select", "textarea", "dialog", "audio", "video", "link",
    "meta", "base",
)  # fmt: skip
_HIDDEN: Final = (
    "//*[@hidden]|//*[translate(@aria-hidden,'TRUE','true')='true']"
    "|//*[@role='navigation' or @role='search' or @role='dialog' or @role='menu']"
)
_INVISIBLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|opacity\s*:\s*0(\.0+)?\s*(;|!|$)|font-size\s*:\s*0(px|em|pt|%)?\s*(;|!|$)",
    re.IGNORECASE,
)
_BLOCKS: Final = ("header", "footer", "aside", "main", "details", "summary", "address", "fieldset", "legend", "hgroup")
"""Blocks that markdownify would run into their neighbours."""
_LINKS: Final = frozenset({"http", "https", "mailto", "tel"})


@dataclass(frozen=True)
class Converted:
    """`cut`: whether the page was longer than what was converted."""

    title: str
    text: str
    cut: bool = False


def to_markdown(html: str, *, url: str) -> Converted:
    """The page `html` found at `url`. Never fails: what cannot be read as HTML is text without its tags."""
    try:
        # a declaration of an encoding would contradict the text, which is decoded already
        root = lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", html), parser=_parser())
    except (etree.ParserError, ValueError):
        return Converted("", re.sub(r"<[^>]{0,1000}>", " ", html).strip())
    title = " ".join((root.findtext(".//title") or "").split())
    declared = root.find(".//base[@href]")
    base = url if declared is None else urljoin(url, declared.get("href") or "")
    _clean(root)
    _make_absolute(root, base)
    depth = _depth(root)
    if depth > MOST_DEPTH:
        words = _words(root)
        return Converted(title, words[:MOST_HTML], depth >= _PARSED_DEPTH or len(words) > MOST_HTML)
    cleaned = etree.tostring(root, encoding="unicode", method="html")
    text = _converted(cleaned[:MOST_HTML])
    return Converted(title, text, len(cleaned) > MOST_HTML)


def _parser() -> lxml.html.HTMLParser:
    # without huge_tree, what is nested deeper than 256 is dropped without a word; with it, deeper than 2048
    return lxml.html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)


def _depth(root: lxml.html.HtmlElement) -> int:
    depth = deepest = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _clean(root: lxml.html.HtmlElement) -> None:
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    hidden = [*root.xpath(_HIDDEN), *(found for found in root.xpath("//*[@style]") if _is_invisible(found))]
    for element in hidden:
        if element.getparent() is not None:
            element.drop_tree()
    _drop_forms(root)
    for formula in root.xpath("//math"):
        _spell(formula)
    for block in root.iter(*_BLOCKS):
        block.tag = "div"


def _drop_forms(root: lxml.html.HtmlElement) -> None:
    """Take out forms, but keep what one holds that stands around most of the page, as ASP.NET's does."""
    whole = len(_words(root))
    for form in root.xpath("//form"):
        if len(_words(form)) * 2 > whole:
            form.drop_tag()
        elif form.getparent() is not None:
            form.drop_tree()


def _spell(formula: lxml.html.HtmlElement) -> None:
    """A formula as the TeX it says it is, which is how models read and write them; without it nothing is left."""
    noted = formula.xpath("string(.//annotation[contains(@encoding, 'tex')])")
    spelled = " ".join((formula.get("alttext") or noted).split())
    tail = formula.tail
    formula.clear()
    formula.tag, formula.text, formula.tail = ("code", spelled, tail) if spelled else ("span", None, tail)


def _words(element: lxml.html.HtmlElement) -> str:
    return " ".join(str(element.xpath("string()")).split())


def _is_invisible(element: lxml.html.HtmlElement) -> bool:
    return _INVISIBLE.search(element.get("style") or "") is not None


def _make_absolute(root: lxml.html.HtmlElement, base: str) -> None:
    for element in root.xpath("//a[@href]"):
        target = _absolute(base, element.get("href"))
        if target is None:
            del element.attrib["href"]
        else:
            element.set("href", target)
    for image in root.xpath("//img"):
        target = _absolute(base, image.get("src") or "")
        if target is None or not image.get("src"):
            image.drop_tree()
        else:
            image.set("src", target)


def _absolute(base: str, link: str) -> str | None:
    """The link as a person could follow it; None for javascript:, data: and what is no URL."""
    try:
        target = urljoin(base, link.strip())
        return target if urlsplit(target).scheme.lower() in _LINKS else None
    except ValueError:
        return None


def _converted(html: str) -> str:
    converter = MarkdownConverter(heading_style="ATX", bullets="-", escape_misc=False, bs4_options="lxml")
    text = converter.convert(html)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip()
