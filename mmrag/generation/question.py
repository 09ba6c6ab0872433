"""A question taken apart, against all that was retrieved for it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from llama_index.core.schema import BaseNode, NodeWithScore

from mmrag.generation.citations import names, numbers
from mmrag.schema import provenance_of, text_of
from mmrag.words import content_words, forms, path_in_words, tokens

_ASKS_NUMBER = re.compile(
    r"\b(when|how (many|much|long|high|deep|far|fast|old|cold|warm|often|heavy|big|tall|strong|"
    r"wide|hard|quickly|thick|large|late|early)|"
    r"(what|which) (\w+ )?(year|date|time|temperature|height|price|number|weight|age|share|sum|"
    r"amount|record|fee|cost|wages?|pay|pace|speed|day|month|length|depth|size)|"
    r"what (did|does|do|would|was|is|had) .+ (pay|paid|cost|earn|weigh)|"
    r"hur (många|mycket|länge|hög|högt|djup|djupt|långt|lång|ofta|kallt|varmt|gammal|stor|tung)|"
    r"när|vilket (år|datum)|vad kosta(r|de))\b",
    re.IGNORECASE,
)
_ASKS_NAME = re.compile(
    r"\b(who|whose|whom|names?|called|vem|vems|vad het(er|te)|vilka personer)\b", re.IGNORECASE
)
_GIVES_NAME = re.compile(r"\b([Ww]ho|[Vv]em) (is|was|are|were|är|var) [A-ZÅÄÖ]")  # who was Anna?
_ASKS_MEDIA = re.compile(
    r"\b(pictures?|photos?|photographs?|images?|recordings?|bild(er|en)?|foton?|fotografi(er)?|"
    r"inspelning(ar|en)?)\b",
    re.IGNORECASE,
)
_AFTER_COLON = re.compile(r"(?<=: )[^\W\d_]+")  # the first word of a table cell
_NUMBER_WORDS = frozenset(
    """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
    thousand half once twice två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton
    sexton sjutton arton nitton tjugo trettio fyrtio femtio sextio sjuttio åttio nittio hundra tusen
    """.split()
)


class Question:
    """A question's content words, how rare each is, and what kind of thing is asked for.

    A word weighs by its inverse document frequency among the retrieved passages, as in BM25: what
    stands in each of them tells nothing.
    """

    def __init__(self, question: str, hits: Sequence[NodeWithScore]) -> None:
        self.words = list(dict.fromkeys(content_words(question)))
        self._around = {id(hit): forms_of(_whole(hit.node)) for hit in hits}
        self._weights = {word: self._rarity(word) for word in self.words}
        self._total = sum(self._weights.values()) or 1.0
        self.figures = frozenset(word for word in self.words if word[0].isdigit())
        self.wants_number = bool(_ASKS_NUMBER.search(question))
        self.wants_name = bool(_ASKS_NAME.search(question)) and not (
            self.wants_number or _GIVES_NAME.search(question)
        )
        self.wants_media = bool(_ASKS_MEDIA.search(question))
        self._forms = frozenset(form for word in self.words for form in forms(word))
        self._numbers = _numbers(question)
        self._names = _names(question)

    def around(self, hit: NodeWithScore) -> frozenset[str]:
        """Forms of the words of a hit's passage, heading and path."""
        return self._around[id(hit)]

    def above(self, hit: NodeWithScore) -> frozenset[str]:
        """Forms of the words of a hit's heading and path."""
        return forms_of(title_of(hit.node))

    def standing_in(self, there: frozenset[str]) -> list[str]:
        """The question's content words that are among these forms."""
        return [word for word in self.words if not forms(word).isdisjoint(there)]

    def share(self, there: frozenset[str]) -> float:
        """Weighted share, 0..1, of the content words that are among these forms."""
        return sum(self._weights[word] for word in self.standing_in(there)) / self._total

    def new_words(self, text: str) -> int:
        """How many of a text's content words, repeated ones too, the question does not say."""
        return sum(forms(word).isdisjoint(self._forms) for word in content_words(text))

    def is_met_by(self, text: str) -> bool:
        """Whether a text holds a number or name, other than the question's, where one is asked."""
        if self.wants_number:
            return bool(_numbers(text) - self._numbers)
        if self.wants_name:
            return bool(_names(text) - self._names)
        return True

    def is_answered_by(self, sentence: str) -> bool:
        """Whether it says all the question's words and holds the kind of thing asked for."""
        said = self.standing_in(forms_of(sentence))
        return 0 < len(self.words) == len(said) and self.is_met_by(sentence)

    def _rarity(self, word: str) -> float:
        among = sum(not forms(word).isdisjoint(there) for there in self._around.values())
        return math.log(1 + (len(self._around) - among + 0.5) / (among + 0.5))


def forms_of(text: str) -> frozenset[str]:
    """The forms of all words of a text."""
    return frozenset(form for token in set(tokens(text)) for form in forms(token))


def _whole(node: BaseNode) -> str:
    return f"{title_of(node)} {text_of(node)}"


def title_of(node: BaseNode) -> str:
    """Heading and path of a node, in words."""
    where = provenance_of(node)
    return " ".join((*where.heading, path_in_words(where.source)))


def _numbers(text: str) -> set[str]:
    return numbers(text) | (_NUMBER_WORDS & set(tokens(text)))


def _names(text: str) -> set[str]:
    cells = (match.group() for match in _AFTER_COLON.finditer(text))
    return set(names(text)) | {t for cell in cells if cell[0].isupper() for t in tokens(cell)}
