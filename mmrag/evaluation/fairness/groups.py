"""Which group each document, or question, is of: from a file, or from what the index knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from mmrag.errors import InputError
from mmrag.evaluation.fairness.files import json_lines, rows_of, text_of
from mmrag.evaluation.places import Passage, passage_of
from mmrag.evaluation.questions import LabelledQuestion
from mmrag.schema import FIELDS, SOURCE
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import CHUNKS
from mmrag.store.spec import Engine

_NAMED = 3
_KEYS = ("source", "item")
"""What is grouped, in a file of groups: a document or a classified item."""


@dataclass(frozen=True)
class Groups:
    """Groups of documents by an attribute.

    Attributes:
        attribute: what it is called: a metadata field, or the file that they are from.
        of: by source, its group.
        documents, places: by group, how many there are; no places where no index was looked at. A
            place is what counts once in a ranking: a page, a stretch of time, a file without them.
        unlabelled: documents of the index without a group.
        notes: what a reader should know of how they came about.
    """

    attribute: str
    of: Mapping[str, str]
    documents: Mapping[str, int]
    places: Mapping[str, int] = field(default_factory=dict)
    unlabelled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All groups, sorted."""
        return tuple(sorted(self.documents))

    def of_label(self, label: str) -> str | None:
        """The group of a place, from its label in a ranking (`Gold.label`)."""
        return self.of.get(unquote(label.partition("#")[0], errors="surrogatepass"))


@dataclass(frozen=True)
class Corpus:
    """What an index holds.

    Attributes:
        places: by source, how many: pages, stretches of time, or the file as a whole.
        values: by source, all values that its passages have of the attribute.
        fields: names of metadata fields, with the number of documents that have them.
    """

    places: Mapping[str, int]
    values: Mapping[str, frozenset[str]]
    fields: Mapping[str, int]


def survey(engine: Engine, attribute: str | None = None) -> Corpus:
    """Look through an index for its documents and the values of an attribute."""
    places: dict[str, set[Passage]] = {}
    values: dict[str, set[str]] = {}
    fields: dict[str, set[str]] = {}
    for point in scroll_all(engine, CHUNKS):
        source = str(point.payload.get(SOURCE))
        places.setdefault(source, set()).add(replace(passage_of(point.payload), modality=""))
        if attribute is not None:
            values.setdefault(source, set()).update(_values(point.payload.get(attribute)))
        for name in point.payload.get(FIELDS) or ():
            fields.setdefault(str(name), set()).add(source)
    return Corpus(
        {source: len(found) for source, found in places.items()},
        {source: frozenset(found) for source, found in values.items()},
        {name: len(sources) for name, sources in fields.items()},
    )


def by_attribute(corpus: Corpus, attribute: str) -> Groups:
    """Groups by a metadata field, of a survey for it.

    A document with several values of it counts as unlabelled, for it would be in two groups.

    Raises:
        InputError: no document has it, or all have the same.
    """
    of = {source: min(found) for source, found in corpus.values.items() if len(found) == 1}
    several = sorted(source for source, found in corpus.values.items() if len(found) > 1)
    if not of and not several:
        known = ", ".join(sorted(corpus.fields, key=lambda name: (-corpus.fields[name], name)))
        raise InputError(
            f"no document of the index has {attribute!r}; fields that files have: "
            f"{known or 'none'}. A file of groups (--groups) does without"
        )
    notes = _note(
        several, f"documents with several values of {attribute!r}, which count as unlabelled"
    )
    return grouped(attribute, of, corpus.places, notes=notes)


def grouped(
    attribute: str,
    of: Mapping[str, str],
    places: Mapping[str, int] | None,
    *,
    notes: Sequence[str] = (),
) -> Groups:
    """Groups of the documents of an index, or of all that are named where there is no index.

    Args:
        of: by source, its group.
        places: by source, how many the index holds; None if none was looked at.

    Raises:
        InputError: there are fewer than two groups.
    """
    held = {source: of[source] for source in of if places is None or source in places}
    unknown = sorted(of.keys() - held.keys())
    if of and not held:
        there = ", ".join(sorted(places or ())[:_NAMED])
        raise InputError(
            f"none of the {len(of)} sources with a group is in the index ({_some(unknown)}); "
            f"there are such as {there}"
        )
    documents = Counter(held.values())
    if len(documents) < 2:
        raise InputError(
            f"{attribute!r} puts all {len(held)} documents into one group"
            f"{''.join(f' ({name})' for name in documents)}, so there is nothing to compare"
        )
    shown: Counter[str] = Counter()
    for source, count in (places or {}).items():
        if source in held:
            shown[held[source]] += count
    single = sorted(name for name, count in documents.items() if count == 1)
    return Groups(
        attribute,
        # what should be in the index and is not counts as not found, for its own group
        {source: group for source, group in of.items() if group in documents},
        documents,
        shown,
        tuple(sorted((places or {}).keys() - held.keys())),
        (
            *notes,
            *_note(unknown, "sources with a group that are not in the index"),
            *_note(
                single, "groups of one document, of which nothing more than that document is told"
            ),
        ),
    )


def read_groups(path: Path) -> dict[str, str]:
    """Read a file of groups, by source: CSV with the columns source and group, or JSON lines.

    JSON lines (".jsonl") are such as {"source": "a.pdf", "group": "annual reports"}; other keys and
    columns are not looked at. "item" will do for "source". An empty group is none.

    Raises:
        InputError: the file is missing, empty or not in that form, or a source has two groups.
    """
    of: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, row in rows_of(path, (_KEYS, ("group",))):
        source = text_of(row, *_KEYS)
        group = text_of(row, "group")
        if not source:
            raise InputError(f"{path}, line {number}: it names no source")
        if not group:
            continue
        if of.setdefault(source, group) != group:
            raise InputError(
                f"{path}, line {number}: {source} is in the group {group!r}, and in "
                f"{of[source]!r} by line {lines[source]}"
            )
        lines.setdefault(source, number)
    if not of:
        raise InputError(f"{path} gives no source a group")
    return of


def question_groups(path: Path, key: str, questions: Iterable[LabelledQuestion]) -> dict[str, str]:
    """Groups of questions by a key of their rows, by id; those without it are left out.

    Args:
        path: the file that the questions were read from.

    Raises:
        InputError: none of the questions has it, or all have the same.
    """
    rows = dict(json_lines(path))
    found = {row.id: text_of(rows.get(row.line, {}), key) for row in questions}
    of = {question: group for question, group in found.items() if group}
    if not of:
        others = {name for row in rows.values() for name in row} - {"question", "gold", "id"}
        raise InputError(
            f"no question of {path} has {key!r}; other keys: {', '.join(sorted(others)) or 'none'}"
        )
    if len(set(of.values())) < 2:
        raise InputError(f"all questions are of one group, {key} = {next(iter(of.values()))!r}")
    return of


def _values(found: object) -> Iterator[str]:
    """The values of a field; of a list, its items."""
    for value in found if isinstance(found, list) else [found]:
        if value is not None and str(value).strip():
            yield str(value).strip()


def _note(sources: Sequence[str], what: str) -> list[str]:
    return [f"{what}: {len(sources)} ({_some(sources)})"] if sources else []


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
