"""Trains the tiny tri-modal model: `python -m mmrag.training.tiny --out FOLDER`, minutes on a CPU.

Pictures are paired with captions, and other pictures with tones; a caption and a tone never meet,
and no picture is seen with both. That captions find tones all the same is the emergent alignment of
Girdhar et al. 2023, "ImageBind: One Embedding Space To Bind Them All", in a world of 96 concepts.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmrag.embeddings.tiny_inputs import BUCKET, BUCKETS, pixels, spectrograms
from mmrag.embeddings.tiny_model import TinyConfig, TinyModel, save
from mmrag.extras import require
from mmrag.training.contrastive import (
    History,
    PairBatch,
    Progress,
    Sampler,
    TrainingOptions,
    train,
)
from mmrag.training.pictures import draw
from mmrag.training.shapes import (
    COLOURS,
    CONCEPTS,
    CORNERS,
    SHAPES,
    SIZES,
    TEMPLATES,
    Concept,
    Item,
    gallery,
)
from mmrag.training.tones import synthesise

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")

PAIRS = (("image", "text"), ("image", "audio"))
"""What is trained on, and all that is."""
SEEN = tuple(concept for concept in CONCEPTS if concept.seen)
OPTIONS = TrainingOptions(steps=320, seed=20)
RENDERINGS = 40
"""Items of each concept that either pair learns from."""
_FILLERS = 6  # at most so many unknown words are strewn into a caption


@dataclass(frozen=True)
class PairData:
    """Aligned inputs of two modalities: (concepts, renderings, …) on either side."""

    left: str
    right: str
    lefts: torch.Tensor
    rights: torch.Tensor


def vocabulary() -> tuple[str, ...]:
    """Every word that captions use."""
    text = " ".join((*COLOURS, *SHAPES, *SIZES, *CORNERS, *TEMPLATES))
    return tuple(sorted(set(re.findall(r"[a-z]+", re.sub(r"{\w+}", "", text)))))


def render(
    model: TinyModel, seed: int, renderings: int, concepts: Sequence[Concept] = SEEN
) -> list[PairData]:
    """New items for each of PAIRS, other ones for each, as inputs of `model`."""
    out = []
    for number, (left, right) in enumerate(PAIRS):
        galleries = [gallery(seed * 1000 + number * 500 + n, concepts) for n in range(renderings)]
        items = [items[c] for c in range(len(concepts)) for items in galleries]
        shape = (len(concepts), renderings)
        sides = [inputs(model, name, items) for name in (left, right)]
        out.append(PairData(left, right, *(s.view(*shape, *s.shape[1:]) for s in sides)))
    return out


def inputs(model: TinyModel, modality: str, items: Sequence[Item]) -> torch.Tensor:
    """What `model.encode` takes of each item; media in half precision, to hold many."""
    if modality == "text":
        return _strewn(model.tokens([item.caption() for item in items]), items, model)
    if modality == "image":
        rows = [pixels(draw(item)) for item in items]
    else:
        rows = [spectrograms(synthesise(item))[0] for item in items]
    return torch.from_numpy(np.stack(rows)).half()


def one_of_each(data: Sequence[PairData]) -> Sampler:
    """Batches with each concept once, so that no row of a batch is a wrong answer to another."""

    def sample(generator: torch.Generator) -> list[PairBatch]:
        batches = []
        for pair in data:
            concepts, renderings = pair.lefts.shape[:2]
            rows = torch.arange(concepts)
            chosen = torch.randint(renderings, (concepts,), generator=generator)
            lefts, rights = pair.lefts[rows, chosen], pair.rights[rows, chosen]
            batches.append(PairBatch(pair.left, pair.right, _full(lefts), _full(rights)))
        return batches

    return sample


def train_tiny(
    config: TinyConfig,
    options: TrainingOptions = OPTIONS,
    *,
    renderings: int = RENDERINGS,
    concepts: Sequence[Concept] = SEEN,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[TinyModel, History]:
    """A model of these sizes after its last step; nothing is selected on the way."""
    torch.manual_seed(options.seed)
    model = TinyModel(config)
    sampler = one_of_each(render(model, options.seed, renderings, concepts))
    return model, train(model, sampler, options, progress)


def _full(values: torch.Tensor) -> torch.Tensor:
    return values.float() if values.is_floating_point() else values


def _strewn(ids: torch.Tensor, items: Sequence[Item], model: TinyModel) -> torch.Tensor:
    """Half of the captions with meaningless words in between, so that such are passed over."""
    longest = model.config.longest
    out = torch.zeros(len(items), longest, dtype=torch.long)
    for row, item in enumerate(items):
        random = item.random("fillers")
        words = ids[row][ids[row] > 0].tolist()
        for _ in range(random.integers(1, _FILLERS + 1) if random.random() < 0.5 else 0):
            filler = BUCKET + int(random.integers(BUCKETS))
            words.insert(int(random.integers(1, len(words) + 1)), filler)
        out[row, : len(words[:longest])] = torch.tensor(words[:longest])
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and write the checkpoint."""
    asked = parsed(__doc__ or "", "--out", "folder of the checkpoint", OPTIONS, arguments)
    options = replace(OPTIONS, steps=asked.steps, seed=asked.seed)
    model, history = train_tiny(TinyConfig(vocabulary()), options, progress=show)
    told = "trained by `python -m mmrag.training.tiny` on generated items only"
    pairs = ["-".join(pair) for pair in PAIRS]
    save(model, asked.folder, provenance(told, pairs, RENDERINGS, options, history))
    sys.stderr.write(f"{asked.folder}: {time.process_time():.0f} s of processor time\n")


def parsed(
    about: str,
    folder: str,
    what: str,
    options: TrainingOptions,
    arguments: Sequence[str] | None,
) -> argparse.Namespace:
    """The folder, steps and seed that a command line names; torch has its threads then.

    Args:
        about: a module's docstring, of which the first line is told.
        folder, what: name of the option for the folder, and its help.
        options: the defaults.
    """
    parser = argparse.ArgumentParser(description=about.partition(":")[0])
    parser.add_argument(folder, dest="folder", type=Path, required=True, help=what)
    parser.add_argument("--steps", type=int, default=options.steps)
    parser.add_argument("--seed", type=int, default=options.seed)
    parser.add_argument("--threads", type=int, default=1, help="the weights depend on it a little")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    return asked


def provenance(
    told: str, pairs: Sequence[str], renderings: int, options: TrainingOptions, history: History
) -> dict[str, object]:
    """What the JSON beside weights says of where they come from."""
    last = history.entries[-1]
    return {
        "licence": "Apache-2.0",
        "provenance": told,
        "pairs": list(pairs),
        "concepts_seen": len(SEEN),
        "renderings": renderings,
        "options": asdict(options),
        "last_step": {"losses": last.losses, "temperature": last.temperature},
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def show(entry: Progress) -> None:
    """A line on stderr."""
    losses = ", ".join(
        f"{name} {loss:.3f} (recall {entry.recalls[name]:.3f})"
        for name, loss in entry.losses.items()
    )
    sys.stderr.write(f"step {entry.step}: {losses}\n")


if __name__ == "__main__":
    main()
