"""A question in any modality: LlamaIndex's QueryBundle with filters and the modalities wanted."""

from __future__ import annotations

from dataclasses import dataclass, field

from llama_index.core.schema import QueryBundle
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.modalities import Modality


@dataclass
class MultiModalQuery(QueryBundle):
    """What is asked. `RetrieverQueryEngine.query` hands a subclass of QueryBundle on untouched.

    A picture to search by is QueryBundle's own `image_path`.

    Attributes:
        audio_path: a recording to search by.
        modalities: only nodes of these; empty means all.
        filters: only nodes whose metadata pass.
        top_k: overrides the retriever's own number.
    """

    audio_path: str | None = None
    modalities: tuple[Modality, ...] = field(default=())
    filters: MetadataFilters | None = None
    top_k: int | None = None
