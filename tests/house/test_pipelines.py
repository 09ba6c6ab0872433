"""The rules of pipelines: short, a YAML that shows every key, a test, and a line in the docs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from mmrag import load_settings

ROOT = Path(__file__).parents[2]
PIPELINES = sorted(
    path
    for path in (ROOT / "pipelines").glob("*.py")
    if re.search(r"^from running import", path.read_text(encoding="utf-8"), re.MULTILINE)
)
NAMES = [path.stem for path in PIPELINES]
LONGEST = 100


def keys_of(path: Path) -> set[str]:
    """The keys that a pipeline takes, by the class that is named like it."""
    own = "".join(word.capitalize() for word in path.stem.split("_"))
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == own:
            return {ast.unparse(row.target) for row in node.body if isinstance(row, ast.AnnAssign)}
    raise LookupError(f"{path.name} has no class {own}")


def test_there_are_those_that_are_promised() -> None:
    promised = "batch_qa chat_over_folder evaluate finetune_clip index_folder meeting_minutes"
    promised += " migrate_to_server moderate_folder photo_search ray_ingest tune_fusion"
    assert promised.split() == NAMES
    assert [path.stem for path in sorted((ROOT / "pipelines").glob("*.yaml"))] == NAMES


@pytest.mark.parametrize("path", PIPELINES, ids=NAMES)
def test_each_is_short_and_shows_its_keys(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    doc = ast.get_docstring(ast.parse(text)) or ""
    assert f"python pipelines/{path.name}" in doc
    assert "Exit codes: 0" in " ".join(doc.split())
    shown = path.with_suffix(".yaml")
    tree = yaml.safe_load(shown.read_text(encoding="utf-8"))
    assert set(tree[path.stem]) == keys_of(path)
    load_settings(shown, apart=path.stem)  # what stands beside is settings of mmrag


@pytest.mark.parametrize("name", NAMES)
def test_each_is_run_by_a_test_and_told_of(name: str) -> None:
    test = ROOT / "tests" / "pipelines" / f"test_{name}.py"
    assert f'run("{name}"' in test.read_text(encoding="utf-8")
    page = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    assert len(re.findall(rf"^\| `{name}` \|.*python pipelines/{name}\.py", page, re.M)) == 1
