"""The `mmrag` application: its commands and what becomes of their errors."""

from __future__ import annotations

import os

import typer

from mmrag.cli import ask, chat, demo, doctor, export, index, models, search, status
from mmrag.cli.evaluate import app as evaluate
from mmrag.cli.options import show_version

app = typer.Typer(
    name="mmrag",
    help="Ask your documents, pictures, recordings and films; every answer cites its source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=show_version, is_eager=True, help="Print the version."
    ),
) -> None:
    pass


for module in (index, search, ask, chat, status, doctor, demo):
    app.command(name=module.__name__.rpartition(".")[2])(module.command)
for group in (models, export, evaluate):
    app.add_typer(group.app)


def main() -> None:
    """Entry point. Quietens the libraries below, for stderr is the user's."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    app()
