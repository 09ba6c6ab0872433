"""The picture of a training run: its losses and recalls by step, and what evaluations found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmrag.errors import InputError
from mmrag.extras import require
from mmrag.training.history import History, Progress

_COLOURS = ("#1f5f8b", "#c8762b", "#4d8a57", "#8a5a9e", "#b0413e", "#3a9a9a")
_GREY = "#8a8a8a"
_DOTS = 40  # evaluations with a dot each; more would run into a band

Measure = Callable[[Progress], Mapping[str, float]]


def plot(history: History, path: Path) -> None:
    """Write a PNG: losses on the left, recall on the right, the best step marked.

    Lines without dots are of the batches trained on, lines with dots of what was held out; numbers
    of an evaluation whose name ends in "loss" stand with the losses.

    Raises:
        MissingExtra: matplotlib is not installed.
        InputError: the history is empty, or the file cannot be written.
    """
    if not history.entries:
        raise InputError("nothing was logged, so there is no curve to draw")
    # a figure of its own, without pyplot, leaves the backend of the process alone
    figures = require("matplotlib.figure", extra="train", purpose="draw the curves")
    figure = figures.Figure(figsize=(11.5, 4.2), layout="constrained")
    losses, recalls = figure.subplots(1, 2)
    trained = [entry for entry in history.entries if entry.losses]
    _lines(losses, trained, lambda entry: entry.losses)
    _held_out(losses, history, lambda name: name.endswith("loss"))
    _plainly(losses, "Loss (nats)", history)
    losses.set_ylim(bottom=0)
    _lines(recalls, trained, lambda entry: entry.recalls, " in the batch, recall@1")
    _held_out(recalls, history, lambda name: not name.endswith("loss"))
    _plainly(recalls, f"Recall{_told(history)}", history)
    low, high = recalls.get_ylim()
    recalls.set_ylim(min(low, -0.02), max(high, 1.03))
    try:
        figure.savefig(path, dpi=150)
    except OSError as exc:
        raise InputError(f"cannot write {path}: {exc.strerror}") from exc


def _lines(
    panel: Any,  # noqa: ANN401
    entries: Sequence[Progress],
    measure: Measure,
    of: str = "",
    **look: Any,  # noqa: ANN401
) -> None:
    names = dict.fromkeys(name for entry in entries for name in measure(entry))
    first = len(panel.get_lines())
    for number, name in enumerate(names, first):
        having = [entry for entry in entries if name in measure(entry)]
        panel.plot(
            [entry.step for entry in having],
            [measure(entry)[name] for entry in having],
            label=f"{name}{of}".replace("$", r"\$").lstrip("_"),
            color=_COLOURS[number % len(_COLOURS)],
            **{"linewidth": 1.2, **look},
        )


def _held_out(panel: Any, history: History, belongs: Callable[[str], bool]) -> None:  # noqa: ANN401
    """What evaluations found, before the first step too."""

    def measure(entry: Progress) -> Mapping[str, float]:
        return {name: value for name, value in entry.evaluation.items() if belongs(name)}

    dots = "o" if len(history.evaluated) <= _DOTS else ""
    _lines(panel, history.evaluated, measure, ", held out", marker=dots, markersize=4, linewidth=2)


def _told(history: History) -> str:
    """What was watched, before and at the best step."""
    if history.best is None:
        return ""
    before, best = history.evaluated[0], history.best
    name = next(iter(best.evaluation)).replace("$", r"\$")
    return f": {name} {before.watched:.3f} before, {best.watched:.3f} at step {best.step}"


def _plainly(panel: Any, title: str, history: History) -> None:  # noqa: ANN401
    panel.set_title(title, loc="left", fontsize=10.5)
    panel.set_xlabel("step" + (", stopped early" if history.stopped == "early" else ""))
    panel.set_axisbelow(True)
    panel.grid(axis="y", color="#e4e4e4")
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.tick_params(axis="y", length=0)
    panel.xaxis.get_major_locator().set_params(integer=True)
    if history.best_step is not None:
        label = f"best, step {history.best_step}"
        panel.axvline(history.best_step, color=_GREY, linestyle="--", linewidth=1, label=label)
    if panel.get_lines():
        panel.legend(frameon=False, fontsize=9)
