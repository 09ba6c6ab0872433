"""How files are handed to Ray: in parts, for it keeps all that it is given at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmrag.ingest.scan import SourceFile
from mmrag_connectors.ray.intake import spans

FILES = [SourceFile(Path(str(number)), str(number), 1, 1) for number in range(10)]


@pytest.mark.parametrize(
    ("count", "most", "sizes"), [(1, 4, [1]), (4, 4, [4]), (5, 4, [2, 3]), (10, 4, [3, 3, 4])]
)
def test_parts_are_of_nearly_the_same_size(count: int, most: int, sizes: list[int]) -> None:
    parts = list(spans(FILES[:count], most))
    assert [len(part) for part in parts] == sizes
    assert [file for part in parts for file in part] == FILES[:count]
