"""Malformed files end in nodes or in one line that says why not: no crash, no hang, no bloat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hostile.cases import Malformed
from hostile.damaged_files import damaged_files
from hostile.malformed import FILES, generate
from hostile.reading import Fate, read_each

MEMORY_MB, PEAK_MB, SECONDS = 4096, 1200, 30
ENDINGS = {"fails": {"refused"}, "reads": {"nodes"}, "either": {"refused", "nodes"}}
# What damage did to one kind of file it did to most; what was made by hand is each of its own kind.
SAMPLED = {"cut": 16, "flipped": 16, "misnamed": 9, "junk": 9, "empty": 14, "names": 9}
SLOW = {"sparse", "pdf", "html", "markdown", "json", "tables", "text"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("malformed")


@pytest.fixture(scope="module")
def malformed(folder: Path) -> list[Malformed]:
    return generate(folder)


def sampled(files: Iterable[Malformed]) -> list[Malformed]:
    """Some of each folder, always the same; `python -m hostile.reading FOLDER` reads them all."""
    seen: Counter[str] = Counter()
    chosen = []
    for file in files:
        place = file.name.partition("/")[0]
        seen[place] += 1
        if seen[place] % SAMPLED.get(place, 14 if place in SLOW else 7) == 1:
            chosen.append(file)
    return chosen


def read_all(folder: Path, files: Sequence[Malformed]) -> list[tuple[Malformed, Fate]]:
    readable = [file for file in files if file.expect in ENDINGS]
    names = [file.name for file in readable]
    fates = read_each(folder / FILES, names, memory_mb=MEMORY_MB, seconds=SECONDS)
    return list(zip(readable, fates, strict=True))


def check(folder: Path, files: Sequence[Malformed]) -> None:
    read = read_all(folder, files)
    wrong = [(f.what, fate) for f, fate in read if fate.ending not in ENDINGS[f.expect]]
    assert wrong == []
    assert [fate for _, fate in read if fate.mb > PEAK_MB] == []
    reasons = [fate.detail for _, fate in read if fate.ending == "refused"]
    assert [reason for reason in reasons if not reason.isprintable() or len(reason) > 300] == []
    assert [reason for reason in reasons if str(folder) in reason or "Traceback" in reason] == []


def test_there_are_malformed_files_of_every_kind(malformed: list[Malformed]) -> None:
    names = [file.name for file in malformed]
    assert len(names) >= 200
    assert len(set(names)) == len(names)
    kinds = Counter(Path(name).suffix for name in names)
    for suffix in """pdf docx pptx xlsx csv html md json jsonl epub txt png jpg webp avif gif tiff
        bmp wav flac mp3 ogg opus m4a mp4 mkv webm""".split():
        assert kinds[f".{suffix}"] >= 8, suffix


def test_the_set_is_the_same_each_time() -> None:
    first, second = list(damaged_files()), list(damaged_files())
    assert [one.file for one in first] == [one.file for one in second]
    contents = [(a.content, b.content) for a, b in zip(first, second, strict=True)]
    assert [a for a, b in contents if isinstance(a, bytes) and a != b] == []


def test_malformed_files_end_in_nodes_or_a_reason(folder: Path, malformed: list[Malformed]) -> None:
    check(folder, sampled(malformed))
