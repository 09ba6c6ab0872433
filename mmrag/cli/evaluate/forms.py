"""`mmrag eval forms`: what bfloat16, 8 bits and ONNX do to a model, on pairs of one's own."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.options import JsonOption, reports_errors

if TYPE_CHECKING:
    from mmrag.embeddings.media import ImagePart
    from mmrag.optimize.forms import FormRow
    from mmrag.training.pairs import Pairs


@reports_errors
def command(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS", help="Pictures with their captions, as `mmrag train` takes them."
        ),
    ],
    model: Annotated[
        str,
        typer.Option(
            "--model", metavar="NAME", help="Folder, hub id, or a name of `mmrag models list`."
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Let captions and pictures find each other by every form of a model, against float32.

    All forms are computed on the CPU. Pictures of one caption count alike.
    """
    from mmrag.embeddings.hub import fetch_missing
    from mmrag.optimize.forms import compare, forms_of
    from mmrag.training.pair_files import read_pairs

    captions, pictures = _sides(read_pairs(pairs))
    fetch_missing([model])
    with tempfile.TemporaryDirectory() as scratch:
        forms = forms_of(model, Path(scratch))
        rows = compare(forms.embeddings, captions, pictures, megabytes=forms.megabytes)
    if as_json:
        facts = {"model": model, "pairs": len(captions), "forms": [asdict(row) for row in rows]}
        typer.echo(json.dumps(facts))
    else:
        _show(rows, len(captions))


def _sides(pairs: Pairs) -> tuple[list[str], list[ImagePart]]:
    from mmrag.embeddings.media import ImagePart
    from mmrag.errors import InputError

    captions = [row.right for row in pairs.rows if isinstance(row.right, str)]
    pictures = [row.left for row in pairs.rows if isinstance(row.left, ImagePart)]
    if len(captions) < len(pairs) or len(pictures) < len(pairs):
        raise InputError(f"{pairs.origin} has pairs of {pairs.name}; it takes image and text")
    return captions, pictures


def _show(rows: list[FormRow], pairs: int) -> None:
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out
    from mmrag.optimize.forms import HEADER, cells

    out.print(Text(f"{pairs} pairs, both directions; speed over float32", style="dim"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, head in enumerate(HEADER):
        table.add_column(head, justify="right" if place else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, cells(row)))
    out.print(table)
