"""Checkpoints of ImageBind: read strictly and tensor by tensor, and written."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrag.embeddings.imagebind.config import META_LICENCE, ImageBindConfig
from mmrag.embeddings.imagebind.tokenizer import TextTokenizer
from mmrag.errors import CheckpointMismatch, ModelUnavailable
from mmrag.extras import require

if TYPE_CHECKING:
    import torch

    from mmrag.embeddings.imagebind.model import ImageBindModel

LOG = logging.getLogger("mmrag")

MODEL_TYPE = "imagebind"
CONFIG, WEIGHTS = "config.json", "model.safetensors"
PICKLED = (".pth", ".pt", ".bin")

_AT_ONCE = 32
"""Weights that are mapped into memory between two openings of the file."""


def load(
    path: str | Path, *, dtype: torch.dtype | None = None, device: str = "cpu"
) -> ImageBindModel:
    """The model of a checkpoint, ready to be used.

    Its sizes are those of a config.json beside it that `save_pretrained` wrote, else those of
    imagebind_huge. Memory never holds more than the model itself and a few weights of the file.

    Args:
        path: Meta's imagebind_huge.pth, the same as .safetensors, or the folder of either.
        dtype: of the weights in memory, float32 when None.

    Raises:
        ModelUnavailable: no such file, or a folder without weights.
        CheckpointMismatch: damaged, or not the weights of this architecture and these sizes.
    """
    from mmrag.embeddings.imagebind.model import ImageBindModel, dtype_kept

    library = require("torch", extra="all", purpose="run ImageBind")
    file = weights_file(Path(path).expanduser())
    config = _config_beside(file)
    with library.device("meta"):
        model = ImageBindModel(config)
    wanted = model.state_dict()
    _check(file, {name: tuple(tensor.shape) for name, tensor in wanted.items()})
    state: dict[str, torch.Tensor] = {}
    names = list(wanted)
    for start in range(0, len(names), _AT_ONCE):
        # a mapped file stays in memory as far as it was read; closing it gives that back
        mapped = _mapped(file)
        for name in names[start : start + _AT_ONCE]:
            kept = dtype_kept(wanted[name], dtype)
            state[name] = mapped[name].to(device=device, dtype=kept, copy=True)
        del mapped
    model.load_state_dict(state, strict=True, assign=True)
    if config.licence == META_LICENCE:
        LOG.warning(
            "the ImageBind weights in %s are Meta's, licensed CC BY-NC-SA 4.0: no commercial use, "
            "and what is made from them keeps this licence",
            file,
        )
    return model.eval()


def save_pretrained(
    model: ImageBindModel, folder: str | Path, *, tokenizer: TextTokenizer | None = None
) -> None:
    """Write model.safetensors, config.json and, if given, tokenizer.json, as `load` reads them."""
    from safetensors.torch import save_file

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})
    config = {"model_type": MODEL_TYPE, **model.config.to_dict()}
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    if tokenizer is not None:
        tokenizer.save(folder)


def weights_file(path: Path) -> Path:
    """The file of weights: `path` itself, or the only one in that folder.

    Raises:
        ModelUnavailable: there is none.
        CheckpointMismatch: the folder holds several.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise ModelUnavailable(f"no ImageBind weights at {path}; name imagebind_huge.pth there")
    for suffixes in ((".safetensors",), PICKLED):
        files = sorted(file for file in path.iterdir() if file.suffix in suffixes)
        chosen = [file for file in files if file.name == WEIGHTS] or files
        if len(chosen) > 1:
            named = ", ".join(file.name for file in chosen)
            raise CheckpointMismatch(f"{path} holds several files of weights, name one: {named}")
        if chosen:
            return chosen[0]
    raise ModelUnavailable(f"{path} holds no file of weights (.safetensors or .pth)")


def _config_beside(file: Path) -> ImageBindConfig:
    """The sizes in config.json; the file of another project is not ours to read."""
    path = file.parent / CONFIG
    if not path.is_file():
        return ImageBindConfig.huge()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or found.pop("model_type", None) != MODEL_TYPE:
            return ImageBindConfig.huge()
        return ImageBindConfig.from_dict(found)
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise CheckpointMismatch(f"{path} does not hold the sizes of a model: {exc}") from exc


def _mapped(file: Path) -> dict[str, torch.Tensor]:
    """Weights by name, read from the file when they are used."""
    library = require("torch", extra="all", purpose="run ImageBind")
    safetensors = require("safetensors", extra="all", purpose="read weights")
    try:
        if file.suffix in PICKLED:
            found: Any = library.load(file, map_location="cpu", weights_only=True, mmap=True)
        else:
            with safetensors.safe_open(file, framework="pt") as opened:
                found = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (
        *(OSError, RuntimeError, EOFError),
        *(pickle.UnpicklingError, safetensors.SafetensorError),
    ) as exc:
        reason = str(exc).partition("\n")[0]
        raise CheckpointMismatch(
            f"{file} cannot be read as weights ({reason}); it may be cut off, fetch it again"
        ) from exc
    named = isinstance(found, dict) and all(isinstance(v, library.Tensor) for v in found.values())
    if not named:
        raise CheckpointMismatch(f"{file} holds no weights by name, which is what is read here")
    weights: dict[str, torch.Tensor] = found
    return weights


def _check(file: Path, wanted: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse a file whose names or sizes differ, and say which and what to do."""
    found = {name: tuple(tensor.shape) for name, tensor in _mapped(file).items()}
    missing = [name for name in wanted if name not in found]
    unknown = [name for name in found if name not in wanted]
    sizes = [
        f"{name} is {found[name]} instead of {wanted[name]}"
        for name in wanted
        if name in found and found[name] != wanted[name]
    ]
    if len(missing) == len(wanted):
        raise CheckpointMismatch(
            f"{file} holds another architecture than ImageBind: none of its {len(found)} weights "
            f"has a name of ImageBind's ({_some(unknown)}); name a folder with imagebind_huge.pth"
        )
    faults = [
        f"{len(names)} {fault}: {_some(names)}"
        for fault, names in (("missing", missing), ("unknown", unknown), ("of other sizes", sizes))
        if names
    ]
    if faults:
        raise CheckpointMismatch(
            f"the weights in {file} do not fit ({'; '.join(faults)}); a checkpoint of other sizes "
            f"than imagebind_huge needs the {CONFIG} that was written with it beside it, and a "
            f"file with missing weights must be fetched again"
        )


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown}, …" if len(names) > 3 else shown
