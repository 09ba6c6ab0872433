"""Compressed vectors on 100,000 clustered ones, on a generated mixed pool, and on random ones.

Run alone it prints tables and publishes `compression`; `compression()` gives its metrics to other
benchmarks.

- *Clustered*: 512 dimensions, as `clustered` makes them. Queries are drawn from the same clusters
  and are no members.
  `binary_rescore_recall` is recall@10 of 1-bit codes, the best `OVERSAMPLING` x 10 scored again by
  the vectors, against exact float32 search; `binary_rescore_share` the bytes it reads (all codes
  and the vectors scored again) of those of all vectors. `binary_recall` is without scoring again.
- *Pool*: the vectors of the mixed pool's dev world in the tiny profile, 64 dimensions of pictures,
  sounds and texts (`pool_tiny_…`) and 384 of texts (`pool_text_…`), by held-out vectors.
- *Axes* (`axes_…`): the same clusters with the noise along 32 of the 512 axes in place of a turned
  subspace. Most signs of a cluster's members then agree, and the bits tell less.
- *Random* (`random_…`): isotropic vectors, where a bit a dimension fails: nothing is near.

Rows named `edge` are Qdrant's codes in the embedded engine, the others those of
`mmrag.optimize.quantize` in numpy. Times are of one query on one thread, and only their order in
one run is to be believed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from mmrag import MMRagIndex, load_settings
from mmrag.evaluation.tables import markdown_table
from mmrag.optimize.compression import Compression, measure
from mmrag.optimize.compression_report import cells, counts, header
from mmrag.optimize.compression_sample import drawn
from mmrag.optimize.quantize import Binary, Codec, Int8, search
from mmrag.store.spec import FloatArray
from pipelines.benchmarks.clustered import Clustered, unit
from pipelines.benchmarks.result import load, publish
from pipelines.benchmarks.world import build as build_world

VECTORS, SIZE, QUERIES, K = 100_000, 512, 100, 10
OVERSAMPLING = 8.0
RANDOM = 20_000
_BLOCK = 10_000


def compression(say: Callable[[str], None]) -> dict[str, float]:
    """All metrics; `say` is told the tables."""
    metrics: dict[str, float] = {}
    vectors, queries = clustered()
    rows = by_numpy(vectors, queries)
    metrics |= {
        "binary_rescore_recall": rows[f"binary x{OVERSAMPLING:g}"][0],
        "binary_rescore_share": rows[f"binary x{OVERSAMPLING:g}"][1],
        "binary_recall": rows["binary"][0],
        "int8_recall": rows["int8"][0],
        "int8_share": rows["int8"][1],
    }
    say(_numpy_table("Clustered, numpy", rows))
    for name, one in _by_edge(vectors, queries):
        rows_of = (cells(row, ends=False) for row in one.rows)
        say(f"{name}: {counts(one)}\n{markdown_table(header(one.k), rows_of)}")
        metrics |= {
            f"{name}_{row.name.replace(', rescored ', '_').replace(' ', '_')}_recall": (
                row.recall.mean
            )
            for row in one.rows
            if row.name != "float32"
        }
    del vectors
    rows = by_numpy(*clustered(axes=True))
    say(_numpy_table("Clustered, noise along axes, numpy", rows))
    metrics["axes_binary_rescore_recall"] = rows[f"binary x{OVERSAMPLING:g}"][0]
    rows = by_numpy(*isotropic())
    say(_numpy_table("Random, numpy: where bits fail", rows))
    metrics["random_binary_x4_recall"] = rows["binary x4"][0]
    metrics["random_int8_recall"] = rows["int8"][0]
    return metrics


def clustered(seed: int = 0, *, axes: bool = False) -> tuple[FloatArray, FloatArray]:
    """(VECTORS, SIZE) unit vectors and (QUERIES, SIZE) queries.

    Args:
        axes: the subspaces of the noise are spanned by coordinate axes.
    """
    rng = np.random.default_rng(seed)
    source = Clustered(SIZE, rng, axes=axes)
    chosen = source.choose(VECTORS + QUERIES, rng)
    made = np.empty((len(chosen), SIZE), np.float32)
    for start in range(0, len(made), _BLOCK):
        block = slice(start, start + _BLOCK)
        made[block] = source.around(chosen[block], rng)
    return made[:VECTORS], made[VECTORS:]


def isotropic(seed: int = 1) -> tuple[FloatArray, FloatArray]:
    """Vectors without any structure."""
    rng = np.random.default_rng(seed)
    made = unit(rng.standard_normal((RANDOM + QUERIES, SIZE), dtype=np.float32))
    return made[:RANDOM], made[RANDOM:]


def by_numpy(vectors: FloatArray, queries: FloatArray) -> dict[str, tuple[float, float, float]]:
    """By way: recall@10, share of the vectors' bytes that is read, median milliseconds."""
    int8 = Int8.fit(vectors[:: max(1, len(vectors) // 5_000)], quantile=0.999)
    bits = Binary()
    tried: list[tuple[str, Codec, float | None]] = [("int8", int8, None), ("binary", bits, None)]
    tried += [(f"binary x{factor:g}", bits, factor) for factor in (2.0, 4.0, OVERSAMPLING)]
    tried.append(("binary, query in float", Binary(asymmetric=True), None))
    exact = [set(np.argpartition(-(vectors @ query), K)[:K].tolist()) for query in queries]
    rows = {}
    for name, codec, factor in tried:
        codes, hits, read, times = codec.encode(vectors), 0, 0, []
        for query, right in zip(queries, exact, strict=True):
            began = time.perf_counter()
            found = search(
                query,
                codec,
                codes,
                K,
                vectors=None if factor is None else vectors,
                oversampling=factor or 1.0,
            )
            times.append(1000 * (time.perf_counter() - began))
            hits += len(right & set(found.rows.tolist()))
            read = found.bytes_read
        rows[name] = (
            hits / (K * len(queries)),
            read / vectors.nbytes,
            float(np.median(times)),
        )
    return rows


def _by_edge(vectors: FloatArray, queries: FloatArray) -> Iterator[tuple[str, Compression]]:
    """The engine's own codes on the same vectors, and on the pool's two spaces."""
    yield "edge", measure(vectors, queries, k=K, space="clustered")
    with tempfile.TemporaryDirectory() as scratch:
        world = build_world(Path(scratch), 6_000)
        changes = {"ingest.ocr": False, "ingest.asr": False}
        place, settings = Path(scratch) / "index", load_settings(changes=changes)
        with MMRagIndex(place, profile="tiny", settings=settings) as index:
            index.index(world.archive)
            for space in ("text", "tiny"):
                given = drawn(index.vector_store.engine, space, VECTORS, None)
                yield f"pool_{space}", measure(*given, k=K, space=f"pool, {space}")


def _numpy_table(title: str, rows: Mapping[str, tuple[float, float, float]]) -> str:
    shown = (
        (name, f"{recall:.3f}", f"1/{1 / share:.1f}", f"{took:.1f}")
        for name, (recall, share, took) in rows.items()
    )
    head = ("way", f"recall@{K}", "of float32", "p50 ms")
    return f"{title}\n{markdown_table(head, shown)}"


if __name__ == "__main__":
    publish("compression", compression(print), notes=load())
