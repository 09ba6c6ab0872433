"""A hosted index in a process of its own: closed, killed, left behind, and not to be opened."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from waiting import Patience, mortal

from mmrag import MMRagIndex, Settings
from mmrag.errors import IndexMismatch, InputError, StoreError, StoreLocked
from mmrag_connectors.hosting import frames
from mmrag_connectors.hosting.calls import Question
from mmrag_connectors.hosting.process import ProcessIndex


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an index that is made when it is opened."""
    return Settings().with_changes(
        {"index.directory": tmp_path / "index", "profile": "offline", "ingest.workers": 0}
    )


async def fill(index: ProcessIndex, tenant: str) -> None:
    """Upload a file and wait until it is indexed."""
    path = await index.spool() / "x.part"
    path.write_text("The goats of Ann ate 12 logbooks.")
    job = await index.receive(tenant, [("goats.md", path)])
    patience = Patience(f"the end of {job}")
    while job.state in ("waiting", "running") and patience.lasts():
        await asyncio.sleep(0.05)
        found = await index.job(tenant, job.id)
        assert found is not None
        job = found
    assert (job.state, job.error) == ("done", "")


@pytest.mark.slow
def test_it_lives_through_the_death_of_its_process(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmrag_connectors.hosting.process.PAUSES_S", (0.0,))

    async def run() -> None:
        index = ProcessIndex(settings)
        with pytest.raises(StoreError, match="not open"):
            await index.search("ann", Question("goats"))
        async with index:
            first = index.pid
            assert index.ready and first is not None
            await fill(index, "ann")
            with pytest.raises(InputError, match="nothing to search for"):
                await index.search("ann", Question(""))
            told = [item async for item in index.ask_stream("ann", Question("Who ate logbooks?"))]
            assert told[-1].citations[0].source == "goats.md"
            left = index.ask_stream("ann", Question("Who ate logbooks?"))
            assert isinstance(await anext(left), str)
            await left.aclose()  # type: ignore[attr-defined]
            waiting = asyncio.gather(
                *(index.search("ann", Question("goats")) for _ in range(50)),
                return_exceptions=True,
            )
            await asyncio.sleep(0)
            os.kill(first, signal.SIGKILL)
            lost = [found for found in await waiting if isinstance(found, BaseException)]
            assert lost and all(isinstance(error, StoreError) for error in lost)
            patience = Patience("a process in place of the one that died")
            while not index.ready and patience.lasts():
                await asyncio.sleep(0.05)
            assert index.pid != first
            hits = (await index.search("ann", Question("goats"))).hits
            assert [hit.source for hit in hits] == ["goats.md"], "what was indexed is there"
            assert index._waiting == {}
        assert not index.ready and index.pid is None

    asyncio.run(run())
    with MMRagIndex(settings=settings) as again:
        assert len(again.for_tenant("ann").documents()) == 1


@pytest.mark.slow
def test_it_says_why_it_cannot_be_opened(settings: Settings) -> None:
    with MMRagIndex(settings=settings), pytest.raises(StoreLocked, match=str(os.getpid())):
        asyncio.run(ProcessIndex(settings).start())
    other = settings.with_changes({"profile": "tiny"})
    with pytest.raises((InputError, IndexMismatch), match="tiny"):
        asyncio.run(ProcessIndex(other).start())


LEFT_BEHIND = """
import asyncio, sys
from mmrag import Settings
from mmrag_connectors.hosting.process import ProcessIndex

async def main():
    settings = Settings().with_changes({"index.directory": sys.argv[1], "profile": "offline"})
    index = ProcessIndex(settings)
    await index.start()
    print(index.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.slow
def test_the_process_ends_when_its_server_is_killed(settings: Settings) -> None:
    place = settings.index.directory
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    server = subprocess.Popen(
        [sys.executable, "-c", LEFT_BEHIND, str(place)],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert server.stdout is not None
    with mortal(server):
        holder = psutil.Process(int(server.stdout.readline()))
    server.kill()
    server.communicate()
    holder.wait(60)
    with MMRagIndex(settings=settings) as index:
        assert index.documents() == []


def test_one_that_cannot_be_started_says_so(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(StoreError, match=r"cannot be started: .*no-python"):
        asyncio.run(asyncio.wait_for(ProcessIndex(settings).start(), 30))


def test_who_waits_for_one_that_is_closed_before_it_runs_is_told(settings: Settings) -> None:
    async def run() -> None:
        index = ProcessIndex(settings)
        starting = asyncio.create_task(index.start())
        await asyncio.sleep(0)
        await index.close()
        with pytest.raises(StoreError, match="was closed while it was opened"):
            await asyncio.wait_for(starting, 30)

    asyncio.run(run())


@pytest.mark.slow
def test_what_cannot_be_read_ends_the_process_and_nobodys_patience(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(body: bytes) -> object:
        told = frames.unpacked(body)
        if isinstance(told, frames.Opened):
            return told
        raise MemoryError

    monkeypatch.setattr("mmrag_connectors.hosting.process.unpacked", unreadable)

    async def run() -> None:
        async with ProcessIndex(settings) as index:
            holder = psutil.Process(index.pid)
            with pytest.raises(StoreError, match="the process that held the index ended"):
                await asyncio.wait_for(index.search("ann", Question("goats")), 30)
            assert not holder.is_running()

    asyncio.run(run())


@pytest.mark.slow
def test_one_that_is_still_opening_is_closed_at_once(settings: Settings) -> None:
    async def run() -> None:
        index = ProcessIndex(settings)
        starting = asyncio.create_task(index.start())
        patience = Patience("a process")
        while index.pid is None and patience.lasts():
            await asyncio.sleep(0.01)
        holder = psutil.Process(index.pid)
        await index.close()
        assert not holder.is_running() or holder.status() == psutil.STATUS_ZOMBIE
        with pytest.raises((StoreError, asyncio.CancelledError)):
            await starting

    asyncio.run(asyncio.wait_for(run(), 30))
    with MMRagIndex(settings=settings) as made:
        assert made.documents() == []
