"""What the command sees to before any of its commands runs."""

from __future__ import annotations

import gc
import sys

import pytest

from mmrag.cli import main


def test_imports_are_seldom_looked_through_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "TOKENIZERS_PARALLELISM",
        "HF_HUB_DISABLE_PROGRESS_BARS",
        "TRANSFORMERS_VERBOSITY",
    ):
        monkeypatch.setenv(name, "as it was")  # what is set is not set anew, and nothing stays
    monkeypatch.setattr(sys, "argv", ["mmrag", "--help"])
    before = gc.get_threshold()
    try:
        with pytest.raises(SystemExit):
            main()
        assert gc.get_threshold() == (50_000, *before[1:])
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
