"""A question in any modality: LlamaIndex's QueryBundle with filters and the modalities wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from llama_index.core.schema import QueryBundle
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.errors import InputError
from mmrag.modalities import FILMS, Modality
from mmrag.schema import END_MS, MIMETYPE, MODALITY, PAGE, START_MS
from mmrag.store.filters import condition_of
from mmrag.store.spec import All, AnyOf, Condition, Match, MatchAny, Range


@dataclass
class MultiModalQuery(QueryBundle):
    """What is asked. `RetrieverQueryEngine.query` hands a subclass of QueryBundle on untouched.

    A picture to search by is QueryBundle's own `image_path`.

    Attributes:
        audio_path: a recording to search by.
        modalities: only nodes of these; empty means all. Films are seen and heard: `video` finds
            what is said in them too, and so does `audio`.
        filters: only nodes whose metadata pass.
        top_k: overrides the retriever's own number.
        pages: (first, last), only nodes on these pages, both included.
        between_ms: (from, to), only nodes whose time range has some of this in it; one that merely
            touches an end has not.

    Raises:
        InputError: pages or times that no node can have, or a `top_k` below 1.
    """

    audio_path: str | None = None
    modalities: tuple[Modality, ...] = field(default=())
    filters: MetadataFilters | None = None
    top_k: int | None = None
    pages: tuple[int, int] | None = None
    between_ms: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.top_k is not None and self.top_k < 1:
            raise InputError(f"{self.top_k} hits were asked for; ask for at least 1")
        if self.pages is not None and not 1 <= self.pages[0] <= self.pages[1]:
            first, last = self.pages
            raise InputError(f"pages {first} to {last}: pages count from 1, the smaller one first")
        if self.between_ms is not None and not 0 <= self.between_ms[0] < self.between_ms[1]:
            start, end = self.between_ms
            raise InputError(
                f"time {start} to {end} ms: times count from 0, and the end comes after the start"
            )


def narrowing(query: QueryBundle) -> list[Condition]:
    """What a question itself demands of every node; only a `MultiModalQuery` can."""
    if not isinstance(query, MultiModalQuery):
        return []
    conditions: list[Condition] = []
    if query.filters is not None:
        conditions.append(condition_of(query.filters))
    if query.pages is not None:
        first, last = query.pages
        conditions.append(Range(PAGE, gte=first, lte=last))
    if query.between_ms is not None:
        start, end = query.between_ms
        conditions += [Range(START_MS, lt=end), Range(END_MS, gt=start)]
    return conditions


def of_modalities(modalities: Sequence[Modality]) -> list[Condition]:
    """That a node is of one of these, or heard in a film where films are wanted; no condition where
    there are none."""
    if not modalities:
        return []
    wanted = MatchAny(MODALITY, tuple(Modality(modality).value for modality in modalities))
    if with_sound(modalities) == tuple(modalities):
        return [wanted]
    heard = All((Match(MODALITY, Modality.AUDIO.value), MatchAny(MIMETYPE, FILMS)))
    return [AnyOf((wanted, heard))]


def with_sound(modalities: Sequence[Modality]) -> tuple[Modality, ...]:
    """What nodes are of that may be wanted: who asks for films asks for what is heard in them."""
    if Modality.VIDEO in modalities and Modality.AUDIO not in modalities:
        return (*modalities, Modality.AUDIO)
    return tuple(modalities)


def parts_of(query: QueryBundle) -> list[Modality]:
    """The modalities that a question is asked in."""
    audio = query.audio_path if isinstance(query, MultiModalQuery) else None
    given = {
        Modality.TEXT: query.query_str.strip() or query.embedding,
        Modality.IMAGE: query.image_path,
        Modality.AUDIO: audio,
    }
    return [modality for modality, part in given.items() if part]
