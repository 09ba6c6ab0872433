"""Subtitles of every format as cues, each word once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mmrag.errors import LoadError
from mmrag.loaders.subtitles import Cue, read_cues

PATH = Path("talk.vtt")


def cues(text: str) -> list[Cue]:
    return read_cues(PATH, text.encode())


def vtt(*rows: tuple[float, float, str]) -> str:
    def clock(seconds: float) -> str:
        return f"00:{int(seconds) // 60:02}:{seconds % 60:06.3f}"

    return "WEBVTT\n\n" + "".join(f"{clock(a)} --> {clock(b)}\n{text}\n\n" for a, b, text in rows)


def texts(*rows: tuple[float, float, str]) -> list[str]:
    return [cue.text for cue in cues(vtt(*rows))]


def test_webvtt_without_what_is_for_players() -> None:
    text = """\ufeffWEBVTT - a talk
Kind: captions

STYLE
::cue { color: lime }

NOTE 00:00 nobody said this

intro
00:01.000 --> 00:02.500 align:start position:10%
<v.loud Anna Lind>It <i>snowed</i> &amp; blew.</v>

NOTE neither
was this

00:00:03.000 --> 00:00:05.250
- Where?
- On the <c.yellow>ridge</c>.

1:00:00.000 --> 1:00:01.000
♪ humming ♪

2
1:00:02.000 --> 1:00:03.000
♪♪
"""
    assert cues(text) == [
        Cue("Anna Lind: It snowed & blew.", 1000, 2500),
        Cue("- Where?\n- On the ridge.", 3000, 5250),
        Cue("humming", 3_600_000, 3_601_000),
    ]


def test_subrip_in_an_old_encoding() -> None:
    text = (
        "1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}<font color='red'>Snön låg\r\ndjup i maj."
        "</font>\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n[MUSIC PLAYING]\r\n"
    )
    assert read_cues(Path("a.srt"), text.encode("cp1252")) == [
        Cue("Snön låg djup i maj.", 1000, 2000)
    ]


def test_substation_alpha() -> None:
    head = "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
    form = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    rows = [
        "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,It\\Nblew, {\\i1}hard{\\i0}.",
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,It snowed.",
        "Comment: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,not said",
        "Dialogue: 0,0:00:07.00,0:00:08.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0{\\p0}",
    ]
    assert cues(head + form + "\n".join(rows)) == [
        Cue("It snowed.", 1000, 2000),
        Cue("It blew, hard.", 3000, 4000),
    ]


def test_captions_that_roll_say_everything_once() -> None:
    # as YouTube writes them, with the times of words and a cue of 10 ms between two
    assert texts(
        (0, 2, "it<00:00:00.500><c> snowed</c><00:00:01.000><c> all</c>"),
        (2, 2.01, "it snowed all"),
        (2.01, 4, "it snowed all\nnight<00:00:03.000><c> on</c>"),
        (4, 4.01, "night on"),
        (4.01, 6, "night on\nthe ridge"),
    ) == ["it snowed all", "night on", "the ridge"]


def test_captions_that_grow_or_stay_are_one() -> None:
    found = cues(vtt((0, 1, "It"), (1, 2, "It snowed"), (2, 3, "It snowed again"), (3, 4, "Yes")))
    assert found == [Cue("It snowed again", 0, 3000), Cue("Yes", 3000, 4000)]
    assert cues(vtt((0, 1, "Hello"), (1, 2, "Hello"))) == [Cue("Hello", 0, 2000)]


def test_what_is_said_again_later_stays() -> None:
    assert texts((0, 1, "Snow!"), (1.5, 2, "Snow!")) == ["Snow!", "Snow!"]
    assert texts((0, 1, "One.\nTwo."), (1, 2, "One.\nThree.")) == ["One. Two.", "One. Three."]


def test_two_people_at_a_time_both_stay_in_order() -> None:
    assert texts((2, 5, "Anna speaks"), (1, 4, "Erik speaks")) == ["Erik speaks", "Anna speaks"]


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"WEBVTT", b"Just a text about snow.", b"\0\1\2", b"\xff\xfe\0", b"[Script Info]"),
        b"1\n00:00:01,000 --> 00:00:02,000\n...\n",
        b"{1}{2}MicroDVD has frames and no times",
    ],
)
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(LoadError):
        read_cues(PATH, data)


@given(st.text(st.sampled_from("<>{}\\Np1v :.,-\n0♪a&;")))
@example("\n" * 30_000 + "x")
@example("<" * 30_000)
@example("{" * 30_000)
@example("<v" * 30_000)
@example("♪#" * 30_000 + "x")
@example("(music " * 10_000)
@example("&" * 30_000)
def test_any_text_within_a_cue_is_read_at_once(text: str) -> None:
    for form in (vtt((0, 1, f"a {text}")), f"1\n00:00:00,000 --> 00:00:01,000\na {text}\n"):
        for cue in cues(form):
            assert cue.text and "\0" not in cue.text
