"""Questions to an index: one, or a conversation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from llama_index.core.schema import NodeWithScore

from mmrag.config import Settings
from mmrag.errors import InputError
from mmrag.generation.answer import Answer
from mmrag.generation.chat import ChatSession
from mmrag.generation.evidence import Embed
from mmrag.generation.writer import AnswerWriter
from mmrag.profiles import Profile
from mmrag.rerank.choice import Use
from mmrag.retrieval.query import MultiModalQuery

WEIGHED = 50
"""Passages retrieved for an answer: the best are quoted, all of them tell which words are rare."""


@dataclass(frozen=True)
class Answering:
    """Retrieves for questions and has the answers written.

    Attributes:
        hits: the passages for a query, reranked as the settings or the second argument have it.
        embed: unit vectors for texts, of the `text` space.
        fresh: makes what tells whether a source is still what was indexed, as of now.
    """

    settings: Settings
    profile: Profile
    hits: Callable[[MultiModalQuery, Use | None], list[NodeWithScore]]
    embed: Embed
    fresh: Callable[[], Callable[[str], bool]]

    def ask(
        self, asked: MultiModalQuery, *, llm: str | None = None, rerank: Use | None = None
    ) -> Answer:
        """Answer a question with checked citations, or abstain.

        Raises:
            InputError: an empty question.
            GenerationError: the language model failed.
        """
        if not asked.query_str.strip():
            raise InputError("nothing was asked: the question is empty")
        writer = self.writer(llm)
        started = time.perf_counter()
        hits = self.hits(replace(asked, top_k=WEIGHED), rerank)
        return writer.write(asked.query_str, hits, started=started)

    def chat(self, *, llm: str | None = None) -> ChatSession:
        """A conversation in which later questions may lean on earlier ones."""
        return ChatSession(
            self.writer(llm), lambda words: self.hits(MultiModalQuery(words, top_k=WEIGHED), None)
        )

    def writer(self, llm: str | None = None) -> AnswerWriter:
        """What words the answers: nobody for extractive ones, or a language model."""
        chosen = llm or self.settings.answer.llm or self.profile.llm
        settings = self.settings.with_changes({"answer.llm": chosen})
        return AnswerWriter(settings, embed=self.embed, fresh=self.fresh())
