"""Which files are a sensor's: by name, sidecar, key or titles, and never by guess."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmrag.errors import CorruptFile, UnsupportedFile
from mmrag.loaders.registry import read_file
from mmrag.loaders.sensors.naming import mark_of
from mmrag.loaders.sniff import sniff
from mmrag.modalities import SENSORS, of_mimetype
from mmrag.schema import MODALITY, NOTE

GREY = np.full((9, 9), 1500, np.uint16)


@pytest.mark.parametrize(
    ("name", "sensor"),
    [
        ("room.depth.png", "depth"),
        ("room_DEPTH.NPY", "depth"),
        ("thermal.npz", "thermal"),
        ("a-imu.csv", "imu"),
        ("in-depth.txt", None),
        ("depths.png", None),
        ("predepth.npy", None),
        ("depth.md", None),
    ],
)
def test_names_are_read_from_their_ends(name: str, sensor: str | None) -> None:
    assert mark_of(name) == sensor


def test_an_ordinary_picture_of_16_bits_stays_one(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "scan.png")
    assert sniff(tmp_path / "scan.png").name == "png"
    (tmp_path / "scan.png.json").write_text('{"sensor": "thermal"}')
    assert sniff(tmp_path / "scan.png").name == "thermal"
    (tmp_path / "scan.png.json").write_text('{"sensor": "Foveon X3"}')
    assert sniff(tmp_path / "scan.png").name == "png"


def test_a_picture_of_8_bits_is_one_unless_a_sidecar_insists(tmp_path: Path) -> None:
    path = tmp_path / "room.depth.png"
    Image.fromarray(GREY.astype(np.uint8)).save(path)
    (node,) = read_file(path, path.name)
    assert node.metadata[MODALITY] == "image"
    assert "read as a picture" in node.metadata[NOTE]
    path.with_name("room.depth.png.json").write_text('{"sensor": "depth"}')
    with pytest.raises(CorruptFile, match="16 bits of grey"):
        sniff(path)


def test_an_ordinary_table_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("name,ax,ay\nx,1,2\n")
    assert sniff(path).name == "csv"
    path.write_text("time,ax,ay,az,gx,gy,gz\n" + "0,1,2,3,4,5,6\n")
    assert sniff(path).name == "imu"


def test_an_array_without_a_hint_is_refused_with_advice(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((4, 4)))
    with pytest.raises(UnsupportedFile, match=r"nothing says of what.*\.depth.*a\.npy\.json"):
        sniff(tmp_path / "a.npy")
    np.savez(tmp_path / "a.npz", x=np.ones((4, 4)))
    with pytest.raises(UnsupportedFile, match="holds x, and no array called depth"):
        sniff(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", depth=np.ones((4, 4)), thermal=np.ones((4, 4)))
    with pytest.raises(UnsupportedFile, match="depth and thermal; save each"):
        sniff(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", thermal=np.ones((4, 4)))
    assert sniff(tmp_path / "a.npz").name == "thermal"


def test_a_link_beside_a_file_is_no_sidecar(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((4, 4)))
    (tmp_path / "real.json").write_text('{"sensor": "depth"}')
    (tmp_path / "a.npy.json").symlink_to(tmp_path / "real.json")
    with pytest.raises(UnsupportedFile):
        sniff(tmp_path / "a.npy")


def test_types_tell_the_sensor() -> None:
    for sensor in SENSORS:
        assert of_mimetype(f"application/vnd.mmrag.{sensor.value}") is sensor
