"""Text, markup and tables that are deep, wide, or slow to take apart."""

from __future__ import annotations

import random
from collections.abc import Iterator

from hostile.cases import Case, case

_MANY = 100_000
_P = "<p>The barometer hangs in the hall.</p>"


def text_bombs() -> Iterator[Case]:
    """A file a row."""
    for folder, rows in (
        ("html", _html()),
        ("markdown", _markdown()),
        ("json", _json()),
        ("tables", _tables()),
        ("text", _text()),
    ):
        for name, what, text in rows:
            yield case(f"{folder}/{name}", what, "either", text)


def _html() -> Iterator[tuple[str, str, str]]:
    def page(body: str, head: str = "") -> str:
        return f"<html><head>{head}</head><body>{_P}{body}</body></html>"

    def nested(tag: str, count: int, attributes: str = "") -> str:
        return f"<{tag}{attributes}>" * count + "deep" + f"</{tag}>" * count

    span = "<td colspan=100 rowspan=100>" + "wide " * 2000 + "</td>"
    rules = "".join(f".c{n}{{display:none}}" for n in range(20_000))
    yield "div.html", "30,000 elements in each other", page(nested("div", 30_000))
    yield (
        "span.html",
        "10,000 coloured elements in each other",
        page(nested("span", 10_000, " style='color:red'")),
    )
    yield (
        "small.html",
        "2,000 elements of no size in each other",
        page(nested("i", 2_000, " style='font-size:0'")),
    )
    yield (
        "table.html",
        "tables in each other",
        page(nested("table><tr><td", 500).replace("</table><tr><td>", "</table>")),
    )
    yield "lists.html", "50,000 lists that are never closed", page("<ul><li>" * 50_000)
    yield "tags.html", "30,000 elements", page("<b>x</b>" * 30_000)
    yield "empty-tags.html", "a million elements begun", page("<" * 1_000_001)
    yield (
        "attributes.html",
        "an element with 10,000 attributes",
        page("<p " + " ".join(f"a{n}=1" for n in range(10_000)) + ">x</p>"),
    )
    yield "attribute.html", "an attribute of 400 kB", page(f"<p style='{'a:b;' * 100_000}'>x</p>")
    yield (
        "spans.html",
        "cells that span 100 x 100",
        page(f"<table><tr>{span * 10}</tr>{'<tr></tr>' * 100}</table>"),
    )
    yield (
        "title.html",
        "a column title of 150,000 characters",
        page(
            f"<table><tr><th>{'long ' * 30_000}</th><th>b</th></tr>"
            + "<tr><td>1</td><td>2</td></tr>" * 5000
            + "</table>"
        ),
    )
    yield (
        "heading.html",
        "a heading of 150,000 characters",
        page(f"<h1>{'long ' * 30_000}</h1>" + _P * 5000),
    )
    yield (
        "rules.html",
        "20,000 rules that hide",
        page("<p class=c1>x</p>" * 2000, f"<style>{rules}</style>"),
    )
    yield (
        "not.html",
        "a selector of 2,000 levels",
        page("<p>x</p>", "<style>" + ":not(" * 2000 + "p" + ")" * 2000 + "{display:none}</style>"),
    )
    yield (
        "stars.html",
        "a selector of 30 descendants",
        page(
            nested("div", 60) + "<p>x</p>" * 200, "<style>" + "* " * 30 + "x{display:none}</style>"
        ),
    )
    yield (
        "has.html",
        "a selector that looks everywhere",
        page(
            nested("div", 200) + "<i></i>" * 3000,
            "<style>" + ":has(* :has(* :has(* x))){display:none}</style>",
        ),
    )
    yield (
        "at.html",
        "200,000 at-signs in a style sheet",
        page("", "<style>" + "@" * 200_000 + "</style>"),
    )
    yield (
        "braces.html",
        "200,000 braces in a style sheet",
        page("", "<style>" + "@a{" * 100_000 + "</style>"),
    )
    yield (
        "comments.html",
        "200,000 comments begun in a style sheet",
        page("", "<style>" + "/*" * 200_000 + "</style>"),
    )
    yield "comments-x.html", "900 comments and no page", "<!--a-->" * 900 + "x"
    yield "comment.html", "comments that never end", "<!--" * 2000 + "x" + _P
    yield "declarations.html", "declarations that never end", "<!doctype " * 800
    yield "closes.html", "20,000 ends without a beginning", page("</p></div>" * 20_000)
    yield (
        "entities.html",
        "numbers that are no letters",
        page("&#x110000;&#0;&#xFFFFFFFF;&#x80;" * 5_000),
    )
    yield "main.html", "5,000 elements called main", page(nested("main", 5_000))
    yield "pre.html", "text of 150 kB in one line", page(f"<pre>{'x' * 150_000}</pre>")
    yield "script.html", "a script that never ends", page("<script>" + "x" * _MANY)
    yield "form.html", "tables and forms astray", page("<table><form><tr><form><td><table>" * 2000)


