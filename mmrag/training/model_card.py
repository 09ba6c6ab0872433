"""The card of a fine-tuned model: what it was made of, how, and what may be expected of it."""

from __future__ import annotations

from collections.abc import Iterator

from mmrag.evaluation.intervals import Interval
from mmrag.training.fine_tuned import FineTuned, Plan
from mmrag.version import __version__

_OPTIONS = ("batch", "micro_batch", "learning_rate", "precision", "patience", "seed")


def model_card(found: FineTuned) -> str:
    """Markdown, with the licence and the base model in front as Hugging Face's hub reads them."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: FineTuned) -> Iterator[str]:
    plan, data = found.plan, found.data
    yield from ("---", f"base_model: {plan.model}", "library_name: mmrag", "license: other")
    yield from (f"license_name: {plan.licence}", "---", "", f"# {found.folder.name}", "")
    yield f"{plan.model}, fine-tuned on {data.training} pairs of {plan.sides[0]} and"
    yield f"{plan.sides[1]} with mmrag {__version__}."
    yield from ("", "## Licence", "")
    yield f"The weights derive from {plan.model} (revision {plan.revision or 'unknown'})."
    yield f"Its licence holds for them too: {plan.licence}. What the pairs allow, their owner says."
    yield from ("", "## Use", "")
    yield "In mmrag.yaml, for an index that is made anew:"
    yield from ("", "```yaml", f"models: {{{plan.space}: {found.folder}}}", "```")
    yield from ("", "## Data", "")
    yield f"- {data.training} pairs in {data.groups[0]} groups to train on, {data.validation} in"
    yield f"  {data.groups[1]} groups kept out; pairs that share a text or a file are one group."
    yield f"- From {data.origin}; digest of the pairs: {data.digest}."
    if data.left_out:
        yield f"- {len(data.left_out)} pairs could not be used and were left out:"
        yield from (f"  - {fault}" for fault in data.left_out)
    yield from ("", "## Recall on the pairs kept out", "")
    yield from _table(found)
    yield ""
    yield "A question searches among all pairs that were kept out. In brackets are 95 % bootstrap"
    yield "intervals over the questions; the gain is paired. The weights are those of step"
    yield f"{found.best_step} of {found.steps}, the best by recall@1 on these same pairs, so the"
    yield "figures after it are somewhat too high for others."
    yield from ("", "## Training", "")
    yield f"- Trained: {_trained(found)}; {found.weights[0]:,} of {found.weights[1]:,} numbers."
    yield f"- Loss: {plan.loss}, with {_negatives(plan)}; temperature {found.temperature:.4f}."
    early = " (stopped early)" if found.stopped == "early" else ""
    yield f"- {found.steps} steps{early}; {', '.join(_options(plan))}."
    yield "- `training/` has the history, its curves, and the whole report."
    yield from ("", "## Limits", "")
    yield "- Measured on pairs like those it learnt from. Elsewhere it may be worse than before."
    yield "- Its vectors and those of its base are not to be mixed in one index."
    yield "- Towers of modalities that were not trained may agree less with those that were."


def _table(found: FineTuned) -> Iterator[str]:
    before, after = found.before.intervals(), found.after.intervals()
    gain = found.after.gained_on(found.before)
    yield "| direction | measure | before | after | gain |"
    yield "| --- | --- | --- | --- | --- |"
    for direction, measures in before.items():
        for measure, row in measures.items():
            cells = (row, after[direction][measure], gain[direction][measure])
            yield f"| {direction} | {measure} | {' | '.join(map(_cell, cells))} |"


def _cell(row: Interval) -> str:
    return f"{row.mean:.3f} ({row.low:.3f} to {row.high:.3f})"


def _trained(found: FineTuned) -> str:
    plan = found.plan
    towers = " and ".join(f"{side} tower" for side in plan.sides if side not in plan.freeze)
    how = f", by LoRA of rank {plan.lora} on its linear layers, merged" if plan.lora else ""
    return towers + how


def _options(plan: Plan) -> Iterator[str]:
    for name in _OPTIONS:
        value = getattr(plan, name)
        if value is not None:
            yield f"{name.replace('_', ' ')} {value}"


def _negatives(plan: Plan) -> str:
    return "half of each batch hard negatives" if plan.hard_negatives else "random batches"
