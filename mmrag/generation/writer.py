"""Writes answers: gates on the evidence, words them, checks that the sources are still the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.schema import NodeWithScore

from mmrag.config import Settings
from mmrag.generation.abstain import confidence
from mmrag.generation.answer import Answer, abstention
from mmrag.generation.evidence import Embed, gather
from mmrag.generation.extractive import extractive_answer
from mmrag.generation.grounded import grounded_answer
from mmrag.generation.llm import Wording, wording
from mmrag.generation.ollama import named_errors
from mmrag.generation.prompt import fitting, messages
from mmrag.generation.reader import Reader

LLM_GATE = 0.5
"""Share of the extractive threshold below which a language model is not even asked. It may answer
a question whose words differ from the sources'; what it says is verified afterwards."""


@dataclass(frozen=True)
class AnswerWriter:
    """Words answers from retrieved nodes.

    Attributes:
        embed: unit vectors for texts, to weigh sentences against the question.
        fresh: whether a source is still what was indexed; a citation of one that is not counts as
            unverified.
        reader: reads passages with the question in mind, where there is one.
    """

    settings: Settings
    embed: Embed
    fresh: Callable[[str], bool]
    reader: Reader | None = None

    def write(
        self,
        question: str,
        hits: Sequence[NodeWithScore],
        *,
        history: Sequence[ChatMessage] = (),
        said: Collection[str] = (),
        started: float | None = None,
    ) -> Answer:
        """Answer a question from `hits`, or abstain.

        Args:
            history: earlier turns of a conversation, for a language model.
            said: quotes that an extractive answer must not repeat.
            started: `time.perf_counter()` at which the question came in.

        Raises:
            GenerationError: the language model failed.
        """
        begun = time.perf_counter() if started is None else started
        if self.settings.answer.llm == "ollama":
            answer = self._with_llm(question, hits, history)
        else:
            answer = extractive_answer(
                question,
                hits,
                self.embed,
                abstain_below=self.settings.answer.abstain_below,
                sources=self.settings.answer.sources,
                said=said,
                reader=self.reader,
            )
        citations = tuple(
            replace(c, verified=c.verified and self.fresh(c.source)) for c in answer.citations
        )
        took = (time.perf_counter() - begun) * 1000
        return replace(answer, citations=citations, took_ms=took)

    @cached_property
    def wording(self) -> Wording:
        """The language model, checked to be there."""
        return wording(self.settings)

    def _with_llm(
        self, question: str, hits: Sequence[NodeWithScore], history: Sequence[ChatMessage]
    ) -> Answer:
        ollama = self.settings.ollama
        words = self.wording  # a dead server is reported even when the sources would not answer
        found = gather(
            question,
            hits,
            self.embed,
            sources=self.settings.answer.sources,
            reader=self.reader,
        )
        sure = confidence(question, hits, found)
        if sure < LLM_GATE * self.settings.answer.abstain_below:
            return abstention("llm", words.name, sure)
        sources = fitting(hits[: self.settings.answer.sources], context_window=words.context_window)
        with named_errors(ollama):
            reply = words.llm.chat(messages(question, sources, history))
        return grounded_answer(
            question,
            reply.message.content or "",
            sources,
            model=words.name,
            confidence=sure,
        )
