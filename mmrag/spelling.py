"""What somebody meant by a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What to put behind an unknown name in a message: " (did you mean 'offline'?)", or nothing.

    Args:
        known: the names that there are; case does not count.
    """
    from difflib import get_close_matches  # wanted only when something went wrong

    by_folded = {one.casefold(): one for one in known}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return f" (did you mean {by_folded[found[0]]!r}?)" if found else ""
