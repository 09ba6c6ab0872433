"""Zero-shot labels: the sums written out, and how often the trained tiny model is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from llama_index.core.schema import MediaResource, Node
from standins import tiny_checkpoints

from mmrag.embeddings.siglip import SiglipEmbedding
from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray
from mmrag.tasks import calibration
from mmrag.tasks.zero_shot import ZeroShotClassifier
from mmrag.training.pictures import draw
from mmrag.training.shapes import COLOURS, Item
from mmrag.training.tones import synthesise

IMAGE, AUDIO, TEXT = Modality.IMAGE, Modality.AUDIO, Modality.TEXT
TEMPERATURE = 0.06384672079499334


@pytest.fixture(scope="module")
def pictures(tiny: TinyEmbedding, items: list[Item]) -> FloatArray:
    return tiny.embed_images([draw(item) for item in items])


def test_held_out_renderings_are_told_by_colour_and_shape(
    tiny: TinyEmbedding, items: list[Item], pictures: FloatArray
) -> None:
    names = [f"{item.concept.colour} {item.concept.shape}" for item in items]
    classifier = ZeroShotClassifier(tiny, sorted(set(names)))
    sounds = classifier.classify_audios([synthesise(item) for item in items])
    for found in (classifier.classify_vectors(pictures, IMAGE), sounds):
        right = [row[0].label == name for row, name in zip(found, names, strict=True)]
        assert np.mean(right) >= 0.95


def test_probabilities_are_the_softmax_over_ensembles(
    tiny: TinyEmbedding, pictures: FloatArray
) -> None:
    labels = {"red": ["red circle", "red star"], "blue": "blue ring"}
    templates = ["a small {}", "a large {}"]
    classifier = ZeroShotClassifier(tiny, labels, templates=templates)
    means = [
        tiny.embed_texts([f"a {size} {said}" for said in texts for size in ("small", "large")])
        for texts in (["red circle", "red star"], ["blue ring"])
    ]
    units = np.stack([m.mean(0) / np.linalg.norm(m.mean(0)) for m in means])
    logits = (pictures @ units.T).astype(np.float64) / TEMPERATURE
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(classifier.probabilities(pictures, IMAGE), expected, atol=1e-5)
    (best,) = classifier.classify_vectors(pictures[:1], IMAGE)
    assert [row.label for row in best] == ["red", "blue"]
    assert [row.cosine for row in best] == pytest.approx((pictures[:1] @ units.T)[0].tolist())


def test_labels_of_texts_take_the_documented_scale(tiny: TinyEmbedding) -> None:
    classifier = ZeroShotClassifier(tiny, ["red", "blue"], templates=["bare"])
    vectors = tiny.embed_texts(["a small red star"])
    cosines = vectors @ tiny.embed_texts(["red", "blue"]).T
    shares = np.exp(20 * cosines) / np.exp(20 * cosines).sum()
    np.testing.assert_allclose(classifier.probabilities(vectors, TEXT), shares, atol=1e-5)
    sharper = ZeroShotClassifier(tiny, ["red", "blue"], templates=["bare"], scale=200)
    assert sharper.probabilities(vectors, TEXT).max() > shares.max()


def test_labels_are_embedded_once(tiny: TinyEmbedding, pictures: FloatArray) -> None:
    class Counting(TinyEmbedding):
        def embed_texts(self, texts: object) -> FloatArray:
            seen.append(texts)
            return super().embed_texts(texts)  # type: ignore[arg-type]

    seen: list[object] = []
    counting = Counting.from_pretrained(tiny.model_name, device="cpu", dtype="float32")
    classifier = ZeroShotClassifier(counting, ["red", "blue"])
    classifier.classify_vectors(pictures, IMAGE)
    classifier.classify_vectors(pictures, IMAGE)
    assert len(seen) == 2  # one for each label


def test_labels_that_stand_alone_are_held_against_a_sentence_that_fits_anything(
    tiny: TinyEmbedding, pictures: FloatArray
) -> None:
    classifier = ZeroShotClassifier(tiny, ["red", "star"], templates=["a {}"], multi_label=True)
    neutral = tiny.embed_texts(["a photo.", "a picture."]).mean(0)
    labels = tiny.embed_texts(["a red", "a star"])
    margins = (
        pictures @ labels.T - (pictures @ (neutral / np.linalg.norm(neutral)))[:, None]
    ) / TEMPERATURE
    np.testing.assert_allclose(classifier.margins(pictures, IMAGE), margins, atol=1e-4)
    expected = 1 / (1 + np.exp(-margins))
    np.testing.assert_allclose(classifier.probabilities(pictures, IMAGE), expected, atol=1e-5)
    assert not classifier.calibrated(IMAGE)


def test_siglip_has_its_own_sigmoid(tmp_path: Path, one_thread: None) -> None:
    folder = tiny_checkpoints.save_siglip(tmp_path / "siglip")
    siglip = SiglipEmbedding.from_pretrained(folder, dtype="float32")
    classifier = ZeroShotClassifier(siglip, ["cat"], templates=["a {}"], multi_label=True)
    vectors, learnt = siglip.embed_texts(["red dog"]), siglip.logit_scale(IMAGE)
    assert learnt is not None and learnt.bias is not None
    logit = learnt.scale * (vectors @ siglip.embed_texts(["a cat"]).T) + learnt.bias
    found = classifier.probabilities(vectors, IMAGE)
    assert found[0, 0] == pytest.approx(1 / (1 + np.exp(-float(logit[0, 0]))), abs=1e-6)


def test_calibration_brings_probabilities_nearer_to_the_truth_and_is_kept(
    tiny: TinyEmbedding, items: list[Item], pictures: FloatArray, tmp_path: Path
) -> None:
    truth = [{item.concept.colour, item.concept.shape} for item in items]
    names = [*COLOURS, "circle", "star"]
    true = np.array([[name in has for name in names] for has in truth], float)
    bare = ZeroShotClassifier(tiny, names, multi_label=True)
    half = len(items) // 2
    order = np.random.default_rng(0).permutation(len(items))
    fitted = bare.calibrate(pictures[order[:half]], [truth[n] for n in order[:half]], IMAGE)
    calibration.save([fitted], tmp_path / "c.json")
    (kept,) = calibration.load(tmp_path / "c.json")
    assert kept == fitted
    better = ZeroShotClassifier(tiny, names, multi_label=True, calibration=[kept])
    held = order[half:]
    assert better.calibrated(Modality.VIDEO)

    def brier(classifier: ZeroShotClassifier) -> float:
        found = classifier.probabilities(pictures[held], IMAGE)
        return float(((found - true[held]) ** 2).mean())

    assert brier(better) < 0.6 * brier(bare)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labels": ["red", "green"]}, "fitted with the labels"),
        ({"templates": ["a {} thing"]}, "fitted with the templates"),
        ({"scale": 3.0}, "fitted with the scale"),
    ],
)
def test_a_calibration_of_something_else_is_refused(
    tiny: TinyEmbedding, pictures: FloatArray, change: dict[str, object], told: str
) -> None:
    made = ZeroShotClassifier(tiny, ["red", "blue"], multi_label=True)
    fitted = made.calibrate(pictures[:4], [{"red"}, {"red"}, {"blue"}, {"blue"}], IMAGE)
    given = {"labels": ["red", "blue"], "multi_label": True, "calibration": [fitted]} | change
    other = ZeroShotClassifier(tiny, **given)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=told):
        other.probabilities(pictures, IMAGE)


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"calibrations": [{"modality": "image"}]}', "nothing"]
)
def test_a_file_that_is_no_calibration(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(InputError, match=r"c\.json is no file of mmrag classify --calibrate"):
        calibration.load(tmp_path / "c.json")


def test_a_label_that_nothing_has_cannot_be_fitted(
    tiny: TinyEmbedding, pictures: FloatArray
) -> None:
    made = ZeroShotClassifier(tiny, ["red", "blue"], multi_label=True)
    with pytest.raises(InputError, match="label 'blue', image: 0 items have the label and 2 do"):
        made.calibrate(pictures[:2], [{"red"}, set()], IMAGE)


def test_nodes_are_labelled_by_what_they_show(
    tiny: TinyEmbedding, items: list[Item], tmp_path: Path
) -> None:
    draw(items[0], 64).save(tmp_path / "a.png")
    paths = [tmp_path / "a.png", tmp_path / "gone.png"]
    nodes = [Node(image_resource=MediaResource(path=path, mimetype="image/png")) for path in paths]
    nodes.append(Node(text_resource=MediaResource(text="a large blue star")))
    nodes.append(Node(video_resource=MediaResource(path=tmp_path / "gone.mp4")))
    classifier = ZeroShotClassifier(tiny, [items[0].concept.colour, "blue"])
    found, faults = classifier.classify_nodes(nodes)
    assert [row and row[0].label for row in found] == ["red", None, "blue", None]
    assert set(faults) == {1, 3}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"labels": ["red"]}, "one label, 'red', is no choice"),
        ({"labels": ["red", " RED"]}, "there twice"),
        ({"labels": ["red", " "]}, "a label is empty"),
        ({"labels": ["a", "b"], "templates": ["none"]}, "must have {} once"),
        ({"labels": ["a", "b"], "templates": ["{} or {}"]}, "must have {} once"),
        ({"labels": ["a", "b"], "scale": 0}, "must be above 0"),
    ],
)
def test_what_cannot_be_is_told(tiny: TinyEmbedding, given: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        ZeroShotClassifier(tiny, **given)  # type: ignore[arg-type]
