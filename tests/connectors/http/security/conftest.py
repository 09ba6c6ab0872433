"""One server with documents of two tenants for all tests of security."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from two_tenants import House, house_in


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Tests may add what they name after themselves, and change nothing else."""
    with house_in(tmp_path_factory.mktemp("house")) as made:
        yield made
