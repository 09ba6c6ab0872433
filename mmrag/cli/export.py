"""`mmrag export`: a model's checkpoint in a faster form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmrag.cli.options import reports_errors

app = typer.Typer(
    name="export", help="Write a model's checkpoint in a faster form.", no_args_is_help=True
)


@app.callback()
def _root() -> None:
    # without a callback, the only command of a group would lose its name
    pass


@app.command("clip")
@reports_errors
def export(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to make.")],
    onnx: Annotated[bool, typer.Option("--onnx", help="As ONNX; the one format there is.")] = False,
    model: Annotated[
        str,
        typer.Option("--model", metavar="NAME", help="Hub id, or folder of a checkpoint."),
    ] = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    int8: Annotated[
        bool, typer.Option("--int8", help="Weights in 8 bits: a quarter of the size, and faster.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Keep it even if its vectors agree too little.")
    ] = False,
) -> None:
    """Write CLIP's two towers as ONNX, and compare their vectors with torch's."""
    if not onnx:
        raise typer.BadParameter("say which format; there is one: --onnx")
    from mmrag.optimize.onnx import export_clip

    done = export_clip(model, out, int8=int8, force=force)
    typer.echo(f"{done.folder}: {done.dtype}, {done.megabytes:.1f} MB")
    typer.echo(f"cosine to float32, pictures: {done.agreement.image}")
    typer.echo(f"cosine to float32, texts:    {done.agreement.text}")
