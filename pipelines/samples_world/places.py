"""Where each passage of the sample folder lies, so that gold answers are measured, not typed in."""

from collections.abc import Iterable
from dataclasses import dataclass

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """One passage: its file, its words and, where the format has them, page, box and time span.

    `bbox` holds fractions 0..1 of the page with the origin at the top left.
    """

    source: str
    text: str
    page: int | None = None
    bbox: Box | None = None
    start_ms: int | None = None
    end_ms: int | None = None

    def as_gold(self) -> dict[str, object]:
        """The place as one `gold` entry of questions.jsonl."""
        return {
            "source": self.source,
            "page": self.page,
            "bbox": None if self.bbox is None else [round(edge, 4) for edge in self.bbox],
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
        }


def one_line(text: str) -> str:
    """The text with every run of white space turned into one blank."""
    return " ".join(text.split())


def find(places: Iterable[Place], source: str, quote: str) -> Place:
    """The one place of `source` that contains `quote`.

    Raises LookupError when no place or more than one place does.
    """
    wanted = one_line(quote)
    found = [p for p in places if p.source == source and wanted in one_line(p.text)]
    if len(found) != 1:
        raise LookupError(f"{source}: {len(found)} places contain {quote!r}; make it match one")
    return found[0]
