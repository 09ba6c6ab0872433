"""Which kind of reranker a model is, and that the settings reach it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmrag.config import OllamaSettings, RerankSettings
from mmrag.errors import ConfigError
from mmrag.rerank.base import Reranker
from mmrag.rerank.kinds import KINDS, kind_of


def made(model: str, **settings: Any) -> Reranker:
    chosen = RerankSettings(**settings)
    ollama = OllamaSettings(url="http://elsewhere:1", context_window=1024, timeout_s=7)
    return kind_of(model, chosen).make(model, chosen, ollama)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("Qwen/Qwen3-Reranker-0.6B", "qwen3"),
        ("Qwen/Qwen3-Reranker-8B", "qwen3"),
        ("me/qwen3-reranker-4b-law", "qwen3"),
        ("tomaarsen/Qwen3-Reranker-0.6B-seq-cls", "cross-encoder"),
        ("cross-encoder/ms-marco-MiniLM-L6-v2", "cross-encoder"),
        ("BAAI/bge-reranker-v2-m3", "cross-encoder"),
        ("ollama:dengcao/Qwen3-Reranker-0.6B", "ollama"),
    ],
)
def test_a_model_is_known_by_its_name(model: str, kind: str) -> None:
    assert kind_of(model, RerankSettings()).name == kind


def test_a_folder_is_known_by_what_it_says(folder: Path, tmp_path: Path) -> None:
    assert kind_of(str(folder), RerankSettings()).name == "qwen3"
    for name, content in (
        ("qwen3-reranker-pairs", json.dumps({"architectures": ["Qwen3ForSequenceClassification"]})),
        ("qwen3-reranker-torn", "{"),
        ("qwen3-reranker-list", "[]"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(content)
        assert kind_of(str(tmp_path / name), RerankSettings()).name == "cross-encoder"


@pytest.mark.parametrize("backend", list(KINDS))
def test_the_settings_may_name_the_kind(backend: str) -> None:
    assert kind_of("anything", RerankSettings.model_validate({"backend": backend})).name == backend


def test_settings_reach_the_reranker() -> None:
    served = made("ollama:tiny", instruction="find it").to_dict()
    wanted = {
        "class_name": "Qwen3OllamaReranker",
        "model_name": "tiny",
        "instruction": "find it",
        "url": "http://elsewhere:1",
        "context_window": 1024,
        "timeout_s": 7,
    }
    assert {key: served[key] for key in wanted} == wanted
    for model, name in (
        ("Qwen/Qwen3-Reranker-4B", "Qwen3Reranker"),
        ("a/b", "CrossEncoderReranker"),
    ):
        told = made(model, instruction="find it").to_dict()
        assert (told["class_name"], told["model_name"]) == (name, model)
        assert told["instruction"] == "find it"
    own = made("Qwen/Qwen3-Reranker-4B").to_dict()["instruction"]
    assert own == "Given a web search query, retrieve relevant passages that answer the query"
    with pytest.raises(ConfigError, match="torchvision"):
        made("Qwen/Qwen3-VL-Reranker-2B")
