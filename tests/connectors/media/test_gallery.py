"""The gallery: pictures made once, kept within bounds, by the version of their file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from anyio import to_thread
from PIL import Image

from mmrag.limits import DEFAULT
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.media import gallery
from mmrag_connectors.media.files import FileGone
from mmrag_connectors.media.gallery import THREADS, Gallery, tag_of

Make = Callable[..., FoundSource]


@pytest.fixture
def source(found: Make, tmp_path: Path) -> FoundSource:
    path = tmp_path / "a.png"
    Image.new("RGB", (64, 64), "red").save(path)
    return found(path)


def test_the_same_picture_is_made_once(source: FoundSource) -> None:
    async def twice() -> bool:
        kept = Gallery(DEFAULT)
        first = await kept.picture("preview", source, 64)
        same = await kept.picture("preview", source, 64) is first
        assert (await kept.picture("thumbnail", source, 32)).content != first.content
        with pytest.raises(FileGone):
            await kept.picture("preview", replace(source, path=None), 64)
        return same

    assert asyncio.run(twice())


def test_the_oldest_leave_first(source: FoundSource) -> None:
    async def made() -> list[bool]:
        size = len((await Gallery(DEFAULT).picture("preview", source, 64)).content)
        kept = Gallery(DEFAULT, kept_bytes=2 * size)
        sources = [replace(source, id=str(number)) for number in range(3)]
        before = [await kept.picture("preview", each, 64) for each in sources[:2]]
        await kept.picture("preview", sources[0], 64)  # looked at again
        await kept.picture("preview", sources[2], 64)
        return [
            await kept.picture("preview", each, 64) is old
            for each, old in zip(sources, before, strict=False)
        ]

    assert asyncio.run(made()) == [True, False]


def test_what_is_larger_than_all_that_is_kept_is_made_anyway(source: FoundSource) -> None:
    made = asyncio.run(Gallery(DEFAULT, kept_bytes=1).picture("preview", source, 64))
    assert made.content


def test_a_tag_tells_version_place_and_size(source: FoundSource) -> None:
    others = [
        tag_of("preview", source, 64),
        tag_of("thumbnail", source, 64),
        tag_of("preview", source, 65),
        *(
            tag_of("preview", replace(source, **change), 64)  # type: ignore[arg-type]  # any field
            for change in (
                {"sha256": "1" * 64},
                {"id": "other"},
                {"page": 2},
                {"bbox": (0.0, 0.0, 0.5, 0.5)},
                {"start_ms": 7},
                {"frame_ms": 7},
            )
        ),
    ]
    assert len(set(others)) == len(others)
    assert tag_of("preview", replace(source, text="said"), 64) == others[0]


def test_few_are_made_at_once(source: FoundSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others wait for a thread of the gallery's own, and leave those of everybody else alone."""
    begun, end = threading.Semaphore(0), threading.Event()

    def slow(*_: object, **__: object) -> gallery.Picture:
        begun.release()
        assert end.wait(20)
        return gallery.Picture(b"", "image/jpeg")

    monkeypatch.setitem(gallery._MAKERS, "preview", slow)

    async def many() -> tuple[int, int]:
        kept = Gallery(DEFAULT)
        wanted = (replace(source, id=str(n)) for n in range(3 * THREADS))
        tasks = [asyncio.create_task(kept.picture("preview", each, 64)) for each in wanted]
        try:
            for _ in range(THREADS):
                assert await asyncio.to_thread(begun.acquire, timeout=20)
            everybodys = to_thread.current_default_thread_limiter()
            return kept._threads.statistics().tasks_waiting, int(everybodys.borrowed_tokens)
        finally:
            end.set()
            await asyncio.gather(*tasks)

    assert asyncio.run(many()) == (2 * THREADS, 0)
