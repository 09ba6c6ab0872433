"""Where each passage of the world lies, and what the documents of each split are."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from samples_world.places import Place, one_line

from grounding_world import baths, bees, chess, glass, trams

DOCUMENTS: dict[str, str] = {
    source: text
    for domain in (trams, glass, chess, bees, baths)
    for source, text in domain.DOCUMENTS.items()
}
SPOKEN = (".mp3", ".ogg", ".wav")


def is_spoken(source: str) -> bool:
    """Whether a document is a recording."""
    return PurePosixPath(source).suffix in SPOKEN


def lookup(places: Iterable[Place], reference: str) -> Place:
    """The place of "source | quote".

    Raises:
        LookupError: no place or more than one contains the quote.
    """
    source, _, quote = reference.partition(" | ")
    found = [p for p in places if p.source == source and one_line(quote) in one_line(p.text)]
    if len(found) != 1:
        raise LookupError(f"{source}: {len(found)} places contain {quote!r}; make it match one")
    return found[0]
