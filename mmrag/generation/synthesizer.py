"""Verified answers as LlamaIndex's `Response`, for any of its query engines.

`RetrieverQueryEngine(retriever, response_synthesizer=GroundedSynthesizer(writer))` is all that it
takes. A synthesizer rather than a query engine of our own: retrieval, postprocessors, callbacks and
a query with a picture then stay LlamaIndex's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from typing import Any

from llama_index.core.base.response.schema import (
    RESPONSE_TYPE,
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.callbacks import CallbackManager
from llama_index.core.callbacks.schema import CBEventType, EventPayload
from llama_index.core.instrumentation.events.synthesis import (
    SynthesizeEndEvent,
    SynthesizeStartEvent,
)
from llama_index.core.llms import MockLLM
from llama_index.core.prompts.mixin import PromptDictType
from llama_index.core.response_synthesizers.base import BaseSynthesizer, QueryTextType
from llama_index.core.schema import (
    MediaResource,
    Node,
    NodeWithScore,
    QueryBundle,
)
from llama_index_instrumentation import get_dispatcher

from mmrag.generation.answer import Answer
from mmrag.generation.writer import AnswerWriter

_dispatcher = get_dispatcher(__name__)


class GroundedSynthesizer(BaseSynthesizer):
    """Answers from nodes with checked citations, or says that they do not answer.

    The response's `source_nodes` are the nodes that are cited, in the order of the marks; its
    `metadata` is the answer as `mmrag ask --json` gives it: citations with file, page, region or
    time and quote, "abstained", "mode", "dropped". A stream yields verified sentences, never tokens
    of the model, and its `source_nodes` and `metadata` are filled when it ends.

    Args:
        writer: what words and checks the answers.
        streaming: whether responses are streams.
    """

    def __init__(
        self,
        writer: AnswerWriter,
        *,
        streaming: bool = False,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        # the writer has its own language model; without one here, the base class asks for OpenAI's
        super().__init__(llm=MockLLM(), streaming=streaming, callback_manager=callback_manager)
        self._writer = writer

    def synthesize(
        self,
        query: QueryTextType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,  # noqa: ANN401  (the signature of the base class)
    ) -> RESPONSE_TYPE:
        """The answer to `query` from `nodes`.

        Raises:
            GenerationError: the language model failed; of a stream, while it is read.
        """
        question = _words(query)
        _dispatcher.event(SynthesizeStartEvent(query=query))
        hits = [*nodes, *(additional_source_nodes or ())]
        with self._callback_manager.event(
            CBEventType.SYNTHESIZE, payload={EventPayload.QUERY_STR: question}
        ) as event:
            response: Response | StreamingResponse
            if self._streaming:
                cited: list[NodeWithScore] = []
                about: dict[str, Any] = {}
                pieces = self._streamed(question, hits, cited, about)
                response = StreamingResponse(pieces, source_nodes=cited, metadata=about)
            else:
                response = _response(self._writer.write(question, hits), hits)
            event.on_end(payload={EventPayload.RESPONSE: response})
        _dispatcher.event(SynthesizeEndEvent(query=query, response=response))
        return response

    async def asynthesize(
        self,
        query: QueryTextType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,  # noqa: ANN401  (the signature of the base class)
    ) -> RESPONSE_TYPE:
        """The same in a thread."""
        response = await asyncio.to_thread(
            self.synthesize, query, nodes, additional_source_nodes, **response_kwargs
        )
        if not isinstance(response, StreamingResponse):
            return response
        return AsyncStreamingResponse(
            response_gen=_threaded(response.response_gen),
            source_nodes=response.source_nodes,
            metadata=response.metadata,
        )

    def get_response(
        self,
        query_str: str,
        text_chunks: Sequence[str],
        **response_kwargs: Any,  # noqa: ANN401  (the signature of the base class)
    ) -> str:
        """The text of an answer from bare texts, which nothing but their number can be cited of."""
        return self._writer.write(query_str, _bare_hits(text_chunks)).text

    async def aget_response(
        self,
        query_str: str,
        text_chunks: Sequence[str],
        **response_kwargs: Any,  # noqa: ANN401  (the signature of the base class)
    ) -> str:
        """The same in a thread."""
        return await asyncio.to_thread(self.get_response, query_str, text_chunks)

    def _get_prompts(self) -> PromptDictType:
        return {}

    def _update_prompts(self, prompts: PromptDictType) -> None:
        """The prompt is not to be changed: verification counts on how it numbers its sources."""

    def _streamed(
        self,
        question: str,
        hits: Sequence[NodeWithScore],
        cited: list[NodeWithScore],
        about: dict[str, Any],
    ) -> Generator[str, None, None]:
        """The pieces of an answer; what is cited and told about it is filled in at the end."""
        told = False
        for piece in self._writer.stream(question, hits):
            if isinstance(piece, Answer):
                cited += cited_hits(piece, hits)
                about |= piece.as_dict()
                if not told:
                    yield piece.text
            else:
                yield f" {piece}" if told else piece
                told = True


def _words(query: QueryTextType) -> str:
    return query.query_str if isinstance(query, QueryBundle) else query


def _response(answer: Answer, hits: Sequence[NodeWithScore]) -> Response:
    return Response(answer.text, source_nodes=cited_hits(answer, hits), metadata=answer.as_dict())


def cited_hits(answer: Answer, hits: Sequence[NodeWithScore]) -> list[NodeWithScore]:
    """The hits that are cited, each once, in the order of the citations."""
    by_id = {hit.node.node_id: hit for hit in hits}
    return [by_id[node] for node in dict.fromkeys(c.node_id for c in answer.citations)]


def _bare_hits(texts: Sequence[str]) -> list[NodeWithScore]:
    return [
        NodeWithScore(node=Node(text_resource=MediaResource(text=text)), score=1.0)
        for text in texts
    ]


async def _threaded(pieces: Iterator[str]) -> AsyncGenerator[str, None]:
    """Each piece of a blocking iterator, awaited in a thread so that the loop stays free."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