def _markdown() -> Iterator[tuple[str, str, str]]:
    rows = "\n".join("| 1 | 2 |" for _ in range(5000))
    yield "quotes.md", "50,000 quotes in each other", ">" * 50_000 + " deep"
    yield "lists.md", "lists, 700 levels", "\n".join(f"{' ' * n}- x" for n in range(700))
    yield "brackets.md", "50,000 brackets", "[" * 50_000
    yield "links.md", "50,000 links begun", "[a](" * 50_000
    yield "images.md", "5,000 pictures in each other", "![" * 5000 + "](x)" * 5000
    yield "stars.md", "100,000 stars", "*a_ " * 50_000
    yield "ticks.md", "runs of ticks", "".join("`" * n + " " for n in range(1, 700))
    yield "blanks.md", "100,000 paragraphs", "a\n\n" * _MANY
    yield "blocks.md", "10,000 blocks of HTML", "<div>x</div>\n\n" * 10_000
    yield (
        "title.md",
        "a column title of 150,000 characters",
        f"| {'long ' * 30_000} | b |\n|---|---|\n{rows}\n",
    )
    yield (
        "heading.md",
        "a heading of 150,000 characters",
        f"# {'long ' * 30_000}\n\n" + "x\n\n" * 5000,
    )
    yield "front.md", "front matter that never ends", "---\n" * 50_000
    yield (
        "references.md",
        "50,000 definitions",
        "".join(f"[{n}]: x\n" for n in range(50_000)) + "[1]\n" * 5000,
    )
    yield (
        "columns.md",
        "a table of 50,000 columns",
        "|a" * 50_000 + "|\n" + "|-" * 50_000 + "|\n" + "|1|\n" * 200,
    )
    yield "entities.md", "entities begun", "&" * 200_000
    yield "tags.md", "tags begun", "<a " * 50_000
    yield "declarations.md", "declarations begun", "<!A" * 50_000
    yield "line.md", "a line of 150 kB", "a" * 150_000


def _json() -> Iterator[tuple[str, str, str]]:
    table = ",".join('{"k":1,"l":2}' for _ in range(5000))
    wide = ",".join(f'"word {n} and word"' for n in range(10_000))
    yield "arrays.json", "arrays, 200,000 levels", "[" * 200_000 + "]" * 200_000
    yield "objects.json", "objects, 30,000 levels", '{"a":' * 30_000 + "1" + "}" * 30_000
    yield "open.json", "arrays that never end", "[" * 200_000
    yield "levels.json", "99 levels around 10,000 texts", "[" * 99 + f"[{wide}],{{}}" + "]" * 99
    yield "integer.json", "an integer of 100,000 digits", f'{{"n": {"9" * _MANY}}}'
    yield "numbers.json", "numbers that are none", '{"a": NaN, "b": Infinity, "c": 1e999, "d": -0}'
    yield "empty.json", "100,000 empty arrays", "[" + "[]," * _MANY + "[]]"
    yield (
        "nothing.json",
        "100,000 empty objects, 50 levels",
        "[" * 50 + "{}," * _MANY + "{}" + "]" * 50,
    )
    yield "key.json", "a key of 150,000 characters", f'{{"{"long " * 30_000}": [{table}]}}'
    yield "keys.json", "one key 50,000 times", "{" + '"a":1,' * 50_000 + '"a":2}'
    yield "controls.json", "control characters", '{"a": "\\u001b[2J\\u0007\\u202e word"}'
    yield "lines.jsonl", "100,000 lines", '{"a":1}\n' * 100_000
    yield "bad-line.jsonl", "line 1,000 is broken", '{"a":1}\n' * 999 + '{"a":\n'
    yield "long-line.jsonl", "a line of 150 kB", '{"a": "' + "word " * 40_000 + '"}\n'
    yield "nested-line.jsonl", "a line of 100,000 levels", '{"a":1}\n' + "[" * 100_000 + "\n"
    yield "escape.json", "a string that never ends", '{"a": "' + "\\" * 200_001


