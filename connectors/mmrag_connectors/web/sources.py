"""What stands behind a citation, as the panel shows it."""

from __future__ import annotations

from typing import Any

from mmrag.generation.lookalikes import visible
from mmrag.schema import BBox
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.web.places import file_name, place

PLAYED = {"audio": "audio", "video": "video"}


def source_view(
    found: FoundSource,
    *,
    quote: tuple[int, int] | None = None,
    region: BBox | None = None,
    time: tuple[int | None, int | None] | None = None,
) -> dict[str, Any]:
    """A source with its quote, region or time marked.

    Args:
        quote: characters of the node's text; None marks nothing.
        region: of the page or picture, narrower than the node's own.
        time: start and end in milliseconds, narrower than the node's own.
    """
    start, end = time if time and time[0] is not None else (found.start_ms, found.end_ms)
    return {
        "id": found.id,
        "name": file_name(found.source),
        "source": visible(found.source),
        "place": place(found.page, start, end, None),
        "state": _state(found),
        "shown": _shown(found) if found.path else "",
        "start": None if start is None else start / 1000,
        "end": None if end is None else end / 1000,
        "region": region,
        "text": _marked(found.text, quote),
        "about": {key: visible(str(value)) for key, value in found.metadata.items()},
    }


def _shown(found: FoundSource) -> str:
    """How the browser shows it: "picture", "audio", "video"; nothing but its words otherwise."""
    top = found.mimetype.partition("/")[0]
    if top in PLAYED:
        return top
    if top == "image" or (found.mimetype == "application/pdf" and found.page is not None):
        return "picture"
    return ""


def _state(found: FoundSource) -> str:
    if found.path is None:
        return "missing"
    return "fresh" if found.fresh else "changed"


def _marked(text: str, quote: tuple[int, int] | None) -> list[str]:
    """The text before the quote, the quote, and the text after it."""
    start, end = quote or (0, 0)
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    return [visible(text[:start]), visible(text[start:end]), visible(text[end:])]
