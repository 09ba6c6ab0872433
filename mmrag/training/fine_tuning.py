"""Fine-tuning for users: pairs and a model in, a folder out that the model's embedding loads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from mmrag.embeddings.catalogue import MODELS
from mmrag.embeddings.hub import fetch_missing
from mmrag.errors import ConfigError
from mmrag.modalities import SENSORS, Modality
from mmrag.training.fine_tuned import FineTuned, Listener, Plan
from mmrag.training.pair_files import read_pairs
from mmrag.training.pairs import Pairs
from mmrag.training.run_folder import RunFolder

LORA_FACTOR = 10
"""How much higher LoRA's learning rate is than that of whole towers, unless one is given (Schulman
et al. 2025, "LoRA Without Regret", found the best ones apart by about that)."""


def fine_tune(
    pairs: str | Path | Pairs,
    out: str | Path,
    *,
    model: str,
    epochs: float = 5.0,
    steps: int | None = None,
    batch: int = 64,
    micro_batch: int | None = None,
    learning_rate: float | None = None,
    freeze: Sequence[str] | None = None,
    lora: int | None = None,
    hard_negatives: bool = False,
    precision: Literal["fp32", "bf16"] = "fp32",
    loss: Literal["infonce", "siglip"] = "infonce",
    patience: int = 0,
    validation: float = 0.1,
    seed: int = 0,
    columns: Sequence[str] | None = None,
    folder_names: bool = False,
    skip_bad: bool = False,
    resume: bool = False,
    listener: Listener | None = None,
) -> FineTuned:
    """Train a model on pairs of pictures, recordings and texts that belong together.

    Some pairs are kept out of training; how often they find each other is measured before, on the
    way, and in the end, with what was written to the folder. The best weights are kept.

    Args:
        pairs: a file or folder as `mmrag train --help` describes, or pairs that were read.
        out: folder to make. It holds the model, a card (README.md), and `training/` with the
            history, its curves and the report; `models: {clip: FOLDER}` in mmrag.yaml uses it.
        model: a local folder, a name of `mmrag models list`, or a hub id: CLIP, MetaCLIP 2, SigLIP,
            CLAP, ImageBind or "tiny".
        epochs: how often each pair is seen, on average; `steps` counts batches instead.
        batch: pairs that are told apart at once; more is better.
        micro_batch: of these, how many are held in memory at once, for a second pass; all if None.
        learning_rate: the highest; None is what suits the model, 1e-5 for most, and ten times that
            with LoRA.
        freeze: towers that stay as they are: "text", "image", "audio". None is none, but for
            ImageBind's image tower, which binds the others.
        lora: rank of low-rank changes that are trained in place of the weights.
        hard_negatives: fill half of each batch with answers that the model mistakes now.
        patience: evaluations without a better recall@1 after which training stops; 0 for never.
            There is one an epoch, and 20 at most.
        validation: share of the pairs that is kept out.
        columns, folder_names, skip_bad: as of `mmrag train`.
        resume: go on with a run in `out` that was interrupted, with the same options.
        listener: told how it goes.

    Raises:
        InputError: pairs that cannot be used, or `out` that is not empty.
        ModelUnavailable: no weights here, and the hub is out of reach.
        ConfigError: options that do not fit each other or the model, or another run in `out`.
        TrainingDiverged: the loss became no number; `out` has the batch.
        KeyboardInterrupt: asked to stop; `out` has a checkpoint to go on from.
    """
    if not isinstance(pairs, Pairs):
        pairs = read_pairs(pairs, columns=columns, folder_names=folder_names, skip_bad=skip_bad)
    _check(batch, validation, epochs, lora)
    from mmrag.training.fine_tuning_run import run
    from mmrag.training.several import joined
    from mmrag.training.towers import trained_embedding

    joined().by_main(lambda: fetch_missing([model]))
    embedding = trained_embedding(model, (pairs.left, pairs.right))
    trainable = embedding.trainable()
    if freeze is None:
        freeze = [side.value for side in (pairs.left, pairs.right) if side is trainable.anchor]
    rate = learning_rate or trainable.learning_rate * (LORA_FACTOR if lora else 1)
    plan = Plan(
        model=model,
        revision=embedding.weights.revision,
        space=trainable.space,
        licence=_licence(model, trainable.licence),
        sides=(pairs.left.value, pairs.right.value),
        freeze=tuple(_tower(name).value for name in freeze),
        batch=batch,
        micro_batch=micro_batch,
        epochs=epochs,
        steps=steps,
        learning_rate=rate,
        lora=lora,
        hard_negatives=hard_negatives,
        precision=precision,
        loss=loss,
        patience=patience,
        validation=validation,
        seed=seed,
    )
    folder = RunFolder(Path(out))
    joined().by_main(lambda: folder.check(resume=resume))
    return run(
        pairs,
        plan,
        embedding,
        folder,
        skip_bad=skip_bad,
        resume=resume,
        listener=listener or Listener(),
    )


def _licence(model: str, stated: str) -> str:
    """What the catalogue knows of a model's licence, else what its folder says."""
    return MODELS[model].licence if model in MODELS else stated


def _check(batch: int, validation: float, epochs: float, lora: int | None) -> None:
    rules: Mapping[str, tuple[float | None, bool, str]] = {
        "batch": (
            batch,
            batch >= 2,
            "at least 2: a pair is learnt against the others of its batch",
        ),
        "validation": (validation, 0 < validation < 1, "a share of the pairs, above 0 and below 1"),
        "epochs": (epochs, 0 < epochs < math.inf, "above 0"),
        "lora": (lora, lora is None or lora >= 1, "a rank of at least 1"),
    }
    for name, (found, met, rule) in rules.items():
        if not met:
            raise ConfigError(f"{name} must be {rule}; found {found}")


def _tower(name: str) -> Modality:
    towers = (Modality.TEXT, Modality.IMAGE, Modality.AUDIO, *SENSORS)
    for tower in towers:
        if tower.value == name:
            return tower
    known = ", ".join(tower.value for tower in towers)
    raise ConfigError(f"no tower {name!r} to freeze; there are {known}")
