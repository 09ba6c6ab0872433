"""Text that lies beside a picture, a recording or a film: what somebody wrote of it."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.schema import Node

from mmrag.errors import CorruptFile
from mmrag.loaders.metadata.reading import sidecar_bytes
from mmrag.loaders.passages import Block, passages
from mmrag.loaders.sidecars import Sidecar
from mmrag.loaders.sniff import sniff
from mmrag.loaders.text import PARAGRAPHS, decode, unwrapped
from mmrag.modalities import of_mimetype
from mmrag.schema import MIMETYPE, SIDECAR, SOURCE, Provenance, build_node

LARGEST = 1 << 20
"""Bytes of a description."""


def description_nodes(sidecar: Sidecar, of: Node, path: Path) -> list[Node]:
    """The passages of a text sidecar, as nodes of the picture or recording that it describes.

    Args:
        of: the first node of that file.

    Raises:
        LoadError: no text, or too much of it.
        OSError: it cannot be read.
    """
    data = sidecar_bytes(sidecar.path, LARGEST)
    if sniff(sidecar.path).name != "text":
        raise CorruptFile(sidecar.path, "is no plain text")
    text = decode(sidecar.path, data)
    paragraphs = PARAGRAPHS.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    cut = passages(Block(unwrapped(part)) for part in paragraphs if part.strip())
    mimetype = str(of.metadata[MIMETYPE])
    return [
        build_node(
            passage.text,
            Provenance(str(of.metadata[SOURCE])),
            modality=of_mimetype(mimetype),
            mimetype=mimetype,
            path=path,
            via=SIDECAR,
            part=True,
        )
        for passage in cut
    ]
