"""Build wheel and sdist, and use the wheel as somebody who installed it: `make dist-check`.

The wheel is installed into a new virtual environment. Its dependencies are those of the environment
that runs this, by a .pth file, so that no gigabytes are fetched: that proves what is in the wheel
and that it runs away from its source tree, not that pyproject.toml names all it needs. With --clean
they are installed too, which proves that as well.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("mmrag", "mmrag_connectors")
PRESENT = (
    "mmrag/py.typed",
    "mmrag/__main__.py",
    "mmrag/samples/questions.jsonl",
    "mmrag/generation/reader.safetensors",
    "mmrag/tasks/moderation/starter.yaml",
    "mmrag_connectors/py.typed",
    "mmrag_connectors/web/static/page.js",
)
QUESTION, ANSWER = "What did Thomas Pell dig his snow hole with?", "notebook box"


def wrong_in(names: list[str], metadata: str, readme: str) -> list[str]:
    """What a wheel lacks, and what it should not have.

    Args:
        names: of its files.
        metadata: its METADATA.
        readme: what must be its description.
    """
    wrong = [f"lacks {name}" for name in PRESENT if name not in names]
    for name in names:
        top = name.partition("/")[0]
        if top not in PACKAGES and not top.endswith(".dist-info"):
            wrong.append(f"holds {name}")
        if "__pycache__" in name or name.endswith((".pyc", ".ipynb")):
            wrong.append(f"holds {name}")
    parsed = HeaderParser().parsestr(metadata)
    if parsed["Description-Content-Type"] != "text/markdown":
        wrong.append(f"describes itself as {parsed['Description-Content-Type']}, not Markdown")
    if parsed.get_payload() != readme:
        wrong.append("describes itself otherwise than README.md does")
    return wrong


def digests(wheel: Path) -> dict[str, str]:
    """SHA-256 of each file in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {n: hashlib.sha256(archive.read(n)).hexdigest() for n in archive.namelist()}


def build(into: Path) -> tuple[Path, Path]:
    """The sdist's wheel, and that of the tree beside it.

    Both must hold the same: who installs from the sdist gets nothing else.
    """
    command = [sys.executable, "-m", "build", "--outdir"]
    _run(*command, str(into / "dist"), str(REPOSITORY))  # sdist, and the wheel from it
    _run(*command, str(into / "tree"), "--wheel", str(REPOSITORY))
    (from_sdist,), (from_tree,) = (into / "dist").glob("*.whl"), (into / "tree").glob("*.whl")
    return from_sdist, from_tree


def use(wheel: Path, at: Path, *, clean: bool) -> None:
    """Install a wheel into a new environment, and have it answer from an empty folder."""
    _run(sys.executable, "-m", "venv", str(at / "venv"))
    python = str(at / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if clean:
        constraints = str(REPOSITORY / "constraints.txt")
        _run(*pip, "-c", constraints, f"{wheel}[offline]")
    else:
        _run(*pip, "--no-deps", "--no-index", str(wheel))
        place = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        # a line of it is a folder of packages; .pth files in there, as of editable ones, do not run
        there = sysconfig.get_path("purelib")
        (Path(place) / "dependencies.pth").write_text(f"{there}\n", encoding="utf-8")
    empty = at / "empty"
    empty.mkdir()
    mmrag = [python, "-m", "mmrag"]
    home = _run(python, "-c", "import mmrag; print(mmrag.__file__)", cwd=empty)
    if str(at) not in home:
        raise SystemExit(f"dist: mmrag was imported from {home.strip()}, not from the wheel")
    print("dist:", _run(*mmrag, "--version", cwd=empty).strip())
    samples = _run(python, "-c", "from mmrag.samples import ARCHIVE; print(ARCHIVE)", cwd=empty)
    letters = str(Path(samples.strip()) / "letters")
    _run(*mmrag, "index", letters, "--profile", "offline", "--no-ocr", "--no-asr", cwd=empty)
    answer = _run(*mmrag, "ask", QUESTION, "--json", cwd=empty)
    if ANSWER not in answer or '"abstained": false' not in answer:
        raise SystemExit(f"dist: the installed wheel answered {answer.strip()}")
    print("dist: the wheel indexes its samples and answers from them")


def _run(*command: str, cwd: Path | None = None) -> str:
    """Its output; what it says is shown if it fails."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run = subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"dist: {' '.join(command)} failed:\n{run.stdout}{run.stderr}")
    return run.stdout


def main() -> None:
    """Build, look, install, use."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--clean", action="store_true", help="install dependencies, too")
    clean = options.parse_args().clean
    with tempfile.TemporaryDirectory() as scratch:
        wheel, other = build(Path(scratch))
        if digests(wheel) != digests(other):
            raise SystemExit("dist: the sdist makes another wheel than the tree does")
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            (own,) = [name for name in names if name.endswith(".dist-info/METADATA")]
            metadata = archive.read(own).decode()
        readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
        if wrong := wrong_in(names, metadata, readme):
            raise SystemExit("".join(f"dist: {wheel.name} {line}\n" for line in wrong))
        print(f"dist: {wheel.name}, {len(names)} files, {wheel.stat().st_size / 1e6:.1f} MB")
        use(wheel, Path(scratch), clean=clean)


if __name__ == "__main__":
    main()
