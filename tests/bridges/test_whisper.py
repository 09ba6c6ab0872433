"""What is done with what Whisper says; the model is played by a script here, as tiny.en knows
neither a second language nor, in a few seconds, a way into a loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from mmrag.bridges.voice import RATE, Speech, Window
from mmrag.bridges.whisper import (
    LIKELY,
    NO_SPEECH,
    REPEATS,
    REPETITIVE,
    SURE,
    UNHEARD_S,
    Whisper,
    unheard,
    whole_words,
    without_loops,
)


class Piece(NamedTuple):
    """A word as faster-whisper gives it."""

    word: str
    start: float
    end: float


@dataclass
class Segment:
    """A segment as faster-whisper gives it; each word takes half a second."""

    text: str
    no_speech_prob: float = 0.1
    avg_logprob: float = -0.2
    compression_ratio: float = 1.2

    @property
    def words(self) -> list[Piece]:
        said = self.text.split()
        return [Piece(f" {word}", i / 2, i / 2 + 0.5) for i, word in enumerate(said)]


@dataclass
class ScriptedEngine:
    """Stands in for both engines of faster-whisper: gives one reply after the other."""

    replies: list[list[Segment]]
    language: str = "sv"
    sure: float = 0.9
    asked: list[dict[str, Any]] = field(default_factory=list)

    def transcribe(self, sound: Any, **options: Any) -> tuple[Sequence[Segment], Any]:
        self.asked.append({"seconds": len(sound) / RATE, **options})
        about = SimpleNamespace(language=self.language, language_probability=self.sure)
        return self.replies.pop(0), about


def whisper(engine: ScriptedEngine) -> Whisper:
    made = Whisper.__new__(Whisper)
    made._at_once = made._model = engine
    made._options = {}
    return made


def window(seconds: float) -> Window:
    count = round(seconds * RATE)
    return Window((Speech(0, count, 0, np.zeros(count, np.float32)),))


def heard(engine: ScriptedEngine, seconds: float) -> str:
    words, _ = whisper(engine).hear(window(seconds), "en")
    return " ".join(word.text for word in words)


@pytest.mark.parametrize(
    ("segment", "stands"),
    [
        (Segment("Thank you.", NO_SPEECH + 0.01, LIKELY - 0.1), False),
        (Segment("Thank you.", NO_SPEECH - 0.01, LIKELY - 0.1), True),
        (Segment("Thank you.", NO_SPEECH + 0.01, LIKELY + 0.1), True),
    ],
)
def test_where_nobody_speaks_only_a_likely_text_stands(segment: Segment, stands: bool) -> None:
    assert heard(ScriptedEngine([[segment]]), 1) == ("Thank you." if stands else "")


def test_a_loop_is_heard_again_and_stands_once_if_it_stays_one() -> None:
    loop = Segment("We kept goats. " * 5, compression_ratio=REPETITIVE + 0.1)
    assert heard(ScriptedEngine([[loop], [Segment("We kept geese.")]]), 1.5) == "We kept geese."
    assert heard(ScriptedEngine([[loop], [loop]]), 1.5) == "We kept goats."


def test_sentences_that_somebody_repeats_are_no_loop() -> None:
    chorus = "We kept goats. We kept goats. " + "They ate the roses. We kept goats. " * 4
    engine = ScriptedEngine([[Segment(chorus, compression_ratio=REPETITIVE + 0.1)]])
    assert heard(engine, 18) == chorus.strip()


def test_a_phrase_on_end_stands_once() -> None:
    def once(text: str) -> str:
        found = without_loops([(word, 0.0, 0.0) for word in text.split()])
        return " ".join(text for text, _, _ in found)

    assert once("so Thank you. " + "thank you, " * REPEATS + "and") == "so Thank you. and"
    assert once("so " + "no, " * REPEATS + "and no") == "so " + "no, " * REPEATS + "and no"
    assert once("") == ""


def test_a_sentence_left_out_is_heard_by_itself() -> None:
    engine = ScriptedEngine(
        [[Segment("We kept goats.")], [Segment("Nine of them, and geese. Bye.")]]
    )
    # the last word of the second reply would lie behind the end of the window
    assert heard(engine, 3.5 + 0.2) == "We kept goats. Nine of them, and geese."
    assert [asked["seconds"] for asked in engine.asked] == [3.7, pytest.approx(2.4, abs=0.01)]


@pytest.mark.parametrize(("sure", "known"), [(SURE, "sv"), (SURE - 0.1, None)])
def test_a_language_is_kept_once_it_is_sure(sure: float, known: str | None) -> None:
    engine = ScriptedEngine([[Segment("Vi hade getter.")]], sure=sure)
    assert whisper(engine).hear(window(1.5), None)[1] == known
    assert engine.asked[0]["language"] is None


def test_pieces_of_a_word_are_put_together() -> None:
    pieces = [Piece(" cold", 0, 0.4), Piece("-hearted,", 0.4, 0.9), Piece(" 37", 1, 1.2)]
    pieces += [Piece("%", 1.2, 1.4), Piece(" ", 1.4, 1.5), Piece(" so", 1.6, 1.8)]
    assert whole_words([SimpleNamespace(words=pieces)]) == [
        ("cold-hearted,", 0, 0.9),
        ("37%", 1, 1.4),
        ("so", 1.6, 1.8),
    ]


def test_words_of_a_language_without_spaces_stay_apart() -> None:
    pieces = [Piece("今日", 0, 0.4), Piece("は", 0.4, 0.5), Piece("。", 0.5, 0.6)]
    assert [text for text, _, _ in whole_words([SimpleNamespace(words=pieces)])] == ["今日", "は。"]


def test_a_sentence_left_out_shows_as_a_gap() -> None:
    found = [("a", UNHEARD_S, 3.0), ("b", 3.0 + UNHEARD_S, 6.0)]
    assert unheard(found, 6.0 + UNHEARD_S) == [(0.0, 2.0), (3.0, 5.0), (6.0, 8.0)]
    assert unheard([("a", 1.9, 3.0), ("b", 4.9, 6.0)], 7.9) == []
    assert unheard([], 20.0) == []
