"""CLIP's byte-pair encoding, as ImageBind was trained with, without asking a hub if possible."""

from __future__ import annotations

import gzip
import html
import json
from collections.abc import Iterable, Sequence
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import CheckpointMismatch, ModelUnavailable
from mmrag.extras import require

PURPOSE = "tokenise text for ImageBind"
START, END = "<|startoftext|>", "<|endoftext|>"
MERGES = 48_894
"""Of the published list, which holds more."""
VOCABULARY = "bpe_simple_vocab_16e6.txt.gz"
CARRIERS = {"imagebind": "bpe", "open_clip": "", "clip": ""}
"""Packages that carry the vocabulary, and the folder it is in."""
HUB = "openai/clip-vit-base-patch32"

# ftfy, which the training texts passed through, makes quotation marks straight
_STRAIGHT = str.maketrans(dict.fromkeys("‘’‚‛", "'") | dict.fromkeys("“”„‟", '"'))


class TextTokenizer:
    """Texts to token ids: a start token, at most `context - 2` tokens of text, an end token.

    The marks of start and end that stand in a text itself are read as ordinary characters, so that
    no text can end another's vector early.
    """

    def __init__(self, backend: Any, context: int) -> None:  # noqa: ANN401  (a tokenizers.Tokenizer)
        backend.encode_special_tokens = True
        self._backend = backend
        self.context = context
        self.size: int = backend.get_vocab_size()
        around = backend.encode("").ids
        if len(around) != 2 or around[1] != self.size - 1:
            raise CheckpointMismatch(
                f"the tokenizer puts {around} around a text, not a start token and an end token "
                f"with the highest id, {self.size - 1}; use the tokenizer of CLIP"
            )
        self.end: int = around[1]
        self._longest = context * max(map(len, backend.get_vocab()))

    @classmethod
    def from_merges(cls, merges: Iterable[tuple[str, str]], context: int) -> TextTokenizer:
        """The tokenizer of a list of merges: 512 byte tokens, the merged ones, start and end."""
        pairs = list(merges)
        characters = _byte_characters()
        tokens = [*characters, *(c + "</w>" for c in characters), *(a + b for a, b in pairs)]
        return cls(_clip({t: i for i, t in enumerate([*tokens, START, END])}, pairs), context)

    @classmethod
    def find(cls, folder: Path, context: int, *, local_files_only: bool = False) -> TextTokenizer:
        """The tokenizer in `folder`, else that of an installed package, else that of CLIP's hub id.

        Raises:
            CheckpointMismatch: files in `folder` that are no tokenizer of this kind.
            ModelUnavailable: it is nowhere.
        """
        if (folder / "tokenizer.json").is_file() or (folder / "vocab.json").is_file():
            return cls(_in_folder(folder), context)
        packaged = _in_package()
        if packaged is not None:
            lines = gzip.decompress(packaged.read_bytes()).decode("utf-8").split("\n")
            pairs = (line.split() for line in lines[1 : MERGES + 1])
            return cls.from_merges(((first, second) for first, second in pairs), context)
        return cls(_read(_on_hub(folder, local_files_only)), context)

    def save(self, folder: Path) -> None:
        """Write tokenizer.json."""
        self._backend.save(str(folder / "tokenizer.json"))

    def ids(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """(n, longest of these) ids, padded with 0, which follows the end and is not seen."""
        # no `context` tokens hold more characters than that, and a book need not be read whole
        cleaned = [clean(text)[: self._longest] for text in texts]
        # one by one: `encode_batch` starts threads, which forking processes are warned about
        rows = [self._backend.encode(text).ids for text in cleaned]
        kept = [r if len(r) <= self.context else [*r[: self.context - 1], self.end] for r in rows]
        out = np.zeros((len(kept), max(map(len, kept), default=0)), dtype=np.int64)
        for place, row in enumerate(kept):
            out[place, : len(row)] = row
        return out


def clean(text: str) -> str:
    """Entities resolved twice, as the training texts were; straight quotes; single spaces."""
    unescaped = html.unescape(html.unescape(text.translate(_STRAIGHT)))
    return " ".join(unescaped.split())


def _clip(vocabulary: dict[str, int], merges: Sequence[tuple[str, str]]) -> Any:  # noqa: ANN401
    library = require("transformers", extra="all", purpose=PURPOSE)
    return library.CLIPTokenizer(vocab=vocabulary, merges=list(merges)).backend_tokenizer


def _in_folder(folder: Path) -> Any:  # noqa: ANN401
    if (folder / "tokenizer.json").is_file():
        return _read(folder / "tokenizer.json")
    try:
        vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        lines = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")
        pairs = (line.split(" ") for line in lines if line and not line.startswith("#version"))
        return _clip(vocabulary, [(first, second) for first, second in pairs])
    except Exception as exc:  # tokenizers raises bare Exception for merges outside the vocabulary
        raise CheckpointMismatch(f"{folder} holds no tokenizer that can be read: {exc}") from exc


def _read(file: Path) -> Any:  # noqa: ANN401
    library = require("tokenizers", extra="all", purpose=PURPOSE)
    try:
        return library.Tokenizer.from_file(str(file))
    except Exception as exc:  # tokenizers raises bare Exception for a damaged file
        raise CheckpointMismatch(f"{file} is no tokenizer that can be read: {exc}") from exc


def _on_hub(folder: Path, local_files_only: bool) -> Path:
    library = require("transformers.utils", extra="all", purpose=PURPOSE)
    try:
        found = library.cached_file(HUB, "tokenizer.json", local_files_only=local_files_only)
    except OSError as exc:
        raise ModelUnavailable(
            f"CLIP's vocabulary, which ImageBind reads text with, is not on this machine and the "
            f"hub cannot be reached; put the tokenizer.json of {HUB} into {folder}"
        ) from exc
    return Path(found)


def _in_package() -> Path | None:
    for package, inner in CARRIERS.items():
        # find_spec does not run the package, which would import what it needs for training
        spec = util.find_spec(package)
        for place in spec.submodule_search_locations or () if spec else ():
            path = Path(place, inner, VOCABULARY)
            if path.is_file():
                return path
    return None


def _byte_characters() -> list[str]:
    """A visible character for each byte, in CLIP's order: the visible ones, then the others."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = 256 - len(visible)
    return [chr(byte) for byte in visible] + [chr(256 + place) for place in range(hidden)]
