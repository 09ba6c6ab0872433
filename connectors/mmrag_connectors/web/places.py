"""Where something stands, in words for people."""

from __future__ import annotations

from typing import Protocol

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


class Placed(Protocol):
    """A citation, a hit or a source."""

    @property
    def source(self) -> str: ...
    @property
    def modality(self) -> str: ...
    @property
    def page(self) -> int | None: ...
    @property
    def start_ms(self) -> int | None: ...
    @property
    def end_ms(self) -> int | None: ...


def place(at: Placed, section: str | None = None) -> str:
    """ "page 3 · Barometers", "0:12–0:19"; empty for a file as a whole."""
    parts = []
    start_ms, end_ms = at.start_ms, at.end_ms
    if start_ms is not None:
        until = f"–{clock(end_ms)}" if end_ms is not None else ""
        parts.append(f"{clock(start_ms)}{until}")
    elif at.page is not None and not _only_page(at):
        parts.append(f"page {at.page}")
    if section:
        parts.append(visible(section))
    return " · ".join(parts)


def _only_page(at: Placed) -> bool:
    """Whether it is a picture, whose first page is all of it; that of a PDF is a page."""
    return at.modality == "image" and at.page == 1 and not at.source.lower().endswith(".pdf")


def file_name(source: str) -> str:
    """The last part of a source, without what would not be seen."""
    return visible(source.rpartition("/")[2] or source)
