"""The manual builds without a warning and loads nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from manual import PAGES, ROOT, called, fences

import mmrag.errors
from docs.hooks import command_line, inline_code, models, repository, settings
from mmrag.embeddings.catalogue import MODELS

COLUMN = 100
"""Characters of code that a page of the manual shows without scrolling, at 1300 pixels."""
LANGUAGES = ("", "console", "json", "py", "python", "sh", "text", "toml", "yaml", "yml")
LOADED = re.compile(
    r"<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=[\"']?(?:https?:)?//"
    r"|<link\b[^>]*\brel=[\"']?(?:stylesheet|preconnect|preload|icon)[^>]*\bhref=[\"']?(?:https?:)?//"
    r"|@import|url\([\"']?(?:https?:)?//"
)


def test_every_page_is_built_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = {
        path.relative_to(site).with_suffix("").as_posix(): path for path in site.rglob("*.html")
    }
    sources = (path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md"))
    assert {source.with_suffix("").as_posix() for source in sources} - set(pages) == set()
    assert {"reference/command-line", "reference/settings"} <= set(pages)
    texts = {name: path.read_text(encoding="utf-8") for name, path in pages.items()}
    assert [name for name, text in texts.items() if LOADED.search(text)] == []
    assert not list(site.rglob("*.py"))
    assert "mermaid" not in {
        name for text in texts.values() for name in re.findall(r'class="(\w+)"', text)
    }


def test_public_names_have_a_place_in_the_reference(site: Path) -> None:
    pages = (site / "reference" / "python").glob("*.html")
    made = "".join(page.read_text(encoding="utf-8") for page in pages)
    names = set(mmrag.__all__) - {"__version__", "MmragError"}
    assert [name for name in sorted(names) if f'id="mmrag.{name}"' not in made] == []


def test_every_error_has_a_place_in_the_reference(site: Path) -> None:
    page = (site / "reference" / "errors.html").read_text(encoding="utf-8")
    names = [
        name
        for name, kind in vars(mmrag.errors).items()
        if isinstance(kind, type) and issubclass(kind, mmrag.errors.MmragError)
    ]
    assert len(names) > 20
    assert [name for name in names if f'id="mmrag.errors.{name}"' not in page] == []


def test_every_command_and_option_is_told() -> None:
    page = command_line.page()
    for name, command in command_line.commands(command_line.application()):
        section = page.partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert section, name
        for param in command.params:
            wanted = (
                param.opts[0]
                if param.param_type_name == "option"
                else (param.metavar or param.name)
            )
            assert wanted in section, (name, wanted)
        rows = [row for row in section.splitlines() if row.startswith("| `")]
        assert [row for row in rows if " <" in row.split("`")[1]] == []


def test_bounds_of_options_are_shown_as_help_shows_them(site: Path) -> None:
    page = (site / "reference" / "command-line.html").read_text(encoding="utf-8")
    assert "[default: 10; 1 to 100]" in page
    assert "\\&lt;" not in page and "\\<" not in page


def test_pictures_stand_inside_their_list(site: Path) -> None:
    page = (site / "notebooks.html").read_text(encoding="utf-8")
    assert page.count("<ol>") == 1


def test_options_stay_whole_and_long_names_break_at_their_joints(site: Path) -> None:
    whole = '<span class="whole">--no-ocr</span>'
    assert inline_code.breaking("<code>mmrag index --no-ocr</code>") == (
        f"<code>mmrag index {whole}</code>"
    )
    long = "<code>server.strict_mode.max_timeout</code>"
    assert inline_code.breaking(long) == (
        "<code>server.<wbr>strict_<wbr>mode.<wbr>max_<wbr>timeout</code>"
    )
    for kept in ("<code>a.b</code>", "<pre><span></span><code>mmrag --json</code></pre>"):
        assert inline_code.breaking(kept) == kept
    assert whole in (site / "concepts" / "bridges.html").read_text(encoding="utf-8")


def test_every_setting_is_told_with_its_default() -> None:
    page = settings.page()
    assert "| `ingest.limits.pages` | `int`, ≥ 1 | `5000` |" in page
    assert '| `answer.llm` | `"extractive" | "ollama" | "local" | null` | `null` |' in page
    assert "| `index.qdrant_api_key` | `secret text | null` | `null` |" in page
    for section, field in mmrag.Settings.model_fields.items():
        for key in getattr(field.annotation, "model_fields", ()):
            assert f"| `{section}.{key}` |" in page


def test_every_model_is_told_with_its_licence() -> None:
    table = models.table()
    assert "| `imagebind_huge` | embedding | 1024 | 4804 | CC BY-NC-SA 4.0 | imagebind |" in table
    assert table.count("\n") == len(MODELS) + 1
    whisper = next(line for line in table.splitlines() if "faster-whisper-small" in line)
    assert whisper.endswith("| default, imagebind, omni |")


def test_links_that_leave_the_manual_become_paths() -> None:
    text = "[agent.py](../../pipelines/agent.py), [a script](../../pipelines/b.py), [c](../c.md)"
    assert repository.named(text, "how-to") == (
        "`pipelines/agent.py`, a script (`pipelines/b.py`), [c](../c.md)"
    )


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_code_fits_the_page(page: Path) -> None:
    long = [
        f"{fence.place}: {line}"
        for fence in fences(page, *LANGUAGES)
        for line in fence.text.splitlines()
        if len(line) > COLUMN
    ]
    assert long == []
