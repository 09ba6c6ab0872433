"""The tiny tri-modal model: three small transformers that share one space of vectors.

Pictures and spectrograms pass a stem of four convolutions first, which transformers of this size
need to learn anything in minutes (Xiao et al. 2021, "Early Convolutions Help Transformers See
Better"). This module imports torch; import it inside functions only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrag.embeddings.tiny_inputs import BUCKET, BUCKETS, PAD, SIDE, tokenise, word_ids
from mmrag.errors import CheckpointMismatch
from mmrag.extras import require

if TYPE_CHECKING:
    import torch
    from torch import nn
else:
    torch = require("torch", extra="all", purpose="run the tiny model")
    nn = torch.nn

ARCHITECTURE = "mmrag-tiny"
CONFIG, WEIGHTS = "config.json", "model.safetensors"
_CHANNELS = {"image": 3, "audio": 1}
HALVINGS = 4
"""Of the sides of a grid, by the stem."""


@dataclass(frozen=True)
class TinyConfig:
    """Sizes of the model, and the words it knows.

    Attributes:
        dimension: length of a vector.
        width, layers, heads: of each of the three transformers.
        longest: tokens of a text, the start included; the rest is cut off.
    """

    vocabulary: tuple[str, ...]
    dimension: int = 64
    width: int = 128
    layers: int = 2
    heads: int = 4
    longest: int = 24


class Stem(nn.Module):
    """(n, channels, 64, 64) to (n, 16, width): a grid of 4 x 4 tokens."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        sizes = [channels, *(width >> n for n in reversed(range(HALVINGS)))]
        self.layers = nn.Sequential()
        for before, after in pairwise(sizes):
            self.layers.append(nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False))
            self.layers.append(nn.BatchNorm2d(after))
            self.layers.append(nn.GELU())

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        grid: torch.Tensor = self.layers(values)
        return grid.flatten(2).transpose(1, 2)


class Tower(nn.Module):
    """Tokens to one vector: learnt places, a pre-norm transformer, the mean, a projection."""

    def __init__(self, config: TinyConfig, tokens: int) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.randn(tokens, config.width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            config.width,
            config.heads,
            dim_feedforward=4 * config.width,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)
        self.head = nn.Linear(config.width, config.dimension, bias=False)

    def forward(self, tokens: torch.Tensor, padding: torch.Tensor | None = None) -> torch.Tensor:
        """(n, t, width) and where it is padding, (n, t), to (n, dimension)."""
        states = self.encoder(tokens + self.places[: tokens.shape[1]], src_key_padding_mask=padding)
        if padding is None:
            pooled = states.mean(1)
        else:
            kept = (~padding).unsqueeze(-1)
            pooled = (states * kept).sum(1) / kept.sum(1)
        vectors: torch.Tensor = self.head(self.norm(pooled))
        return vectors


class TinyModel(nn.Module):
    """Three towers; `encode` takes what `tokens`, `pixels` and `spectrograms` give."""

    def __init__(self, config: TinyConfig) -> None:
        super().__init__()
        self.config = config
        self.known = word_ids(config.vocabulary)
        self.words = nn.Embedding(BUCKET + BUCKETS + len(config.vocabulary), config.width)
        self.stems = nn.ModuleDict({n: Stem(c, config.width) for n, c in _CHANNELS.items()})
        grid = (SIDE >> HALVINGS) ** 2
        lengths = {"text": config.longest, **dict.fromkeys(_CHANNELS, grid)}
        self.towers = nn.ModuleDict({name: Tower(config, n) for name, n in lengths.items()})

    def tokens(self, texts: Sequence[str]) -> torch.Tensor:
        """(n, longest of these texts) token ids, padded with PAD."""
        rows = [tokenise(text, self.known, self.config.longest) for text in texts]
        padded = torch.full((len(rows), max(map(len, rows))), PAD)
        for row, ids in enumerate(rows):
            padded[row, : len(ids)] = torch.tensor(ids)
        return padded

    def encode(self, modality: str, values: torch.Tensor) -> torch.Tensor:
        """(n, dimension) vectors, not normalised.

        Args:
            modality: "text", "image" or "audio".
            values: (n, t) token ids, (n, 3, 64, 64) pixels or (n, 1, 64, 64) spectrograms.
        """
        tower = self.towers[modality]
        if modality == "text":
            vectors: torch.Tensor = tower(self.words(values), values == PAD)
        else:
            vectors = tower(self.stems[modality](values))
        return vectors


def save(model: TinyModel, folder: Path, provenance: dict[str, Any]) -> None:
    """Write the weights in bfloat16 and config.json, `provenance` beside the sizes."""
    from safetensors.torch import save as serialised

    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: tensor.to(torch.bfloat16).contiguous()
        for name, tensor in model.state_dict().items()
        if tensor.is_floating_point()  # BatchNorm also counts its batches, which nothing reads
    }
    (folder / WEIGHTS).write_bytes(serialised(state, metadata={"format": "pt"}))
    config = {"architecture": ARCHITECTURE, "sizes": asdict(model.config), **provenance}
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def read_config(folder: Path) -> dict[str, Any]:
    """What `save` wrote beside the weights: architecture, sizes and provenance."""
    config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    return config


def load(folder: Path) -> TinyModel:
    """The model of a folder that `save` wrote, in float32, ready to be used.

    Raises:
        CheckpointMismatch: no such checkpoint there, or weights that do not fit its sizes.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = read_config(folder)
        if config.get("architecture") != ARCHITECTURE:
            raise CheckpointMismatch(
                f"{folder} holds a {config.get('architecture')!r} checkpoint, not {ARCHITECTURE!r}"
            )
        sizes = config["sizes"]
        model = TinyModel(TinyConfig(**{**sizes, "vocabulary": tuple(sizes["vocabulary"])}))
        state = load_file(folder / WEIGHTS)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as exc:
        if isinstance(exc, CheckpointMismatch):
            raise
        raise CheckpointMismatch(f"{folder} holds no checkpoint of {ARCHITECTURE}: {exc}") from exc
    wanted = {name: t.shape for name, t in model.state_dict().items() if t.is_floating_point()}
    found = {name: tensor.shape for name, tensor in state.items()}
    if wrong := sorted(name for name in wanted | found if wanted.get(name) != found.get(name)):
        raise CheckpointMismatch(
            f"{len(wrong)} weights in {folder} do not fit the sizes in its {CONFIG}, "
            f"the first is {wrong[0]}"
        )
    model.load_state_dict(state, strict=False)
    return model.eval()


def temperature(folder: Path) -> float | None:
    """Where a checkpoint's training left the temperature, by the provenance in its config.json."""
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    last = config.get("last_step")
    found = last.get("temperature") if isinstance(last, dict) else None
    return float(found) if isinstance(found, int | float) and found > 0 else None
