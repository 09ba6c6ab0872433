"""Writes answers: gates on the evidence, words them, checks that the sources are still the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.schema import NodeWithScore

from mmrag.config import Settings
from mmrag.errors import InputError
from mmrag.generation.abstain import confidence
from mmrag.generation.answer import UNSUPPORTED, Answer, abstention
from mmrag.generation.disarm import disarmed
from mmrag.generation.evidence import Embed, gather, select
from mmrag.generation.extractive import extractive_answer
from mmrag.generation.grounded import Grounding, grounded_pieces
from mmrag.generation.llm import Wording, wording
from mmrag.generation.media import Medium, media_for, shown_picture
from mmrag.generation.prompt import Prompt, check_question, grounded_prompt
from mmrag.generation.reader import Reader
from mmrag.generation.reply import complete_sentences, deltas_of
from mmrag.generation.vectors import RememberedVectors
from mmrag.generation.verify import Judge
from mmrag.timing import timed_each

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
        judge: a cross-encoder that tells whether a source supports a sentence, where there is one.
        worded_by: a language model in place of the settings'; any LlamaIndex LLM will do.
        words_in: reads the words in a picture that is asked with; InputError where it has none.
    """

    settings: Settings
    embed: Embed
    fresh: Callable[[str], bool]
    reader: Reader | None = None
    judge: Judge | None = None
    worded_by: Wording | None = None
    words_in: Callable[[Path], str] | None = None

    def write(
        self,
        question: str,
        hits: Sequence[NodeWithScore],
        *,
        history: Sequence[ChatMessage] = (),
        said: Collection[str] = (),
        picture: str | Path | None = None,
        started: float | None = None,
    ) -> Answer:
        """Answer a question from `hits`, or abstain.

        What in the hits speaks to whoever reads them is neither quoted nor shown to a model, and
        links in an answer lead nowhere.

        Args:
            history: earlier turns of a conversation, for a language model.
            said: quotes that an extractive answer must not repeat.
            picture: one that belongs to the question. A model that cannot see is told the words in
                it instead, and the answer's note says so.
            started: `time.perf_counter()` at which the question came in.

        Raises:
            InputError: the question is too long to be one.
            GenerationError: the language model failed.
        """
        begun = time.perf_counter() if started is None else started
        hits, notes = self._readable(question, hits)
        if not self.is_worded:
            return self._finished(self._extractive(question, hits, said), begun, notes)
        draft = self._draft(question, hits, history, picture)
        if draft.grounding is not None and draft.prompt is not None:
            notes += draft.prompt.notes
            reply = "".join(timed_each("word", self._deltas(draft.prompt, stream=False)))
            draft.grounding.add(list(complete_sentences([reply])))
        return self._finished(self._concluded(draft, question, hits, said), begun, notes)

    def stream(
        self,
        question: str,
        hits: Sequence[NodeWithScore],
        *,
        history: Sequence[ChatMessage] = (),
        said: Collection[str] = (),
        picture: str | Path | None = None,
        started: float | None = None,
    ) -> Iterator[str | Answer]:
        """The same, sentence by sentence: each as soon as it is verified, the whole answer last.

        The sentences joined with spaces are the answer's text, unless it abstains or is extractive
        for want of a supported sentence; then nothing comes before it.

        Raises:
            InputError: the question is too long to be one.
            GenerationError: the language model failed; what was yielded before was verified.
        """
        begun = time.perf_counter() if started is None else started
        hits, notes = self._readable(question, hits)
        if not self.is_worded:
            answer = self._finished(self._extractive(question, hits, said), begun, notes)
            if not answer.abstained:
                yield answer.text
            yield answer
            return
        draft = self._draft(question, hits, history, picture)
        if draft.grounding is not None and draft.prompt is not None:
            notes += draft.prompt.notes
            deltas = timed_each("word", self._deltas(draft.prompt, stream=True))
            yield from grounded_pieces(draft.grounding, deltas)
        yield self._finished(self._concluded(draft, question, hits, said), begun, notes)

    @cached_property
    def wording(self) -> Wording:
        """The language model, checked to be there."""
        return self.worded_by or wording(self.settings)

    @property
    def is_worded(self) -> bool:
        """Whether a language model words the answers."""
        chosen = self.settings.answer.llm or "extractive"
        return self.worded_by is not None or chosen != "extractive"

    @cached_property
    def _vectors(self) -> RememberedVectors:
        return RememberedVectors(self.embed)

    def _readable(
        self, question: str, hits: Sequence[NodeWithScore]
    ) -> tuple[Sequence[NodeWithScore], tuple[str, ...]]:
        """The hits without instructions to the reader, and a note if there were any."""
        check_question(question)
        kept, count = disarmed(hits, sources=self.settings.answer.sources)
        passages = "1 passage holds" if count == 1 else f"{count} passages hold"
        note = f"{passages} instructions to the reader, which were left out."
        return kept, (note,) if count else ()

    def _draft(
        self,
        question: str,
        hits: Sequence[NodeWithScore],
        history: Sequence[ChatMessage],
        picture: str | Path | None,
    ) -> _Draft:
        words = self.wording  # a dead server is reported even when the sources would not answer
        answer = self.settings.answer
        found = gather(question, hits, self._vectors, sources=answer.sources, reader=self.reader)
        sure = confidence(question, hits, found)
        if sure < LLM_GATE * answer.abstain_below:
            return _Draft(sure)
        sources = hits[: answer.sources]
        media, unshown = media_for(sources, words, fresh=self.fresh)
        shown, written, unseen = self._picture(question, picture)
        prompt = grounded_prompt(
            written,
            sources,
            words,
            history=history,
            quotes={e.node.node_id: (e.start, e.end) for e in reversed(found)},
            media=media,
            picture=shown,
        )
        grounding = Grounding(
            question,
            sources,
            self._vectors,
            quotes=select(found) if sure >= answer.abstain_below else (),
            judge=self.judge,
            media={number: medium.kind for number, medium in prompt.media.items()},
        )
        notes = (*unseen, *unshown, *prompt.notes)
        return _Draft(sure, replace(prompt, notes=notes), grounding)

    def _picture(
        self, question: str, picture: str | Path | None
    ) -> tuple[Medium | None, str, tuple[str, ...]]:
        """The picture of a question as it is sent, or the question with its words and a note."""
        if picture is None:
            return None, question, ()
        if self.wording.sees:
            return shown_picture(picture), question, ()
        note = f"{self.wording.name} cannot see: of your picture it was told the words in it."
        try:
            words = self.words_in(Path(picture)) if self.words_in is not None else ""
        except InputError:
            words = ""
        if not words:
            note = f"{self.wording.name} cannot see, and your picture holds no words to tell it."
        elif words not in question:
            question = f"{question}\nWords in the picture: {words}"
        return None, question, (note,)

    def _deltas(self, prompt: Prompt, *, stream: bool) -> Iterator[str]:
        if stream:
            yield from deltas_of(self.wording.llm, prompt.messages)
        else:
            yield self.wording.llm.chat(prompt.messages).message.content or ""

    def _concluded(
        self,
        draft: _Draft,
        question: str,
        hits: Sequence[NodeWithScore],
        said: Collection[str],
    ) -> Answer:
        """The answer of a draft.

        A model that says that it found nothing is believed. One that said nothing that is supported
        is not: the sources answer in its place, if they pass the gate of an extractive answer.
        """
        name, grounding = self.wording.name, draft.grounding
        if grounding is None:
            return abstention("llm", name, draft.confidence)
        answer = grounding.answer(name, draft.confidence)
        if not answer.abstained or grounding.refused:
            return answer
        quoted = self._extractive(question, hits, said)
        if quoted.abstained:
            return answer
        return replace(quoted, dropped=answer.dropped, note=UNSUPPORTED)

    def _extractive(
        self, question: str, hits: Sequence[NodeWithScore], said: Collection[str]
    ) -> Answer:
        return extractive_answer(
            question,
            hits,
            self._vectors,
            abstain_below=self.settings.answer.abstain_below,
            sources=self.settings.answer.sources,
            said=said,
            reader=self.reader,
        )

    def _finished(self, answer: Answer, begun: float, notes: Sequence[str]) -> Answer:
        citations = tuple(
            replace(c, verified=c.verified and self.fresh(c.source)) for c in answer.citations
        )
        took = (time.perf_counter() - begun) * 1000
        note = " ".join(filter(None, (answer.note, *notes)))
        return replace(answer, citations=citations, note=note, took_ms=took)


@dataclass(frozen=True)
class _Draft:
    """What a language model is to word; without a grounding it is not even asked."""

    confidence: float
    prompt: Prompt | None = None
    grounding: Grounding | None = None
