"""The table of models, made of the catalogue while the manual is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

MARK = "<!-- models -->"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """MkDocs' event: put the table where a page has the mark."""
    return markdown.replace(MARK, table()) if MARK in markdown else markdown


def table() -> str:
    """The catalogue in Markdown, in its own order."""
    from mmrag.embeddings.catalogue import MODELS
    from mmrag.profiles import PROFILES

    rows = [
        "| model | for | numbers | MB | licence | profiles |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for model in MODELS.values():
        used = [name for name, profile in PROFILES.items() if model.id in profile.models]
        used += [name for name, profile in PROFILES.items() if _speech(profile.asr_model, model.id)]
        numbers = str(model.dimension or "")
        cells = (f"`{model.id}`", model.kind, numbers, str(model.megabytes), model.licence)
        rows.append(f"| {' | '.join((*cells, ', '.join(used)))} |")
    return "\n".join(rows)


def _speech(named: str, model: str) -> bool:
    """Profiles name Whisper's sizes by one word."""
    return model in (named, f"Systran/faster-whisper-{named}")
