"""Fitted sigmoids of the labels of a classification, kept in a small JSON file."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.tasks.platt import Sigmoid, fit


@dataclass(frozen=True)
class Calibration:
    """What makes probabilities of one model's margins for one modality.

    Attributes:
        model, templates, scale: with which the margins were made; of others they mean something
            else.
        sigmoids: by label.
        items: how many it was fitted on.
    """

    modality: Modality
    model: str
    templates: tuple[str, ...]
    scale: float
    sigmoids: Mapping[str, Sigmoid]
    items: int

    @classmethod
    def fitted(
        cls,
        margins: NDArray[np.float64],
        truth: Sequence[Collection[str]],
        names: Sequence[str],
        *,
        modality: Modality,
        model: str,
        templates: tuple[str, ...],
        scale: float,
    ) -> Calibration:
        """Fit a sigmoid a label.

        Args:
            margins: (n, labels).
            truth: for each of the n items, its labels.

        Raises:
            InputError: a label that no item has, or every one.
        """
        sigmoids = {}
        for column, name in enumerate(names):
            try:
                sigmoids[name] = fit(margins[:, column], [name in has for has in truth])
            except InputError as exc:
                raise InputError(f"label {name!r}, {modality.value}: {exc}") from exc
        return cls(modality, model, templates, scale, sigmoids, len(truth))

    def check(
        self, names: Sequence[str], model: str, templates: tuple[str, ...], scale: float
    ) -> None:
        """Raise InputError if it was fitted with another model, other templates or labels."""
        pairs = (
            ("model", self.model, model),
            ("scale", round(self.scale, 4), round(scale, 4)),
            ("templates", self.templates, templates),
            ("labels", sorted(self.sigmoids), sorted(names)),
        )
        for what, fitted, used in pairs:
            if fitted != used:
                raise InputError(
                    f"the calibration for {self.modality.value} was fitted with the {what} "
                    f"{fitted}, not {used}; calibrate again"
                )


def save(calibrations: Sequence[Calibration], path: Path) -> None:
    """Write them.

    Raises:
        InputError: the file cannot be written.
    """
    rows = [
        {
            "modality": row.modality.value,
            "model": row.model,
            "templates": list(row.templates),
            "scale": row.scale,
            "items": row.items,
            "sigmoids": {n: [s.slope, s.intercept] for n, s in row.sigmoids.items()},
        }
        for row in calibrations
    ]
    try:
        path.write_text(json.dumps({"calibrations": rows}, indent=2) + "\n", encoding="utf-8")
    except OSError as exc:
        raise InputError(f"cannot write {path}: {exc.strerror}") from exc


def load(path: Path) -> tuple[Calibration, ...]:
    """What `save` wrote.

    Raises:
        InputError: no such file, or not one of these.
    """
    try:
        tree: Any = json.loads(path.read_text(encoding="utf-8"))
        return tuple(_row(row) for row in tree["calibrations"])
    except OSError as exc:
        raise InputError(f"cannot read {path}: {exc.strerror}") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise InputError(
            f"{path} is no file of mmrag classify --calibrate ({type(exc).__name__}: {exc})"
        ) from exc


def _row(row: Any) -> Calibration:  # noqa: ANN401
    sigmoids = {str(n): Sigmoid(float(s), float(i)) for n, (s, i) in row["sigmoids"].items()}
    if not all(math.isfinite(s.slope + s.intercept) for s in sigmoids.values()):
        raise ValueError("a slope or intercept is no finite number")
    return Calibration(
        Modality(row["modality"]),
        str(row["model"]),
        tuple(map(str, row["templates"])),
        float(row["scale"]),
        sigmoids,
        int(row["items"]),
    )
