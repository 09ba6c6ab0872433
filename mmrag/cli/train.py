"""`mmrag train`: a model fine-tuned on pairs of one's own."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.options import (
    EXIT_PARTLY,
    ConfigOption,
    JsonOption,
    ProfileOption,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.training.fine_tuned import FineTuned


@reports_errors
def command(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="CSV, TSV or JSONL with two of the columns text (or caption), image, audio, "
            "depth, thermal, imu, file_name; or a folder: a.jpg beside a.txt, or with captions.csv "
            "or metadata.jsonl.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to make.")],
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME", help="Folder, hub id, or a name of `mmrag models list`."
        ),
    ] = None,
    space: Annotated[
        str | None,
        typer.Option("--space", metavar="NAME", help="The model of this space of the profile."),
    ] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    epochs: Annotated[
        float, typer.Option("--epochs", metavar="N", help="How often each pair is seen.")
    ] = 5.0,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, metavar="N", help="Batches, in place of epochs.")
    ] = None,
    batch: Annotated[
        int, typer.Option("--batch", metavar="N", help="Pairs told apart at once; more is better.")
    ] = 64,
    micro_batch: Annotated[
        int | None,
        typer.Option(
            "--micro-batch", min=1, metavar="N", help="Of these in memory at once; takes longer."
        ),
    ] = None,
    lr: Annotated[
        float | None,
        typer.Option(
            "--lr",
            metavar="RATE",
            help="Highest learning rate; unless given 1e-5, 1e-3 for tiny, tenfold for --lora.",
        ),
    ] = None,
    freeze: Annotated[
        str | None,
        typer.Option(
            "--freeze",
            metavar="LIST",
            help="Towers that stay as they are: text, image, audio, by comma; or none. "
            "Unless given it is none, and image for ImageBind.",
        ),
    ] = None,
    lora: Annotated[
        int | None,
        typer.Option("--lora", metavar="RANK", help="Train low-rank changes, merged at the end."),
    ] = None,
    hard_negatives: Annotated[
        bool,
        typer.Option("--hard-negatives", help="Fill half of each batch with likely mistakes."),
    ] = False,
    bf16: Annotated[
        bool, typer.Option("--bf16", help="Compute in bfloat16 where it is safe.")
    ] = False,
    loss: Annotated[
        str, typer.Option("--loss", metavar="NAME", help="infonce (CLIP's) or siglip.")
    ] = "infonce",
    patience: Annotated[
        int,
        typer.Option(
            "--patience", min=0, metavar="N", help="Stop after N evaluations without gain; 0 never."
        ),
    ] = 0,
    validation: Annotated[
        float,
        typer.Option("--validation", metavar="SHARE", help="Share of the pairs that is kept out."),
    ] = 0.1,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="The same seed trains the same model.")
    ] = 0,
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="A,B", help="The two columns to take, of more."),
    ] = None,
    folder_names: Annotated[
        bool, typer.Option("--folder-names", help="Names of subfolders are the captions.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out pairs that cannot be used, and say which.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in DIR, with the same options.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fine-tune a model on pairs of pictures, recordings and texts that belong together."""
    from mmrag.cli.show import console
    from mmrag.cli.training_progress import TrainingProgress
    from mmrag.training.fine_tuning import fine_tune
    from mmrag.training.run_folder import RunFolder

    if loss not in ("infonce", "siglip"):
        raise typer.BadParameter(f"--loss wants infonce or siglip, found {loss!r}")
    try:
        with TrainingProgress(console, shown=not as_json) as progress:
            found = fine_tune(
                pairs,
                out,
                model=_model(model, space, profile, config),
                epochs=epochs,
                steps=steps,
                batch=batch,
                micro_batch=micro_batch,
                learning_rate=lr,
                freeze=_listed(freeze),
                lora=lora,
                hard_negatives=hard_negatives,
                precision="bf16" if bf16 else "fp32",
                loss="siglip" if loss == "siglip" else "infonce",
                patience=patience,
                validation=validation,
                seed=seed,
                columns=_listed(columns),
                folder_names=folder_names,
                skip_bad=skip_bad,
                resume=resume,
                listener=progress,
            )
    except KeyboardInterrupt:
        if RunFolder(out).begun and _tells():
            again = [*sys.argv[1:], *([] if resume else ["--resume"])]
            sys.stderr.write(f"go on with: mmrag {shlex.join(again)}\n")
        raise
    if as_json and _tells():
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
    elif _tells():
        _show(found)
    if found.data.left_out:
        raise typer.Exit(EXIT_PARTLY)


def _tells() -> bool:
    """Whether this process is the one of several that a person reads."""
    return os.environ.get("RANK", "0") == "0"


def _listed(given: str | None) -> list[str] | None:
    """ "text,image" -> ["text", "image"]; "none" -> []."""
    if given is None:
        return None
    return [name.strip() for name in given.split(",") if name.strip() not in ("", "none")]


def _model(model: str | None, space: str | None, profile: str | None, config: Path | None) -> str:
    """The model that the options name."""
    if (model is None) == (space is None):
        raise typer.BadParameter("say which model: --model NAME, or --space NAME of a profile")
    if model is not None:
        return model
    from mmrag.config import load_settings
    from mmrag.errors import ConfigError
    from mmrag.opening import FIRST
    from mmrag.profiles import profile_named
    from mmrag.spelling import did_you_mean

    settings = load_settings(config, {"profile": profile})
    chosen = profile_named(settings.profile or FIRST)
    spaces = {**chosen.spaces, **settings.models}
    if str(space) not in spaces:
        raise ConfigError(
            f"profile {chosen.name} has no space {space!r}{did_you_mean(str(space), spaces)}; "
            f"it has {', '.join(spaces)}"
        )
    return spaces[str(space)]


def _show(found: FineTuned) -> None:
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out

    for fault in found.data.left_out:
        out.print(Text(f"left out: {fault}", style="yellow"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("recall on the pairs kept out", no_wrap=True)
    for heading in ("before", "after", "gain"):
        table.add_column(heading, no_wrap=True, justify="right")
    before, after = found.before.intervals(), found.after.intervals()
    for direction, gains in found.after.gained_on(found.before).items():
        for measure, gain in gains.items():
            table.add_row(
                f"{direction}, {measure}",
                f"{before[direction][measure].mean:.3f}",
                f"{after[direction][measure].mean:.3f}",
                f"{gain.mean:+.3f} ({gain.low:.2f} to {gain.high:.2f})",
            )
    out.print(table)
    early = ", stopped early" if found.stopped == "early" else ""
    out.print(
        Text(
            f"{found.steps} steps{early}, the best is {found.best_step}; "
            f"{found.data.training} pairs trained on, {found.data.validation} kept out; "
            f"{found.seconds / 60:.1f} minutes",
            style="dim",
        )
    )
    out.print(Text(f"{found.folder}: use it with models: {{{found.plan.space}: {found.folder}}}"))
