"""Checkpoints: what is read and written, what is refused, and how much memory that takes."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mmrag.embeddings.imagebind import checkpoint
from mmrag.embeddings.imagebind.config import ImageBindConfig, TextTower, Tower
from mmrag.embeddings.imagebind.model import ImageBindModel
from mmrag.errors import CheckpointMismatch, ModelUnavailable

ROOT = Path(__file__).parents[3]
BIAS_K = "modality_trunks.audio.blocks.1.attn.bias_k"


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """The checkpoint folder again, to be changed."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def rewritten(folder: Path, change: dict[str, torch.Tensor | None]) -> Path:
    """The folder with weights replaced, added, or, where None, left out."""
    state = checkpoint._mapped(folder / checkpoint.WEIGHTS)
    kept = {**state, **change}
    save_file(
        {name: value.clone() for name, value in kept.items() if value is not None},
        folder / checkpoint.WEIGHTS,
    )
    return folder


def test_what_is_written_is_read_again(folder: Path, model: ImageBindModel) -> None:
    wanted = model.state_dict()
    for path in (folder, folder / checkpoint.WEIGHTS):
        loaded = checkpoint.load(path)
        assert loaded.config == model.config
        assert not loaded.training
        found = loaded.state_dict()
        assert list(found) == list(wanted)
        assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    written = {"config.json", "model.safetensors", "tokenizer.json"}
    assert {file.name for file in folder.iterdir()} == written


def test_pickled_weights_are_read_as_well(
    copy: Path, model: ImageBindModel, tmp_path: Path
) -> None:
    (copy / checkpoint.WEIGHTS).unlink()
    torch.save(model.state_dict(), copy / "imagebind_tiny.pth")
    for path in (copy, copy / "imagebind_tiny.pth"):
        found = checkpoint.load(path).state_dict()
        assert all(torch.equal(found[k], v) for k, v in model.state_dict().items())


def test_weights_are_rounded_to_bfloat16_and_scales_are_not(
    folder: Path, model: ImageBindModel
) -> None:
    found = checkpoint.load(folder, dtype=torch.bfloat16).state_dict()
    for name, value in model.state_dict().items():
        assert torch.equal(found[name], value.bfloat16() if value.ndim else value), name


def test_the_file_may_change_once_it_is_loaded(copy: Path, model: ImageBindModel) -> None:
    loaded = checkpoint.load(copy)
    file = copy / checkpoint.WEIGHTS
    with file.open("r+b") as handle:  # in place: a weight still mapped from it would change
        handle.write(bytes(file.stat().st_size))
    found = loaded.state_dict()
    assert all(torch.equal(found[k], v) for k, v in model.state_dict().items())


def test_missing_weights_are_named(copy: Path) -> None:
    rewritten(copy, {BIAS_K: None, "modality_heads.text.proj.1.weight": None})
    message = rf"2 missing: .*{BIAS_K}, modality_heads.text.proj.1.weight\).*fetched again"
    with pytest.raises(CheckpointMismatch, match=message):
        checkpoint.load(copy)


def test_weights_of_another_size_are_named(copy: Path) -> None:
    rewritten(copy, {BIAS_K: torch.zeros(1, 1, 25)})
    message = rf"1 of other sizes: {BIAS_K} is \(1, 1, 25\) instead of \(1, 1, 24\)"
    with pytest.raises(CheckpointMismatch, match=message):
        checkpoint.load(copy)


def test_unknown_weights_are_named(copy: Path) -> None:
    rewritten(copy, {"modality_trunks.smell.weight": torch.zeros(1)})
    with pytest.raises(CheckpointMismatch, match=r"1 unknown: modality_trunks\.smell\.weight"):
        checkpoint.load(copy)


def test_without_its_sizes_a_small_model_is_no_huge_one(copy: Path) -> None:
    (copy / checkpoint.CONFIG).unlink()
    message = r"missing: .*modality_trunks\.vision\.blocks.*, …; \d+ of other sizes: .*config\.json"
    with pytest.raises(CheckpointMismatch, match=message):
        checkpoint.load(copy)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_another_architecture_is_named(name: str, tmp_path: Path) -> None:
    state = {"text_model.embeddings.position_ids": torch.zeros(1, 77)}
    if name.endswith("bin"):
        torch.save(state, tmp_path / name)
    else:
        save_file(state, tmp_path / name)
    (tmp_path / "config.json").write_text('{"model_type": "clip"}')
    message = r"another architecture than ImageBind.*\(text_model\.embeddings\.position_ids\)"
    with pytest.raises(CheckpointMismatch, match=message):
        checkpoint.load(tmp_path)


