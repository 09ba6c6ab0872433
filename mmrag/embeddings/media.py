"""What embeddings are given: pictures and sounds as files, bytes, arrays or parts of a node."""

from __future__ import annotations

import base64
import binascii
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

import numpy as np
from llama_index.core.schema import BaseNode, ImageNode, Node
from numpy.typing import NDArray
from PIL import Image

from mmrag.errors import CorruptFile, InputError, LimitExceeded
from mmrag.loaders.audio import pcm
from mmrag.loaders.pixels import frame, picture
from mmrag.loaders.sensors.measured import measured
from mmrag.modalities import Modality
from mmrag.schema import FILE_PATH, MODALITY, PAGE, BBox, provenance_of
from mmrag.store.spec import FloatArray

LONGEST_S = 600.0
"""Sound held in memory for one vector: 115 MB at 48 kHz."""
PIECES = 10
"""A longer recording is heard at this many places, spread evenly, of LONGEST_S together."""

_UNNAMED = Path("picture")  # how errors call one that is no file


@dataclass(frozen=True)
class ImagePart:
    """A picture file, a frame of it (1-based `page`), a PDF page, what a film shows at a time, or a
    region of one of these."""

    path: Path
    page: int | None = None
    bbox: BBox | None = None
    at_ms: int | None = None


@dataclass(frozen=True)
class AudioPart:
    """A stretch of a recording; `end_ms` None is its end."""

    path: Path
    start_ms: int = 0
    end_ms: int | None = None


@dataclass(frozen=True)
class VideoPart:
    """A stretch of a film; `end_ms` None is its end."""

    path: Path
    start_ms: int = 0
    end_ms: int | None = None


ImageInput: TypeAlias = "str | Path | BytesIO | Image.Image | ImagePart | BaseNode"
AudioInput: TypeAlias = "str | Path | BytesIO | NDArray[np.float32] | AudioPart | BaseNode"
VideoInput: TypeAlias = "str | Path | VideoPart | BaseNode"
SensorInput: TypeAlias = "str | Path | NDArray[np.float32] | BaseNode"


def pixels_of(given: ImageInput, *, shorter_side: int | None = None) -> Image.Image:
    """The picture in upright RGB; `shorter_side` is how many pixels are enough.

    Raises:
        LoadError: missing, damaged or beyond the limits.
        InputError: a node that is a picture and names none.
    """
    if isinstance(given, BaseNode):
        given = image_of(given)
    if isinstance(given, Image.Image):
        return frame(given, _UNNAMED)
    if isinstance(given, BytesIO):
        try:
            image = Image.open(given)  # from the beginning, wherever the stream stands
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
            raise LimitExceeded(_UNNAMED, str(exc)) from exc
        except (OSError, SyntaxError, ValueError, EOFError, struct.error) as exc:
            raise CorruptFile(_UNNAMED, "is not in a known format, or damaged") from exc
        return frame(image, _UNNAMED)
    part = given if isinstance(given, ImagePart) else ImagePart(Path(given))
    return picture(part.path, part.page, part.bbox, at_ms=part.at_ms, shorter_side=shorter_side)


def samples_of(given: AudioInput, *, rate: int) -> FloatArray:
    """(n,) mono samples in -1..1 at `rate`; arrays are taken to have that rate already.

    Raises:
        LoadError: missing, damaged or silent by having no samples at all.
        InputError: an array that is not one-dimensional, or not of floats; a node that is a
            recording and names none.
    """
    if isinstance(given, BaseNode):
        given = sound_of(given)
    if isinstance(given, np.ndarray):
        if given.ndim != 1 or not np.issubdtype(given.dtype, np.floating):
            raise InputError(
                f"sound must be (n,) mono samples in -1..1 at {rate} Hz, found an array "
                f"{given.shape} of {given.dtype}"
            )
        samples = np.asarray(given, dtype=np.float32)
    elif isinstance(given, BytesIO):
        with tempfile.NamedTemporaryFile() as file:
            file.write(given.getbuffer())
            file.flush()
            samples = _heard(AudioPart(Path(file.name)), rate)
    else:
        part = given if isinstance(given, AudioPart) else AudioPart(Path(given))
        samples = _heard(part, rate)
    if not len(samples):
        name = given.path if isinstance(given, AudioPart) else "sound"
        raise CorruptFile(str(name), "holds no sound in the stretch asked for")
    return samples


def _heard(part: AudioPart, rate: int) -> FloatArray:
    end_ms = part.end_ms
    if end_ms is None or end_ms - part.start_ms <= LONGEST_S * 1000:
        longest = part.start_ms + round(LONGEST_S * 1000)
        return pcm(part.path, rate=rate, start_ms=part.start_ms, end_ms=end_ms or longest)
    piece = round(LONGEST_S * 1000 / PIECES)
    starts = np.linspace(part.start_ms, end_ms - piece, PIECES).round().astype(int).tolist()
    return np.concatenate(
        [pcm(part.path, rate=rate, start_ms=start, end_ms=start + piece) for start in starts]
    )


