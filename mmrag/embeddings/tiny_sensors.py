"""The tiny model's towers for depth, heat and motion, which lie beside its checkpoint.

They were bound to its image tower, which stayed as it was (Girdhar et al. 2023), so a checkpoint
without them is whole, and one with them gives the same vectors of text, pictures and sounds. This
module imports torch; import it inside functions only.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrag.embeddings.tiny_inputs import SIDE
from mmrag.embeddings.tiny_model import HALVINGS, Stem, TinyConfig, Tower
from mmrag.embeddings.tiny_sensor_inputs import SIZES, WEIGHTS
from mmrag.errors import CheckpointMismatch
from mmrag.extras import require

if TYPE_CHECKING:
    import torch
    from torch import nn
else:
    torch = require("torch", extra="all", purpose="run the tiny model")
    nn = torch.nn

CHANNELS = {"depth": 1, "thermal": 1, "imu": 6}
"""By modality, planes of what `tiny_sensor_inputs` makes of it."""


class TinySensors(nn.Module):
    """Three towers; `encode` takes what `depth_grid`, `thermal_grid` and `motion_grid` give."""

    def __init__(self, config: TinyConfig) -> None:
        super().__init__()
        self.config = config
        self.stems = nn.ModuleDict({n: Stem(c, config.width) for n, c in CHANNELS.items()})
        grid = (SIDE >> HALVINGS) ** 2
        self.towers = nn.ModuleDict({name: Tower(config, grid) for name in CHANNELS})

    def encode(self, modality: str, values: torch.Tensor) -> torch.Tensor:
        """(n, dimension) vectors, not normalised, of (n, channels, 64, 64) values."""
        vectors: torch.Tensor = self.towers[modality](self.stems[modality](values))
        return vectors


def save(model: TinySensors, folder: Path, provenance: dict[str, Any]) -> None:
    """Write the weights in bfloat16 and the sizes, `provenance` beside them."""
    from safetensors.torch import save as serialised

    state = {
        name: tensor.to(torch.bfloat16).contiguous()
        for name, tensor in model.state_dict().items()
        if tensor.is_floating_point()
    }
    (folder / WEIGHTS).write_bytes(serialised(state, metadata={"format": "pt"}))
    told = {"sizes": asdict(model.config), **provenance}
    (folder / SIZES).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> TinySensors:
    """The towers that `save` wrote there, in float32, ready to be used.

    Raises:
        CheckpointMismatch: none there, or weights that do not fit the sizes.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        sizes = json.loads((folder / SIZES).read_text(encoding="utf-8"))["sizes"]
        model = TinySensors(TinyConfig(**{**sizes, "vocabulary": ()}))
        state = load_file(folder / WEIGHTS)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as exc:
        raise CheckpointMismatch(f"{folder} holds no towers for sensors: {exc}") from exc
    wanted = {name: t.shape for name, t in model.state_dict().items() if t.is_floating_point()}
    if wanted != {name: tensor.shape for name, tensor in state.items()}:
        raise CheckpointMismatch(
            f"the weights in {folder / WEIGHTS} do not fit the sizes in {SIZES}; copy both anew "
            f"from where the checkpoint is from"
        )
    model.load_state_dict(state, strict=False)  # BatchNorm's count of batches is not kept
    return model.eval()