@pytest.mark.parametrize("name", ["imagebind_huge.pth", "model.safetensors"])
def test_damaged_files_are_named(name: str, copy: Path, model: ImageBindModel) -> None:
    file = copy / name
    if name.endswith("pth"):
        torch.save(model.state_dict(), file)
    for damaged in (file.read_bytes()[:5000], b"<html>404</html>", b""):
        file.write_bytes(damaged)
        with pytest.raises(CheckpointMismatch, match=rf"{name} cannot be read .*fetch it again"):
            checkpoint.load(file)


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path(str(tmp_path / "harm")).touch, ()  # type: ignore[return-value]  # on purpose

    torch.save({"weight": Harm()}, tmp_path / "harmful.pth")
    with pytest.raises(CheckpointMismatch, match="cannot be read as weights"):
        checkpoint.load(tmp_path / "harmful.pth")
    assert not (tmp_path / "harm").exists()


def test_pickles_of_something_else_are_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {}, "epoch": 3}, tmp_path / "training.pth")
    with pytest.raises(CheckpointMismatch, match="holds no weights by name"):
        checkpoint.load(tmp_path / "training.pth")


def test_sizes_that_cannot_be_read_are_named(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    for wrong in (
        {"model_type": "imagebind"},
        {**config, "vision": {**config["vision"], "heads": 5}},
        {**config, "smell": 3},
    ):
        (copy / "config.json").write_text(json.dumps(wrong))
        with pytest.raises(CheckpointMismatch, match="does not hold the sizes of a model"):
            checkpoint.load(copy)


def test_where_there_are_no_weights_or_several(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"no ImageBind weights at .*absent"):
        checkpoint.load(tmp_path / "absent")
    with pytest.raises(ModelUnavailable, match="holds no file of weights"):
        checkpoint.load(tmp_path)
    for name in ("one.safetensors", "two.safetensors"):
        shutil.copy(folder / checkpoint.WEIGHTS, tmp_path / name)
    with pytest.raises(CheckpointMismatch, match=r"name one: one\.safetensors, two\.safetensors"):
        checkpoint.load(tmp_path)
    shutil.copy(folder / checkpoint.WEIGHTS, tmp_path)
    assert checkpoint.weights_file(tmp_path) == tmp_path / checkpoint.WEIGHTS


def test_the_licence_of_metas_weights_is_said_at_load(
    metas: ImageBindConfig, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoint.save_pretrained(ImageBindModel.random(metas), tmp_path / "metas")
    with caplog.at_level(logging.WARNING, "mmrag"):
        checkpoint.load(folder)  # under another licence
        assert caplog.records == []
        checkpoint.load(tmp_path / "metas")
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("mmrag", "WARNING")
    assert "CC BY-NC-SA 4.0" in record.getMessage()


MEASURED = """
import sys, torch
from mmrag.embeddings.imagebind import checkpoint
def peak():
    with open("/proc/self/status") as rows:
        return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM")) / 1024
checkpoint.load(sys.argv[1], dtype=torch.bfloat16)  # a tiny one: what torch imports is not counted
before = peak()
model = checkpoint.load(sys.argv[2], dtype=torch.bfloat16)
held = sum(t.numel() * t.element_size() for t in model.state_dict().values())
print(peak() - before, held / 2**20)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux' /proc")
@pytest.mark.parametrize("name", ["model.safetensors", "model.pth"])
def test_loading_takes_little_more_memory_than_the_model(
    name: str, folder: Path, tmp_path: Path
) -> None:
    small = Tower(16, 1, 2, (1, 16, 16), 4, 4)
    middling = ImageBindConfig(
        dimension=16,
        vision=Tower(512, 12, 4, (3, 32, 32), 8, 8),
        text=TextTower(16, 1, 2, 12, 600),
        audio=small,
        depth=small,
        thermal=small,
        imu=Tower(16, 1, 2, (6, 40), 8, 8),
        licence="Apache-2.0",
    )
    model = ImageBindModel.random(middling)
    checkpoint.save_pretrained(model, tmp_path)
    if name == "model.pth":
        torch.save(model.state_dict(), tmp_path / name)
        (tmp_path / checkpoint.WEIGHTS).unlink()
    command = [sys.executable, "-c", MEASURED, str(folder), str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    grown, weights = map(float, run.stdout.split())
    assert weights == pytest.approx(73, abs=3)  # MiB, of 146 on disk
    assert grown < weights + 50  # and not 146 more
