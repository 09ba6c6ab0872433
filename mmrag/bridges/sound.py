"""Long stretches of sound without words, cut so that each can be found and cited by its time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from llama_index.core.schema import BaseNode, Node, TransformComponent

from mmrag.modalities import Modality
from mmrag.schema import (
    FILE_PATH,
    MIMETYPE,
    MODALITY,
    PART,
    VIA,
    Provenance,
    build_node,
    provenance_of,
    text_of,
)

SOUND = "sound"
"""What `via` says of a node that stands for sound without words."""

WINDOW_MS = 10_000
"""What sound models hear at once (CLAP was trained on 10 s)."""
LONGEST_MS = 15_000
"""A stretch up to this long stays whole."""
GAP_MS = 3_000
"""Silence between sentences is shorter; from here on there may be something to hear."""


class SoundBridge(TransformComponent):
    """Cuts recordings without words, and the wordless stretches of others, into windows.

    The node of a whole recording stays, for its name and its length. Other nodes pass untouched.
    """

    @classmethod
    def class_name(cls) -> str:
        return "SoundBridge"

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        done: list[BaseNode] = []
        for node in nodes:
            where = provenance_of(node)
            length = (where.end_ms or 0) - (where.start_ms or 0)
            if not isinstance(node, Node) or not _is_wordless(node) or length <= LONGEST_MS:
                done.append(node)
                continue
            if node.metadata.get(VIA) != SOUND:  # the recording itself
                node.metadata[PART] = True
                done.append(node)
            done += [
                sound_node(node, start, end)
                for start, end in windows(where.start_ms or 0, where.end_ms or 0)
            ]
        return done


def windows(start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """Equal windows of about WINDOW_MS, without a rest too short to tell anything."""
    count = max(1, round((end_ms - start_ms) / WINDOW_MS))
    cuts = [start_ms + round(i * (end_ms - start_ms) / count) for i in range(count + 1)]
    return list(pairwise(cuts))


def gaps(heard: Sequence[tuple[int, int]], start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """Stretches of at least GAP_MS without words between `start_ms` and `end_ms`.

    Args:
        heard: (start, end) of what was said, in any order.
    """
    free, at = [], start_ms
    for start, end in sorted(heard):
        if start - at >= GAP_MS:
            free.append((at, start))
        at = max(at, end)
    if end_ms - at >= GAP_MS:
        free.append((at, end_ms))
    return free


def sound_node(node: Node, start_ms: int, end_ms: int) -> Node:
    """A wordless stretch of the recording that `node` is of."""
    return build_node(
        "",
        Provenance(provenance_of(node).source, start_ms=start_ms, end_ms=end_ms),
        modality=Modality.AUDIO,
        mimetype=node.metadata[MIMETYPE],
        path=node.metadata[FILE_PATH],
        via=SOUND,
    )


def _is_wordless(node: Node) -> bool:
    return node.metadata.get(MODALITY) == Modality.AUDIO.value and not text_of(node).strip()
