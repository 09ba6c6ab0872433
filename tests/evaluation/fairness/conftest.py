"""The world of two colours, made once."""

from __future__ import annotations

import pytest
from fairness_world import World, two_colours


@pytest.fixture(scope="session")
def world() -> World:
    return two_colours()
