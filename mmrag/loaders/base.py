"""What every loader shares: one file in, nodes with provenance out."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document, Node

from mmrag.loaders.cutting import BY_KEY_FRAMES, Cutting
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.limits import DEFAULT, Limits, check_count
from mmrag.loaders.passages import Block, passages
from mmrag.modalities import Modality
from mmrag.schema import Provenance, as_document, build_node, number_nodes, union

VERSION = "3"
"""Raised when a loader's output changes; documents read by an older one are read again."""


class FileReader(BaseReader):
    """A LlamaIndex reader of one kind of file.

    `read` is what mmrag's ingest uses. `load_data` gives the same content as LlamaIndex
    `Document`s, so a reader also serves in `SimpleDirectoryReader(file_extractor={".pdf": …})`.

    Args:
        limits: the largest input taken; a larger one raises LimitExceeded.
        cutting: how films are cut into scenes; others have none.
    """

    def __init__(self, *, limits: Limits = DEFAULT, cutting: Cutting = BY_KEY_FRAMES) -> None:
        self.limits = limits
        self.cutting = cutting

    @abstractmethod
    def read(self, path: Path, *, source: str) -> list[Node]:
        """The nodes of `path` in reading order, not yet numbered.

        Args:
            source: how the file is cited.

        Raises:
            LoadError: the file cannot be read; the message says why.
        """

    def load_data(
        self,
        file: str | Path,
        extra_info: Mapping[str, Any] | None = None,
        fs: Any | None = None,  # noqa: ANN401  (an fsspec file system, as LlamaIndex passes it)
    ) -> list[Document]:
        """Read one file as LlamaIndex documents, one a passage, with the same metadata and ids.

        What the file says of itself, and what lies beside it, is `registry.read_file`'s.
        """
        path = Path(file)
        nodes = self.read(path, source=path.name)
        number_nodes(nodes, sha256_of(path))
        documents = [as_document(node) for node in nodes]
        for document in documents:
            document.metadata = {**(extra_info or {}), **document.metadata}
        return documents

    def text_nodes(
        self, blocks: Iterable[Block], *, path: Path, source: str, mimetype: str
    ) -> list[Node]:
        """Text nodes of about one passage each.

        Raises:
            LimitExceeded: more text than `limits.text_chars`.
        """
        nodes = []
        for cut in passages(self._within_limits(path, blocks)):
            boxes = [span.bbox for span in cut.spans if span.bbox is not None]
            place = Provenance(
                source, cut.page, union(boxes) if boxes else None, heading=cut.heading
            )
            nodes.append(
                build_node(
                    cut.text,
                    place,
                    modality=Modality.TEXT,
                    mimetype=mimetype,
                    path=path,
                    spans=cut.spans,
                )
            )
        return nodes

    def _within_limits(self, path: Path, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks, counted as they come: titles of columns can make much of a small file."""
        chars = 0
        for block in blocks:
            beat()
            chars += len(block.text)
            check_count(path, "text_chars", chars, self.limits.text_chars)
            yield block


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
            beat()
    return digest.hexdigest()
