"""Where and in which number format a model runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mmrag.errors import ConfigError
from mmrag.extras import require

if TYPE_CHECKING:
    import torch

DType = Literal["auto", "float32", "bfloat16"]


def device_of(wanted: str | None) -> str:
    """The torch device: the one wanted, else CUDA, Apple's MPS or the CPU, what there is."""
    torch = require("torch", extra="all", purpose="run models")
    if wanted is not None:
        return wanted
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def computes_bfloat16(device: str) -> bool:
    """Whether the device multiplies bfloat16 in hardware.

    On other processors bfloat16 works as well, and is slower than float32.
    """
    torch = require("torch", extra="all", purpose="run models")
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device != "cpu":
        return False
    # torch has no public question for this; without the private ones we stay with float32
    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name)()) for name in asked if hasattr(torch.cpu, name))


def has_vnni() -> bool:
    """Whether the CPU surely has the instructions that sum products of 8 bits in 32 bits.

    x86 without them (AVX2, early AVX-512) adds the products in pairs in 16 bits, and clips: the
    largest pair, 2 * 255 * 127 = 64770, becomes 32767.
    """
    torch = require("torch", extra="all", purpose="run models")
    # private as above; without it we stay with what is right on every CPU
    asked = getattr(torch.cpu, "_is_vnni_supported", None)
    return bool(asked and asked())


def dtype_of(device: str, wanted: DType) -> torch.dtype:
    """The number format of matrix products: "auto" is bfloat16 where the hardware has it."""
    library = require("torch", extra="all", purpose="run models")
    name = wanted
    if wanted == "auto":
        name = "bfloat16" if computes_bfloat16(device) else "float32"
    if name not in ("bfloat16", "float32"):
        raise ConfigError(f"dtype {wanted!r} is not one of auto, bfloat16, float32")
    found: torch.dtype = getattr(library, name)
    return found