def _tables() -> Iterator[tuple[str, str, str]]:
    yield "columns.csv", "100,000 columns", "a," * _MANY + "\n" + "1," * _MANY + "\n"
    yield "delimiters.csv", "200 kB of delimiters", ",;\t|" * 50_000
    yield "quote.csv", "a quote that never ends", 'a,b\n1,"' + "x,y\n" * 50_000
    yield "quotes.csv", "100,000 quotes", '"' * _MANY
    yield "field.csv", "a field of 150 kB", "a,b\n1," + "x" * 150_000 + "\n"
    yield (
        "title.csv",
        "a column title of 100,000 characters",
        "long " * 20_000 + ",b\n" + "1,2\n" * 20_000,
    )
    yield "rows.csv", "200,001 rows", "1,2\n" * 200_001
    yield (
        "wide-row.csv",
        "one row of 60,000 among narrow ones",
        "a,b\n" * 500 + "x," * 60_000 + "\n" + "a,b\n" * 500,
    )
    yield "empty.csv", "100,000 empty rows", "a,b\n" + ",\n" * _MANY
    yield "returns.csv", "carriage returns alone", "a,b\r" * 50_000
    yield "formula.csv", "formulas", "a,b\n=cmd|' /C calc'!A0,@SUM(1)\n"


def _text() -> Iterator[tuple[str, str, str]]:
    dice = random.Random(5)
    letters = "".join(chr(dice.randrange(0x300, 0x36F)) for _ in range(200_000))
    yield "blanks.txt", "100,000 paragraphs", "a\n\n" * _MANY
    yield "line.txt", "a line of 150 kB", "a" * 150_000
    yield "stops.txt", "150,000 stops", "." * 150_000
    yield "spaced-stops.txt", "100,000 stops apart", ". " * _MANY
    yield "quotes.txt", "stops and quotes", '."' * 100_000
    yield "marks.txt", "a stop and 100,000 quotes", "." + '"' * 100_000
    yield "spaces.txt", "a word, 150 kB of spaces, a word", "a." + " " * 150_000 + "b"
    yield "gaps.txt", "lines of spaces", "a\n" + (" " * 999 + "\n") * 300 + "b"
    yield "feeds.txt", "200,000 pages", "a\f" * 200_000
    yield "combining.txt", "200,000 marks on one letter", "a" + letters
    yield "joined.txt", "50,000 joiners", "a\u200d" * 50_000
    yield "bidi.txt", "overrides of direction", "\u202e\u2066 word " * 2000
    yield "tags.txt", "invisible tag characters", "word" + "\U000e0041" * 30_000
    yield "returns.txt", "carriage returns alone", "word\r" * 30_000
    yield "separators.txt", "odd separators", "word\u2028word\u2029word\x85\v" * 5_000
    yield "initials.txt", "initials", "A. " * 100_000
    yield "numbers.txt", "numbers and stops", "1. " * 100_000
    yield "wide.txt", "50,000 wide letters", "語" * 50_000
    yield "rtf.txt", "braces of RTF", "{\\rtf1 " + "{" * 100_000
    yield "svg.svg", "a drawing with entities", '<!DOCTYPE svg [<!ENTITY a "a">]><svg>&a;</svg>'
    yield "postscript.ps", "a program that never ends", "%!PS\n{} loop\n"
