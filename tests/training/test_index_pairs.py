"""Pairs out of an index: whose they are, which words, which moments of films."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.schema import Node

from mmrag.embeddings.media import AudioPart, ImagePart
from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node, number_nodes
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace
from mmrag.training.index_pairs import export_pairs
from mmrag.training.pair_files import read_pairs

IMAGE, AUDIO, VIDEO = Modality.IMAGE, Modality.AUDIO, Modality.VIDEO
MIMETYPES = {
    IMAGE: "image/png",
    AUDIO: "audio/wav",
    VIDEO: "video/mp4",
    Modality.TEXT: "text/plain",
}


def node(file: Path, kind: Modality, text: str, via: str | None, *place: int, **more: bool) -> Node:
    """A node of a file; `place` is where it begins and ends, in milliseconds."""
    start, end = place or (None, None)
    film = kind is VIDEO or file.suffix == ".mp4"
    where = Provenance(file.name, start_ms=start, end_ms=end, frame_ms=start if film else None)
    mimetype = MIMETYPES[VIDEO if film else kind]
    return build_node(text, where, modality=kind, mimetype=mimetype, path=file, via=via, **more)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MMRagQdrantStore]:
    """A picture with words of three sorts, one without any, a film, a recording, a missing file."""
    files = {name: tmp_path / name for name in ("a.png", "b.png", "f.mp4", "s.wav", "gone.png")}
    for name, file in files.items():
        if name != "gone.png":
            file.write_bytes(b"x")
    documents = [
        [
            node(files["a.png"], IMAGE, "a red kettle", "caption"),
            node(files["a.png"], IMAGE, "KETTLE  & CO", "ocr", part=True),
            node(files["a.png"], IMAGE, "bought in 1934", "metadata", part=True),
        ],
        [node(files["b.png"], IMAGE, "b", None, surrogate=True)],
        [node(files["gone.png"], IMAGE, "it was here", "ocr")],
        [
            node(files["f.mp4"], VIDEO, "f", None, 0, 4000, surrogate=True),
            node(files["f.mp4"], VIDEO, "f", None, 4000, 9000, surrogate=True),
            node(files["f.mp4"], AUDIO, "welcome", "asr", 200, 3000),
            node(files["f.mp4"], AUDIO, "to the hut", "asr", 3100, 4100),
        ],
        [node(files["s.wav"], AUDIO, "good evening", "asr", 0, 2000)],
    ]
    made = MMRagQdrantStore.from_path(tmp_path / "index", [DenseSpace("text", 4)])
    for tenant in (None, "acme"):
        for nodes in documents[: 1 if tenant else None]:
            number_nodes(nodes, f"{tenant}{nodes[0].metadata['source']}", tenant)
            made.add(nodes, {"text": [None] * len(nodes)})
    yield made
    made.close()


def test_pictures_and_scenes_with_their_words(store: MMRagQdrantStore, tmp_path: Path) -> None:
    done = export_pairs(store, tmp_path / "p.jsonl", kind=IMAGE)
    assert (done.pairs, dict(done.counts)) == (4, {"caption": 1, "ocr": 1, "metadata": 1, "asr": 1})
    assert done.missing == (str(tmp_path / "gone.png"),)
    found = {(row.left, row.right) for row in read_pairs(tmp_path / "p.jsonl").rows}
    kettle = ImagePart(tmp_path / "a.png")
    assert found == {
        (kettle, "a red kettle"),
        (kettle, "KETTLE & CO"),
        (kettle, "bought in 1934"),
        (ImagePart(tmp_path / "f.mp4", at_ms=0), "welcome to the hut"),
    }
    assert '"path": "a.png"' in (tmp_path / "p.jsonl").read_text(), "relative to the file"


def test_recordings_with_what_is_said(store: MMRagQdrantStore, tmp_path: Path) -> None:
    done = export_pairs(store, tmp_path / "p.jsonl", kind=AUDIO)
    assert dict(done.counts) == {"asr": 3}
    rows = read_pairs(tmp_path / "p.jsonl").rows
    assert (AudioPart(tmp_path / "s.wav", 0, 2000), "good evening") in {row.sides for row in rows}


def test_only_a_tenants_own_and_only_words_of_a_kind(
    store: MMRagQdrantStore, tmp_path: Path
) -> None:
    out = tmp_path / "p.jsonl"
    assert export_pairs(store, out, kind=IMAGE, tenant="acme").pairs == 3
    assert export_pairs(store, out, kind=IMAGE, via=["caption"]).pairs == 1
    with pytest.raises(InputError, match="has no image with words"):
        export_pairs(store, out, kind=IMAGE, tenant="nobody")
    with pytest.raises(InputError, match="no words come from 'smell'; known are"):
        export_pairs(store, out, kind=IMAGE, via=["smell"])
    with pytest.raises(InputError, match="cannot write"):
        export_pairs(store, tmp_path / "none" / "p.jsonl", kind=IMAGE)
