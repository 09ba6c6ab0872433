"""Copy a collection from one engine to another: whole points, in the order of their ids.

Until all of it is there, compared and equal, the mark of an unfinished copy stands where the
manifest will; one operation puts the manifest in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from mmrag.errors import IndexMismatch, InvalidPoint, StoreError
from mmrag.store.comparing import (
    PAGE,
    Comparison,
    Told,
    compare,
    content_count,
    contents,
)
from mmrag.store.manifest import MANIFEST_ID, Manifest, write_manifest
from mmrag.store.spec import Engine, Point
from mmrag.store.unfinished import Unfinished

PAGES_A_FLUSH = 16
"""Until it is flushed, the embedded engine keeps all that is written in its log as well."""
ROUNDS = 3
"""Comparisons after which a source that is never like its copy is taken for one that changes."""


@dataclass(frozen=True)
class Copied:
    """What became of a copy.

    Attributes:
        comparison: the last one, which found both sides equal.
        resumed: points that an earlier run had copied.
        mended: points that were written, or deleted, once more, because the source had changed
            since they were copied.
    """

    comparison: Comparison
    resumed: int
    mended: int


class Migration:
    """Copies into a collection that is new, or that was left unfinished by the same copy.

    The source is only read.

    Args:
        mark: from where to where.
        told: of the progress.
    """

    def __init__(self, source: Engine, target: Engine, mark: Unfinished, told: Told) -> None:
        self._source, self._target, self._told = source, target, told
        self._mark = mark

    def begin(self) -> None:
        """Mark the target as unfinished, or find where an earlier run ended.

        A target that holds no points is as good as new: it may have been made by a run that was cut
        off before its mark, and be opened since, which gave it a manifest.

        Raises:
            StoreError: it holds something else; nothing was written.
            IndexMismatch: its spaces are others; nothing was written.
        """
        found = self._target.retrieve([MANIFEST_ID])
        mark = Unfinished.from_point(found[0]) if found else None
        if mark is None:
            if held := content_count(self._target):
                raise StoreError(
                    f"{self._mark.destination} holds points already, {held} of them, and is no "
                    "unfinished copy; name another place, or compare both with --verify-only"
                )
        elif mark.origin != self._mark.origin:
            raise StoreError(
                f"{self._mark.destination} is an unfinished copy of {mark.origin}, not of "
                f"{self._mark.origin}; finish that one with: {mark.command}; or name another place"
            )
        if foreign := self._target.spaces.keys() - self._source.spaces.keys():
            raise IndexMismatch(
                f"{self._mark.destination} has a space {min(foreign)!r}, which the source does "
                "not have; name another place"
            )
        if mark is None:
            self._write([], self._mark)
        else:
            self._mark = mark
        for space in self._source.spaces.values():
            self._target.add_space(space)

    def copy(self) -> Copied:
        """Copy what is not there yet, then compare both sides and mend until they are equal.

        Raises:
            StoreError: an engine failed; what is copied stays, and `begin` finds it. Or the
                source changed each time while it was compared.
        """
        resumed, mended = self._mark.copied, 0
        with self._resumable():
            self._copy()
        for _ in range(ROUNDS):
            with self._resumable():
                found = compare(
                    self._source, self._target, mend=self._target.upsert, told=self._told
                )
                if found.equal:
                    return Copied(found, resumed, mended)
                mended += len(found.differing) + found.surplus
                if found.surplus:
                    self._delete_surplus()
        raise StoreError(
            f"{self._mark.destination} is unlike {self._mark.origin} after {ROUNDS} comparisons, "
            f"the last time in {len(found.differing)} points that were then written again and "
            f"{found.surplus} too many; stop what writes to either of them and run it again"
        )

    def finish(self, manifest: Manifest | None) -> None:
        """Make the codes that the source has beside its vectors, and let the target be opened.

        Args:
            manifest: None if the source has none.
        """
        codes = dict(self._source.quantization)
        if dict(self._target.quantization) != codes:
            self._target.quantize(codes)
        self._target.flush()
        if manifest is None:
            self._target.delete(ids=[MANIFEST_ID])
        else:
            write_manifest(self._target, manifest)

    def _copy(self) -> None:
        total = content_count(self._source)
        number = 0
        while not self._mark.complete:
            page, following = self._source.scroll(
                limit=PAGE, offset=self._mark.following, with_vectors=True
            )
            points = contents(page)
            done = self._mark.copied + len(points)
            self._write(
                points,
                replace(self._mark, copied=done, following=following, complete=following is None),
            )
            number += 1
            if number % PAGES_A_FLUSH == 0:
                self._target.flush()
            self._told("copying", self._mark.copied, total)

    def _write(self, points: list[Point], mark: Unfinished) -> None:
        # one operation: a mark never tells of points that are not there
        self._target.upsert([*points, mark.to_point(MANIFEST_ID)])
        self._mark = mark

    def _delete_surplus(self) -> None:
        offset: str | None = None
        while True:
            page, offset = self._target.scroll(limit=PAGE, offset=offset)
            ids = [point.id for point in contents(page)]
            known = {point.id for point in self._source.retrieve(ids)}
            self._target.delete(ids=[id for id in ids if id not in known])
            if offset is None:
                return

    @contextmanager
    def _resumable(self) -> Iterator[None]:
        try:
            yield
        except InvalidPoint as error:
            raise StoreError(
                f"{self._mark.origin} has a point that cannot be copied: {error}; nothing there "
                "was changed, and the copy stays unfinished"
            ) from error
        except StoreError as error:
            raise StoreError(
                f"{error}; {self._mark.copied} points are copied, and the same command goes on "
                "from there"
            ) from error
