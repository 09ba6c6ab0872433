"""`.mmragignore`: what to leave out, by the rules of .gitignore."""

from __future__ import annotations

from dataclasses import dataclass

from pathspec import GitIgnoreSpec

from mmrag.errors import InputError

NAME = ".mmragignore"


@dataclass(frozen=True)
class Rules:
    """Ignore files, each with its folder ("" or "a/b/"); a folder before those in it."""

    files: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    def below(self, folder: str, content: bytes, *, file: str) -> Rules:
        """These rules with those of one more folder.

        Args:
            folder: relative to the first one.
            content: of its ignore file.
            file: where that is, for messages.

        Raises:
            InputError: a line of it is no pattern.
        """
        try:
            spec = GitIgnoreSpec.from_lines(content.decode("utf-8", "surrogateescape").splitlines())
        except ValueError as exc:
            raise InputError(f"{file}: {' '.join(str(exc).split())}") from exc
        return Rules((*self.files, (folder, spec)))

    def leave_out(self, name: str, *, is_folder: bool = False) -> bool:
        """Whether a file or folder is ignored; the ignore file nearest to it decides."""
        for folder, spec in reversed(self.files):
            if not name.startswith(folder):
                continue
            verdict = spec.check_file(name[len(folder) :] + ("/" if is_folder else "")).include
            if verdict is not None:
                return verdict
        return False

    def leave_out_below(self, name: str) -> bool:
        """Whether a file, or a folder that it is in, is ignored."""
        ends = [at for at, character in enumerate(name) if character == "/"] if self.files else ()
        return any(self.leave_out(name[:at], is_folder=True) for at in ends) or self.leave_out(name)
