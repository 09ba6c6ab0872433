"""What can be kept of a sentence that is not supported as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmrag.words import content_words

# Where a sentence may end without being torn; "between two and four" must not be cut.
_BOUNDARY = re.compile(
    r"(?:,\s+(?:and|but|while|which|where|och|men|medan|vilket)\b|;\s|\s[–—]\s"
    r"|\s(?:and|but)\s+(?=also\b|it\b|he\b|she\b|they\b|then\b)"
    r"|\s(?:och|men)\s+(?=även\b|också\b|den\b|det\b|han\b|hon\b|de\b|sedan\b)"
    r"|,?\s+(?:because|since|eftersom)\s)",
    re.IGNORECASE,
)
# "When the snow melted" is no sentence.
_SUBORDINATE = re.compile(
    r"(?:when|while|although|though|if|because|since|after|before|as|når|när|medan|fast|om|eftersom|"
    r"sedan|innan)\b",
    re.IGNORECASE,
)
SHORTEST = 2
"""Content words that a part must have to say anything."""


def heads(claim: str) -> Iterator[tuple[str, str]]:
    """Ways to cut a claim in a sentence and the rest of it, the longest sentence first."""
    if _SUBORDINATE.match(claim):
        return
    for boundary in reversed(list(_BOUNDARY.finditer(claim))):
        head = claim[: boundary.start()].rstrip(" ,;")
        rest = claim[boundary.start() :].strip(" ,;–—")
        if len(content_words(head)) >= SHORTEST and content_words(rest):
            yield f"{head}.", rest
