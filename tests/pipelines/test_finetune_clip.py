"""pipelines/finetune_clip.py: pairs of files, or of an index, make a model with a card."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from script import run

from mmrag import MMRagIndex, load_settings
from mmrag.training.pictures import draw
from mmrag.training.shapes import FURTHER_COLOURS, SHAPES, SIZES, Concept, gallery


@pytest.fixture(scope="module")
def stamps(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """48 pictures in colours that the tiny model has not seen, with the caption of each beside."""
    folder = tmp_path_factory.mktemp("stamps")
    concepts = [Concept(c, sh, si) for c in FURTHER_COLOURS[:4] for sh in SHAPES for si in SIZES]
    for number, item in enumerate(gallery(5, concepts)):
        draw(item).save(folder / f"{number:02d}.png")
        (folder / f"{number:02d}.txt").write_text(str(item.concept))
    return folder


OPTIONS = ("--model", "tiny", "--steps", "12", "--batch", "32", "--validation", "0.3")


def test_pairs_make_a_model(stamps: Path, tmp_path: Path) -> None:
    ran = run("finetune_clip", "--pairs", stamps, "--out", "mine", *OPTIONS)
    assert (ran.code, ran.err) == (0, "")
    head, *measures, last = ran.out.splitlines()
    assert head.endswith("kept out, 12 steps")
    name, before, _, after, _ = measures[0].replace(",", "").split()
    assert name == "recall@1:"
    assert float(after) > float(before) + 0.1
    assert last == "model and card: mine; models: {tiny: mine}"
    assert "fine-tuned" in (tmp_path / "mine" / "README.md").read_text()
    again = run("finetune_clip", "--pairs", stamps, "--out", "mine", *OPTIONS)
    assert "mine" in again.refusal


@pytest.mark.slow
def test_pairs_of_an_index(stamps: Path, tmp_path: Path) -> None:
    beside = tmp_path / "pictures"
    beside.mkdir()
    for path in stamps.glob("*.png"):
        shutil.copy(path, beside)
        shutil.copy(path.with_suffix(".txt"), beside / f"{path.name}.txt")
    settings = load_settings(changes={"ingest.workers": 0, "ingest.ocr": False})
    with MMRagIndex(tmp_path / "index", profile="offline", settings=settings) as index:
        index.index(beside)
    ran = run("finetune_clip", "--index", tmp_path / "index", "--out", "mine", *OPTIONS)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0].endswith("kept out, 12 steps")
    assert (tmp_path / "mine" / "model.safetensors").exists()


def test_options_that_do_not_fit(stamps: Path) -> None:
    ran = run("finetune_clip", "--pairs", stamps, "--model", "tiny", "--batch", "1")
    assert ran.code == 2
    assert "batch: " in ran.err
    assert "gone" in run("finetune_clip", "--pairs", "gone", *OPTIONS).refusal
