"""What Whisper hears in one window of speech, without what it makes up where nobody speaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from mmrag.bridges.spoken import Word
from mmrag.bridges.voice import PURPOSE, RATE, Window
from mmrag.embeddings.weights import locate
from mmrag.errors import ModelUnavailable
from mmrag.extras import require
from mmrag.store.spec import FloatArray

NO_SPEECH = 0.6
"""`no_speech_threshold` of Whisper's transcribe(): more likely than this, nobody speaks."""
LIKELY = -0.5
"""A text this likely (mean log probability of a token) stands all the same.

Whisper's own `logprob_threshold` is -1.0, for half a minute of sound. What Silero lets pass of
animals and instruments is shorter, and the "Thank you." that Whisper makes of it reaches -0.8;
LibriVox readers get -0.1 to -0.3.
"""
REPETITIVE = 2.4
"""`compression_ratio_threshold` of Whisper's transcribe(): a text packed better may be a loop."""
REPEATS = 4
"""A phrase that comes more often than this on end is a loop; people repeat sentences as well."""
_PHRASE_WORDS = 16  # longest phrase of a loop
LEAST_VOICE_S = 0.25
"""Silero VAD's own `min_speech_duration_ms`: what is shorter is a click or a chirp."""
SURE = 0.5
"""faster-whisper's `language_detection_threshold`."""
UNHEARD_S = 2.0
"""So long without a word is not silence, of which a window keeps 0.8 s at most."""
_MARGIN_S = 0.2

_Found = tuple[str, float, float]  # a word, its start and its end in seconds


class Whisper:
    """A Whisper model that hears one window after the other.

    It hears each window in one go and without time tokens (faster-whisper's batched pipeline, a
    batch of one). Among ways to decode half a minute that one loses fewest words: with time tokens
    the model ends early, and continuing behind its last word tempts it to fill the rest. More
    windows at once save a tenth of the processor's time for 60 MB each.

    Args:
        model: "pip:NAME", a local folder, or a name that faster-whisper knows.
        beam_size: beams of the search.
        threads: of the processor.

    Raises:
        MissingExtra: faster-whisper is not installed.
        ModelUnavailable: the weights cannot be had or loaded.
    """

    def __init__(self, model: str, *, beam_size: int, threads: int) -> None:
        library = require("faster_whisper", extra="asr", purpose=PURPOSE)
        weights = locate(model, purpose=PURPOSE)
        try:
            self._model = library.WhisperModel(
                weights.path,
                device="auto",
                compute_type="int8",
                cpu_threads=threads,
                local_files_only=weights.local,
            )
        except (OSError, ValueError, RuntimeError) as exc:
            raise ModelUnavailable(
                f"cannot load the speech model {model}: {exc}; name a local folder or "
                f"use --profile offline"
            ) from exc
        self._at_once = library.BatchedInferencePipeline(self._model)
        self._options: dict[str, Any] = {
            "beam_size": beam_size,
            "vad_filter": False,
            "word_timestamps": True,
            "without_timestamps": True,
            # a mishearing must not steer what follows it
            "condition_on_previous_text": False,
        }

    def hear(self, window: Window, language: str | None) -> tuple[list[Word], str | None]:
        """The words of a window in order, and its language where that is known or sure."""
        if window.voice_s < LEAST_VOICE_S:
            return [], language
        sound = window.samples
        found, known = self._found(sound, language)
        for start, end in unheard(found, len(sound) / RATE):
            # the model left out a sentence, or stopped before the end: hear that part by itself
            first = max(0.0, start - _MARGIN_S)
            part = sound[round(first * RATE) : round((end + _MARGIN_S) * RATE)]
            found += [
                (text, first + a, first + b)
                for text, a, b in self._found(part, known)[0]
                if start <= first + (a + b) / 2 < end
            ]
        found.sort(key=lambda word: word[1])
        return [Word(text, *window.spoken_ms(start, end)) for text, start, end in found], known

    def _found(self, sound: FloatArray, language: str | None) -> tuple[list[_Found], str | None]:
        whole = [{"start": 0, "end": len(sound) / RATE}]
        segments, about = self._at_once.transcribe(
            sound, language=language, clip_timestamps=whole, batch_size=1, **self._options
        )
        kept = [s for s in segments if s.no_speech_prob <= NO_SPEECH or s.avg_logprob > LIKELY]
        words = whole_words(kept)
        if any(segment.compression_ratio > REPETITIVE for segment in kept):
            once = without_loops(words)
            if len(once) < len(words):
                words = without_loops(self._again(sound, about.language))
        known = about.language if language or about.language_probability >= SURE else None
        return words, known

    def _again(self, sound: FloatArray, language: str) -> list[_Found]:
        """A window in which the likeliest text goes round in circles, heard less greedily.

        Whisper's own remedy: sampling at rising temperatures until the text does not repeat.
        """
        segments, _ = self._model.transcribe(
            sound, language=language, compression_ratio_threshold=REPETITIVE, **self._options
        )
        return whole_words(segments)


def unheard(found: Sequence[_Found], length_s: float) -> list[tuple[float, float]]:
    """Stretches of at least UNHEARD_S without a word in a window; none in one without any word."""
    if not found:
        return []
    edges = [0.0, *(edge for _, start, end in found for edge in (start, end)), length_s]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return [(start, end) for start, end in gaps if end - start >= UNHEARD_S]


def without_loops(words: Sequence[_Found]) -> list[_Found]:
    """The words, with a phrase that comes more than REPEATS times on end only once."""
    said = [re.sub(r"\W", "", text).casefold() for text, _, _ in words]
    kept: list[_Found] = []
    at = 0
    while at < len(words):
        step = size = 1
        for size in range(1, _PHRASE_WORDS + 1):
            phrase, times = said[at : at + size], 1
            while said[at + times * size : at + (times + 1) * size] == phrase:
                times += 1
            if times > REPEATS:
                step = times * size
                break
        else:
            size = 1
        kept += words[at : at + size]
        at += step
    return kept


def whole_words(segments: Iterable[Any]) -> list[_Found]:
    """faster-whisper's words, with what it splits at a hyphen or a sign put together again."""
    found: list[_Found] = []
    for piece in (word for segment in segments for word in segment.words or ()):
        text = piece.word.strip()
        if not text:
            continue
        if found and not piece.word.startswith(" ") and not text[0].isalnum():
            before, start, _ = found.pop()
            found.append((before + text, start, float(piece.end)))
        else:
            found.append((text, float(piece.start), float(piece.end)))
    return found
