"""What an answer is, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from mmrag.generation.citations import Citation

NOT_FOUND = "Not in your files: no passage answers this question."


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
        notes: what the user should know of how it came about, such as sources that were cut.
    """

    text: str
    abstained: bool
    mode: Literal["llm", "extractive"]
    model: str | None
    citations: tuple[Citation, ...]
    confidence: float
    took_ms: float = 0.0
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of `mmrag ask --json`."""
        return {
            "answer": self.text,
            "abstained": self.abstained,
            "mode": self.mode,
            "model": self.model,
            "confidence": round(self.confidence, 4),
            "citations": [citation.as_dict() for citation in self.citations],
            "notes": list(self.notes),
            "took_ms": round(self.took_ms, 1),
        }


def abstention(mode: Literal["llm", "extractive"], model: str | None, confidence: float) -> Answer:
    """The answer that says nothing."""
    return Answer(NOT_FOUND, True, mode, model, (), confidence)
