"""A fine-tuning run from its pairs to its folder. Imports torch."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial

from mmrag.embeddings.base import MediaEmbedding
from mmrag.errors import ConfigError
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.training.contrastive import Sampler, TrainingOptions, train
from mmrag.training.curves import plot
from mmrag.training.draws import HardNegatives, at_random, sampler
from mmrag.training.fine_tuned import Data, FineTuned, Listener, Plan
from mmrag.training.inputs import Inputs
from mmrag.training.model_card import model_card
from mmrag.training.pairs import Pairs
from mmrag.training.run_folder import RunFolder
from mmrag.training.several import joined
from mmrag.training.towers import Towers, exact_attention, trained_embedding
from mmrag.training.validating import both_sides, recalls

EVALUATIONS = 20
"""Of a run at most: each costs a pass over what is kept out, and a checkpoint."""
_TEMPERATURE = 0.07  # where training begins if the model does not say its own; CLIP's


def run(
    pairs: Pairs,
    plan: Plan,
    embedding: MediaEmbedding,
    folder: RunFolder,
    *,
    skip_bad: bool,
    resume: bool,
    listener: Listener,
) -> FineTuned:
    """Train, save, measure what was saved, and write the report; see `fine_tune`."""
    started = time.monotonic()
    if joined().count > 1:
        raise ConfigError(
            "fine-tuning runs in one process; for several, call mmrag.training.contrastive.train"
        )
    require("matplotlib", extra="train", purpose="draw the curves")  # now, not after hours
    sides = (pairs.left, pairs.right)
    freeze = [Modality(name) for name in plan.freeze]
    build = partial(Towers, sides=sides, freeze=freeze)
    towers = build(embedding, lora_rank=plan.lora, seed=plan.seed)
    with Inputs(embedding) as inputs, exact_attention():
        pairs = pairs.without(inputs.faults(pairs, listener.reading), skip_bad=skip_bad)
        training, validation = pairs.split(plan.validation)
        data = Data(
            pairs.origin,
            pairs.digest,
            len(training),
            len(validation),
            (len(set(training.groups)), len(set(validation.groups))),
            pairs.faults,
        )
        folder.begin({**asdict(plan), "pairs": data.digest}, resume=resume)
        for side in towers.frozen:
            values = [row.sides[sides.index(side)] for row in pairs.rows]
            inputs.fix(side, values, embedding.embed_batch_size)
        before = recalls(towers, validation, inputs)
        options = _options(plan, len(training), towers.trainable.temperature or _TEMPERATURE)
        listener.starting(data, options.steps)
        told = iter(() if resume else [before.watched])

        def evaluate() -> Mapping[str, float]:
            return next(told, None) or recalls(towers, validation, inputs).watched

        history = train(
            towers,
            _sampler(plan, options, training, towers, inputs),
            options,
            listener.step,
            evaluate=evaluate,
            folder=folder.work,
            resume=resume,
        )
        best = history.best or history.entries[-1]
        counts = towers.counts
        if plan.lora is not None:
            towers.merge()
        towers.trainable.save(folder.path, best.temperature)
        saved = trained_embedding(str(folder.path), sides)
        inputs.embedding = saved
        after = recalls(build(saved), validation, inputs)
    found = FineTuned(
        folder=folder.path,
        plan=plan,
        data=data,
        steps=history.entries[-1].step,
        best_step=best.step,
        stopped=history.stopped,
        weights=counts,
        temperature=best.temperature,
        before=before,
        after=after,
        seconds=time.monotonic() - started,
    )
    plot(history, folder.work / "curves.png")
    folder.card(model_card(found))
    folder.end(found.as_dict())
    return found


def _options(plan: Plan, rows: int, temperature: float) -> TrainingOptions:
    epoch = math.ceil(rows / plan.batch)
    steps = plan.steps or math.ceil(plan.epochs * rows / plan.batch)
    every = max(epoch, math.ceil(steps / EVALUATIONS))
    return TrainingOptions(
        steps=steps,
        learning_rate=plan.learning_rate,
        temperature=temperature,
        log_every=max(1, steps // 100),
        seed=plan.seed,
        micro_batch=plan.micro_batch,
        precision=plan.precision,
        loss=plan.loss,
        evaluate_every=every,
        patience=plan.patience,
        save_every=every,
    )


def _sampler(
    plan: Plan, options: TrainingOptions, pairs: Pairs, towers: Towers, inputs: Inputs
) -> Sampler:
    draw = at_random(pairs.groups, plan.batch)
    if not plan.hard_negatives:
        return sampler(pairs, inputs, draw, foresee=True)
    towers.negatives = HardNegatives(pairs.groups, every=options.evaluate_every)
    vectors = partial(both_sides, towers, pairs, inputs)
    harder = towers.negatives.draw_with(draw, vectors, plan.batch)
    return sampler(pairs, inputs, harder, foresee=False)
