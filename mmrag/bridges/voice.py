"""Where a voice is heard in a stream of sound, cut into windows that a recogniser takes at once.

Silero VAD, as faster-whisper ships it, tells voice from other sound. faster-whisper's own functions
want a recording whole and forget the state of the network between two calls, so the loop over its
frames stands here; a stream and the whole recording give the same frames.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain

import numpy as np

from mmrag.extras import require
from mmrag.store.spec import FloatArray

PURPOSE = "transcribe recordings (--no-asr leaves them unheard)"
RATE = 16_000
FRAME = 512
"""Samples that Silero VAD judges at once, 32 ms."""
_CONTEXT = 64  # samples of the frame before, which the network sees as well

VOICE = 0.5
"""A frame this likely begins speech: Silero VAD's own default, as faster-whisper's."""
SILENCE = 0.35
"""Below this it ends: VOICE - 0.15, again the default of both."""
PAUSE_S = 0.2
"""Silence this long lies between words; the closure of a plosive within one is about half of it."""
PAD_S = 0.4
"""Sound kept on either side of speech, faster-whisper's `speech_pad_ms`."""
SLACK_S = 0.1
"""Silero's edges are this exact: it takes two or three frames to be sure."""

WINDOW_S = 28.0
"""Longest window; Whisper hears 30 s at once, and what is shorter is filled up."""
RUN_S = 24.0
"""Speech without a pause is parted here, for with its margins it has to fit a window."""
OVERLAP_S = 2.0
"""Where speech is parted without a pause, both parts go on this much beyond the parting."""
SEARCH_S = 8.0
"""It is parted where a voice is least likely within this much before that."""


def _frames(seconds: float) -> int:
    return round(seconds * RATE / FRAME)


_PAUSE, _PAD, _LONGEST = _frames(PAUSE_S), _frames(PAD_S), _frames(RUN_S)
_OVERLAP, _SEARCH = _frames(OVERLAP_S), _frames(SEARCH_S)


@dataclass(frozen=True)
class Speech:
    """A run of speech and the sound around it, in samples at RATE from the start of the recording.

    Attributes:
        start, end: of the speech itself; silence follows, unless the next run is `parted`.
        first: of `samples`, which begin up to a margin before `start` and end as much behind `end`.
        parted: it was cut from the run before it without a pause, and both hold OVERLAP_S of the
            other.
    """

    start: int
    end: int
    first: int
    samples: FloatArray
    parted: bool = False

    @property
    def heard(self) -> tuple[int, int]:
        """Where its words can lie: close to the speech, and all through what it shares."""
        slack, last = round(SLACK_S * RATE), self.first + len(self.samples)
        shares = last - self.end > _PAD * FRAME
        return (
            self.first if self.parted else max(self.first, self.start - slack),
            last if shares else min(last, self.end + slack),
        )


@dataclass(frozen=True)
class Window:
    """Runs of speech that are heard at once, with longer silence between them left out."""

    runs: tuple[Speech, ...]

    @property
    def samples(self) -> FloatArray:
        """float32 (n,), at most WINDOW_S."""
        return np.concatenate([run.samples for run in self.runs])

    @property
    def voice_s(self) -> float:
        """Seconds of speech in it."""
        return sum(run.end - run.start for run in self.runs) / RATE

    @property
    def parted_ms(self) -> float | None:
        """Where in the recording it goes on with speech that was parted without a pause."""
        return self.runs[0].start * 1000 / RATE if self.runs[0].parted else None

    def spoken_ms(self, start_s: float, end_s: float) -> tuple[int, int]:
        """Start and end in the recording, in ms, of a word at these seconds of the window.

        A recogniser is free with the silence around a word, so the word is kept to its run of
        speech and SLACK_S around it, and cannot begin in the run before, minutes back.
        """
        ends = list(accumulate(len(run.samples) for run in self.runs))
        at = min(bisect_right(ends, (start_s + end_s) / 2 * RATE), len(ends) - 1)
        run = self.runs[at]
        shift = run.first - (ends[at] - len(run.samples))
        first, last = run.heard
        start, end = (min(max(s * RATE + shift, first), last) for s in (start_s, end_s))
        return round(start * 1000 / RATE), round(end * 1000 / RATE)


def windows(samples: Iterable[FloatArray]) -> Iterator[Window]:
    """Speech in blocks of 16 kHz mono samples, in windows that end at pauses, in order.

    Sound without a voice is in none. A window ends at the longest pause of its second half, for
    that is most likely the end of a sentence.
    """
    held: list[Speech] = []
    for run in runs(judged(samples)):
        while held and (run.parted or _length([*held, run]) > WINDOW_S * RATE):
            cut = len(held) if run.parted else _longest_pause([*held, run])
            yield Window(tuple(held[:cut]))
            held = held[cut:]
        held.append(run)
    if held:
        yield Window(tuple(held))


