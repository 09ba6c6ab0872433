"""Citations in a chat message: a list of sources below the text, and an annotation a mark."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmrag import Answer, Citation
from mmrag.cli.show import NOT_IN_SOURCE, place
from mmrag.generation.citations import MARK, parse_marks
from mmrag.generation.fence import unlinked
from mmrag_connectors.http.openai.responses import Annotation, UrlCitation

_HEAD = "Sources:"
_LISTED = re.compile(rf"\n\n{_HEAD}\n- \[\d+\] .*\Z", re.DOTALL)


def below(answer: Answer) -> str:
    """What stands below the text of an answer: its sources, and what else is to be told of it."""
    sources = [f"- [{citation.n}] {_told(citation)}" for citation in answer.citations]
    parts = ["\n".join([_HEAD, *sources])] if sources else []
    if answer.note:
        parts.append(answer.note)
    return "".join(f"\n\n{part}" for part in parts)


def without_sources(text: str) -> str:
    """The text of an answer that comes back, without what stood below it."""
    return _LISTED.sub("", text)


def annotated(text: str, answer: Answer, base: str) -> list[Annotation]:
    """An annotation for each source of each mark in a text.

    Args:
        base: the address of this server, without a slash at its end.
    """
    cited = {citation.n: citation for citation in answer.citations}
    return [
        Annotation(
            url_citation=UrlCitation(
                url=f"{base}{path_to(cited[n])}",
                title=title(cited[n]),
                start_index=start,
                end_index=end,
            )
        )
        for start, end, n in _marks(text)
        if n in cited
    ]


def title(citation: Citation) -> str:
    """Where it stands: "reports/1962.pdf, page 3", "log.ogg, 0:12-0:19", "notes.md, People"."""
    exact = citation.page is not None or citation.start_ms is not None
    return place(
        citation.source,
        page=citation.page,
        start_ms=citation.start_ms,
        end_ms=citation.end_ms,
        section=None if exact else (citation.section or "").rpartition(" > ")[2],
    )


def path_to(citation: Citation) -> str:
    """The address below this server: where players begin, a picture of the place, or the file."""
    path = f"/media/{citation.node_id}"
    if citation.start_ms is not None and citation.end_ms is not None:
        # Media Fragments URI 1.0, which the players of browsers follow
        return f"{path}#t={citation.start_ms / 1000:g},{citation.end_ms / 1000:g}"
    if citation.bbox is not None or citation.modality == "image":
        return f"{path}/preview?quote={citation.start}-{citation.end}"
    return path


def _told(citation: Citation) -> str:
    """The title as text that no viewer follows, and what a reader should know of the quote."""
    told = " ".join(unlinked(title(citation)).split())
    notes = [citation.kind] if citation.kind in NOT_IN_SOURCE else []
    if not citation.verified:
        notes.append("not verified")
    return f"{told} ({', '.join(notes)})" if notes else told


def _marks(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of the marks in a text, one for each number."""
    for match in MARK.finditer(text):
        for n in parse_marks(match.group())[1]:
            yield match.start(), match.end(), n
