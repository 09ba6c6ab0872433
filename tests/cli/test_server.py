"""`mmrag server`, `status` and `doctor` against a stand-in for a Qdrant server, which is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Said
from standins.qdrant_rest import QdrantStandIn, qdrant_rest

from mmrag import MMRagIndex, load_settings

WANTED = """
index: {{qdrant_url: "{url}"}}
server:
  shard_number: 4
  replication_factor: 2
  memory: {{vectors: cold}}
"""


@pytest.fixture(scope="module")
def standin() -> Iterator[QdrantStandIn]:
    """With a collection that was made without a word of `server:`."""
    with qdrant_rest() as running:
        settings = load_settings(changes={"index.qdrant_url": running.url})
        MMRagIndex(settings=settings).close()
        yield running


@pytest.fixture
def wanted(standin: QdrantStandIn, tmp_path: Path) -> Path:
    file = tmp_path / "mmrag.yaml"
    file.write_text(WANTED.format(url=standin.url))
    return file


def test_it_is_shown_then_applied_and_what_cannot_be_is_told(wanted: Path) -> None:
    shown = Said("server", "show", "--config", wanted)
    assert shown.code == 0
    assert "only a new collection can have it" in shown.out
    status = Said("status", "--config", wanted, "--json").json
    assert status["unlike_settings"] == [
        "server.shard_number",
        "server.replication_factor",
        "server.memory.vectors",
    ]
    findings = Said("doctor", "--config", wanted, "--json").json["findings"]
    told = [f["message"] for f in findings if f["what"] == "server"]
    assert "server.replication_factor is 2 in the settings and" in told[1]
    done = Said("server", "apply", "--config", wanted, "--json").json
    assert [row["key"] for row in done["applied"]] == ["replication_factor", "memory.vectors"]
    assert [(row["key"], row["fixed"]) for row in done["differences"]] == [("shard_number", True)]
    again = Said("server", "apply", "--config", wanted)
    assert again.code == 0 and "applied" not in again.out


def test_a_collection_that_has_it_all_says_so(standin: QdrantStandIn) -> None:
    said = Said("server", "show", "--qdrant", standin.url)
    assert "has all that the settings say" in said.out
    assert "unlike_settings" not in Said("status", "--qdrant", standin.url, "--json").json


def test_without_a_server_there_is_nothing_to_set(tmp_path: Path) -> None:
    assert "no Qdrant server is named" in Said("server", "show").refusal
    lonely = tmp_path / "mmrag.yaml"
    lonely.write_text("server: {shard_number: 4}\n")
    with MMRagIndex(tmp_path / "index", profile="offline"):
        pass
    said = Said("doctor", "--index", tmp_path / "index", "--config", lonely, "--json")
    notes = [f["message"] for f in said.json["findings"] if f["what"] == "server"]
    assert len(notes) == 1 and "an index in a directory has no use" in notes[0]


def test_an_index_that_mmrag_makes_otherwise_is_refused(
    standin: QdrantStandIn, tmp_path: Path
) -> None:
    file = tmp_path / "mmrag.yaml"
    file.write_text("server: {indexes: {modality: integer}}\n")
    refusal = Said("server", "apply", "--qdrant", standin.url, "--config", file).refusal
    assert "server.indexes.modality is 'integer', and mmrag itself makes an index" in refusal
    file.write_text("server: {indexes: {modality: keyword}}\n")
    assert Said("server", "show", "--qdrant", standin.url, "--config", file).code == 0


def test_a_copy_on_a_server_is_made_by_the_settings(standin: QdrantStandIn, tmp_path: Path) -> None:
    with MMRagIndex(tmp_path / "index", profile="offline"):
        pass
    file = tmp_path / "mmrag.yaml"
    file.write_text("server: {shard_number: 4, memory: {vectors: cold}}\n")
    to = f"{standin.url}#copy"
    assert Said("migrate", "--from", tmp_path / "index", "--to", to, "--config", file).code == 0
    (made,) = standin.bodies("PUT", "/collections/copy")
    assert (made["shard_number"], made["vectors"]["text"]["memory"]) == (4, "cold")
