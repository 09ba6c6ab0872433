"""Fill a new named vector of nodes that are already there, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from llama_index.core.schema import Node

from mmrag.config import OllamaSettings
from mmrag.embeddings.catalogue import ANY_OLLAMA
from mmrag.embeddings.hub import fetch_missing
from mmrag.errors import InputError
from mmrag.ingest.report import reason_of
from mmrag.modalities import Modality
from mmrag.profiles import ADDABLE, NGRAM
from mmrag.schema import MODALITY, VIA, provenance_of
from mmrag.spaces import NGRAM_MODEL, RECOGNISED, Spaces, engine_space, placed, space_model
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import ALL_CHUNKS
from mmrag.store.manifest import Manifest, SpaceModel, write_manifest
from mmrag.store.nodes import payload_to_node
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import All, Condition, HasVector, Match, MatchAny, NoneOf

BATCH = 64
"""Nodes embedded and written at once."""


@dataclass(frozen=True)
class AddedSpace:
    """What became of `add_space`: nodes that got a vector, and by source why others did not."""

    space: str
    model: str
    filled: int
    faults: dict[str, str]


def add_space(
    store: MMRagQdrantStore,
    manifest: Manifest,
    space: str,
    *,
    model: str | None,
    passages: bool = True,
    ollama: OllamaSettings = ANY_OLLAMA,
) -> tuple[Manifest, Spaces, AddedSpace]:
    """Add a space to a collection and fill it.

    The manifest names the space before it is filled: a run that dies in between is taken up again
    by the next one, which skips nodes that have their vector.

    Args:
        passages, ollama: as of `Spaces`.

    Raises:
        InputError: the index has the space with another model, no model is known for it, or the
            model takes neither pictures nor sounds.
    """
    have = {row.space: row for row in manifest.spaces}
    if model is None:
        addable = {**ADDABLE, NGRAM: NGRAM_MODEL.model}
        model = have[space].model if space in have else addable.get(space)
        if model is None:
            known = ", ".join(addable)
            raise InputError(f"no model is known for a space {space!r}; name one, or add: {known}")
    model = placed(model)
    if space in have and have[space].model != model:
        raise InputError(
            f"space {space!r} is filled by {have[space].model} and cannot take vectors of {model}; "
            f"give the new space another name, or index again into a new --index"
        )
    rows = manifest.spaces
    if space not in have:
        row = _row(space, model, ollama)
        store.engine.add_space(engine_space(row))
        rows = (*rows, row)
        manifest = replace(manifest, spaces=rows)
        write_manifest(store.engine, manifest)
    spaces = Spaces(rows, passages=passages, ollama=ollama)
    filled, faults = 0, dict[str, str]()
    for nodes in _batches(store, space, _meant_for(space, spaces)):
        encoded = spaces.encode(nodes, [space])
        vectors = {
            node.node_id: {space: vector}
            for node, vector in zip(nodes, encoded.columns[space], strict=True)
            if vector is not None
        }
        if vectors:
            store.update_vectors(vectors)
        filled += len(vectors)
        faults.update(
            {provenance_of(nodes[row]).source: reason_of(e) for row, e in encoded.faults.items()}
        )
    return manifest, spaces, AddedSpace(space, model, filled, faults)


def _row(space: str, model: str, ollama: OllamaSettings) -> SpaceModel:
    """The row of a new space, with its model loaded before anything changes."""
    if space == NGRAM:
        if model != NGRAM_MODEL.model:
            raise InputError(
                f"space {NGRAM!r} holds the letters of recognised text and takes no model, found "
                f"{model}; give a space of that model another name"
            )
        return NGRAM_MODEL
    fetch_missing([model])
    row = space_model(space, model, ollama)
    new = Spaces([row], ollama=ollama)
    new.load()
    if not any(new.takes(modality) for modality in Modality if modality is not Modality.TEXT):
        raise InputError(
            f"{model} embeds words only, and a space that is added holds pictures and sounds"
        )
    return row


def _meant_for(space: str, spaces: Spaces) -> Condition:
    """Holds for the nodes that a space may have vectors of."""
    if space == NGRAM:
        return MatchAny(VIA, RECOGNISED)
    if Modality.TEXT in spaces.holds(space):
        return All()
    return NoneOf((Match(MODALITY, Modality.TEXT.value),))


def _batches(store: MMRagQdrantStore, space: str, meant: Condition) -> Iterator[list[Node]]:
    """Nodes without a vector in the space; their ids are listed first, for they change."""
    without = All((ALL_CHUNKS, meant, NoneOf((HasVector(space),))))
    lacking = iter([point.id for point in scroll_all(store.engine, without)])
    while batch := list(islice(lacking, BATCH)):
        nodes = [payload_to_node(point.payload) for point in store.engine.retrieve(batch)]
        yield [node for node in nodes if isinstance(node, Node)]
