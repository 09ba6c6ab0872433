"""Nodes in one LlamaIndex vector store per space, and the hybrid retriever over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from llama_index.core.schema import BaseNode
from llama_index.core.storage.docstore import BaseDocumentStore, SimpleDocumentStore
from llama_index.core.vector_stores.types import BasePydanticVectorStore

from mmrag.config import OllamaSettings
from mmrag.embeddings.catalogue import ANY_OLLAMA
from mmrag.embeddings.hub import fetch_missing
from mmrag.engine import MMRagIndex
from mmrag.errors import ConfigError, InputError
from mmrag.profiles import profile_named
from mmrag.retrieval.scales import Scales
from mmrag.spaces import BM25_MODEL, NGRAM_MODEL, Spaces, as_they_are_now, engine_space, space_model
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import CHUNKS, owned_by
from mmrag.store.manifest import Manifest, SpaceModel, check_models
from mmrag.store.nodes import payload_to_node
from mmrag.store.spec import All, DenseSpace
from mmrag.version import __version__
from mmrag_connectors.vector_stores.asking import Asking
from mmrag_connectors.vector_stores.contents import Contents
from mmrag_connectors.vector_stores.engine import StoresEngine
from mmrag_connectors.vector_stores.lexical import LexicalSpace
from mmrag_connectors.vector_stores.sample import Sample
from mmrag_connectors.vector_stores.space import StoreSpace
from mmrag_connectors.vector_stores.state import State

BATCH = 256
"""Nodes embedded and written at once."""
OF_STORES = "stores"
"""What is told for the name of a profile where there is none."""


class SpaceStores(Asking):
    """One LlamaIndex vector store per space, searched together as an index is.

    The stores hold vectors, texts and flat metadata under the nodes' own ids; the whole nodes are
    in a docstore. What was deleted here is not found, even in stores that cannot delete. Words and
    letters (BM25, and trigrams of recognised text) are searched in memory, for stores have no
    sparse vectors in common. Searches may overlap with each other, not with writes.

    Args:
        stores: by space. A store holds nothing but what is added here, and is made for as many
            numbers as the model of its space gives, by cosine, inner product or distance: the
            vectors have length 1.
        models: by space, the model that fills it: an id, a local folder, or a row of a manifest.
        profile: whose models fill the spaces that `models` does not name.
        docstore: any of LlamaIndex's, for nodes; None keeps them in memory and in `persist`.
        words: whether words are searched in memory.
        ollama: the server of models that are on one.

    Raises:
        ConfigError: no store, or one for a space whose model is not known.
        ModelUnavailable: weights are not within reach.
    """

    def __init__(
        self,
        stores: Mapping[str, BasePydanticVectorStore],
        models: Mapping[str, str | SpaceModel] | None = None,
        *,
        profile: str = "offline",
        docstore: BaseDocumentStore | None = None,
        words: bool = True,
        ollama: OllamaSettings = ANY_OLLAMA,
    ) -> None:
        known = {**profile_named(profile).spaces, **(models or {})}
        rows = [_row(space, known, ollama) for space in stores]
        if not rows:
            raise ConfigError("no vector store was given; give at least one, by its space")
        lexical = (BM25_MODEL, NGRAM_MODEL) if words else ()
        docstore = SimpleDocumentStore() if docstore is None else docstore
        self._open(stores, State((*rows, *lexical)), docstore, Sample(), ollama)

    @classmethod
    def copied(
        cls,
        index: MMRagIndex,
        stores: Mapping[str, BasePydanticVectorStore],
        *,
        docstore: BaseDocumentStore | None = None,
        words: bool = True,
    ) -> SpaceStores:
        """The nodes of an index with its vectors in empty stores: nothing is embedded again.

        They are those of the tenant of its settings; without one, those that are nobody's.
        """
        models = {row.space: row for row in index.manifest.spaces if row.size is not None}
        ollama = index.settings.ollama
        made = cls(stores, models, docstore=docstore, words=words, ollama=ollama)
        made.copy(index)
        return made

    @classmethod
    def load(
        cls,
        folder: str | Path,
        stores: Mapping[str, BasePydanticVectorStore],
        *,
        docstore: BaseDocumentStore | None = None,
        ollama: OllamaSettings = ANY_OLLAMA,
    ) -> SpaceStores:
        """Open again what `persist` wrote, over the same stores, loaded or connected to again.

        Args:
            docstore: the same as before; None reads that of the folder.

        Raises:
            InputError: the folder holds none, or of other spaces than those of the stores.
            IndexMismatch: other weights than those that filled the stores.
        """
        place = Path(folder)
        state = State.read(place)
        names = [row.space for row in state.spaces if row.size is not None]
        if sorted(names) != sorted(stores):
            raise InputError(
                f"{place} is of stores for {', '.join(names)}, found stores for "
                f"{', '.join(stores) or 'none'}; give one for each of its spaces"
            )
        was = Manifest(__version__, OF_STORES, state.spaces)
        check_models(was, as_they_are_now(state.spaces, ollama))
        if docstore is None:
            docstore = SimpleDocumentStore.from_persist_dir(str(place))
        made = cls.__new__(cls)
        made._open(stores, state, docstore, Sample.load(place / "sample.npz"), ollama)
        return made

    def _open(
        self,
        stores: Mapping[str, BasePydanticVectorStore],
        state: State,
        docstore: BaseDocumentStore,
        sample: Sample,
        ollama: OllamaSettings,
    ) -> None:
        shapes = [
            shape for row in state.spaces if isinstance(shape := engine_space(row), DenseSpace)
        ]
        dense = {
            shape.name: StoreSpace(shape, stores[shape.name], state.names.get(shape.name))
            for shape in shapes
        }
        lexical = {row.space: LexicalSpace() for row in state.spaces if row.size is None}
        self._contents = Contents(dense, lexical, docstore, sample, set(state.here))
        self._scales = Scales.kept(state.calibration)
        self._spaces = Spaces(state.spaces, ollama=ollama)
        self._engine = StoresEngine(self._contents)
        ids = iter(sample)
        while batch := list(islice(ids, BATCH)):
            nodes = docstore.get_nodes(batch, raise_error=False)
            self._contents.put_words(nodes, self._spaces.encode(nodes, list(lexical)).columns)

    # --- what goes in ----------------------------------------------------------------------------

    def add(self, nodes: Sequence[BaseNode]) -> list[str]:
        """Embed nodes in every space that applies to them and write them, in place of those with
        the same ids.

        Returns:
            The nodes' ids.

        Raises:
            LoadError: a picture or recording cannot be read; its batch is not written.
            InvalidPoint: a node that must not be written; its batch is not.
            StoreError: a store failed. What was not written to all of them is not found, and may
                be added again.
        """
        for start in range(0, len(nodes), BATCH):
            batch = nodes[start : start + BATCH]
            encoded = self._spaces.encode(batch)
            for fault in encoded.faults.values():
                raise fault
            self._contents.write(batch, encoded.columns)
        return [node.node_id for node in nodes]

    def copy(self, index: MMRagIndex) -> int:
        """Take over the nodes of an index with their vectors; returns how many.

        They are those of the tenant of its settings; without one, those that are nobody's.

        Raises:
            IndexMismatch: it was made with other models.
            ConfigError: it lacks a space that there is a store for.
            StoreError: a store failed.
        """
        missing = check_models(index.manifest, self._spaces.rows)
        if set(missing) & set(self._contents.dense):
            raise ConfigError(
                f"the index has no space {', '.join(map(repr, missing))}; add it there "
                f"(mmrag index --add-space), or leave its store out"
            )
        empty, copied = not len(self._contents.sample), 0
        where = All((CHUNKS, owned_by(index.settings.index.tenant)))
        points = scroll_all(index.vector_store.engine, where, with_vectors=True)
        names = [row.space for row in self._spaces.rows]
        while batch := list(islice(points, BATCH)):
            columns = {name: [point.vectors.get(name) for point in batch] for name in names}
            self._contents.write([payload_to_node(point.payload) for point in batch], columns)
            copied += len(batch)
        if empty:
            self._scales = Scales.kept(index.manifest.calibration)
        return copied

    def delete(self, ref_doc_id: str) -> None:
        """Delete the nodes of a document; nothing where there is none.

        A store that cannot delete (FAISS) keeps its vectors, which are not found any more.
        """
        found = self._contents.docstore.get_ref_doc_info(ref_doc_id)
        if found is not None:
            self._contents.remove(found.node_ids, ref_doc_id)

    def delete_nodes(self, node_ids: Sequence[str]) -> None:
        """Delete nodes; those that are not there are passed over."""
        self._contents.remove([node_id for node_id in node_ids if node_id in self._contents.sample])

    def persist(self, folder: str | Path) -> None:
        """Write what is here and not in databases, for `load`.

        That is also the vectors of stores that are files themselves, as SPACE.vectors: FAISS has
        `from_persist_path` for them. A docstore in memory goes there too.
        """
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        for name, space in self._contents.dense.items():
            space.store.persist(str(place / f"{name}.vectors"))
        self._contents.docstore.persist(str(place / "docstore.json"))
        self._contents.sample.save(place / "sample.npz")
        State(
            tuple(self._spaces.rows),
            names={name: space.names for name, space in self._contents.dense.items()},
            here=sorted(self._contents.here),
            calibration=self._scales.as_dict() if self._scales else {},
        ).write(place)


def _row(space: str, models: Mapping[str, str | SpaceModel], ollama: OllamaSettings) -> SpaceModel:
    model = models.get(space)
    if isinstance(model, SpaceModel):
        return model
    if model is None:
        raise ConfigError(
            f"no model is known that fills space {space!r}; name one in `models`, or give its "
            f"store one of these names: {', '.join(sorted(models))}"
        )
    fetch_missing([model])
    return space_model(space, model, ollama)
