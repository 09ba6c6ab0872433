"""A settings file that is amended: the rest stays, comments are not lost, one step on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mmrag.cli.settings_file import amend, amendable
from mmrag.config import load_settings
from mmrag.errors import ConfigError

KEPT = """profile: offline
rerank: off
models:
  text: "pip:x#1"
retrieval:
  weights: {text: 2.0, bm25: 1.0}
  candidates: 50
answer: {llm: extractive}
"""


def test_other_keys_stay_as_they_are_and_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "mmrag.yaml"
    path.write_text(KEPT)
    path.chmod(0o640)
    before = load_settings(path)
    amend(path, "retrieval", {"weights": {"text": 1.0, "bm25": 0.35}})
    after = load_settings(path)
    assert after.retrieval.weights == {"text": 1.0, "bm25": 0.35}
    assert after == before.with_changes({"retrieval.weights": {"text": 1.0, "bm25": 0.35}})
    tree = yaml.safe_load(path.read_text())
    assert list(tree) == ["profile", "rerank", "models", "retrieval", "answer"]
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    path, link = tmp_path / "kept" / "real.yaml", tmp_path / "mmrag.yaml"
    path.write_text("profile: offline\n")
    link.symlink_to(path)
    amend(link, "retrieval", {"rrf_k": 30})
    assert link.is_symlink()
    assert yaml.safe_load(path.read_text()) == {"profile": "offline", "retrieval": {"rrf_k": 30}}


@pytest.mark.parametrize("there", [None, "", "{}\n"])
def test_a_file_that_is_new_or_empty(tmp_path: Path, there: str | None) -> None:
    path = tmp_path / "mmrag.yaml"
    if there is not None:
        path.write_text(there)
    amend(path, "retrieval", {"weights": {"text": 1.0}})
    assert path.read_text() == "retrieval:\n  weights:\n    text: 1.0\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("profile: offline  # ours\n", "has a comment in line 1"),
        ("profile: offline\n\n# ours\n", "has a comment in line 3"),
        ("retrieval:\n  weights: {text: 1.0}\n  # mine\n  rrf_k: 3\n", "comment in line 3"),
        ('models: {text: "a # b"}  # ours\n', "has a comment in line 1"),
        ("retrievel: {}\n", "unknown key retrievel"),
        ("- profile\n", "must hold keys and values"),
        ("a: [\n", "is not YAML"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_left_alone(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "mmrag.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        amend(path, "retrieval", {"rrf_k": 30})
    assert path.read_text() == text


def test_a_number_sign_in_a_value_is_no_comment(tmp_path: Path) -> None:
    path = tmp_path / "mmrag.yaml"
    text = "models: {text: \"a # b\", clip: c#d}\nrerank: {instruction: '# e'}\n"
    path.write_text(text)
    amendable(path)
    assert path.read_text() == text


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no folder that can be written to"):
        amendable(tmp_path / "none" / "mmrag.yaml")
    with pytest.raises(ConfigError, match="cannot read the settings file"):
        amendable(tmp_path)
