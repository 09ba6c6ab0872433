"""Scripted replies put through the same checks as a language model's, and what is left of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from llama_index.core.llms import (
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
)
from llama_index.core.schema import NodeWithScore

from mmrag import Answer, MMRagIndex
from mmrag.generation.citations import cite
from mmrag.generation.llm import Wording
from mmrag.schema import text_of
from pipelines.benchmarks.grounding_files import Archive, letters
from pipelines.benchmarks.grounding_judges import labelled, stands_at
from pipelines.benchmarks.grounding_measures import Grounding, share, statements

Row = Mapping[str, Any]
FOUND = 50
"""Hits that a question is retrieved with, as `MMRagIndex.ask` does."""
SENTENCES = 5
"""Of an answer whose verification is timed."""


class Scripted(CustomLLM):
    """Says what it is told to, and notes when it has said it."""

    reply: str = ""
    ended: float = 0.0

    @property
    def metadata(self) -> LLMMetadata:
        """A window that all sources fit into."""
        return LLMMetadata(context_window=32_768, model_name="scripted")

    def complete(
        self, prompt: str, formatted: bool = False, **options: object
    ) -> CompletionResponse:
        """The reply."""
        self.ended = time.perf_counter()
        return CompletionResponse(text=self.reply)

    def stream_complete(
        self, prompt: str, formatted: bool = False, **options: object
    ) -> CompletionResponseGen:
        """The reply, in one piece."""
        yield CompletionResponse(text=self.reply, delta=self.reply)
        self.ended = time.perf_counter()


class Replies:
    """An index whose answers are scripted; the passages that a script cites are among the hits."""

    def __init__(self, index: MMRagIndex) -> None:
        self._llm = Scripted()
        with worded_by(self._llm):
            self._writer = index.writer("ollama")
        self._retriever = index.as_retriever(top_k=FOUND)
        self._sources = index.settings.answer.sources

    def answer(self, question: str, sentences: Sequence[Row]) -> tuple[Answer, float]:
        """What becomes of a reply, and the milliseconds from its last word to the answer."""
        hits = self._retriever.retrieve(question)
        wanted = [self._hit(place) for sentence in sentences for place in sentence["cites"]]
        kept = {hit.node.node_id: hit for hit in wanted}
        others = [hit for hit in hits if hit.node.node_id not in kept]
        room = max(0, self._sources - len(kept))
        first = [*others[: room // 2], *kept.values(), *others[room // 2 : room]]
        number = {hit.node.node_id: n for n, hit in enumerate(first, 1)}
        places = iter(wanted)
        said = []
        for sentence in sentences:
            marks = [number[next(places).node.node_id] for _ in sentence["cites"]]
            shown = ", ".join(map(str, dict.fromkeys(marks)))
            said.append(f"{sentence['text'].removesuffix('.')} [{shown}].")
        self._llm.reply = " ".join(said)
        with worded_by(self._llm):
            answer = self._writer.write(question, first)
        return answer, (time.perf_counter() - self._llm.ended) * 1000

    def _hit(self, place: Row) -> NodeWithScore:
        """The passage of the index that holds a labelled place.

        Raises:
            LookupError: none does.
        """
        for hit in self._retriever.retrieve(place["text"]):
            whole = cite(hit.node, 0, len(text_of(hit.node)), n=1, score=0.0, verified=False)
            if stands_at(whole, place):
                return hit
        raise LookupError(f"{place['source']}: no passage holds {place['text'][:60]!r}")


@contextmanager
def worded_by(llm: Scripted) -> Iterator[None]:
    """Let a scripted model stand where the settings name a server."""
    words = Wording(llm, "scripted", 32_768)
    with patch("mmrag.generation.writer.wording", lambda *_, **__: words):
        yield


def judge_replies(index: MMRagIndex, archive: Archive, claims: Sequence[Row]) -> dict[str, float]:
    """Grounding of what is delivered, and what was kept and dropped of each kind of reply."""
    replies, grounding = Replies(index), Grounding()
    kept: dict[str, list[bool]] = {}
    dropped: dict[str, list[bool]] = {}
    for claim in claims:
        answer, _ = replies.answer(claim["question"], claim["sentences"])
        grounding.add(answer, labelled(archive, claim))
        delivered = {letters(sentence) for sentence, _ in said(answer)}
        for sentence in claim["sentences"]:
            there = letters(sentence["text"]) in delivered
            tally = kept if sentence["supported"] else dropped
            tally.setdefault(claim["kind"], []).append(there == sentence["supported"])
    out = {**grounding.metrics(), "replies": float(len(claims))}
    for name, tally in (("kept", kept), ("dropped", dropped)):
        out[name] = share(flag for flags in tally.values() for flag in flags)
        out |= {f"{name}_{kind}": share(flags) for kind, flags in sorted(tally.items())}
    return out


def verify_times(index: MMRagIndex, claims: Sequence[Row]) -> list[float]:
    """Milliseconds that checking answers of five sentences takes, the first one left out."""
    replies = Replies(index)
    sentences = [sentence for claim in claims for sentence in claim["sentences"]]
    whole = range(0, len(sentences) - SENTENCES + 1, SENTENCES)
    question = "What do the files say?"
    return [replies.answer(question, sentences[n : n + SENTENCES])[1] for n in whole][1:]


def said(answer: Answer) -> list[tuple[str, Any]]:
    """The delivered sentences, none of an abstention."""
    return [] if answer.abstained else list(statements(answer))
