"""Arrays of numbers out of .npy and .npz files, whose headers are believed in nothing.

numpy's own `load` makes room for what a header claims before it looks whether the file has it.
Pickles, which .npy may hold, are programs; they are refused, never loaded.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mmrag.errors import CorruptFile, EmptyFile, UnsupportedFile
from mmrag.loaders.damage import damage_reported
from mmrag.loaders.limits import Limits, check_count, check_file

MAGIC = b"\x93NUMPY"
_HEADER = 16_384  # bytes in which a header must end; numpy itself takes 10,000 of them
_VERSIONS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
Numbers = NDArray[Any]


def array_names(path: Path) -> list[str]:
    """Names of the arrays in a .npz file."""
    with damage_reported(path, ".npz archive"), zipfile.ZipFile(path) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def read_npy(path: Path, limits: Limits, limit: str, *, each: int = 1) -> Numbers:
    """The array of a .npy file.

    Args:
        limit: name of the limit on what it holds.
        each: how many numbers make one of what is limited.

    Raises:
        UnsupportedFile: no numbers: pickled objects, text, complex values.
        CorruptFile: damaged, or shorter than its header says.
        LimitExceeded: its header claims more numbers than the limit.
    """
    check_file(path, limits, bounded=False)
    with path.open("rb") as stream:
        return _array(stream, path, limits, limit, each)


def read_npz(
    path: Path, names: Sequence[str], limits: Limits, limit: str, *, each: int = 1
) -> dict[str, Numbers]:
    """Those of the named arrays that a .npz file has; as `read_npy` otherwise."""
    check_file(path, limits, bounded=False)
    found = {}
    with damage_reported(path, ".npz archive"), zipfile.ZipFile(path) as archive:
        check_count(path, "zip_entries", len(archive.namelist()), limits.zip_entries)
        there = set(archive.namelist())
        for name in names:
            if f"{name}.npy" in there:
                with archive.open(f"{name}.npy") as stream:  # unpacked as far as it is read
                    found[name] = _array(stream, path, limits, limit, each)
    return found


def _array(stream: IO[bytes], path: Path, limits: Limits, limit: str, each: int) -> Numbers:
    opening = stream.read(_HEADER)
    handle = BytesIO(opening)
    with damage_reported(path, "array", TokenError):
        version = npy.read_magic(handle)
        if version not in _VERSIONS:
            raise CorruptFile(path, f"is an array of version {version}; save it as float32 anew")
        shape, by_columns, dtype = _VERSIONS[version](handle)
    if dtype.hasobject:
        raise UnsupportedFile(
            path, "holds pickled Python objects, which are never loaded; save plain numbers"
        )
    if dtype.kind not in "fiu":
        raise UnsupportedFile(path, f"holds {dtype}, not real numbers; save it as float32")
    count = math.prod(shape)
    if min(shape, default=1) < 0:
        raise CorruptFile(path, f"is a damaged array: it claims the shape {shape}")
    if not count:
        raise EmptyFile(path, f"holds no numbers: its shape is {shape}")
    check_count(path, limit, -(-count // each), getattr(limits, limit))
    size = count * dtype.itemsize
    data = opening[handle.tell() :][:size]
    data += stream.read(size - len(data))
    if len(data) < size:
        raise CorruptFile(
            path, f"is cut off: its shape {shape} takes {size} bytes, and {len(data)} are there"
        )
    values: Numbers = np.frombuffer(data, dtype).reshape(shape, order="F" if by_columns else "C")
    return values
