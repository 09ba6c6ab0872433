"""A file with everything that may lie beside it, read as a run reads it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
import pytest

import mmrag.samples
from mmrag.ingest.reading import Read, ReadOptions, read
from mmrag.ingest.scan import SourceFile
from mmrag.loaders.sidecars import find_sidecars
from mmrag.modalities import Modality
from mmrag.schema import METADATA, SIDECAR, SUBTITLES, VIA, fields_of, provenance_of, text_of
from mmrag.spaces import shows

TALK = Path(mmrag.samples.__file__).parent / "archive" / "sound" / "radio-bulletin-1959.mp3"
SAID = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Karin>The mast stands again.\n"
ABOUT = {"description": "A bulletin of the station", "date": "1959-11-02", "geo": "63.4,13.1"}


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.mp3"
    shutil.copy(TALK, path)
    (tmp_path / "talk.vtt").write_text(SAID)
    (tmp_path / "talk.mp3.txt").write_text("Erik turned the dial while Karin spoke.")
    (tmp_path / "talk.mp3.json").write_text(json.dumps(ABOUT))
    return path


def read_here(path: Path, **options: object) -> Read:
    status = path.stat()
    names = frozenset(found.name for found in path.parent.iterdir())
    sidecars = find_sidecars(path, names)
    file = SourceFile(path, path.name, status.st_size, status.st_mtime_ns, sidecars=sidecars)
    done = read(file, ReadOptions(asr=False, **options))  # type: ignore[arg-type]
    assert done.error is None
    return done


def test_all_of_it_is_one_document(talk: Path) -> None:
    done = read_here(talk)
    assert done.notes == ()
    assert [node.metadata.get(VIA) for node in done.nodes if text_of(node)] == [
        SUBTITLES,
        SIDECAR,
        METADATA,
    ]
    said, *_, described, words = done.nodes
    assert text_of(said) == "Karin: The mast stands again."
    assert (provenance_of(said).start_ms, provenance_of(said).end_ms) == (1000, 4000)
    assert text_of(described) == "Erik turned the dial while Karin spoke."
    assert text_of(words).startswith("Description: A bulletin of the station")
    assert {node.metadata["modality"] for node in done.nodes} == {Modality.AUDIO.value}
    fields = fields_of(words)
    assert (fields["taken"], fields["latitude"]) == ("1959-11-02", 63.4)
    # also those that bridges made: what is said, and the windows of sound around it
    assert all(fields_of(node) == fields for node in done.nodes)
    with av.open(str(talk)) as file:
        length = (file.duration or 0) // 1000
    sounds = [provenance_of(node) for node in done.nodes if shows(node) and not text_of(node)]
    assert sounds[0].start_ms == 4000 and abs((sounds[-1].end_ms or 0) - length) < 200


def test_subtitles_that_cannot_be_used_leave_the_recording_to_be_heard(talk: Path) -> None:
    talk.with_name("talk.vtt").write_text("Not today.")
    done = read_here(talk)
    assert done.notes == ("talk.vtt is not used: holds no subtitles with words",)
    assert provenance_of(done.nodes[0]).start_ms == 0 and not text_of(done.nodes[0])
    assert all("taken" in fields_of(node) for node in done.nodes)


def test_what_is_kept_of_metadata_is_chosen(talk: Path) -> None:
    fields = fields_of(read_here(talk, metadata="no-place").nodes[0])
    assert "taken" in fields and not {"latitude", "longitude"} & set(fields)
    nodes = read_here(talk, metadata="none").nodes
    assert not any(fields_of(node) for node in nodes)
    assert METADATA not in [node.metadata.get(VIA) for node in nodes]
