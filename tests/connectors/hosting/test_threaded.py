"""A hosted index in this process: calls, streams, tenants, jobs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from waiting import Patience

from mmrag import Answer
from mmrag.errors import InputError, StoreError
from mmrag_connectors.hosting.calls import Job, Question, Said
from mmrag_connectors.hosting.crew import HostError
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.hosting.threaded import ThreadedIndex

GUST = "What was the highest gust in the storm of February 1956?"


async def gathered(stream: Any) -> list[Any]:
    return [item async for item in stream]


async def ended(hosted: HostedIndex, job: Job) -> Job:
    """The job when it is done."""
    patience = Patience(f"the end of {job}")
    while job.state in ("waiting", "running") and patience.lasts():
        await asyncio.sleep(0.02)
        again = await hosted.job(job.tenant, job.id)
        assert again is not None
        job = again
    return job


async def received(hosted: HostedIndex, tenant: str | None, **texts: str) -> Job:
    """The job of files that were uploaded, when it is done."""
    folder = await hosted.spool()
    files = []
    for name, text in texts.items():
        path = folder / f"{tenant}-{name}.part"
        path.write_text(text)
        files.append((f"{name}.md", path))
    return await ended(hosted, await hosted.receive(tenant, files))


def test_it_searches_and_answers(hosted: ThreadedIndex) -> None:
    found = asyncio.run(hosted.search(None, Question(GUST), k=3))
    assert len(found.hits) == 3 and found.hits[0].source == "reports/storm-report-1956.pdf"
    answer = asyncio.run(hosted.ask(None, Question(GUST)))
    assert not answer.abstained and answer.citations[0].verified
    *sentences, last = asyncio.run(gathered(hosted.ask_stream(None, Question(GUST))))
    assert isinstance(last, Answer) and " ".join(sentences) == last.text == answer.text


def test_a_question_may_lean_on_what_was_said(hosted: ThreadedIndex) -> None:
    earlier = [Said("user", GUST), Said("assistant", "52 m/s. [1]")]
    told = asyncio.run(gathered(hosted.chat_stream(None, earlier, Question("When was it?"))))
    assert isinstance(told[-1], Answer)


def test_what_stands_behind_an_id(hosted: ThreadedIndex, sample_folder: Path) -> None:
    answer = asyncio.run(hosted.ask(None, Question(GUST)))
    cited = answer.citations[0]
    whole = asyncio.run(hosted.find(None, cited.node_id))
    quoted = asyncio.run(hosted.find(None, cited.node_id, (cited.start, cited.end)))
    assert whole is not None and quoted is not None and whole.fresh
    assert whole.path == sample_folder / cited.source
    assert (quoted.page, quoted.bbox) == (cited.page, cited.bbox)
    assert whole.bbox != quoted.bbox, "a quote has a smaller place than its passage"
    document = asyncio.run(hosted.find(None, whole.document))
    assert document is not None and document.id == document.document == whole.document
    for tenant, id in (("ann", cited.node_id), ("ann", whole.document), (None, "../etc/passwd")):
        assert asyncio.run(hosted.find(tenant, id)) is None


def test_uploads_are_indexed_for_their_tenant_and_can_be_deleted(hosted: ThreadedIndex) -> None:
    async def run() -> None:
        job = await received(hosted, "ann", goats="The goats of Ann ate 12 logbooks.")
        assert (job.state, job.error, job.done) == ("done", "", 1)
        assert [(fate.source, fate.status) for fate in job.fates] == [("goats.md", "indexed")]
        [record] = await hosted.documents("ann")
        assert await hosted.documents("bob") == []
        assert await hosted.job("bob", job.id) is None and await hosted.jobs("bob") == []
        assert await hosted.remove("bob", record.id) is None
        found = await hosted.find("ann", record.id)
        assert found is not None and found.path is not None
        assert await hosted.remove("ann", record.id) == record
        assert await hosted.documents("ann") == [] and not found.path.exists()
        assert (await hosted.search("ann", Question("goats"))).hits == ()

    asyncio.run(run())


@pytest.mark.parametrize(
    "name", ["../x.md", "a/b.md", "c:\\x.md", ".hidden", "", "nul.txt", "x\0.md", "a" * 300]
)
def test_names_that_are_none_are_refused(hosted: ThreadedIndex, tmp_path: Path, name: str) -> None:
    file = tmp_path / "f"
    file.write_text("goats")
    with pytest.raises(InputError, match="rename the file"):
        asyncio.run(hosted.receive("ann", [(name, file)]))
    assert file.exists()


def test_two_files_of_one_name_are_refused(hosted: ThreadedIndex, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a name of its own"):
        asyncio.run(hosted.receive("ann", [("x.md", tmp_path), ("x.md", tmp_path)]))


def test_only_addresses_of_the_web_are_fetched(hosted: ThreadedIndex) -> None:
    for address in ("file:///etc/passwd", "/etc/passwd", "s3://bucket/x"):
        with pytest.raises(InputError, match="no address that begins with http"):
            asyncio.run(hosted.fetch("ann", [address]))
    job = asyncio.run(hosted.fetch("ann", ["http://127.0.0.1:1/x.md"]))
    job = asyncio.run(ended(hosted, job))
    told = f"{job.error} {job.fates}"
    assert "127.0.0.1" in told and "allow" in told


def test_labels_and_vectors(hosted: ThreadedIndex, sample_folder: Path) -> None:
    vectors = asyncio.run(hosted.embed_texts(["a goat", "a ship"]))
    assert (vectors.space, vectors.dimension, len(vectors.rows)) == ("text", 384, 2)
    picture = sample_folder / "pictures" / "mountain-hut-at-dusk.jpg"
    seen = asyncio.run(hosted.embed_files("image", [picture]))
    assert seen.space == "tiny"
    labels = asyncio.run(hosted.classify(["an animal", "a ship"], text="The goat eats grass."))
    assert labels[0].label == "an animal" and sum(row.probability for row in labels) == (
        pytest.approx(1)
    )
    for wrong in ({"text": "x", "image": picture}, {}):
        with pytest.raises(InputError, match="one thing"):
            asyncio.run(hosted.classify(["a", "b"], **wrong))
    with pytest.raises(InputError, match="does not take image"):
        asyncio.run(hosted.embed_files("image", [picture], space="text"))


def test_what_is_not_at_the_desk_cannot_be_called(hosted: ThreadedIndex) -> None:
    for name in ("_of", "close", "__init__"):
        with pytest.raises(HostError, match="nothing that is called"):
            asyncio.run(hosted.call(name))


def test_a_stream_that_is_left_is_closed(hosted: ThreadedIndex) -> None:
    async def run() -> None:
        stream = hosted.ask_stream(None, Question(GUST))
        assert isinstance(await anext(stream), str)
        await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())


def test_before_its_start_and_after_its_end_it_says_so(sample_settings: Any) -> None:
    with pytest.raises(StoreError, match="not open"):
        asyncio.run(ThreadedIndex(sample_settings).search(None, Question("goats")))
