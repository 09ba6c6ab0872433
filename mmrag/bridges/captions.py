"""What pictures show, in words: captions by a vision model on an Ollama server."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llama_index.core.schema import BaseNode, MediaResource, Node, TransformComponent
from PIL import Image
from pydantic import Field, PrivateAttr

from mmrag.bridges.caption_cache import CaptionCache
from mmrag.config import OllamaSettings
from mmrag.errors import GenerationError
from mmrag.loaders.pixels import picture
from mmrag.modalities import Modality
from mmrag.ollama import OllamaServer
from mmrag.schema import (
    CAPTION_BY,
    FILE_PATH,
    METADATA,
    MIMETYPE,
    MODALITY,
    NOTE,
    PART,
    SIDECAR,
    VIA,
    build_node,
    provenance_of,
    text_of,
)
from mmrag.words import tokens

if TYPE_CHECKING:
    from ollama import Client

CAPTION = "caption"
"""What `via` says of a text that a vision model made up of a picture."""

QUESTION = (
    "Describe this picture for a search index in one or two plain sentences: what it shows, where, "
    "and what stands out. Name only what can be seen. Do not guess names, places or dates."
)
SIDE = 1024
"""Pixels of the longer side that are sent; more costs time and tells these models little."""
MIN_SIDE = 32
"""Pixels of the shorter side; below, vision models have nothing to work on, and some fail."""
WORDY = 40
"""Words read in a picture from which on it is a page: its words say more than a caption."""
TOKENS = 160
"""Of a caption; one that runs on is cut at its last whole sentence."""
CONTEXT = 4096


class CaptionBridge(TransformComponent):
    """Gives pictures a caption that they are found by.

    A picture without text gets it as its text; beside text that was read in it, the caption is a
    node of its own. `via` is "caption" and `caption_by` the model, for it is no evidence of what
    stands in a source. Pages full of words and tiny pictures get none. A caption that fails costs
    that caption alone and leaves a note.

    Args:
        model: what the server calls it; it must have the capability "vision".
        ollama: the server.
        cache: the file of captions made before; the same picture is not asked about twice.

    Raises:
        LLMUnavailable, LLMModelMissing, GenerationError: with the first picture, if the server is
            not there or its model cannot see.
    """

    model: str = Field(min_length=1)
    ollama: OllamaSettings = OllamaSettings()
    cache: Path

    _ready: Any = PrivateAttr(default=None)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @classmethod
    def class_name(cls) -> str:
        return "CaptionBridge"

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        done: list[BaseNode] = []
        for place, node in enumerate(nodes):
            done.append(node)
            if isinstance(node, Node) and _is_picture(node) and not _is_page(nodes[place:]):
                done += self._captioned(node)
        return done

    def caption(self, image: Image.Image) -> str:
        """The caption of an RGB picture, from the cache or the model.

        Raises:
            GenerationError: the model failed, or said nothing.
        """
        small = image.copy()
        small.thumbnail((SIDE, SIDE))
        key = hashlib.sha256(f"{small.size}".encode() + small.tobytes()).hexdigest()
        with self._lock:
            ready = self._asked_first()
            if (known := ready.cache.get(key, ready.by)) is not None:
                return known
            made = self._made(ready, small)
            ready.cache.put(key, ready.by, made)
            return made

    def _captioned(self, node: Node) -> list[Node]:
        """The nodes that a caption adds; none where it becomes the text of the picture's own."""
        where = provenance_of(node)
        image = picture(node.metadata[FILE_PATH], page=where.page, bbox=where.bbox)
        if min(image.size) < MIN_SIDE:
            return []
        with self._lock:
            self._asked_first()  # what concerns every picture is no note of one
        try:
            caption = self.caption(image)
        except GenerationError as exc:
            node.metadata[NOTE] = f"no caption: {exc}"
            return []
        if not text_of(node).strip():
            node.text_resource = MediaResource(text=caption)
            node.metadata.update({VIA: CAPTION, CAPTION_BY: self.model})
            return []
        beside = build_node(
            caption,
            where,
            modality=Modality.IMAGE,
            mimetype=node.metadata[MIMETYPE],
            path=node.metadata[FILE_PATH],
            via=CAPTION,
            part=True,
        )
        beside.metadata[CAPTION_BY] = self.model
        return [beside]

    def _asked_first(self) -> _Ready:
        if self._ready is None:
            server = OllamaServer.of(self.ollama, otherwise="index without captions")
            found = server.preflight(self.model, needs="vision")
            question = hashlib.sha256(f"{QUESTION}{SIDE}{TOKENS}".encode()).hexdigest()
            self._ready = _Ready(
                server.client(),
                CaptionCache(self.cache),
                f"{self.model}@{found.revision or 'unknown'}/{question[:8]}",
                # a model that thinks by itself would spend all its tokens on it
                think=False if "thinking" in found.capabilities else None,
            )
        ready: _Ready = self._ready
        return ready

    def _made(self, ready: _Ready, image: Image.Image) -> str:
        buffer = BytesIO()
        image.save(buffer, format="JPEG", quality=90)
        server = OllamaServer.of(self.ollama, otherwise="index without captions")
        message = {"role": "user", "content": QUESTION, "images": [buffer.getvalue()]}
        with server.errors(self.model):
            reply = server.tries(
                lambda: ready.client.chat(
                    self.model,
                    [message],
                    think=ready.think,
                    options={"temperature": 0, "num_predict": TOKENS, "num_ctx": CONTEXT},
                    keep_alive=self.ollama.keep_alive,
                )
            )
        said = " ".join((reply.message.content or "").split())
        if reply.done_reason == "length" and ". " in said:
            said = said[: said.rindex(". ") + 1]
        if not said:
            raise GenerationError(f"{self.model} said nothing")
        return said


@dataclass(frozen=True)
class _Ready:
    client: Client
    cache: CaptionCache
    by: str
    think: bool | None


def _is_picture(node: Node) -> bool:
    return node.metadata.get(MODALITY) == Modality.IMAGE.value and not node.metadata.get(PART)


def _is_page(nodes: Sequence[BaseNode]) -> bool:
    """Whether much was read in the picture that comes first; its further passages follow it."""
    words = len(tokens(text_of(nodes[0])))
    for node in nodes[1:]:
        if not node.metadata.get(PART) or node.metadata.get(VIA) in (SIDECAR, METADATA):
            break  # what somebody wrote of the picture does not stand in it
        words += len(tokens(text_of(node)))
    return words >= WORDY
