"""A file of labelled questions: JSON lines, each a question and the places that answer it.

    {"question": "Who rebuilt it?", "gold": [{"source": "history.md"}], "answer": ["Anna Lind"]}
    {"image": "asked/fox.jpg", "gold": [{"source": "plates/12.png", "grade": 2}]}
    {"question": "When did it break?", "gold": [{"source": "talk.ogg", "start_ms": 0, "end_ms": 9}]}
    {"question": "Who won the cup in 2050?", "answerable": false}

A gold place is a source, and the page or time range in it where one is given; a "bbox" may stand
there and is not looked at. `image` and `audio` are files to ask with, relative to the file of
questions. `answer` is what a right answer says, word for word: a text, or several of which one
will do. `id`, `kind` and `split` are free words; any other key is somebody else's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from mmrag.errors import InputError

_LEAST = {"page": 1, "start_ms": 0, "end_ms": 0}
_GOLD_KEYS = ("source", "page", "start_ms", "end_ms", "grade", "bbox")


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
        """The place in one word, as it stands in run files: "my%20notes.md#3".

        The source is percent-encoded where it has blanks, "#" or "%", so that no two places share
        a label.
        """
        source = one_word(self.source)
        place = source if self.page is None else f"{source}#{self.page}"
        return place if self.start_ms is None else f"{place}#t={self.start_ms},{self.end_ms}"


@dataclass(frozen=True)
class LabelledQuestion:
    """A question in words, by picture, by recording, or several of these, with its labels.

    Attributes:
        gold: empty for one that the files do not answer.
        accepted: texts of which a right answer holds one; empty where none is labelled.
        kind: any word of the asker's, to report by; where there is none, what it is asked with.
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
    accepted: tuple[str, ...] = ()

    @property
    def relevant(self) -> dict[str, int]:
        """Grades by label, the higher one where two gold places share theirs."""
        return {gold.label: gold.grade for gold in sorted(self.gold, key=lambda row: row.grade)}


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


def read_questions(
    path: Path, *, split: str | None = None, labelled: bool = True
) -> list[LabelledQuestion]:
    """Read a file of labelled questions.

    Args:
        split: only those of this split.
        labelled: whether each needs a label: a place, or that it is not answerable.

    Raises:
        InputError: the file is missing or empty, or a line is no JSON, asks nothing, has no label
            or one that does not fit, or an id that another line has; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise InputError(f"cannot read the questions in {path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"the questions in {path} are not UTF-8: {exc}") from exc
    rows = list(_rows(path, text.split("\n"), labelled=labelled))
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
        met = [row.label for row in gold if meets(hit, row)]
        labels += met or [Gold(hit.source, hit.page, hit.start_ms, hit.end_ms).label]
    return list(dict.fromkeys(labels))


def meets(place: Place, gold: Gold) -> bool:
    """Whether a hit stands at a gold place: same source, and page and time where it has them."""
    if place.source != gold.source or gold.page not in (None, place.page):
        return False
    if gold.start_ms is None or gold.end_ms is None:
        return True
    if place.start_ms is None or place.end_ms is None:
        return False
    return place.start_ms < gold.end_ms and place.end_ms > gold.start_ms


def one_word(text: str) -> str:
    """Text without blanks, "#" and control characters: percent-encoded, as in a URL."""
    return "".join(
        quote(char, errors="surrogatepass")
        if char.isspace() or not char.isprintable() or char in "#%"
        else char
        for char in text
    )


def _rows(path: Path, lines: Sequence[str], *, labelled: bool) -> Iterator[LabelledQuestion]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"expected an object, found {type(row).__name__}")
            json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair is no text
            yield _question(row, number, path.parent, labelled=labelled)
        except (ValueError, OSError, RecursionError) as exc:  # also what JSON and files raise
            raise InputError(f"{path}, line {number}: {exc}") from exc


def _question(
    row: Mapping[str, Any], line: int, folder: Path, *, labelled: bool
) -> LabelledQuestion:
    words = _text(row, "question").strip()
    image, audio = (_file(row, key, folder) for key in ("image", "audio"))
    if not (words or image or audio):
        raise ValueError('it asks nothing; give "question", "image" or "audio"')
    gold, answerable = row.get("gold") or [], row.get("answerable", True)
    if not isinstance(answerable, bool):
        raise ValueError(f'"answerable" must be true or false, found {answerable!r}')
    if not gold and answerable and labelled:
        raise ValueError(
            'it has no label; give "gold": [{"source": …}], or "answerable": false if the files do '
            "not answer it"
        )
    if gold and not answerable:
        raise ValueError('it is not answerable and has "gold" all the same')
    if not isinstance(gold, list):
        raise ValueError(f'"gold" must be a list, found {type(gold).__name__}')
    asked = {"words": words, "image": image, "audio": audio}
    return LabelledQuestion(
        id=_text(row, "id") or str(line),
        words=words,
        gold=tuple(_gold(place) for place in gold),
        image=image,
        audio=audio,
        kind=_text(row, "kind") or "+".join(name for name, given in asked.items() if given),
        split=_text(row, "split"),
        line=line,
        accepted=_accepted(row.get("answer")),
    )


def _accepted(value: object) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str | int | float) else value or []
    if not isinstance(texts, list) or not all(isinstance(t, str | int | float) for t in texts):
        raise ValueError(f'"answer" must be a text or a list of texts, found {value!r}')
    return tuple(" ".join(str(text).split()) for text in texts if str(text).strip())


def _gold(place: object) -> Gold:
    if not isinstance(place, dict) or not _text(place, "source"):
        raise ValueError('a gold place needs a "source", as `mmrag search --json` shows it')
    unknown = ", ".join(sorted(set(place) - set(_GOLD_KEYS)))
    if unknown:  # a misspelt page would make the whole file right
        raise ValueError(f"a gold place has {', '.join(_GOLD_KEYS)}; found: {unknown}")
    page, start, end = (_whole(place, key, least) for key, least in _LEAST.items())
    if (start is None) != (end is None):
        raise ValueError('a gold place has only one of "start_ms" and "end_ms"')
    if start is not None and end is not None and end <= start:
        raise ValueError(f"a gold place ends at {end} ms, not after its start at {start} ms")
    return Gold(str(place["source"]), page, start, end, _whole(place, "grade", 1) or 1)


def _whole(place: Mapping[str, Any], key: str, least: int) -> int | None:
    value = place.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(
            f'"{key}" of a gold place must be a whole number from {least}, found {value!r}'
        )
    return value


def _text(row: Mapping[str, Any], key: str) -> str:
    """A word or number as text; empty where there is none."""
    value = row.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f'"{key}" must be text, found {value!r}')
    return str(value)


def _file(row: Mapping[str, Any], key: str, folder: Path) -> Path | None:
    given = _text(row, key)
    if not given:
        return None
    path = folder / given
    if not path.is_file():
        raise ValueError(f"no such file to ask with: {path}")
    return path
