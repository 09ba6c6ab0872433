"""A flag: that a category of a policy applies to an item, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mmrag.tasks.moderation.policy import Action

STRICTEST: tuple[Action, ...] = ("skip", "quarantine", "tag")


@dataclass(frozen=True)
class Flag:
    """Why a category applies.

    Attributes:
        category: of the policy.
        action: what the policy does about it.
        by: "image", "audio" or "text" for a score; "word", the name of a pattern, or a kind of
            personal data for what stands in the text.
        score, threshold: of a score, both in 0..1.
        space: whose vectors were scored.
        prompt: the prompt for the category that is nearest.
        shown: of what stands in the text, the word, or a masked beginning.
        start, end: where that stands, in characters of the item's text.
        page, start_ms, end_ms: where that is in the file: of a transcript, when it is said.
    """

    category: str
    action: Action
    by: str
    score: float | None = None
    threshold: float | None = None
    space: str | None = None
    prompt: str | None = None
    shown: str | None = None
    start: int | None = None
    end: int | None = None
    page: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None

    @property
    def reason(self) -> str:
        """One line: "violence: image 0.83 >= 0.80 in clip, nearest 'a photo of …'"."""
        if self.score is None or self.threshold is None:
            what = f"{self.by} {self.shown!r}"
        else:
            what = f"{self.by} {self.score:.2f} >= {self.threshold:.2f} in {self.space}, nearest "
            what += repr(self.prompt)
        return f"{self.category}: {what}{self.place}"

    @property
    def place(self) -> str:
        """ ", page 3" or ", 12.0-15.5 s"; empty where the file has neither."""
        if self.start_ms is not None and self.end_ms is not None:
            return f", {self.start_ms / 1000:.1f}-{self.end_ms / 1000:.1f} s"
        return "" if self.page is None else f", page {self.page}"

    def as_dict(self) -> dict[str, Any]:
        """As JSON, without what does not apply."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def strictest(flags: Sequence[Flag]) -> Action | None:
    """The strictest action that the flags of an item ask for; None without a flag."""
    asked = {flag.action for flag in flags}
    return next((action for action in STRICTEST if action in asked), None)
