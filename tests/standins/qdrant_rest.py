"""A stand-in for a Qdrant server, for tests only: qdrant-client's in-memory double behind HTTP.

It speaks the part of Qdrant's REST interface that mmrag uses, over real sockets, so that other
processes reach it. What it shows about a server is that our requests are well formed, for they are
parsed by the client's own models, which refuse unknown keys, and that they mean what they should
to the double. It has no shards, no graphs, no codes and no payload indexes: settings of these are
kept and given back, and do nothing.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import unquote

from pydantic import TypeAdapter, ValidationError
from qdrant_client import QdrantClient
from qdrant_client.http import models
from standins.serving import JsonHandler, serving

VERSION = "1.20.0"
Json: TypeAlias = dict[str, Any]


@dataclass
class QdrantStandIn:
    """A running stand-in.

    Attributes:
        url: for `index.qdrant_url` and `--qdrant`.
        double: what keeps the points; to look inside, with nothing else at work.
        requests: method, path and body of what came in, in order.
        before: called with each of these before it is answered. What it raises as an OSError cuts
            the connection, as a server does that goes away.
    """

    url: str = ""
    double: QdrantClient = field(default_factory=lambda: QdrantClient(":memory:"))
    requests: list[tuple[str, str, Json]] = field(default_factory=list)
    before: Callable[[str, str, Json], object] = lambda method, path, body: None
    settings: dict[str, Json] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def bodies(self, method: str, path: str) -> list[Json]:
        """Bodies that were sent to one path."""
        return [body for m, p, body in self.requests if (m, p) == (method, path)]


@contextmanager
def qdrant_rest() -> Iterator[QdrantStandIn]:
    """Serve on a free loopback port until the block ends."""
    standin = QdrantStandIn()
    with serving(_handler(standin)) as standin.url:
        yield standin


def _handler(standin: QdrantStandIn) -> type[JsonHandler]:
    class Handler(JsonHandler):
        protocol_version = "HTTP/1.1"  # connections stay open, as a server's do

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.body() if length else {}
            path = unquote(self.path.partition("?")[0])
            try:
                standin.before(self.command, path, body)
            except OSError:
                self.close_connection = True
                return
            with standin.lock:  # the double breaks under threads
                standin.requests.append((self.command, path, body))
                code, result = _answered(standin, self.command, path, body)
            if code == 200:
                self.send(code, {"result": result, "status": "ok", "time": 0.0})
            else:
                self.send(code, {"status": {"error": result}, "time": 0.0})

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = answer

    return Handler


def _answered(standin: QdrantStandIn, method: str, path: str, body: Json) -> tuple[int, Any]:
    parts = [part for part in path.split("/") if part]
    if not parts:
        return 200, {"title": "stand-in", "version": VERSION}
    if parts == ["collections"]:
        return 200, _plain(standin.double.get_collections())
    if parts[0] != "collections" or len(parts) == 1:
        return 404, f"the stand-in has no {path}"
    name, rest = parts[1], "/".join(parts[2:])
    exists = standin.double.collection_exists(name)
    if (method, rest) == ("GET", "exists"):
        return 200, {"exists": exists}
    if not exists and (method, rest) == ("DELETE", ""):
        return 200, False
    if not exists and (method, rest) != ("PUT", ""):
        return 404, f"Not found: Collection `{name}` doesn't exist!"
    if exists and (method, rest) == ("PUT", ""):
        return 409, f"Wrong input: Collection `{name}` already exists!"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of what the double does not have
            if (method, parts[2:3]) == ("PUT", ["vectors"]):
                return 200, _add_vector(standin, name, parts[3], body)
            route = ROUTES.get((method, rest))
            if route is None:
                return 404, f"the stand-in has no {method} {path}"
            return 200, route(standin, name, body)
    except ValidationError as error:
        first = error.errors()[0]
        return 422, f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    except (ValueError, KeyError) as error:
        return 400, f"Wrong input: {error}"


def _create(standin: QdrantStandIn, name: str, body: Json) -> bool:
    wanted = models.CreateCollection.model_validate(body)
    standin.double.create_collection(
        name,
        vectors_config=wanted.vectors or {},
        sparse_vectors_config=wanted.sparse_vectors,
        metadata=wanted.metadata,
    )
    standin.settings[name] = {**body, "payload_schema": {}}
    return True


def _info(standin: QdrantStandIn, name: str, body: Json) -> Json:
    """The double's description, with the settings that it forgot."""
    found: Json = _plain(standin.double.get_collection(name))
    kept, config = standin.settings[name], found["config"]
    for key in ("hnsw_config", "wal_config"):
        config[key] = _merged(config[key], kept.get(key) or {})
    config["optimizer_config"] = _merged(
        config["optimizer_config"], kept.get("optimizers_config") or {}
    )
    for key in ("quantization_config", "strict_mode_config", "metadata"):
        if kept.get(key) is not None:
            config[key] = kept[key]
    for key in models.CollectionParams.model_fields:
        if kept.get(key) is not None and key not in ("vectors", "sparse_vectors"):
            config["params"][key] = kept[key]
    for kind in ("vectors", "sparse_vectors"):
        given = kept.get(kind) or {}
        for space, params in (config["params"][kind] or {}).items():
            config["params"][kind][space] = _merged(params, given.get(space) or {})
    found["payload_schema"] = {
        key: {"data_type": schema if isinstance(schema, str) else schema["type"], "points": 0}
        | ({} if isinstance(schema, str) else {"params": schema})
        for key, schema in kept["payload_schema"].items()
    }
    return found


