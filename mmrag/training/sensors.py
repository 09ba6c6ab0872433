"""Binds depth, heat and motion to the tiny model: `python -m mmrag.training.sensors --into FOLDER`.

Each of three small towers learns to give the vectors that the image tower, which stays as it is,
gives to pictures of the same concept. They meet neither captions nor tones nor one another; that
captions find them all the same is what Girdhar et al. 2023 call emergent alignment.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mmrag.embeddings.tiny_inputs import pixels
from mmrag.embeddings.tiny_model import TinyConfig, TinyModel, load
from mmrag.embeddings.tiny_sensor_inputs import GRIDS
from mmrag.embeddings.tiny_sensors import CHANNELS, TinySensors, save
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.training.contrastive import History, Progress, TrainingOptions, train
from mmrag.training.pictures import draw
from mmrag.training.sensed import as_measured
from mmrag.training.shapes import Concept, Item, gallery
from mmrag.training.tiny import SEEN, PairData, one_of_each, parsed, provenance, show

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")

OPTIONS = TrainingOptions(steps=320, learning_rate=2e-3, seed=21)
RENDERINGS = 40
"""Items of each concept that each tower learns from."""
WIDTH = 64
_AT_ONCE = 256


class Bound(torch.nn.Module):
    """The towers as the trainer wants them: of pictures it is given the vectors."""

    def __init__(self, sensors: TinySensors) -> None:
        super().__init__()
        self.sensors = sensors

    def encode(self, modality: str, values: torch.Tensor) -> torch.Tensor:
        return values if modality == "image" else self.sensors.encode(modality, values)


def render(
    model: TinyModel, seed: int, renderings: int, concepts: Sequence[Concept] = SEEN
) -> list[PairData]:
    """New items for each sensor: vectors of their pictures by `model`, and what it senses."""
    out = []
    for number, name in enumerate(CHANNELS):
        galleries = [gallery(seed * 1000 + number * 300 + n, concepts) for n in range(renderings)]
        items = [items[c] for c in range(len(concepts)) for items in galleries]
        sides = (picture_vectors(model, items), inputs(name, items).half())
        shape = (len(concepts), renderings)
        out.append(PairData("image", name, *(s.view(*shape, *s.shape[1:]) for s in sides)))
    return out


def picture_vectors(model: TinyModel, items: Sequence[Item]) -> torch.Tensor:
    """(n, dimension) vectors of the items' pictures."""
    rows = []
    with torch.inference_mode():
        for start in range(0, len(items), _AT_ONCE):
            drawn = [pixels(draw(item)) for item in items[start : start + _AT_ONCE]]
            rows.append(model.encode("image", torch.from_numpy(np.stack(drawn))))
    return torch.cat(rows).clone()  # what was made in inference mode cannot be trained against


def inputs(modality: str, items: Sequence[Item]) -> torch.Tensor:
    """(n, channels, 64, 64) what the towers see of the items."""
    sensor = Modality(modality)
    grids = [GRIDS[sensor](as_measured(item, sensor)) for item in items]
    return torch.from_numpy(np.stack(grids))


def train_sensors(
    model: TinyModel,
    options: TrainingOptions = OPTIONS,
    *,
    width: int = WIDTH,
    renderings: int = RENDERINGS,
    concepts: Sequence[Concept] = SEEN,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[TinySensors, History]:
    """Towers for the space of `model`, which is not changed, after their last step."""
    torch.manual_seed(options.seed)
    sensors = TinySensors(TinyConfig((), dimension=model.config.dimension, width=width))
    data = render(model, options.seed, renderings, concepts)
    return sensors, train(Bound(sensors), one_of_each(data), options, progress)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and write the towers beside the checkpoint that they belong to."""
    asked = parsed(__doc__ or "", "--into", "folder of the tiny checkpoint", OPTIONS, arguments)
    options = replace(OPTIONS, steps=asked.steps, seed=asked.seed)
    sensors, history = train_sensors(load(asked.folder), options, progress=show)
    told = (
        "trained by `python -m mmrag.training.sensors` on generated items only, against the "
        "frozen image tower of the checkpoint beside"
    )
    pairs = [f"image-{name}" for name in CHANNELS]
    save(sensors, asked.folder, provenance(told, pairs, RENDERINGS, options, history))
    sys.stderr.write(f"{asked.folder}: {time.process_time():.0f} s of processor time\n")


if __name__ == "__main__":
    main()
