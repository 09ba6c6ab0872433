"""Counts and sizes as people write them: 50M, 2.5k, 1e6, 64GB, 1.5TiB."""

from __future__ import annotations

import math
import re

from mmrag.errors import InputError

COUNTS = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9, "G": 10**9}
SIZES = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
MOST_ITEMS, MOST_BYTES = 10**15, 10**18
"""Beyond these a number is a slip of the finger."""
_NUMBER = re.compile(r"(\d[\d_]*(?:\.\d+)?(?:e\d+)?)\s*([a-z]*)", re.IGNORECASE)
_BINARY = {"k": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "P": 2**50}


def count_of(text: str, *, what: str) -> int:
    """A whole number from 1 to 1e15: "50M" is fifty million, "2.5k" is 2500.

    Args:
        what: the option, for the message.

    Raises:
        InputError: it is none.
    """
    known = {suffix.lower(): factor for suffix, factor in COUNTS.items()}
    number, suffix = _split(text)
    value = None if number is None else number * known.get(suffix.lower(), math.nan)
    if value is None or not 1 <= value <= MOST_ITEMS:
        raise InputError(
            f"{what} wants a number from 1 to 1e15, such as 50M, 2.5k or 1e6, found {text!r}"
        )
    return round(value)


def bytes_of(text: str, *, what: str) -> int:
    """A size in bytes: "64GB" and "64G" are decimal, "64GiB" is not.

    Raises:
        InputError: it is none, has no unit, or is beyond 1000 PB.
    """
    number, suffix = _split(text)
    unit = suffix.lower().removesuffix("b")
    table = _BINARY if unit.endswith("i") else SIZES
    known = {name.lower(): factor for name, factor in table.items()}
    value = None if number is None else number * known.get(unit.removesuffix("i"), math.nan)
    if value is None or not 1 <= value <= MOST_BYTES:
        raise InputError(f"{what} wants a size such as 64GB, 512MB or 2TB, found {text!r}")
    return round(value)


def count_shown(value: float) -> str:
    """50000000 -> "50M": three digits."""
    for suffix, factor in (("B", 10**9), ("M", 10**6), ("k", 10**3)):
        if value >= 0.9995 * factor:
            return f"{_three(value / factor)}{suffix}"
    return _three(value)


def bytes_shown(value: float) -> str:
    """76800000000 -> "76.8 GB": three digits, in powers of ten."""
    for suffix in ("PB", "TB", "GB", "MB", "kB"):
        factor = SIZES[suffix[0]]
        if value >= 0.9995 * factor:
            return f"{_three(value / factor)} {suffix}"
    return f"{_three(value)} B"


def _three(value: float) -> str:
    return f"{value:.0f}" if value >= 99.95 else f"{value:.3g}"


def _split(text: str) -> tuple[float | None, str]:
    match = _NUMBER.fullmatch(text.strip())
    return (float(match[1].replace("_", "")), match[2]) if match else (None, "")
