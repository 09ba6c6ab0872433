"""Picture files: one image node a picture, or one a page of a TIFF."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.schema import Node

from mmrag.errors import UnsupportedFile
from mmrag.loaders.base import FileReader
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.pixels import frames, opened
from mmrag.modalities import FILE_KINDS, Modality
from mmrag.schema import Provenance, build_node

# Pillow's names of formats. MPO is a JPEG with further camera pictures behind the first.
_KINDS = {
    "PNG": "png",
    "JPEG": "jpeg",
    "MPO": "jpeg",
    "WEBP": "webp",
    "AVIF": "avif",
    "GIF": "gif",
    "TIFF": "tiff",
    "BMP": "bmp",
}


class ImageReader(FileReader):
    """Decodes each frame once, so that a damaged picture is found here and not at its first use.

    Nodes have an empty text: bridges make text from pictures, and embedders read the file.
    """

    def read(self, path: Path, *, source: str) -> list[Node]:
        with opened(path, self.limits) as image:
            kind = _KINDS.get(image.format or "")
            if kind is None:
                raise UnsupportedFile(path, f"is a {image.format} picture; convert it to PNG")
            count = 0
            for _ in frames(image, path, self.limits):
                beat()
                count += 1
        return [
            build_node(
                "",
                Provenance(source, page=number),
                modality=Modality.IMAGE,
                mimetype=FILE_KINDS[kind].mimetype,
                path=path,
            )
            for number in range(1, count + 1)
        ]
