"""The side of an index that is measured, and tuned, on labelled questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from llama_index.core.schema import QueryBundle

from mmrag.config import Settings
from mmrag.errors import InputError
from mmrag.evaluation.places import in_index
from mmrag.evaluation.questions import LabelledQuestion, read_questions
from mmrag.evaluation.report import write_report
from mmrag.evaluation.retrieval import DEPTH, Judged, answerable, ask, judge
from mmrag.evaluation.tuning import Contrast, Tuning, check_on, parts_of, tune
from mmrag.evaluation.weightings import search_once
from mmrag.extras import require
from mmrag.record import Record
from mmrag.rerank.choice import Reranking
from mmrag.rerank.trial import Trial, run_trial
from mmrag.retrieval.hybrid import HybridRetriever
from mmrag.retrieval.ranking import Fusion
from mmrag.retrieval.results import SearchResult
from mmrag.store.qdrant import MMRagQdrantStore

Progress = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
"""Told what is done and how many times; within it, what it gives is called after each."""


def _quiet(what: str, total: int) -> AbstractContextManager[Callable[[], None]]:
    return nullcontext(lambda: None)


@dataclass(frozen=True)
class TunedWeights:
    """Weights that were learnt, and what they are worth elsewhere.

    Attributes:
        fusion: that they are for.
        tuning: weights, and what they score on the questions and on those left out in turn.
        test: the learnt weights on the test split; None without one.
        unasked: by question that could not be asked, why. It counts as having found nothing.
    """

    fusion: Fusion
    tuning: Tuning
    test: Contrast | None
    unasked: Mapping[str, str]


class Measuring(ABC):
    """Puts labelled questions to the index, and tells how it did."""

    settings: Settings
    query: Callable[..., QueryBundle]
    search: Callable[..., SearchResult]
    as_retriever: Callable[..., HybridRetriever]
    _store: MMRagQdrantStore
    _record: Record

    def evaluate(
        self,
        questions: str | Path,
        *,
        split: str | None = None,
        k: int = DEPTH,
        report: str | Path | None = None,
        progress: Progress = _quiet,
    ) -> Judged:
        """Measure retrieval on labelled questions, as `mmrag eval retrieval` does.

        Args:
            questions: JSON lines; `mmrag.evaluation.questions` says what stands in them.
            split: only questions of this split.
            k: how many hits are judged, at least 10.
            report: folder to write `retrieval.md` and `retrieval.png` to.

        Raises:
            InputError: questions that cannot be used, or a folder that cannot be written to.
            MissingExtra: what measures, or draws the report, is not installed.
        """
        if k < DEPTH:
            raise InputError(f"the measures look at {DEPTH} hits; found k = {k}")
        # before minutes of searching
        require("ir_measures", extra="eval", purpose="measure rankings")
        if report is not None:
            require("matplotlib", extra="eval", purpose="draw the report")
        rows = read_questions(Path(questions), split=split)
        with progress("asking", len(answerable(rows))) as done:
            rankings = ask(
                rows,
                lambda row: self.search(row.words, image=row.image, audio=row.audio, k=k).places,
                done=done,
            )
        judged = judge(rows, rankings, in_index(self._store.engine, rows))
        if report is not None:
            about = {"file": str(questions), "split": split or "all", "hits judged": str(k)}
            write_report({self.fusion: judged}, Path(report), about=about)
        return judged

    def tune_weights(
        self,
        questions: str | Path,
        *,
        split: str | None = None,
        test_split: str | None = None,
        folds: int = 5,
        progress: Progress = _quiet,
    ) -> TunedWeights:
        """Learn how much each channel should weigh, as `mmrag eval tune` does; changes nothing.

        Reranking comes after it and is left out.

        Args:
            questions: as of `evaluate`; 20 at least that have an answer.
            split: only these are learnt from.
            test_split: the learnt weights are scored on these, and nothing is learnt from them.
            folds: parts that are left out in turn, to tell what the weights are worth.

        Raises:
            InputError: questions that cannot be used, too few of them, or nothing to weigh.
        """
        if test_split is not None and split in (None, test_split):
            raise InputError(
                f"the test split {test_split!r} would be learnt from; name another split to learn "
                f"from"
            )
        rows = answerable(read_questions(Path(questions), split=split))
        tests: list[LabelledQuestion] = []
        if test_split is not None:
            tests = answerable(read_questions(Path(questions), split=test_split))
            if not tests:
                raise InputError(f"no question of the split {test_split!r} has an answer to find")
        parts = parts_of(rows, folds)
        weighing = self.as_retriever(top_k=DEPTH).weighing
        with progress("searching", len(rows) + len(tests)) as done:
            cases, unasked = search_once(rows, self.query, weighing, done=done)
            others, more = search_once(tests, self.query, weighing, done=done)
        in_use, anchor = self.settings.retrieval.weights, self._store.primary
        with progress("weighing", len(cases)) as done:
            tuning = tune(cases, parts, in_use=in_use, anchor=anchor, done=done)
        test = check_on(others, tuning) if others else None
        return TunedWeights(self.fusion, tuning, test, {**unasked, **more})

    def try_reranking(self, questions: Iterable[LabelledQuestion], *, keep: bool = True) -> Trial:
        """Search for labelled questions with and without reranking; "auto" goes by what is kept.

        Raises:
            InputError: no questions, or one without a label.
            ConfigError: neither settings nor profile name a model.
        """
        trial = run_trial(self.search, questions, self._reranking.setup)
        if keep:
            self._record.described.amend(reranking=trial.as_dict())
        return trial

    @property
    @abstractmethod
    def fusion(self) -> Fusion:
        """How channels are fused."""

    @property
    @abstractmethod
    def _reranking(self) -> Reranking:
        """Whether and by what hits are judged again."""
