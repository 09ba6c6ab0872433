"""Tokens: kept as digests, ended at once, and the command that makes them."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest
from command import Said

from mmrag import Settings
from mmrag.config import IndexSettings, ServeSettings, TokenSettings
from mmrag.errors import ConfigError, InputError
from mmrag.store.edge import EdgeEngine
from mmrag.store.spec import DenseSpace
from mmrag_connectors.http.tokens import TokenBook


@pytest.fixture
def book(tmp_path: Path) -> TokenBook:
    return TokenBook((), tmp_path / "index" / "tokens.json")


def test_a_token_is_found_by_itself_alone_and_kept_as_a_digest(book: TokenBook) -> None:
    token = book.add("alice", tenant="acme", write=False)
    assert token.startswith("mmrag_") and len(token) >= 6 + 43
    entry = book.find(token)
    assert entry is not None
    assert (entry.name, entry.tenant, entry.write) == ("alice", "acme", False)
    assert entry.sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert [book.find(wrong) for wrong in ("", token[:-1], token + "a", entry.sha256)] == [None] * 4
    assert token not in book.file.read_text()
    assert stat.S_IMODE(book.file.stat().st_mode) == 0o600


def test_what_another_process_writes_holds_at_once(book: TokenBook) -> None:
    serving = TokenBook((), book.file)
    assert serving.entries == ()
    first, second = book.add("first"), book.add("second")
    assert [serving.find(token) is not None for token in (first, second)] == [True, True]
    book.revoke("first")
    assert [serving.find(token) is not None for token in (first, second)] == [False, True]
    book.file.unlink()
    assert serving.entries == ()


def test_names_are_taken_once_and_those_of_the_settings_stay(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"chosen").hexdigest()
    book = TokenBook([TokenSettings(name="ops", sha256=digest)], tmp_path / "tokens.json")
    assert book.find("chosen") is not None
    with pytest.raises(InputError, match="'ops' already"):
        book.add("ops")
    with pytest.raises(InputError, match="one of the settings"):
        book.revoke("ops")
    with pytest.raises(InputError, match="no token 'alice'; there are: ops"):
        book.revoke("alice")
    with pytest.raises(InputError, match="tenant"):
        book.add("alice", tenant=" ")
    assert not book.file.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"tokens": [{"name": "x"}]}', "\udcff"])
def test_a_file_that_is_none_of_tokens_lets_nobody_in(book: TokenBook, content: str) -> None:
    token = book.add("alice")
    book.file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=r"tokens\.json does not hold tokens"):
        book.find(token)


def test_tokens_may_be_there_before_the_index(tmp_path: Path) -> None:
    TokenBook.of(IndexSettings(directory=tmp_path / "index"), ServeSettings()).add("alice")
    EdgeEngine.create(tmp_path / "index", [DenseSpace("text", 4)]).close()


def test_tokens_of_an_index_on_a_server_are_kept_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    remote = Settings().with_changes({"index.qdrant_url": "http://127.0.0.1:1"})
    other = remote.with_changes({"index.collection": "other"})
    book = TokenBook.of(remote.index, remote.serve)
    token = book.add("alice")
    assert tmp_path in book.file.parents
    assert TokenBook.of(remote.index, remote.serve).find(token) is not None
    assert TokenBook.of(other.index, other.serve).find(token) is None


def test_the_command_makes_lists_and_ends_tokens(tmp_path: Path) -> None:
    where = ("--index", tmp_path / "index")
    made = Said("token", "add", "alice", "--tenant", "acme", "--read-only", *where)
    assert made.code == 0
    token = made.out.strip()
    assert Said("token", "add", "bob", *where).code == 0
    listed = Said("token", "list", *where)
    assert listed.out.splitlines() == [
        "alice\tdocuments of acme\treads",
        "bob\tdocuments of nobody\treads and writes",
    ]
    assert token not in listed.out
    assert "'alice' already" in Said("token", "add", "alice", *where).refusal
    assert Said("token", "revoke", "alice", *where).code == 0
    assert "no token 'alice'; there are: bob" in Said("token", "revoke", "alice", *where).refusal
    told = json.loads(Said("token", "list", "--json", *where).out)
    assert told == {"tokens": [{"name": "bob", "tenant": None, "write": True}]}
