"""Five real clips of a LibriVox reader with their words, of Debian's pocketsphinx-testdata."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmrag.bridges.voice import RATE
from mmrag.loaders.audio import pcm
from mmrag.store.spec import FloatArray
from pipelines.benchmarks.debian import unpacked

FOLDER = Path("usr/share/pocketsphinx/test/data/librivox")
_LINE = re.compile(r"<s>\s*(.*?)\s*</s>\s*\(([^)]+)\)")
_QUIET = 0.03  # of the full scale; the reader's breath is below


@dataclass(frozen=True)
class Clip:
    """A sentence and its sound, float32 at RATE, from the first loud sample to the last."""

    words: list[str]
    sound: FloatArray


def clips() -> list[Clip]:
    """The clips in order.

    Raises:
        Unreachable: the package cannot be had here.
    """
    folder = unpacked("pocketsphinx-testdata") / FOLDER
    lines = _LINE.findall((folder / "transcription").read_text(encoding="utf-8"))
    return [
        Clip(plain(text), _loud(pcm(folder / f"{name}.wav", rate=RATE))) for text, name in lines
    ]


def plain(text: str) -> list[str]:
    """Lower-case words as the transcription spells them."""
    text = text.lower().replace("mr.", "mister").replace("-", " ")
    # the reader repeats an article, which no recogniser writes down
    return re.findall(r"[a-z']+", text.replace("more a amiable", "more amiable"))


def _loud(sound: FloatArray) -> FloatArray:
    places = np.flatnonzero(np.abs(sound) > _QUIET)
    return sound[places[0] : places[-1] + 1]
