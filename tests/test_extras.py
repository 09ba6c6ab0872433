"""Optional packages: absent is one thing, broken another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmrag.errors import MissingExtra
from mmrag.extras import require

ROOT = Path(__file__).parents[1]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable, empty package; what was loaded of it is forgotten afterwards."""
    folder = tmp_path / "mmrag_test_part"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def _require(name: str) -> object:
    return require(name, extra="ocr", purpose="read text in pictures")


def test_what_is_there_is_imported(package: Path) -> None:
    (package / "inner.py").write_text("VALUE = 7")
    module = _require(f"{package.name}.inner")
    assert getattr(module, "VALUE", None) == 7


@pytest.mark.parametrize("name", ["mmrag_no_such_part", "mmrag_no_such_part.inner"])
def test_what_is_absent_is_named_with_the_pip_line(name: str) -> None:
    with pytest.raises(MissingExtra, match=r"pip install 'mmrag\[ocr\]'") as caught:
        _require(name)
    assert (caught.value.package, caught.value.extra) == ("mmrag_no_such_part", "ocr")
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_an_absent_part_of_a_shared_namespace_is_missing_too(package: Path) -> None:
    with pytest.raises(MissingExtra):
        _require(f"{package.name}.plugin")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("import mmrag_no_such_dependency", ModuleNotFoundError),
        ("import mmrag_test", ModuleNotFoundError),  # its name begins alike
        ("from mmrag_test_part import _native", ImportError),
        ("import mmrag_test_part._native", ModuleNotFoundError),  # its own compiled half
        ("raise OSError('libfoo.so: cannot open shared object file')", OSError),
    ],
)
def test_a_broken_install_is_raised_untouched(
    package: Path, content: str, error: type[Exception]
) -> None:
    (package / "__init__.py").write_text(content)
    with pytest.raises(error) as caught:
        _require(package.name)
    assert not isinstance(caught.value, MissingExtra)


def test_onnxruntime_tells_nobody_of_its_use(tmp_path: Path) -> None:
    """Its uploader leaves a session's file where temporary files are, once it has been made."""
    code = (
        "from mmrag.extras import require\n"
        "require('onnxruntime', extra='ocr', purpose='read text in pictures')"
    )
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    assert list(tmp_path.iterdir()) == []


def test_what_the_environment_says_of_telemetry_stays(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    _require(package.name)
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "0"
