"""A plan: the parts of a collection, the cluster that holds it, and the settings to paste."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mmrag.config import Settings
from mmrag.planning.cluster import Cluster, Node, cluster_for
from mmrag.planning.parts import Part, parts_of, placement, rule_of_thumb
from mmrag.planning.workload import Workload


@dataclass(frozen=True)
class Plan:
    """What a workload takes.

    Attributes:
        load: what is stored.
        parts: of one copy.
        node: a machine.
        cluster: machines, shards, copies.
        settings: sections of mmrag.yaml that the collection is to be made with.
        rule: bytes of memory by Qdrant's rule of thumb.
    """

    load: Workload
    parts: Sequence[Part]
    node: Node
    cluster: Cluster
    settings: dict[str, Any]
    rule: float

    @property
    def disk(self) -> float:
        """Bytes of one copy on disk."""
        return sum(part.bytes for part in self.parts)

    @property
    def memory(self) -> float:
        """Bytes of memory that one copy wants."""
        return sum(part.memory for part in self.parts)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; sizes in bytes, `parts`, `disk` and `memory` of one copy."""
        parts = [{**asdict(part), "memory": round(part.memory)} for part in self.parts]
        return {
            "items": self.load.items,
            "spaces": {
                row.name: {"model": row.model, "size": row.size, "share": row.share}
                for row in self.load.dense
            },
            "parts": [{**part, "bytes": round(part["bytes"])} for part in parts],
            "disk": round(self.disk),
            "memory": round(self.memory),
            "rule_of_thumb_memory": round(self.rule),
            "node": asdict(self.node),
            "cluster": {
                **asdict(self.cluster),
                "memory": round(self.cluster.memory),
                "disk": round(self.cluster.disk),
            },
            "settings": self.settings,
        }


def plan_for(load: Workload, settings: Settings, node: Node) -> Plan:
    """Plan a cluster. What the settings say of the server stays, but for the number of shards.

    Raises:
        InputError: a node is too small for anything.
    """
    parts = parts_of(load, settings.server)
    cluster = cluster_for(parts, load.replicas, node)
    given = settings.server.model_dump(exclude_defaults=True)
    coded = {row.name: row.codes for row in load.dense if row.codes != "none"}
    memory = placement(load, settings.server.memory)
    if not coded:
        del memory["codes"]
    copies = settings.server.write_consistency_factor or cluster.write_consistency
    server: dict[str, Any] = {
        "shard_number": cluster.shards,
        "replication_factor": load.replicas,
        "write_consistency_factor": copies,
    }
    server |= {key: value for key, value in given.items() if key not in server}
    server["memory"] = memory
    index = {"index": {"quantization": _short(load, coded)}} if coded else {}
    return Plan(load, parts, node, cluster, {**index, "server": server}, rule_of_thumb(load))


def _short(load: Workload, coded: dict[str, Any]) -> Any:  # noqa: ANN401 - a kind, or kinds by space
    """One kind for all spaces where that is so."""
    alike = len(coded) == len(load.dense) and len(set(coded.values())) == 1
    return next(iter(coded.values())) if alike else coded
