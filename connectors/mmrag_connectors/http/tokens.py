"""Tokens: who may come in, by name; from the settings, and from a file that `mmrag token` keeps."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from mmrag.config import IndexSettings, ServeSettings, TokenSettings
from mmrag.errors import ConfigError, InputError
from mmrag.ingest.belongings import kept_at
from mmrag.store.locking import TOKENS

PREFIX = "mmrag_"
"""Tells scanners for leaked secrets whose a token is."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid")
    tokens: tuple[TokenSettings, ...] = ()


class TokenBook:
    """The tokens of an index.

    Only their SHA-256 is kept. A slow hash is for passwords, which can be guessed; 32 random bytes
    cannot. The file is read again when it changes, so a token that is revoked ends at once.

    Args:
        configured: those of the settings, which are not in the file.
        file: where the others are.
    """

    def __init__(self, configured: Sequence[TokenSettings], file: Path) -> None:
        self.configured, self.file = tuple(configured), file
        self._kept: tuple[TokenSettings, ...] = ()
        self._version: tuple[int, ...] | None = None

    @classmethod
    def of(cls, index: IndexSettings, serve: ServeSettings) -> TokenBook:
        """The tokens of an index: in its directory, or in mmrag's cache for one on a server."""
        return cls(serve.tokens, kept_at(index, "tokens").absolute())

    @property
    def entries(self) -> tuple[TokenSettings, ...]:
        """All of them, by name.

        Raises:
            ConfigError: the file cannot be read or is none of tokens.
        """
        return tuple(sorted((*self.configured, *self._read()), key=lambda entry: entry.name))

    def find(self, token: str) -> TokenSettings | None:
        """The entry of a token. Takes as long for a wrong one as for any other."""
        return self.with_digest(digest_of(token))

    def with_digest(self, digest: str) -> TokenSettings | None:
        """The entry of a token by the digest of it."""
        found = None
        for entry in self.entries:
            if hmac.compare_digest(entry.sha256, digest):
                found = entry
        return found

    def add(self, name: str, *, tenant: str | None = None, write: bool = True) -> str:
        """A new token, which is not kept and cannot be shown again.

        Raises:
            InputError: the name is taken, or the name or the tenant cannot be one.
        """
        token = PREFIX + secrets.token_urlsafe(32)
        try:
            entry = TokenSettings(name=name, sha256=digest_of(token), tenant=tenant, write=write)
        except ValidationError as exc:
            fault = exc.errors()[0]
            said = f"{fault['loc'][0]}: {fault['msg'][0].lower()}{fault['msg'][1:]}"
            raise InputError(f"no such token can be made: {said}") from exc
        with self._locked():
            if any(name == known.name for known in self.entries):
                raise InputError(f"there is a token {name!r} already; revoke it or choose a name")
            self._write([*self._read(), entry])
        return token

    def revoke(self, name: str) -> None:
        """End a token.

        Raises:
            InputError: there is none of that name, or it is one of the settings.
        """
        if any(name == entry.name for entry in self.configured):
            raise InputError(f"the token {name!r} is one of the settings; take it out there")
        with self._locked():
            kept = self._read()
            left = [entry for entry in kept if entry.name != name]
            if len(left) == len(kept):
                known = ", ".join(entry.name for entry in self.entries) or "none"
                raise InputError(f"there is no token {name!r}; there are: {known}")
            self._write(left)

    def _read(self) -> tuple[TokenSettings, ...]:
        try:
            status = self.file.stat()
            version = (status.st_ino, status.st_size, status.st_mtime_ns)
            if version != self._version:
                text = self.file.read_text(encoding="utf-8")
                self._kept, self._version = _Kept.model_validate_json(text).tokens, version
        except FileNotFoundError:
            self._kept, self._version = (), None
        except OSError as exc:
            raise ConfigError(f"cannot read the tokens in {self.file}: {exc.strerror}") from exc
        except (ValidationError, UnicodeDecodeError) as exc:
            raise ConfigError(
                f"{self.file} does not hold tokens; delete it and make them anew by `mmrag token`"
            ) from exc
        return self._kept

    def _write(self, entries: Iterable[TokenSettings]) -> None:
        rows = {"tokens": [entry.model_dump() for entry in entries]}
        part = self.file.with_suffix(".part")
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.file)

    def _locked(self) -> FileLock:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise InputError(
                f"no tokens can be kept in {self.file.parent}: {exc.strerror}"
            ) from exc
        return FileLock(self.file.with_name(TOKENS[1]))


def digest_of(secret: str) -> str:
    """SHA-256 of a secret, in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
