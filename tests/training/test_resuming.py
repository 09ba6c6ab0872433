"""A run that ended anywhere goes on as if nothing had happened."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from standins.linear_towers import Linear, held_out, sample

from mmrag.errors import ConfigError, InputError
from mmrag.training.contrastive import History, PairBatch, Progress, TrainingOptions, train
from mmrag.training.history import HISTORY
from mmrag.training.resuming import Checkpoints

TESTS = Path(__file__).parents[1]
OPTIONS = TrainingOptions(
    steps=24, learning_rate=0.02, log_every=1, evaluate_every=4, save_every=5, micro_batch=7
)


def noisy(generator: torch.Generator) -> Sequence[PairBatch]:
    """Pairs for which every generator of the process was asked."""
    (batch,) = sample(generator)
    noise = 0.1 * random.random() + 0.1 * np.random.random() + 0.1 * torch.rand(16, 6)
    return [PairBatch(batch.left, batch.right, batch.lefts + noise, batch.rights)]


def run(
    folder: Path | None,
    options: TrainingOptions = OPTIONS,
    *,
    resume: bool = False,
    progress: object = None,
) -> tuple[Linear, History]:
    random.seed(1)
    np.random.seed(1)
    model = Linear(dropout=0.2)
    return model, train(
        model,
        noisy,
        options,
        progress,  # type: ignore[arg-type]  # a callback of the test
        evaluate=lambda: held_out(model),
        folder=folder,
        resume=resume,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run that was not interrupted."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def whole(folder: Path) -> tuple[Linear, History]:
    """What a run that was not interrupted came to."""
    return run(folder)


@pytest.fixture(autouse=True)
def the_same_afterwards() -> Iterator[None]:
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def assert_same(found: tuple[Linear, History], whole: tuple[Linear, History]) -> None:
    assert found[1] == whole[1]
    for name, weight in whole[0].state_dict().items():
        assert torch.equal(found[0].state_dict()[name], weight), name


KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from training.test_resuming import run

torch.set_num_threads(1)
write, saved = torch.save, 0

def cut_off(state, file):
    global saved
    saved += 1
    write(state, file)
    if saved == 3:
        file.flush()
        os.truncate(file.fileno(), file.tell() // 2)
        os.kill(os.getpid(), signal.SIGKILL)

torch.save = cut_off
run(Path(sys.argv[1]))
"""


def test_a_killed_run_goes_on_to_the_same_end(
    tmp_path: Path, whole: tuple[Linear, History], one_thread: None
) -> None:
    """SIGKILL in the middle of the third checkpoint, which is that of step 15."""
    path = os.pathsep.join(map(str, (TESTS.parent, TESTS)))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], env=environment, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert (tmp_path / "checkpoint.part").stat().st_size > 0
    assert [path.name[:19] for path in Checkpoints(tmp_path).paths()] == [
        "checkpoint-00000010",
        "checkpoint-00000005",
    ]
    told: list[Progress] = []
    model, history = run(tmp_path, resume=True, progress=told.append)
    assert [entry.step for entry in told] == list(range(11, 25))
    assert history.best_step == whole[1].best_step
    for found, expected in zip(history.entries, whole[1].entries, strict=True):
        assert found.losses == pytest.approx(expected.losses, abs=1e-6)
        assert found.evaluation == pytest.approx(expected.evaluation, abs=1e-6)
    for name, weight in whole[0].state_dict().items():
        assert torch.allclose(model.state_dict()[name], weight, atol=1e-6)
    lines = (tmp_path / HISTORY).read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(history.entries)
    assert not (tmp_path / "checkpoint.part").exists()


def interrupted(folder: Path, step: int, number: int = signal.SIGINT) -> None:
    def stop(entry: Progress) -> None:
        if entry.step == step:
            signal.raise_signal(number)

    with pytest.raises(KeyboardInterrupt):
        run(folder, progress=stop)


def test_ctrl_c_saves_the_step_in_hand(
    tmp_path: Path, whole: tuple[Linear, History], capfd: pytest.CaptureFixture[str]
) -> None:
    interrupted(tmp_path, 13)
    assert "finishing the step in hand" in capfd.readouterr().err
    assert [path.name[:19] for path in Checkpoints(tmp_path).paths()] == [
        "checkpoint-00000013",
        "checkpoint-00000010",
    ]
    assert_same(run(tmp_path, resume=True), whole)
    told: list[Progress] = []
    assert_same(run(tmp_path, resume=True, progress=told.append), whole)  # it has ended already
    assert told == []


def test_what_the_caller_does_at_a_signal_is_done_after_saving(tmp_path: Path) -> None:
    saved: list[int] = []

    def leave(*of: object) -> None:
        saved.append(len(Checkpoints(tmp_path).paths()))

    before = signal.signal(signal.SIGTERM, leave)
    try:
        interrupted(tmp_path, 3, signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert saved == [1]


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    def twice(entry: Progress) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=twice)
    assert Checkpoints(tmp_path).paths() == []


