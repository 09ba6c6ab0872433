"""Labels in an index: while it is made, afterwards from its vectors, and in other pipelines."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import MediaResource, MetadataMode, Node

from mmrag import MMRagIndex, Settings
from mmrag.config import ClassifySettings
from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.errors import InputError
from mmrag.schema import LABEL_SCORES, LABELS
from mmrag.spaces import Spaces, space_model
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import CHUNKS
from mmrag.tasks.classifiers import Classifiers
from mmrag.tasks.label_judge import LabelJudge
from mmrag.tasks.label_nodes import ZeroShotLabels
from mmrag.training.pictures import draw
from mmrag.training.pool import write_items
from mmrag.training.shapes import COLOURS, Item

QUIET = {"ingest.ocr": False, "ingest.asr": False, "ingest.workers": 0}


@pytest.fixture(scope="module")
def few(items: list[Item]) -> list[Item]:
    return [items[0], items[-1]]  # red and pink


@pytest.fixture(scope="module")
def world(few: list[Item], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_items(few, folder, side=64)
    return folder


@pytest.fixture(scope="module")
def index(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MMRagIndex]:
    """Labelled while it was made."""
    settings = Settings().with_changes({**QUIET, "classify.labels": COLOURS})
    place = tmp_path_factory.mktemp("made") / "index"
    with MMRagIndex(place, profile="tiny", settings=settings) as made:
        made.index(world)
        yield made


def labels(index: MMRagIndex) -> dict[str, tuple[list[str], list[float]]]:
    points = scroll_all(index.vector_store.engine, CHUNKS)
    return {
        str(p.payload["source"]): (p.payload[LABELS], p.payload[LABEL_SCORES])
        for p in points
        if p.payload.get(LABELS)
    }


def test_a_new_index_is_labelled_and_searched_by_labels(index: MMRagIndex, few: list[Item]) -> None:
    found = labels(index)
    assert len(found) == 6
    for number, item in enumerate(few, 1):
        for name in (f"pictures/000{number}.png", f"sounds/000{number}.flac"):
            assert found[name][0] == [item.concept.colour]
            assert 0.9 < found[name][1][0] <= 1
    hits = index.search("a circle", where={LABELS: few[0].concept.colour}, k=9).hits
    assert {"pictures/0001.png", "sounds/0001.flac"} <= {hit.source for hit in hits}
    assert not {"pictures/0002.png", "sounds/0002.flac"} & {hit.source for hit in hits}


def test_labelling_again_reads_no_file_and_writes_what_differs(
    index: MMRagIndex, world: Path, few: list[Item]
) -> None:
    before = labels(index)
    assert index.relabel().changed == 0
    shapes = ClassifySettings(labels=("circle", "ring"), top=2, space="tiny")
    (world / "pictures/0001.png").rename(world / "away.png")
    try:
        done = index.relabel(shapes)
    finally:
        (world / "away.png").rename(world / "pictures/0001.png")
    assert (done.looked_at, done.changed) == (6, 6)
    assert set(labels(index)["pictures/0001.png"][0]) == {"circle", "ring"}
    unlikely = ClassifySettings(labels=("circle", "ring"), top=2, min_probability=1.0)
    index.relabel(unlikely)
    assert labels(index) == {}
    index.relabel()
    assert labels(index) == before


def test_bad_settings_change_nothing(index: MMRagIndex) -> None:
    before = labels(index)
    for given, told in (
        (ClassifySettings(), "no labels to choose from"),
        (ClassifySettings(labels=("a", "b"), space="clip"), "there is: text, tiny"),
        (ClassifySettings(labels=("a", "b"), calibration=Path("x")), "several labels an item"),
    ):
        with pytest.raises(InputError, match=told):
            index.relabel(given)
    assert labels(index) == before


def test_a_recording_that_no_space_holds_is_labelled_by_its_words(tiny: TinyEmbedding) -> None:
    spaces = Spaces([space_model("text", tiny.model_name)])
    judge = LabelJudge(Classifiers(spaces, ClassifySettings(labels=("red", "blue"), space="text")))
    heard = Node(text_resource=MediaResource(text="red"), metadata={"modality": "audio"})
    named = Node(
        text_resource=MediaResource(text="red"), metadata={"modality": "audio", "surrogate": True}
    )
    vector = spaces.embedding("text").embed_texts(["a red star"])[0]
    found = judge.judge([heard, named, heard], {"text": [vector, vector, None]})
    assert [row.fields.get(LABELS) for row in found] == [["red"], None, None]
    assert [row.refused for row in found] == [None] * 3


def test_nodes_of_any_pipeline_are_labelled(
    tiny: TinyEmbedding, few: list[Item], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    draw(few[0], 64).save(tmp_path / "a.png")
    nodes = [
        Node(image_resource=MediaResource(path=tmp_path / "a.png", mimetype="image/png")),
        Node(text_resource=MediaResource(text="a small pink ring"), metadata={"author": "Lind"}),
        Node(image_resource=MediaResource(path=tmp_path / "none.png", mimetype="image/png")),
    ]
    step = ZeroShotLabels(embedding=tiny, labels={"rosy": ["pink"], "red": ["red"]}, top=2)
    with caplog.at_level(logging.WARNING, logger="mmrag"):
        out = IngestionPipeline(transformations=[step]).run(nodes=nodes)
    assert [node.metadata.get(LABELS, [None])[0] for node in out] == ["red", "rosy", None]
    scores = out[1].metadata[LABEL_SCORES]
    assert np.sum(scores) == pytest.approx(1, abs=1e-3)
    assert "gets no label" in caplog.text and "none.png" in caplog.text
    for mode in (MetadataMode.EMBED, MetadataMode.LLM):
        assert "rosy" not in out[1].get_content(mode)
    assert "Lind" in out[1].get_content(MetadataMode.EMBED)
    again = step(out)
    assert again[0].metadata[LABELS] == out[0].metadata[LABELS]
