"""The scaling curve: what is drawn, built, measured and fitted, on sizes that take seconds."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.benchmarks.clustered import BASES, CLUSTERS, Clustered
from pipelines.benchmarks.scale import SIZES as MEASURED
from pipelines.benchmarks.scale import drawn, of_growth, of_sizes, table
from pipelines.benchmarks.scale_fit import growth, marginal
from pipelines.benchmarks.scale_index import SIZE, Built, blocks, ensure, kept, standing
from pipelines.benchmarks.scale_plot import INK, LOOKS, PAGE, PICTURE, Drawn, plot, told
from pipelines.benchmarks.scale_search import K, Searched, exact, searched

SIZES = (1_000, 10_000, 100_000)


@given(st.floats(-1, 2), st.floats(0.01, 100))
def test_the_exponent_of_a_power_law_is_found(exponent: float, level: float) -> None:
    costs = {size: level * size**exponent for size in SIZES} | {10: 1e9}
    found = growth(costs, first=1_000)
    assert found.exponent == pytest.approx(exponent, abs=1e-6)
    assert (found.first, found.last) == (1_000, 100_000)
    assert found.misfit == pytest.approx(1)


def test_what_lies_off_the_line_is_told() -> None:
    assert growth({10: 1, 100: 2, 1_000: 1}, first=1).misfit == pytest.approx(2 ** (2 / 3))
    with pytest.raises(ValueError, match=r"two sizes, found \[100\]"):
        growth({10: 1, 100: 2}, first=50)
    with pytest.raises(ValueError, match="above 0"):
        growth({10: 0, 100: 2}, first=1)


def test_one_more_point_costs_what_lies_between_the_largest() -> None:
    assert marginal({1_000: 1.0, 100: 50 + 0.1 * 100, 300: 50 + 0.2 * 300}) == pytest.approx(
        (1 - 110) / 700
    )
    with pytest.raises(ValueError, match="two sizes"):
        marginal({1: 1.0})


def test_vectors_of_a_cluster_are_near_each_other_and_no_others() -> None:
    rng = np.random.default_rng(3)
    source = Clustered(96, rng)
    own = np.repeat(np.array([0, 0, 1, BASES, CLUSTERS - 1]), 50)
    rows = source.around(own, rng)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-5)
    cosines = rows @ rows.T
    same = own[:, None] == own
    assert cosines[same].mean() > 0.5
    assert abs(cosines[~same].mean()) < 0.1
    shares = np.bincount(source.choose(20_000, rng), minlength=CLUSTERS)
    assert shares[:30].sum() > 10 * shares[-30:].sum()


def test_each_size_is_the_beginning_of_the_next() -> None:
    (small,), large = list(blocks(300)), list(blocks(10_500))
    assert [(start, len(rows)) for start, rows in large] == [(0, 10_000), (10_000, 500)]
    assert np.array_equal(small[1], large[0][1][:300])
    assert not np.array_equal(large[0][1][:500], large[1][1])


def test_an_index_is_built_once_and_its_searches_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMRAG_SCALE_CACHE", str(tmp_path))
    assert standing(300, "graph") is None
    made = ensure(300, "graph")
    assert made.points == 300 and made.cpu_s > 0 and made.disk_mb > 300 * SIZE * 4 / 1e6
    assert list(kept().glob("*/index/points/segments/*/vector_index-text/graph.bin"))
    note = kept() / "300-graph" / "built.json"
    before = note.stat().st_mtime_ns
    assert ensure(300, "graph") == made
    assert note.stat().st_mtime_ns == before
    ((_, rows),) = blocks(300)
    assert exact(300).shape == (1_000,)
    assert np.sort(rows @ rows[0])[-K:].min() >= exact(300).min()
    found = searched(300, "graph")
    assert found.recall == 1
    assert 0 < found.p50_ms <= found.p95_ms <= found.p99_ms


def test_tables_and_the_picture_hold_every_size(tmp_path: Path) -> None:
    built = Built(0, "graph", 1.0, 2.0, 3.0, 100.0, 10.0, 0.5)
    found = Searched(0, "graph", 0.98, 1.0, 1.0, 2.0, 3.0, 1.0, 5.0, 50.0, 1.0)
    rows = [
        (
            replace(built, points=size, cpu_s=size / 1e3, disk_mb=size / 100),
            replace(found, points=size, p95_ms=(size / 1e3) ** 0.2, recall=1 - size / 1e7),
        )
        for size in (1_000, 10_000, 100_000)
    ]
    metrics = of_growth(rows) | of_sizes(rows)
    assert metrics["largest"] == 100_000 and metrics["recall_at_10"] == pytest.approx(0.99)
    assert metrics["p95_exponent"] == pytest.approx(0.2)
    assert metrics["cpu_exponent"] == pytest.approx(1)
    assert metrics["rss_exponent"] == pytest.approx(0, abs=1e-9)
    assert metrics["cpu_s_per_million"] == pytest.approx(1_000)
    assert metrics["disk_mb_per_million"] == pytest.approx(10_000)
    assert metrics["graph_recall_10000"] == pytest.approx(0.999)
    assert len(table(rows).splitlines()) == 5
    plot([drawn(*row) for row in rows], tmp_path / "scale.svg", exponent=0.2)
    picture = (tmp_path / "scale.svg").read_text(encoding="utf-8")
    assert LOOKS["graph"][1] in picture and LOOKS["int8"][1] not in picture


def test_the_picture_of_the_manual_is_drawn_from_its_table_and_stands_on_light_and_dark() -> None:
    rows = told(PAGE.read_text(encoding="utf-8"))
    told_of = {way: tuple(row.points for row in rows if row.way == way) for way in MEASURED}
    assert told_of == MEASURED
    assert rows[5] == Drawn("graph", 1_000_000, 0.989, 6.5, 1_228, 2_013, 2_017)
    picture = PICTURE.read_text(encoding="utf-8")
    filled = set(re.findall(r"fill: (#[0-9a-f]{6})", picture))
    assert {colour for _, colour, _ in LOOKS.values()} <= set(re.findall(r"#[0-9a-f]{6}", picture))
    for colour in {INK, *filled, *(colour for _, colour, _ in LOOKS.values())}:
        for ground in ("#ffffff", "#1e2129"):  # Material's two
            assert contrast(colour, ground) >= 3, (colour, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's ratio."""

    def luminance(colour: str) -> float:
        shares = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
        linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
