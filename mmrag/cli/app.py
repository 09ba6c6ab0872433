"""The `mmrag` application: its commands and what becomes of their errors."""

from __future__ import annotations

import os
from importlib.metadata import entry_points

import typer

from mmrag.cli import (
    ask,
    chat,
    classify,
    compress,
    demo,
    doctor,
    export,
    index,
    init,
    migrate,
    models,
    optimize,
    plan,
    remove,
    search,
    server,
    status,
    train,
)
from mmrag.cli.completion import heed_the_first_tab
from mmrag.cli.evaluate import app as evaluate
from mmrag.cli.help import put_in_words
from mmrag.cli.moderate import app as moderate
from mmrag.cli.options import show_version
from mmrag.cli.terminal import make_writable, plain_wanted

OTHERS = "mmrag.commands"
"""Group of entry points by which an installed package adds commands; they load nothing heavy."""

app = typer.Typer(
    name="mmrag",
    help="Ask your documents, pictures, recordings and films; every answer cites its source.",
    no_args_is_help=True,
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


COMMANDS = (
    init,
    index,
    search,
    ask,
    chat,
    classify,
    status,
    remove,
    compress,
    optimize,
    migrate,
    plan,
    doctor,
    train,
    demo,
)
for module in COMMANDS:
    app.command(name=module.__name__.rpartition(".")[2])(module.command)
for group in (models, export, evaluate, moderate, server):
    app.add_typer(group.app)
# what other packages add: a function is a command, a Typer is a group of them
for found in sorted(entry_points(group=OTHERS), key=lambda entry: entry.name):
    added = found.load()
    if isinstance(added, typer.Typer):
        app.add_typer(added, name=found.name)
    else:
        app.command(name=found.name)(added)
put_in_words(app)


def main() -> None:
    """Entry point. Quietens the libraries below, for stderr is the user's."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    make_writable()
    if plain_wanted():  # Typer's consoles for help and usage would keep bold letters
        from typer import rich_utils

        rich_utils.COLOR_SYSTEM = None
    if "_MMRAG_COMPLETE" in os.environ:  # fish takes each line of a wrapped text for an offer
        os.environ["COLUMNS"] = "10000"
    heed_the_first_tab()
    # by whatever way it was started: shells complete "mmrag", and that is what users type
    app(prog_name="mmrag")
