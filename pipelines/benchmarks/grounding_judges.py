"""Who says whether citations entail a sentence: three judges, none of them a model.

- `verbatim`: a sentence that claims to be a quote is entailed where the cited place of the real
  file says it word for word.
- `labelled`: a scripted sentence is entailed by the places that its label names; a sentence that
  is no scripted one was taken from the sources in its stead, and is judged as a quote.
- `worded`: free text, by a rule and the world's facts (entity, attribute, values, place). In this
  order: a number or name that the cited places do not hold is not entailed; words that stand all in
  one sentence there are; a sentence about a known fact is entailed if a citation is where the fact
  stands and it says one of its values, and not otherwise. The rest is undecided, and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mmrag import Citation
from mmrag.evaluation.grounding import says
from mmrag.generation.citations import names, numbers
from mmrag.generation.question import forms_of
from mmrag.loaders.sentences import sentences
from mmrag.words import content_words, forms
from pipelines.benchmarks.grounding_files import Archive, is_row_of, letters
from pipelines.benchmarks.samples import overlaps

Judge = Callable[[str, Sequence[Citation]], bool | None]
"""Whether these citations together entail a sentence; None where it cannot be told."""


@dataclass(frozen=True)
class Fact:
    """What stands in the world: an entity's attribute has one of these values, at a place."""

    entity: str
    attribute: str
    values: Sequence[str]
    places: Sequence[Mapping[str, Any]]


def verbatim(archive: Archive) -> Judge:
    """Judges quotes by the files."""

    def judge(sentence: str, citations: Sequence[Citation]) -> bool | None:
        return _any(archive.says(citation, sentence) for citation in citations)

    return judge


def labelled(archive: Archive, reply: Mapping[str, Any]) -> Judge:
    """Judges the sentences of a scripted reply by their labels."""
    labels = {letters(sentence["text"]): sentence for sentence in reply["sentences"]}
    quoted = verbatim(archive)

    def judge(sentence: str, citations: Sequence[Citation]) -> bool | None:
        label = labels.get(letters(sentence))
        if label is None:
            return quoted(sentence, citations)
        return bool(label["supported"]) and any(
            stands_at(citation, place) for place in label["support"] for citation in citations
        )

    return judge


def worded(archive: Archive, question: str, facts: Sequence[Fact]) -> Judge:
    """Judges free text by the stated rule."""

    def judge(sentence: str, citations: Sequence[Citation]) -> bool | None:
        if not citations:
            return False
        there = "\n".join(map(archive.text_at, citations))
        known = forms_of(there)
        said = [*numbers(sentence), *names(sentence)]
        if any(forms(word).isdisjoint(known) for word in said):
            return False
        if _in_one_sentence(sentence, there):
            return True
        about = [fact for fact in facts if _is_about(fact, sentence, question)]
        if not about:
            return None
        return any(
            says(sentence, fact.values)
            and any(overlaps(c, dict(place)) for c in citations for place in fact.places)
            for fact in about
        )

    return judge


def facts_of(rows: Sequence[Mapping[str, Any]]) -> list[Fact]:
    """The facts behind the answerable questions."""
    return [
        Fact(row["entity"], row["attribute"], row["answer"], row["gold"])
        for row in rows
        if row.get("entity")
    ]


def stands_at(citation: Citation, place: Mapping[str, Any]) -> bool:
    """Whether a citation is of a labelled passage: same page and time, and words of it."""
    if not overlaps(citation, {**place, "bbox": None}):
        return False
    if place["page"] is not None or place["start_ms"] is not None:
        return True
    quoted = (citation.quote[start:end] for start, end in sentences(citation.quote))
    return any(_is_of(sentence, place["text"]) for sentence in quoted)


def _is_of(sentence: str, passage: str) -> bool:
    """Whether a passage holds a sentence, or all cells of a row."""
    wanted = letters(sentence)
    return is_row_of(sentence, passage) or (bool(wanted) and wanted in letters(passage))


def _is_about(fact: Fact, sentence: str, question: str) -> bool:
    """The sentence names the entity; the attribute may stand in the question alone."""
    named, asked = forms_of(sentence), forms_of(f"{question} {sentence}")
    return _all_in(fact.entity, named) and _all_in(fact.attribute, asked)


def _in_one_sentence(sentence: str, text: str) -> bool:
    """Whether one sentence of a text, or two that follow each other, hold all its content words."""
    spans = sentences(text)
    ranges = [*spans, *((a[0], b[1]) for a, b in pairwise(spans))]
    return any(_all_in(sentence, forms_of(text[start:end])) for start, end in ranges)


def _all_in(words: str, there: frozenset[str]) -> bool:
    return all(not forms(word).isdisjoint(there) for word in content_words(words))


def _any(verdicts: Any) -> bool | None:  # noqa: ANN401  (an iterable of verdicts)
    found = list(verdicts)
    if any(found):
        return True
    return None if any(verdict is None for verdict in found) else False
