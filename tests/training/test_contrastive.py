"""The trainer on a linear problem with a known answer, and what it promises of every model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from standins.linear_towers import Linear, sample
from torch import nn

from mmrag.errors import ConfigError, TrainingDiverged
from mmrag.training.contrastive import History, PairBatch, Progress, TrainingOptions, train
from mmrag.training.losses import info_nce


def run(options: TrainingOptions, **more: object) -> tuple[Linear, History]:
    model = Linear()
    return model, train(model, more.get("sampler", sample), options, more.get("progress"))  # type: ignore[arg-type]  # an option of the test


def test_the_loss_falls_and_partners_are_found() -> None:
    model, history = run(TrainingOptions(steps=150, learning_rate=0.02, log_every=50))
    first, last = history.entries[0], history.entries[-1]
    assert first.losses["sight-sound"] > 2.0
    assert last.losses["sight-sound"] < 0.5 * first.losses["sight-sound"]
    assert last.recalls["sight-sound"] > 0.8 > first.recalls["sight-sound"]
    assert not model.training


def test_the_recall_of_a_batch_knows_of_groups() -> None:
    """Rows that show the same are no wrong answers to each other, there as in the loss."""

    def twice(generator: torch.Generator) -> list[PairBatch]:
        (batch,) = sample(generator)
        lefts, rights = (torch.cat([side, side]) for side in (batch.lefts, batch.rights))
        rows = list(range(len(batch)))
        return [PairBatch(batch.left, batch.right, lefts, rights, groups=[*rows, *rows])]

    _, history = run(TrainingOptions(steps=150, learning_rate=0.02, log_every=150), sampler=twice)
    assert history.entries[-1].recalls["sight-sound"] > 0.8


def test_a_huge_rate_does_not_run_away_with_the_temperature() -> None:
    _, history = run(TrainingOptions(steps=30, learning_rate=1e3, log_every=1))
    assert all(0.01 <= entry.temperature <= 1000.1 for entry in history.entries)


def test_a_seed_repeats_every_number_and_another_does_not() -> None:
    (one, first), (two, again) = (run(TrainingOptions(steps=20, seed=5)) for _ in range(2))
    other, _ = run(TrainingOptions(steps=20, seed=6))
    assert first.entries == again.entries
    weights = [model.towers["sight"].weight for model in (one, two, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_the_rate_warms_up_and_falls_along_a_cosine() -> None:
    told: list[Progress] = []
    options = TrainingOptions(steps=40, learning_rate=0.01, warm_up=0.25, log_every=1)
    _, history = run(options, progress=told.append)
    assert told == history.entries
    assert [entry.step for entry in told] == list(range(1, 41))
    rates = [entry.learning_rate for entry in told]
    assert rates[:10] == pytest.approx([0.001 * n for n in range(1, 11)])
    falling = [0.005 * (1 + math.cos(math.pi * n / 30)) for n in range(30)]
    assert rates[10:] == pytest.approx(falling)


def test_three_steps_are_those_of_a_loop_written_out() -> None:
    model, history = run(TrainingOptions(steps=3, warm_up=0.0, clip_norm=1e9, log_every=1))
    plain, generator = Linear(), torch.Generator().manual_seed(0)
    scale = nn.Parameter(torch.tensor(1 / 0.07).log())
    # All have decay zero here, and matrices lose a share before each step instead.
    optimizer = torch.optim.Adam([*plain.parameters(), scale])
    for step in range(3):
        (batch,) = sample(generator)
        left = nn.functional.normalize(plain.encode("sight", batch.lefts), dim=1)
        right = nn.functional.normalize(plain.encode("sound", batch.rights), dim=1)
        shares = (scale.exp() * left @ right.T).log_softmax(1).diag()
        back = (scale.exp() * left @ right.T).log_softmax(0).diag()
        loss = -(shares.mean() + back.mean()) / 2
        assert loss.item() == pytest.approx(history.entries[step].losses["sight-sound"], abs=1e-5)
        rate = 0.001 * (0.5 + 0.5 * math.cos(math.pi * step / 3))
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in plain.parameters():
                if parameter.ndim > 1 and parameter.grad is not None:
                    parameter.mul_(1 - 0.05 * rate)
        optimizer.step()
        assert history.entries[step].temperature == pytest.approx(math.exp(-scale.item()), abs=1e-7)
    for name in ("sight", "sound"):
        assert torch.allclose(model.towers[name].weight, plain.towers[name].weight, atol=1e-6)


def test_the_temperature_has_a_floor_and_gradients_a_longest_length() -> None:
    _, history = run(TrainingOptions(steps=1, temperature=0.001))
    assert history.entries[-1].temperature == pytest.approx(0.01)
    # Adam divides by a gradient's size plus 1e-8, so one far smaller than that moves nothing.
    held, _ = run(TrainingOptions(steps=1, clip_norm=1e-14, weight_decay=0.0, warm_up=0.0))
    assert torch.allclose(held.towers["sight"].weight, Linear().towers["sight"].weight, atol=1e-8)


def test_steps_in_the_history() -> None:
    _, history = run(TrainingOptions(steps=45, log_every=20))
    assert [entry.step for entry in history.entries] == [1, 20, 40, 45]
    assert history.pairs == ("sight-sound",)


def test_what_is_frozen_or_not_asked_stays_as_it_is() -> None:
    model, before = Linear(), Linear()
    model.towers["sight"].requires_grad_(False)
    train(model, sample, TrainingOptions(steps=5))
    for name in ("sight", "smell"):
        assert torch.equal(model.towers[name].weight, before.towers[name].weight)
    assert not torch.equal(model.towers["sound"].weight, before.towers["sound"].weight)


class Indifferent(Linear):
    """Its vectors do not depend on its weights, so that nothing but decay moves them."""

    def encode(self, modality: str, values: torch.Tensor) -> torch.Tensor:
        return values[:, :4] + 0 * super().encode(modality, values)


def test_only_matrices_decay() -> None:
    model, before = Indifferent(), Indifferent()
    options = TrainingOptions(steps=1, learning_rate=0.1, weight_decay=0.5, warm_up=0.0)
    train(model, sample, options)
    for name in ("sight", "sound"):
        found, was = model.towers[name], before.towers[name]
        assert torch.allclose(found.weight, was.weight * (1 - 0.1 * 0.5))
        assert torch.equal(found.bias, was.bias)


def test_several_pairs_count_the_same() -> None:
    def two(generator: torch.Generator) -> Sequence[PairBatch]:
        (batch,) = sample(generator)
        return [batch, PairBatch("sight", "smell", batch.lefts, batch.rights)]

    model, history = run(TrainingOptions(steps=150, learning_rate=0.02, log_every=150), sampler=two)
    assert history.pairs == ("sight-sound", "sight-smell")
    assert max(history.entries[-1].losses.values()) < 1.5
    assert not model.training


def test_a_loss_that_is_no_number_ends_the_training() -> None:
    def broken(generator: torch.Generator) -> Sequence[PairBatch]:
        return [PairBatch("sight", "sound", torch.full((3, 6), torch.nan), torch.ones(3, 6))]

    with pytest.raises(TrainingDiverged, match="loss of step 1 is nan"):
        run(TrainingOptions(steps=3), sampler=broken)


def test_nothing_to_train_is_said() -> None:
    model = Linear()
    model.requires_grad_(False)
    with pytest.raises(ConfigError, match="frozen"):
        train(model, sample, TrainingOptions(steps=1))


def test_bf16_encodes_under_autocast_and_keeps_the_rest_in_full() -> None:
    seen: list[torch.dtype] = []

    class Watched(Linear):
        def encode(self, modality: str, values: torch.Tensor) -> torch.Tensor:
            vectors = super().encode(modality, values)
            seen.append(vectors.dtype)
            return vectors

    options = TrainingOptions(steps=100, learning_rate=0.02, log_every=1)
    model = Watched()
    half = train(model, sample, replace(options, precision="bf16", micro_batch=8))
    assert set(seen) == {torch.bfloat16}
    assert {weight.dtype for weight in model.state_dict().values()} == {torch.float32}
    full = train(Linear(), sample, options)
    pairs = list(zip(half.entries, full.entries, strict=True))
    differences = [abs(a.losses["sight-sound"] - b.losses["sight-sound"]) for a, b in pairs]
    assert 0 < differences[0] < 0.05
    assert half.entries[-1].losses["sight-sound"] < 0.5 * half.entries[0].losses["sight-sound"]
    # bfloat16 could not hold a step of the temperature, 0.3 % of it here
    changes = {entry.temperature for entry in half.entries}
    assert len(changes) == len(half.entries)


def test_the_loss_of_siglip_learns_its_bias_too() -> None:
    options = TrainingOptions(steps=150, learning_rate=0.02, log_every=50, loss="siglip")
    _, history = run(options)
    first, last = history.entries[0], history.entries[-1]
    assert first.losses["sight-sound"] > 5  # 10 a pair, since hardly any pair is thought right
    assert last.losses["sight-sound"] < 0.5 * first.losses["sight-sound"]
    assert last.recalls["sight-sound"] > 0.8 > first.recalls["sight-sound"]


def test_groups_reach_the_loss() -> None:
    def grouped(generator: torch.Generator) -> Sequence[PairBatch]:
        (batch,) = sample(generator)
        return [replace(batch, groups=[0] * 8 + list(range(8)))]

    (alone,) = run(TrainingOptions(steps=1))[1].entries
    (among,) = run(TrainingOptions(steps=1), sampler=grouped)[1].entries
    assert among.losses["sight-sound"] < alone.losses["sight-sound"] - 0.1


def test_batches_of_one_pair_of_modalities_are_averaged() -> None:
    seen: list[list[float]] = []

    def halves(generator: torch.Generator) -> Sequence[PairBatch]:
        (batch,) = sample(generator)
        parts = [
            replace(batch, lefts=batch.lefts[part], rights=batch.rights[part])
            for part in (slice(8), slice(8, 16))
        ]
        model = Linear()
        seen.append(
            [
                info_nce(
                    model.encode("sight", part.lefts), model.encode("sound", part.rights), 1 / 0.07
                ).item()
                for part in parts
            ]
        )
        return parts

    (entry,) = run(TrainingOptions(steps=1), sampler=halves)[1].entries
    assert entry.losses["sight-sound"] == pytest.approx(sum(seen[0]) / 2, abs=1e-5)
    assert seen[0][0] != pytest.approx(seen[0][1], abs=1e-2)


class Dropping(Linear):
    """A tower that drops out though it is frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.towers["sight"] = nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.9))
        self.towers["sight"].requires_grad_(False)


