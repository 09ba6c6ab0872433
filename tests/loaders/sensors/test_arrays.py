"""Arrays whose headers lie: nothing is loaded, nothing allocated that is not there."""

from __future__ import annotations

import io
import pickle
import resource
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mmrag.errors import CorruptFile, EmptyFile, LimitExceeded, LoadError, UnsupportedFile
from mmrag.limits import DEFAULT, Limits
from mmrag.loaders.registry import read_file
from mmrag.loaders.sensors.arrays import read_npy, read_npz


def header(shape: tuple[int, ...], kind: str = "<f4") -> bytes:
    data = io.BytesIO()
    said = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(data, said)
    return data.getvalue()


@settings(max_examples=30)
@given(
    values=arrays(
        st.sampled_from(["<f4", ">f8", "<i2", ">u2", "<f2"]), array_shapes(max_dims=3, max_side=5)
    ),
    by_columns=st.booleans(),
)
def test_numbers_of_any_order_and_width_are_read_as_numpy_reads_them(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, by_columns: bool
) -> None:
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    np.save(path, np.asfortranarray(values) if by_columns else values)
    np.testing.assert_array_equal(read_npy(path, DEFAULT, "sensor_pixels"), np.load(path))


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (Path.write_text, (self.path, "sprung"))


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    path, sprung = tmp_path / "room.depth.npy", tmp_path / "sprung"
    np.save(path, np.array([Trap(sprung)], dtype=object), allow_pickle=True)
    with pytest.raises(UnsupportedFile, match="never loaded"):
        read_file(path, path.name)
    path.write_bytes(pickle.dumps(Trap(sprung)))  # np.load would take it for one
    with pytest.raises(LoadError):
        read_file(path, path.name)
    assert not sprung.exists()


BAD = {
    "claims 10^12 numbers": (header((10**6, 10**6)), LimitExceeded, "sensor_pixels"),
    "claims less than none": (header((-4, -4)), CorruptFile, "damaged"),
    "is shorter than it claims": (header((40, 40)) + b"\0" * 100, CorruptFile, "6400 bytes, and"),
    "has no header": (b"\x93NUMPY\x01\x00", CorruptFile, "damaged"),
    "has code for a header": (b"\x93NUMPY\x01\x00\x10\x00{__import__('os')", CorruptFile, "array"),
    "claims a header of 4 GB": (
        b"\x93NUMPY\x02\x00" + b"\xff" * 4 + b" " * 20_000,
        CorruptFile,
        "array",
    ),
    "is of another version": (b"\x93NUMPY\x07\x00\x10\x00", CorruptFile, "7"),
    "holds words": (header((1,), "<U4") + b"\0" * 16, UnsupportedFile, "not real numbers"),
    "holds complex numbers": (header((1,), "<c8") + b"\0" * 8, UnsupportedFile, "complex"),
    "holds nothing": (header((0, 4)), EmptyFile, "no numbers"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_is_refused_that(case: str, tmp_path: Path) -> None:
    content, error, words = BAD[case]
    path = tmp_path / "room.depth.npy"
    path.write_bytes(content)
    with pytest.raises(error, match=words):
        read_file(path, path.name)


@pytest.mark.parametrize("claimed", [(30_000, 30_000), (2_000, 2_000)])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    claimed: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "room.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("depth.npy", "w", force_zip64=True) as member,
    ):
        member.write(header(claimed))
        for _ in range(20):
            member.write(b"\0" * (1 << 20))
    assert path.stat().st_size < 1 << 20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(LimitExceeded, match=r"sensor_pixels=1000000"):
        read_npz(path, ["depth"], Limits(sensor_pixels=1_000_000), "sensor_pixels")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000  # kB


def test_a_truncated_archive_is_told(tmp_path: Path) -> None:
    path = tmp_path / "room.npz"
    np.savez(path, depth=np.ones((9, 9)))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CorruptFile, match="npz"):
        read_file(path, path.name)
