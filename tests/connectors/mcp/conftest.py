"""Tools over the sample index, without a transport between."""

from __future__ import annotations

import pytest
from agent import Tools

from mmrag_connectors.hosting.threaded import ThreadedIndex


@pytest.fixture
def call(hosted: ThreadedIndex) -> Tools:
    """Calls tools over the sample index."""
    return Tools(hosted)
