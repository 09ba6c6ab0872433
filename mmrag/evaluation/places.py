"""What stands at labelled places: whether an index holds them, and of what modality they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from mmrag.evaluation.questions import Gold, LabelledQuestion, meets
from mmrag.modalities import FILE_KINDS
from mmrag.schema import END_MS, MODALITY, PAGE, SOURCE, START_MS
from mmrag.store.documents import get_document, scroll_all
from mmrag.store.kinds import CHUNKS
from mmrag.store.spec import All, Engine, Match

Modalities = Mapping[str, str | None]
"""By gold label, the modality of what stands there; None where an index holds no such place."""

_BY_SUFFIX = {
    suffix: kind.modality.value for kind in FILE_KINDS.values() for suffix in kind.suffixes
}


@dataclass(frozen=True)
class Passage:
    """Where a passage stands, and of what modality it is."""

    source: str
    page: int | None
    start_ms: int | None
    end_ms: int | None
    modality: str


def in_index(engine: Engine, questions: Iterable[LabelledQuestion]) -> dict[str, str | None]:
    """What the index has at each gold place.

    A place is of the modality of the passages that stand there: a scanned page of a PDF is an
    image. Where they differ, it is what the file as a whole is.
    """
    by_source: dict[str, dict[str, Gold]] = {}
    for gold in _each(questions):
        by_source.setdefault(gold.source, {})[gold.label] = gold
    found: dict[str, str | None] = {}
    for source, places in by_source.items():
        passages = list(_passages(engine, source))
        document = get_document(engine, source)
        for label, gold in places.items():
            there = {passage.modality for passage in passages if meets(passage, gold)}
            of_file = document.modality if document and document.modality in there else None
            found[label] = there.pop() if len(there) == 1 else of_file or min(there, default=None)
    return found


def passage_of(kept: Mapping[str, Any]) -> Passage:
    """The place of a chunk, from what the store keeps of it."""
    return Passage(
        str(kept.get(SOURCE)),
        kept.get(PAGE),
        kept.get(START_MS),
        kept.get(END_MS),
        str(kept.get(MODALITY)),
    )


def by_suffix(questions: Iterable[LabelledQuestion]) -> dict[str, str | None]:
    """What the names of the gold files say, where there is no index to look into.

    A suffix that no loader knows counts as text; nothing is told to be missing.
    """
    return {
        gold.label: _of_name(PurePosixPath(gold.source.lower()).suffixes)
        for gold in _each(questions)
    }


def _of_name(suffixes: Sequence[str]) -> str:
    ends = ("".join(suffixes[-count:]) for count in (2, 1))  # .depth.png is no picture
    return next((_BY_SUFFIX[end] for end in ends if end in _BY_SUFFIX), "text")


def _each(questions: Iterable[LabelledQuestion]) -> Iterator[Gold]:
    return (gold for question in questions for gold in question.gold)


def _passages(engine: Engine, source: str) -> Iterator[Passage]:
    for point in scroll_all(engine, All((CHUNKS, Match(SOURCE, source)))):
        yield passage_of(point.payload)
