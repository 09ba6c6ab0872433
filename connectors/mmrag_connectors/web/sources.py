"""What stands behind a citation, as the panel shows it."""

from __future__ import annotations

from typing import Any

from mmrag.generation.lookalikes import visible
from mmrag.modalities import SENSORS, of_mimetype
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.web.places import file_name, place

PDF = "application/pdf"


def source_view(found: FoundSource, quote: tuple[int, int] | None = None) -> dict[str, Any]:
    """A source with its quote marked.

    Args:
        found: narrowed to the quote, so that its region and times are the quote's.
        quote: characters of the node's text; None marks nothing.
    """
    return {
        "id": found.id,
        "name": file_name(found.source),
        "source": visible(found.source),
        "place": place(found),
        "state": _state(found),
        "shown": _shown(found) if found.path and found.fresh else "",
        "quote": f"{quote[0]}-{quote[1]}" if quote else "",
        "marked": found.bbox is not None,
        "start": _seconds(found.start_ms),
        "end": _seconds(found.end_ms),
        "text": _marked(found.text, quote),
        "about": {key.replace("_", " "): _value(found.metadata[key]) for key in found.metadata},
    }


def _shown(found: FoundSource) -> str:
    """How the browser shows it: "picture", "audio", "video"; nothing but its words otherwise."""
    top = found.mimetype.partition("/")[0]
    if top in ("audio", "video"):
        return top
    paged = found.mimetype == PDF and found.page is not None
    drawn = of_mimetype(found.mimetype) in SENSORS
    return "picture" if top == "image" or paged or drawn else ""


def _state(found: FoundSource) -> str:
    if found.path is None:
        return "missing"
    return "fresh" if found.fresh else "changed"


def _value(value: Any) -> str:  # noqa: ANN401  (of a field that a file has)
    return visible(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def _marked(text: str, quote: tuple[int, int] | None) -> list[str]:
    """The text before the quote, the quote, and the text after it."""
    start, end = quote or (0, 0)
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    return [visible(text[:start]), visible(text[start:end]), visible(text[end:])]
