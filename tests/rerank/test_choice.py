"""When an index reranks, and what becomes of the hits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.schema import NodeWithScore
from standins.table_reranker import ByTable
from standins.tiny_reranker import hit

from mmrag.config import Settings
from mmrag.errors import ConfigError
from mmrag.profiles import PROFILES
from mmrag.rerank.choice import Reranking
from mmrag.rerank.gate import Gate
from mmrag.rerank.trial import Setup, Trial
from mmrag.retrieval.query import MultiModalQuery

QWEN = "Qwen/Qwen3-Reranker-0.6B"
SETUP = Setup(QWEN, "qwen3", 50, None)
HELPS = Gate("ndcg@10", 40, 0.5, 0.6, 0.05, 0.15, "helps")
KEPT = Trial(SETUP, HELPS, 1.0, 2.0).as_dict()


def reranking(profile: str = "default", **changes: Any) -> Reranking:
    return Reranking(
        Settings().with_changes({f"rerank.{key}": value for key, value in changes.items()}),
        PROFILES[profile],
    )


def test_the_profile_names_the_model_and_the_settings_another() -> None:
    named = {name: Reranking(Settings(), row).model for name, row in PROFILES.items()}
    assert named == {
        "offline": None,
        "default": QWEN,
        "imagebind": QWEN,
        "omni": QWEN,
        "ollama": "ollama:dengcao/Qwen3-Reranker-0.6B",
        "tiny": None,
    }
    assert reranking("offline", model="a/b").model == "a/b"
    assert reranking(model="ollama:a").setup == Setup("ollama:a", "ollama", 50, None)
    with pytest.raises(ConfigError, match=r"profile offline has no reranker.*rerank\.model"):
        _ = reranking("offline").setup


def test_a_folder_is_the_same_from_wherever_it_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert reranking(model=folder.name).setup == reranking(model=str(folder)).setup


def test_auto_reranks_by_a_verdict_on_the_same_thing_and_by_no_other() -> None:
    auto = reranking()
    assert auto.wanted(None, KEPT)
    assert auto.wanted("auto", KEPT)
    assert not auto.wanted(None, {})
    for verdict in ("hurts", "undecided"):
        kept = Trial(SETUP, replace(HELPS, verdict=verdict), 1.0, 2.0).as_dict()  # type: ignore[arg-type]
        assert not auto.wanted(None, kept)
    assert not reranking(model="Qwen/Qwen3-Reranker-4B").wanted(None, KEPT)
    assert not reranking(candidates=20).wanted(None, KEPT)
    assert not reranking(instruction="find it").wanted(None, KEPT)
    assert not reranking(backend="cross-encoder").wanted(None, KEPT)
    assert not reranking("offline").wanted(None, KEPT)


def test_on_and_off_ask_nobody() -> None:
    assert reranking(use="on").wanted(None, {})
    assert not reranking(use="off").wanted(None, KEPT)
    assert not reranking(use="on").wanted("off", KEPT)
    assert reranking(use="off").wanted("auto", KEPT)
    assert not reranking("offline", use="off").wanted(None, KEPT)
    with pytest.raises(ConfigError, match="profile offline has no reranker"):
        reranking("offline").wanted("on", {})
    with pytest.raises(ConfigError, match=r"rerank\.use: .*found 'maybe'"):
        reranking().wanted("maybe", {})  # type: ignore[arg-type]  # as from untyped code


class Retrieving:
    """Proposes texts n0, n1, … of which later ones are better, as many as are wanted."""

    def __init__(self, there: int = 30) -> None:
        self.there = there
        self.depths: list[int | None] = []

    def __call__(self, query: MultiModalQuery) -> list[NodeWithScore]:
        self.depths.append(query.top_k)
        count = min(self.there, query.top_k or 10)
        return [hit(f"n{n}", 1 - n / 100, name=f"n{n}") for n in range(count)]


def hits(k: int | None, candidates: int, there: int = 30, query: str = "what?") -> tuple[Any, Any]:
    chosen = reranking(candidates=candidates)
    chosen.__dict__["reranker"] = ByTable(table={f"n{n}": float(n) for n in range(40)})
    retrieve = Retrieving(there)
    found = chosen.hits(retrieve, MultiModalQuery(query, top_k=k), use="on", kept={})
    return [int(h.node.node_id[1:]) for h in found], retrieve.depths


def test_the_candidates_are_judged_and_cut_afterwards() -> None:
    assert hits(3, 10) == ([9, 8, 7], [10])


def test_hits_beyond_the_candidates_follow_as_they_came() -> None:
    assert hits(8, 4) == ([3, 2, 1, 0, 4, 5, 6, 7], [8])


def test_few_or_no_hits_are_no_trouble() -> None:
    assert hits(3, 10, there=2) == ([1, 0], [10])
    assert hits(3, 10, there=1) == ([0], [10])
    assert hits(3, 10, there=0) == ([], [10])


def test_a_question_without_words_keeps_its_order() -> None:
    assert hits(3, 10, query=" ") == ([0, 1, 2], [10])


def test_nothing_is_touched_where_it_is_not_wanted() -> None:
    retrieve = Retrieving()
    found = reranking().hits(retrieve, MultiModalQuery("what?", top_k=3), use=None, kept={})
    assert ([h.node.node_id for h in found], retrieve.depths) == (["n0", "n1", "n2"], [3])
