"""CLIP's tokens: where the vocabulary is found, and what no text can do."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models

from mmrag.embeddings.imagebind import tokenizer as module
from mmrag.embeddings.imagebind.tokenizer import TextTokenizer, clean
from mmrag.errors import CheckpointMismatch, ModelUnavailable

# ids of the first characters: "!" is the first visible byte; the same ends of words lie 256 higher
A, C, T, DOT = (ord(character) - 33 for character in "act.")
WORD_END = 256
AT, CAT, OG, DOG, START, END = range(512, 518)


def test_texts_are_merged_into_tokens_between_start_and_end(tokenizer: TextTokenizer) -> None:
    assert tokenizer.size == 518
    assert tokenizer.ids(["Cat", "a  DOG.", ""]).tolist() == [
        [START, CAT, END, 0, 0],
        [START, A + WORD_END, DOG, DOT + WORD_END, END],
        [START, END, 0, 0, 0],
    ]
    assert tokenizer.ids(["tact"]).tolist() == [[START, T, A, C, T + WORD_END, END]]


def test_each_byte_has_its_token(tokenizer: TextTokenizer) -> None:
    # a soft hyphen is C2 AD in UTF-8: the 127th visible byte, and the last of the hidden ones
    assert tokenizer.ids(["\u00ad"]).tolist() == [[START, 126, 255 + WORD_END, END]]


def test_a_text_is_cut_where_the_context_ends(tokenizer: TextTokenizer) -> None:
    (row,) = tokenizer.ids(["cat " * 10_000 + "dog"]).tolist()
    assert row == [START, *[CAT] * 10, END]
    (fits,) = tokenizer.ids(["cat " * 10]).tolist()
    assert fits == row


def test_a_book_is_not_read_whole(tokenizer: TextTokenizer) -> None:
    book = "dog " * 3_000_000
    start = time.perf_counter()
    tokenizer.ids([book])
    assert time.perf_counter() - start < 5  # the whole of it takes half a minute


def test_marks_in_a_text_neither_end_nor_start_it(tokenizer: TextTokenizer) -> None:
    (row,) = tokenizer.ids(["a <|endoftext|>"]).tolist()
    assert row.count(END) == 1 and row[-1] == END
    (row,) = tokenizer.ids(["<|startoftext|>"]).tolist()
    assert row.count(START) == 1 and row[0] == START


def test_entities_are_resolved_twice_and_quotes_made_straight() -> None:
    assert clean(" “a&amp;lt;b”\n’s  x\u00a0y ") == '"a<b" \'s x y'


def test_no_texts_give_no_rows(tokenizer: TextTokenizer) -> None:
    assert tokenizer.ids([]).shape == (0, 0)


def test_files_in_the_folder_come_first(
    tokenizer: TextTokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CARRIERS", {})
    text = ["a dog. Cat & tact"]
    tokenizer.save(tmp_path)
    assert TextTokenizer.find(tmp_path, 12).ids(text).tolist() == tokenizer.ids(text).tolist()
    inner = json.loads((tmp_path / "tokenizer.json").read_text())["model"]
    pair = tmp_path / "pair"
    pair.mkdir()
    (pair / "vocab.json").write_text(json.dumps(inner["vocab"]))
    merges = "\n".join(" ".join(merge) for merge in inner["merges"])
    (pair / "merges.txt").write_text(f"#version: 0.2\n{merges}\n")
    assert TextTokenizer.find(pair, 12).ids(text).tolist() == tokenizer.ids(text).tolist()


def test_a_package_that_carries_the_vocabulary_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "carrier_of_vocabulary"
    (package / "bpe").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('must not be run')")
    lines = ["#version: 0.2", "a t</w>", "c at</w>", "", ""]
    (package / "bpe" / module.VOCABULARY).write_bytes(gzip.compress("\n".join(lines).encode()))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "CARRIERS", {"no_such_package": "", package.name: "bpe"})
    monkeypatch.setattr(module, "MERGES", 2)
    found = TextTokenizer.find(tmp_path, 12)
    assert found.size == 516
    assert found.ids(["cat"]).tolist() == [[514, 513, 515]]


def test_without_any_the_ways_out_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CARRIERS", {})
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setattr(module, "HUB", "no-such-org/no-such-model")
    with pytest.raises(ModelUnavailable, match=r"put the tokenizer\.json of no-such-org.* into"):
        TextTokenizer.find(tmp_path, 77, local_files_only=True)


def test_other_tokenizers_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(CheckpointMismatch, match="is no tokenizer that can be read"):
        TextTokenizer.find(tmp_path, 77)
    pair = tmp_path / "pair"
    pair.mkdir()
    (pair / "vocab.json").write_text('{"a": 0}')
    (pair / "merges.txt").write_text("a b\n")
    with pytest.raises(CheckpointMismatch, match="pair holds no tokenizer that can be read"):
        TextTokenizer.find(pair, 77)
    Tokenizer(models.BPE(vocab={"a": 0, "b": 1}, merges=[])).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(CheckpointMismatch, match=r"puts \[\] around a text.*tokenizer of CLIP"):
        TextTokenizer.find(tmp_path, 77)
