"""How an index on one machine grows: building, disk, memory, search time and recall by points.

Clustered vectors (`clustered`) of one distribution and one dimension go into mmrag's embedded
engine, with the payload keys that mmrag indexes and no text; each size is the first points of the
next. All sizes have the same graph (the engine's m = 16, ef_construct = 100) and are searched with
the same ef (mmrag's own, 400), filtered to passages as all of mmrag's searches are.

- `p95_exponent`: of the p95 of single searches in float32 with a graph, from 10,000 points to
  `largest`; `recall_at_10` is what such searches find there of the exact ten. `p95_cpu_exponent` is
  of the CPU time of searches, `cpu_exponent` of that of building, `disk_exponent` and
  `rss_exponent` of disk and resident memory; `…_misfit` the largest factor off the fitted line,
  `…_per_million` what a million more points cost beyond the two largest sizes.
- `WAY_…_POINTS`: a size by itself. `scan` is an index that was never optimised; `int8` and
  `binary` have codes, built and searched by them, the best scored again by the vectors with
  mmrag's own `oversampling`.
- `ray_speedup`: what a second embedder brings when indexing (`ray_speed`);
  `readers_speedup_…`: a second reader on one machine (`reader_speed`).

`python -m pipelines.benchmarks scale` builds up to `SHORT` points and measures what is built of
more; `make bench-scale` builds the rest too, which takes hours and 12 GB of disk once. Indexes are
kept in `.cache/scale` (or `MMRAG_SCALE_CACHE`), so that a second run only measures.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

from mmrag.evaluation.tables import markdown_table
from pipelines.benchmarks.ray_speed import ray_speed
from pipelines.benchmarks.reader_speed import reader_speed
from pipelines.benchmarks.result import RESULTS, load, publish
from pipelines.benchmarks.scale_fit import growth, marginal
from pipelines.benchmarks.scale_index import WAYS, Built, ensure, standing
from pipelines.benchmarks.scale_plot import FITTED_FROM, Drawn, plot
from pipelines.benchmarks.scale_search import Searched, searched

SIZES = {
    "graph": (1_000, 10_000, 30_000, 100_000, 300_000, 1_000_000),
    "scan": (1_000, 10_000, 100_000),
    "int8": (10_000, 100_000, 1_000_000),
    "binary": (10_000, 100_000, 1_000_000),
}
"""By way, how many points."""
SHORT = 100_000
UNITS = {"cpu": "s", "disk": "mb", "rss": "mb"}
"""Of costs that grow with every point."""

Row = tuple[Built, Searched]


def run(*, whole: bool = False) -> None:
    """Build what is missing and measure all; publish.

    Args:
        whole: build sizes above `SHORT` too.
    """
    workers = ray_speed() | reader_speed()
    rows = measured(whole=whole)
    metrics = of_growth(rows) | workers | of_sizes(rows)
    picture = RESULTS / "scale.svg"
    RESULTS.mkdir(exist_ok=True)
    plot([drawn(*row) for row in rows], picture, exponent=metrics["p95_cpu_exponent"])
    print(table(rows))
    busiest = max(built.load for built, _ in rows)
    notes = f"{load()}; load average up to {busiest:.1f} while building; plot: {picture}"
    publish("scale", metrics, notes=notes)


def measured(*, whole: bool) -> list[Row]:
    """Every index that stands or is to be built: all are built before the first is measured."""
    wanted = [
        (points, way)
        for way, sizes in SIZES.items()
        for points in sizes
        if whole or points <= SHORT or standing(points, way)
    ]
    stand = [ensure(points, way) for points, way in sorted(wanted)]
    return [(one, searched(one.points, one.way)) for one in stand]


def drawn(built: Built, found: Searched) -> Drawn:
    """What the picture shows of one index."""
    return Drawn(
        built.way,
        built.points,
        found.recall,
        found.cpu_p95_ms,
        built.cpu_s,
        built.disk_mb,
        found.rss_mb,
    )


def of_growth(rows: Sequence[Row]) -> dict[str, float]:
    """How the costs of float32 with a graph grow, and what it finds at the largest size."""
    graphs = {built.points: (built, found) for built, found in rows if built.way == "graph"}
    largest = max(graphs)
    costs: Mapping[str, Callable[[Row], float]] = {
        "p95": lambda row: row[1].p95_ms,
        "p95_cpu": lambda row: row[1].cpu_p95_ms,
        "cpu": lambda row: row[0].cpu_s,
        "disk": lambda row: row[0].disk_mb,
        "rss": lambda row: row[1].rss_mb,
    }
    metrics = {"largest": float(largest), "recall_at_10": graphs[largest][1].recall}
    for name, cost in costs.items():
        by_size = {points: cost(row) for points, row in graphs.items()}
        fitted = growth(by_size, first=FITTED_FROM)
        metrics |= {f"{name}_exponent": fitted.exponent, f"{name}_misfit": fitted.misfit}
        if name in UNITS:
            metrics[f"{name}_{UNITS[name]}_per_million"] = 1e6 * marginal(by_size)
    return metrics


def of_sizes(rows: Sequence[Row]) -> dict[str, float]:
    """What was measured of each index."""
    metrics: dict[str, float] = {}
    for built, found in rows:
        values = {
            "p50_ms": found.p50_ms,
            "p95_ms": found.p95_ms,
            "cpu_p95_ms": found.cpu_p95_ms,
            "recall": found.recall,
            "upsert_s": built.upsert_s,
            "optimize_s": built.optimize_s,
            "cpu_s": built.cpu_s,
            "disk_mb": built.disk_mb,
            "rss_mb": found.rss_mb,
        }
        metrics |= {f"{built.way}_{name}_{built.points}": v for name, v in values.items()}
    return metrics


def table(rows: Sequence[Row]) -> str:
    """All figures in Markdown, a row an index."""
    head = (
        "way", "points", "upsert s", "graph s", "CPU s", "peak MB", "disk MB", "open ms",
        "resident MB", "heap MB", "p50 ms", "p95 ms", "p99 ms", "first p95", "CPU p95", "recall@10",
    )  # fmt: skip
    order = list(WAYS)
    return markdown_table(
        head,
        (
            (
                built.way,
                f"{built.points:,}",
                f"{built.upsert_s:.1f}",
                f"{built.optimize_s:.1f}",
                f"{built.cpu_s:.1f}",
                f"{built.peak_mb:.0f}",
                f"{built.disk_mb:.0f}",
                f"{found.open_ms:.0f}",
                f"{found.rss_mb:.0f}",
                f"{found.heap_mb:.0f}",
                f"{found.p50_ms:.2f}",
                f"{found.p95_ms:.2f}",
                f"{found.p99_ms:.2f}",
                f"{found.first_p95_ms:.2f}",
                f"{found.cpu_p95_ms:.2f}",
                f"{found.recall:.3f}",
            )
            for built, found in sorted(
                rows, key=lambda row: (order.index(row[0].way), row[0].points)
            )
        ),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The scaling curve of the embedded engine.")
    parser.add_argument("--whole", action="store_true", help="build the largest sizes too")
    run(whole=parser.parse_args().whole)
