"""The reader that ships with mmrag: a trained change of the packaged MiniLM."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmrag.embeddings.weights import PACKAGED, locate, without_progress_bars
from mmrag.errors import CheckpointMismatch
from mmrag.extras import require
from mmrag.generation.reader_inputs import encode
from mmrag.profiles import MINILM
from mmrag.store.spec import FloatArray
from mmrag.timing import timed

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from mmrag.generation.reader_model import ReaderModel

WEIGHTS = Path(__file__).with_name("reader.safetensors")
PURPOSE = "read passages for answers"
UNREAD = -20.0
"""Logit of a sentence that was past the longest passage or has no words."""
_TOGETHER = 4  # passages of a forward pass, the shortest first, so that little is padding


class MiniLMReader:
    """Reads passages with a question in mind; see `reader_model` for how.

    `pipelines/fit_reader.py` trained it, and prints how well it tells right sentences and near
    misses on texts that it was not trained on. English; what it knows of Swedish is little.

    Args:
        weights: a file that `fit_reader` saved. Loaded on first use.
    """

    name = "minilm-reader"

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = weights

    def read(self, question: str, passages: Sequence[Sequence[str]]) -> list[FloatArray]:
        """For each passage, a list of sentences, one logit a sentence.

        Above 0 means that the sentence answers the question. The first sentence may be the title
        and heading of the passage.

        Raises:
            CheckpointMismatch: the weights were trained over another base.
        """
        if not passages:
            return []
        torch = require("torch", extra="offline", purpose=PURPOSE)
        from mmrag.generation.reader_model import collate

        model, tokenizer = self._loaded
        rows = [encode(tokenizer, question, passage) for passage in passages]
        order = sorted(range(len(rows)), key=lambda n: len(rows[n].ids))
        found: dict[int, FloatArray] = {}
        with torch.inference_mode():
            for start in range(0, len(order), _TOGETHER):
                part = order[start : start + _TOGETHER]
                most = max(len(passages[n]) for n in part)
                over = model.margins(collate([rows[n] for n in part], most)).numpy()
                for n, row in zip(part, over, strict=True):
                    logits = np.maximum(row[: len(passages[n])], UNREAD)
                    found[n] = logits.astype(np.float32)
        return [found[n] for n in range(len(rows))]

    @cached_property
    def _loaded(self) -> tuple[ReaderModel, Tokenizer]:
        with timed("load the reader"):
            return self._read()

    def _read(self) -> tuple[ReaderModel, Tokenizer]:
        transformers = require("transformers", extra="offline", purpose=PURPOSE)
        safetensors = require("safetensors", extra="offline", purpose=PURPOSE)
        from mmrag.generation.reader_model import ReaderModel

        base = Path(locate(MINILM, purpose=PURPOSE).path)
        with without_progress_bars():
            model = ReaderModel(transformers.BertModel.from_pretrained(base))
        with safetensors.safe_open(self._weights, framework="pt") as file:
            wanted, found = (file.metadata() or {}).get("base"), digest_of(base)
            if wanted != found:
                raise CheckpointMismatch(
                    f"{self._weights.name} changes a base with SHA-256 {wanted}, and {MINILM} at "
                    f"{base} has {found}; install the release that mmrag[offline] asks for"
                )
            names = list(file.keys())  # a file of safetensors is no mapping
            model.take({name: file.get_tensor(name) for name in names})
        return model.eval(), tokenizer_of(base)


@cache
def packaged_reader() -> MiniLMReader | None:
    """The one reader, where the package with its base is installed; None elsewhere."""
    return MiniLMReader() if find_spec(PACKAGED[MINILM].package) else None


def tokenizer_of(base: Path) -> Tokenizer:
    """The base's tokenizer, without the cutting and padding that its file asks for."""
    tokenizers = require("tokenizers", extra="offline", purpose=PURPOSE)
    tokenizer: Tokenizer = tokenizers.Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def digest_of(base: Path) -> str:
    """SHA-256 of the base's weights."""
    digest = hashlib.sha256()
    with (base / "model.safetensors").open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
