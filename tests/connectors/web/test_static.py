"""What the page is made of: colours that can be read, scripts that never parse HTML."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import product

import pytest

STATIC = files("mmrag_connectors.web") / "static"
CSS = (STATIC / "page.css").read_text("utf-8")
AA = 4.5
"""Contrast of text, at least: WCAG 2.2, success criterion 1.4.3."""
READ_ON = (
    *product(("ink", "soft", "accent"), ("bg", "card", "tint")),
    *product(("ink", "soft"), ("side",)),
    ("ink", "mark"),
    ("ink", "warn-tint"),
    ("ink", "bad-tint"),
    ("bad", "bad-tint"),
    ("bad", "card"),
    ("on-accent", "accent"),
)


def colours(dark: bool) -> dict[str, str]:
    """The colours of a theme by name."""
    blocks = re.findall(r":root(\[data-theme=\"dark\"\])? \{(.*?)\n\}", CSS, re.DOTALL)
    themes = {
        bool(chosen): dict(re.findall(r"--mm-([\w-]+): (#\w{6});", b)) for chosen, b in blocks
    }
    return {**themes[False], **themes[True]} if dark else themes[False]


def luminance(colour: str) -> float:
    """As WCAG defines it, 0..1."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("text", "ground"), READ_ON)
def test_text_can_be_read(dark: bool, text: str, ground: str) -> None:
    theme = colours(dark)
    low, high = sorted((luminance(theme[text]), luminance(theme[ground])))
    assert (high + 0.05) / (low + 0.05) >= AA


def test_no_script_parses_html() -> None:
    scripts = [path for path in STATIC.iterdir() if path.name.endswith(".js")]
    assert len(scripts) > 5
    parsing = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b"
    )
    assert [path.name for path in scripts if parsing.search(path.read_text("utf-8"))] == []


def test_nothing_of_the_template_is_code_to_gradio() -> None:
    # it is a Handlebars template and then a JavaScript one
    html = (STATIC / "page.html").read_text("utf-8")
    assert re.search(r"\{\{|\$\{|`|\\", html) is None