def _amend(standin: QdrantStandIn, name: str, body: Json) -> bool:
    models.UpdateCollection.model_validate(body)
    changes = {key: value for key, value in body.items() if value is not None}
    changes |= changes.pop("params", None) or {}
    standin.settings[name] = _merged(standin.settings[name], changes)
    return True


def _drop(standin: QdrantStandIn, name: str, body: Json) -> bool:
    standin.settings.pop(name)
    return standin.double.delete_collection(name)


def _add_index(standin: QdrantStandIn, name: str, body: Json) -> Json:
    wanted = models.CreateFieldIndex.model_validate(body)
    standin.settings[name]["payload_schema"][wanted.field_name] = body["field_schema"]
    return _updated()


def _add_vector(standin: QdrantStandIn, name: str, vector: str, body: Json) -> Json:
    adapter: TypeAdapter[Any] = TypeAdapter(models.VectorNameConfig)
    standin.double.create_vector_name(name, vector, adapter.validate_python(body))
    return _updated()


def _upsert(standin: QdrantStandIn, name: str, body: Json) -> Json:
    standin.double.upsert(name, models.PointsList.model_validate(body).points)
    return _updated()


def _update_vectors(standin: QdrantStandIn, name: str, body: Json) -> Json:
    standin.double.update_vectors(name, models.UpdateVectors.model_validate(body).points)
    return _updated()


def _set_payload(standin: QdrantStandIn, name: str, body: Json) -> Json:
    wanted = models.SetPayload.model_validate(body)
    chosen = wanted.filter if wanted.points is None else wanted.points
    standin.double.set_payload(name, wanted.payload, chosen, key=wanted.key)
    return _updated()


def _delete(standin: QdrantStandIn, name: str, body: Json) -> Json:
    adapter: TypeAdapter[Any] = TypeAdapter(models.PointsSelector)
    standin.double.delete(name, adapter.validate_python(body))
    return _updated()


def _retrieve(standin: QdrantStandIn, name: str, body: Json) -> list[Json]:
    wanted = models.PointRequest.model_validate(body)
    found = standin.double.retrieve(
        name,
        wanted.ids,
        with_payload=True if wanted.with_payload is None else wanted.with_payload,
        with_vectors=wanted.with_vector or False,
    )
    return [_plain(record) for record in found]


def _scroll(standin: QdrantStandIn, name: str, body: Json) -> Json:
    wanted = models.ScrollRequest.model_validate(body)
    records, following = standin.double.scroll(
        name,
        scroll_filter=wanted.filter,
        limit=wanted.limit or 10,
        offset=wanted.offset,
        order_by=wanted.order_by,
        with_payload=True if wanted.with_payload is None else wanted.with_payload,
        with_vectors=wanted.with_vector or False,
    )
    return {"points": [_plain(record) for record in records], "next_page_offset": following}


def _count(standin: QdrantStandIn, name: str, body: Json) -> Json:
    wanted = models.CountRequest.model_validate(body)
    return _plain(standin.double.count(name, wanted.filter, exact=True))


def _facet(standin: QdrantStandIn, name: str, body: Json) -> Json:
    wanted = models.FacetRequest.model_validate(body)
    return _plain(
        standin.double.facet(name, wanted.key, wanted.filter, limit=wanted.limit or 10, exact=True)
    )


def _query_batch(standin: QdrantStandIn, name: str, body: Json) -> list[Json]:
    wanted = models.QueryRequestBatch.model_validate(body)
    return [_plain(found) for found in standin.double.query_batch_points(name, wanted.searches)]


def _updated() -> Json:
    return {"operation_id": 0, "status": "completed"}


def _plain(model: Any) -> Json:
    found: Json = model.model_dump(mode="json", exclude_none=False)
    return found


def _merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> Json:
    """Settings with changes in them, which nest as the settings do."""
    found = dict(before)
    for key, value in changes.items():
        if isinstance(value, Mapping) and isinstance(found.get(key), Mapping):
            found[key] = _merged(found[key], value)
        elif value is not None:
            found[key] = value
    return found


Route: TypeAlias = Callable[[QdrantStandIn, str, Json], Any]
ROUTES: Mapping[tuple[str, str], Route] = {
    ("PUT", ""): _create,
    ("GET", ""): _info,
    ("PATCH", ""): _amend,
    ("DELETE", ""): _drop,
    ("PUT", "index"): _add_index,
    ("PUT", "points"): _upsert,
    ("POST", "points"): _retrieve,
    ("PUT", "points/vectors"): _update_vectors,
    ("POST", "points/payload"): _set_payload,
    ("POST", "points/delete"): _delete,
    ("POST", "points/scroll"): _scroll,
    ("POST", "points/count"): _count,
    ("POST", "points/query/batch"): _query_batch,
    ("POST", "facet"): _facet,
}
