"""Which words of a question are names that no passage spells so, against a real index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.schema import QueryBundle

from mmrag.embeddings.bm25 import Bm25
from mmrag.embeddings.trigrams import Trigrams
from mmrag.modalities import Modality
from mmrag.retrieval.channels import NgramChannel
from mmrag.retrieval.names import Vocabulary, names_in
from mmrag.schema import Provenance, build_node, number_nodes
from mmrag.store.edge import EdgeEngine
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, SparseSpace


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MMRagQdrantStore]:
    directory: Path = tmp_path_factory.mktemp("names") / "index"
    with EdgeEngine.create(directory, [DenseSpace("text", 2), SparseSpace("bm25")]) as engine:
        made = MMRagQdrantStore.from_engine(engine, sparse_encoder=Bm25())
        node = build_node(
            "Trelawny kept bees at Östersund.",
            Provenance("notes.md"),
            modality=Modality.TEXT,
            mimetype="text/markdown",
        )
        number_nodes([node], "ff")
        made.add([node])
        yield made


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("When did Marit Haugseth paint the lighthouse?", ["Marit", "Haugseth"]),
        ("Brzezina was seen where?", []),  # the first word of a sentence has its capital anyway
        ("haugseth", ["haugseth"]),
        ("marit haugseth", ["marit", "haugseth"]),
        ("what happened to haugseth", []),
        ("Who is Åse Øye-Ångström of NRK? Ask Haugseth, Haugseth!", ["Ångström", "Haugseth"]),
        ("What Is That?", []),
        ("", []),
        ("1956 ?!", []),
    ],
)
def test_names_are_words_with_a_capital_or_all_that_is_asked(
    question: str, names: list[str]
) -> None:
    assert names_in(question) == names


def test_words_of_a_passage_and_their_forms_are_not_lacking(store: MMRagQdrantStore) -> None:
    vocabulary = Vocabulary(store.engine)
    words = ["Trelawny", "Haugseth", "OSTERSUND", "bee", "notes", "the", "Zennor"]
    # "the" has no term, so that it cannot be known; names_in leaves such words out
    assert vocabulary.lacks(words) == ["Haugseth", "the", "Zennor"]
    assert vocabulary.lacks([]) == []


def test_the_channel_asks_for_unknown_names_only(store: MMRagQdrantStore) -> None:
    channel = NgramChannel(Trigrams(), Vocabulary(store.engine))
    both = channel.encode(QueryBundle("Did Trelawny or Haugseth keep them?"))
    assert both == Trigrams().encode_query(["Haugseth"])
    for question in ("Did Trelawny keep bees?", "who kept them?", ""):
        assert channel.encode(QueryBundle(question)) is None
    batch = [QueryBundle(words) for words in ("Trelawny", "", "Did Haugseth?", "zennor")]
    assert channel.encode_batch(batch) == [channel.encode(query) for query in batch]
    assert [vector is None for vector in channel.encode_batch(batch)] == [True, True, False, False]
