"""Fine-tuning as a whole: it learns, what it writes loads and is searched with, runs go on."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from standins import tiny_checkpoints

from mmrag import MMRagIndex, Settings, fine_tune
from mmrag.embeddings.catalogue import describe
from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.embeddings.tiny_model import load, save
from mmrag.errors import ConfigError, InputError, TrainingDiverged
from mmrag.training.fine_tuned import FineTuned, Listener
from mmrag.training.history import HISTORY, Progress

SHORT: dict[str, Any] = {"steps": 12, "batch": 16, "validation": 0.3}


class StopAt(Listener):
    """Asks to end, as Ctrl-C does, once a step is done."""

    def __init__(self, step: int) -> None:
        self.at = step

    def step(self, entry: Progress) -> None:
        if entry.step == self.at:
            signal.raise_signal(signal.SIGINT)


def entries(out: Path) -> list[dict[str, Any]]:
    lines = (out / "training" / HISTORY).read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "rows_per_second"} for line in lines]


@pytest.fixture(scope="module")
def done(stamps: Path, one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> FineTuned:
    out = tmp_path_factory.mktemp("tuned") / "out"
    return fine_tune(stamps, out, model="tiny", **{**SHORT, "batch": 32})


def test_pairs_kept_out_are_found_more_often(done: FineTuned) -> None:
    before, after = done.before.watched, done.after.watched
    assert next(iter(after)) == "recall@1"
    assert after["recall@1"] > before["recall@1"] + 0.2
    assert done.after.gained_on(done.before)["text to image"]["recall@1"].low > 0
    assert done.data.training + done.data.validation == 48


def test_the_folder_has_all_of_it_and_no_checkpoints(done: FineTuned) -> None:
    found = {p.relative_to(done.folder).as_posix() for p in done.folder.rglob("*") if p.is_file()}
    assert found == {
        "README.md", "config.json", "model.safetensors",
        *(f"training/{n}" for n in ("curves.png", "history.jsonl", "report.json", "run.json")),
    }  # fmt: skip
    assert json.loads((done.folder / "training" / "report.json").read_text()) == json.loads(
        json.dumps(done.as_dict())
    )
    config = json.loads((done.folder / "config.json").read_text())
    assert config["licence"] == "Apache-2.0"
    assert config["last_step"]["temperature"] == done.temperature
    card = (done.folder / "README.md").read_text()
    for told in ("license_name: Apache-2.0", done.data.digest, "fine-tuned on 3",
                 f"models: {{tiny: {done.folder}}}", "| text to image | recall@1 |"):  # fmt: skip
        assert told in card
    assert max(map(len, card.splitlines())) < 200


def test_the_saved_model_is_the_one_that_was_measured(done: FineTuned, stamps: Path) -> None:
    embedding = TinyEmbedding(str(done.folder), dtype="float32")
    names = sorted(path.stem for path in stamps.glob("*.png"))
    images = embedding.embed_images([stamps / f"{name}.png" for name in names])
    texts = embedding.embed_texts([(stamps / f"{name}.txt").read_text() for name in names])
    first = (texts @ images.T).argmax(axis=1) == np.arange(len(names))
    assert first.mean() > 0.7, "among all 48, by what any user of the folder has"


def test_an_index_is_made_and_searched_with_it(
    done: FineTuned, stamps: Path, tmp_path: Path
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("00.png", "17.png", "33.png"):
        (pictures / name).write_bytes((stamps / name).read_bytes())
    settings = Settings(profile="tiny", models={"tiny": str(done.folder)})
    with MMRagIndex(tmp_path / "index", settings=settings) as index:
        index.index(pictures)
        model = next(row.model for row in index.manifest.spaces if row.space == "tiny")
        assert model == str(done.folder)
        hits = index.search(image=stamps / "17.png", k=3).hits
        assert hits[0].source.endswith("17.png")


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(
    stamps: Path, micro: Path, tmp_path: Path
) -> None:
    options = {**SHORT, "model": str(micro), "hard_negatives": True, "lora": 2, "patience": 9}
    whole = fine_tune(stamps, tmp_path / "whole", **options)
    with pytest.raises(KeyboardInterrupt):
        fine_tune(stamps, tmp_path / "parts", listener=StopAt(7), **options)
    with pytest.raises(InputError, match="is not empty; go on with --resume, or name another"):
        fine_tune(stamps, tmp_path / "parts", **options)
    with pytest.raises(ConfigError, match=r"is another .*batch was 16, is 8.*; repeat its options"):
        fine_tune(stamps, tmp_path / "parts", resume=True, **{**options, "batch": 8})
    parts = fine_tune(stamps, tmp_path / "parts", resume=True, **options)
    assert entries(parts.folder) == entries(whole.folder)
    weights = [(one.folder / "model.safetensors").read_bytes() for one in (whole, parts)]
    assert weights[0] == weights[1]
    assert parts.before.watched == whole.before.watched
    with pytest.raises(InputError, match=r"the run in .* is done; name another folder"):
        fine_tune(stamps, tmp_path / "parts", resume=True, **options)


def test_a_frozen_tower_stays_to_the_bit(stamps: Path, one_thread: None, tmp_path: Path) -> None:
    found = fine_tune(stamps, tmp_path / "out", model="tiny", freeze=["image"], **SHORT)
    base, tuned = (TinyEmbedding(str(m), dtype="float32") for m in ("tiny", found.folder))
    picture, text = [stamps / "03.png"], ["a small red ring"]
    np.testing.assert_array_equal(base.embed_images(picture), tuned.embed_images(picture))
    assert np.abs(base.embed_texts(text) - tuned.embed_texts(text)).max() > 1e-3
    assert "Trained: text tower;" in (found.folder / "README.md").read_text()


def test_broken_media_stop_it_or_are_left_out(stamps: Path, micro: Path, tmp_path: Path) -> None:
    rows = [f"{stamps}/{n:02d}.png,text {n}" for n in range(8)]
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    (tmp_path / "p.csv").write_text("\n".join(["image,text", *rows[:3], "broken.png,x", *rows[3:]]))
    out, options = tmp_path / "out", {**SHORT, "steps": 1, "model": str(micro)}
    with pytest.raises(InputError, match=r"1 of 9 pairs .* line 5: .*broken.png"):
        fine_tune(tmp_path / "p.csv", out, **options)
    assert not out.exists()
    found = fine_tune(tmp_path / "p.csv", out, skip_bad=True, **options)
    assert [fault.place for fault in found.data.left_out] == ["line 5"]
    assert "line 5" in (out / "README.md").read_text()


def test_a_loss_that_is_no_number_ends_it_with_the_batch_saved(
    stamps: Path, micro: Path, tmp_path: Path
) -> None:
    model = load(micro)
    with torch.no_grad():
        model.towers["text"].head.weight[0, 0] = torch.nan
    save(model, tmp_path / "broken", {})
    with pytest.raises(TrainingDiverged, match=r"step 1 .*training/diverged-step-"):
        fine_tune(stamps, tmp_path / "out", model=str(tmp_path / "broken"), **SHORT)
    assert list((tmp_path / "out" / "training").glob("diverged-step-*.pt"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch": 1}, "batch must be at least 2: a pair is learnt against the others"),
        ({"validation": 1.0}, "validation must be a share of the pairs"),
        ({"epochs": 0}, "epochs must be above 0"),
        ({"lora": 0}, "lora must be a rank of at least 1"),
        ({"freeze": ["sound"]}, "no tower 'sound' to freeze; there are text, image, audio"),
        ({"freeze": ["text", "image"]}, "every tower of these pairs is frozen"),
        ({"freeze": ["audio"]}, "audio is no side of these pairs, which are of image and text"),
    ],
)
def test_options_that_cannot_be_are_refused(
    options: dict[str, Any], said: str, stamps: Path, micro: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=said):
        fine_tune(stamps, tmp_path / "out", **{"model": str(micro), **options})
    assert not (tmp_path / "out").exists()


def test_a_clip_is_fine_tuned_by_lora_and_loads_without_it(
    stamps: Path, one_thread: None, tmp_path: Path
) -> None:
    base = tiny_checkpoints.save_clip(tmp_path / "clip")
    options = {**SHORT, "lora": 2, "micro_batch": 5, "precision": "bf16", "learning_rate": 1e-2}
    found = fine_tune(stamps, tmp_path / "out", model=str(base), **options)
    assert found.weights[0] < found.weights[1] / 4
    keys = [set(load_file(path / "model.safetensors")) for path in (base, found.folder)]
    assert keys[0] == keys[1]
    for name in ("tokenizer.json", "preprocessor_config.json"):
        assert (found.folder / name).read_bytes() == (base / name).read_bytes()
    assert describe(str(found.folder)).dimension == 16
    assert found.plan.space == "clip"
