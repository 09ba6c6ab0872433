"""`mmrag plan`: memory, disk, nodes and settings of a Qdrant cluster, before there is one."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from mmrag.cli import completion
from mmrag.cli.options import ConfigOption, JsonOption, ProfileOption, chosen, reports_errors


@reports_errors
def command(
    items: Annotated[
        str,
        typer.Option("--items", metavar="N", help="Passages, pictures and recordings: 50M, 2.5k."),
    ],
    spaces: Annotated[
        str | None,
        typer.Option(
            "--spaces",
            metavar="LIST",
            help="Spaces by comma, with the share of items that have a vector in one: "
            "text,clip=0.2.  [default: the profile's, with all items]",
        ),
    ] = None,
    profile: ProfileOption = None,
    replicas: Annotated[
        int | None,
        typer.Option("--replicas", metavar="N", min=1, help="Copies of everything.  [default: 1]"),
    ] = None,
    quantization: Annotated[
        str | None,
        typer.Option(
            "--quantization",
            metavar="KIND",
            autocompletion=completion.quantizations,
            help="none, int8, binary or turbo.",
        ),
    ] = None,
    payload_kb: Annotated[
        float,
        typer.Option(
            "--payload-kb", metavar="N", min=0.1, max=32_000, help="JSON of an item, in kB."
        ),
    ] = 2.0,
    node_ram: Annotated[
        str, typer.Option("--node-ram", metavar="SIZE", help="Memory of a node.")
    ] = "64GB",
    node_disk: Annotated[
        str, typer.Option("--node-disk", metavar="SIZE", help="Disk of a node.")
    ] = "1TB",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reckon what an index takes on a Qdrant server or cluster, and print settings for it.

    What the settings file says of profile, models, quantization and server: is taken into account.
    No model is loaded, and no Qdrant server asked.
    """
    from mmrag.opening import FIRST
    from mmrag.planning.amounts import bytes_of, count_of
    from mmrag.planning.cluster import Node
    from mmrag.planning.plan import plan_for
    from mmrag.planning.workload import shares_of, workload_of

    changes = {"index.quantization": quantization, "server.replication_factor": replicas}
    settings = chosen(None, None, profile, config, changes=changes)
    load = workload_of(
        settings,
        settings.profile or FIRST,
        items=count_of(items, what="--items"),
        spaces=None if spaces is None else shares_of(spaces.split(",")),
        payload_bytes=round(payload_kb * 1000),
    )
    node = Node(bytes_of(node_ram, what="--node-ram"), bytes_of(node_disk, what="--node-disk"))
    plan = plan_for(load, settings, node)
    if as_json:
        typer.echo(json.dumps(plan.as_dict(), ensure_ascii=False))
    else:
        from mmrag.cli.show_plan import show_plan

        show_plan(plan)
