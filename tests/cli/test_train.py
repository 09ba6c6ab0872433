"""`mmrag train` and `mmrag export pairs` as a user types them, with what goes wrong."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from pathlib import Path

import pytest
from command import Said

from mmrag import MMRagIndex
from mmrag.cli.training_progress import TrainingProgress
from mmrag.embeddings.tiny_model import TinyConfig, TinyModel, save
from mmrag.training.history import Progress
from mmrag.training.tiny import vocabulary


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """A checkpoint of the tiny architecture that has learnt nothing yet."""
    path = tmp_path_factory.mktemp("model")
    config = TinyConfig(vocabulary(), dimension=8, width=16, layers=1, heads=2)
    save(TinyModel(config).eval(), path, {})
    return path


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Twelve pictures of one colour each, and what they are called."""
    from PIL import Image

    (tmp_path / "pictures").mkdir()
    rows = ["image,text"]
    for number in range(12):
        name = f"pictures/{number}.png"
        Image.new("RGB", (8, 8), (20 * number, 90, 250 - 20 * number)).save(tmp_path / name)
        rows.append(f"{name},number {number}")
    (tmp_path / "pairs.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "pairs.csv"


def run(*arguments: object) -> Said:
    return Said("train", *map(str, arguments))


def test_a_model_is_trained_and_told(pairs: Path, model: Path, tmp_path: Path) -> None:
    with pairs.open("a") as file:
        file.write("pictures/none.png,gone\n")
    out = tmp_path / "out"
    told = run(pairs, "--model", model, "--out", out, "--steps", 2, "--batch", 4)
    assert told.refusal.startswith("mmrag: 1 of 13 pairs of ")
    assert "line 14: no file pictures/none.png" in told.refusal
    assert not out.exists()
    done = run(
        *(pairs, "--model", model, "--out", out, "--steps", 2, "--batch", 4, "--json"),
        *("--skip-bad", "--freeze", "text", "--micro-batch", 2, "--bf16", "--loss", "siglip"),
    )
    assert done.code == 3, done.err
    found = done.json
    assert found["data"]["left_out"] == ["line 14: no file pictures/none.png"]
    assert found["plan"]["freeze"] == ["text"]
    assert set(found["after"]["text to image"]["recall@1"]) == {"mean", "low", "high"}
    assert (out / "model.safetensors").is_file()


def test_what_is_shown_fits_a_narrow_terminal(pairs: Path, model: Path, tmp_path: Path) -> None:
    done = run(pairs, "--model", model, "--out", tmp_path / "out", "--steps", 1)
    assert done.code == 0, done.err
    assert "10 pairs to train on, 2 kept out" in done.err
    assert "text to image, recall@1" in done.out
    assert "…" not in done.out
    assert f"models: {{tiny: {tmp_path / 'out'}}}" in done.out


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--out", "o"], 2, "say which model"),
        (["--out", "o", "--space", "clip", "--profile", "offline"], 1, "has no space 'clip'"),
        (["--out", "o", "--space", "text", "--profile", "offline"], 1, "takes text, and these"),
        (["--out", "o", "--model", "./none"], 1, "no model folder at none"),
        (["--out", "pictures", "--model", "tiny"], 1, "is not empty; name another folder"),
        (["--out", "o", "--model", "tiny", "--resume"], 1, "no run to go on with"),
        (["--out", "o", "--model", "tiny", "--batch", "1"], 1, "batch must be at least 2"),
        (["--out", "o", "--model", "tiny", "--loss", "l2"], 2, "wants infonce or siglip"),
        (["--out", "o", "--model", "tiny", "--folder-names"], 1, "is a file; the names of"),
    ],
)  # fmt: skip
def test_bad_options_are_one_line(
    options: list[str], code: int, said: str, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pairs.parent)
    told = run("pairs.csv", *options)
    assert told.code == code
    assert said in " ".join(told.err.replace("│", " ").split())
    assert code == 2 or told.err.count("\n") == 1
    assert not (pairs.parent / "o").exists()


def test_ctrl_c_keeps_a_checkpoint_and_says_how_to_go_on(
    pairs: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(bar: TrainingProgress, entry: Progress) -> None:
        if entry.step == 3:
            signal.raise_signal(signal.SIGINT)

    out = tmp_path / "out"
    typed = ["train", str(pairs), "--model", str(model), "--out", str(out), "--steps", "9"]
    monkeypatch.setattr(TrainingProgress, "step", ask)
    monkeypatch.setattr("mmrag.cli.options.leave_now", sys.exit)  # tests go on
    monkeypatch.setattr(sys, "argv", ["mmrag", *typed])
    told = Said(*typed)
    assert told.code == 130
    assert told.err.endswith(
        f"go on with: mmrag {shlex.join(typed)} --resume\nmmrag: interrupted\n"
    )
    assert list(out.glob("training/checkpoint-00000003-*.pt"))
    assert Said(*typed, "--resume").code == 0


def test_pairs_of_an_index(index: MMRagIndex, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    done = index.export_pairs(out)
    assert (done.counts, done.missing) == ({"ocr": 1}, ())
    row = json.loads(out.read_text())
    assert row["image"] == {"path": str(folder / "poster.png"), "page": 1}
    assert "Clouds over the ridge" in row["text"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--kind", "video"], 2, "--kind wants image or audio"),
        ([], 1, "no index"),
    ],
)
def test_pairs_of_no_index(options: list[str], code: int, said: str, tmp_path: Path) -> None:
    where = ["--index", str(tmp_path / "none"), "--out", str(tmp_path / "p.jsonl")]
    told = Said("export", "pairs", *where, *options)
    assert told.code == code
    assert said in " ".join(told.err.replace("│", " ").split())
