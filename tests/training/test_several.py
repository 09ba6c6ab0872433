"""Several processes take the course of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from standins.linear_towers import Linear, held_out, sample

from mmrag.errors import ConfigError
from mmrag.training.batches import PairBatch, checked
from mmrag.training.contrastive import TrainingOptions, train
from mmrag.training.resuming import Checkpoints
from mmrag.training.several import Processes, joined

TESTS = Path(__file__).parents[1]


@given(st.integers(1, 200), st.integers(1, 9))
def test_parts_cover_a_batch_in_order_and_are_even(total: int, count: int) -> None:
    parts = [Processes(rank, count).rows(total) for rank in range(count)]
    rows = list(range(total))
    assert [row for part in parts for row in rows[part]] == rows
    sizes = [len(rows[part]) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_one_process_needs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    alone = joined()
    vectors = torch.randn(3, 2)
    assert (alone.main, alone.count) == (True, 1)
    assert alone.gathered(vectors, 3) is vectors
    assert (alone.all("x"), alone.any(True), alone.any(False)) == (["x"], True, False)


def test_a_batch_has_a_row_for_each_process() -> None:
    batch = PairBatch("a", "b", [1, 2, 3], [1, 2, 3])
    assert checked([batch], processes=3) == [batch]
    with pytest.raises(ConfigError, match="a batch of 3 where at least 4 pairs"):
        checked([batch], processes=4)


PROCESS = """
import json, sys
from dataclasses import replace
from pathlib import Path
import torch
from training.test_several import OPTIONS, course

torch.set_num_threads(1)
print(json.dumps(course(Path(sys.argv[1]), int(sys.argv[2]))), flush=True)
"""
OPTIONS = TrainingOptions(
    steps=12, learning_rate=0.02, log_every=1, evaluate_every=3, save_every=4, patience=9
)


def course(folder: Path, micro_batch: int) -> list[dict[str, float]]:
    """Losses and evaluations of a run; 16 pairs a step, or 15, which two do not share evenly."""
    model = Linear()

    def draw(generator: torch.Generator) -> list[PairBatch]:
        (batch,) = sample(generator)
        rows = 15 + int(torch.randint(2, (1,), generator=generator))
        groups = [0, 0, *range(1, rows - 1)]
        lefts, rights = batch.lefts[:rows], batch.rights[:rows]
        return [PairBatch(batch.left, batch.right, lefts, rights, groups=groups)]

    options = TrainingOptions(**{**vars(OPTIONS), "micro_batch": micro_batch or None})
    with torch.no_grad():  # as a process that began elsewhere; the main one's weights hold
        model.towers["sight"].bias += int(os.environ.get("RANK", "0"))
    history = train(model, draw, options, evaluate=lambda: held_out(model), folder=folder)
    return [{**entry.losses, **entry.evaluation} for entry in history.entries]


@pytest.mark.slow
@pytest.mark.parametrize("micro_batch", [0, 3])
def test_two_processes_take_the_course_of_one(tmp_path: Path, micro_batch: int) -> None:
    expected = course(tmp_path / "one", micro_batch)
    path = os.pathsep.join(map(str, (TESTS.parent, TESTS)))
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    script = tmp_path / "process.py"
    script.write_text(PROCESS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *launch, str(script), str(tmp_path / "two"), str(micro_batch)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert len(found) == 2
    assert found[0] == found[1]
    for one, other in zip(found[0], expected, strict=True):
        assert one == pytest.approx(other, abs=1e-5)
    written = [Checkpoints(tmp_path / name).load() for name in ("one", "two")]
    assert written[0] is not None
    assert written[1] is not None
    assert len(written[1]["randoms"]) == 2
    for name, weight in written[0]["weights"].items():
        assert torch.allclose(written[1]["weights"][name], weight, atol=1e-5)
