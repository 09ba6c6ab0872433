"""How labels of files look: as a table, as CSV, as JSON."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from mmrag.cli.show import files_table, out
from mmrag.errors import InputError, printable
from mmrag.evaluation.tables import with_ends
from mmrag.tasks.accuracy import Accuracy
from mmrag.tasks.label_files import LabelledFile, LabelledPart
from mmrag.tasks.zero_shot import Prediction

DIGITS = 4
MOST = 200
"""Rows of a table on a terminal; CSV and JSON have all."""
UNFITTED = "probabilities of labels that stand alone are not calibrated: --calibrate FILE fits them"


def file_facts(file: LabelledFile, top: int) -> dict[str, Any]:
    """A labelled file in the JSON object."""
    parts = {"parts": [_part(part) for part in file.parts]} if file.parts else {}
    return {
        "path": file.file.shown,
        "modality": file.modality,
        "space": file.space,
        "labels": _rows(file.prediction[:top]),
        **parts,
    }


def fault_facts(file: LabelledFile) -> dict[str, str]:
    """A file without labels in the JSON object."""
    return {"path": file.file.shown, "reason": file.error}


def write_csv(files: Sequence[LabelledFile], path: Path, top: int) -> None:
    """A row a file: path, modality, label_1, probability_1 and so on, and why it has none.

    Raises:
        InputError: the file cannot be written.
    """
    ranks = range(1, top + 1)
    columns = [column for n in ranks for column in (f"label_{n}", f"probability_{n}")]
    try:
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(["path", "modality", *columns, "error"])
            for file in files:
                cells: list[object] = []
                for row in file.prediction[:top]:
                    cells += [row.label, round(row.probability, DIGITS)]
                cells += [""] * (len(columns) - len(cells))
                kind = file.modality.value if file.modality else ""
                writer.writerow([file.file.shown, kind, *cells, file.error])
    except OSError as exc:
        raise InputError(f"cannot write {path}: {exc.strerror}") from exc


def show_labels(files: Sequence[LabelledFile], top: int, *, note: str = "") -> None:
    """A row a file, then those that have no label and why."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("file", overflow="fold")
    table.add_column("")
    table.add_column("label")
    table.add_column("", justify="right")
    table.add_column("then", style="dim")
    labelled = [file for file in files if file.prediction]
    for file in labelled[:MOST]:
        best, *others = file.prediction[:top]
        table.add_row(
            Text(printable(file.file.shown)),
            Text(file.modality.value if file.modality else "", style="dim"),
            Text(best.label, style="bold"),
            f"{best.probability:.2f}",
            Text(", ".join(f"{row.label} {row.probability:.2f}" for row in others)),
        )
    if labelled:
        out.print(table, soft_wrap=False)
    if len(labelled) > MOST:
        out.print(Text(f"and {len(labelled) - MOST} more; --csv and --json have all", style="dim"))
    without = [
        (file.file.shown, "skipped" if file.skipped else "failed", file.error)
        for file in files
        if file.error
    ]
    if without:
        files_table(without)
    if note:
        out.print(Text(note, style="yellow"))


def show_accuracy(found: Accuracy) -> None:
    """Accuracy with its interval, and each class."""
    out.print(
        Text.assemble(
            ("accuracy ", "bold"), with_ends(found.accuracy), (f"  of {found.items} items", "dim")
        )
    )
    for name, value in found.modalities.items():
        out.print(Text(f"  {name} {with_ends(value)}"))
    for k, value in found.top.items():
        out.print(Text(f"  among the first {k}: {with_ends(value)}"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("class", "items", "precision", "recall"):
        table.add_column(name, justify="left" if name == "class" else "right")
    for row in found.classes:
        shares = ("-" if value is None else f"{value:.3f}" for value in (row.precision, row.recall))
        table.add_row(Text(row.label), str(row.items), *shares)
    out.print(table, soft_wrap=False)


def _part(part: LabelledPart) -> dict[str, Any]:
    where = part.place
    place = {"page": where.page, "start_ms": where.start_ms, "end_ms": where.end_ms}
    found = {key: value for key, value in place.items() if value is not None}
    return {**found, **_rows(part.prediction[:1])[0]}


def _rows(prediction: Prediction) -> list[dict[str, Any]]:
    return [
        {"label": row.label, "probability": round(row.probability, DIGITS)} for row in prediction
    ]
