"""Responses: what was found and what was answered, with where to see it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from mmrag import Answer, SearchResult
from mmrag.modalities import FILE_KINDS, SENSORS, Modality

_PICTURED = tuple(
    suffix
    for name, kind in FILE_KINDS.items()
    if name == "pdf" or kind.modality in (Modality.IMAGE, Modality.VIDEO)
    for suffix in kind.suffixes
)
Box = tuple[float, float, float, float]


class Seen(BaseModel):
    """Where a hit or citation can be seen: paths on this server."""

    media: str = Field(description="The file.", examples=["/media/8a4f…"])
    preview: str | None = Field(
        description="The page, picture or scene with the region marked, or a sensor's "
        "numbers drawn; null where there is none."
    )
    thumbnail: str | None = Field(description="The same, small; of a recording its waveform.")


class Place(BaseModel):
    """Where something stands in its source."""

    source: str = Field(examples=["manual.pdf"])
    page: int | None = Field(description="From 1.", examples=[12])
    start_ms: int | None
    end_ms: int | None


class ByChannel(BaseModel):
    """What one way of searching said of a hit."""

    rank: int = Field(description="From 1.")
    raw: float = Field(description="Its own score: a cosine, a BM25 sum.")
    calibrated: float | None = Field(description="The same as a relevance, 0..1.")


class Hit(Place, Seen):
    """Something that was found."""

    id: str
    score: float = Field(description="0..1")
    modality: Literal["text", "image", "audio", "video", "depth", "thermal", "imu"]
    bbox: Box | None = Field(
        description="Left, top, right, bottom as fractions of the page or picture."
    )
    section: str | None
    text: str
    channels: dict[str, ByChannel]
    duplicates: list[dict[str, Any]] = Field(description="Places of copies.")
    context: str | None
    metadata: dict[str, Any] = Field(description="What its file says of itself.")


class Found(BaseModel):
    """The object of `mmrag search --json`, each hit with paths to see it by."""

    query: str
    took_ms: float
    hits: list[Hit] = Field(description="The best first.")


class Cited(Place, Seen):
    """A numbered source of an answer."""

    n: int = Field(description="As in `[n]` in the answer.")
    bbox: Box | None
    section: str | None
    quote: str = Field(description="The words as they stand in the source.")
    verified: bool = Field(description="Found there, and it supports what cites it.")
    score: float
    node_id: str
    modality: Literal["text", "image", "audio", "video", "depth", "thermal", "imu"]
    kind: str = Field(description="What the words are: text, ocr, transcript, caption and so on.")
    start: int
    end: int


class LeftOut(BaseModel):
    """What a language model said and no source supports."""

    text: str
    reason: str


class Answered(BaseModel):
    """The object of `mmrag ask --json`, each citation with paths to see it by."""

    answer: str = Field(description="With `[n]` marks that number the citations.")
    abstained: bool = Field(description="The files do not answer.")
    mode: Literal["llm", "extractive"]
    model: str | None
    confidence: float
    citations: list[Cited]
    dropped: list[LeftOut]
    note: str
    took_ms: float


def found(result: SearchResult) -> dict[str, Any]:
    """A search result as `Found`."""
    told = result.as_dict()
    for hit in told["hits"]:
        hit.update(seen(hit["id"], hit["source"], hit["modality"]))
    return told


def answered(answer: Answer) -> dict[str, Any]:
    """An answer as `Answered`."""
    told = answer.as_dict()
    for cited in told["citations"]:
        quote = f"?quote={cited['start']}-{cited['end']}"
        cited.update(seen(cited["node_id"], cited["source"], cited["modality"], quote))
    return told


def seen(id: str, source: str, modality: str, quote: str = "") -> dict[str, str | None]:
    """Paths to see something by, as `Seen`; `quote` narrows the marked place to a quote's."""
    media = f"/media/{id}"
    shown = source.lower().endswith(_PICTURED) or modality in SENSORS
    return {
        "media": media,
        "preview": f"{media}/preview{quote}" if shown else None,
        "thumbnail": f"{media}/thumbnail{quote}" if shown or modality == "audio" else None,
    }
