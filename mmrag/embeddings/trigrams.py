"""Letter trigrams as sparse vectors, by which a name is found that was misheard or misread.

"Haugseth" comes back from a recording as "Hall -Rimson" or "Haug set", from a blurred poster as
"Haugsetb": hardly ever as one word that a search for words would meet, but with some of its letters
in their order. A trigram may span two words, for speech recognition cuts names where it likes. The
store weighs trigrams by inverse document frequency, as it does the words of BM25.

Own code, for the n-gram tokenizers of the store's engines serve text filters, not sparse vectors.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Sequence

from mmrag.store.spec import SparseVector
from mmrag.words import fold

_WORD = re.compile(r"[^\W\d_]+")
# letters that Unicode does not decompose, as recognisers write them
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "ı": "i"})


class Trigrams:
    """Encoder of transcripts, OCR text and names for a sparse space with IDF."""

    def encode_documents(self, texts: Sequence[str]) -> list[SparseVector]:
        """One sparse vector a text, 1 for each trigram it holds; a text without any gives none."""
        return [_sparse(dict.fromkeys(_trigrams(text), 1.0)) for text in texts]

    def encode_query(self, names: Sequence[str]) -> SparseVector:
        """Weights of names: each counts as the root of how many trigrams it has."""
        weights: defaultdict[str, float] = defaultdict(float)
        for name in dict.fromkeys(names):
            trigrams = _trigrams(name)
            for trigram in trigrams:
                weights[trigram] += 1 / math.sqrt(len(trigrams))
        return _sparse(weights)


def _trigrams(text: str) -> set[str]:
    folded = fold(unicodedata.normalize("NFKC", text).casefold()).translate(_PLAIN)
    letters = "".join(_WORD.findall(folded))
    return {letters[at : at + 3] for at in range(len(letters) - 2)}


def _sparse(weights: dict[str, float]) -> SparseVector:
    by_id: defaultdict[int, float] = defaultdict(float)
    for trigram, weight in weights.items():
        by_id[zlib.crc32(trigram.encode())] += weight
    ordered = sorted(by_id.items())
    return SparseVector(tuple(k for k, _ in ordered), tuple(v for _, v in ordered))
