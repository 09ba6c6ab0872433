"""What this machine has for mmrag to run on, and which profile and writer of answers suit it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import psutil

from mmrag.config import OllamaSettings
from mmrag.embeddings.catalogue import MODELS
from mmrag.embeddings.hub import presence
from mmrag.embeddings.precision import device_of
from mmrag.errors import GenerationError
from mmrag.generation.local import find_gguf
from mmrag.ollama import SERVED, OllamaServer
from mmrag.profiles import PROFILES, Profile

ASIDE = ("tiny", "imagebind")
"""Never suggested: one is for tests, the other's weights are not for commercial use."""
ROOMY_GB = 8.0
"""Memory from which on models of the hub are suggested; the default profile's take about 5 GB."""


@dataclass(frozen=True)
class Machine:
    """What was found.

    Attributes:
        memory_gb, free_gb: of memory in all, and free on the disk of a folder.
        device: torch's, "cuda", "mps" or "cpu".
        ollama: why no Ollama server answers questions; "" if one does.
        remedy: what to type so that it does; "" where nothing is known to help.
        served: whether an Ollama server answers at all.
        local: whether a language model can run in this process.
    """

    memory_gb: float
    free_gb: float
    device: str
    ollama: str
    remedy: str
    served: bool
    local: bool


@dataclass(frozen=True)
class Suited:
    """A profile, and what it lacks here.

    Attributes:
        fetch_mb: weights that are still to be fetched, about.
        lacks: what keeps it from running, where fetching weights is not enough.
        steps: what to type before it runs, where that is known.
    """

    profile: Profile
    fetch_mb: int = 0
    lacks: str = ""
    steps: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it runs as things are, without a network."""
        return not (self.fetch_mb or self.lacks)


def look(folder: Path, ollama: OllamaSettings) -> Machine:
    """Look at this machine. Asks no network but the Ollama server that is set; loads torch.

    Args:
        folder: on whose disk the index is to be.
    """
    once = ollama.model_copy(update={"retries": 0, "connect_timeout_s": 1.0, "timeout_s": 5.0})
    why, remedy, served = "", "", True
    try:
        OllamaServer.of(once).preflight(ollama.model, needs="completion")
    except GenerationError as exc:
        why, remedy = str(exc).partition(";")[0], exc.hint
        served = not isinstance(exc, ConnectionError)
    return Machine(
        memory_gb=psutil.virtual_memory().total / 1e9,
        free_gb=shutil.disk_usage(_there(folder)).free / 1e9,
        device=device_of(None),
        ollama=why,
        remedy=remedy,
        served=served,
        local=_runs_locally(),
    )


def suited(machine: Machine, ollama: OllamaSettings) -> list[Suited]:
    """Every profile that users may want, with what it lacks on this machine."""
    return [
        _suited(row, machine, ollama) for name, row in PROFILES.items() if name not in ASIDE[:1]
    ]


def best(rows: Sequence[Suited], machine: Machine) -> Suited:
    """The profile to suggest: what runs as it is, the more capable first; else what needs least."""
    roomy = machine.device != "cpu" or machine.memory_gb >= ROOMY_GB
    fit = {row.profile.name: row for row in rows if row.profile.name not in ASIDE}
    for name in ("default", "omni") if roomy else ():
        if fit[name].ready:
            return fit[name]
    if not fit["offline"].ready and fit["ollama"].ready:
        return fit["ollama"]
    return fit["offline"]


def _suited(profile: Profile, machine: Machine, ollama: OllamaSettings) -> Suited:
    fetch, lacks, steps = 0, [], []
    if profile.llm == "ollama" and machine.ollama:
        lacks.append(machine.ollama)
        steps += [machine.remedy] if machine.remedy else []
    for model in (*profile.models, profile.asr_model):
        row = MODELS.get(model)
        if row is None or (model.startswith(SERVED) and not machine.served):
            continue
        found = presence(row, ollama)
        if found.here:
            continue
        if model.startswith("pip:"):
            lacks.append(f"{model.removeprefix('pip:')} is not installed")
            steps.append(found.note)
        else:
            fetch += row.megabytes
    if fetch:
        steps.append(f"mmrag models pull --profile {profile.name}")
    if fetch / 1000 > machine.free_gb:
        lacks.append(f"{machine.free_gb:.0f} GB are free on the disk")
    return Suited(profile, fetch, "; ".join(lacks), tuple(steps))


def _runs_locally() -> bool:
    if util.find_spec("xllamacpp") is None:
        return False
    try:
        find_gguf(None)
    except GenerationError:
        return False
    return True


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    whole = folder.absolute()
    return next(path for path in (whole, *whole.parents) if path.exists())
