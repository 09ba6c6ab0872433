"""The report: what its tables say, that Markdown shows names as they are, and the picture."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt
from PIL import Image

from mmrag.errors import InputError, MissingExtra
from mmrag.evaluation.intervals import Interval
from mmrag.evaluation.measures import Group
from mmrag.evaluation.questions import Gold, LabelledQuestion
from mmrag.evaluation.report import write_report
from mmrag.evaluation.retrieval import Judged, Rankings, judge
from mmrag.evaluation.tables import markdown_table, measures_table, with_ends

Make = Callable[..., LabelledQuestion]

MODALITIES = {"a": "text", "my%20b.png#1": "image", "gone": None}


@pytest.fixture
def judged(question: Make) -> dict[str, Judged]:
    asked = [
        question("q1", "a", words="Who | what_is *it*?", kind=r"$\oops{$"),
        question("q2", Gold("my b.png", 1), kind="_hidden"),
        question("q3", "gone", kind="k" * 80),
        question("q4"),
    ]
    found = Rankings(
        {"q1": ["x", "y%20z", "w", "v"], "q2": ["my%20b.png#1"]}, {"q3": "nothing to search for"}
    )
    other = Rankings({"q1": ["a"], "q2": ["x"] * 1 + [f"d{n}" for n in range(12)]})
    return {
        "calibrated": judge(asked, found, MODALITIES),
        "_other.run": judge(asked, other, MODALITIES),
    }


def cells(text: str) -> list[list[str]]:
    """Every row of every table, as a reader of Markdown sees it."""
    rows: list[list[str]] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and token.level > 3:
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


def test_what_the_report_says(judged: dict[str, Judged], tmp_path: Path) -> None:
    text, picture = write_report(judged, tmp_path / "new" / "folder", about={"file": "q_1.jsonl"})
    assert (text.name, picture.name) == ("retrieval.md", "retrieval.png")
    said = text.read_text(encoding="utf-8")
    assert "- file: q\\_1.jsonl\n" in said
    assert "- set aside for having no answer: 1\n" in said
    assert "](retrieval.png)" in said
    rows = cells(said)
    assert ["calibrated (3*)", *(["0.333 (0.000–1.000)"] * 5)] in rows
    assert ["mrr", "+0.000 (-1.000 to +1.000)"] in rows
    assert ["image (1*)", *(["1.000 (1.000–1.000)"] * 3)] in rows
    assert ["gone", "3"] in rows
    assert ["q3", "nothing to search for"] in rows
    assert ["q1", "Who | what_is *it*?", "a", "x, y z, w", "none"] in rows
    assert ["q3", "q3", "gone", "nothing", "none"] in rows
    assert not [row for row in rows if row[0] == "q2" and len(row) == 5]
    assert "1 questions are answered better, 1 worse, 1 the same" in said


def test_the_picture_shows_something_in_each_quarter(
    judged: dict[str, Judged], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    loaded = "matplotlib.pyplot" in sys.modules
    _, picture = write_report(judged, tmp_path, about={})
    with Image.open(picture) as image:
        drawn = np.asarray(image.convert("RGB")).astype(int)
    assert 600 < drawn.shape[0] < 2500
    assert drawn.shape[1] == 1725
    for colour in ((0x1F, 0x5F, 0x8B), (0xC8, 0x76, 0x2B)):
        hits = (abs(drawn - colour).max(axis=2) < 8).astype(int)
        top, left = drawn.shape[0] // 2, drawn.shape[1] // 2
        for quarter in (hits[:top, :left], hits[:top, left:], hits[top:, :left], hits[top:, left:]):
            assert quarter.sum() > 50
    assert [str(row.message) for row in recwarn if row.category is UserWarning] == []
    assert ("matplotlib.pyplot" in sys.modules) is loaded


def test_one_ranking_without_modalities(question: Make, tmp_path: Path) -> None:
    one = judge([question("q1", "gone")], Rankings({"q1": []}), {"gone": None})
    text, picture = write_report({"rrf": one}, tmp_path, about={})
    said = text.read_text(encoding="utf-8")
    assert "Recall by modality" not in said
    assert " minus " not in said
    assert picture.stat().st_size > 5000


def test_a_folder_that_cannot_be_made(judged: dict[str, Judged], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot write the report to .*file: File exists"):
        write_report(judged, tmp_path / "file", about={})


def test_without_matplotlib(
    judged: dict[str, Judged], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.figure", raising=False)
    with pytest.raises(MissingExtra, match=r"pip install 'mmrag\[eval\]'"):
        write_report(judged, tmp_path, about={})


def test_tables() -> None:
    assert with_ends(Interval(0.5, 0.25, 0.75)) == "0.500 (0.250–0.750)"
    assert with_ends(Interval(0.5, -0.25, 0.75), signed=True) == "+0.500 (-0.250 to +0.750)"
    assert (
        markdown_table(["a", "n"], [["x|y\nz", "1"]])
        == "| a | n |\n| --- | ---: |\n| x\\|y z | 1 |\n"
    )
    assert cells(markdown_table(["a", "b"], [["<b>`c`", "[d](e)"]], words=2))[1] == [
        "<b>`c`",
        "[d](e)",
    ]
    groups = {"all": Group(12, {"mrr": Interval(0.5, 0.25, 0.75)})}
    assert cells(measures_table("", groups)) == [["", "mrr"], ["all (12)", "0.500 (0.250–0.750)"]]
