"""Subtitles become what is said in a recording; no model is needed."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import Node

from mmrag.bridges.asr import AsrBridge
from mmrag.bridges.sound import SOUND
from mmrag.bridges.spoken import PASSAGE_WORDS, PASSAGE_WORDS_MAX, PAUSE_MS
from mmrag.bridges.subtitles import SubtitleBridge, passages_of
from mmrag.generation.citations import cite
from mmrag.loaders.subtitles import Cue
from mmrag.modalities import Modality
from mmrag.schema import NOTE, SUBTITLES, VIA, Provenance, build_node, provenance_of, text_of

SRT = """1
00:00:01,000 --> 00:00:03,000
The barometer came from Gothenburg.

2
00:00:03,200 --> 00:00:06,000
- In 1934?
- In May.

3
00:00:30,000 --> 00:00:33,000
It cost 12 pounds.
"""


def recording(
    *files: Path,
    end_ms: int = 60_000,
    modality: Modality = Modality.AUDIO,
    kind: str = "audio/mpeg",
) -> Node:
    where = Provenance("talk.mp3", start_ms=0, end_ms=end_ms)
    node = build_node("", where, modality=modality, mimetype=kind, path="/s/talk.mp3")
    node.metadata[SUBTITLES] = [str(file) for file in files]
    return node


def written(path: Path, text: str = SRT) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def heard(node: Node, language: str | None = None) -> list[Node]:
    nodes = SubtitleBridge(language=language)([node])
    assert all(SUBTITLES not in found.metadata for found in nodes)
    return [found for found in nodes if isinstance(found, Node)]


def test_cues_are_said_at_their_times_and_the_rest_is_sound(tmp_path: Path) -> None:
    said, *sounds = heard(recording(written(tmp_path / "talk.srt")))
    assert text_of(said) == (
        "The barometer came from Gothenburg.\n- In 1934?\n- In May. It cost 12 pounds."
    )
    assert said.metadata[VIA] == "subtitles"
    where = provenance_of(said)
    assert (where.source, where.start_ms, where.end_ms) == ("talk.mp3", 1000, 33_000)
    assert [
        (n.metadata[VIA], provenance_of(n).start_ms, provenance_of(n).end_ms) for n in sounds
    ] == [
        (SOUND, 6000, 30_000),
        (SOUND, 33_000, 60_000),
    ]
    at = text_of(said).index("12 pounds")
    quote = cite(said, at, at + 9, n=1, score=1.0, verified=True)
    assert (quote.start_ms, quote.end_ms, quote.kind) == (30_000, 33_000, "subtitles")


def test_speech_recognition_has_nothing_left_to_do(tmp_path: Path) -> None:
    nodes = heard(recording(written(tmp_path / "talk.srt")))  # with stretches of sound
    assert AsrBridge(model="none")(nodes) == nodes  # it would fail if it loaded its model


def test_a_film_keeps_its_frame(tmp_path: Path) -> None:
    frame = recording(written(tmp_path / "a.srt"), modality=Modality.VIDEO, kind="video/mp4")
    first, said = heard(frame)
    assert first is frame
    assert (said.metadata["modality"], said.metadata["mimetype"]) == ("audio", "video/mp4")


def test_the_language_of_several(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"
    tongues = ("de", "pt-BR", "sv")
    files = [written(tmp_path / f"talk.{t}.srt", text.format(f"In {t}")) for t in tongues]
    assert text_of(heard(recording(*files))[0]) == "In de"
    assert text_of(heard(recording(*files), "sv")[0]) == "In sv"
    assert text_of(heard(recording(*files), "pt")[0]) == "In pt-BR"
    plain = written(tmp_path / "talk.srt", text.format("Plain"))
    assert text_of(heard(recording(*files, plain), "sv")[0]) == "Plain"


def test_what_cannot_be_used_is_told_and_the_next_is_taken(tmp_path: Path) -> None:
    bad, gone = written(tmp_path / "talk.srt", "Snow."), tmp_path / "talk.en.srt"
    late = written(tmp_path / "talk.sv.srt", SRT.replace("00:00:", "01:00:"))
    node = recording(bad, gone, late)
    node.metadata[NOTE] = "before"
    assert heard(node) == [node]
    notes = node.metadata[NOTE].split("; ")
    assert notes == [
        "before",
        "talk.srt is not used: holds no subtitles with words",
        "talk.en.srt is not used: No such file or directory",
        "talk.sv.srt is not used: begins after the recording ends, at 60.0 s",
    ]
    said, *_ = heard(recording(bad, written(tmp_path / "talk.en.srt")))
    assert text_of(said).startswith("The barometer")
    assert said.metadata[NOTE].startswith("talk.srt is not used")


def test_cues_end_with_the_recording(tmp_path: Path) -> None:
    (said,) = heard(recording(written(tmp_path / "talk.srt"), end_ms=5000))
    assert provenance_of(said).end_ms == 5000
    assert "12 pounds" not in text_of(said)


def test_other_nodes_pass() -> None:
    node = build_node("", Provenance("a.mp3"), modality=Modality.AUDIO, mimetype="audio/mpeg")
    assert SubtitleBridge()([node]) == [node]


def spoken(sizes: list[tuple[int, int, bool]]) -> list[Cue]:
    """Cues of so many words; each row has the pause before it and whether it ends a sentence."""
    found, clock = [], 0
    for number, (words, pause, stop) in enumerate(sizes):
        text = " ".join(f"w{number}x{n}" for n in range(words)) + ("." if stop else "")
        found.append(Cue(text, clock + pause, clock + pause + 100 * words))
        clock += pause + 100 * words
    return found


ROW = st.tuples(st.integers(1, 14), st.integers(0, 900), st.booleans())


@given(st.lists(ROW, max_size=60))
def test_passages_lose_no_cue_and_keep_their_measure(sizes: list[tuple[int, int, bool]]) -> None:
    cues = spoken(sizes)
    groups = passages_of(cues)
    assert [cue for group in groups for cue in group] == cues
    counts = [sum(len(cue.text.split()) for cue in group) for group in groups]
    assert all(1 <= count <= PASSAGE_WORDS_MAX for count in counts)
    assert all(count >= PASSAGE_WORDS for count in counts[:-1])
    for group, following in itertools.pairwise(groups):
        stops = group[-1].text.endswith(".")
        pause = following[0].start_ms - group[-1].end_ms
        more = len(following[0].text.split())
        size = sum(len(cue.text.split()) for cue in group)
        assert stops or pause >= PAUSE_MS or size + more > PASSAGE_WORDS_MAX


@pytest.mark.parametrize("words", [PASSAGE_WORDS_MAX, PASSAGE_WORDS_MAX + 1, 500])
def test_only_a_cue_that_is_too_long_is_cut(words: int) -> None:
    (cue,) = spoken([(words, 0, True)])
    groups = passages_of([cue])
    pieces = [piece for group in groups for piece in group]
    assert " ".join(piece.text for piece in pieces) == cue.text
    assert (len(pieces) == 1) == (words <= PASSAGE_WORDS_MAX)
    assert (pieces[0].start_ms, pieces[-1].end_ms) == (cue.start_ms, cue.end_ms)
    assert all(a.end_ms == b.start_ms for a, b in itertools.pairwise(pieces))
    assert max(len(piece.text.split()) for piece in pieces) <= PASSAGE_WORDS_MAX
