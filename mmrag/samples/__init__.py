"""The sample archive that ships with mmrag, and questions about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ARCHIVE = HERE / "archive"
QUESTIONS = HERE / "questions.jsonl"

DEMO_QUESTIONS = (
    "What was the highest gust in the storm of February 1956?",
    "How many chickens were kept behind the kitchen?",
    "How do I change the toner cartridge of an office printer?",
)
"""One answered by a page, one by a recording, one that the archive cannot answer."""


def questions(split: str | None = None) -> Iterator[dict[str, Any]]:
    """The questions of a split ("dev" or "test"), or all; README.md describes the fields."""
    with QUESTIONS.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if split in (None, row["split"]):
                yield row
