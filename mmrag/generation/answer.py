"""What an answer is, whoever wrote it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from mmrag.generation.citations import Citation

NOT_FOUND = "Not in your files: no passage answers this question."


UNSUPPORTED = "What the language model said is not in your files; these are their own words."


@dataclass(frozen=True)
class Dropped:
    """A sentence of a language model that was not delivered, or a mark that points nowhere."""

    text: str
    reason: str


@dataclass(frozen=True)
class Answer:
    """An answer with its checked citations, or the honest absence of one.

    Attributes:
        text: the answer with `[n]` marks that number the citations.
        abstained: the files do not answer; `citations` is empty then.
        mode: "llm" when a language model worded it, "extractive" when it is sentences as they
            stand in the sources.
        model: the language model, None for an extractive answer.
        confidence: calibrated probability, 0..1, that the sources answer the question.
        dropped: what the model said besides and no source supports.
        note: what else is to be told of it: that quotes stand in for a model's unsupported reply.
    """

    text: str
    abstained: bool
    mode: Literal["llm", "extractive"]
    model: str | None
    citations: tuple[Citation, ...]
    confidence: float
    took_ms: float = 0.0
    dropped: tuple[Dropped, ...] = ()
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of `mmrag ask --json`."""
        return {
            "answer": self.text,
            "abstained": self.abstained,
            "mode": self.mode,
            "model": self.model,
            "confidence": round(self.confidence, 4),
            "citations": [citation.as_dict() for citation in self.citations],
            "dropped": [asdict(dropped) for dropped in self.dropped],
            "note": self.note,
            "took_ms": round(self.took_ms, 1),
        }


def abstention(
    mode: Literal["llm", "extractive"],
    model: str | None,
    confidence: float,
    dropped: tuple[Dropped, ...] = (),
) -> Answer:
    """The answer that says nothing."""
    return Answer(NOT_FOUND, True, mode, model, (), confidence, dropped=dropped)
