"""A small folder of real files, and an index of it made once for the tests that only read."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings

if TYPE_CHECKING:  # imported by the fixtures: xdist's controller runs no test, and waits for none
    from ollama_server.engine import Engine
    from ollama_server.server import ProtocolServer

    from mmrag import MMRagIndex

if "PYTEST_XDIST_WORKER" in os.environ:  # a process a core: more threads are in each other's way
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples every time: a run that fails can be repeated, and CI says the same as a laptop.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported with the tests stays, and is not to be looked through for garbage.

    A million objects, time and again: a seventh of all time that importing takes, and tests after.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        if pool := sys.modules.get("mmrag.ingest.pool"):  # one that reads is soon needed again
            pool.__dict__["IDLE_S"] = 600.0


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A failure is named at once: a run that is cut off never comes to its summary."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nFAILED {report.nodeid} ({report.when}, {report.duration:.0f} s)", flush=True)


NOTES = """# Kestrel station
## Instruments
The aneroid barometer was bought from Negretti in 1934 for 12 pounds. The hut stands at 1204 m.
## People
Observer Anna Lind lived there from 1931 until 1947. She kept goats behind the hut.
"""
TABLE = "month,mean temperature,snow depth\nJanuary,-12.4,180\nJuly,7.9,0\n"


def write_poster(path: Path, lines: tuple[str, ...]) -> None:
    """A poster with one line of text a row."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (900, 150 + 110 * len(lines)), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=44)
    for row, line in enumerate(lines):
        draw.text((60, 60 + 110 * row), line, fill="black", font=font)
    image.save(path)


Shared = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """shared("huts", make): a place that all processes of a run read, made by the first to ask.

    What has a lock, as an index has, each of them copies before it opens it.
    """
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent

    def made_once(name: str, make: Callable[[Path], object]) -> Path:
        made, unfinished = place / f"shared-{name}", place / f"unfinished-{name}"
        with FileLock(place / f"{name}.lock"):
            if not made.exists():
                shutil.rmtree(unfinished, ignore_errors=True)
                make(unfinished)
                unfinished.rename(made)
        return made

    return made_once


@pytest.fixture(scope="session")
def folder(shared: Shared) -> Path:
    """notes.md, tables/climate.csv, poster.png; not to be changed by tests."""

    def make(path: Path) -> None:
        (path / "tables").mkdir(parents=True)
        (path / "notes.md").write_text(NOTES, encoding="utf-8")
        (path / "tables" / "climate.csv").write_text(TABLE, encoding="utf-8")
        lines = ("SUMMER LECTURE", "Clouds over the ridge", "14 July, 7 pm")
        write_poster(path / "poster.png", lines)

    return shared("folder", make)


@pytest.fixture(scope="session")
def closed_index(folder: Path, shared: Shared) -> Path:
    """The directory of an index of `folder`; to be copied, and opened there."""

    def make(path: Path) -> None:
        from mmrag import MMRagIndex

        with MMRagIndex(path, profile="offline") as made:
            made.index(folder)

    return shared("index", make)


@pytest.fixture(scope="session")
def index(closed_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MMRagIndex]:
    """An index of `folder`; not to be changed by tests."""
    from mmrag import MMRagIndex

    place = tmp_path_factory.mktemp("made") / "index"
    with MMRagIndex(shutil.copytree(closed_index, place), create=False) as made:
        yield made


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """Torch on one thread: with tiny models, threads only get into each other's way."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def llama_engine() -> Engine:
    """SmolLM2-135M in llama.cpp, loaded once for the run."""
    from ollama_server.engine import Engine, missing

    if lack := missing():
        pytest.skip(lack)
    return Engine()


@pytest.fixture
def protocol_server(llama_engine: Engine) -> Iterator[ProtocolServer]:
    """A server of Ollama's protocol over a real model, for one test. It is not Ollama."""
    from ollama_server.server import protocol_server_over

    with protocol_server_over(llama_engine) as server:
        yield server


@pytest.fixture
def qdrant_url() -> Iterator[str]:
    """A real Qdrant server's address where MMRAG_TEST_QDRANT_URL has one, else a stand-in's."""
    if real := os.environ.get("MMRAG_TEST_QDRANT_URL"):
        yield real
        return
    from standins.qdrant_rest import qdrant_rest

    with qdrant_rest() as standin:
        yield standin.url


@pytest.fixture
def qdrant_collection(qdrant_url: str) -> Iterator[str]:
    """The name of a collection that is not there yet, and is gone after the test."""
    from qdrant_client import QdrantClient

    name = f"mmrag-test-{uuid.uuid4().hex[:12]}"
    yield name
    client = QdrantClient(url=qdrant_url, check_compatibility=False)
    client.delete_collection(name)
    client.close()
