"""A folder of notes that changes between runs, each passage with a word of its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

FILES, SENTENCES = 18, 14
"""Files of a new folder, and sentences of a long one: some three passages."""
PLAIN = "the keeper wrote down what the wind had done to the mast and the lamp that night".split()


def _markdown(title: str, sentences: list[str]) -> str:
    middle = len(sentences) // 2
    first, second = " ".join(sentences[:middle]), " ".join(sentences[middle:])
    return f"# {title}\n\n{first}\n\n## Later\n\n{second}\n"


def _html(title: str, sentences: list[str]) -> str:
    body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>"


def _csv(title: str, sentences: list[str]) -> str:
    return "day,note\n" + "".join(f"{day},{s}\n" for day, s in enumerate(sentences))


WRITERS: dict[str, Callable[[str, list[str]], str]] = {
    ".md": _markdown,
    ".html": _html,
    ".csv": _csv,
    ".txt": lambda title, sentences: " ".join(sentences),
}


class World:
    """The folder. What it does next depends on the seed alone.

    Attributes:
        words: by source, a word that stands in that file and in no other.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.words: dict[str, str] = {}
        self._rng = random.Random(seed)
        self._count = 0
        folder.mkdir(parents=True)
        for _ in range(FILES):
            self._write(self._new_name())

    def change(self) -> None:
        """Some files are new, changed, moved, touched or gone."""
        names = sorted(self.words)
        self._rng.shuffle(names)
        changed, gone, moved, touched = names[:4], names[4:6], names[6:9], names[9:11]
        for name in changed:
            self._write(name)
        for name in gone:
            (self.folder / name).unlink()
            del self.words[name]
        for name in moved:
            place = f"moved/{self._new_name(Path(name).suffix)}"
            (self.folder / "moved").mkdir(exist_ok=True)
            (self.folder / name).rename(self.folder / place)
            self.words[place] = self.words.pop(name)
        for name in touched:
            (self.folder / name).touch()
        for _ in range(3):
            self._write(self._new_name())

    def _new_name(self, suffix: str = "") -> str:
        self._count += 1
        return f"note-{self._count:03}{suffix or self._rng.choice(sorted(WRITERS))}"

    def _write(self, name: str) -> None:
        self._count += 1
        word = "".join("bcdfghjklm"[int(digit)] for digit in str(self._count)) + "zzuq"
        sentences = [
            f"On day {day} {' '.join(self._rng.sample(PLAIN, 9))} {word}."
            for day in range(self._rng.randint(2, SENTENCES))
        ]
        text = WRITERS[Path(name).suffix](f"Note {self._count}", sentences)
        (self.folder / name).write_text(text, encoding="utf-8")
        self.words[name] = word
