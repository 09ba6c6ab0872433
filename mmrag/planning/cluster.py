"""How many nodes of a size hold a collection, and in how many shards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mmrag.errors import InputError
from mmrag.planning.amounts import bytes_shown
from mmrag.planning.parts import Part

MEMORY_USED = 0.8
"""Share of a node's memory for the collection; questions, optimiser and system have the rest."""
LEAST_MEMORY = 512 * 10**6
"""Bytes of a node: with fewer, less than 100 MB would be left for all but the collection."""
HEADROOM = 1.5
"""Disk for each byte stored: segments are there twice while the optimiser makes them anew."""
LOG = 128 * 10**6
"""Bytes of log of a shard, which is there before anything is written."""
SHARDS_A_NODE = 2
"""So that nodes can be added, to twice as many, without a new collection."""
QUORUM = 3
"""Nodes with which a cluster of replicas still works when one is down."""


@dataclass(frozen=True)
class Node:
    """A machine: bytes of memory and of disk."""

    memory: int
    disk: int


@dataclass(frozen=True)
class Cluster:
    """Machines for a collection.

    Attributes:
        nodes: how many.
        shards: of the collection, for its whole life.
        replicas: copies of each shard, on different nodes.
        memory: bytes wanted on each node.
        disk: bytes wanted on each node.
        reason: which demand the number of nodes comes from.
    """

    nodes: int
    shards: int
    replicas: int
    memory: float
    disk: float
    reason: str

    @property
    def write_consistency(self) -> int:
        """Copies that must be written before a write counts: half of them, so that one node may be
        down."""
        return (self.replicas + 1) // 2


def cluster_for(parts: Sequence[Part], replicas: int, node: Node) -> Cluster:
    """The fewest nodes that hold the parts.

    Raises:
        InputError: a node has no room for the logs alone, or too little memory for a server.
    """
    if node.memory < LEAST_MEMORY:
        raise InputError(
            f"--node-ram {bytes_shown(node.memory)} is too little for a server; give at least "
            f"{bytes_shown(LEAST_MEMORY)}"
        )
    logs = SHARDS_A_NODE * replicas * LOG
    if node.disk <= 2 * logs:
        raise InputError(
            f"--node-disk {bytes_shown(node.disk)} is too little: with --replicas {replicas}, logs "
            f"of a node's shards alone take {bytes_shown(logs)}, and as much again is wanted for "
            "points"
        )
    memory = replicas * sum(part.memory for part in parts)
    disk = replicas * sum(part.bytes for part in parts) * HEADROOM
    by_memory = max(1, math.ceil(memory / (node.memory * MEMORY_USED)))
    by_disk = max(1, math.ceil(disk / (node.disk - logs)))
    by_copies = 1 if replicas == 1 else max(replicas, QUORUM)
    nodes = max(by_memory, by_disk, by_copies)
    if nodes == 1:
        reason = "all of it fits"
    elif nodes == by_memory:
        reason = f"memory: {bytes_shown(memory)} / ({bytes_shown(node.memory)} x {MEMORY_USED})"
    elif nodes == by_disk:
        reason = f"disk: {bytes_shown(disk)} / ({bytes_shown(node.disk)} - {bytes_shown(logs)})"
    elif replicas > QUORUM:
        reason = f"each of {replicas} copies wants one of its own"
    else:
        reason = f"with {replicas} copies one of {QUORUM} may be down"
    shards = 1 if nodes == 1 else SHARDS_A_NODE * nodes
    held = shards * replicas * LOG / nodes
    return Cluster(nodes, shards, replicas, memory / nodes, disk / nodes + held, reason)
