"""Inline code on a narrow page: options stay whole, long names may break at their joints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_CODE = re.compile(r"(?<!<pre>)(?<!</span>)(<code>)([^<>]+)(</code>)")
_OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][\w-]*")
_LONG = re.compile(r"[\w./~-]{20,}")


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """MkDocs' event: mark where code may break; the style sheet does the rest."""
    return breaking(html)


def breaking(html: str) -> str:
    """The page, in which no text and nothing that is copied changes."""

    def replaced(found: re.Match[str]) -> str:
        text = _LONG.sub(
            lambda name: re.sub(r"(?<=\w)([./_])(?=\w)", r"\1<wbr>", name[0]), found[2]
        )
        text = _OPTION.sub(r'<span class="whole">\g<0></span>', text)
        return f"{found[1]}{text}{found[3]}"

    return _CODE.sub(replaced, html)