def test_frozen_parts_run_as_when_they_are_used() -> None:
    model = Dropping()
    dropout = model.towers["sight"][1]  # type: ignore[index]  # a Sequential
    told: list[tuple[bool, bool]] = []
    train(
        model,
        sample,
        TrainingOptions(steps=1),
        lambda _: told.append((dropout.training, model.towers["sound"].training)),
        evaluate=lambda: {"recall": 0.0},  # which is done in evaluation mode
    )
    assert told == [(False, True)] * 2


@pytest.mark.parametrize(
    ("batches", "told"),
    [
        ([], "the sampler gave no batch"),
        ([PairBatch("a", "b", [1], [1])], "a-b: a batch of 1 where at least 2 pairs are needed"),
        ([PairBatch("a", "b", [1, 2], [1])], "a-b: 2 lefts and 1 rights"),
        ([PairBatch("a", "b", [1, 2], [1, 2], ids=["x"])], "a-b: 2 lefts and 1 ids"),
        ([PairBatch("a", "b", [1, 2], [1, 2], groups=[1, 2, 3])], "a-b: 2 lefts and 3 groups"),
    ],
)
def test_batches_nothing_can_be_learnt_from_are_refused_before_anything(
    batches: list[PairBatch], told: str
) -> None:
    asked: list[str] = []

    def evaluate() -> dict[str, float]:
        asked.append("evaluated")
        return {"recall": 0.0}

    with pytest.raises(ConfigError, match=told):
        train(Linear(), lambda _: batches, TrainingOptions(steps=1), evaluate=evaluate)
    assert asked == []
