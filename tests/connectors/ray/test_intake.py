"""How files are handed to Ray: in parts, and again what a lost machine had. Ray is a stand-in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mmrag.ingest.pipeline import Run
from mmrag.ingest.report import Outcome, Quiet
from mmrag.ingest.scan import SourceFile
from mmrag.work import Work
from mmrag_connectors.ray import intake
from mmrag_connectors.ray.intake import spans
from mmrag_connectors.ray.rows import Told
from mmrag_connectors.ray.sharing import Shares

FILES = [SourceFile(Path(str(number)), str(number), 1, 1) for number in range(10)]


@pytest.mark.parametrize(
    ("count", "most", "sizes"), [(1, 4, [1]), (4, 4, [4]), (5, 4, [2, 3]), (10, 4, [3, 3, 4])]
)
def test_parts_are_of_nearly_the_same_size(count: int, most: int, sizes: list[int]) -> None:
    parts = list(spans(FILES[:count], most))
    assert [len(part) for part in parts] == sizes
    assert [file for part in parts for file in part] == FILES[:count]


class Unavailable(Exception):
    """What Ray raises of actors on a machine that does not answer."""


class Losing:
    """A cluster of two machines; one is lost when so many files are done."""

    exceptions = SimpleNamespace(ActorUnavailableError=Unavailable)

    def __init__(self, after: int, *, gone: bool = True) -> None:
        self.after, self.gone = after, gone
        self.asked: list[int] = []

    def nodes(self) -> list[dict[str, Any]]:
        """Those that are there, and the one that was."""
        there = not (self.gone and self.asked)
        return [{"NodeID": "here", "Alive": True}, {"NodeID": "there", "Alive": there}]

    def told(self, work: object, files: Sequence[SourceFile], *_: object) -> Iterator[Told]:
        """What comes of the files."""
        self.asked.append(len(files))
        for file in files[: self.after if len(self.asked) == 1 else None]:
            yield Told(Outcome(file.source, "indexed", 1), 1, 0.0)
        if len(self.asked) == 1:
            raise Unavailable


def taken_in(ray: Losing, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Sources that the run was told of, in order."""
    monkeypatch.setattr(intake, "ray_itself", lambda: ray)
    monkeypatch.setattr(intake, "_told", ray.told)
    monkeypatch.setattr(intake, "FINDS_OUT_S", 0.0)
    run = Run(Quiet(), len(FILES), {})
    intake._take_in(cast(Work, None), FILES, run, cast(Shares, None))
    return [outcome.source for outcome in run.report.outcomes]


@pytest.mark.parametrize(("after", "asked"), [(0, [10, 10]), (4, [10, 6]), (10, [10])])
def test_what_a_lost_machine_left_is_taken_in_by_the_others(
    after: int, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = Losing(after)
    assert taken_in(ray, monkeypatch) == [file.source for file in FILES]
    assert ray.asked == asked


def test_where_no_machine_is_lost_it_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = Losing(4, gone=False)
    with pytest.raises(Unavailable):
        taken_in(ray, monkeypatch)
    assert ray.asked == [10]
