"""Malformed files end in nodes or in one line that says why not: no crash, no hang, no bloat."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hostile.cases import Malformed
from hostile.damaged_files import damaged_files
from hostile.malformed import FILES, generate
from hostile.reading import Fate

READ = """
import pickle, sys
from hostile.reading import read_each
folder, names, memory_mb, seconds = pickle.load(sys.stdin.buffer)
fates = list(read_each(folder, names, memory_mb=memory_mb, seconds=seconds))
sys.stdout.buffer.write(pickle.dumps(fates))
"""
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
    asked = (folder / FILES, [file.name for file in readable], MEMORY_MB, SECONDS)
    # in a fresh process: the ones that it forks would begin with all the memory of this one
    done = subprocess.run(
        [sys.executable, "-c", READ],
        input=pickle.dumps(asked),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return list(zip(readable, pickle.loads(done.stdout), strict=True))


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
