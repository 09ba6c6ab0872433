"""The rules of the house: what is loaded when, who may import whom, how modules are made."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import mmrag

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "mmrag"
MODULES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "connectors").rglob("*.py")])

# The pipeline, from the ground up. A part imports from the rows above its own, and from itself.
ORDER = (
    "errors version samples spelling systems",
    "extras words modalities moments limits timing environment faults",
    "sections",
    "server_sections",
    "schema config profiles",
    "ollama",
    "loaders",
    "bridges",
    "embeddings",
    "store",
    "retrieval",
    "evaluation",
    "rerank",
    "generation",
    "spaces",
    "ingest",
    "training optimize tasks",
    "opening record planning migrating work",
    "answering watching measuring",
    "indexing",
    "engine",
    "doctor machine",
    "cli",
    "__main__",
)
RANK = {part: row for row, parts in enumerate(ORDER) for part in parts.split()}
# What else may be imported: names and types that many share and that import nothing themselves.
ALSO = {
    "embeddings": {"mmrag.store.spec"},
    "bridges": {"mmrag.store.spec", "mmrag.embeddings.weights"},
}
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "rapidocr",
    "onnxruntime",
    "faster_whisper",
}
LONGEST = 400
VAGUE = {"utils", "util", "core", "common", "helpers", "managers", "misc"}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def part_of(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def mmrag_imports(path: Path) -> Iterator[str]:
    """Modules of mmrag that a file imports anywhere: at the top, for types, or inside functions."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "mmrag":
            names = [f"mmrag.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "mmrag")


def run_python(code: str) -> str:
    """Run it in a bare environment: this process may have been changed by an import already."""
    command, environment = [sys.executable, "-c", code], {"PATH": os.environ["PATH"]}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stderr == ""
    return run.stdout


STATE = """
import json, logging, os, sys, warnings
def state():
    return json.dumps({
        "environment": dict(os.environ),
        "filters": [repr(row) for row in warnings.filters],
        "levels": {n: logging.getLogger(n).level for n in ("", "mmrag", "transformers", "PIL")},
        "handlers": repr(logging.root.handlers) + repr(logging.lastResort),
        "disabled": logging.root.manager.disable,
    }, sort_keys=True)
before = state()
"""


@pytest.mark.parametrize("statement", ["import mmrag", "from mmrag.cli import main"])
def test_importing_loads_nothing_heavy_and_changes_nothing(statement: str) -> None:
    after = (
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'llama_index', 'PIL', 'numpy',"
        " 'onnxruntime', 'qdrant_client', 'qdrant_edge'}\n"
        "loaded = sorted(heavy & {name.partition('.')[0] for name in sys.modules})\n"
        "print(json.dumps([loaded, before == state()]))"
    )
    assert json.loads(run_python(f"{STATE}\n{statement}\n{after}")) == [[], True]


def test_public_names_are_sorted_and_each_leads_to_its_home() -> None:
    public = mmrag.__all__
    assert public == sorted(public)
    assert dir(mmrag) == public
    assert set(public) - {"__version__"} == set(mmrag._HOMES)
    assert 15 <= len(public) <= 25
    for known, home in mmrag._HOMES.items():
        assert getattr(mmrag, known) is getattr(importlib.import_module(home), known)
        assert getattr(mmrag, known).__module__ == home
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mmrag.nothing  # type: ignore[attr-defined]  # that is the point


def test_type_checkers_see_the_same_public_names() -> None:
    imported = {
        alias.name: node.module
        for node in ast.walk(parsed(PACKAGE / "__init__.py"))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("mmrag.")
        for alias in node.names
    }
    assert imported == {**mmrag._HOMES, "__version__": "mmrag.version"}


def test_a_stage_imports_only_what_lies_under_it() -> None:
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        if path == PACKAGE / "__init__.py":  # names only, checked above
            continue
        part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        assert part in RANK, f"{part} has no place in ORDER"
        wrong += [
            f"{name(path)} imports {module}"
            for module in mmrag_imports(path)
            if part_of(module) != part
            and module not in ALSO.get(part, ())
            and RANK.get(part_of(module), len(ORDER)) >= RANK[part]
        ]
    assert wrong == []


def test_what_everybody_may_import_imports_nothing_of_theirs() -> None:
    for module in {shared for row in ALSO.values() for shared in row}:
        path = ROOT / f"{module.replace('.', '/')}.py"
        assert {part_of(found) for found in mmrag_imports(path)} <= {"errors", "extras", "systems"}


def test_mmrag_knows_nothing_of_its_connectors_and_pipelines() -> None:
    foreign = re.compile(r"^\s*(?:from|import) (?:mmrag_connectors|connectors|pipelines)\b", re.M)
    assert [name(p) for p in PACKAGE.rglob("*.py") if foreign.search(p.read_text("utf-8"))] == []


# What fits or measures inner parts, and cannot do so from outside.
INNER = {"fit_answers.py", "tiny.py", "embed_speed.py", "imagebind_memory.py", "pictures.py"}
INNER |= {"respelt.py", "fit_claims.py", "fit_reader.py", "examples.py", "archive.py"}
INNER |= {"mixed_pool.py", "world.py", "retrieval_speed.py", "synthetic_index.py"}
INNER |= {"qwen3_reranker.py", "rerank_speed.py", "serve_index.py"}
INNER |= {"toolbox.py", "toolbox_pictures.py", "compression.py", "model_compression.py"}
INNER |= {"clustered.py", "scale.py", "scale_index.py", "scale_search.py", "scale_plot.py"}
INNER |= {f"ingest_{part}.py" for part in ("llamaindex", "many", "speed")}
INNER |= {f"grounding_{part}.py" for part in ("judges", "measures", "replies")}
INNER |= {f"pool_{part}.py" for part in ("asking", "baselines", "measures", "samples", "show")}


def test_pipelines_use_only_public_names() -> None:
    public = {f"mmrag.{public}" for public in mmrag.__all__} | {"mmrag", "mmrag.samples"}
    wrong = [
        f"{name(path)} imports {module}"
        for path in (ROOT / "pipelines").rglob("*.py")
        for module in mmrag_imports(path)
        if module not in public and path.name not in INNER
    ]
    assert wrong == []


def test_every_module_says_first_what_it_is() -> None:
    first = {name(p): (ast.get_docstring(parsed(p)) or "").partition("\n")[0] for p in MODULES}
    wrong = {n: line for n, line in first.items() if not re.fullmatch(r"\S.{9,}[.!:]", line)}
    assert wrong == {}


def test_no_module_is_too_long() -> None:
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {n: length for n, length in lengths.items() if length > LONGEST} == {}


def test_heavy_packages_are_imported_on_use() -> None:
    wrong = []
    for path in MODULES:
        for node in parsed(path).body:
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                found = [str(node.module)]
            wrong += [
                f"{name(path)}: {module}" for module in found if module.split(".")[0] in HEAVY
            ]
    assert wrong == []


def test_no_folder_has_a_name_that_could_hold_anything() -> None:
    folders = {parent for path in MODULES for parent in path.relative_to(ROOT).parents}
    assert [str(folder) for folder in folders if folder.name in VAGUE] == []
    assert [name(path) for path in MODULES if path.stem in VAGUE] == []


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    caught = ast.unparse(handler.type) if handler.type else "BaseException"
    return bool(re.search(r"\b(?:Base)?Exception\b", caught))


def test_who_catches_everything_raises_or_says_why() -> None:
    wrong = []
    for path in MODULES:
        lines = path.read_text(encoding="utf-8").splitlines()
        handlers = [n for n in ast.walk(parsed(path)) if isinstance(n, ast.ExceptHandler)]
        for handler in filter(_catches_everything, handlers):
            comment = lines[handler.lineno - 1].partition("#")[2]
            reason = re.sub(r"noqa:\s*[A-Z0-9, ]+", "", comment)
            if not isinstance(handler.body[-1], ast.Raise) and not re.search(r"\w+ \w+", reason):
                wrong.append(f"{name(path)}:{handler.lineno}")
    assert wrong == []


def test_tests_mirror_the_packages() -> None:
    packages = {
        path.parent.name for path in PACKAGE.glob("*/[a-z]*.py") if path.parent.name != "samples"
    }
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    others = {"docs", "house", "standins", "samples", "connectors", "pipelines", "notebooks"}
    others |= {"ollama_server", "crash"}
    assert packages - folders == set()
    assert folders - packages <= others
