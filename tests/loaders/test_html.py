"""HTML: headings, dropped matter, tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmrag.loaders.html import HtmlReader
from mmrag.schema import provenance_of, text_of

Found = list[tuple[tuple[str, ...], str]]


def read(tmp_path: Path, page: str | bytes) -> Found:
    path = tmp_path / "a.html"
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    nodes = HtmlReader().read(path, source="s")
    return [(provenance_of(n).heading, text_of(n)) for n in nodes]


def test_text_under_headings_without_marginal_matter(tmp_path: Path) -> None:
    page = """<!DOCTYPE html><html><head><title>Site</title><style>p{}</style></head><body>
    <nav><a href=x>Menu</a></nav><header><h1>Clocks</h1></header>
    <p>A <b>bold</b>ly told <a href="http://127.0.0.1:9/">story</a>,
       on<br>two lines.<!-- hidden --></p>
    <script>alert(1)</script><div hidden>no</div><p style="display: none">no</p>
    <h2>Care</h2><ul><li>Wind it</li><li>Oil it<ul><li>twice</li></ul></li></ul>
    <pre>  tick
  tock</pre><img src="http://127.0.0.1:9/x.png" alt="x">
    <aside>Ads</aside><footer>Imprint</footer></body></html>"""
    assert read(tmp_path, page) == [
        (("Clocks",), "A boldly told story, on\ntwo lines."),
        (("Clocks", "Care"), "Wind it\nOil it\ntwice\ntick\n  tock"),
    ]


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : none !important",
        "visibility: hidden",
        "opacity:0",
        "opacity: 0.0;",
        "font-size:0",
        "font-size: 0px; color: red",
        "color:#fff",
        "color: white; font-size: 12px",
        "color:rgb(255, 255, 255)",
        "color:rgba(0,0,0,0)",
        "background:#123456; color:#123456",
        "position:absolute; left:-9999px",
        "text-indent: -1000em",
        "height:0; overflow:hidden",
        "max-height: 0px; overflow: hidden",
        "clip-path: inset(50%)",
        "transform: scale(0)",
    ],
)
def test_what_a_style_hides_is_not_read(tmp_path: Path, style: str) -> None:
    body = "<p>The clock in the hall.</p><div{}><p>Obey <span{}>me</span>.</p></div>"
    hidden = [((), "The clock in the hall.")]
    assert read(tmp_path, body.format(f' style="{style}"', "")) == hidden
    assert read(tmp_path, body.format("", f' style="{style}"')) == [
        ((), "The clock in the hall.\nObey .")
    ]
    sheet = f"<style>/* x */ p.a, div.b {{ {style} }}</style>"
    if "color" not in style:  # the ground of what a sheet colours is not known
        assert read(tmp_path, sheet + body.format(' class="b"', "")) == hidden


@pytest.mark.parametrize(
    "page",
    [
        "<style>@media print { p { display:none } }</style><p>Seen.</p>",
        "<style>p:hover { display:none }</style><p>Seen.</p>",
        "<style>body { opacity:0 } p::x( { display:none }</style><p>Seen.</p>",
        "<p style='opacity:0.5; font-size:10px; left:-10px; margin-left:-480px'>Seen.</p>",
        "<div style='font-size:0'><p style='font-size:12px'>Seen.</p></div>",
        "<div style='background:#000'><p style='color:#fff'>Seen.</p></div>",
        "<div class='dark'><p style='color:#fff'>Seen.</p></div>",
        "<p style='height:0'>Seen.</p>",
    ],
)
def test_what_can_be_seen_is_read(tmp_path: Path, page: str) -> None:
    assert read(tmp_path, page) == [((), "Seen.")]


def test_the_title_serves_where_there_is_no_h1(tmp_path: Path) -> None:
    found = read(tmp_path, "<title>My page</title><p>One.</p><h2>Two</h2><p>Three.</p>")
    assert found == [(("My page",), "One."), (("My page", "Two"), "Three.")]


def test_what_stands_beside_main_belongs_to_the_site(tmp_path: Path) -> None:
    page = "<body><div>Shop</div><main><h1>A</h1><p>The clock in the hall.</p></main>"
    assert read(tmp_path, page) == [(("A",), "The clock in the hall.")]
    page = "<body><p>The clock in the hall strikes.</p><main>x</main>"
    assert read(tmp_path, page) == [((), "The clock in the hall strikes.\nx")]


def test_tables_with_spans_and_caption(tmp_path: Path) -> None:
    page = """<h1>T</h1><table><caption>Loans</caption>
    <thead><tr><th>Who</th><th>What</th><th>When</th></tr></thead>
    <tr><td rowspan=3>Ann</td><td>clock</td><td>1811</td></tr>
    <tr><td>sextant</td><td>1902</td></tr><tr><td>lens</td><td>1950</td></tr>
    <tr><td>Bo</td><td colspan="2">nothing</td></tr></table>"""
    assert read(tmp_path, page) == [
        (
            ("T", "Loans"),
            "Who: Ann; What: clock; When: 1811\nWho: Ann; What: sextant; When: 1902\n"
            "Who: Ann; What: lens; When: 1950\n"
            "Who: Bo; What: nothing; When: nothing",
        )
    ]


def test_tables_that_only_place_things(tmp_path: Path) -> None:
    page = "<table><tr><td><h1>A</h1><p>one</p></td><td><p>two</p></td></tr></table>"
    assert read(tmp_path, page) == [(("A",), "one\ntwo")]


def test_declared_encoding(tmp_path: Path) -> None:
    page = '<meta charset="iso-8859-1"><p>Räksmörgås</p>'.encode("latin-1")
    assert read(tmp_path, page) == [((), "Räksmörgås")]


def test_deep_nesting_is_no_trouble(tmp_path: Path) -> None:
    assert "deep" in read(tmp_path, "<div>" * 20_000 + "deep")[0][1]
