"""Where something stands, in words for people."""

from __future__ import annotations

from mmrag.cli.show import clock
from mmrag.generation.lookalikes import visible

TOLD = {
    "ocr": "read from the picture",
    "transcript": "heard in the recording",
    "subtitles": "from the subtitles",
    "caption": "described by a model",
    "description": "from the description beside the file",
    "metadata": "from what the file says of itself",
    "stand-in": "the file's name",
}
"""What a quote is, where it is not text as it stands in the source (`Citation.kind`)."""


def place(page: int | None, start_ms: int | None, end_ms: int | None, section: str | None) -> str:
    """ "page 3 · Barometers", "0:12–0:19"; empty for a file as a whole."""
    parts = []
    if start_ms is not None:
        until = f"–{clock(end_ms)}" if end_ms is not None else ""
        parts.append(f"{clock(start_ms)}{until}")
    elif page is not None:
        parts.append(f"page {page}")
    if section:
        parts.append(visible(section))
    return " · ".join(parts)


def file_name(source: str) -> str:
    """The last part of a source, without what would not be seen."""
    return visible(source.rpartition("/")[2] or source)
