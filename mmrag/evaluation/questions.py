"""A file of labelled questions: JSON lines, each a question and the places that answer it.

    {"question": "Who rebuilt the mast?", "gold": [{"source": "history.md"}]}
    {"image": "asked/fox.jpg", "gold": [{"source": "plates/12.png", "grade": 2}]}
    {"question": "When did it break?", "gold": [{"source": "talk.ogg", "start_ms": 0, "end_ms": 9}]}
    {"question": "Who won the cup in 2050?", "answerable": false}

A gold place is a source, and the page or time range in it where one is given. `image` and `audio`
are files to ask with, relative to the file of questions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mmrag.errors import InputError


@dataclass(frozen=True)
class Gold:
    """A place that answers a question.

    Attributes:
        page: 1-based; None counts any page.
        start_ms, end_ms: a hit that overlaps the range counts; None counts any time.
        grade: how relevant it is, above 0.
    """

    source: str
    page: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    grade: int = 1

    @property
    def label(self) -> str:
        """The place in one word, as it stands in run files."""
        place = self.source if self.page is None else f"{self.source}#{self.page}"
        return place if self.start_ms is None else f"{place}#t={self.start_ms},{self.end_ms}"


@dataclass(frozen=True)
class LabelledQuestion:
    """A question in words, by picture, by recording, or several of these, with its labels.

    Attributes:
        gold: empty for one that the files do not answer.
        kind: any word of the asker's, to report by.
        split: "dev", "test" or whatever the file says; empty if nothing.
        line: where it stands in its file, from 1.
    """

    id: str
    words: str
    gold: tuple[Gold, ...]
    image: Path | None = None
    audio: Path | None = None
    kind: str = ""
    split: str = ""
    line: int = 0

    @property
    def relevant(self) -> dict[str, int]:
        """Grades by label."""
        return {gold.label: gold.grade for gold in self.gold}


class Place(Protocol):
    """Where a hit stands; `mmrag.SearchHit` is one."""

    @property
    def source(self) -> str: ...
    @property
    def page(self) -> int | None: ...
    @property
    def start_ms(self) -> int | None: ...
    @property
    def end_ms(self) -> int | None: ...


def read_questions(path: Path, *, split: str | None = None) -> list[LabelledQuestion]:
    """Read a file of labelled questions.

    Args:
        split: only those of this split.

    Raises:
        InputError: the file is missing or empty, or a line is no JSON, asks nothing, has no label
            or one that does not fit, or an id that another line has; the message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(f"cannot read the questions in {path}: {exc}") from exc
    rows = list(_rows(path, lines))
    seen: dict[str, int] = {}
    for row in rows:
        if row.id in seen:
            raise InputError(
                f"{path}, line {row.line}: id {row.id!r} stands in line {seen[row.id]} too"
            )
        seen[row.id] = row.line
    wanted = [row for row in rows if split in (None, row.split)]
    if not wanted:
        known = ", ".join(sorted({row.split for row in rows if row.split}))
        there = f"; there is: {known}" if known else ""
        raise InputError(
            f"{path} holds no questions" + (f" of the split {split!r}{there}" if split else "")
        )
    return wanted


def ranking(hits: Sequence[Place], gold: Sequence[Gold]) -> list[str]:
    """Hits as labels, each once: the gold ones that a hit meets, else the hit's own place."""
    labels: list[str] = []
    for hit in hits:
        met = [row.label for row in gold if _meets(hit, row)]
        labels += met or [Gold(hit.source, hit.page, hit.start_ms, hit.end_ms).label]
    return list(dict.fromkeys(labels))


def _meets(hit: Place, gold: Gold) -> bool:
    if hit.source != gold.source or gold.page not in (None, hit.page):
        return False
    if gold.start_ms is None or gold.end_ms is None:
        return True
    if hit.start_ms is None or hit.end_ms is None:
        return False
    return hit.start_ms < gold.end_ms and hit.end_ms > gold.start_ms


def _rows(path: Path, lines: Sequence[str]) -> Iterator[LabelledQuestion]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"expected an object, found {type(row).__name__}")
            yield _question(row, number, path.parent)
        except ValueError as exc:  # also what JSON raises
            raise InputError(f"{path}, line {number}: {exc}") from exc


def _question(row: Mapping[str, Any], line: int, folder: Path) -> LabelledQuestion:
    words = str(row.get("question") or "").strip()
    image, audio = (_file(row, key, folder) for key in ("image", "audio"))
    if not (words or image or audio):
        raise ValueError('it asks nothing; give "question", "image" or "audio"')
    gold = row.get("gold") or []
    if not gold and row.get("answerable", True):
        raise ValueError(
            'it has no label; give "gold": [{"source": …}], or "answerable": false if the files do '
            "not answer it"
        )
    if gold and not row.get("answerable", True):
        raise ValueError('it is not answerable and has "gold" all the same')
    if not isinstance(gold, list):
        raise ValueError(f'"gold" must be a list, found {type(gold).__name__}')
    return LabelledQuestion(
        id=str(row.get("id") or line),
        words=words,
        gold=tuple(_gold(place) for place in gold),
        image=image,
        audio=audio,
        kind=str(row.get("kind") or ""),
        split=str(row.get("split") or ""),
        line=line,
    )


def _gold(place: object) -> Gold:
    if not isinstance(place, dict) or not str(place.get("source") or ""):
        raise ValueError('a gold place needs a "source", as `mmrag search --json` shows it')
    numbers = {key: place.get(key) for key in ("page", "start_ms", "end_ms")}
    numbers["grade"] = place.get("grade", 1)
    for key, value in numbers.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise ValueError(f'"{key}" of a gold place must be a whole number, found {value!r}')
    grade = numbers.pop("grade")
    if grade is None or grade < 1:
        raise ValueError(f'the "grade" of a gold place must be 1 or more, found {grade!r}')
    if (numbers["start_ms"] is None) != (numbers["end_ms"] is None):
        raise ValueError('a gold place has only one of "start_ms" and "end_ms"')
    return Gold(str(place["source"]), **numbers, grade=grade)


def _file(row: Mapping[str, Any], key: str, folder: Path) -> Path | None:
    given = row.get(key)
    if not given:
        return None
    path = folder / str(given)
    if not path.is_file():
        raise ValueError(f"no such file to ask with: {path}")
    return path
