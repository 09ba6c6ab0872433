"""The hybrid retriever: one query vector a channel, one batch to the store, fused on the client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.config import DEFAULT_WEIGHTS
from mmrag.errors import ConfigError
from mmrag.modalities import Modality
from mmrag.retrieval.background import Backgrounds
from mmrag.retrieval.channels import Channel, encode_all
from mmrag.retrieval.copies import exact, places_of, similar
from mmrag.retrieval.diversity import diverse, pool_size
from mmrag.retrieval.expansion import CONTEXT, expand
from mmrag.retrieval.fusion import ChannelScore, Fused, Weights
from mmrag.retrieval.likeness import Likeness
from mmrag.retrieval.query import (
    MultiModalQuery,
    narrowing,
    of_modalities,
    parts_of,
    with_sound,
)
from mmrag.retrieval.ranking import Asked, Fusion, Ranker
from mmrag.retrieval.scales import Scales
from mmrag.retrieval.searched import Searched
from mmrag.retrieval.shortlist import Candidate, shortlists
from mmrag.schema import FLAGS
from mmrag.spelling import did_you_mean
from mmrag.store.filters import condition_of
from mmrag.store.kinds import ALL_CHUNKS, CHUNK, CHUNKS, HIDDEN, owned_by
from mmrag.store.nodes import payload_to_node
from mmrag.store.spec import All, Condition, DenseSpace, IsEmpty, Point
from mmrag.timing import timed

CHANNELS_KEY = "channels"
"""Metadata key under which each hit says what every channel thought of it."""
DUPLICATES_KEY = "duplicates"
"""Metadata key under which a hit names the places of the copies that it stands for."""
RANKED, RANKED_LEAST = 8, 64
"""For each hit wanted, and on top of that: how many candidates are told apart from each other after
fusion. More copies than that of one file leave fewer hits than were wanted."""


@dataclass(frozen=True)
class Weighing:
    """A question that was encoded and searched once, to be ranked by any weights in memory.

    Attributes:
        spaces: those that propose something.
        rank: by weights, the hits as the retriever would rank them.
    """

    spaces: frozenset[str]
    rank: Callable[[Weights], list[Candidate]]


class HybridRetriever(BaseRetriever):
    """Finds nodes through several named vectors of one collection.

    Each hit's `metadata["channels"]` holds, by channel, its rank, raw score and calibrated score;
    `metadata["duplicates"]`, if there are any, the source, page and times of copies that it stands
    for; `metadata["context"]`, with `expand`, its text among its neighbours.

    A question costs one round trip to the store for the ranking; the winners are fetched by their
    ids afterwards, since sending what every candidate holds would cost more than that second call.

    Args:
        store: what is searched: an `MMRagQdrantStore`, or what does as it does.
        channels: what is asked; a channel the question has no words (or picture, or sound) for is
            left out.
        top_k: how many nodes are returned.
        candidates: how many each channel proposes before fusion.
        fusion: "calibrated" by what each score is worth against its background, "dbsf" by the
            distribution of scores, "rrf" by weighted reciprocal ranks, "weighted_sum" by scores
            from the lowest to the highest of each channel.
        rrf_k: constant of reciprocal rank fusion, ranks from 1.
        weights: by space, 1 where none is given.
        filters: LlamaIndex metadata filters that every hit must pass.
        modalities: only nodes of these; empty means all.
        tenant: whom every hit must belong to, whatever filters a question brings; None does not
            look at that.
        quarantined: find nodes in quarantine too; nothing that is open to others may.
        flagged: find nodes that moderation has flagged and not put into quarantine.
        diversity: 0..1, how much unlikeness counts against relevance; hits come in the order in
            which they were chosen, then, with their fused scores (`mmrag.retrieval.diversity`).
        collapse: show equal content once.
        collapse_similar: cosine from which pictures and sounds count as the same; None is never
            (`mmrag.retrieval.copies`).
        expand: neighbouring passages on each side that go into a hit's context.
        backgrounds: samples of the collection, to be shared by retrievers; taken when None.
        scales: what a match scores in each space; measured on first use when None.

    Raises:
        ConfigError: an option out of its range, a tenant without a name, or a weight for a space
            that is neither in the store nor among those that every profile has.
    """

    def __init__(
        self,
        store: Searched,
        channels: Sequence[Channel],
        *,
        top_k: int = 10,
        candidates: int = 100,
        fusion: Fusion = "dbsf",
        rrf_k: int = 60,
        weights: Mapping[str, float] | None = None,
        filters: MetadataFilters | None = None,
        modalities: Sequence[Modality] = (),
        tenant: str | None = None,
        quarantined: bool = False,
        flagged: bool = True,
        diversity: float = 0.0,
        collapse: bool = True,
        collapse_similar: float | None = None,
        expand: int = 0,
        backgrounds: Backgrounds | None = None,
        scales: Scales | None = None,
    ) -> None:
        _check(tenant, diversity, collapse_similar, expand)
        _check_weights(weights or {}, {*store.engine.spaces, *(c.space for c in channels)})
        self._store = store
        self._channels = tuple(channels)
        self._top_k = top_k
        self._candidates = candidates
        self._modalities = tuple(modalities)
        self._kinds = (CHUNK, HIDDEN) if quarantined else (CHUNK,)
        self._flagged = flagged
        self._always: list[Condition] = [ALL_CHUNKS if quarantined else CHUNKS]
        if not flagged:
            self._always.append(IsEmpty(FLAGS))
        if tenant is not None:
            self._always.append(owned_by(tenant))
        if filters is not None:
            self._always.append(condition_of(filters))
        self._diversity = diversity
        self._collapse, self._collapse_similar = collapse, collapse_similar
        self._expand = expand
        self._ranker = Ranker(
            store,
            channels,
            fusion=fusion,
            rrf_k=rrf_k,
            weights=dict(weights or {}),
            backgrounds=backgrounds,
            scales=scales,
        )
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self.retrieve_batch([query_bundle])[0]

    def retrieve_batch(self, queries: Sequence[QueryBundle]) -> list[list[NodeWithScore]]:
        """Hits of several questions, in their order.

        Every model encodes the words of all questions in one pass, and so their pictures and their
        sounds; the store is asked once for all.

        Raises:
            LoadError: a picture or recording that is asked with cannot be read.
        """
        asked = self._asked(queries)
        wanted = [self._wanted(query) for query in queries]
        found = self._shortlists(self._ranker.rank(asked), wanted)
        answers = [[_hit(candidate) for candidate in candidates] for candidates in found]
        if self._expand:
            nodes = [[hit.node for hit in hits] for hits in answers]
            expand(nodes, self._expand, self._around)
        for hit in (hit for hits in answers for hit in hits):
            _keep_to_oneself(hit.node)
        return answers

    def weighing(self, query: QueryBundle) -> Weighing:
        """Search for a question now, and rank it later by one set of weights after another.

        Raises:
            LoadError: a picture or recording that is asked with cannot be read.
        """
        (proposals,) = self._ranker.propose(self._asked([query]))
        wanted, known = [self._wanted(query)], dict[str, Point | None]()
        return Weighing(
            proposals.spaces,
            lambda weights: self._shortlists([proposals.fuse(weights)], wanted, known)[0],
        )

    def _asked(self, queries: Sequence[QueryBundle]) -> list[Asked]:
        vectors = {}
        for channel in self._channels if queries else ():
            with timed(f"encode for {channel.space}"):
                vectors[channel.space] = encode_all(channel, queries)
        asked = []
        for row, query in enumerate(queries):
            own = {space: column[row] for space, column in vectors.items()}
            modalities, top_k = self._modalities, self._wanted(query)
            if isinstance(query, MultiModalQuery):
                modalities = query.modalities or modalities
            conditions = (*self._always, *narrowing(query), *of_modalities(modalities))
            asked.append(
                Asked(
                    vectors={s: vector for s, vector in own.items() if vector is not None},
                    parts=parts_of(query),
                    modalities=with_sound(modalities),
                    where=All(conditions),
                    depth=max(self._candidates, top_k),
                    limit=RANKED * top_k + RANKED_LEAST,
                )
            )
        return asked

    def _around(self, ids: Sequence[str]) -> dict[str, BaseNode]:
        """The neighbours of hits, of those that might be hits themselves."""
        found = self._store.nodes_by_point(ids)
        if self._flagged:
            return found
        return {name: node for name, node in found.items() if not node.metadata.get(FLAGS)}

    def _wanted(self, query: QueryBundle) -> int:
        return (isinstance(query, MultiModalQuery) and query.top_k) or self._top_k

    @timed("fetch the hits")
    def _shortlists(
        self,
        rankings: Sequence[Sequence[Fused]],
        wanted: Sequence[int],
        known: dict[str, Point | None] | None = None,
    ) -> list[list[Candidate]]:
        """The hits of each ranking; points that are known are not fetched again."""
        diversify = self._diversity > 0
        found = shortlists(
            self._store.engine,
            rankings,
            [pool_size(count) for count in wanted] if diversify else wanted,
            collapse=self._without_copies,
            with_vectors=diversify or self._collapse_similar is not None,
            points=known,
            kinds=self._kinds,
        )
        if diversify:
            return [self._chosen(*row) for row in zip(found, wanted, strict=True)]
        return found

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)

    async def aretrieve_batch(self, queries: Sequence[QueryBundle]) -> list[list[NodeWithScore]]:
        """`retrieve_batch` in a thread."""
        return await asyncio.to_thread(self.retrieve_batch, queries)

    def _without_copies(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        left = exact(candidates) if self._collapse else list(candidates)
        if self._collapse_similar is None:
            return left
        spaces = self._store.engine.spaces
        media = {
            name
            for name, space in spaces.items()
            if isinstance(space, DenseSpace) and name != self._store.primary
        }
        return similar(left, above=self._collapse_similar, spaces=media)

    def _chosen(self, candidates: Sequence[Candidate], wanted: int) -> list[Candidate]:
        scores = [candidate.fused.score for candidate in candidates]
        likeness = Likeness([candidate.vectors for candidate in candidates])
        order = diverse(scores, likeness, wanted, diversity=self._diversity)
        return [candidates[place] for place in order]


def channels_of(hit: NodeWithScore) -> dict[str, ChannelScore]:
    """What each channel said of a hit; empty for hits of other retrievers."""
    rows = hit.node.metadata.get(CHANNELS_KEY) or {}
    return {name: ChannelScore(**row) for name, row in rows.items()}


def _hit(candidate: Candidate) -> NodeWithScore:
    node = payload_to_node(candidate.payload)
    said = candidate.fused.channels
    node.metadata[CHANNELS_KEY] = {name: asdict(score) for name, score in said.items()}
    if candidate.copies:
        node.metadata[DUPLICATES_KEY] = places_of(candidate.copies)
    return NodeWithScore(node=node, score=candidate.fused.score)


def _keep_to_oneself(node: BaseNode) -> None:
    """What was added to a node's metadata is neither embedded nor shown to a language model."""
    for key in (CHANNELS_KEY, DUPLICATES_KEY, CONTEXT):
        if key in node.metadata:
            node.excluded_embed_metadata_keys.append(key)
            node.excluded_llm_metadata_keys.append(key)


def _check(
    tenant: str | None, diversity: float, collapse_similar: float | None, expand: int
) -> None:
    if tenant is not None and not tenant.strip():
        raise ConfigError("the tenant has no name; name one, or give None for no tenant")
    if not 0 <= diversity <= 1:
        raise ConfigError(f"diversity {diversity} is not in 0..1")
    if collapse_similar is not None and not 0 < collapse_similar <= 1:
        raise ConfigError(f"collapse_similar {collapse_similar} is no cosine above 0, up to 1")
    if expand < 0:
        raise ConfigError(f"expand {expand}: a passage cannot have fewer than 0 neighbours")


def _check_weights(weights: Mapping[str, float], spaces: Collection[str]) -> None:
    """The words' spaces may have weights anywhere, for the settings' defaults name them."""
    unknown = sorted(set(weights) - {*spaces, *DEFAULT_WEIGHTS})
    if unknown:
        raise ConfigError(
            f"retrieval.weights names {', '.join(map(repr, unknown))}, and there is no such space"
            f"{did_you_mean(unknown[0], spaces)}; "
            f"the spaces are: {', '.join(sorted(spaces))}"
        )
