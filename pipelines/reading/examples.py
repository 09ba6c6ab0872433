"""Examples for the reading model: questions with passages that answer them, and that do not."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmrag.loaders.rows import is_row
from mmrag.words import content_words

WORDS = (30, 80)  # of a passage, at most, drawn evenly
HELD_OUT = 5
TEXTS = Path(__file__).parent
_YEAR = re.compile(r"\b(1[6-9]|20)\d\d\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-ZÅÄÖ][a-zåäö]{2,}\b")


@dataclass(frozen=True)
class Asked:
    """A question about a document; `at` are the sentences that answer it, none if it does not."""

    question: str
    at: tuple[int, ...]
    answer: str
    near: str


@dataclass(frozen=True)
class Document:
    """A title, sentences, and what is asked of them."""

    name: str
    title: str
    sentences: tuple[str, ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class Example:
    """A question with a passage: the title, then sentences. `gold` are items that answer."""

    question: str
    items: tuple[str, ...]
    gold: tuple[int, ...] = ()
    answer: str = ""


def documents(folder: Path = TEXTS) -> list[Document]:
    """All documents, in order."""
    return [
        _document(json.loads(line))
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def is_held_out(document: Document) -> bool:
    """Whether a document is for measuring and calibrating, never for training: every fifth."""
    return int(document.name.rpartition("-")[2]) % HELD_OUT == 0


def plain(document: Document, asked: Asked) -> Example:
    """As it was written."""
    gold = tuple(n + 1 for n in asked.at)
    return Example(asked.question, (document.title, *document.sentences), gold, asked.answer)


class Varied:
    """Draws an epoch of examples: as written, changed in form, and made unanswerable.

    Args:
        strangers: by question, other documents that are most like it.
    """

    def __init__(
        self, known: Sequence[Document], strangers: Mapping[str, Sequence[Document]], seed: int
    ) -> None:
        self._known, self._strangers = known, strangers
        self._random = random.Random(seed)
        self._names = sorted({n for d in known for s in d.sentences for n in _NAME.findall(s)})

    def epoch(self) -> Iterator[Example]:
        """Every question once or a few times, in another guise each time."""
        for document in self._known:
            for asked in document.asked:
                example = plain(document, asked)
                yield self._changed(example, document)
                if not asked.at:
                    continue
                if self._often(0.5):
                    yield self._changed(self._without(example), document)
                if self._often(0.35):
                    other = self._random.choice(self._strangers[asked.question])
                    stranger = Example(asked.question, (other.title, *other.sentences))
                    yield self._changed(stranger, other)
                if self._often(0.7) and (swapped := self._swapped(example)):
                    yield self._changed(swapped, document)

    def _often(self, share: float) -> bool:
        return self._random.random() < share

    def _without(self, example: Example) -> Example:
        """The passage without what answers: the question becomes a near miss."""
        first = example.items[example.gold[0]]
        if is_row(first) and self._often(0.4):  # without the column that answers
            cells = [
                cell.partition(": ")[0] for cell in first.split("; ") if example.answer in cell
            ]
            if len(cells) == 1:
                kept = tuple(
                    "; ".join(c for c in item.split("; ") if not c.startswith(f"{cells[0]}: "))
                    for item in example.items
                )
                return Example(example.question, kept)
        kept = tuple(item for n, item in enumerate(example.items) if n not in example.gold)
        return Example(example.question, kept)

    def _swapped(self, example: Example) -> Example | None:
        """With another year than the passage has, or a name that has no part in what answers."""
        passage = " ".join(example.items)
        year = _YEAR.search(example.question)
        if year:
            other = str(
                int(year.group()) + self._random.choice([-11, -7, -3, -2, -1, 1, 2, 4, 9, 10])
            )
            if other not in passage:
                question = example.question.replace(year.group(), other)
                return Example(question, example.items)
            return None
        names = [n for n in _NAME.findall(example.question) if n in passage]
        answering = " ".join(example.items[n] for n in example.gold)
        told = {n for item in example.items[1:] for n in _NAME.findall(item)}
        others = sorted(n for n in told if n not in answering and n not in example.question)
        if not others or self._often(0.4):
            others = [n for n in self._names if n not in passage]
        if not names:
            return None
        question = example.question.replace(self._random.choice(names), self._random.choice(others))
        return Example(question, example.items)

    def _changed(self, example: Example, document: Document) -> Example:
        """Cut, joined or shuffled, and changed in form."""
        items, gold = list(example.items), set(example.gold)
        marked = [(item, n in gold) for n, item in enumerate(items)]
        title, body = marked[0], self._cut(marked[1:], example.question)
        if all(is_row(item) for item, _ in body) and self._often(0.5):
            self._random.shuffle(body)
        if self._often(0.12):  # two passages in one
            other = self._random.choice(self._known)
            if other is not document:
                more = [(item, False) for item in other.sentences[: self._random.randrange(1, 5)]]
                body = more + body if self._often(0.5) else body + more
        marked = [title, *body]
        return self._formed(
            replace(
                example,
                items=tuple(item for item, _ in marked),
                gold=tuple(n for n, (_, right) in enumerate(marked) if right),
            )
        )

    def _cut(self, body: list[tuple[str, bool]], question: str) -> list[tuple[str, bool]]:
        """About as many words as a passage of an index, with the answer or what looks like it."""
        room = self._random.randint(*WORDS)
        right = [n for n, (_, gold) in enumerate(body) if gold]
        first = right[0] if right else _likest(question, [item for item, _ in body])
        last = right[-1] if right else first
        while True:
            sides = [n for n in (first - 1, last + 1) if 0 <= n < len(body)]
            if not sides:
                break
            side = self._random.choice(sides)
            grown = body[min(first, side) : max(last, side) + 1]
            if sum(len(item.split()) for item, _ in grown) > room:
                break
            first, last = min(first, side), max(last, side)
        return body[first : last + 1]

    def _formed(self, example: Example) -> Example:
        """In the spelling of people, speech recognition or OCR; with another title or none."""
        question, items, answer = example.question, list(example.items), example.answer
        if self._often(0.15):
            question = question.lower()
        if self._often(0.2):
            question = question.rstrip("?. ")
        if self._often(0.3):
            items[0] = ""
        elif self._often(0.5):  # the path in words, or the heading and the path
            path = " ".join(re.findall(r"\w+", items[0].lower())[: self._random.randint(2, 6)])
            items[0] = path if self._often(0.4) else f"{items[0]} {path}"
        if self._often(0.08):  # speech recognition
            items = [re.sub(r"[,;:\"“”]", "", item).lower() for item in items]
            answer = re.sub(r"[,;:\"“”]", "", answer).lower()
        elif self._often(0.05):
            items = [item.upper() for item in items]
        elif self._often(0.06):  # OCR
            items = [items[0], *(self._misread(item) for item in items[1:])]
        return replace(example, question=question, items=tuple(items), answer=answer)

    def _misread(self, text: str) -> str:
        letters = list(text)
        for _ in range(len(text) // 40):
            at = self._random.randrange(len(letters))
            if letters[at].isalpha():
                letters[at] = self._random.choice("ilrnmcoeast")
        return "".join(letters)


def _likest(question: str, sentences: Sequence[str]) -> int:
    """The sentence that says most of a question's words."""
    asked = set(content_words(question))
    return max(range(len(sentences)), key=lambda n: len(asked & set(content_words(sentences[n]))))


def _document(row: Mapping[str, Any]) -> Document:
    asked = tuple(
        Asked(a["q"], tuple(a["at"]), a.get("answer", ""), a.get("near", "")) for a in row["asked"]
    )
    return Document(row["doc"], row["title"], tuple(row["sentences"]), asked)
