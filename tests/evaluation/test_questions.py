"""Labelled questions: what is read, every fault with its line, and when a hit answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import InputError
from mmrag.evaluation.questions import Gold, ranking, read_questions
from mmrag.samples import QUESTIONS

FINE = '{"question": "Who?", "gold": [{"source": "a.md"}]}'


@dataclass(frozen=True)
class At:
    """A hit's place."""

    source: str
    page: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None


def written(folder: Path, *lines: str) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "fox.jpg").write_bytes(b"\xff")
    path = written(
        tmp_path,
        '{"id": "w", "question": " Who? ", "kind": "fact", "split": "dev", "lang": "en",'
        ' "gold": [{"source": "a.md", "page": null, "bbox": null},'
        ' {"source": "b.pdf", "page": 3}]}',
        "",
        '{"image": "fox.jpg", "question": "Where\u2028is it?", "gold": [{"source": "t.ogg",'
        ' "start_ms": 0, "end_ms": 9, "grade": 2}]}\r',
        '{"question": "When?", "answerable": false, "id": 0}',
    )
    first, second, third = read_questions(path)
    assert (first.id, first.words, first.kind, first.split, first.line) == (
        "w",
        "Who?",
        "fact",
        "dev",
        1,
    )
    assert first.gold == (Gold("a.md"), Gold("b.pdf", 3))
    assert (second.id, second.kind, second.line) == ("3", "words+image", 3)
    assert (second.image, second.audio) == (tmp_path / "fox.jpg", None)
    assert second.relevant == {"t.ogg#t=0,9": 2}
    assert (third.id, third.gold, third.kind) == ("0", (), "words")


