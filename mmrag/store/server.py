"""The server engine: a collection on a Qdrant server or cluster."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse
from qdrant_client.local.qdrant_local import QdrantLocal

from mmrag.errors import MmragError, StoreError
from mmrag.server_sections import ServerSettings
from mmrag.store.checks import checked_points, checked_spaces
from mmrag.store.engine import CheckedEngine
from mmrag.store.quantization import Quantizations, Rescoring
from mmrag.store.query_checks import json_path
from mmrag.store.server_collection import (
    quantization_diff,
    quantization_in,
    space_out,
    spaces_in,
    tier_out,
)
from mmrag.store.server_differences import Difference, differences
from mmrag.store.server_settings import add_indexes, apply, consistency, make
from mmrag.store.server_translate import (
    filter_out,
    hit_in,
    point_in,
    point_out,
    query_out,
    ranked_in,
    vectors_out,
)
from mmrag.store.spec import (
    Condition,
    DenseSpace,
    Hit,
    Point,
    Prefetch,
    Query,
    Ranked,
    Scalar,
    Space,
)

LOG = logging.getLogger("mmrag")
COLLECTION = "mmrag"
RESCORING = Rescoring()
AS_IT_IS = ServerSettings()
"""Everything as the server has it by default."""


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
        server: ServerSettings,
    ) -> None:
        super().__init__(
            {space.name: space for space in spaces_in(params)},
            location,
            # The in-memory double of the client breaks under threads; a real client does not.
            serial=_is_double(client),
            quantization=quantization_in(params),
            rescoring=rescoring,
        )
        self._client, self._collection, self._server = client, collection, server
        self._consistency = consistency(server)

    @classmethod
    def connect(
        cls,
        url: str,
        spaces: Iterable[Space] | None = None,
        *,
        collection: str = COLLECTION,
        api_key: str | None = None,
        quantization: Quantizations | None = None,
        rescoring: Rescoring = RESCORING,
        server: ServerSettings = AS_IT_IS,
        first: Sequence[Point] = (),
    ) -> ServerEngine:
        """Open the collection, adding the spaces that it lacks, or make it.

        Args:
            url: such as "http://localhost:6333".
            spaces: None opens a collection that exists.
            quantization: of a new collection, codes beside the vectors, by dense space.
            rescoring: how codes are searched.
            server: how to reach it, and what a new collection is made with; one that is there
                keeps what it has, and `apply_settings` changes it.
            first: points that a new collection gets before anything else.

        Raises:
            StoreError: no server answers, it refuses, or there is no such collection.
            IndexMismatch: a space of that name exists with another size or distance.
        """
        client = _client(url, api_key, server)
        try:
            return cls.from_client(
                client,
                spaces,
                collection=collection,
                location=url,
                quantization=quantization,
                rescoring=rescoring,
                server=server,
                first=first,
            )
        except BaseException:
            client.close()
            raise

    @classmethod
    def exists(
        cls,
        url: str,
        *,
        collection: str = COLLECTION,
        api_key: str | None = None,
        server: ServerSettings = AS_IT_IS,
    ) -> bool:
        """Whether the server has the collection.

        Raises:
            StoreError: no server answers, or it refuses.
        """
        client = _client(url, api_key, server)
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
        server: ServerSettings = AS_IT_IS,
        first: Sequence[Point] = (),
    ) -> ServerEngine:
        """As `connect`, with a client that exists; `close` closes it."""
        wanted = None if spaces is None else checked_spaces(spaces)
        with _server_errors(location):
            exists = client.collection_exists(collection)
            if not exists and wanted is None:
                raise StoreError(
                    f"{location}: no collection {collection!r}; index something first, or set "
                    "index.collection to the one that was meant"
                )
            if not exists and wanted is not None:
                with _quiet_double(client):
                    begun = checked_points(first, wanted)
                    make(client, collection, wanted, quantization or {}, server, begun)
            params = client.get_collection(collection).config.params
        engine = cls(client, collection, params, location, rescoring, server)
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
        ef = self._server.hnsw.ef
        requests = [query_out(query, self._rescored, ef=ef) for query in queries]
        responses = self._client.query_batch_points(
            self._collection, requests, consistency=self._consistency
        )
        return [response.points for response in responses]

    def _rescored(self, channel: Prefetch) -> Rescoring | None:
        # a server tells for itself what to do while codes are being made or taken away
        return super()._rescored(channel) if channel.using in self._codes else None

    def _retrieve(
        self, ids: Sequence[str], *, with_payload: bool, with_vectors: bool
    ) -> list[Point]:
        found = self._client.retrieve(
            self._collection,
            list(ids),
            with_payload=with_payload,
            with_vectors=with_vectors,
            consistency=self._consistency,
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
            consistency=self._consistency,
        )
        return [point_in(r) for r in records], None if following is None else str(following)

    def _count(self, where: Condition | None) -> int:
        return self._client.count(self._collection, filter_out(where), exact=True).count

    def _facet(self, key: str, where: Condition | None, limit: int) -> dict[Scalar, int]:
        response = self._client.facet(
            self._collection,
            json_path(key),
            filter_out(where),
            limit=limit,
            exact=True,
            consistency=self._consistency,
        )
        return {hit.value: hit.count for hit in response.hits}

    def _add_space(self, space: Space) -> None:
        self._client.create_vector_name(self._collection, space.name, space_out(space))
        placed = self._server.memory.vectors  # it is made without a place
        if placed and isinstance(space, DenseSpace):
            change = models.VectorParamsDiff(memory=tier_out(placed))
            self._client.update_collection(self._collection, vectors_config={space.name: change})

    def _quantize(self, kinds: Quantizations) -> None:
        # the server answers at once, and makes the codes in the background
        self._client.update_collection(
            self._collection,
            vectors_config={
                name: models.VectorParamsDiff(
                    quantization_config=quantization_diff(kind, self._server.memory)
                )
                for name, before in self.quantization.items()
                if (kind := kinds.get(name, "none")) != before
            },
        )

    def differences(self) -> list[Difference]:
        """What the settings (`server`) say and the collection does not have."""
        with self._working():
            return differences(self._client.get_collection(self._collection), self._server)

    def apply_settings(self) -> list[Difference]:
        """Give the collection what it lacks and can be given; returns what it lacks afterwards.

        The server answers at once, and makes segments anew in the background where it must.
        """
        with self._working(), _quiet_double(self._client):
            info = self._client.get_collection(self._collection)
            apply(self._client, self._collection, info, self._server)
        return self.differences()

    def add_indexes(self) -> None:
        """Make the payload indexes that the collection lacks, as one whose making was cut off."""
        with self._working(), _quiet_double(self._client):
            info = self._client.get_collection(self._collection)
            add_indexes(self._client, self._collection, self._server, but=info.payload_schema)

    def _optimize(self) -> int:
        """Nothing: a server optimises by itself."""
        return 0

    def _flush(self) -> None:
        """Nothing: a server writes its log before it answers."""

    def _close(self) -> None:
        with self._errors():
            self._client.close()


def _client(url: str, api_key: str | None, server: ServerSettings) -> QdrantClient:
    with _server_errors(url), warnings.catch_warnings():
        # of a key without TLS; its line of source tells a user nothing, and `_warn_of` says it
        warnings.simplefilter("ignore", UserWarning)
        if api_key:
            _warn_of(url)
        try:
            return QdrantClient(
                url=url,
                api_key=api_key,
                prefer_grpc=server.prefer_grpc,
                grpc_port=server.grpc_port,
                timeout=server.timeout_s,
                check_compatibility=False,  # it would warn where the next call raises
            )
        except ValueError as error:
            raise StoreError(
                f"{url} is no address of a Qdrant server, such as http://localhost:6333: {error}"
            ) from error


@cache
def _warn_of(url: str) -> None:
    """Say once that a key can be read on its way; not of this machine, which it does not leave."""
    place = urlsplit(url)
    here = place.hostname in ("localhost", "127.0.0.1", "::1")
    if place.scheme != "https" and not here:
        LOG.warning("%s is sent its key unencrypted; give an https:// address", url)


@contextmanager
def _quiet_double(client: QdrantClient) -> Iterator[None]:
    """The in-memory double has no payload indexes, and warns of it."""
    with warnings.catch_warnings():
        if _is_double(client):
            warnings.simplefilter("ignore", UserWarning)
        yield


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
        raise StoreError(
            f"{location}: the server refused ({error.status_code}): {_said(error.content)}"
        ) from error
    except ResponseHandlingException as error:
        raise StoreError(_unreachable(location, str(error.source))) from error
    except Exception as error:
        details = getattr(error, "details", None)  # gRPC's errors have a method of that name
        if callable(details):
            raise StoreError(_unreachable(location, str(details()))) from error
        raise StoreError(f"{location}: {type(error).__name__}: {error}") from error


def _said(content: bytes) -> str:
    """A server's reason, out of Qdrant's JSON around it; other servers answer with pages."""
    text = " ".join(content.decode("utf-8", "replace").split())
    try:
        return " ".join(str(json.loads(text)["status"]["error"]).split())[:300]
    except (ValueError, TypeError, KeyError):
        if text.startswith("<"):
            return "a page of HTML; is it a Qdrant server that answers there?"
        return text[:300] or "no reason given"


def _unreachable(location: str, said: str) -> str:
    line = " ".join(said.split())[:200]
    return f"{location}: no answer from Qdrant ({line}); is the server running and the URL right?"
