"""The index of real files, copied into FAISS and Milvus Lite."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import faiss_store, milvus_store

from mmrag import MMRagIndex, Settings
from mmrag_connectors.vector_stores import SpaceStores


@pytest.fixture(scope="session")
def archive(
    sample_copy: Path, sample_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MMRagIndex]:
    """An index of `sample_folder`; not to be changed."""
    place = tmp_path_factory.mktemp("copied") / "index"
    shutil.copytree(sample_copy, place)
    with MMRagIndex(place, settings=sample_settings) as index:
        yield index


@pytest.fixture(scope="session")
def stores(archive: MMRagIndex, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpaceStores]:
    """The same in two databases; not to be changed."""
    with milvus_store(tmp_path_factory.mktemp("milvus") / "tiny.db") as milvus:
        yield SpaceStores.copied(archive, {"text": faiss_store(), "tiny": milvus})
