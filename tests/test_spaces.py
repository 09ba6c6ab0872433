"""Pictures and sounds found by words, by pictures and by sounds, with the trained tiny model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmrag import MMRagIndex, Settings
from mmrag.doctor import examine_index
from mmrag.errors import ConfigError, IndexMismatch, InputError, ModelUnavailable
from mmrag.ingest.report import Report
from mmrag.modalities import Modality
from mmrag.retrieval.scales import Scales
from mmrag.schema import PART, build_node
from mmrag.spaces import Spaces, space_model
from mmrag.store.kinds import CHUNKS
from mmrag.store.spec import All, HasVector
from mmrag.training.pool import Written, write_items
from mmrag.training.shapes import CONCEPTS, gallery

SEEN = [concept for concept in CONCEPTS if concept.seen][::7]
QUIET = {"ingest.ocr": False, "ingest.asr": False}
SETTINGS = Settings().with_changes(QUIET)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> list[Written]:
    """Notes, pictures and sounds of some concepts that the model has seen, in new renderings."""
    return write_items(gallery(7, SEEN), tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[Written]:
    """Other items of the same concepts, to ask with."""
    return write_items(gallery(8, SEEN), tmp_path_factory.mktemp("asked"))


@pytest.fixture(scope="module")
def index(world: list[Written], tmp_path_factory: pytest.TempPathFactory) -> Iterator[MMRagIndex]:
    place = tmp_path_factory.mktemp("made") / "index"
    with MMRagIndex(place, profile="tiny", settings=SETTINGS) as made:
        made.index(world[0].note.parents[1])
        yield made


def best(index: MMRagIndex, modality: str, **query: object) -> str:
    """File of the hit of a modality that the shared space likes most."""
    result = index.search(**query, modalities=[modality], k=50)  # type: ignore[arg-type]
    return min(result.hits, key=lambda hit: hit.channels["tiny"].rank).source


@pytest.mark.parametrize(("kind", "modality"), [("picture", "image"), ("sound", "audio")])
def test_pictures_and_sounds_are_found_by_words(
    index: MMRagIndex, world: list[Written], kind: str, modality: str
) -> None:
    found = [best(index, modality, query=item.item.caption()) for item in world]
    wanted = [f"{kind}s/{getattr(item, kind).name}" for item in world]
    assert np.mean([a == b for a, b in zip(found, wanted, strict=True)]) >= 0.9


@pytest.mark.parametrize("by", ["image", "audio"])
@pytest.mark.parametrize("modality", ["image", "audio"])
def test_pictures_and_sounds_are_found_by_each_other(
    index: MMRagIndex, world: list[Written], asked: list[Written], by: str, modality: str
) -> None:
    kinds = {"image": "picture", "audio": "sound"}
    found = [best(index, modality, **{by: getattr(item, kinds[by])}) for item in asked]
    wanted = [f"{kinds[modality]}s/{getattr(item, kinds[modality]).name}" for item in world]
    assert np.mean([a == b for a, b in zip(found, wanted, strict=True)]) >= 0.8


@pytest.mark.parametrize("by", ["image", "audio"])
def test_passages_are_found_by_picture_and_by_sound(
    index: MMRagIndex, world: list[Written], asked: list[Written], by: str
) -> None:
    kinds = {"image": "picture", "audio": "sound"}
    found = [best(index, "text", **{by: getattr(item, kinds[by])}) for item in asked]
    wanted = [f"notes/{item.note.name}" for item in world]
    assert np.mean([a == b for a, b in zip(found, wanted, strict=True)]) >= 0.8


def test_passages_can_be_left_out_of_the_spaces_of_media(
    world: list[Written], tmp_path: Path
) -> None:
    without = SETTINGS.with_changes({"ingest.passages_in_media_spaces": False})
    held = All((CHUNKS, HasVector("tiny")))
    for place, steps in {"new": ["tiny"], "later": ["offline", "tiny"]}.items():
        with MMRagIndex(tmp_path / place, profile=steps[0], settings=without) as made:
            made.index(world[0].note.parents[1])
            if len(steps) > 1:
                made.add_space(steps[1])
            assert made.vector_store.engine.count(held) == 2 * len(world)


def test_a_model_that_fills_the_text_space_too_does_not_get_the_passages_twice() -> None:
    row = space_model("tiny", "tiny")
    assert Modality.TEXT in Spaces([row]).holds("tiny")
    twice = Spaces([row, replace(row, space="text")]).holds("tiny")
    assert twice == set(Modality) - {Modality.TEXT}


def test_a_query_by_picture_asks_no_words(index: MMRagIndex, asked: list[Written]) -> None:
    hits = index.search(image=asked[0].picture, k=5).hits
    assert {name for hit in hits for name in hit.channels} == {"tiny"}
    both = index.search("a circle", image=asked[0].picture, k=5).hits
    assert {name for hit in both for name in hit.channels} >= {"tiny", "text"}


def test_a_query_picture_that_cannot_be_read_is_refused(index: MMRagIndex, tmp_path: Path) -> None:
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ValueError, match=r"cut\.png"):
        index.search(image=tmp_path / "cut.png")
    with pytest.raises(InputError, match="no such file"):
        index.search(audio=tmp_path / "absent.wav")


def test_the_manifest_names_the_models_and_is_believed(
    world: list[Written], tmp_path: Path
) -> None:
    place = tmp_path / "index"
    with MMRagIndex(place, profile="tiny", settings=SETTINGS) as made:
        made.index(world[0].picture)
        rows = {row.space: row for row in made.manifest.spaces}
    assert rows["tiny"].size == 64
    assert str(rows["tiny"].revision).startswith("local-")
    with MMRagIndex(place) as again:  # nobody names a profile
        assert again.profile.name == "tiny"
        assert again.search(image=world[0].picture, k=1).hits[0].source == "0001.png"
    with pytest.raises(IndexMismatch, match="space 'text' was filled by pip:"):
        MMRagIndex(place, settings=Settings(models={"text": "tiny"}))


def test_what_matches_score_is_kept_with_the_index_and_follows_it(
    world: list[Written], tmp_path: Path
) -> None:
    """Calibrated fusion is the default as soon as there is a space of media, not before."""
    place = tmp_path / "index"
    files = tmp_path / "files"
    shutil.copytree(world[0].note.parents[1], files)
    with MMRagIndex(place, profile="offline", settings=SETTINGS) as made:
        made.index(files)
        assert (made.fusion, made.manifest.calibration) == ("dbsf", {})
        made.add_space("tiny")
        assert made.fusion == "calibrated"
        kept = made.manifest.calibration
        assert kept["counts"]["tiny"] == 3 * len(world)
    with MMRagIndex(place, settings=SETTINGS) as again:
        assert again.manifest.calibration == kept
        scales = Scales.of(again.manifest.calibration)
        asked = {row.asked for row in scales.rows if row.space == "tiny"}
        assert asked == {Modality.TEXT, Modality.IMAGE, Modality.AUDIO}
        said = [f.what for f in examine_index(again) if f.what.startswith("scale")]
        assert said == ["scale of text", *["scale of tiny"] * (len(scales.rows) - 1)]
        again.index(files)  # nothing new
        assert again.manifest.calibration == kept
        for item in world[:9]:
            (files / "sounds" / item.sound.name).unlink()
        again.index(files)
        assert again.manifest.calibration["counts"]["tiny"] == 3 * len(world) - 9


def test_doctor_names_spaces_that_have_no_say(world: list[Written], tmp_path: Path) -> None:
    settings = SETTINGS.with_changes({"retrieval.weights": {"text": 1.0, "bm25": 0.0}})
    with MMRagIndex(tmp_path / "index", profile="tiny", settings=settings) as made:
        notes = tmp_path / "notes"
        notes.mkdir()
        for n in range(20):
            words = f"Minutes {n}: the treasurer reported arrears of {n} crowns and a new roof."
            (notes / f"{n}.txt").write_text(words)
        made.index(notes)
        findings = {f.what: (f.level, f.message) for f in examine_index(made)}
        assert findings["space bm25"][0] == "note"
        assert "never contributes" in findings["space bm25"][1]
        assert "space text" not in findings
    without = settings.with_changes({"ingest.passages_in_media_spaces": False})
    with MMRagIndex(tmp_path / "other", profile="tiny", settings=without) as made:
        made.index(notes)
        findings = {f.what: (f.level, f.message) for f in examine_index(made)}
        assert "no item has a vector" in findings["space tiny"][1]


def test_a_space_added_later_fills_only_its_own_vectors(
    world: list[Written], asked: list[Written], index: MMRagIndex, tmp_path: Path
) -> None:
    with MMRagIndex(tmp_path / "index", profile="offline", settings=SETTINGS) as later:
        later.index(world[0].note.parents[1])
        engine = later.vector_store.engine
        before = {
            point.id: point for point in engine.scroll(CHUNKS, limit=999, with_vectors=True)[0]
        }
        with pytest.raises(InputError, match="--add-space clip"):
            later.search(image=asked[0].picture)
        added = later.add_space("tiny")
        assert (added.filled, added.faults) == (3 * len(world), {})
        after = {
            point.id: point for point in engine.scroll(CHUNKS, limit=999, with_vectors=True)[0]
        }
        for name, point in after.items():
            assert point.payload == before[name].payload
            for space, vector in before[name].vectors.items():
                assert np.array_equal(np.asarray(point.vectors[space]), np.asarray(vector))
        assert engine.count(All((CHUNKS, HasVector("tiny")))) == 3 * len(world)
        found = later.search(image=asked[0].picture, k=3).hits
        assert later.add_space("tiny").filled == 0  # it is full
        with pytest.raises(InputError, match="cannot take vectors of another"):
            later.add_space("tiny", model="another")
        with pytest.raises(InputError, match="no model is known for a space 'smell'"):
            later.add_space("smell")
        assert later.manifest.profile == "offline"
    whole = index.search(image=asked[0].picture, k=3).hits
    assert [hit.source for hit in found] == [hit.source for hit in whole]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in whole], abs=1e-6)


def test_a_profile_that_wants_more_than_the_index_has_says_what_adds_it(
    world: list[Written], tmp_path: Path
) -> None:
    with MMRagIndex(tmp_path / "index", profile="offline", settings=SETTINGS) as made:
        made.index(world[0].note)
    with pytest.raises(InputError, match="mmrag index --add-space tiny"):
        MMRagIndex(tmp_path / "index", profile="tiny")


def test_missing_weights_leave_no_index_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match=r"Qwen3-Embedding-0\.6B.*--profile offline"):
        MMRagIndex(tmp_path / "index", profile="default")
    assert not (tmp_path / "index").exists()
    with pytest.raises(
        ConfigError, match="there is: offline, default, imagebind, omni, ollama, tiny"
    ):
        MMRagIndex(tmp_path / "index", profile="fast")


def test_what_cannot_be_embedded_costs_its_file_only(
    world: list[Written], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, item in (("good.png", world[0]), ("bad.png", world[1]), ("fine.png", world[2])):
        shutil.copy(item.picture, folder / name)
    with MMRagIndex(tmp_path / "index", profile="tiny", settings=SETTINGS) as made:
        embedding = made._spaces.embedding("tiny")
        healthy = type(embedding)._prepare_image
        poison = np.asarray(Image.open(folder / "bad.png").convert("RGB"))

        def prepare(self: object, model: object, image: Image.Image) -> object:
            ready = healthy(embedding, model, image)
            return ready * np.nan if np.array_equal(np.asarray(image), poison) else ready

        monkeypatch.setattr(type(embedding), "_prepare_image", prepare)
        report: Report = made.index(folder)
        monkeypatch.undo()
        fates = {outcome.source: outcome for outcome in report.outcomes}
        assert fates["good.png"].status == fates["fine.png"].status == "indexed"
        assert fates["bad.png"].status == "failed"
        assert "without direction" in fates["bad.png"].reason
        assert {record.source for record in made.documents()} == {"good.png", "fine.png"}
        again = {outcome.source: outcome.status for outcome in made.index(folder).outcomes}
        assert again == {"good.png": "unchanged", "fine.png": "unchanged", "bad.png": "indexed"}


def test_a_picture_with_much_text_has_one_vector_of_its_looks(tmp_path: Path) -> None:
    from mmrag.modalities import Modality
    from mmrag.schema import Provenance

    path = tmp_path / "poster.png"
    Image.new("RGB", (64, 64), "red").save(path)
    whole, part = (
        build_node(
            "words",
            Provenance("poster.png", page=1),
            modality=Modality.IMAGE,
            mimetype="image/png",
            path=path,
            part=part,
        )
        for part in (False, True)
    )
    assert part.metadata[PART]
    encoded = Spaces([space_model("tiny", "tiny")]).encode([whole, part])
    vectors = encoded.columns["tiny"]
    assert vectors[0] is not None
    assert vectors[1] is None
