"""A file of predictions: what each item is, what a classifier called it, and whose it is.

CSV with a header, or JSON lines, as `mmrag classify --csv` writes them, with the truth added:

    item,truth,predicted,group,probability
    pictures/0001.png,circle,circle,red,0.91

`probability` (of the predicted label, 0..1) may be left out, and `group` where a file of groups
gives it. An item may stand in several rows; it is drawn with all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrag.errors import InputError
from mmrag.evaluation.fairness.files import rows_of, text_of

ITEM = ("item", "source")
PREDICTED = ("predicted", "label")


@dataclass(frozen=True)
class Prediction:
    """One row.

    Attributes:
        group: empty if none is known.
        probability: of the predicted label; None where the file has none.
    """

    item: str
    truth: str
    predicted: str
    group: str = ""
    probability: float | None = None


def read_predictions(path: Path, groups: Mapping[str, str] | None = None) -> list[Prediction]:
    """Read a file of predictions.

    Args:
        groups: by item, in place of those of the file.

    Raises:
        InputError: the file is missing, empty or has not these columns; a row has no truth or no
            prediction, a probability that is none, or an item another group than before; only some
            rows have a probability; or there are fewer than two groups.
    """
    columns: list[tuple[str, ...]] = [ITEM, ("truth",), PREDICTED]
    if groups is None:
        columns.append(("group",))
    of: dict[str, str] = {}
    rows: list[Prediction] = []
    for number, row in rows_of(path, columns):
        found = _prediction(f"{path}, line {number}", row, groups)
        if of.setdefault(found.item, found.group) != found.group:
            raise InputError(
                f"{path}, line {number}: {found.item} is in the group {found.group!r}, and was in "
                f"{of[found.item]!r} before"
            )
        rows.append(found)
    if not rows:
        raise InputError(f"{path} holds no predictions")
    given = sum(row.probability is not None for row in rows)
    if 0 < given < len(rows):
        raise InputError(
            f"{path} has a probability in {given} of {len(rows)} rows; give all or none"
        )
    names = {row.group for row in rows if row.group}
    if len(names) < 2:
        raise InputError(
            f"the {len(rows)} predictions of {path} are of "
            f"{f'one group, {min(names)!r}' if names else 'no group'}; there is nothing to compare"
        )
    return rows


def _prediction(place: str, row: Mapping[str, Any], groups: Mapping[str, str] | None) -> Prediction:
    item, truth, predicted = text_of(row, *ITEM), text_of(row, "truth"), text_of(row, *PREDICTED)
    empty = [
        name
        for name, value in (("item", item), ("truth", truth), ("predicted", predicted))
        if not value
    ]
    if empty:
        raise InputError(f"{place}: it has no {' and no '.join(empty)}")
    group = text_of(row, "group") if groups is None else groups.get(item, "")
    said = text_of(row, "probability")
    if not said:
        return Prediction(item, truth, predicted, group)
    try:
        value = float(said)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise InputError(f"{place}: a probability is a number from 0 to 1, found {said!r}")
    return Prediction(item, truth, predicted, group, value)
