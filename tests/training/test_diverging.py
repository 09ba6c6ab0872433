"""A loss or gradient that is no number ends the training, and what did it can be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from standins.linear_towers import Linear, sample

from mmrag.errors import TrainingDiverged
from mmrag.training.contrastive import PairBatch, TrainingOptions, train
from mmrag.training.resuming import Checkpoints


def breaks_at(step: int) -> object:
    """A sampler whose row 3 is no number at one step."""
    count = 0

    def draw(generator: torch.Generator) -> Sequence[PairBatch]:
        nonlocal count
        count += 1
        (batch,) = sample(generator)
        if count == step:
            batch.lefts[3, 0] = torch.inf
        names = [f"{n}.png" for n in range(len(batch))]
        return [PairBatch(batch.left, batch.right, batch.lefts, batch.rights, names)]

    return draw


def test_the_batch_is_saved_and_the_last_good_checkpoint_stays(tmp_path: Path) -> None:
    model, options = Linear(), TrainingOptions(steps=9, save_every=2)
    with pytest.raises(TrainingDiverged) as told:
        train(model, breaks_at(6), options, folder=tmp_path)  # type: ignore[arg-type]  # a sampler
    message = str(told.value)
    assert message.startswith("the loss of step 6 is nan (sight-sound), with vectors")
    assert "not finite for sight of 3.png;" in message
    assert "\n" not in message
    kept = torch.load(tmp_path / "diverged-step-00000006.pt", weights_only=True)
    assert kept["step"] == 6
    assert kept["losses"].keys() == {"sight-sound"}
    (batch,) = kept["batches"]
    assert batch["ids"][3] == "3.png"
    assert batch["not_finite"] == ["sight of 3.png"]
    assert batch["lefts"].isinf().nonzero().tolist() == [[3, 0]]
    state = Checkpoints(tmp_path).load()
    assert state is not None
    assert state["step"] == 4
    assert all(weight.isfinite().all() for weight in state["weights"].values())
    assert all(weight.isfinite().all() for weight in model.state_dict().values())


class Steep(Linear):
    """Its vectors are finite and their gradients are not."""

    def encode(self, modality: str, values: torch.Tensor) -> torch.Tensor:
        vectors = super().encode(modality, values)
        return vectors + (vectors - vectors.detach()).abs().sqrt()


def test_a_gradient_that_is_no_number_changes_no_weight(tmp_path: Path) -> None:
    model = Steep()
    with pytest.raises(TrainingDiverged, match="the gradient of step 1 is nan; its batch is in"):
        train(model, sample, TrainingOptions(steps=3), folder=tmp_path)
    for name, weight in Linear().state_dict().items():
        assert torch.equal(model.state_dict()[name], weight)


def test_a_batch_that_cannot_be_saved_does_not_hide_what_happened(tmp_path: Path) -> None:
    (tmp_path / "diverged-step-00000001.pt").mkdir()
    with pytest.raises(TrainingDiverged, match=r"loss of step 1 is nan.* could not be saved"):
        train(Linear(), breaks_at(1), TrainingOptions(steps=3), folder=tmp_path)  # type: ignore[arg-type]  # a sampler
