"""`mmrag eval embeddings` on a real index with a shared space: table, JSON, report, bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mmrag import MMRagIndex, Settings
from mmrag.cli.app import app
from mmrag.training.pool import write_items
from mmrag.training.shapes import CONCEPTS, gallery

QUIET = Settings().with_changes({"ingest.ocr": False, "ingest.asr": False})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pictures, four sounds and a note, in the spaces of the tiny profile."""
    folder = tmp_path_factory.mktemp("world")
    write_items(gallery(7, [concept for concept in CONCEPTS if concept.seen][:4]), folder)
    (folder / "note.md").write_text("# Shapes\nA red circle.\n\n# Tones\nA low tone.\n")
    place = tmp_path_factory.mktemp("eval") / "index"
    with MMRagIndex(place, profile="tiny", settings=QUIET) as index:
        index.index(folder)
    return place


def said(*arguments: str | Path) -> Any:
    given = ["eval", "embeddings", *(str(a) for a in arguments)]
    return CliRunner().invoke(app, given, catch_exceptions=False)


def test_json_is_one_object_without_nan_and_the_report_is_written(
    made: Path, tmp_path: Path
) -> None:
    done = said("--index", made, "--json", "--report", tmp_path / "out" / "report")
    assert done.exit_code == 0, done.stderr

    def refused(constant: str) -> None:
        raise AssertionError(constant)

    found = json.loads(done.stdout, parse_constant=refused)
    assert set(found) == {"index", "sample", "spaces", "agreements", "warnings"}
    spaces = {row["space"]: row for row in found["spaces"]}
    assert spaces["tiny"]["kinds"] == {"text": 6, "image": 4, "audio": 4}
    kinds = {kind for gap in spaces["tiny"]["gaps"] for kind in (gap["one"], gap["other"])}
    assert kinds == {"text", "image", "audio"}
    assert spaces["text"]["hubness"] is not None
    assert found["agreements"][0]["items"] == 14
    assert {path.name for path in (tmp_path / "out" / "report").iterdir()} == {
        "embeddings.md",
        "embeddings.png",
    }


def test_the_table_shows_the_chosen_space_and_how_to_read_it(made: Path) -> None:
    done = said("--index", made, "--space", "tiny")
    assert done.exit_code == 0, done.stderr
    assert "tiny: 6 text, 4 image, 4 audio; 14 of 14 looked at" in done.stdout
    assert "hubness" in done.stdout
    assert "how to read it" in done.stdout
    assert "\ntext:" not in done.stdout


def test_bad_input_is_one_line_that_says_what_to_do(made: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for arguments, words in (
        (("--index", made, "--space", "clap"), "the dense spaces of"),
        (("--index", made, "--space", "bm25"), "is sparse"),
        (("--index", made, "--report", tmp_path / "file"), "no report can be written to"),
        (("--index", tmp_path / "none"), "no index at"),
    ):
        done = said(*arguments)
        assert done.exit_code == 1
        assert words in done.stderr
        assert done.stderr.count("\n") == 1
    assert said("--index", made, "--sample", "2").exit_code == 2
