"""What somebody meant by a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearly this one, as it is spelt there; case does not count."""
    from difflib import get_close_matches  # wanted only when something went wrong

    by_folded = {one.casefold(): one for one in known}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What to put behind an unknown name in a message: " (did you mean 'offline'?)", or nothing.

    Args:
        known: the names that there are; case does not count.
    """
    meant = closest(name, known)
    return "" if meant is None else f" (did you mean {meant!r}?)"
