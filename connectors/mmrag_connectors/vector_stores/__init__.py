"""The hybrid retriever over any LlamaIndex vector stores, one for each space."""

from mmrag_connectors.vector_stores.stores import SpaceStores

__all__ = ["SpaceStores"]
