"""A run of training from its first step, or from a checkpoint, to its last. Imports torch."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrag.errors import ConfigError, InputError
from mmrag.extras import require
from mmrag.training import randomness
from mmrag.training.batches import Encoder, Evaluate, Sampler, checked
from mmrag.training.diverging import diverged
from mmrag.training.history import History, Progress, append_line, write_lines
from mmrag.training.modes import training_mode
from mmrag.training.options import TrainingOptions
from mmrag.training.resuming import Checkpoints, refuse_other_options
from mmrag.training.several import Processes
from mmrag.training.steps import Learner, Outcome

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")

LOG = logging.getLogger("mmrag")


class Run:
    """A run with all that changes on its way; `train` says what the arguments are."""

    def __init__(
        self,
        model: Encoder,
        options: TrainingOptions,
        processes: Processes,
        progress: Callable[[Progress], None] | None,
        evaluate: Evaluate | None,
        folder: Path | None,
    ) -> None:
        self.model, self.options, self.processes = model, options, processes
        self.progress, self.evaluate, self.folder = progress, evaluate, folder
        self.learner = Learner(model, options, processes)
        self.generator = torch.Generator().manual_seed(options.seed)
        self.history = History()
        self.best: dict[str, torch.Tensor] | None = None
        self.step = 0
        self._saved = -1
        self._rows, self._since = 0, time.perf_counter()

    def begin(self, resume: bool) -> None:
        """Restore the latest checkpoint, or see to it that there is none."""
        torch.manual_seed(self.options.seed + self.processes.rank)
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            found = Checkpoints(self.folder)
            if not resume and found.paths():
                raise ConfigError(
                    f"{self.folder} holds checkpoints of a run; resume it, or give another folder"
                )
            state = found.load() if resume else None
            if state is not None:
                self._restore(state)
            elif resume:
                LOG.warning("no checkpoint in %s; the training begins anew", self.folder)
            self.processes.all(None)  # none writes before all have read
            if self.processes.main:
                write_lines(self.history, self.folder)
        except OSError as exc:
            raise InputError(f"cannot use {self.folder} for training: {exc.strerror}") from exc

    def go_on(self, sampler: Sampler, asked: list[int]) -> bool:
        """Train to the end; whether somebody asked to stop before."""
        while self.step < self.options.steps and self.history.stopped != "early":
            batches = checked(sampler(self.generator), self.processes.count)
            if self.step == 0 and self.evaluate is not None:
                before = self._evaluated(self.evaluate)
                self._log(Progress(0, {}, {}, 0.0, self.options.temperature, before))
            outcome = self.learner.step(self.step + 1, batches)
            self.step += 1
            if not outcome.finite:
                raise diverged(self.step, outcome, self.folder if self.processes.main else None)
            self._rows += sum(map(len, batches))
            self._account(outcome)
            stop = self.folder is not None and self.processes.any(bool(asked))
            self._save_if_due(stop)
            if stop:
                return True
        self._save_if_due(True)
        return False

    def _account(self, outcome: Outcome) -> None:
        """Log and evaluate where it is time to."""
        step, options = self.step, self.options
        last = step == options.steps
        speed = self._rows / (time.perf_counter() - self._since)
        evaluation: Mapping[str, float] = {}
        if self.evaluate is not None and (last or _due(step, options.evaluate_every)):
            evaluation = self._evaluated(self.evaluate)
        if evaluation or last or step == 1 or _due(step, options.log_every):
            entry = Progress(
                step,
                outcome.losses,
                outcome.recalls,
                options.rate(step),
                self.learner.objective.temperature,
                evaluation,
                speed,
            )
            self._log(entry)
        if options.patience and not last and self.history.waited >= options.patience:
            self.history.stopped = "early"

    def _evaluated(self, evaluate: Evaluate) -> Mapping[str, float]:
        self.model.train(False)
        with torch.no_grad():
            found = self.processes.by_main(lambda: dict(evaluate()))
        training_mode(self.model)
        if not found or not all(map(math.isfinite, found.values())):
            raise ConfigError(
                f"evaluate gave {found} after step {self.step}; it has to give finite numbers by "
                "name, the first being the one to watch"
            )
        return found

    def _log(self, entry: Progress) -> None:
        if self.history.add(entry):
            self.best = {n: w.to("cpu", copy=True) for n, w in self.learner.weights().items()}
        if self.processes.main:
            if self.folder is not None:
                append_line(entry, self.folder)
            if self.progress is not None:
                self.progress(entry)
        self._rows, self._since = 0, time.perf_counter()

    def _save_if_due(self, wanted: bool) -> None:
        if self.folder is None or self._saved == self.step:
            return
        if not wanted and not _due(self.step, self.options.save_every):
            return
        randoms = self.processes.all(randomness.states())
        if self.processes.main:
            state = {
                "options": asdict(self.options),
                "weights": self.learner.weights(),
                "best": self.best,
                "objective": self.learner.objective.state_dict(),
                "optimizer": self.learner.optimizer.state_dict(),
                "generator": self.generator.get_state(),
                "randoms": randoms,
                "history": self.history.as_dict(),
            }
            Checkpoints(self.folder).save(self.step, state)
        self._saved = self.step

    def _restore(self, state: Mapping[str, Any]) -> None:
        refuse_other_options(state["options"], asdict(self.options))
        self.learner.load_weights(state["weights"])
        self.learner.objective.load_state_dict(state["objective"])
        self.learner.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        # among more or fewer processes, each keeps to the seed it was given
        if len(state["randoms"]) == self.processes.count:
            randomness.restore(state["randoms"][self.processes.rank])
        self.history = History.from_dict(state["history"])
        self.best = state["best"]
        self.step = self._saved = state["step"]


def _due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0
