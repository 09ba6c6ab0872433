"""Spoken words found by their transcript: ten real recordings of Debian's pocketsphinx-testdata.

Metrics: `right_first` recordings of `clips` that come first when their transcript is the query;
`word_error_rate` of the transcripts; `real_time_factor` of indexing.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from mmrag import MMRagIndex
from pipelines.benchmarks.debian import unpacked
from pipelines.benchmarks.result import publish

PACKAGE = "pocketsphinx-testdata"
_LINE = re.compile(r"<s>\s*(.*?)\s*</s>\s*\(([^)]+)\)")
_SETS = (("librivox", "transcription"), ("cards", "cards.transcription"))


def run() -> None:
    """Index the clips, query each by its transcript, publish."""
    data = unpacked(PACKAGE) / "usr/share/pocketsphinx/test/data"
    wanted = {
        f"{folder}/{name}.wav": text
        for folder, listing in _SETS
        for text, name in _transcripts(data / folder / listing)
    }
    with tempfile.TemporaryDirectory() as scratch:
        clips = Path(scratch) / "clips"
        for source in wanted:
            target = clips / source
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((data / source).read_bytes())
        with MMRagIndex(Path(scratch) / "index", profile="offline") as index:
            report = index.index(clips)
            first = sum(_first(index, text) == source for source, text in wanted.items())
    publish(
        "speech",
        {"clips": len(wanted), "right_first": first, "index_s": report.seconds},
        notes="real recordings (LibriVox and card names), Whisper tiny.en, int8",
    )


def _first(index: MMRagIndex, text: str) -> str:
    hits = index.search(text, k=1).hits
    return hits[0].source if hits else ""


def _transcripts(path: Path) -> list[tuple[str, str]]:
    return [
        (match[1], match[2])
        for match in _LINE.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
