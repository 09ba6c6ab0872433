"""`mmrag classify`: labels for files, or for what is in an index, without training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmrag.cli.options import (
    EXIT_PARTLY,
    ConfigOption,
    IndexOption,
    JsonOption,
    ProfileOption,
    QdrantOption,
    TenantOption,
    chosen,
    opened,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.config import Settings
    from mmrag.spaces import Spaces


@reports_errors
def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Files, folders, and globs in quotes."),
    ] = None,
    labels: Annotated[
        str | None, typer.Option("--labels", metavar="LIST", help="The labels; by comma.")
    ] = None,
    labels_file: Annotated[
        Path | None,
        typer.Option(
            "--labels-file",
            metavar="FILE",
            help="The labels, one a line; in YAML or JSON with descriptions of each.",
        ),
    ] = None,
    template: Annotated[
        list[str] | None,
        typer.Option(
            "--template",
            metavar="TEXT",
            help='A sentence with {} for the label, or a set of them: "pictures", "sounds", '
            '"texts", "bare"; repeatable.  [default: what suits each kind]',
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="This model alone: an id or a local folder."),
    ] = None,
    space: Annotated[
        str | None,
        typer.Option("--space", metavar="NAME", help="Only the model of this space."),
    ] = None,
    multi_label: Annotated[
        bool | None, typer.Option("--multi-label", help="Let each label stand alone.")
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(
            "--top", min=1, metavar="N", help="Labels told of each file, or kept of a passage."
        ),
    ] = None,
    min_probability: Annotated[
        float | None,
        typer.Option(
            "--min-probability",
            min=0,
            max=1,
            metavar="P",
            help="That a label needs to be kept in an index.",
        ),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a row a file there.")
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", metavar="FILE.png", help="Draw contact sheets there."),
    ] = None,
    evaluate: Annotated[
        bool,
        typer.Option("--evaluate", help="Compare with the folders that files are in, or --truth."),
    ] = False,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth", metavar="FILE", help="What files are: CSV (path,label) or JSON lines."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="DIR", help="Write what --evaluate finds there, as JSON and PNG."
        ),
    ] = None,
    calibrate: Annotated[
        Path | None,
        typer.Option(
            "--calibrate",
            metavar="FILE",
            help="Fit probabilities of --multi-label to files of which it is known what they are.",
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option("--calibration", metavar="FILE", help="Use what --calibrate wrote."),
    ] = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Label pictures, recordings, films and texts; with --index, what is in an index."""
    if labels is not None and labels_file is not None:
        raise typer.BadParameter("give --labels or --labels-file, not both")
    if (truth or report) and not (evaluate or calibrate):
        raise typer.BadParameter("--truth and --report belong to --evaluate")
    if calibrate and calibration:
        raise typer.BadParameter("--calibrate makes what --calibration uses; give one of them")
    changes: dict[str, Any] = {
        "classify.labels": _labels(labels, labels_file),
        "classify.templates": tuple(template) if template else None,
        "classify.space": space,
        "classify.top": top,
        "classify.min_probability": min_probability,
        "classify.multi_label": multi_label,
        "classify.calibration": calibration,
    }
    of_index = index is not None or qdrant is not None or tenant is not None
    if not paths:
        files_only = (csv, sheet, evaluate, calibrate, model)
        if not of_index or any(files_only):
            raise typer.BadParameter("name files and folders, or label an index with --index DIR")
        _label_index(index, qdrant, profile, config, tenant, changes, as_json=as_json)
        return
    if of_index:
        raise typer.BadParameter("name files and folders, or an index to label, not both")
    if min_probability is not None:
        raise typer.BadParameter(
            "--min-probability says what an index keeps; files tell their --top"
        )
    if model is not None and (profile is not None or space is not None):
        raise typer.BadParameter("--model stands alone, without --profile and --space")
    from mmrag.cli.labelling import Wanted, label

    settings = chosen(None, None, profile, config, changes=changes)
    wanted = Wanted(csv, sheet, evaluate, truth, report, calibrate, top or 3, as_json=as_json)
    if not label(paths, _spaces(settings, model), settings, wanted):
        raise typer.Exit(EXIT_PARTLY)


def _labels(listed: str | None, file: Path | None) -> Any:  # noqa: ANN401  (as the settings take it)
    from mmrag.tasks.labels import labels_of, read_labels

    if file is not None:
        return {label.name: label.descriptions for label in read_labels(file)}
    if listed is None:
        return None
    return tuple(label.name for label in labels_of(listed.split(",")))


def _spaces(settings: Settings, model: str | None) -> Spaces:
    """Of one model, or of a profile as a new index would have them."""
    from mmrag.opening import FIRST
    from mmrag.profiles import profile_named
    from mmrag.spaces import Spaces, space_model, space_models

    ollama = settings.ollama
    if model is not None:
        return Spaces([space_model("model", model, ollama)], ollama=ollama)
    profile = profile_named(settings.profile or FIRST)
    return Spaces(space_models(profile, settings.models, ollama=ollama), ollama=ollama)


def _label_index(
    directory: Path | None,
    qdrant: str | None,
    profile: str | None,
    config: Path | None,
    tenant: str | None,
    changes: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    from mmrag.cli.evaluate.options import progress
    from mmrag.schema import LABELS
    from mmrag.store.kinds import CHUNKS, owned_by
    from mmrag.store.spec import All

    with opened(directory, qdrant, profile, config, tenant=tenant, changes=changes) as index:
        engine = index.vector_store.engine
        total = engine.count(All((CHUNKS, owned_by(index.settings.index.tenant))))
        with progress("labelling", total) as step:
            done = index.relabel(progress=lambda count: [step() for _ in range(count)])
        location = engine.location
    if as_json:
        facts = {"index": location, "looked_at": done.looked_at, "changed": done.changed}
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    typer.echo(
        f"{location}: {done.looked_at} passages looked at, {done.changed} labels changed; find "
        f"them with: mmrag search QUERY --where {LABELS}=LABEL",
    )
