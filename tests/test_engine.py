"""The whole way through on real files: index, search, ask, follow changes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import write_poster
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine

from mmrag import MMRagIndex, spaces
from mmrag.config import load_settings
from mmrag.errors import ConfigError, IndexMismatch, InputError
from mmrag.ingest.report import Outcome, Report
from mmrag.ingest.stages import Stages


def statuses(report: Report) -> dict[str, str]:
    return {outcome.source: outcome.status for outcome in report.outcomes}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "goats.md").write_text("# Goats\nThe goats ate the logbook in 1938.\n")
    (folder / "mast.md").write_text("# Mast\nThe mast fell in the storm of 1941.\n")
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_search_finds_each_modality_with_its_place(index: MMRagIndex) -> None:
    notes = index.search("who kept goats").hits[0]
    assert (notes.source, notes.section) == ("notes.md", "Kestrel station > People")
    poster = index.search("lecture about clouds").hits[0]
    assert (poster.source, poster.modality, poster.page) == ("poster.png", "image", 1)
    row = index.search("mean temperature in July").hits[0]
    assert row.source == "tables/climate.csv"
    assert "7.9" in row.text


def test_hits_say_what_each_channel_thought(index: MMRagIndex) -> None:
    best = index.search("aneroid barometer from Negretti").hits[0]
    assert best.channels["text"].rank == 1
    assert best.channels["bm25"].rank == 1
    assert 0.3 < best.channels["text"].raw <= 1
    assert 0.5 < best.score <= 1.0


def test_modality_and_metadata_filters(index: MMRagIndex) -> None:
    pictures = index.search("goats", modalities=["image"]).hits
    assert [hit.source for hit in pictures] == ["poster.png"]
    table = index.search("goats", where={"source": "tables/climate.csv"}).hits
    assert {hit.source for hit in table} == {"tables/climate.csv"}


def test_search_by_picture_reads_its_words(index: MMRagIndex, tmp_path: Path) -> None:
    write_poster(tmp_path / "query.png", ("Clouds over the ridge",))
    result = index.search(image=tmp_path / "query.png", k=1)
    assert result.query == "Clouds over the ridge"
    assert result.hits[0].source == "poster.png"


def test_answer_is_a_sentence_of_the_source_with_its_place(index: MMRagIndex) -> None:
    answer = index.ask("When was the aneroid barometer bought?")
    assert not answer.abstained
    assert answer.mode == "extractive"
    best = answer.citations[0]
    assert best.quote == "The aneroid barometer was bought from Negretti in 1934 for 12 pounds."
    assert (best.source, best.verified) == ("notes.md", True)
    assert answer.text.startswith(f"{best.quote} [1]")


def test_answer_from_a_picture_names_the_lines(index: MMRagIndex) -> None:
    answer = index.ask("On what date is the summer lecture about clouds over the ridge?")
    lines = ["SUMMER LECTURE", "Clouds over the ridge", "14 July, 7 pm"]
    cited = [c for c in answer.citations if c.source == "poster.png"]
    assert any("14 July" in citation.quote for citation in cited)
    for citation in cited:
        rows = [lines.index(line) for line in citation.quote.splitlines()]
        height = 150 + 110 * len(lines)
        assert citation.bbox is not None
        top, bottom = citation.bbox[1] * height, citation.bbox[3] * height
        assert 60 + 110 * rows[0] - 15 < top < 60 + 110 * rows[0] + 30
        assert 60 + 110 * rows[-1] + 15 < bottom < 60 + 110 * rows[-1] + 75


def test_what_is_not_in_the_files_is_not_answered(index: MMRagIndex) -> None:
    answer = index.ask("Which football club won the Danish cup in 1998?")
    assert answer.abstained
    assert answer.citations == ()
    assert "Not in your files" in answer.text


def test_empty_questions_are_refused(index: MMRagIndex) -> None:
    with pytest.raises(InputError, match="nothing to search for"):
        index.search("  ")
    with pytest.raises(InputError, match="nothing was asked"):
        index.ask("")


def test_second_run_changes_nothing(files: Path, place: Path) -> None:
    with MMRagIndex(place, profile="offline") as index:
        assert statuses(index.index(files)) == {"goats.md": "indexed", "mast.md": "indexed"}
        count = index.vector_store.engine.count()
        assert statuses(index.index(files)) == {"goats.md": "unchanged", "mast.md": "unchanged"}
        os.utime(files / "mast.md", ns=(1, 1))
        assert statuses(index.index(files))["mast.md"] == "unchanged"
        assert index.vector_store.engine.count() == count


def test_changed_file_replaces_its_passages(files: Path, place: Path) -> None:
    with MMRagIndex(place, profile="offline") as index:
        index.index(files)
        (files / "mast.md").write_text("# Mast\nThe mast was rebuilt with larch wood.\n")
        assert statuses(index.index(files)) == {"goats.md": "unchanged", "mast.md": "indexed"}
        texts = [hit.text for hit in index.search("mast storm larch").hits]
    assert not any("1941" in text for text in texts)
    assert any("larch" in text for text in texts)


def test_removed_file_leaves(files: Path, place: Path) -> None:
    with MMRagIndex(place, profile="offline") as index:
        index.index(files)
        (files / "goats.md").unlink()
        assert statuses(index.index(files))["goats.md"] == "removed"
        assert [record.source for record in index.documents()] == ["mast.md"]
        assert {hit.source for hit in index.search("goats").hits} == {"mast.md"}


def test_an_emptied_folder_takes_nothing_out_unasked(files: Path, place: Path) -> None:
    with MMRagIndex(place, profile="offline") as index:
        index.index(files)
        for file in files.iterdir():
            file.unlink()
        with pytest.raises(InputError, match="holds 2 documents"):
            index.index(files)
        assert len(index.documents()) == 2
        index.index(files, allow_empty=True)
        assert index.documents() == []


def test_file_gone_bad_keeps_its_last_good_version(files: Path, place: Path) -> None:
    with MMRagIndex(place, profile="offline") as index:
        index.index(files)
        (files / "goats.md").write_bytes(b"")
        report = index.index(files)
        assert statuses(report)["goats.md"] == "failed"
        assert "last good version" in report.failed[0].reason
        assert index.search("goats logbook").hits[0].source == "goats.md"
        answer = index.ask("What did the goats eat in 1938?")
    assert answer.citations[0].source == "goats.md"
    assert not answer.citations[0].verified, "the file is no longer what was indexed"


def test_two_folders_with_the_same_file_name_do_not_meet(files: Path, place: Path) -> None:
    other = files.parent / "other"
    other.mkdir()
    (other / "goats.md").write_text("# Goats\nGoats of the valley gave milk.\n")
    with MMRagIndex(place, profile="offline") as index:
        index.index([files, other])
        assert [d.source for d in index.documents()] == ["goats.md", "mast.md", "other:goats.md"]
        assert index.search("valley milk").hits[0].source == "other:goats.md"
        assert index.path_of("other:goats.md") == other.resolve() / "goats.md"
        index.index(files)
        assert len(index.documents()) == 3, "indexing one folder must not touch the other"


def test_index_outlives_its_process_and_keeps_its_profile(files: Path, place: Path) -> None:
    with MMRagIndex(place, profile="offline") as index:
        index.index(files)
    with MMRagIndex(place, create=False) as again:
        assert again.profile.name == "offline"
        assert again.search("mast storm").hits[0].source == "mast.md"


def test_index_of_another_model_is_refused(
    files: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MMRagIndex(place, profile="offline") as index:
        index.index(files)
    other = replace(spaces.BM25_MODEL, revision="0")
    monkeypatch.setattr("mmrag.spaces.BM25_MODEL", other)
    with pytest.raises(IndexMismatch, match="bm25"):
        MMRagIndex(place)
    monkeypatch.undo()
    with MMRagIndex(place) as index:
        assert len(index.documents()) == 2


def test_missing_index_and_profile_are_named(place: Path) -> None:
    with pytest.raises(InputError, match="mmrag index FOLDER"):
        MMRagIndex(place, create=False)
    with pytest.raises(ConfigError, match="no profile 'nonesuch'"):
        MMRagIndex(place, profile="nonesuch")


def test_one_fault_of_a_parser_costs_one_file(
    files: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmrag.loaders.markdown import MarkdownReader

    read = MarkdownReader.read

    def faulty(self: MarkdownReader, path: Path, *, source: str) -> list:  # type: ignore[type-arg]
        if path.name == "goats.md":
            raise KeyError("a fault in the parser")
        return read(self, path, source=source)

    monkeypatch.setattr(MarkdownReader, "read", faulty)
    # in this process, where the reader is faulty
    settings = load_settings(changes={"ingest.workers": 0, "profile": "offline"})
    with MMRagIndex(place, settings=settings) as index:
        report = index.index(files)
    assert statuses(report) == {"goats.md": "failed", "mast.md": "indexed"}
    assert "KeyError" in report.failed[0].reason


def test_interrupt_keeps_what_was_read(files: Path, place: Path) -> None:
    class Interrupts:
        def start(self, total: int) -> None:
            assert total == 2

        def tell(self, outcome: Outcome) -> None:
            if outcome.source == "goats.md":
                raise KeyboardInterrupt

        def progress(self, stages: Stages) -> None:
            pass

    settings = load_settings(changes={"ingest.batch_nodes": 1, "profile": "offline"})
    with MMRagIndex(place, settings=settings) as index:
        report = index.index(files, listener=Interrupts())
        assert report.interrupted
        assert "goats.md" in {record.source for record in index.documents()}
        assert statuses(index.index(files))["goats.md"] == "unchanged"
        assert len(index.documents()) == 2


def test_retriever_in_somebody_elses_query_engine(index: MMRagIndex) -> None:
    engine = RetrieverQueryEngine.from_args(index.as_retriever(top_k=3), llm=MockLLM())
    response = engine.query("Who kept goats?")
    assert response.source_nodes[0].node.metadata["source"] == "notes.md"
    assert "goats" in str(response)


def test_an_interrupt_while_the_models_load_ends_the_run_and_nothing_else(
    files: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmrag.embeddings.base import MediaEmbedding

    def interrupted(self: object) -> object:
        raise KeyboardInterrupt

    with MMRagIndex(place, profile="offline") as index:
        monkeypatch.setattr(MediaEmbedding, "_loaded", interrupted)
        report = index.index(files)
        assert (report.interrupted, report.outcomes) == (True, [])
        monkeypatch.undo()
        assert set(statuses(index.index(files)).values()) == {"indexed"}
