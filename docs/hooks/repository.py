"""Links to files of the repository outside the manual, which a site without them cannot follow."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\./[^)\s]+)\)")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """MkDocs' event: name such files, by their path from the repository's root."""
    return named(markdown, posixpath.dirname(page.file.src_uri))


def named(markdown: str, folder: str) -> str:
    """The text with links that leave the manual as words and a path; `folder` is the page's."""

    def replaced(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, found[2]))
        if not target.startswith("../"):
            return found[0]
        path = target.removeprefix("../")
        return f"`{path}`" if found[1].strip("`") in path else f"{found[1]} (`{path}`)"

    return _LINK.sub(replaced, markdown)
