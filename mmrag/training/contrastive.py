"""A small trainer that brings the vectors of paired inputs together; any modalities, any pairs.

Used for the tiny model and for fine-tuning: parameters that do not require gradients stay as they
are, so towers can be frozen (as ImageBind binds each modality to a frozen image tower, Girdhar et
al. 2023). Imports torch.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mmrag.errors import ConfigError
from mmrag.training.batches import Encoder, Evaluate, PairBatch, Sampler
from mmrag.training.history import History, Progress
from mmrag.training.interrupting import waiting
from mmrag.training.options import TrainingOptions
from mmrag.training.run import Run
from mmrag.training.several import joined

__all__ = [
    "Encoder",
    "Evaluate",
    "History",
    "PairBatch",
    "Progress",
    "Sampler",
    "TrainingOptions",
    "train",
]


def train(
    model: Encoder,
    sampler: Sampler,
    options: TrainingOptions,
    progress: Callable[[Progress], None] | None = None,
    *,
    evaluate: Evaluate | None = None,
    folder: Path | None = None,
    resume: bool = False,
) -> History:
    """Train `model` in place; it is in evaluation mode afterwards.

    A step minimises the mean of the loss over the batches that `sampler` gives. The same seed,
    model, machine and number of threads give the same weights. With `evaluate` the model ends with
    the weights of the best evaluation, the one before the first step included; without, with those
    of the last step.

    Under `accelerate launch` or `torchrun` each process calls this alike and encodes its part of
    each batch; the main one evaluates and writes, in a folder that all can read.

    Args:
        folder: gets history.jsonl and the last two checkpoints. A signal that asks to end then
            waits until the step in hand is saved.
        resume: go on from the latest checkpoint in `folder`, as if nothing had happened: with the
            same options, model and data all numbers are those of a run that was not interrupted.
            Without a checkpoint the run begins anew.

    Raises:
        ConfigError: no parameter of the model requires gradients; a batch nothing can be learnt
            from; options that need `evaluate` or `folder`; a folder with a checkpoint and no
            `resume`, or a checkpoint of other options or another model.
        InputError: the folder cannot be written to.
        TrainingDiverged: a loss or gradient is not finite; the batch is saved in `folder`.
        KeyboardInterrupt: after a checkpoint was saved, if there is a folder.
    """
    if options.evaluate_every and evaluate is None:
        raise ConfigError(f"evaluate_every is {options.evaluate_every} without anything to ask")
    if folder is None and (options.save_every or resume):
        raise ConfigError("checkpoints need a folder; found save_every or resume without one")
    run = Run(model, options, joined(), progress, evaluate, folder)
    run.begin(resume)
    if folder is None:
        run.go_on(sampler, [])
    else:
        with waiting() as asked:
            stopped = run.go_on(sampler, asked)
        if stopped:  # in another process, or by somebody whose handler raises nothing
            raise KeyboardInterrupt
    if run.best is not None:
        run.learner.load_weights(run.best)
    model.train(False)
    return run.history
