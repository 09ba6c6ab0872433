"""Which files are sidecars of which."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmrag.loaders.sidecars import find_sidecars, sidecar_names, tongue_of

FOLDER = """
photo.jpg photo.jpg.txt photo.jpg.json photo.jpg.xmp photo.txt photo.json photo.xmp photo.vtt
SCAN.TIF SCAN.TIF.TXT scan.tif.json
talk.mp3 talk.mp3.vtt talk.vtt talk.srt talk.en.srt talk.pt-BR.forced.vtt talk.part2.srt talk.txt
talk.mp3.txt talk.sv.ass song.ogg song.mp3.vtt
report.pdf report.pdf.json report.pdf.xmp report.pdf.txt report.json report.xmp report.srt
notes.md notes.md.txt data.json data.json.json
hut(1).jpg hut.jpg(1).json hut.jpg.supplemental-metadata(1).json
hut.jpg hut.jpg.supplemental-metadata.json hut.jpg.supplemental-me.json hut.jpg.other.json
plain plain.json
""".split()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.jpg", "photo.jpg.json photo.jpg.txt photo.jpg.xmp photo.xmp"),
        ("SCAN.TIF", "SCAN.TIF.TXT"),
        ("talk.mp3", "talk.mp3.txt talk.mp3.vtt talk.vtt talk.srt talk.en.srt"
         " talk.pt-BR.forced.vtt talk.sv.ass"),
        ("report.pdf", "report.pdf.json report.pdf.xmp"),
        ("notes.md", ""),
        ("data.json", "data.json.json"),
        ("data.json.json", ""),
        ("photo.jpg.txt", ""),
        ("hut(1).jpg", "hut.jpg(1).json hut.jpg.supplemental-metadata(1).json"),
        ("hut.jpg", "hut.jpg.supplemental-me.json hut.jpg.supplemental-metadata.json"),
        ("plain", ""),
        ("song.ogg", ""),
    ],
)  # fmt: skip
def test_names_in_the_order_of_preference(name: str, expected: str) -> None:
    assert [found for _, found in sidecar_names(name, FOLDER)] == expected.split()


def test_kinds() -> None:
    kinds = {name: kind for kind, name in sidecar_names("talk.mp3", FOLDER)}
    assert kinds["talk.mp3.txt"] == "text"
    assert kinds["talk.vtt"] == "subtitles"
    assert dict(sidecar_names("photo.jpg", ["photo.jpg.XMP"])) == {"metadata": "photo.jpg.XMP"}


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("talk.en.srt", "en"),
        ("talk.pt-BR.forced.vtt", "pt-br"),
        ("talk.srt", ""),
        ("talk.mp3.vtt", ""),
        ("talk.part2.srt", ""),
    ],
)
def test_languages(name: str, tag: str) -> None:
    assert tongue_of(name) == tag


def test_files_as_they_are(tmp_path: Path) -> None:
    for name in ("photo.jpg", "photo.jpg.txt"):
        (tmp_path / name).write_text("A hut.")
    (tmp_path / "photo.jpg.json").symlink_to(tmp_path / "photo.jpg.txt")
    (tmp_path / "photo.jpg.xmp").mkdir()
    names = frozenset(path.name for path in tmp_path.iterdir()) | {"photo.xmp"}  # gone since
    (found,) = find_sidecars(tmp_path / "photo.jpg", names)
    status = (tmp_path / "photo.jpg.txt").stat()
    assert (found.kind, found.path) == ("text", tmp_path / "photo.jpg.txt")
    assert (found.size, found.mtime_ns) == (status.st_size, status.st_mtime_ns)


def test_a_large_folder_is_sorted_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import mmrag.loaders.sidecars as module

    calls = []
    monkeypatch.setattr(module, "_owned", lambda names: calls.append(names) or iter(()))
    module._by_owner.cache_clear()
    names = frozenset(f"{n}.jpg" for n in range(500))
    for name in names:
        assert sidecar_names(name, names) == ()
    module._by_owner.cache_clear()
    assert len(calls) == 1
