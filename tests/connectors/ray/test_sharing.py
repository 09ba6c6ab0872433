"""How work is shared out: everybody has something to do, and nobody waits for room for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.config import ClusterSettings
from mmrag.errors import ConfigError
from mmrag.spaces import BM25_MODEL
from mmrag.store.manifest import SpaceModel
from mmrag_connectors.ray.sharing import MOST_FILES, Cluster, shares_of

ROWS = [
    SpaceModel("text", "words", "1", 8, "cosine"),
    SpaceModel("clip", "looks", "1", 8, "cosine"),
    SpaceModel("omni", "words", "1", 8, "cosine"),
    BM25_MODEL,
]
SMALL = Cluster((2,), gpus=0)
counts = st.none() | st.integers(1, 60)


@given(
    readers=counts,
    embedders=counts,
    writers=st.integers(1, 8),
    machines=st.integers(1, 9),
    cpus_each=st.integers(1, 64),
    gpus_each=st.integers(0, 8),
    files=st.integers(1, 9) | st.integers(1, 100_000),
)
def test_all_actors_fit_onto_the_machines(
    readers: int | None,
    embedders: int | None,
    writers: int,
    machines: int,
    cpus_each: int,
    gpus_each: int,
    files: int,
) -> None:
    settings = ClusterSettings(readers=readers, embedders=embedders, writers=writers)
    cluster = Cluster((cpus_each,) * machines, machines * gpus_each)
    shares = shares_of(ROWS, settings, cluster, files)
    embedding = sum(pool.size for pool in shares.pools)
    actors = shares.readers + shares.writers + embedding
    left = max(1, machines - 1)  # when one is lost
    room = left * int(cpus_each / shares.cpus + 1e-9)  # one that spans machines is none
    assert actors <= room
    assert (shares.gpus > 0) == (gpus_each > 0)
    if shares.gpus:
        assert embedding <= machines * int(gpus_each / shares.gpus + 1e-9)
    assert 1 <= shares.threads <= cpus_each
    assert 1 <= shares.readers <= files
    assert 1 <= shares.writers <= files
    assert all(1 <= pool.size <= files for pool in shares.pools)
    assert 1 <= shares.reading <= MOST_FILES
    assert 1 <= shares.embedding <= MOST_FILES
    if files >= 4 * shares.readers:  # or some would have nothing to do
        assert files / shares.reading >= shares.readers


def test_of_machines_of_several_sizes_the_largest_may_be_lost() -> None:
    cluster = Cluster((4, 16, 4), gpus=0)
    shares = shares_of(ROWS, ClusterSettings(), cluster, 10_000)
    assert shares.readers + shares.writers + sum(pool.size for pool in shares.pools) == 19
    assert shares.cpus == 0.33  # nineteen on eight
    assert shares.threads <= 4  # wherever an embedder is


def test_spaces_of_one_model_share_its_actors() -> None:
    shares = shares_of(ROWS, ClusterSettings(embedders={"clip": 3}), SMALL, 9)
    assert [(pool.spaces, pool.size) for pool in shares.pools] == [
        (("text", "omni"), 1),
        (("clip",), 3),
    ]
    assert shares.cpus == 0.33  # six of them on two processors


def test_a_machine_of_many_processors_reads_with_half_and_embeds_with_the_rest() -> None:
    shares = shares_of(ROWS, ClusterSettings(), Cluster((32,), 0), 10_000)
    assert (shares.readers, shares.threads, shares.cpus) == (16, 7, 1.0)


def test_embedders_have_a_gpu_each_where_there_are_any() -> None:
    shares = shares_of(ROWS, ClusterSettings(), Cluster((16, 16), 8), 10_000)
    assert [pool.size for pool in shares.pools] == [4, 4]
    assert shares.gpus == 1.0
    fewer = shares_of(ROWS, ClusterSettings(), Cluster((8,), 1), 10_000)
    assert [pool.size for pool in fewer.pools] == [1, 1]
    assert fewer.gpus == 0.5
    without = shares_of(ROWS, ClusterSettings(gpus=0), Cluster((16, 16), 8), 10_000)
    assert ([pool.size for pool in without.pools], without.gpus) == ([2, 2], 0.0)


def test_what_cannot_be_is_told() -> None:
    with pytest.raises(ConfigError, match=r"no dense space 'clap', it has: text, omni, clip"):
        shares_of(ROWS, ClusterSettings(embedders={"clap": 2}), SMALL, 9)
    with pytest.raises(ConfigError, match=r"2 embedders with 1 each need 2 GPUs, .* has 0"):
        shares_of(ROWS, ClusterSettings(gpus=1), SMALL, 9)
