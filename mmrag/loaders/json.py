"""JSON and JSON Lines: values under the path of their keys, records one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from llama_index.core.schema import Node

from mmrag.errors import CorruptFile, LimitExceeded, LoadError
from mmrag.loaders.base import FileReader
from mmrag.loaders.limits import check_count
from mmrag.loaders.passages import MAX_WORDS, Block, count_words
from mmrag.loaders.rows import row_blocks
from mmrag.loaders.text import read_text
from mmrag.modalities import FILE_KINDS

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class JsonReader(FileReader):
    """Objects as "key: value" lines under the keys above them; lists of records as rows.

    A file that is no single JSON value is read as JSON Lines, one record a line.
    """

    def read(self, path: Path, *, source: str) -> list[Node]:
        text = read_text(path, self.limits)
        try:
            blocks = []
            for block in _blocks(_parsed(path, text), (), self.limits.nesting):
                blocks.append(block)
                check_count(path, "rows", len(blocks), self.limits.rows)
        except RecursionError as exc:
            levels = f"limit nesting={self.limits.nesting}"
            raise LimitExceeded(path, f"is nested too deeply; {levels}") from exc
        except LoadError:
            raise
        except ValueError as exc:  # an integer of thousands of digits
            raise CorruptFile(path, f"is not JSON: {exc}") from exc
        mimetype = FILE_KINDS["json"].mimetype
        return self.text_nodes(blocks, path=path, source=source, mimetype=mimetype)


def _parsed(path: Path, text: str) -> Json:
    try:
        whole: Json = json.loads(text)
    except json.JSONDecodeError as whole_error:
        lines = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
        records: list[Json] = []
        for number, line in lines:
            try:
                records.append(json.loads(line))
            except json.JSONDecodeError as exc:
                if path.suffix.lower() == ".jsonl" or number > lines[0][0]:
                    reason = f"is not JSON Lines: line {number}: {exc}"
                else:
                    reason = f"is not JSON: {whole_error}"
                raise CorruptFile(path, reason) from exc
        return records
    return [whole] if path.suffix.lower() == ".jsonl" else whole


def _blocks(value: Json, path: tuple[str, ...], levels: int) -> Iterator[Block]:
    """Blocks of a value that may be `levels` deep."""
    if levels < 0:
        raise RecursionError
    if isinstance(value, dict):
        plain = {key: item for key, item in value.items() if _is_plain(item)}
        if plain:
            yield Block("\n".join(_line(key, item) for key, item in plain.items()), heading=path)
        for key, item in value.items():
            if key not in plain:
                yield from _blocks(item, (*path, key), levels - 1)
    elif isinstance(value, list) and not _is_plain(value):
        yield from _records(value, path, levels)
    else:
        yield Block(_scalar(value), heading=path)


def _records(values: list[Json], path: tuple[str, ...], levels: int) -> Iterator[Block]:
    """Small records share passages as rows do; a large one is taken apart by its keys."""
    run: list[tuple[int, str]] = []
    for number, value in enumerate(values, start=1):
        text = _small(value, levels)
        if text is not None:
            run.append((number, text))
            continue
        yield from row_blocks(run, heading=path, label="items")
        run = []
        yield from _blocks(value, (*path, f"item {number}"), levels - 1)
    yield from row_blocks(run, heading=path, label="items")


def _small(value: Json, levels: int) -> str | None:
    """A record as one line; None for one of too many words, of which only the first are looked at.

    It is asked of each list within a list, so to look at all of it each time would take forever.
    """
    lines: list[str] = []
    for seen, (key, item) in enumerate(_flat(value, "", levels)):
        if seen > MAX_WORDS:
            return None
        if item != {}:
            lines.append(_line(key, item))
    text = "; ".join(lines)
    return text if count_words(text) <= MAX_WORDS else None


def _flat(value: Json, prefix: str, levels: int) -> Iterator[tuple[str, Json]]:
    """Scalars, and empty objects, under their keys."""
    if levels < 0:
        raise RecursionError
    if _is_plain(value) or not value:
        yield prefix, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{prefix}.{key}" if prefix else key, levels - 1)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _flat(item, f"{prefix}.{number}" if prefix else str(number), levels - 1)


def _is_plain(value: Json) -> bool:
    """A scalar, or a list of scalars."""
    if isinstance(value, list):
        return not any(isinstance(item, dict | list) for item in value)
    return not isinstance(value, dict)


def _line(key: str, value: Json) -> str:
    text = " ".join(_scalar(value).split())
    return f"{key}: {text}" if key else text


def _scalar(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(_scalar(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
