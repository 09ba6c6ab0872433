"""Accuracy, classes and confusion, counted by hand; what truth files may say."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.tasks.accuracy import ClassAccuracy, evaluate
from mmrag.tasks.confusion import draw_confusion
from mmrag.tasks.label_files import FoundFile
from mmrag.tasks.truth import checked_truth, read_truth, truth_of_folders
from mmrag.tasks.zero_shot import LabelScore, Prediction


def said(*labels: str) -> Prediction:
    return tuple(LabelScore(label, 1 / (n + 2), 0.0) for n, label in enumerate(labels))


PREDICTIONS = [
    said("a", "b", "c"),
    said("b", "a", "c"),
    said("a", "b", "c"),
    said("c", "b", "a"),
]
TRUTH = ["a", "a", "c", "c"]
KINDS = [Modality.IMAGE, Modality.IMAGE, Modality.AUDIO, Modality.AUDIO]


def test_every_count_is_as_by_hand() -> None:
    found = evaluate(PREDICTIONS, TRUTH, ["a", "b", "c", "d"], KINDS)
    assert found.accuracy.mean == 0.5
    assert 0 <= found.accuracy.low < 0.5 < found.accuracy.high <= 1
    assert {k: row.mean for k, row in found.top.items()} == {2: 0.75, 3: 1.0}
    assert {name: row.mean for name, row in found.modalities.items()} == {
        "audio": 0.5,
        "image": 0.5,
    }
    assert found.confusion == ((1, 1, 0, 0), (0, 0, 0, 0), (1, 0, 1, 0), (0, 0, 0, 0))
    assert found.classes == (
        ClassAccuracy("a", 2, 0.5, 0.5),
        ClassAccuracy("b", 0, 0.0, None),
        ClassAccuracy("c", 2, 1.0, 0.5),
        ClassAccuracy("d", 0, None, None),
    )


def test_nothing_to_compare_or_an_unknown_class() -> None:
    with pytest.raises(InputError, match="nothing was labelled"):
        evaluate([], [], ["a", "b"])
    with pytest.raises(InputError, match="'x' is not among the labels a, b"):
        evaluate([said("a")], ["x"], ["a", "b"])


@pytest.mark.parametrize("number", [4, 61])
def test_the_picture_is_drawn_for_few_and_many_labels(tmp_path: Path, number: int) -> None:
    names = [f"label ${n}_x of a great many letters" for n in range(number)]
    found = evaluate([said(name, names[0]) for name in names], names, names)
    draw_confusion(found, tmp_path / "c.png")
    picture = Image.open(tmp_path / "c.png").convert("RGB")
    blue = sum(count for count, colour in picture.getcolors(2**24) or () if colour == (31, 95, 139))
    assert blue > 500
    with pytest.raises(InputError, match="cannot write"):
        draw_confusion(found, tmp_path / "none" / "c.png")


def files(folder: Path, *names: str) -> list[FoundFile]:
    return [FoundFile(folder / name, name, Path(name)) for name in names]


def test_folders_say_what_is_in_them(tmp_path: Path) -> None:
    found = files(tmp_path, "Red/1.png", "blue/deep/2.png", "loose.png")
    truth = checked_truth(truth_of_folders(found), ["red", "blue"], found)
    assert truth == {
        tmp_path / "Red/1.png": frozenset({"red"}),
        tmp_path / "blue/deep/2.png": frozenset({"blue"}),
    }
    with pytest.raises(InputError, match=r"1 classes of the files are not among.* 'blue'"):
        checked_truth(truth_of_folders(found), ["red", "green"], found)
    with pytest.raises(InputError, match="of none of the files"):
        checked_truth({}, ["red"], found)


def test_tables_say_it_too(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        'path,label,by\n1.png,red; round,ann\n"2.png",blue,\n1.png,big,\n'
    )
    (tmp_path / "t.jsonl").write_text(
        '{"path": "1.png", "labels": ["red", "round", "big"]}\n\n'
        '{"path": "2.png", "label": "blue"}\n'
    )
    expected = {
        tmp_path / "1.png": frozenset({"red", "round", "big"}),
        tmp_path / "2.png": frozenset({"blue"}),
    }
    assert read_truth(tmp_path / "t.csv") == read_truth(tmp_path / "t.jsonl") == expected


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("t.csv", "file,label\nx,y\n", r"line 1: the columns must be path and label, found"),
        ("t.csv", "path,label\nx,y\nz,\n", r"t\.csv, line 3: no label"),
        ("t.csv", "path,label\n,y\n", r"t\.csv, line 2: no path"),
        ("t.csv", "path,label\n", r"names no file"),
        ("t.jsonl", '{"path": "x", "label": "y"}\n{"path": 1\n', r"t\.jsonl, line 2: wants an obj"),
        ("t.jsonl", '{"path": "x", "labels": "y"}\n', r"line 1: .*labels must be a list"),
        ("t.jsonl", '{"path": "x"}\n', r"line 1: wants an object with path and label"),
    ],
)
def test_bad_lines_are_told_by_number(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=told):
        read_truth(tmp_path / name)
    with pytest.raises(InputError, match="cannot read the truth"):
        read_truth(tmp_path / "none.csv")
