"""A question in any modality: LlamaIndex's QueryBundle with filters and the modalities wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from llama_index.core.schema import QueryBundle
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.errors import InputError
from mmrag.modalities import FILMS, Modality
from mmrag.moments import stretch
from mmrag.schema import END_MS, GEO, MIMETYPE, MODALITY, PAGE, START_MS, TAKEN_AT
from mmrag.store.filters import condition_of
from mmrag.store.spec import All, AnyOf, Condition, Match, MatchAny, Near, Range


@dataclass
class MultiModalQuery(QueryBundle):
    """What is asked. `RetrieverQueryEngine.query` hands a subclass of QueryBundle on untouched.

    A picture to search by is QueryBundle's own `image_path`.

    Attributes:
        audio_path: a recording to search by.
        sensed: files of sensors to search by, by what they measure.
        modalities: only nodes of these; empty means all. Films are seen and heard: `video` finds
            what is said in them too, and so does `audio`.
        filters: only nodes whose metadata pass.
        top_k: overrides the retriever's own number.
        pages: (first, last), only nodes on these pages, both included.
        between_ms: (from, to), only nodes whose time range has some of this in it; one that merely
            touches an end has not.
        taken: (first, last), only what was taken in this time by the clock on the wall where it
            was, both included: "2024", "2024-05", "2024-05-17" or "2024-05-17T14:03:22".
        near: (latitude, longitude, kilometres), only what was taken so near to that place.

    Raises:
        InputError: pages, times or a place that no node can have, or a `top_k` below 1.
    """

    audio_path: str | None = None
    sensed: Mapping[Modality, str] = field(default_factory=dict)
    modalities: tuple[Modality, ...] = field(default=())
    filters: MetadataFilters | None = None
    top_k: int | None = None
    pages: tuple[int, int] | None = None
    between_ms: tuple[int, int] | None = None
    taken: tuple[str, str] | None = None
    near: tuple[float, float, float] | None = None

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
        if self.taken is not None:
            _seconds(*self.taken)
        if self.near is not None:
            latitude, longitude, kilometres = self.near
            if not (abs(latitude) <= 90 and abs(longitude) <= 180 and 0 < kilometres < inf):
                raise InputError(
                    f"near {latitude}, {longitude} within {kilometres} km: latitudes go from -90 "
                    f"to 90, longitudes from -180 to 180, and the distance is above 0"
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
    if query.taken is not None:
        begins, ends = _seconds(*query.taken)
        conditions.append(Range(TAKEN_AT, gte=begins, lte=ends))
    if query.near is not None:
        latitude, longitude, kilometres = query.near
        conditions.append(Near(GEO, latitude, longitude, 1000 * kilometres))
    return conditions


def _seconds(first: str, last: str) -> tuple[int, int]:
    """The first second of one moment, and the last of another."""
    begins, ends = stretch(first), stretch(last)
    if begins is None or ends is None or begins[0] > ends[1]:
        raise InputError(
            f"taken {first} to {last}: give dates such as 2024, 2024-05 or 2024-05-17, the earlier "
            f"one first"
        )
    return begins[0], ends[1]


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
    files = files_of(query)
    by_words = query.query_str.strip() or query.embedding
    return [Modality.TEXT, *files] if by_words else list(files)


def files_of(query: QueryBundle) -> dict[Modality, str]:
    """The files that a question is asked with, by modality."""
    given = {Modality.IMAGE: query.image_path}
    if isinstance(query, MultiModalQuery):
        given |= {Modality.AUDIO: query.audio_path, **query.sensed}
    return {modality: path for modality, path in given.items() if path}
