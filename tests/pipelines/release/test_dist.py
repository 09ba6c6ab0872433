"""What a wheel must hold and must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.release.dist import PRESENT, REPOSITORY, wrong_in

README = "# mmrag\n\nAsk your documents.\n"
METADATA = (
    f"Metadata-Version: 2.4\nName: mmrag\nDescription-Content-Type: text/markdown\n\n{README}"
)
NAMES = [*PRESENT, "mmrag/__init__.py", "mmrag-1.0.dist-info/METADATA"]


def test_a_wheel_as_it_should_be() -> None:
    assert wrong_in(NAMES, METADATA, README) == []


@pytest.mark.parametrize("name", PRESENT)
def test_whatever_is_missing_is_named(name: str) -> None:
    assert wrong_in([n for n in NAMES if n != name], METADATA, README) == [f"lacks {name}"]


@pytest.mark.parametrize(
    "name", ["tests/test_x.py", "pipelines/x.py", "notebooks/01.ipynb", "mmrag/__pycache__/x.pyc"]
)
def test_whatever_is_too_much_is_named(name: str) -> None:
    assert f"holds {name}" in wrong_in([*NAMES, name], METADATA, README)


def test_a_description_that_is_not_the_readme() -> None:
    assert wrong_in(NAMES, METADATA, "# another\n") == [
        "describes itself otherwise than README.md does"
    ]
    plain = METADATA.replace("text/markdown", "text/plain")
    assert wrong_in(NAMES, plain, README) == ["describes itself as text/plain, not Markdown"]


def test_what_must_be_there_is_in_the_tree() -> None:
    roots = (REPOSITORY, Path(REPOSITORY) / "connectors")
    assert [n for n in PRESENT if not any((root / n).is_file() for root in roots)] == []
