"""The page of the settings, made of the sections' own classes while the manual is built."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

PAGE = "reference/settings.md"
_HEAD = """# Settings

Settings come from `./mmrag.yaml` or `--config FILE`, then `MMRAG_*` environment variables, then
options of the command line; what comes later wins. File and environment name the same keys:

```yaml
retrieval: {fusion: auto, expand: 1}
```

is `MMRAG_RETRIEVAL__FUSION=auto MMRAG_RETRIEVAL__EXPAND=1`, with two underscores between a section
and its key. Lists and mappings are JSON in a variable. An unknown key is an error that names it. In
Python, `load_settings()` reads the same places, and `MMRagIndex(settings=...)` takes the result.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """MkDocs' event: add the page."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, PAGE, content=page()))
    return files


def page() -> str:
    """The page in Markdown."""
    from mmrag import Settings

    sections = {
        key: found for key, field in Settings.model_fields.items() if (found := _model(field))
    }
    own = {key: field for key, field in Settings.model_fields.items() if key not in sections}
    top = f"## At the top\n\n`profile` says which models a new index gets.\n\n{_table(own, '')}"
    return "\n".join((_HEAD, top, *_sections(sections, "")))


def _sections(sections: dict[str, type[BaseModel]], above: str) -> Iterator[str]:
    for key, kind in sections.items():
        path = f"{above}{key}"
        yield f"## {path}\n\n{_docstring(kind)}\n\n{_table(kind.model_fields, path + '.')}"
        inner = {
            name: found for name, field in kind.model_fields.items() if (found := _model(field))
        }
        yield from _sections(inner, f"{path}.")


def _model(field: FieldInfo) -> type[BaseModel] | None:
    """The section, or the kind of its items, that a key holds."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _docstring(kind: type[BaseModel]) -> str:
    """With Google's list of attributes as a list of Markdown."""
    text, _, attributes = (inspect.getdoc(kind) or "").partition("\nAttributes:\n")
    joined = re.sub(r"\n {8,}", " ", attributes)
    rows = re.sub(r"^ {4}(\w+): ", r"- `\1`: ", joined, flags=re.MULTILINE)
    return f"{text.strip()}\n\n{rows}".strip()


def _table(fields: dict[str, FieldInfo], above: str) -> str:
    rows = [
        f"| `{above}{key}` | {_type(field)} | {_default(field)} |" for key, field in fields.items()
    ]
    return "\n".join(("| key | type | default |", "| --- | --- | --- |", *rows)) + "\n"


def _type(field: FieldInfo) -> str:
    if found := _model(field):
        return f"list of {found.__name__}" if get_args(field.annotation) else "section"
    bounds = [_bound(part) for part in field.metadata]
    return f"`{_named(field.annotation)}`" + "".join(f", {bound}" for bound in bounds if bound)


def _named(annotation: object) -> str:
    """A type in the words of YAML: `text | null` and so on."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _named(parts[0])
    if origin is Literal:
        return " | ".join(json.dumps(part) for part in parts)
    if origin in (Union, UnionType):
        return " | ".join(map(_named, parts))
    if parts:
        inner = ", ".join("..." if part is ... else _named(part) for part in parts)
        return f"{getattr(origin, '__name__', origin)}[{inner}]"
    plain: dict[object, str] = {str: "text", SecretStr: "secret text", NoneType: "null"}
    return plain.get(annotation) or str(getattr(annotation, "__name__", annotation)).lower()


def _bound(part: object) -> str:
    for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<")):
        if (value := getattr(part, name, None)) is not None:
            return f"{sign} {value}"
    return ""


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or field.is_required():
        return ""
    if isinstance(value, Path | SecretStr):
        value = str(value)
    return f"`{json.dumps(value)}`"
