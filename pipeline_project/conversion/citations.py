"""url_citation annotations of an answer → the citations of an Anthropic text block."""

from typing import Any

from pipeline_project.conversion.delta import text_in


def citations_of(annotations: list[Any], text: str) -> list[dict[str, Any]]:
    """A web_search_result_location for each url_citation; `text` is what its indices count in."""
    citations = []
    for annotation in annotations:
        if not isinstance(annotation, dict) or annotation.get("type") != "url_citation":
            continue
        found = annotation.get("url_citation")
        found = found if isinstance(found, dict) else annotation
        citations.append(
            {
                "type": "web_search_result_location",
                "url": text_in(found, "url"),
                "title": text_in(found, "title") or None,
                "cited_text": text_in(found, "content") or _cut(text, found),
                # Only Anthropic's own search has it.
                "encrypted_index": "",
            }
        )
    return citations


def _cut(text: str, found: dict[str, Any]) -> str:
    start, end = found.get("start_index"), found.get("end_index")
    if not isinstance(start, int) or not isinstance(end, int) or start < 0:
        return ""
    return text[start:end]
