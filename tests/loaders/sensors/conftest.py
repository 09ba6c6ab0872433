"""Files of sensors, made for a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

TITLES = "time,ax,ay,az,gx,gy,gz"


@pytest.fixture
def motion_file(tmp_path: Path) -> Callable[..., Path]:
    """motion_file(time, values=…, titles=…, name=…): a table of a motion recording."""

    def make(
        time: NDArray[np.float64],
        values: NDArray[np.float64] | None = None,
        *,
        titles: str = TITLES,
        name: str = "walk.csv",
    ) -> Path:
        if values is None:
            values = np.random.default_rng(3).normal(size=(len(time), 6))
        columns = np.column_stack([time, values])
        path = tmp_path / name
        np.savetxt(path, columns, "%.6f", delimiter=",", header=titles, comments="")
        return path

    return make
