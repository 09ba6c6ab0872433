"""What several vector stores hold together, and writing to all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from llama_index.core.schema import BaseNode
from llama_index.core.storage.docstore import BaseDocumentStore

from mmrag.errors import InvalidPoint
from mmrag.schema import MODALITY
from mmrag.spaces import Columns
from mmrag.store.checks import Fault, checked_vector
from mmrag.store.spec import Space, SparseSpace, SparseVector, Vector
from mmrag_connectors.vector_stores.lexical import LexicalSpace
from mmrag_connectors.vector_stores.sample import Sample
from mmrag_connectors.vector_stores.space import StoreSpace, filterable, is_flat


@dataclass
class Contents:
    """Nodes and their vectors.

    Attributes:
        dense: by space, the vector store.
        lexical: by space, the words or letters in memory.
        docstore: the whole nodes.
        sample: what is known of the nodes and kept of their vectors. Who is not in it is not found.
        here: keys that some node cannot be filtered by in a database.
    """

    dense: Mapping[str, StoreSpace]
    lexical: Mapping[str, LexicalSpace]
    docstore: BaseDocumentStore
    sample: Sample = field(default_factory=Sample)
    here: set[str] = field(default_factory=set)

    @property
    def spaces(self) -> dict[str, Space]:
        """The stores' spaces, then those in memory."""
        shapes: dict[str, Space] = {name: space.shape for name, space in self.dense.items()}
        return {**shapes, **{name: SparseSpace(name) for name in self.lexical}}

    def write(self, nodes: Sequence[BaseNode], columns: Columns) -> None:
        """Write nodes in place of those with the same ids; of equal ids the last one counts.

        The stores come first, so that nothing is found which is not everywhere.

        Args:
            columns: by space, one vector or None for each node.

        Raises:
            InvalidPoint: a node or vector that must not be written; nothing was.
            StoreError: a store failed.
        """
        rows = {node.node_id: row for row, node in enumerate(nodes)}
        fields = {node_id: filterable(nodes[row]) for node_id, row in rows.items()}
        vectors = {
            node_id: self._checked(node_id, {name: own[row] for name, own in columns.items()})
            for node_id, row in rows.items()
        }
        self.remove([node_id for node_id in rows if node_id in self.sample])
        for name, space in self.dense.items():
            held = [node_id for node_id in rows if name in vectors[node_id]]
            if held:
                given = [np.asarray(vectors[node_id][name], np.float32) for node_id in held]
                space.add([nodes[rows[node_id]] for node_id in held], given)
        self.here.update(
            key for own in fields.values() for key, value in own.items() if not is_flat(value)
        )
        bare = [node.model_copy(update={"embedding": None}) for node in nodes]
        self.docstore.add_documents(bare)
        self.put_words(nodes, columns)
        for node_id, row in rows.items():
            own = vectors[node_id]
            dense = {name: np.asarray(own[name], np.float32) for name in self.dense if name in own}
            self.sample.add(node_id, str(nodes[row].metadata.get(MODALITY, "")), dense)

    def put_words(self, nodes: Sequence[BaseNode], columns: Columns) -> None:
        """Make nodes known to the spaces in memory."""
        for name, space in self.lexical.items():
            for node, vector in zip(nodes, columns[name], strict=True):
                if isinstance(vector, SparseVector) and vector.indices:
                    space.put(node.node_id, vector)

    def remove(self, node_ids: Sequence[str], ref_doc_id: str | None = None) -> None:
        """Remove nodes that are known here: some, or all that are of a document.

        Raises:
            StoreError: a store failed; the nodes are still there.
        """
        if not node_ids:
            return
        for space in self.dense.values():
            space.remove(node_ids, ref_doc_id)
        for node_id in list(node_ids):
            self.docstore.delete_document(node_id, raise_error=False)
            for words in self.lexical.values():
                words.remove(node_id)
            if node_id in self.sample:
                self.sample.remove(node_id)

    def _checked(self, node_id: str, vectors: Mapping[str, Vector | None]) -> dict[str, Vector]:
        try:
            return {
                name: checked_vector(name, vector, self.spaces)
                for name, vector in vectors.items()
                if vector is not None
            }
        except Fault as fault:
            raise InvalidPoint(f"node {node_id}: {fault}") from None
