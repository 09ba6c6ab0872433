"""A conversation over the files: later questions may lean on earlier ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.schema import NodeWithScore

from mmrag.generation.answer import Answer
from mmrag.generation.writer import AnswerWriter
from mmrag.words import content_words

_LEANS = re.compile(
    r"^(and|och|also|what about|how about|why|varför|men)\b|"
    r"\b(it|its|he|his|him|she|her|they|their|them|that|those|there|then|den|det|dess|han|hans|hon|"
    r"hennes|de|deras|där|då)\b",
    re.IGNORECASE,
)
REMEMBERED = 6
"""Earlier messages that a language model is given again."""


class ChatSession:
    """Questions and answers in turn.

    A question that leans on what was said ("and how high is it?") is searched for together with the
    question before it, and is not answered by a sentence that was just quoted.
    """

    def __init__(
        self, writer: AnswerWriter, retrieve: Callable[[str], Sequence[NodeWithScore]]
    ) -> None:
        self._writer = writer
        self._retrieve = retrieve
        self._history: list[ChatMessage] = []
        self._topic = ""
        self._said: set[str] = set()

    @property
    def history(self) -> list[ChatMessage]:
        """What was said so far."""
        return list(self._history)

    def ask(self, question: str) -> Answer:
        """Answer the next question of the conversation.

        Raises:
            GenerationError: the language model failed; the conversation goes on without the turn.
        """
        whole = self._in_context(question)
        if whole == question:
            self._said.clear()
        answer = self._writer.write(
            whole, self._retrieve(whole), history=self._history[-REMEMBERED:], said=self._said
        )
        self._topic = whole if not answer.abstained else self._topic
        self._said |= {citation.quote for citation in answer.citations}
        self._history += [
            ChatMessage(role=MessageRole.USER, content=question),
            ChatMessage(role=MessageRole.ASSISTANT, content=answer.text),
        ]
        return answer

    def reset(self) -> None:
        """Forget what was said."""
        self._history.clear()
        self._said.clear()
        self._topic = ""

    def _in_context(self, question: str) -> str:
        leans = _LEANS.search(question) is not None and len(content_words(question)) <= 4
        return f"{self._topic} {question}" if leans and self._topic else question
