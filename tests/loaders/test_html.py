"""HTML: headings, dropped matter, tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmrag.errors import LimitExceeded
from mmrag.limits import Limits
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


def test_rules_of_all_kinds_hide(tmp_path: Path) -> None:
    style = """.a, #b , DIV{display:none} @media print{.c{display:none}} /* p{display:none} */
        ul > li.d{visibility:hidden} .f{margin:0} /* i{"""
    page = f"""<style>{style}</style><p class="x a">no</p><p id=b>no</p><div>no</div>
        <p class=c>yes c</p><ul><li class=d>no</li></ul><p class=f>yes f</p><i>yes i</i>"""
    assert " ".join(text for _, text in read(tmp_path, page)).split() == "yes c yes f yes i".split()


def test_rules_that_take_too_long_to_try_are_left_out(tmp_path: Path) -> None:
    deep = ":not(" * 5 + ".e" + ")" * 5
    assert read(tmp_path, f"<style>{deep}{{display:none}}</style><p>Shown.</p>") == [((), "Shown.")]


def test_spanned_cells_are_bounded(tmp_path: Path) -> None:
    page = (
        "<table><tr><td colspan=100>" + "x" * 60 + "</td></tr><tr><td>y</td><td>z</td></tr></table>"
    )
    path = tmp_path / "a.html"
    path.write_text(page)
    with pytest.raises(LimitExceeded, match="has 6000 text_chars"):
        HtmlReader(limits=Limits(text_chars=5999)).read(path, source="s")
    with pytest.raises(LimitExceeded, match="has 12 elements; limit elements=8"):
        HtmlReader(limits=Limits(elements=8)).read(path, source="s")
    with pytest.raises(LimitExceeded, match="html_bytes=50"):
        HtmlReader(limits=Limits(html_bytes=50)).read(path, source="s")


def test_a_paragraph_that_is_marked_as_a_heading_stays_text(tmp_path: Path) -> None:
    long = "It was a long winter in the hut. " * 20
    found = read(tmp_path, f"<h1>{long}</h1><p>Below it.</p>")
    assert {heading for heading, _ in found} == {()}
    assert sum(text.count("winter") for _, text in found) == 20
