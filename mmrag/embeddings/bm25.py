"""BM25 as sparse vectors, computed on the client so that every store sees the same tokens.

Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond". The term
frequency part is in the document vector; the inverse document frequency is applied by the store
(Qdrant's IDF modifier), so it follows the collection as it grows.

Own code, for Qdrant's own BM25 exists only in one of its two engines and knows one language a text.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from mmrag.store.spec import SparseVector
from mmrag.words import content_words, forms


@dataclass(frozen=True)
class Bm25:
    """Encoder of texts and queries for a sparse space with IDF.

    Attributes:
        k1: saturation of the term frequency.
        b: how much the length of the text counts.
        average_length: content words in a usual passage. It is a constant rather than the
            collection's mean, so that vectors need not be rewritten when the collection grows.
    """

    k1: float = 1.2
    b: float = 0.75
    average_length: float = 50.0

    def encode_documents(self, texts: Sequence[str]) -> list[SparseVector]:
        """One sparse vector a text; an empty text gives an empty vector."""
        return [self._document(text) for text in texts]

    def encode_query(self, text: str) -> SparseVector:
        """Weights of a query: a word counts once in all, shared among its forms."""
        weights: defaultdict[int, float] = defaultdict(float)
        for word in set(content_words(text)):
            shapes = forms(word)
            for shape in shapes:
                weights[_term_id(shape)] += 1 / len(shapes)
        return _sparse(weights)

    def _document(self, text: str) -> SparseVector:
        words = content_words(text)
        counts = Counter(shape for word in words for shape in forms(word))
        norm = self.k1 * (1 - self.b + self.b * len(words) / self.average_length)
        weights: dict[int, float] = {}
        for shape, count in counts.items():
            term = _term_id(shape)
            weights[term] = weights.get(term, 0.0) + count * (self.k1 + 1) / (count + norm)
        return _sparse(weights)


def _term_id(term: str) -> int:
    """Qdrant keys sparse vectors by unsigned 32-bit numbers."""
    return zlib.crc32(term.encode())


def _sparse(weights: dict[int, float]) -> SparseVector:
    ordered = sorted(weights.items())
    return SparseVector(tuple(k for k, _ in ordered), tuple(v for _, v in ordered))
