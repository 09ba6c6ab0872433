"""What a search returns: hits in the form of the command line's contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from llama_index.core.schema import NodeWithScore

from mmrag.retrieval.expansion import CONTEXT
from mmrag.retrieval.fusion import ChannelScore
from mmrag.retrieval.hybrid import DUPLICATES_KEY, channels_of
from mmrag.schema import MODALITY, BBox, fields_of, judged_of, provenance_of, text_of


@dataclass(frozen=True)
class HitPlace:
    """Where a hit, or a copy that it stands for, is found."""

    source: str
    page: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True)
class SearchHit:
    """A found node, where it stands, and what each channel said of it.

    Attributes:
        duplicates: places of copies that it stands for: source, page, start_ms, end_ms.
        context: its text among its neighbours; None unless it was asked for.
        metadata: what its file says of itself: "taken", "camera", "author" and so on; and labels
            that it was given.
    """

    id: str
    score: float
    modality: str
    source: str
    page: int | None
    bbox: BBox | None
    start_ms: int | None
    end_ms: int | None
    section: str | None
    text: str
    channels: Mapping[str, ChannelScore]
    duplicates: tuple[Mapping[str, Any], ...] = ()
    context: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def places(self) -> tuple[HitPlace, ...]:
        """Its own place and those of the copies that it stands for."""
        own = HitPlace(self.source, self.page, self.start_ms, self.end_ms)
        return own, *(HitPlace(**place) for place in self.duplicates)

    def as_dict(self) -> dict[str, Any]:
        """One entry of `hits` in `mmrag search --json`."""
        row = asdict(self)
        row["score"] = round(self.score, 6)
        row["bbox"] = list(self.bbox) if self.bbox else None
        return row


@dataclass(frozen=True)
class SearchResult:
    """All hits of one search, the best first."""

    query: str
    took_ms: float
    hits: tuple[SearchHit, ...]

    @property
    def places(self) -> tuple[HitPlace, ...]:
        """Where the hits are found, each with its copies, the best first."""
        return tuple(place for hit in self.hits for place in hit.places)

    def as_dict(self) -> dict[str, Any]:
        """The object of `mmrag search --json`."""
        return {
            "query": self.query,
            "took_ms": round(self.took_ms, 2),
            "hits": [hit.as_dict() for hit in self.hits],
        }


def search_hit(hit: NodeWithScore) -> SearchHit:
    """A retriever's hit as a search hit."""
    where = provenance_of(hit.node)
    return SearchHit(
        id=hit.node.node_id,
        score=float(hit.score or 0.0),
        modality=str(hit.node.metadata.get(MODALITY, "text")),
        source=where.source,
        page=where.page,
        bbox=where.bbox,
        start_ms=where.start_ms,
        end_ms=where.end_ms,
        section=" > ".join(where.heading) or None,
        text=text_of(hit.node),
        channels=channels_of(hit),
        duplicates=tuple(hit.node.metadata.get(DUPLICATES_KEY) or ()),
        context=hit.node.metadata.get(CONTEXT),
        metadata={**fields_of(hit.node), **judged_of(hit.node)},
    )
