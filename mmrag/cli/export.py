"""`mmrag export`: a model's checkpoint in a faster form, or pairs of an index to train on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mmrag.cli import completion
from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    QdrantOption,
    TenantOption,
    opened,
    reports_errors,
)

app = typer.Typer(
    name="export",
    help="Write a model's checkpoint in a faster form, or pairs to fine-tune one on.",
    no_args_is_help=True,
)


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


@app.command("pairs")
@reports_errors
def pairs(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="JSONL file to write.")],
    index: IndexOption = None,
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="KIND",
            autocompletion=completion.kinds,
            help="image (scenes of films too) or audio.",
        ),
    ] = "image",
    via: Annotated[
        str | None,
        typer.Option(
            "--via",
            metavar="LIST",
            help="Only words from caption, sidecar, metadata, ocr, asr, subtitles; by comma.",
        ),
    ] = None,
    tenant: TenantOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write pictures or recordings of an index with their words, for `mmrag train`."""
    from mmrag.training.index_pairs import TEXTS

    if kind not in ("image", "audio"):
        raise typer.BadParameter(f"--kind wants image or audio, found {kind!r}")
    sources = TEXTS if via is None else [name.strip() for name in via.split(",") if name.strip()]
    with opened(index, qdrant, None, config, tenant=tenant) as opened_index:
        done = opened_index.export_pairs(out, kind, via=sources)
    if as_json:
        facts = {"out": str(done.path), "pairs": dict(done.counts), "missing": list(done.missing)}
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    counts = ", ".join(f"{count} by {name}" for name, count in sorted(done.counts.items()))
    typer.echo(f"{done.path}: {done.pairs} pairs ({counts})")
    if done.missing:
        typer.echo(
            f"{len(done.missing)} files are not on this machine: {done.missing[0]}", err=True
        )
