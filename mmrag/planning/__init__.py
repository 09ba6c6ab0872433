"""What an index of some size takes on a Qdrant cluster: memory, disk, nodes, settings."""
