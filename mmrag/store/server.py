"""The server engine: a collection on a Qdrant server or cluster."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse
from qdrant_client.local.qdrant_local import QdrantLocal

from mmrag.errors import MmragError, StoreError
from mmrag.store.checks import checked_spaces
from mmrag.store.engine import CheckedEngine
from mmrag.store.kinds import INDEXED_KEYS
from mmrag.store.quantization import Quantizations, Rescoring, checked_quantization
from mmrag.store.query_checks import json_path
from mmrag.store.server_translate import (
    dense_out,
    filter_out,
    hit_in,
    index_out,
    point_in,
    point_out,
    quantization_diff,
    quantization_in,
    query_out,
    ranked_in,
    space_out,
    spaces_in,
    sparse_out,
    vectors_out,
)
from mmrag.store.spec import Condition, Hit, Point, Prefetch, Query, Ranked, Scalar, Space

COLLECTION = "mmrag"
TIMEOUT_S = 30
RESCORING = Rescoring()


class ServerEngine(CheckedEngine):
    """A collection behind a `QdrantClient`.

    Writes wait until they are applied. Made by `connect` or, from a client of one's own, by
    `from_client`.
    """

    def __init__(
        self,
        client: QdrantClient,
        collection: str,
        params: models.CollectionParams,
        location: str,
        rescoring: Rescoring,
    ) -> None:
        super().__init__(
            {space.name: space for space in spaces_in(params)},
            location,
            # The in-memory double of the client breaks under threads; a real client does not.
            serial=_is_double(client),
            quantization=quantization_in(params),
            rescoring=rescoring,
        )
        self._client, self._collection = client, collection

    @classmethod
    def connect(
        cls,
        url: str,
        spaces: Iterable[Space] | None = None,
        *,
        collection: str = COLLECTION,
        api_key: str | None = None,
        prefer_grpc: bool = False,
        timeout_s: int = TIMEOUT_S,
        quantization: Quantizations | None = None,
        rescoring: Rescoring = RESCORING,
    ) -> ServerEngine:
        """Open the collection, adding the spaces that it lacks, or make it.

        Args:
            url: such as "http://localhost:6333".
            spaces: None opens a collection that exists.
            quantization: of a new collection, codes beside the vectors, by dense space.
            rescoring: how codes are searched.

        Raises:
            StoreError: no server answers, it refuses, or there is no such collection.
            IndexMismatch: a space of that name exists with another size or distance.
        """
        client = _client(url, api_key, prefer_grpc=prefer_grpc, timeout_s=timeout_s)
        return cls.from_client(
            client,
            spaces,
            collection=collection,
            location=url,
            quantization=quantization,
            rescoring=rescoring,
        )

    @classmethod
    def exists(cls, url: str, *, collection: str = COLLECTION, api_key: str | None = None) -> bool:
        """Whether the server has the collection.

        Raises:
            StoreError: no server answers, or it refuses.
        """
        client = _client(url, api_key)
        with _server_errors(url):
            try:
                return bool(client.collection_exists(collection))
            finally:
                client.close()

    @classmethod
    def from_client(
        cls,
        client: QdrantClient,
        spaces: Iterable[Space] | None = None,
        *,
        collection: str = COLLECTION,
        location: str = "QdrantClient",
        quantization: Quantizations | None = None,
        rescoring: Rescoring = RESCORING,
    ) -> ServerEngine:
        """As `connect`, with a client that exists; `close` closes it."""
        wanted = None if spaces is None else checked_spaces(spaces)
        with _server_errors(location):
            exists = client.collection_exists(collection)
            if not exists and wanted is None:
                raise StoreError(f"{location}: no collection {collection!r}; index something first")
            if not exists and wanted is not None:
                _make(client, collection, wanted, quantization or {})
            params = client.get_collection(collection).config.params
        engine = cls(client, collection, params, location, rescoring)
        for space in (wanted or {}).values():
            engine.add_space(space)
        return engine

    def _errors(self) -> Any:  # noqa: ANN401 - contextmanager's own type is private
        return _server_errors(self._location)

    def _upsert(self, points: Sequence[Point]) -> None:
        self._client.upsert(self._collection, [point_out(point) for point in points], wait=True)

    def _update_vectors(self, points: Sequence[Point]) -> None:
        vectors = [models.PointVectors(id=p.id, vector=vectors_out(p.vectors)) for p in points]
        self._client.update_vectors(self._collection, vectors, wait=True)

    def _set_payload(self, payload: Mapping[str, Any], ids: Sequence[str]) -> None:
        self._client.set_payload(self._collection, dict(payload), list(ids), wait=True)

    def _delete_ids(self, ids: Sequence[str]) -> None:
        self._client.delete(self._collection, models.PointIdsList(points=list(ids)), wait=True)

    def _delete_where(self, where: Condition) -> None:
        chosen = filter_out(where)
        if chosen is not None:
            self._client.delete(self._collection, models.FilterSelector(filter=chosen), wait=True)

    def _query_batch(self, queries: Sequence[Query]) -> list[list[Hit]]:
        return [[hit_in(point) for point in found] for found in self._found(queries)]

    def _rank_batch(self, queries: Sequence[Query]) -> list[Ranked]:
        return [ranked_in(found) for found in self._found(queries)]

    def _found(self, queries: Sequence[Query]) -> list[list[models.ScoredPoint]]:
        requests = [query_out(query, self._rescored) for query in queries]
        responses = self._client.query_batch_points(self._collection, requests)
        return [response.points for response in responses]

    def _rescored(self, channel: Prefetch) -> Rescoring | None:
        # a server tells for itself what to do while codes are being made or taken away
        return super()._rescored(channel) if channel.using in self._codes else None

    def _retrieve(
        self, ids: Sequence[str], *, with_payload: bool, with_vectors: bool
    ) -> list[Point]:
        found = self._client.retrieve(
            self._collection, list(ids), with_payload=with_payload, with_vectors=with_vectors
        )
        return [point_in(record) for record in found]

    def _scroll(
        self, where: Condition | None, limit: int, offset: str | None, with_vectors: bool
    ) -> tuple[list[Point], str | None]:
        records, following = self._client.scroll(
            self._collection,
            scroll_filter=filter_out(where),
            limit=limit,
            offset=offset,
            with_payload=True,
            with_vectors=with_vectors,
        )
        return [point_in(r) for r in records], None if following is None else str(following)

    def _count(self, where: Condition | None) -> int:
        return self._client.count(self._collection, filter_out(where), exact=True).count

    def _facet(self, key: str, where: Condition | None, limit: int) -> dict[Scalar, int]:
        response = self._client.facet(
            self._collection, json_path(key), filter_out(where), limit=limit, exact=True
        )
        return {hit.value: hit.count for hit in response.hits}

    def _add_space(self, space: Space) -> None:
        self._client.create_vector_name(self._collection, space.name, space_out(space))

    def _quantize(self, kinds: Quantizations) -> None:
        # the server answers at once, and makes the codes in the background
        self._client.update_collection(
            self._collection,
            vectors_config={
                name: models.VectorParamsDiff(quantization_config=quantization_diff(kind))
                for name, before in self.quantization.items()
                if (kind := kinds.get(name, "none")) != before
            },
        )

    def _optimize(self) -> None:
        """Nothing: a server optimises by itself."""

    def _flush(self) -> None:
        """Nothing: a server writes its log before it answers."""

    def _close(self) -> None:
        with self._errors():
            self._client.close()


def _client(
    url: str, api_key: str | None, *, prefer_grpc: bool = False, timeout_s: int = TIMEOUT_S
) -> QdrantClient:
    with _server_errors(url):
        return QdrantClient(
            url=url,
            api_key=api_key,
            prefer_grpc=prefer_grpc,
            timeout=timeout_s,
            check_compatibility=False,  # it would warn where the next call raises
        )


def _make(
    client: QdrantClient, collection: str, spaces: Mapping[str, Space], kinds: Quantizations
) -> None:
    client.create_collection(
        collection,
        vectors_config=dense_out(spaces, checked_quantization(kinds, spaces)),
        sparse_vectors_config=sparse_out(spaces),
    )
    for row in INDEXED_KEYS:
        with warnings.catch_warnings():
            if _is_double(client):  # which has no payload indexes and warns of it
                warnings.simplefilter("ignore", UserWarning)
            client.create_payload_index(collection, row.key, index_out(row), wait=True)


def _is_double(client: QdrantClient) -> bool:
    return isinstance(client._client, QdrantLocal)


@contextmanager
def _server_errors(location: str) -> Iterator[None]:
    """One line for what HTTP, gRPC and the in-memory double raise, which share no base."""
    try:
        yield
    except MmragError:
        raise
    except UnexpectedResponse as error:
        said = " ".join(error.content.decode("utf-8", "replace").split())[:300]
        raise StoreError(f"{location}: the server refused ({error.status_code}): {said}") from error
    except ResponseHandlingException as error:
        raise StoreError(_unreachable(location, str(error.source))) from error
    except Exception as error:
        details = getattr(error, "details", None)  # gRPC's errors have a method of that name
        if callable(details):
            raise StoreError(_unreachable(location, str(details()))) from error
        raise StoreError(f"{location}: {type(error).__name__}: {error}") from error


def _unreachable(location: str, said: str) -> str:
    line = " ".join(said.split())[:200]
    return f"{location}: no answer from Qdrant ({line}); is the server running and the URL right?"
