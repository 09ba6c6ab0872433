"""Candidates that stand for others: copies of a file, the same picture again, one long sound.

Exact copies are told by what was indexed: the same place in files of the same SHA-256. Others are
told by their vectors in the spaces of pictures and sounds, from a cosine that has to be chosen for
the model. With the tiny model of this project, 576 drawings of 96 things, six of each: copies saved
again as JPEG of quality 90 keep a cosine above 0.998 to the original; different drawings of one
thing come up to 0.9986. At 0.999 no drawing was taken for another, and 99 % of these copies were
recognised (56 % of those that were halved and then saved with quality 75); at 0.99 nearly all were,
and one pair of drawings in 30 as well. So this is off unless a cosine is given.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mmrag.modalities import Modality
from mmrag.retrieval.likeness import Likeness
from mmrag.retrieval.shortlist import Candidate
from mmrag.schema import (
    BBOX,
    CHUNK,
    END_MS,
    FIELDS,
    METADATA,
    MODALITY,
    PAGE,
    SHA256,
    SIDECAR,
    SOURCE,
    START_MS,
    SUBTITLES,
    TENANT,
    VIA,
)

_BESIDE = (SIDECAR, SUBTITLES)
"""Where words come from that are not in the file whose SHA-256 a node has."""
DIGITS = 64
"""Of a SHA-256; what is shorter is some other mark and tells nothing of the content."""


def exact(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each content once: the best candidate of equal ones stands for the others."""
    first: dict[Hashable, int] = {}
    leaders: list[int] = []
    for row, candidate in enumerate(candidates):
        content = _content(candidate.payload)
        leaders.append(row if content is None else first.setdefault(content, row))
    return _led(candidates, leaders)


def similar(
    candidates: Sequence[Candidate], *, above: float, spaces: Collection[str]
) -> list[Candidate]:
    """Each picture once, and each sound or scene of a recording once.

    What looks or sounds like a better candidate of the same modality is left to it: from another
    file in any case, from the same file only what touches its time, or the time of something left
    to it already. Pages of one document stay.

    Args:
        candidates: with their vectors.
        above: cosine from which two are alike, in every one of `spaces` that both have.
    """
    likeness = Likeness([c.vectors for c in candidates], spaces=spaces, judge="least")
    leaders = list(range(len(candidates)))
    for row, candidate in enumerate(candidates):
        if leaders[row] != row or not _is_media(candidate.payload):
            continue
        cosines = likeness.to(row)
        alike = [
            later
            for later in range(row + 1, len(candidates))
            if leaders[later] == later
            and cosines[later] >= above
            and candidates[later].payload.get(MODALITY) == candidate.payload.get(MODALITY)
        ]
        for later in _left_to(candidates, row, alike):
            leaders[later] = row
    return _led(candidates, leaders)


def places_of(copies: Sequence[Candidate]) -> list[dict[str, Any]]:
    """Where copies stand, in the form in which a hit tells of them."""
    keys = (SOURCE, PAGE, START_MS, END_MS)
    return [{key: copy.payload.get(key) for key in keys} for copy in copies]


def _content(payload: Mapping[str, Any]) -> Hashable | None:
    """What is equal for equal content; None where the node does not say what file it is of."""
    digest = str(payload.get(SHA256) or "")
    if len(digest) != DIGITS or payload.get(CHUNK) is None or payload.get(VIA) in _BESIDE:
        return None
    place = [payload.get(key) for key in (CHUNK, MODALITY, PAGE, START_MS, END_MS)]
    if payload.get(VIA) == METADATA:  # a sidecar may say otherwise of a copy
        place += [str(payload.get(name)) for name in payload.get(FIELDS) or ()]
    return (payload.get(TENANT), digest, *place, tuple(payload.get(BBOX) or ()))


def _is_media(payload: Mapping[str, Any]) -> bool:
    return payload.get(MODALITY) not in (None, Modality.TEXT.value)


def _left_to(candidates: Sequence[Candidate], row: int, alike: Sequence[int]) -> list[int]:
    """Which of the candidates that are like one are left to it."""
    source = candidates[row].payload.get(SOURCE)
    own = [n for n in alike if candidates[n].payload.get(SOURCE) == source]
    left = [n for n in alike if candidates[n].payload.get(SOURCE) != source]
    start, end = _times(candidates[row].payload)
    grown = True
    while grown and start is not None and end is not None:
        grown = False
        for near in own:
            first, last = _times(candidates[near].payload)
            if near in left or first is None or last is None or first > end or last < start:
                continue
            left.append(near)
            start, end, grown = min(start, first), max(end, last), True
    return left


def _times(payload: Mapping[str, Any]) -> tuple[int | None, int | None]:
    return payload.get(START_MS), payload.get(END_MS)


def _led(candidates: Sequence[Candidate], leaders: Sequence[int]) -> list[Candidate]:
    """Leaders in their order, each with the candidates that it stands for, and with theirs."""
    followers: dict[int, list[Candidate]] = {}
    for row, leader in enumerate(leaders):
        if leader != row:
            own = candidates[row]
            followers.setdefault(leader, []).extend((replace(own, copies=()), *own.copies))
    return [
        replace(candidate, copies=(*candidate.copies, *followers.get(row, ())))
        for row, candidate in enumerate(candidates)
        if leaders[row] == row
    ]
