"""Rows of models, and folders that describe themselves."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from mmrag.embeddings.catalogue import MODELS, describe
from mmrag.errors import CheckpointMismatch, ModelUnavailable
from mmrag.profiles import ADDABLE, PROFILES

EMBEDDINGS = [row for row in MODELS.values() if row.kind == "embedding"]


@pytest.mark.parametrize("row", EMBEDDINGS, ids=lambda row: row.id)
def test_every_row_is_read_by_a_class_that_is_there(row: object) -> None:
    assert hasattr(row, "reader")
    module, name = row.reader.split(":")
    kind = getattr(importlib.import_module(f"mmrag.embeddings.{module}"), name)
    assert kind.class_name() == name


def test_profiles_and_addable_spaces_name_known_models() -> None:
    used = {model for profile in PROFILES.values() for model in profile.spaces.values()}
    assert used | set(ADDABLE.values()) <= set(MODELS)
    assert all(MODELS[model].dimension > 0 for model in used)


def test_weights_that_are_not_free_say_so() -> None:
    assert MODELS["imagebind_huge"].licence == "CC BY-NC-SA 4.0"
    assert "BY-NC-SA" in PROFILES["imagebind"].needs


@pytest.mark.parametrize(
    ("file", "config", "reader", "dimension"),
    [
        ("config.json", {"model_type": "clip", "projection_dim": 24}, "clip:ClipEmbedding", 24),
        ("config.json", {"model_type": "clap", "projection_dim": 8}, "clap:ClapEmbedding", 8),
        (
            "open_clip_config.json",
            {"model_cfg": {"embed_dim": 40}},
            "open_clip:OpenClipEmbedding",
            40,
        ),
        (
            "config.json",
            {"architecture": "mmrag-tiny", "sizes": {"dimension": 64}},
            "tiny:TinyEmbedding",
            64,
        ),
    ],
)
def test_a_local_folder_is_described_by_its_configuration(
    tmp_path: Path, file: str, config: dict[str, object], reader: str, dimension: int
) -> None:
    (tmp_path / file).write_text(json.dumps(config))
    row = describe(str(tmp_path))
    assert (row.id, row.reader, row.dimension) == (str(tmp_path), reader, dimension)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"model_type": "bloom"}', "a model of type 'bloom'"),
        ("[1]", "must hold an object"),
        ("{", "is no model folder"),
        (None, "is no model folder"),
    ],
)
def test_a_folder_that_no_class_reads_is_refused(
    tmp_path: Path, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(CheckpointMismatch, match=message):
        describe(str(tmp_path))


@pytest.mark.parametrize(
    "content", ["{}", '{"model_cfg": []}', '{"model_cfg": {"embed_dim": "x"}}']
)
def test_an_open_clip_folder_without_its_dimension_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "open_clip_config.json").write_text(content)
    with pytest.raises(CheckpointMismatch, match=r"no whole number at model_cfg\.embed_dim"):
        describe(str(tmp_path))


def test_an_unknown_hub_id_asks_for_a_folder() -> None:
    with pytest.raises(ModelUnavailable, match=r"neither known nor a local folder.*openai/clip"):
        describe("someone/unheard-of")
