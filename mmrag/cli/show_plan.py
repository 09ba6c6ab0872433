"""A plan on the terminal."""

from __future__ import annotations

import typer
from rich.markup import escape
from rich.table import Table

from mmrag.cli.settings_file import in_yaml
from mmrag.cli.show import out
from mmrag.planning.amounts import bytes_shown, count_shown
from mmrag.planning.cluster import HEADROOM, LOG, MEMORY_USED
from mmrag.planning.plan import Plan


def show_plan(plan: Plan) -> None:
    """Parts with their formulas, the cluster, and the settings to paste."""
    cluster, node = plan.cluster, plan.node
    items = "1 item" if plan.load.items == 1 else f"{count_shown(plan.load.items)} items"
    out.print(f"[bold]{items}[/], one copy of each:")
    out.print(_parts(plan))
    models = ", ".join(f"{row.name} is {row.model}" for row in plan.load.dense)
    out.print(f"[dim]{escape(models)}[/]\n")
    of = f"{bytes_shown(node.memory)} and {bytes_shown(node.disk)}"
    nodes = "1 node" if cluster.nodes == 1 else f"{cluster.nodes} nodes"
    copies = f", each {cluster.replicas} times" if cluster.replicas > 1 else ""
    usable = bytes_shown(node.memory * MEMORY_USED)
    out.print(f"[bold]{nodes}[/] of {of} of disk ({cluster.reason})")
    for name, told in (
        ("shards", f"{cluster.shards}{copies}"),
        ("memory", f"{bytes_shown(cluster.memory)} a node, of {usable} that may be used"),
        ("disk", f"{bytes_shown(cluster.disk)} a node: x {HEADROOM}, as segments are made anew"),
        ("", f"beside themselves, and {bytes_shown(LOG)} of log a shard"),
        ("rule", f"{bytes_shown(plan.rule)} of memory, by Qdrant's rule for one copy with all of"),
        ("", "its vectors in memory: vectors x dimensions x 4 B x 1.5"),
    ):
        out.print(f"  [dim]{name:<7}[/] {told}")
    out.print("\n[bold]for mmrag.yaml[/]")
    typer.echo(in_yaml(plan.settings), nl=False)


def _parts(plan: Plan) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_footer=True)
    table.add_column("part", footer="sum", no_wrap=True)
    table.add_column("formula")
    disk, memory = bytes_shown(plan.disk), bytes_shown(plan.memory)
    table.add_column("disk", footer=disk, justify="right", no_wrap=True)
    table.add_column("lives", no_wrap=True)
    table.add_column("memory", footer=memory, justify="right", no_wrap=True)
    for part in plan.parts:
        wanted = bytes_shown(part.memory) if part.memory else "-"
        table.add_row(part.name, part.formula, bytes_shown(part.bytes), part.tier, wanted)
    return table