def runs(frames: Iterable[tuple[FloatArray, Sequence[float]]]) -> Iterator[Speech]:
    """Runs of speech between pauses of PAUSE_S, none longer than RUN_S, in order.

    Args:
        frames: blocks of sound as `judged` gives them.
    """
    tape = _Tape()
    recent: deque[float] = deque(maxlen=_SEARCH + _OVERLAP)
    current: _Run | None = None
    ended: _Run | None = None  # waits for what follows, which tells how far its margin goes
    at = 0
    for block, chances in frames:
        tape.add(block)
        for chance in chances:
            recent.append(chance)
            if ended and at - ended.end >= 2 * _PAD:
                yield tape.cut(ended, _PAD)
                ended = None
            if current is None and chance >= VOICE:
                head = _PAD
                if ended:
                    head = (at - ended.end) // 2
                    yield tape.cut(ended, at - ended.end - head)
                    ended = None
                current = _Run(at, at + 1, head)
            elif current and (chance >= VOICE or (chance >= SILENCE and current.end == at)):
                current.end = at + 1
            elif current and at + 1 - current.end >= _PAUSE:
                ended, current = current, None
            at += 1
            if current and at - current.start >= _LONGEST:
                # the least voice near the end, with the overlap still to come
                parting = at - len(recent) + min(range(_SEARCH), key=recent.__getitem__)
                yield tape.cut(replace(current, end=parting), _OVERLAP)
                current = _Run(parting, current.end, _OVERLAP, parted=True)
        oldest = current or ended
        tape.forget(oldest.start - oldest.head if oldest else at - _PAD)
    if last := current or ended:
        yield tape.cut(last, _PAD)


def judged(samples: Iterable[FloatArray]) -> Iterator[tuple[FloatArray, list[float]]]:
    """The same sound in blocks of whole frames, with how likely a voice is in each frame."""
    network = require("faster_whisper.vad", extra="asr", purpose=PURPOSE).get_vad_model().session
    state = {"h": np.zeros((1, 1, 128), np.float32), "c": np.zeros((1, 1, 128), np.float32)}
    before = np.zeros(_CONTEXT, np.float32)
    rest = np.zeros(0, np.float32)
    for block in chain(samples, [None]):
        joined = rest if block is None else np.concatenate([rest, block])
        size = len(joined) if block is None else len(joined) // FRAME * FRAME
        whole, rest = joined[:size], joined[size:]
        if not size:
            continue
        frames = np.pad(whole, (0, -size % FRAME)).reshape(-1, FRAME)
        ends = np.concatenate([before[None], frames[:-1, -_CONTEXT:]])
        chances, state["h"], state["c"] = network.run(
            None, {"input": np.concatenate([ends, frames], axis=1), **state}
        )
        before = frames[-1, -_CONTEXT:]
        yield whole, chances.ravel().tolist()


@dataclass
class _Run:
    """A run while it is found; all in frames. `head` is the margin before it."""

    start: int
    end: int
    head: int
    parted: bool = False


class _Tape:
    """The sound that may still be needed."""

    def __init__(self) -> None:
        self._samples: FloatArray = np.zeros(0, np.float32)
        self._first = 0

    def add(self, block: FloatArray) -> None:
        self._samples = np.concatenate([self._samples, block])

    def forget(self, frame: int) -> None:
        """Drop what lies before a frame."""
        drop = max(0, frame * FRAME - self._first)
        self._samples, self._first = self._samples[drop:], self._first + drop

    def cut(self, run: _Run, tail: int) -> Speech:
        """The run with its margins, as far as there is sound."""
        first = max(0, run.start - run.head) * FRAME
        last = (run.end + tail) * FRAME
        sound = self._samples[first - self._first : last - self._first].copy()
        return Speech(run.start * FRAME, run.end * FRAME, first, sound, run.parted)


def _length(runs: Sequence[Speech]) -> int:
    return sum(len(run.samples) for run in runs)


def _longest_pause(runs: Sequence[Speech]) -> int:
    """How many of the runs, but not all, come before the longest pause of the second half."""
    cuts = range(1, len(runs))
    late = [k for k in cuts if _length(runs[:k]) >= WINDOW_S * RATE / 2] or [cuts[-1]]
    return max(late, key=lambda k: runs[k].start - runs[k - 1].end)
