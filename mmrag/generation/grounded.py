"""Answers worded by a language model: each sentence verified, mended, or left out and told so."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from llama_index.core.schema import NodeWithScore

from mmrag.generation.answer import Answer, Dropped, abstention
from mmrag.generation.citations import Citation, cite, parse_marks
from mmrag.generation.evidence import Evidence
from mmrag.generation.fence import addresses, neutralised, quoted
from mmrag.generation.prompt import NOT_FOUND_WORDS
from mmrag.generation.repair import heads
from mmrag.generation.reply import complete_sentences
from mmrag.generation.verify import Embed, Judge, Support, Verifier
from mmrag.schema import SURROGATE, provenance_of, text_of
from mmrag.timing import timed

# In capitals anywhere, or alone; a sentence may well tell of something that was not found.
_NOT_FOUND = re.compile(
    rf"\b{NOT_FOUND_WORDS}\b|^\W*(?i:{NOT_FOUND_WORDS})(?:\W*$|[.:])", re.MULTILINE
)
LONGEST_QUOTE = 400
"""Characters up to which two quotes that touch become one citation."""


@dataclass(frozen=True)
class _Claim:
    """A sentence of the reply, with what it cites and how each source supports it.

    Attributes:
        sensed: the picture or recording that it may rest on, where the model was given one.
    """

    text: str
    cited: tuple[int, ...]
    supports: Mapping[int, Support]
    sensed: str = ""


class Grounding:
    """An answer that grows by the sentences of a reply which the sources support.

    A sentence is first held against what it cites, then against the other sources. If none supports
    it, a part of it that one does is kept, or the words of the source that it cites take its place
    if they answer the question; else it is dropped.

    Args:
        hits: the numbered sources, in the order in which the model saw them.
        quotes: evidence that answers the question, good enough to be an answer by itself.
        media: by number of a source, the kind of what the model saw or heard of it. What rests on
            that alone cannot be verified; it is left out and told as seen or heard.
    """

    def __init__(
        self,
        question: str,
        hits: Sequence[NodeWithScore],
        embed: Embed,
        *,
        quotes: Sequence[Evidence] = (),
        judge: Judge | None = None,
        media: Mapping[int, str] | None = None,
    ) -> None:
        self._hits = hits
        self._media = media or {}
        self._usable = [n for n, hit in enumerate(hits) if not hit.node.metadata.get(SURROGATE)]
        self._verifier = Verifier([hit.node for hit in hits], embed, question=question, judge=judge)
        self._quotes = list(quotes)
        self._citations: list[Citation] = []
        self._held: list[tuple[int, Evidence]] = []
        self._said: set[str] = set()
        self.pieces: list[str] = []
        self.dropped: list[Dropped] = []
        self.refused = False

    @timed("check sentences")
    def add(self, sentences: Sequence[str]) -> list[str]:
        """Check sentences, and return what of them is delivered, with its marks.

        From where the model says that it found nothing, nothing more is taken; nor is a sentence
        that it said before, as small models do.
        """
        taken = []
        for sentence in sentences:
            self.refused = self.refused or bool(_NOT_FOUND.search(sentence))
            if self.refused:
                break
            bare, marks = parse_marks(sentence)
            if self._leads_away(bare):
                self.dropped.append(Dropped(quoted(bare), "holds a link that no source has"))
            elif (bare := quoted(bare)) and bare.casefold() not in self._said:
                self._said.add(bare.casefold())
                taken.append((bare, self._cited(marks), self._sensed(marks)))
        found = self._verifier.check_all([bare for bare, _, _ in taken], self._usable)
        delivered = []
        for (bare, cited, sensed), supports in zip(taken, found, strict=True):
            delivered += self._deliver(_Claim(bare, cited, supports, sensed))
        self.pieces += delivered
        return delivered

    def answer(self, model: str, confidence: float) -> Answer:
        """The answer so far; an abstention if nothing was delivered."""
        dropped = tuple(dict.fromkeys(self.dropped))
        if not self.pieces:
            return abstention("llm", model, confidence, dropped)
        text, cited = " ".join(self.pieces), tuple(self._citations)
        return Answer(text, False, "llm", model, cited, confidence, dropped=dropped)

    def _cited(self, marks: Iterable[int]) -> tuple[int, ...]:
        """The places of the sources that are cited and may be; the others are told."""
        cited = []
        for mark in marks:
            if not 1 <= mark <= len(self._hits):
                self.dropped.append(Dropped(f"[{mark}]", f"there is no source {mark}"))
            elif mark - 1 in self._usable:
                cited.append(mark - 1)
        return tuple(cited)

    def _leads_away(self, sentence: str) -> bool:
        """Whether it holds an address that stands in none of the sources."""
        return any(
            not any(address in neutralised(text_of(hit.node)) for hit in self._hits)
            for address in addresses(sentence)
        )

    def _sensed(self, marks: Iterable[int]) -> str:
        number = next((mark for mark in marks if mark in self._media), None)
        if number is None:
            return ""
        verb = {"picture": "seen", "recording": "heard"}[self._media[number]]
        return f"{verb} in {provenance_of(self._hits[number - 1].node).source}"

    def _deliver(self, claim: _Claim) -> list[str]:
        best = self._best(claim.supports, claim.cited)
        if best is not None:
            return [*self._quoted(*best), self._piece(claim.text, *best)]
        for head, rest in heads(claim.text):
            best = self._best(self._verifier.check(head, self._usable), claim.cited)
            if best is not None:
                self.dropped.append(Dropped(rest, _reason(claim)))
                return [*self._quoted(*best), self._piece(head, *best)]
        self.dropped.append(Dropped(claim.text, _reason(claim)))
        self._hold_quote(claim.cited)
        return self._quoted() if self.pieces else []

    def _best(
        self, supports: Mapping[int, Support], cited: Collection[int]
    ) -> tuple[int, Support] | None:
        """The source that supports most, one that is cited before any other."""
        for among in (cited, [n for n in self._usable if n not in cited]):
            passed = [(n, supports[n]) for n in among if supports[n].verified]
            if passed:
                return max(passed, key=lambda pair: (pair[1].score, -pair[0]))
        return None

    def _hold_quote(self, cited: Collection[int]) -> None:
        """Have a quote of a cited source that answers the question take a sentence's place.

        It waits for a supported sentence of the model: quotes alone are an extractive answer.
        """
        nodes = {self._hits[n].node.node_id: n for n in cited}
        for evidence in self._quotes:
            hit = nodes.get(evidence.node.node_id)
            if hit is not None:
                self._quotes.remove(evidence)
                self._held.append((hit, evidence))
                return

    def _quoted(self, hit: int = -1, support: Support | None = None) -> list[str]:
        """The quotes that waited, but for those that a sentence, or the one to come, rests on."""
        held, self._held = self._held, []
        return [
            self._piece(
                f"“{' '.join(evidence.text.split())}”",
                place,
                Support(evidence.share, True, "", evidence.start, evidence.end),
            )
            for place, evidence in held
            if not any(evidence.text in citation.quote for citation in self._citations)
            if place != hit or support is None or not _overlap(evidence, support)
        ]

    def _piece(self, text: str, hit: int, support: Support) -> str:
        return f"{quoted(text)} [{self._number(hit, support)}]"

    def _number(self, hit: int, support: Support) -> int:
        """The number of the citation that holds the quote: one that touches it, or a new one."""
        node = self._hits[hit].node
        text = text_of(node)
        for place, other in enumerate(self._citations):
            if other.node_id != node.node_id:
                continue
            start, end = min(other.start, support.start), max(other.end, support.end)
            between = text[min(other.end, support.end) : max(other.start, support.start)]
            if not between.strip() and end - start <= LONGEST_QUOTE:
                score = min(other.score, support.score)
                self._citations[place] = cite(
                    node, start, end, n=other.n, score=score, verified=True
                )
                return other.n
        n = len(self._citations) + 1
        self._citations.append(
            cite(node, support.start, support.end, n=n, score=support.score, verified=True)
        )
        return n


def grounded_answer(
    question: str,
    reply: str,
    hits: Sequence[NodeWithScore],
    embed: Embed,
    *,
    model: str,
    confidence: float,
    quotes: Sequence[Evidence] = (),
    judge: Judge | None = None,
) -> Answer:
    """Check a model's whole reply; see `Grounding`. Nothing left means nothing is answered."""
    grounding = Grounding(question, hits, embed, quotes=quotes, judge=judge)
    grounding.add(list(complete_sentences([reply])))
    return grounding.answer(model, confidence)


def grounded_pieces(grounding: Grounding, deltas: Iterable[str]) -> Iterator[str]:
    """What of a reply is delivered, sentence by sentence while it is being written."""
    for sentence in complete_sentences(deltas):
        yield from grounding.add([sentence])
        if grounding.refused:
            return


def _overlap(evidence: Evidence, support: Support) -> bool:
    return evidence.start < support.end and support.start < evidence.end


def _reason(claim: _Claim) -> str:
    """Why the source that comes nearest does not support it; one that is cited if there is one."""
    among = claim.cited or tuple(claim.supports)
    if claim.sensed:
        return f"{claim.sensed}, not verified"
    reasons = sorted((claim.supports[n] for n in among), key=lambda support: -support.score)
    return reasons[0].reason if reasons else "there is no source with words"
