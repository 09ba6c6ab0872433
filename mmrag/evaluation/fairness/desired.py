"""The shares of attention that groups should have: those of the corpus, equal ones, or given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from mmrag.errors import InputError
from mmrag.evaluation.fairness.groups import Groups
from mmrag.evaluation.fairness.measures import Desired

Wish = Literal["corpus", "documents", "uniform"]
WISHES: tuple[Wish, ...] = get_args(Wish)


def desired_shares(groups: Groups, wish: Wish) -> Desired:
    """What each labelled group should have, as shares that sum to 1.

    Args:
        wish: "corpus" is the group's share of the places, which is what a search that picks by
            chance would show; "documents" its share of the documents, however long; "uniform" the
            same for all. Where no index was looked at, the corpus is its documents.
    """
    if wish == "uniform":
        return dict.fromkeys(groups.names, 1 / len(groups.names))
    counts = groups.documents if wish == "documents" or not groups.places else groups.places
    total = sum(counts.values())
    return {name: counts[name] / total for name in groups.names}


def given_shares(groups: Groups, pairs: Sequence[str]) -> Desired:
    """Shares as somebody wrote them: ["reports=0.7", "letters=0.3"].

    Raises:
        InputError: a pair is none, a group has no share above 0 or is unknown, or they do not sum
            to 1.
    """
    shares: dict[str, float] = {}
    for pair in pairs:
        name, _, value = pair.rpartition("=")
        try:
            share = float(value)
        except ValueError:
            share = math.nan
        if not name or not 0 < share < 1:
            raise InputError(
                f"a desired share is GROUP=SHARE with a share between 0 and 1, found {pair!r}"
            )
        shares[name] = share
    _fit(shares, groups)
    total = sum(shares.values())
    if not math.isclose(total, 1, abs_tol=1e-3):
        raise InputError(f"the desired shares must sum to 1, found {total:g}")
    return {name: shares[name] / total for name in groups.names}


def _fit(shares: Mapping[str, float], groups: Groups) -> None:
    missing = [name for name in groups.names if name not in shares]
    unknown = [name for name in shares if name not in groups.names]
    if missing or unknown:
        wrong = [
            *([f"none is given for {', '.join(missing)}"] if missing else []),
            *([f"there is no group {', '.join(unknown)}"] if unknown else []),
        ]
        raise InputError(f"every group needs a desired share: {'; '.join(wrong)}")
