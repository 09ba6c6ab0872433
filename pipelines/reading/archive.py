"""Held-out texts as an archive of files, so that answers can be judged after a real retrieval."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmrag.loaders.rows import is_row
from pipelines.reading.examples import Document


def write_archive(known: Sequence[Document], folder: Path) -> list[dict[str, Any]]:
    """Write one file a document, and return the questions as rows like those of the samples."""
    rows = []
    for document in known:
        source = _write(document, folder)
        for number, asked in enumerate(document.asked):
            gold = {"source": source, "page": None, "bbox": None, "start_ms": None}
            rows.append(
                {
                    "id": f"{document.name}-{number}",
                    "question": asked.question,
                    "answerable": bool(asked.at),
                    "answer": [asked.answer] if asked.answer else [],
                    "gold": [gold] if asked.at else [],
                    "kind": asked.near or "fact",
                }
            )
    return rows


def _write(document: Document, folder: Path) -> str:
    name = "-".join(re.findall(r"\w+", document.title.lower())[:6])
    folder.mkdir(parents=True, exist_ok=True)
    if all(is_row(sentence) for sentence in document.sentences):
        path = folder / f"{document.name}-{name}.csv"
        cells = [[c.partition(": ") for c in s.split("; ")] for s in document.sentences]
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow([title for title, _, _ in cells[0]])
            table.writerows([[value for _, _, value in row] for row in cells])
    else:
        path = folder / f"{document.name}-{name}.md"
        text = f"# {document.title}\n\n{' '.join(document.sentences)}\n"
        path.write_text(text, encoding="utf-8")
    return path.name
