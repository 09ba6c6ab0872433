"""Who is of which group: files, metadata fields, keys of questions, and what each may get wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mmrag import MMRagIndex
from mmrag.errors import InputError
from mmrag.evaluation.fairness.desired import desired_shares, given_shares
from mmrag.evaluation.fairness.groups import (
    Corpus,
    by_attribute,
    grouped,
    question_groups,
    read_groups,
    survey,
)
from mmrag.evaluation.questions import Gold, read_questions

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return made


def test_csv_and_json_lines_say_the_same(write: Write) -> None:
    expected = {"a, b.md": "letters", "c.md": "2"}
    text = 'group,source,more\nletters,"a, b.md",x\n2,c.md,y\n,d.md,z\n'
    assert read_groups(write("g.csv", text)) == expected
    rows = [{"source": "a, b.md", "group": "letters"}, {"item": "c.md", "group": 2}]
    assert read_groups(write("g.jsonl", "\n".join(map(json.dumps, rows)))) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("source,group\na,x\nb,y\na,y\n", "line 4: a is in the group 'y', and in 'x' by line 2"),
        ("source,kind\na,x\n", "needs a column 'group' in its first line, found: source, kind"),
        ("source,group\na,x,y\n", "line 2: not the 2 columns of the header"),
        ("source,group\na\n", "line 2: not the 2 columns of the header"),
        ("source,group\n,x\n", "line 2: it names no source"),
        ("source,group\na,\n", "gives no source a group"),
        ("", "found: nothing"),
    ],
)
def test_a_file_of_groups_that_will_not_do_is_refused(write: Write, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_groups(write("g.csv", text))


def test_lines_that_are_no_objects_are_refused(write: Write) -> None:
    with pytest.raises(InputError, match="line 2: expected an object, found list"):
        read_groups(write("g.jsonl", '{"source": "a", "group": "x"}\n[]'))
    with pytest.raises(InputError, match="cannot read"):
        read_groups(Path("nowhere.csv"))


def test_sources_that_the_index_does_not_hold_are_told_with_their_number() -> None:
    of = {"a": "x", "b": "y", "lost1": "x", "lost2": "y", "lost3": "y", "lost4": "z"}
    groups = grouped("kind", of, {"a": 3, "b": 1, "free": 2})
    assert groups.names == ("x", "y")
    assert (groups.documents, groups.places) == ({"x": 1, "y": 1}, {"x": 3, "y": 1})
    assert groups.unlabelled == ("free",)
    assert groups.notes == (
        "sources with a group that are not in the index: 4 (lost1, lost2, lost3 and 1 more)",
        "groups of one document, of which nothing more than that document is told: 2 (x, y)",
    )
    # what should be there and is not counts for its own group; a group that is nowhere does not
    assert groups.of_label(Gold("lost1").label) == "x"
    assert groups.of_label(Gold("lost4").label) is None


def test_a_place_is_of_the_group_of_its_document_whatever_its_name() -> None:
    groups = grouped("kind", {"a #1%.pdf": "x", "b": "y"}, None)
    assert groups.of_label(Gold("a #1%.pdf", page=3).label) == "x"
    assert groups.of_label(Gold("b", start_ms=0, end_ms=5).label) == "y"
    assert groups.of_label("c") is None


def test_one_group_is_nothing_to_compare() -> None:
    with pytest.raises(InputError, match=r"puts all 2 documents into one group \(x\)"):
        grouped("kind", {"a": "x", "b": "x"}, None)
    with pytest.raises(InputError, match=r"none of the 2 sources with a group is in the index"):
        grouped("kind", {"a": "x", "b": "y"}, {"c": 1})


def test_a_field_of_the_index_groups_its_documents(index: MMRagIndex) -> None:
    corpus = survey(index.vector_store.engine, "modality")
    groups = by_attribute(corpus, "modality")
    assert groups.of == {
        "notes.md": "text",
        "tables/climate.csv": "text",
        "poster.png": "image",
    }
    assert groups.places["image"] == 1
    with pytest.raises(InputError, match="no document of the index has 'colour'; fields"):
        by_attribute(survey(index.vector_store.engine, "colour"), "colour")


def test_a_document_with_two_values_is_unlabelled_and_told() -> None:
    values = {"a": {"Ann"}, "b": {"Bo"}, "c": {"Ann", "Bo"}, "d": set[str]()}
    corpus = Corpus(
        dict.fromkeys(values, 1), {name: frozenset(found) for name, found in values.items()}, {}
    )
    groups = by_attribute(corpus, "author")
    assert groups.of == {"a": "Ann", "b": "Bo"}
    assert groups.unlabelled == ("c", "d")
    assert groups.notes[0] == (
        "documents with several values of 'author', which count as unlabelled: 1 (c)"
    )


def test_questions_are_grouped_by_a_key_of_theirs(write: Write) -> None:
    rows = [
        {"question": "one", "gold": [{"source": "a"}], "lang": "en"},
        {"question": "two", "gold": [{"source": "a"}], "lang": "sv"},
        {"question": "three", "gold": [{"source": "a"}]},
    ]
    path = write("questions.txt", "\n".join(map(json.dumps, rows)))
    questions = read_questions(path)
    assert question_groups(path, "lang", questions) == {"1": "en", "2": "sv"}
    with pytest.raises(InputError, match="has 'age'; other keys: lang"):
        question_groups(path, "age", questions)
    with pytest.raises(InputError, match="all questions are of one group, lang = 'en'"):
        question_groups(path, "lang", questions[:1])


def test_desired_shares() -> None:
    groups = grouped("kind", {"a": "x", "b": "y", "c": "y"}, {"a": 6, "b": 1, "c": 1})
    assert desired_shares(groups, "corpus") == {"x": 0.75, "y": 0.25}
    assert desired_shares(groups, "documents") == pytest.approx({"x": 1 / 3, "y": 2 / 3})
    assert desired_shares(groups, "uniform") == {"x": 0.5, "y": 0.5}
    assert given_shares(groups, ["y=0.9", "x=0.1"]) == pytest.approx({"x": 0.1, "y": 0.9})
    without = grouped("kind", {"a": "x", "b": "y", "c": "y"}, None)
    assert desired_shares(without, "corpus") == desired_shares(without, "documents")


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        (["x=0.5"], "none is given for y"),
        (["x=0.5", "y=0.4", "z=0.1"], "there is no group z"),
        (["x=0.5", "y=0.4"], "must sum to 1, found 0.9"),
        (["x=nan", "y=0.4"], "found 'x=nan'"),
        (["x", "y=0.4"], "found 'x'"),
    ],
)
def test_shares_that_will_not_do_are_refused(pairs: list[str], told: str) -> None:
    groups = grouped("kind", {"a": "x", "b": "y"}, None)
    with pytest.raises(InputError, match=told):
        given_shares(groups, pairs)