def measured_of(given: SensorInput, sensor: Modality) -> FloatArray:
    """(1, h, w) disparity in 1/m or degrees Celsius, or (windows, 6, 2000) m/s² and rad/s.

    An array is one map (h, w) or one window (6, 2000) in these units.

    Raises:
        LoadError: missing, damaged, beyond the limits, or hardly measured at all.
        InputError: an array of another shape, or not of finite numbers; a node without a file.
    """
    if isinstance(given, BaseNode):
        where = provenance_of(given)
        if not (found := given.metadata.get(FILE_PATH)):
            raise InputError(f"node {given.node_id} is of a sensor, without a file")
        return measured(Path(str(found)), sensor, where.start_ms, where.end_ms)
    if not isinstance(given, np.ndarray):
        return measured(Path(given), sensor)
    shape = (6, 2000) if sensor is Modality.IMU else ("height", "width")
    fits = given.shape == shape if sensor is Modality.IMU else given.ndim == 2 and given.size > 0
    if not (fits and np.issubdtype(given.dtype, np.floating) and np.isfinite(given).all()):
        raise InputError(
            f"{sensor.value} must be finite floats of shape ({shape[0]}, {shape[1]}), found an "
            f"array {given.shape} of {given.dtype}"
        )
    return np.asarray(given, dtype=np.float32)[None]


def modality_of(node: BaseNode) -> Modality:
    """What a node shows: as mmrag's loaders say, else by the media it carries."""
    stated = node.metadata.get(MODALITY)
    if stated in set(Modality):
        return Modality(stated)
    if isinstance(node, ImageNode):
        return Modality.IMAGE
    if isinstance(node, Node):
        for modality in (Modality.IMAGE, Modality.AUDIO, Modality.VIDEO):
            if getattr(node, f"{modality.value}_resource") is not None:
                return modality
    return Modality.TEXT


def image_of(node: BaseNode) -> ImagePart | BytesIO:
    """The picture behind a node: its file, and the page, region or moment that are its own.

    Raises:
        InputError: the node says it is a picture and names none.
    """
    where = provenance_of(node)
    if modality_of(node) is Modality.VIDEO:
        scene = film_of(node)
        shown = scene.start_ms if where.frame_ms is None else where.frame_ms
        return ImagePart(scene.path, None, where.bbox, shown)
    resource = node.image_resource if isinstance(node, Node) else None
    path = getattr(resource or node, "path" if resource else "image_path", None)
    data = resource.data if resource else getattr(node, "image", None)
    if path is None and data:
        return BytesIO(_decoded(data))
    if path is not None:  # LlamaIndex's own page_label counts in the PDF that it was taken from
        return ImagePart(Path(path), node.metadata.get(PAGE), where.bbox)
    if stated := node.metadata.get(FILE_PATH):
        return ImagePart(Path(str(stated)), where.page, where.bbox)
    raise InputError(f"node {node.node_id} is a picture without a file or data")


def sound_of(node: BaseNode) -> AudioPart | BytesIO:
    """The sound behind a node: its file, and the stretch that is its own.

    Raises:
        InputError: the node says it is a recording and names none.
    """
    where = provenance_of(node)
    resource = node.audio_resource if isinstance(node, Node) else None
    path, data = (resource.path, resource.data) if resource else (None, None)
    if path is None and data:
        return BytesIO(_decoded(data))
    if found := path or node.metadata.get(FILE_PATH):
        return AudioPart(Path(str(found)), where.start_ms or 0, where.end_ms)
    raise InputError(f"node {node.node_id} is a recording without a file or data")


def film_of(given: VideoInput) -> VideoPart:
    """The film behind a node or path, and the stretch that is its own.

    Raises:
        InputError: the node says it is a film and names none.
    """
    if isinstance(given, VideoPart):
        return given
    if not isinstance(given, BaseNode):
        return VideoPart(Path(given))
    where = provenance_of(given)
    resource = given.video_resource if isinstance(given, Node) else None
    if found := (resource and resource.path) or given.metadata.get(FILE_PATH):
        return VideoPart(Path(str(found)), where.start_ms or 0, where.end_ms)
    raise InputError(f"node {given.node_id} is a film without a file")


def _decoded(data: bytes | str) -> bytes:
    """LlamaIndex keeps media data as base64."""
    raw = data.encode() if isinstance(data, str) else data
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        return raw


def row_groups(nodes: Sequence[BaseNode]) -> dict[Modality, list[int]]:
    """Row numbers of nodes by what they show, for models refuse batches of mixed modalities."""
    groups: dict[Modality, list[int]] = {}
    for row, node in enumerate(nodes):
        groups.setdefault(modality_of(node), []).append(row)
    return groups