def test_the_sample_questions_are_such_a_file() -> None:
    rows = read_questions(QUESTIONS, split="test")
    assert len(rows) == 55
    assert sum(not row.gold for row in rows) == 13


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "Expecting property name"),
        ("[" * 100_000, "recursion"),
        ("[1]", "expected an object, found list"),
        ("{}", "it asks nothing"),
        ('{"question": " "}', "it asks nothing"),
        ('{"question": ["Who?"]}', "\"question\" must be text, found ['Who?']"),
        ('{"question": "\\ud800"}', "surrogates not allowed"),
        ('{"question": "Who?"}', "it has no label"),
        ('{"question": "Who?", "gold": []}', "it has no label"),
        ('{"question": "Who?", "gold": "a.md"}', '"gold" must be a list, found str'),
        ('{"question": "Who?", "gold": ["a.md"]}', 'needs a "source"'),
        ('{"question": "Who?", "gold": [{"page": 1}]}', 'needs a "source"'),
        ('{"question": "Who?", "gold": [{"source": "a", "pages": 1}]}', "found: pages"),
        ('{"question": "Who?", "gold": [{"source": "a", "page": "1"}]}', "from 1, found '1'"),
        ('{"question": "Who?", "gold": [{"source": "a", "page": true}]}', "from 1, found True"),
        ('{"question": "Who?", "gold": [{"source": "a", "page": 0}]}', "from 1, found 0"),
        ('{"question": "Who?", "gold": [{"source": "a", "grade": 0}]}', '"grade" of a gold place'),
        ('{"question": "Who?", "gold": [{"source": "a", "start_ms": 3}]}', "only one of"),
        (
            '{"question": "Who?", "gold": [{"source": "a", "start_ms": 9, "end_ms": 9}]}',
            "ends at 9 ms, not after its start at 9 ms",
        ),
        (
            '{"question": "Who?", "gold": [{"source": "a", "start_ms": -1, "end_ms": 9}]}',
            "from 0, found -1",
        ),
        ('{"question": "Who?", "answerable": "no"}', "must be true or false, found 'no'"),
        (
            '{"question": "Who?", "answerable": false, "gold": [{"source": "a"}]}',
            'not answerable and has "gold"',
        ),
        ('{"image": "gone.jpg", "gold": [{"source": "a"}]}', "no such file to ask with"),
        (f'{{"image": "{"x" * 999}", "gold": [{{"source": "a"}}]}}', "name too long"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    path = written(tmp_path, FINE, "", line)
    with pytest.raises(InputError) as caught:
        read_questions(path)
    said = str(caught.value)
    assert said.startswith(f"{path}, line 3: ")
    assert fault.lower() in said.lower()


def test_an_id_stands_once(tmp_path: Path) -> None:
    row = json.loads(FINE)
    path = written(tmp_path, json.dumps(row | {"id": "a"}), FINE, json.dumps(row | {"id": "a"}))
    with pytest.raises(InputError, match="line 3: id 'a' stands in line 1 too"):
        read_questions(path)


def test_a_file_without_questions(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the questions in .*: No such file"):
        read_questions(tmp_path / "gone")
    with pytest.raises(InputError, match=r"holds no questions$"):
        read_questions(written(tmp_path, "", " "))
    dev = '{"question": "Who?", "split": "dev", "gold": [{"source": "a.md"}]}'
    with pytest.raises(InputError, match=r"no questions of the split 'test'; there is: dev$"):
        read_questions(written(tmp_path, dev, FINE), split="test")
    (tmp_path / "latin").write_bytes('{"question": "Où?"}'.encode("latin-1"))
    with pytest.raises(InputError, match="are not UTF-8"):
        read_questions(tmp_path / "latin")


def test_the_higher_grade_of_two_places_with_one_label(tmp_path: Path) -> None:
    gold: list[dict[str, Any]] = [
        {"source": "a", "bbox": [0, 0, 1, 1], "grade": 3},
        {"source": "a", "bbox": [0, 0, 1, 0.5], "grade": 1},
    ]
    path = written(tmp_path, json.dumps({"question": "Who?", "gold": gold}))
    assert read_questions(path)[0].relevant == {"a": 3}


@pytest.mark.parametrize(
    ("hit", "gold", "answers"),
    [
        (At("a.pdf", 3), Gold("a.pdf"), True),
        (At("a.pdf", 3), Gold("a.pdf", 3), True),
        (At("a.pdf", 2), Gold("a.pdf", 3), False),
        (At("a.pdf"), Gold("a.pdf", 3), False),
        (At("b.pdf", 3), Gold("a.pdf", 3), False),
        (At("t.ogg", None, 0, 10), Gold("t.ogg", None, 9, 20), True),
        (At("t.ogg", None, 0, 10), Gold("t.ogg", None, 10, 20), False),
        (At("t.ogg", None, 20, 30), Gold("t.ogg", None, 10, 20), False),
        (At("t.ogg"), Gold("t.ogg", None, 10, 20), False),
    ],
)
def test_a_hit_answers_where_source_page_and_time_meet(hit: At, gold: Gold, answers: bool) -> None:
    found = ranking([hit], [gold])
    assert (found == [gold.label]) is answers
    assert len(found) == 1


def test_passages_of_one_place_are_one_find() -> None:
    hits = [At("x", 1), At("a", 1), At("x", 1), At("a", 2), At("b", 1)]
    assert ranking(hits, [Gold("a"), Gold("b")]) == ["x#1", "a", "b"]
    assert ranking([At("a", 1)], [Gold("a"), Gold("a", 1)]) == ["a", "a#1"]


def test_labels_are_one_word_and_tell_places_apart() -> None:
    assert Gold("my notes.md", 3).label == "my%20notes.md#3"
    assert Gold("t.ogg", None, 0, 9).label == "t.ogg#t=0,9"
    assert Gold("a#1").label != Gold("a", 1).label
    # the file "a#1" is not the first page of the file "a"
    assert ranking([At("a#1")], [Gold("a", 1)]) == ["a%231"]


places = st.builds(
    Gold,
    st.text(st.sampled_from("ab#% 1\u2028=,t"), min_size=1, max_size=5),
    st.none() | st.integers(1, 12),
)


@given(places, places)
def test_no_two_places_share_a_label(one: Gold, other: Gold) -> None:
    assert (one.label == other.label) == (one == other)
    assert one.label.split() == [one.label]
