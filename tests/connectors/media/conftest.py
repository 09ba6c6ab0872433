"""Sources as an index finds them, of files made here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmrag.modalities import FILE_KINDS, of_mimetype
from mmrag_connectors.hosting.calls import FoundSource

BY_SUFFIX = {suffix: kind for kind in FILE_KINDS.values() for suffix in kind.suffixes}


@pytest.fixture(scope="session")
def found() -> Callable[..., FoundSource]:
    """What is found behind an id, for a file: found(path, page=2, bbox=…)."""

    def make(path: Path, **place: Any) -> FoundSource:
        mimetype = place.pop("mimetype", None) or BY_SUFFIX[path.suffix].mimetype
        row = {"modality": of_mimetype(mimetype).value, "fresh": True, "sha256": "0" * 64, **place}
        return FoundSource("id", "document", path.name, path, mimetype=mimetype, **row)

    return make
