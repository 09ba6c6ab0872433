"""Names in a question that no passage spells so: those that may have been misheard or misread."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmrag.embeddings.bm25 import Bm25
from mmrag.store.kinds import CHUNKS
from mmrag.store.spec import Prefetch, Query, Searchable
from mmrag.words import STOPWORDS

SHORTEST = 4
"""Letters of a name; shorter ones share their trigrams with too many words."""
BARE = 2
"""A question of so few words is taken to be a name, whatever its case."""
_WORD = re.compile(r"[^\W\d_]+")


def names_in(question: str) -> list[str]:
    """Words that look like names, each once: with a capital, and not the question's first word."""
    words = _WORD.findall(question)
    bare = len(words) <= BARE
    return list(
        dict.fromkeys(
            word
            for place, word in enumerate(words)
            if len(word) >= SHORTEST
            and word.casefold() not in STOPWORDS
            and (bare or (place > 0 and word[0].isupper()))
        )
    )


class Vocabulary:
    """The words of an index, as its BM25 space holds them.

    Args:
        engine: of the index.
        space: its BM25 space.
    """

    def __init__(self, engine: Searchable, *, space: str = "bm25") -> None:
        self._engine = engine
        self._space = space

    def lacks(self, words: Sequence[str]) -> list[str]:
        """Those of the words that stand in no passage in any form; one round trip to the store.

        It is asked each time and nothing is kept, for an index may grow under an open retriever.
        """
        vectors = [Bm25().encode_query(word) for word in words]
        rows = [row for row, vector in enumerate(vectors) if vector.indices]
        found = self._engine.query_batch(
            [
                Query(
                    (Prefetch(vectors[row], self._space, 1),), 1, where=CHUNKS, with_payload=False
                )
                for row in rows
            ]
        )
        known = {row for row, hits in zip(rows, found, strict=True) if hits}
        return [word for row, word in enumerate(words) if row not in known]
