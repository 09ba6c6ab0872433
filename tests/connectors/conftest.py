"""An index of real files of every kind behind the doors, made once for tests that only read."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Shared
from starlette.testclient import TestClient

from mmrag import MMRagIndex, Settings
from mmrag.samples import ARCHIVE
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.app import create_app

FILES = (
    "reports/storm-report-1956.pdf",
    "reports/station-history.md",
    "tables/cableway-loads-1953-1954.csv",
    "pictures/mountain-hut-at-dusk.jpg",
    "posters/open-day-1968.jpg",
    "sound/radio-bulletin-1959.mp3",
)


@pytest.fixture(scope="session")
def sample_folder(shared: Shared) -> Path:
    """A PDF, a page, a table, a photograph, a poster with words, a recording."""

    def make(folder: Path) -> None:
        for name in FILES:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ARCHIVE / name, folder / name)

    return shared("sample-folder", make)


@pytest.fixture(scope="session")
def sample_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of the index of `sample_folder`: MiniLM for words, the trained tiny model for pictures."""
    place = tmp_path_factory.mktemp("doors") / "index"
    return Settings().with_changes(
        {"index.directory": place, "profile": "tiny", "serve.page": False}
    )


@pytest.fixture(scope="session")
def sample_copy(sample_folder: Path, sample_settings: Settings, shared: Shared) -> Path:
    """The directory of the index of `sample_folder` as it was made; to be copied, not opened."""

    def make(place: Path) -> None:
        with MMRagIndex(place, settings=sample_settings) as index:
            assert index.index(sample_folder).failed == []

    return shared("sample-index", make)


@pytest.fixture(scope="session")
def sample_index(sample_copy: Path, sample_settings: Settings) -> Path:
    """The directory of the index of `sample_folder`, of nobody's documents; not to be changed.

    Tests add what is of tenants of their own.
    """
    return Path(shutil.copytree(sample_copy, sample_settings.index.directory))


@pytest.fixture(scope="session")
def hosted(sample_index: Path, sample_settings: Settings) -> Iterator[ThreadedIndex]:
    """That index, started in this process. What a test adds it adds for a tenant of its own."""
    index = ThreadedIndex(sample_settings)
    asyncio.run(index.start())
    yield index
    asyncio.run(index.close())


@pytest.fixture(scope="session")
def client(hosted: ThreadedIndex, sample_settings: Settings) -> TestClient:
    """A client of the API of that index, without tokens. Its lifespan is not entered."""
    settings = sample_settings.with_changes({"serve.page": False, "serve.mcp": False})
    return TestClient(create_app(hosted, settings), base_url="http://127.0.0.1:8642")
