"""Whether a file is a sensor's: asked while it is found out what a file is."""

from __future__ import annotations

from pathlib import Path

from mmrag.errors import CorruptFile, UnsupportedFile
from mmrag.loaders.sensors.arrays import MAGIC, array_names
from mmrag.loaders.sensors.motion_table import says_motion, titles_of
from mmrag.loaders.sensors.naming import hint_of
from mmrag.modalities import FILE_KINDS, SENSORS, FileKind, Modality

_PNG = b"\x89PNG\r\n\x1a\n"
_GREY_16 = b"\x10\x00"  # bits a sample and kind of colour in the header of a PNG
_GRIDS = (Modality.DEPTH, Modality.THERMAL)
_ADVICE = (
    "name it after what it measures (.depth, .thermal or .imu before the suffix), or put "
    '{"sensor": "depth"} into'
)


def sensor_kind(path: Path, head: bytes) -> FileKind | None:
    """The kind of a sensor's file; None for what is something else.

    Args:
        head: its first bytes.

    Raises:
        UnsupportedFile: an array of which nothing says what it measures.
        CorruptFile: its sidecar says what it cannot be.
    """
    suffix = path.suffix.lower()
    if head.startswith(MAGIC):
        return _array(path)
    if suffix == ".npz" and head.startswith(b"PK"):
        return _arrays(path)
    if head.startswith(_PNG):
        return _picture(path, head)
    if suffix in (".csv", ".tsv"):
        hint = hint_of(path)
        if hint.sensor is Modality.IMU or (hint.sensor is None and says_motion(titles_of(path))):
            return FILE_KINDS[Modality.IMU.value]
    return None


def _array(path: Path) -> FileKind:
    sensor = hint_of(path).sensor
    if sensor is None:
        raise UnsupportedFile(
            path, f"is an array, and nothing says of what; {_ADVICE} {path.name}.json"
        )
    return FILE_KINDS[sensor.value]


def _arrays(path: Path) -> FileKind:
    names = array_names(path)
    held = [sensor for sensor in SENSORS if sensor.value in names]
    sensor = hint_of(path).sensor
    if sensor is None and len(held) == 1:
        sensor = held[0]
    if sensor is None:
        if held:
            named = " and ".join(sensor.value for sensor in held)
            raise UnsupportedFile(path, f"holds {named}; save each in a file of its own")
        named = ", ".join(names[:5]) or "nothing"
        raise UnsupportedFile(
            path,
            f"holds {named}, and no array called depth, thermal or imu; {_ADVICE} {path.name}.json",
        )
    return FILE_KINDS[sensor.value]


def _picture(path: Path, head: bytes) -> FileKind | None:
    """A grey PNG of 16 bits if it is named so. One of 8 is a picture that may show measurements but
    does not hold them, unless a sidecar insists."""
    hint = hint_of(path)
    if hint.sensor not in _GRIDS:
        return None
    if head[24:26] == _GREY_16:
        return FILE_KINDS[hint.sensor.value]
    if hint.stated:
        raise CorruptFile(
            path,
            f"is to be a {hint.sensor.value} map by its sidecar, but is no picture of 16 bits of "
            f"grey; save the measurements so, or as .npy",
        )
    return None
