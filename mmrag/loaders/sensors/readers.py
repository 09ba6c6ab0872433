"""Readers of sensors' files: one node a depth map or thermal picture, one a window of motion."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.schema import Node

from mmrag.loaders.base import FileReader
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.sensors.grids import read_depth, read_thermal
from mmrag.loaders.sensors.motion import read_motion
from mmrag.loaders.sensors.words import of_depth, of_motion, of_thermal
from mmrag.modalities import FILE_KINDS, Modality
from mmrag.schema import MEASURED, NOTE, Provenance, build_node


class DepthReader(FileReader):
    """Distances, from .npy, .npz or a PNG of 16 bits; the node's text says what was measured."""

    def read(self, path: Path, *, source: str) -> list[Node]:
        grid = read_depth(path, self.limits)
        place = Provenance(source)
        return [_node(of_depth(grid.values), place, Modality.DEPTH, path, _holes(grid.missing))]


class ThermalReader(FileReader):
    """Temperatures, from .npy, .npz or a PNG of 16 bits; likewise."""

    def read(self, path: Path, *, source: str) -> list[Node]:
        grid = read_thermal(path, self.limits)
        place = Provenance(source)
        return [_node(of_thermal(grid.values), place, Modality.THERMAL, path, _holes(grid.missing))]


class MotionReader(FileReader):
    """Acceleration and rotation, from .csv, .npy or .npz; a node for each window of 5 s."""

    def read(self, path: Path, *, source: str) -> list[Node]:
        motion = read_motion(path, self.limits)
        nodes = []
        for window in motion.windows:
            beat()
            place = Provenance(source, start_ms=window.start_ms, end_ms=window.end_ms)
            nodes.append(_node(of_motion(window, motion), place, Modality.IMU, path))
        if motion.notes:
            nodes[0].metadata[NOTE] = "; ".join(motion.notes)
        return nodes


def _node(text: str, place: Provenance, sensor: Modality, path: Path, note: str = "") -> Node:
    mimetype = FILE_KINDS[sensor.value].mimetype
    node = build_node(text, place, modality=sensor, mimetype=mimetype, path=path, via=MEASURED)
    if note:
        node.metadata[NOTE] = note
    return node


def _holes(share: float) -> str:
    return f"{share:.1%} was not measured and takes what is beside it" if share >= 0.001 else ""
