"""Labels as they are given or stand in files, and what is wrong with some."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmrag.errors import InputError
from mmrag.tasks.labels import Label, labels_of, read_labels

RED, BLUE = Label("red", ("red",)), Label("blue", ("the sky", "the sea"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "# colours\n\nred\n  blue \n"),
        ("a.yaml", "- red\n- blue\n"),
        ("a.json", '["red", "blue"]'),
    ],
)
def test_a_list_of_names(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8-sig")
    assert read_labels(tmp_path / name) == labels_of(["red", "blue"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yml", "red:\nblue: [the sky, the sea]\n"),
        ("a.json", '{"red": "red", "blue": ["the sky", "the sea"]}'),
    ],
)
def test_a_mapping_to_descriptions(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_labels(tmp_path / name) == (RED, BLUE)
    assert labels_of({"red": "red", "blue": ["the sky", "the sea"]}) == (RED, BLUE)
    assert labels_of([RED, BLUE]) == (RED, BLUE)


def test_what_yaml_would_make_of_words_and_numbers_is_left_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- no\n- 1962\n")
    assert [label.name for label in read_labels(tmp_path / "a.yaml")] == ["no", "1962"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.txt", "red\n\nRed\n", r"a\.txt, line 3: the label 'Red' is there twice, as 'red' too"),
        ("a.yaml", "red: x\nblue: y\nred: z\n", r"a\.yaml, line 3: the label 'red' is there twice"),
        ("a.yaml", "- red\n- {a: b}\n", r"line 2: a label must be a text"),
        ("a.yaml", "- red\n- ''\n", r"line 2: a label is empty"),
        ("a.yaml", "red: [x, '']\n", r"line 1: descriptions of 'red' must be texts"),
        ("a.yaml", "red: {x: y}\n", r"line 1: descriptions of 'red' must be texts"),
        ("a.yaml", "- red\n- [\n", r"a\.yaml, line 3 is not YAML"),
        ("a.yaml", "", r"line 1: labels are a list or a mapping, found nothing"),
        ("a.json", '[\n"red",\n}', r"a\.json, line 3 is not JSON"),
        ("a.json", '{"red": 1, "blue": 2}', r"descriptions of 'red' must be texts, found 1"),
        ("a.json", '{"red": "x", "red": "y"}', r"the label 'red' is there twice"),
        ("a.json", "3", r"labels are a list or an object, found '3'"),
        ("a.txt", "# nothing\n", r"no labels to choose from"),
    ],
)
def test_bad_files_are_told_with_their_line(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=told) as caught:
        read_labels(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_labels(tmp_path / "none.txt")
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_labels(tmp_path / "a.txt")


def test_a_text_is_no_list() -> None:
    with pytest.raises(InputError, match="found the text 'red'"):
        labels_of("red")