def test_early_stopping_counts_on_after_a_break_and_the_best_weights_are_kept(
    tmp_path: Path,
) -> None:
    """What is watched gets worse from the start, so the best weights are the first ones."""
    options = replace(OPTIONS, evaluate_every=2, patience=3)

    def go(folder: Path, stop: int = -1, resume: bool = False) -> tuple[Linear, History]:
        def leave(entry: Progress) -> None:
            if entry.step == stop:
                signal.raise_signal(signal.SIGINT)

        model = Linear()

        def evaluate() -> dict[str, float]:
            return {"distance": -held_out(model)["cosine"]}

        history = train(
            model, sample, options, leave, evaluate=evaluate, folder=folder, resume=resume
        )
        return model, history

    expected = go(tmp_path / "whole")
    assert (expected[1].stopped, expected[1].best_step) == ("early", 0)
    assert [entry.step for entry in expected[1].evaluated] == [0, 2, 4, 6]
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "broken", stop=5)
    found = go(tmp_path / "broken", resume=True)
    assert_same(found, expected)
    assert torch.equal(found[0].towers["sight"].weight, Linear().towers["sight"].weight)


@pytest.fixture(scope="module")
def made(folder: Path, whole: tuple[Linear, History]) -> dict[str, bytes]:
    """The two checkpoints of that run, the latest first."""
    return {path.name: path.read_bytes() for path in Checkpoints(folder).paths()}


def put(made: dict[str, bytes], folder: Path) -> Path:
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return folder / next(iter(made))


def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    tmp_path: Path, made: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    latest = put(made, tmp_path)
    content = latest.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 3] ^= 1
    cuts = [content[:size] for size in range(0, len(content), len(content) // 20)]
    for damaged in (*cuts, content[:-1], content + b"\0", bytes(flipped)):
        latest.write_bytes(damaged)
        caplog.clear()
        with caplog.at_level(logging.WARNING, "mmrag"):
            state = Checkpoints(tmp_path).load()
        assert state is not None
        assert state["step"] == 20
        assert f"{latest} is damaged" in caplog.text


def test_a_run_goes_on_from_the_one_before_and_replaces_the_damaged(
    tmp_path: Path, made: dict[str, bytes], whole: tuple[Linear, History]
) -> None:
    latest = put(made, tmp_path)
    latest.write_bytes(latest.read_bytes()[:5000])
    assert_same(run(tmp_path, resume=True), whole)
    names = [path.name for path in Checkpoints(tmp_path).paths()]
    assert [name[:19] for name in names] == ["checkpoint-00000024", "checkpoint-00000020"]
    assert latest.name not in names


def test_when_all_are_damaged_it_is_said(tmp_path: Path, made: dict[str, bytes]) -> None:
    put(made, tmp_path)
    for name in made:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ConfigError, match=r"all 2 checkpoints in .* are damaged"):
        run(tmp_path, resume=True)


def test_another_run_is_refused_by_what_differs(tmp_path: Path, made: dict[str, bytes]) -> None:
    put(made, tmp_path)
    with pytest.raises(ConfigError, match=r"learning_rate was 0.02 and is 0.1, seed was 0 and is"):
        run(tmp_path, replace(OPTIONS, learning_rate=0.1, seed=3), resume=True)
    frozen = Linear()
    frozen.towers["smell"].requires_grad_(False)
    with pytest.raises(ConfigError, match=r"2 weights differ, the first is towers.smell.bias"):
        train(frozen, noisy, OPTIONS, evaluate=dict, folder=tmp_path, resume=True)
    with pytest.raises(ConfigError, match="holds checkpoints of a run; resume it"):
        run(tmp_path)


def test_a_checkpoint_of_another_format_is_refused(tmp_path: Path) -> None:
    Checkpoints(tmp_path).save(1, {"format": 0})
    with pytest.raises(ConfigError, match="its format is 0, this one reads 1"):
        run(tmp_path, resume=True)


def test_nothing_to_resume_begins_anew(
    tmp_path: Path, whole: tuple[Linear, History], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "mmrag"):
        assert_same(run(tmp_path / "new", resume=True), whole)
    assert "begins anew" in caplog.text


def test_folders_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot use .*file for training"):
        run(tmp_path / "file")
    for options, resume in ((OPTIONS, False), (replace(OPTIONS, save_every=0), True)):
        with pytest.raises(ConfigError, match="checkpoints need a folder"):
            run(None, options, resume=resume)
    with pytest.raises(InputError, match=r"cannot save a checkpoint in .*gone"):
        Checkpoints(tmp_path / "gone").save(1, {})
