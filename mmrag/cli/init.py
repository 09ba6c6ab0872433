"""`mmrag init`: three questions, a settings file, and what to type next."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmrag.cli.ask import LlmOption
from mmrag.cli.options import IndexOption, ProfileOption, QdrantOption, reports_errors

if TYPE_CHECKING:
    from mmrag.config import Settings
    from mmrag.machine import Machine, Suited

HEADER = "# Settings of mmrag, made by: mmrag init"


@reports_errors
def command(
    folders: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="What to index.", show_default=False),
    ] = None,
    profile: ProfileOption = None,
    llm: LlmOption = None,
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    config: Annotated[
        Path,
        typer.Option("--config", metavar="FILE", help="The settings file to write."),
    ] = Path("mmrag.yaml"),
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing; take what suits this machine.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a settings file that is there.")
    ] = False,
) -> None:
    """Ask three questions, write ./mmrag.yaml, and say what to type next.

    What is given as an option is not asked for. Without a terminal nothing is asked.
    """
    from mmrag.cli.settings_file import writable, write_settings
    from mmrag.config import settings_without_file
    from mmrag.errors import ConfigError
    from mmrag.profiles import profile_named

    asking = sys.stdin.isatty() and not yes
    writable(config)
    if config.exists() and not force:
        if not asking:
            raise ConfigError(f"{config} is there already, and is kept; --force replaces it")
        if not _confirmed(f"{config} is there already. Replace it?"):
            typer.echo(f"{config} stays as it is", err=True)
            return
    settings = settings_without_file(
        {
            "profile": profile and profile_named(profile).name,
            "answer.llm": llm,
            "index.directory": index,
            "index.qdrant_url": qdrant,
        }
    )
    paths = _checked(folders or []) if folders or not asking else _asked_folders()
    found = _Found(settings)
    chosen = profile or _asked_profile(found, asking=asking)
    wording = llm or _asked_llm(found, chosen, asking=asking)
    tree: dict[str, Any] = {"profile": chosen}
    tree["index"] = {"qdrant_url": qdrant} if qdrant else {"directory": str(index or ".mmrag")}
    if paths:
        tree["ingest"] = {"paths": paths}
    tree["answer"] = {"llm": wording}
    write_settings(config, tree, header=HEADER)
    typer.echo(f"wrote {config}")
    given = "" if config == Path("mmrag.yaml") else f" --config {config}"
    for line in (*found.steps(chosen), f"mmrag index{'' if paths else ' FOLDER'}{given}"):
        typer.echo(f"next: {line}")
    typer.echo(f'then: mmrag ask "your question"{given}')


class _Found:
    """What is on this machine; looked for when it is wanted, for torch takes its time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen: tuple[Machine, dict[str, Suited]] | None = None

    def look(self) -> tuple[Machine, dict[str, Suited]]:
        """The machine, and by name what each profile lacks on it."""
        from mmrag.machine import look, suited

        if self._seen is None:
            typer.echo("looking at this machine ...", err=True)
            machine = look(self._settings.index.directory, self._settings.ollama)
            rows = suited(machine, self._settings.ollama)
            self._seen = machine, {row.profile.name: row for row in rows}
        return self._seen

    def best(self) -> str:
        """The profile to suggest."""
        from mmrag.machine import best

        machine, rows = self.look()
        return best(list(rows.values()), machine).profile.name

    def steps(self, profile: str) -> tuple[str, ...]:
        """What to type before the profile runs, if this was looked at."""
        row = self._seen[1].get(profile) if self._seen else None
        return row.steps if row else ()


def _asked_folders() -> list[str]:
    from mmrag.errors import InputError

    while True:
        line = _line("1. Which folders or files? Several by comma", ".")
        whole = [line] if Path(line).expanduser().exists() else line.split(",")
        paths = [part.strip() for part in whole if part.strip()]
        try:
            if paths:
                return _checked(paths)
        except InputError as exc:
            typer.echo(f"   {exc}", err=True)


def _checked(paths: list[str]) -> list[str]:
    from mmrag.ingest.sources.given import Given

    for path in paths:
        Given.of(path)
    return paths


def _asked_profile(found: _Found, *, asking: bool) -> str:
    suggested = found.best()
    if not asking:
        return suggested
    machine, rows = found.look()
    typer.echo(
        f"   {machine.memory_gb:.0f} GB of memory, {machine.free_gb:.0f} GB free on the disk, "
        f"models run on {machine.device}",
        err=True,
    )
    for name, row in rows.items():
        typer.echo(f"   {name:<10} {_state(row)}", err=True)
    return _word("2. Which profile, that is, which models?", suggested, list(rows))


def _state(row: Suited) -> str:
    about = [row.lacks] if row.lacks else []
    if row.fetch_mb:
        about.append(f"fetches {row.fetch_mb / 1000:.1f} GB from the hub")
    if "not for commercial use" in row.profile.needs:
        about.append("not for commercial use")
    return f"{'; '.join(about) or 'ready'} ({', '.join(row.profile.spaces)})"


def _asked_llm(found: _Found, profile: str, *, asking: bool) -> str:
    from mmrag.profiles import profile_named

    if not asking:
        return profile_named(profile).llm
    machine, _ = found.look()
    typer.echo("   extractive  ready: sentences as they stand in the files", err=True)
    typer.echo(f"   ollama      {machine.ollama or 'ready'}", err=True)
    local = "ready: a small model in this process"
    if not machine.local:
        local = "needs pip install 'mmrag[local]' and a model (local.model)"
    typer.echo(f"   local       {local}", err=True)
    suggested = "extractive" if machine.ollama else "ollama"
    return _word("3. Who words the answers?", suggested, ["extractive", "ollama", "local"])


def _word(question: str, suggested: str, known: list[str]) -> str:
    from mmrag.spelling import did_you_mean

    while (word := _line(question, suggested)) not in known:
        typer.echo(f"   no {word!r}{did_you_mean(word, known)}: {', '.join(known)}", err=True)
    return word


def _line(question: str, default: str) -> str:
    try:
        return str(typer.prompt(question, default=default, err=True)).strip() or default
    except typer.Abort:  # Ctrl-C or Ctrl-D; nothing was written yet
        typer.echo("", err=True)
        raise KeyboardInterrupt from None


def _confirmed(question: str) -> bool:
    return _line(f"{question} yes or no", "no").lower() in ("y", "yes")
