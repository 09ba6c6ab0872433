"""Questions to an index: one, a conversation, and the doors through which LlamaIndex asks."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory import BaseMemory
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import NodeWithScore
from llama_index.core.tools import FunctionTool

from mmrag.config import Settings
from mmrag.embeddings.base import MediaEmbedding
from mmrag.errors import InputError
from mmrag.generation.answer import Answer
from mmrag.generation.chat import TOKEN_LIMIT, GroundedChatEngine
from mmrag.generation.prompt import check_question
from mmrag.generation.reader import Reader
from mmrag.generation.reader_minilm import packaged_reader
from mmrag.generation.synthesizer import GroundedSynthesizer
from mmrag.generation.tool import search_tool
from mmrag.generation.writer import AnswerWriter
from mmrag.modalities import Modality
from mmrag.ollama import SERVED
from mmrag.profiles import TEXT, Profile
from mmrag.rerank.base import Reranker
from mmrag.rerank.choice import Use
from mmrag.retrieval.narrowed import HitsRetriever
from mmrag.retrieval.query import MultiModalQuery
from mmrag.timing import timed

WEIGHED = 50
"""Passages retrieved for an answer: the best are quoted, all of them tell which words are rare."""

Where = Mapping[str, str | int | float]


class Answering(ABC):
    """The side of an index that answers. What it searches with is the other side's."""

    settings: Settings
    profile: Profile

    def ask(
        self,
        question: str,
        *,
        image: str | Path | None = None,
        audio: str | Path | None = None,
        llm: str | None = None,
        modalities: Sequence[Modality | str] = (),
        where: Where | None = None,
        pages: tuple[int, int] | None = None,
        between_ms: tuple[int, int] | None = None,
        taken: tuple[str, str] | None = None,
        near: tuple[float, float, float] | None = None,
        rerank: Use | None = None,
    ) -> Answer:
        """Answer from the files with checked citations, or say that they do not answer.

        Args:
            image: a picture that belongs to the question. In an index without a space for pictures
                it is searched by its text, and a language model that cannot see is told that text.
            audio: a recording to search by as well, by its sound or by what is said in it.
            llm: "extractive", "ollama" or "local"; None takes the settings' or else the profile's.
            modalities, where, pages, between_ms, taken, near, rerank: as of `search`.

        Raises:
            InputError: a question that is empty or too long, or pages, times or a place that
                nothing can have.
            GenerationError: the language model server is down or lacks the model.
        """
        asked = self.query(
            question,
            image,
            audio,
            modalities=modalities,
            where=where,
            pages=pages,
            between_ms=between_ms,
            taken=taken,
            near=near,
        )
        writer, started = self._writer_for(asked, llm), time.perf_counter()
        hits = self._weighed(asked, rerank)
        return writer.write(asked.query_str, hits, picture=image, started=started)

    def ask_stream(
        self,
        question: str,
        *,
        image: str | Path | None = None,
        audio: str | Path | None = None,
        llm: str | None = None,
        modalities: Sequence[Modality | str] = (),
        where: Where | None = None,
        pages: tuple[int, int] | None = None,
        between_ms: tuple[int, int] | None = None,
        taken: tuple[str, str] | None = None,
        near: tuple[float, float, float] | None = None,
        rerank: Use | None = None,
    ) -> Iterator[str | Answer]:
        """As `ask`, but sentence by sentence, each as soon as it is verified; the answer last.

        An answer that abstains comes alone, and so does an extractive one in place of a language
        model's that was not supported.

        Raises:
            InputError, GenerationError: as of `ask`, before the first sentence or after any.
        """
        asked = self.query(
            question,
            image,
            audio,
            modalities=modalities,
            where=where,
            pages=pages,
            between_ms=between_ms,
            taken=taken,
            near=near,
        )
        writer, started = self._writer_for(asked, llm), time.perf_counter()
        hits = self._weighed(asked, rerank)
        yield from writer.stream(asked.query_str, hits, picture=image, started=started)

    def as_chat_engine(
        self,
        *,
        llm: str | None = None,
        modalities: Sequence[Modality | str] = (),
        where: Where | None = None,
        chat_history: Sequence[ChatMessage] = (),
        memory: BaseMemory | None = None,
        token_limit: int = TOKEN_LIMIT,
    ) -> GroundedChatEngine:
        """A LlamaIndex chat engine: later questions may lean on earlier ones.

        Args:
            llm: as of `ask`.
            modalities, where: as of `search`, for every question.
            chat_history: what was said before.
            memory: keeps the conversation; None is a LlamaIndex `Memory`.
            token_limit: tokens of earlier turns that a language model is given again.
        """
        narrowed = self.query(modalities=modalities, where=where)

        def retrieve(words: str) -> list[NodeWithScore]:
            return self._hits(replace(narrowed, query_str=words, top_k=WEIGHED), None)

        return GroundedChatEngine(
            self.writer(llm),
            retrieve,
            memory=memory,
            chat_history=chat_history,
            token_limit=token_limit,
        )

    def as_query_engine(
        self,
        *,
        llm: str | None = None,
        modalities: Sequence[Modality | str] = (),
        where: Where | None = None,
        node_postprocessors: Sequence[BaseNodePostprocessor] = (),
        streaming: bool = False,
    ) -> RetrieverQueryEngine:
        """A LlamaIndex query engine that answers as `ask` does.

        It takes words, a `QueryBundle`, or a `MultiModalQuery`, which narrows the search further.

        Args:
            llm: as of `ask`.
            modalities, where: as of `search`, for every query.
            node_postprocessors: what else is done to the passages before they are answered from.
            streaming: whether responses yield verified sentences one by one.
        """
        return RetrieverQueryEngine(
            HitsRetriever(self._hits, self.query(modalities=modalities, where=where), WEIGHED),
            response_synthesizer=GroundedSynthesizer(self.writer(llm), streaming=streaming),
            node_postprocessors=list(node_postprocessors),
        )

    def as_tool(self) -> FunctionTool:
        """A tool for a LlamaIndex agent: searches, and returns text and pictures."""
        return search_tool(self._hits, self._fresh)

    def writer(self, llm: str | None = None) -> AnswerWriter:
        """What words the answers: an extractive writer, or one over a language model."""
        chosen = llm or self.settings.answer.llm or self.profile.llm
        return AnswerWriter(
            self.settings.with_changes({"answer.llm": chosen}),
            embed=lambda texts: self.embedding.embed_texts(texts),
            fresh=self._fresh(),
            reader=self._reader(),
            judge=self._judge(),
            words_in=self._words_in,
        )

    @timed("retrieve")
    def _weighed(self, asked: MultiModalQuery, rerank: Use | None) -> list[NodeWithScore]:
        return self._hits(replace(asked, top_k=WEIGHED), rerank)

    def _writer_for(self, asked: MultiModalQuery, llm: str | None) -> AnswerWriter:
        if not asked.query_str.strip():
            raise InputError("nothing was asked: the question is empty")
        check_question(asked.query_str)  # before it is searched for
        return self.writer(llm)

    def _reader(self) -> Reader | None:
        # where a server embeds even the passages, nothing here is to load torch
        served = self.profile.spaces[TEXT].startswith(SERVED)
        return None if served else packaged_reader()

    # --- what it needs of the other side ---------------------------------------------------------

    @property
    @abstractmethod
    def embedding(self) -> MediaEmbedding:
        """The embedding of the `text` space."""

    @abstractmethod
    def query(
        self,
        words: str = "",
        image: str | Path | None = None,
        audio: str | Path | None = None,
        *,
        modalities: Sequence[Modality | str] = (),
        where: Where | None = None,
        pages: tuple[int, int] | None = None,
        between_ms: tuple[int, int] | None = None,
        taken: tuple[str, str] | None = None,
        near: tuple[float, float, float] | None = None,
    ) -> MultiModalQuery:
        """What is put to a retriever of this index."""

    @abstractmethod
    def _hits(self, asked: MultiModalQuery, use: Use | None = None) -> list[NodeWithScore]:
        """The passages for a query, reranked as the settings or `use` have it."""

    @abstractmethod
    def _words_in(self, picture: Path) -> str:
        """The words in a picture; InputError where there are none."""

    @abstractmethod
    def _judge(self) -> Reranker | None:
        """What judges whether a source supports a sentence, where there is something."""

    @abstractmethod
    def _fresh(self) -> Callable[[str], bool]:
        """What tells whether a source is still what was indexed."""
