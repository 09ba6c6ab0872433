"""What `mmrag classify` does with files: labels them, tells of it, compares with the truth."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.text import Text

from mmrag.cli.evaluate.options import progress
from mmrag.cli.show import out
from mmrag.cli.show_labels import (
    UNFITTED,
    fault_facts,
    file_facts,
    show_accuracy,
    show_labels,
    write_csv,
)
from mmrag.config import Settings
from mmrag.errors import InputError
from mmrag.evaluation.embeddings.report import report_folder
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.spaces import Spaces
from mmrag.tasks.accuracy import Accuracy, evaluate
from mmrag.tasks.calibration import save
from mmrag.tasks.classifiers import Classifiers
from mmrag.tasks.confusion import draw_confusion
from mmrag.tasks.contact_sheet import draw_sheets
from mmrag.tasks.label_files import LabelledFile, find_files, label_files
from mmrag.tasks.labels import labels_of
from mmrag.tasks.truth import checked_truth, read_truth, truth_of_folders

CONFUSION, EVALUATION = "confusion.png", "evaluation.json"

Truth = Mapping[Path, frozenset[str]]


@dataclass(frozen=True)
class Wanted:
    """What is to become of labels; as the options of the command."""

    csv: Path | None
    sheet: Path | None
    evaluate: bool
    truth: Path | None
    report: Path | None
    calibrate: Path | None
    top: int
    as_json: bool


def label(paths: Sequence[str], spaces: Spaces, settings: Settings, wanted: Wanted) -> bool:
    """Label files and do with the labels what is wanted; whether every file could be read.

    Raises:
        InputError: bad labels, paths, truth or places to write to, or not one file was labelled.
        KeyboardInterrupt: after what was done till then was told.
    """
    classify = settings.classify
    _check(wanted, multi_label=classify.multi_label)
    names = [label.name for label in labels_of(classify.labels)]
    classifiers = Classifiers(spaces, classify)
    files = find_files(paths)
    truth: Truth = {}
    if wanted.evaluate or wanted.calibrate:
        given = read_truth(wanted.truth) if wanted.truth else truth_of_folders(files)
        truth = checked_truth(given, names, files)
        files = [file for file in files if file.path in truth]
    if wanted.evaluate and (several := [has for has in truth.values() if len(has) > 1]):
        raise InputError(
            f"--evaluate compares one label a file, and {len(several)} files have several, such as "
            f"{', '.join(sorted(several[0]))}"
        )
    done: list[LabelledFile] = []
    interrupted = False
    with progress("classifying", len(files)) as step:
        try:
            for file in label_files(files, classifiers, settings.ingest):
                done.append(file)
                step()
        except KeyboardInterrupt:
            interrupted = True
    place = {file.path: n for n, file in enumerate(files)}
    done.sort(key=lambda file: place[file.file.path])
    labelled = [file for file in done if file.prediction]
    _check_some(done, labelled)
    compared = _compared(labelled, truth, names) if wanted.evaluate else None
    written = _written(done, truth, compared, wanted)
    if wanted.calibrate and not interrupted:  # half of the files would make another calibration
        _calibrate(labelled, truth, classifiers, wanted.calibrate)
        written.append(wanted.calibrate)
    unfitted = classify.multi_label and not all(file.calibrated for file in labelled)
    if wanted.as_json:
        facts: dict[str, Any] = {
            "labels": names,
            **({"calibrated": not unfitted} if classify.multi_label else {}),
            "files": [file_facts(file, wanted.top) for file in labelled],
            "failed": [fault_facts(file) for file in done if file.error and not file.skipped],
            "skipped": [fault_facts(file) for file in done if file.skipped],
            **({"evaluation": compared.as_dict()} if compared else {}),
        }
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        if compared is None:
            show_labels(done, wanted.top, note=UNFITTED if unfitted else "")
        else:  # what is right needs no row
            wrong = [file for file in done if not _is_right(file, truth)]
            show_labels(wrong, wanted.top)
            show_accuracy(compared)
        if written:
            out.print(Text(f"written: {', '.join(map(str, written))}", style="dim"))
    if interrupted:
        raise KeyboardInterrupt
    return not any(file.error and not file.skipped for file in done)


def _check(wanted: Wanted, *, multi_label: bool) -> None:
    """Tell before the work, which may take minutes, of what could not be done after it."""
    if wanted.evaluate and multi_label:
        raise InputError("--evaluate compares one label a file; leave --multi-label away")
    if wanted.calibrate and not multi_label:
        raise InputError("--calibrate fits labels that stand alone; add --multi-label")
    for file in (wanted.csv, wanted.sheet, wanted.calibrate):
        if file is not None and not file.absolute().parent.is_dir():
            raise InputError(f"cannot write {file}: there is no folder {file.parent}")
    if wanted.report is not None:
        require("matplotlib", extra="eval", purpose="draw a confusion matrix")
        report_folder(wanted.report)


def _check_some(done: Sequence[LabelledFile], labelled: Sequence[LabelledFile]) -> None:
    if done and not labelled:
        first = next((file for file in done if not file.skipped), done[0])
        raise InputError(
            f"none of {len(done)} files could be labelled; {first.file.shown}: {first.error}"
        )


def _is_right(file: LabelledFile, truth: Truth) -> bool:
    return bool(file.prediction) and file.prediction[0].label in truth[file.file.path]


def _compared(labelled: Sequence[LabelledFile], truth: Truth, names: Sequence[str]) -> Accuracy:
    return evaluate(
        [file.prediction for file in labelled],
        [next(iter(truth[file.file.path])) for file in labelled],
        names,
        [file.modality or Modality.TEXT for file in labelled],
    )


def _written(
    done: Sequence[LabelledFile], truth: Truth, compared: Accuracy | None, wanted: Wanted
) -> list[Path]:
    """Files that were written of what was found."""
    written: list[Path] = []
    if wanted.csv is not None:
        write_csv(done, wanted.csv, wanted.top)
        written.append(wanted.csv)
    if wanted.sheet is not None:
        single = {path: next(iter(has)) for path, has in truth.items() if len(has) == 1}
        written += draw_sheets(done, wanted.sheet, single if wanted.evaluate else None)
    if wanted.report is not None and compared is not None:
        facts, picture = wanted.report / EVALUATION, wanted.report / CONFUSION
        draw_confusion(compared, picture)
        try:
            facts.write_text(json.dumps(compared.as_dict(), indent=2) + "\n", encoding="utf-8")
        except OSError as exc:
            raise InputError(f"cannot write {facts}: {exc.strerror}") from exc
        written += [facts, picture]
    return written


def _calibrate(
    labelled: Sequence[LabelledFile], truth: Truth, classifiers: Classifiers, path: Path
) -> None:
    """Fit each modality by its own files."""
    groups: dict[Modality, list[LabelledFile]] = defaultdict(list)
    for file in labelled:
        if file.modality is not None:
            scene = file.modality is Modality.VIDEO
            groups[Modality.IMAGE if scene else file.modality].append(file)
    fitted = []
    for modality, files in groups.items():
        by = classifiers.of(modality)
        if by is not None:
            vectors = np.stack([file.vector for file in files if file.vector is not None])
            has = [truth[file.file.path] for file in files]
            fitted.append(by.classifier.calibrate(vectors, has, modality))
    save(fitted, path)
