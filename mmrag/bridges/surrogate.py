"""A stand-in for the text of media that hold none: the file's own name, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.schema import BaseNode, MediaResource, Node, TransformComponent

from mmrag.bridges.sound import SOUND
from mmrag.schema import MIMETYPE, MODALITY, START_MS, SURROGATE, VIA, provenance_of, text_of
from mmrag.words import name_in_words


class NameBridge(TransformComponent):
    """Lets a picture or recording without any text be found by what its file is called.

    Only whole files get the stand-in, and the first scene of a film; a wordless figure on a page,
    a window of a recording, or another scene stays as it is. The stand-in is marked `surrogate` and
    is never quoted as evidence.
    """

    @classmethod
    def class_name(cls) -> str:
        return "NameBridge"

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        for node in nodes:
            if isinstance(node, Node) and not text_of(node).strip() and _is_whole_file(node):
                node.text_resource = MediaResource(text=name_in_words(provenance_of(node).source))
                node.metadata[SURROGATE] = True
        return nodes


def _is_whole_file(node: Node) -> bool:
    kind = str(node.metadata.get(MODALITY))
    if node.metadata.get(VIA) == SOUND or (kind == "video" and node.metadata.get(START_MS)):
        return False
    return kind != "text" and str(node.metadata.get(MIMETYPE, "")).startswith(f"{kind}/")
