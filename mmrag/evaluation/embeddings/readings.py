"""What each measure of a space means, one line a measure, and which values are alarming."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mmrag.evaluation.embeddings.pairs import Pairs
from mmrag.evaluation.embeddings.quality import (
    Agreement,
    EmbeddingQuality,
    Gap,
    Shape,
    SpaceQuality,
)
from mmrag.modalities import Modality

FEW = 50
"""Items below which nothing is called alarming: chance alone gives odd numbers there."""
FEW_PAIRS = 30
CONE, ONE_AXIS, HUBS, UNSEEN, APART, STRANGERS = 0.9, 0.5, 2.0, 0.5, 0.5, 0.9
"""Limits above which values are alarming; chosen, not fitted."""


@dataclass(frozen=True)
class Reading:
    """A measure of a space: its name, its value, how to read it, where it comes from."""

    name: str
    value: Callable[[SpaceQuality], float | None]
    reading: str
    source: str


READINGS = (
    Reading(
        "average distance",
        lambda space: space.shape.mean_distance,
        "cosine distance of two random items: 0 = all alike, 1 = at right angles",
        "",
    ),
    Reading(
        "anisotropy",
        lambda space: space.shape.anisotropy,
        f"mean cosine of random items: 0 = every direction used, 1 = a single one; above {CONE} "
        "items can hardly be told apart",
        "Ethayarajh 2019",
    ),
    Reading(
        "first axis",
        lambda space: space.shape.first_axis,
        "share of all differences along one axis: near 0 = round, 1 = a line; above "
        f"{ONE_AXIS} one property rules",
        "Ethayarajh 2019",
    ),
    Reading(
        "uniformity",
        lambda space: space.shape.uniformity,
        "0 = all in one place, -4 = all over the sphere; above -1 the space is crowded",
        "Wang and Isola 2020",
    ),
    Reading(
        "alignment",
        lambda space: space.alignment,
        "squared distance of neighbours in a document: 0 = the same vector, twice the average "
        "distance = no closer than strangers",
        "Wang and Isola 2020",
    ),
    Reading(
        "silhouette",
        lambda space: space.shape.silhouette,
        "k-means clusters: 0 = none, 1 = far apart; above 0.25 there are topics",
        "Rousseeuw 1987",
    ),
    Reading(
        "hubness",
        lambda space: space.shape.hubness,
        "skewness of how often an item is a neighbour: 0 = evenly; above "
        f"{HUBS:g} a few items turn up everywhere",
        "Radovanović et al. 2010",
    ),
    Reading(
        "never found",
        lambda space: space.shape.never_found,
        f"share of items that are no other's neighbour: 0 = none; above {UNSEEN} most are hidden",
        "Radovanović et al. 2010",
    ),
)
GAP_READING = (
    f"0 = the kinds lie together, 0.8 = CLIP's pictures and captions; above {APART} their raw "
    "scores are on different scales (Liang et al. 2022)"
)
PAIRS_READING = "0 = the same vector; as far as strangers = the space sees nothing in common"
AGREEMENT_READING = (
    "1 = the same neighbours, so one of the spaces adds little; chance = unrelated, so one of them "
    "may be noise"
)


@dataclass(frozen=True)
class _Alarm:
    when: Callable[[Shape], bool]
    words: str


_ALARMS = (
    _Alarm(
        lambda shape: (shape.anisotropy or 0) > CONE,
        "collapsed: two random items have cosine {0.anisotropy:.2f}, so the order of its hits is "
        "decided by very little; look at the model and its preprocessing",
    ),
    _Alarm(
        lambda shape: (shape.first_axis or 0) > ONE_AXIS,
        "one axis makes {0.first_axis:.0%} of all differences, so that one property ranks the hits",
    ),
    _Alarm(
        lambda shape: (shape.hubness or 0) > HUBS,
        "strong hubs (skewness {0.hubness:.1f}): the same few items turn up whatever is asked, and "
        "{0.never_found:.0%} are nobody's neighbour; look for boilerplate among them",
    ),
    _Alarm(
        lambda shape: (shape.never_found or 0) > UNSEEN,
        "{0.never_found:.0%} of the items are nobody's neighbour, and so hard to find",
    ),
)


def alarms(quality: EmbeddingQuality) -> list[str]:
    """What is alarming, a line each, worded as what it means for search."""
    found = []
    for space in quality.spaces:
        # where there are passages, kinds lie apart by what they say, not by who encoded them
        gaps = () if Modality.TEXT.value in space.kinds else space.gaps
        lines = [*_of_shape(space), *map(_of_gap, gaps), *map(_of_pairs, space.pairs)]
        found += [f"{space.space}: {line}" for line in lines if line]
    return found


def gap_line(gap: Gap) -> str:
    """One gap in words."""
    return f"{gap.one} to {gap.other}: {gap.distance:.2f}"


def pairs_line(pairs: Pairs) -> str:
    """One sort of pair in words."""
    strangers = "" if pairs.strangers is None else f"; strangers {pairs.strangers:.2f}"
    return f"{pairs.sort}: {pairs.alignment:.2f} ({pairs.count} pairs{strangers})"


def agreement_line(agreement: Agreement) -> str:
    """The agreement of two spaces in words."""
    both = f"{agreement.one} and {agreement.other}"
    if agreement.overlap is None:
        return f"{both}: {agreement.items} items have both, too few to compare"
    return (
        f"{both}: {agreement.overlap:.2f} of the {agreement.k} nearest, Jaccard "
        f"{agreement.jaccard:.2f} ({agreement.items} items; chance {agreement.chance:.2f})"
    )


def _of_shape(space: SpaceQuality) -> Iterator[str]:
    if space.sampled >= FEW:
        for alarm in _ALARMS:
            if alarm.when(space.shape):
                yield alarm.words.format(space.shape)


def _of_gap(gap: Gap) -> str:
    if gap.items < FEW or gap.distance <= APART:
        return ""
    return (
        f"{gap.one} and {gap.other} lie {gap.distance:.2f} apart, so their raw scores are on "
        "different scales; calibrated fusion (the default) allows for it, sorting by raw score "
        "would not"
    )


def _of_pairs(pairs: Pairs) -> str:
    if pairs.strangers is None or pairs.count < FEW_PAIRS:
        return ""
    if pairs.alignment <= STRANGERS * pairs.strangers:
        return ""
    return (
        f"{pairs.sort}: hardly closer ({pairs.alignment:.2f}) than strangers "
        f"({pairs.strangers:.2f}); it sees little of what such pairs have in common"
    )
