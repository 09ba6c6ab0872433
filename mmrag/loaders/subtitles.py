"""Subtitles as cues: WebVTT, SubRip and SubStation Alpha, without what only players need.

pysubs2 reads the files. Done here is what it leaves to others: who speaks (`<v Anna>`), WebVTT's
notes and inline times (two in a line pass for a new cue with it), marks of music, and captions that
roll, each of which repeats lines of the one before.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mmrag.errors import CorruptFile
from mmrag.loaders.metadata.fields import clean_text
from mmrag.loaders.text import decode

LARGEST = 20 << 20
"""Bytes of a file of subtitles; those of a long film have 200 kB."""
TOUCHING_MS = 100
"""Cues this close belong together, where the second repeats words of the first."""

_INLINE_TIME = re.compile(r"<\d[\d:.]{3,15}>")
_BLANKS = re.compile(r"\n(?:[^\S\n]*\n)+")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{1,50})?\s+([^<>]{1,100})>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_OVERRIDE = re.compile(r"\{[^{}]*\}")  # of SubStation Alpha; SubRip files have {\an8} too
_DRAWING = re.compile(r"\{[^{}]*\\p[1-9]")
_TURN = re.compile(r"[-–—]\s?\S|[^\W\d_][\w .'’-]{0,40}: ")
_MUSIC = re.compile(r"[♪♫♬♩#]*[♪♫♬♩][♪♫♬♩#\s]*")
# What captions for the deaf say of sounds: nobody said it, and a sound space hears it better.
_SOUND = re.compile(
    r"[\[(](?:music|musik|applause|laughter|silence|inaudible)[^\])]{0,40}[\])]", re.I
)


@dataclass(frozen=True)
class Cue:
    """Words and when they are shown, in milliseconds from the start of the recording.

    Lines that different people say are parted by "\\n".
    """

    text: str
    start_ms: int
    end_ms: int


def read_cues(path: Path, data: bytes) -> list[Cue]:
    """The cues of a file of subtitles in the order of time, each word once.

    Args:
        path: names the file in an error.

    Raises:
        CorruptFile: no subtitles in a known format, or none with words.
    """
    import pysubs2  # only where there are subtitles; every reading process starts up with this file

    text = decode(path, data).replace("\r\n", "\n").replace("\r", "\n")
    form = _form(text)
    # runs of blank lines take pysubs2 time that grows with their square
    text = _BLANKS.sub("\n\n", _INLINE_TIME.sub("", text))
    try:
        # one cannot tell which of its parsers a damaged file confuses, nor how
        events = pysubs2.SSAFile.from_string(text, form, keep_html_tags=True).events
    except Exception as exc:
        raise CorruptFile(path, f"holds no subtitles in a known format: {exc}") from exc
    shown = [
        _Shown(lines, event.start, max(event.start, event.end))
        for event in sorted(events, key=lambda event: (event.start, event.end))
        if not event.is_comment and not _DRAWING.search(event.text) and event.start >= 0
        if (lines := _lines(event.text, form))
    ]
    if not shown:
        raise CorruptFile(path, "holds no subtitles with words")
    return [Cue(_read(cue.lines), cue.start_ms, cue.end_ms) for cue in _once(shown)]


def opens_turn(text: str) -> bool:
    """Whether another speaker begins: "- No." or "Anna: No."."""
    return _TURN.match(text) is not None


@dataclass(frozen=True)
class _Shown:
    """Lines on the screen, and when."""

    lines: list[str]
    start_ms: int
    end_ms: int


def _form(text: str) -> str:
    """What pysubs2 calls the format. It knows others, and tells XML of strangers to expat."""
    if text.lstrip("\ufeff \n").startswith("WEBVTT"):
        return "vtt"
    if "[V4 Styles]" in text:
        return "ssa"
    return "ass" if "[Script Info]" in text or "[Events]" in text else "srt"


def _lines(raw: str, form: str) -> list[str]:
    """The lines of a cue in plain words, each speaker on a line of his own."""
    text = raw.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
    if form == "vtt":  # what follows a blank line is a note, a style, or the name of the next cue
        text = text.split("\n\n", 1)[0]
    text = _VOICE.sub(r"\n\1: ", _OVERRIDE.sub("", text))
    text = html.unescape(_TAG.sub("", text))
    text = _SOUND.sub(" ", _MUSIC.sub(" ", text))
    lines = [clean_text(line, 1000) for line in text.split("\n")]
    return [line for line in lines if any(character.isalnum() for character in line)]


def _read(lines: list[str]) -> str:
    """Lines that were broken for the screen as one, unless another speaker begins."""
    text = lines[0]
    for line in lines[1:]:
        text += f"\n{line}" if opens_turn(line) else f" {line}"
    return text


def _once(cues: Iterable[_Shown]) -> Iterator[_Shown]:
    """Cues without the lines that the one before showed already."""
    held = last = _Shown([], 0, -TOUCHING_MS - 1)
    for cue in cues:
        touches = cue.start_ms - last.end_ms <= TOUCHING_MS
        before, last = last.lines, cue
        if touches and cue.lines == before:  # the same again
            held = replace(held, end_ms=max(held.end_ms, cue.end_ms))
            continue
        if touches and len(cue.lines) == 1 and _grows(before, cue.lines[0], held.lines):
            held = replace(held, lines=cue.lines, end_ms=cue.end_ms)
            continue
        new = cue.lines[_repeated(before, cue.lines) :] if touches else cue.lines
        if new:
            if held.lines:
                yield held
            held = replace(cue, lines=new)
    if held.lines:
        yield held


def _grows(before: list[str], line: str, held: list[str]) -> bool:
    """Whether a line is that of the cue before with more words at its end."""
    return before == held and len(before) == 1 and line.startswith(f"{before[0]} ")


def _repeated(shown: list[str], lines: list[str]) -> int:
    """How many lines at the top were at the bottom of what was shown."""
    most = min(len(shown), len(lines))
    return next((n for n in range(most, 0, -1) if shown[-n:] == lines[:n]), 0)
