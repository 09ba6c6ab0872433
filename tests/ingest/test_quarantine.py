"""Documents that a policy tags, keeps in quarantine or refuses, from the file to every search."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmrag import MMRagIndex
from mmrag.config import Settings
from mmrag.errors import ConfigError, InputError
from mmrag.ingest.report import Outcome, Report
from mmrag.ingest.upkeep import survey
from mmrag.schema import FLAG_REASONS, FLAGS, POLICY, node_id
from mmrag.store.documents import get_document, scroll_all
from mmrag.store.kinds import ALL_CHUNKS, CHUNKS, HIDDEN, KIND
from mmrag.store.spec import All, Match
from mmrag_connectors.hosting.finding import find

POLICY_TEXT = """
name: station
categories:
  goats: {action: tag, words: [goats]}
  codes: {action: quarantine, patterns: {code: 'code \\d{4}'}}
  private: {action: skip, personal: [e-mail]}
"""
FILES = {
    "plain.md": "The aneroid barometer hangs in the hut.",
    "goats.md": "Goats were kept behind the hut.",
    "long.md": "# Hut\nThe hut stands high.\n# Door\nThe door has code 4711 since May.\n# Wood\n"
    "Fire wood lies behind the hut.",
    "mail.md": "Write to anna@example.org about the hut.",
}


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policies") / "policy.yaml"
    path.write_text(POLICY_TEXT)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def settings(tmp_path: Path, policy: Path | None, **moderate: object) -> Settings:
    return Settings.model_validate(
        {
            "profile": "offline",
            "index": {"directory": tmp_path / "index"},
            "ingest": {"workers": 0},
            "moderate": {"policy": policy, **moderate},
        }
    )


@pytest.fixture
def index(tmp_path: Path, policy: Path) -> Iterator[MMRagIndex]:
    with MMRagIndex(settings=settings(tmp_path, policy)) as made:
        yield made


def outcomes(report: Report) -> dict[str, Outcome]:
    return {outcome.source: outcome for outcome in report.outcomes}


def statuses(report: Report) -> dict[str, str]:
    return {outcome.source: outcome.status for outcome in report.outcomes}


def found(index: MMRagIndex, *, quarantined: bool = False) -> set[str]:
    hits = index.search("hut door code barometer", k=20, quarantined=quarantined).hits
    return {hit.source for hit in hits}


AS_JUDGED = {
    "plain.md": "indexed",
    "goats.md": "indexed",
    "long.md": "quarantined",
    "mail.md": "refused",
}


def test_what_a_policy_does_from_the_first_run_to_the_next(index: MMRagIndex, folder: Path) -> None:
    first = outcomes(index.index(folder))
    assert {source: row.status for source, row in first.items()} == AS_JUDGED
    assert first["long.md"].reason == "codes: code 'co…'" and first["long.md"].nodes == 3
    assert first["mail.md"].reason.startswith("refused by policy station@")
    assert first["mail.md"].reason.endswith("private: e-mail 'an…'")
    assert "anna" not in first["mail.md"].reason

    [goats] = index.search("goats", k=1).hits
    nodes = index.vector_store.nodes_by_point([goats.id])
    metadata = nodes[goats.id].metadata
    assert metadata[FLAGS] == ["goats"] and metadata[FLAG_REASONS] == ["goats: word 'Goats'"]
    assert metadata[POLICY].startswith("station@")

    again = statuses(index.index(folder))  # what is refused is said each time, and not read again
    assert again == AS_JUDGED | dict.fromkeys(("plain.md", "goats.md", "long.md"), "unchanged")
    assert outcomes(index.index(folder))["mail.md"].ms == {}
    kept = {record.source: record for record in index.kept_out()}
    assert {s: r.state for s, r in kept.items()} == {"long.md": "quarantined", "mail.md": "refused"}
    assert index.why_kept_out(kept["long.md"]) == ["codes: code 'co…'"]
    assert index.why_kept_out(kept["mail.md"]) == [first["mail.md"].reason]
    assert index.failures() == []


def test_nothing_of_a_document_in_quarantine_is_found(index: MMRagIndex, folder: Path) -> None:
    (folder / "copy.md").write_text(FILES["long.md"])  # a copy is no way round it
    index.index(folder)
    assert found(index) == {"plain.md", "goats.md"}
    assert found(index, quarantined=True) - {"copy.md"} >= {"plain.md", "goats.md"}
    assert found(index, quarantined=True) & {"copy.md", "long.md"}
    engine = index.vector_store.engine
    record = get_document(engine, "long.md")
    assert record is not None and record.chunks == 3
    ids = [node_id("long.md", record.sha256, chunk) for chunk in range(3)]
    assert len(engine.retrieve(ids)) == 3  # they are there
    assert index.vector_store.nodes_by_point(ids) == {}  # as neighbours and for the doors
    assert {n.metadata["source"] for n in index.vector_store.get_nodes()} == {
        "plain.md",
        "goats.md",
    }
    for point in (record.id, *ids):
        assert find(index, point, None) is None
    assert "long.md" not in {document.source for document in index.documents()}
    answer = index.ask("Which code does the door have?", llm="extractive")
    assert answer.abstained or all(c.source != "long.md" for c in answer.citations)
    assert "4711" not in answer.text
    wide = index.as_retriever(top_k=20)
    assert all("4711" not in str(hit.node.metadata) for hit in wide.retrieve("door code"))


def test_refused_files_have_no_door_either(index: MMRagIndex, folder: Path) -> None:
    index.index(folder)
    record = get_document(index.vector_store.engine, "mail.md")
    assert record is not None and record.chunks == 0 and find(index, record.id, None) is None
    assert index.vector_store.engine.count(All((ALL_CHUNKS, Match("source", "mail.md")))) == 0


def test_a_version_that_is_refused_takes_the_earlier_one_along(
    index: MMRagIndex, folder: Path
) -> None:
    index.index(folder)
    (folder / "plain.md").write_text("Ask bo@example.org for the barometer.")
    (folder / "goats.md").write_text("The goats know code 1234.")
    changed = statuses(index.index(folder))
    assert (changed["plain.md"], changed["goats.md"]) == ("refused", "quarantined")
    assert found(index) == set()
    (folder / "plain.md").write_text(FILES["plain.md"])
    (folder / "mail.md").unlink()
    (folder / "long.md").unlink()
    back = statuses(index.index(folder))
    assert back == {
        "plain.md": "indexed",
        "goats.md": "unchanged",
        "long.md": "removed",
    }
    assert {record.source for record in index.kept_out()} == {"goats.md"}
    assert survey(index.vector_store.engine).total == 2


def test_a_moved_or_touched_file_stays_where_it_is_kept(index: MMRagIndex, folder: Path) -> None:
    index.index(folder)
    (folder / "long.md").rename(folder / "door.md")
    os.utime(folder / "mail.md", (1, 1))
    report = statuses(index.index(folder))
    assert (report["door.md"], report["mail.md"]) == ("moved", "refused")
    assert found(index) == {"plain.md", "goats.md"}
    assert [
        p.payload[KIND]
        for p in scroll_all(
            index.vector_store.engine, All((ALL_CHUNKS, Match("source", "door.md")))
        )
    ] == [HIDDEN] * 3
    assert index.remove("door.md") == ["door.md"]
    assert index.vector_store.engine.count(ALL_CHUNKS) == 2


def test_another_policy_judges_what_is_stored_and_reads_what_was_refused(
    index: MMRagIndex, folder: Path, tmp_path: Path, policy: Path
) -> None:
    index.index(folder)
    milder = tmp_path / "milder.yaml"
    turned = POLICY_TEXT.replace("action: quarantine", "action: tag")
    milder.write_text(turned.replace("goats: {action: tag", "goats: {action: skip"))
    found_now = index.moderate_again(policy=milder)
    assert found_now.released == ["long.md"] and list(found_now.refused) == ["goats.md"]
    assert found_now.documents == 3 and found_now.quarantined == {}
    assert found(index) == {"plain.md", "long.md"}
    again = index.moderate_again(policy=milder)
    assert (again.changed, again.released, again.refused) == (0, [], {})
    back = index.moderate_again(policy=policy)
    assert list(back.quarantined) == ["long.md"] and found(index) == {"plain.md"}
    # goats.md was refused by the milder policy, so that the run's own reads it again
    assert statuses(index.index(folder)) == {
        "plain.md": "unchanged",
        "goats.md": "indexed",
        "long.md": "unchanged",
        "mail.md": "refused",
    }


def test_what_is_released_by_hand_stays_released_until_it_changes(
    index: MMRagIndex, folder: Path, policy: Path
) -> None:
    index.index(folder)
    assert index.release("long.md").state == "quarantined"
    assert "long.md" in found(index)
    assert index.release("mail.md").state == "refused"
    assert statuses(index.index(folder))["mail.md"] == "indexed"
    assert index.moderate_again().changed == 0 and index.kept_out() == []
    (folder / "mail.md").write_text("Write to bo@example.org.")
    (folder / "long.md").write_text("Now it is code 9999.")
    changed = statuses(index.index(folder))
    assert (changed["mail.md"], changed["long.md"]) == ("refused", "quarantined")
    for source, state in (("plain.md", "indexed"), ("none.md", "not in the index")):
        with pytest.raises(InputError, match=f"{source} is {state}, so there is nothing"):
            index.release(source)


def test_without_a_policy_what_is_in_quarantine_stays_there(
    index: MMRagIndex, folder: Path, tmp_path: Path
) -> None:
    index.index(folder)
    index.close()
    with MMRagIndex(settings=settings(tmp_path, None)) as bare:
        (folder / "long.md").write_text("Now it is code 9999.")
        report = statuses(bare.index(folder))
        assert (report["long.md"], report["mail.md"]) == ("quarantined", "indexed")
        assert found(bare) == {"plain.md", "goats.md", "mail.md"}
        with pytest.raises(InputError, match="no policy to judge the index by"):
            bare.moderate_again()


def test_hide_leaves_out_what_is_tagged_too(
    index: MMRagIndex, folder: Path, tmp_path: Path, policy: Path
) -> None:
    index.index(folder)
    index.close()
    with MMRagIndex(settings=settings(tmp_path, policy, hide=True)) as hiding:
        assert found(hiding) == {"plain.md"}
        assert hiding.vector_store.engine.count(CHUNKS) == 2


def test_a_policy_that_cannot_be_used_changes_nothing(folder: Path, tmp_path: Path) -> None:
    with MMRagIndex(settings=settings(tmp_path, tmp_path / "none.yaml")) as index:
        with pytest.raises(ConfigError, match="cannot read the policy"):
            index.index(folder)
        assert index.documents() == [] and index.roots == []
