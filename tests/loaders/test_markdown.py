"""Markdown: headings, tables, code, front matter."""

from __future__ import annotations

from pathlib import Path

from mmrag.loaders.markdown import MarkdownReader
from mmrag.schema import provenance_of, text_of

PAGE = """---
title: My page
---
Before any heading, *with*
a `soft` [break](http://127.0.0.1:9/).

# One

| Item | Year |
|------|------|
| Clock | 1811 |
| Sextant | 1902 |

## Two

- first
- second

```python
x = 1
    y = 2
```

Setext
======

<p>Raw <b>html</b></p>

# Empty
"""


def test_page(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(PAGE, encoding="utf-8")
    nodes = MarkdownReader().read(path, source="s")
    assert [(provenance_of(n).heading, text_of(n)) for n in nodes] == [
        (("front matter",), "title: My page"),
        ((), "Before any heading, with a soft break."),
        (("One",), "Item: Clock; Year: 1811\nItem: Sextant; Year: 1902"),
        (("One", "Two"), "first\nsecond\nx = 1\n    y = 2"),
        (("Setext",), "Raw html"),
        ((), "Empty"),
    ]
