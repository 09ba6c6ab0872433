"""Exported towers answer as torch's: in float32 to rounding, in 8 bits well enough or not."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from PIL import Image
from transformers import CLIPImageProcessorPil, CLIPModel, CLIPTokenizer
from typer.testing import CliRunner

from mmrag.cli.export import app
from mmrag.embeddings import clip_onnx
from mmrag.embeddings.agreement import probe_pictures
from mmrag.embeddings.clip import ClipEmbedding
from mmrag.embeddings.clip_onnx import CARD, cpu_session
from mmrag.errors import (
    CheckpointMismatch,
    ConfigError,
    InputError,
    MissingExtra,
    ModelUnavailable,
)
from mmrag.modalities import Modality
from mmrag.optimize.int8 import quantised_file
from mmrag.optimize.onnx import Exported, export_clip
from mmrag.store.spec import FloatArray

TEXTS = [
    "a",
    "two dogs",
    "a barometer on the wall",
    "Wie hoch liegt die Hütte?",
    "long " * 20,  # beyond the context of 24 tokens
]


def reference(folder: Path) -> tuple[FloatArray, FloatArray]:
    """Unit vectors of the generated pictures and TEXTS by transformers alone, one at a time."""
    model = CLIPModel.from_pretrained(folder).eval()
    processor, tokenizer = (
        kind.from_pretrained(folder) for kind in (CLIPImageProcessorPil, CLIPTokenizer)
    )
    with torch.no_grad():
        images = [
            model.get_image_features(**processor(picture, return_tensors="pt")).pooler_output
            for picture in probe_pictures()
        ]
        texts = [
            model.get_text_features(
                **tokenizer(text, truncation=True, padding="max_length", return_tensors="pt")
            ).pooler_output
            for text in TEXTS
        ]
    image, text = (torch.nn.functional.normalize(torch.cat(rows)) for rows in (images, texts))
    return image.numpy(), text.numpy()


def rows_of_cosines(one: FloatArray, other: FloatArray) -> list[float]:
    return [
        float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
        for a, b in zip(one, other, strict=True)
    ]


@pytest.fixture(scope="module")
def float32(clip_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export_clip(str(clip_folder), tmp_path_factory.mktemp("onnx") / "float32")


@pytest.fixture(scope="module")
def int8(clip_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export_clip(str(clip_folder), tmp_path_factory.mktemp("onnx") / "int8", int8=True)


def test_float32_is_transformers_to_rounding(float32: Exported, clip_folder: Path) -> None:
    image, text = reference(clip_folder)
    made = ClipEmbedding(str(float32.folder), backend="onnx", embed_batch_size=5)
    # 12 pictures in batches of 5, 5 and 2: the number of rows is open
    assert_allclose(made.embed_images(probe_pictures()), image, atol=1e-4)
    assert_allclose(made.embed_texts(TEXTS), text, atol=1e-4)
    assert made.dimension == image.shape[1]
    assert float32.agreement.mean > 0.999999


@pytest.mark.parametrize("words", [1, 2, 5, 11])
def test_the_number_of_tokens_is_open(float32: Exported, clip_folder: Path, words: int) -> None:
    made = ClipEmbedding(str(float32.folder), backend="onnx")
    plain = ClipEmbedding(str(clip_folder), dtype="float32")
    text = " ".join("abcdefghijk"[:words])
    assert_allclose(made.embed_texts([text]), plain.embed_texts([text]), atol=1e-5)


def test_agreement_of_int8_is_measured(int8: Exported, clip_folder: Path) -> None:
    image, _ = reference(clip_folder)
    made = ClipEmbedding(str(int8.folder), backend="onnx")
    found = rows_of_cosines(made.embed_images(probe_pictures()), image)
    assert int8.agreement.image.mean == pytest.approx(np.mean(found), abs=1e-5)
    assert int8.agreement.image.lowest == pytest.approx(min(found), abs=1e-5)
    assert 0.99 < int8.agreement.mean < 0.99999  # something was rounded, and not too much
    assert int8.agreement.text.lowest < int8.agreement.text.mean < 1


def test_int8_weights_have_a_scale_for_each_output(int8: Exported) -> None:
    onnx = pytest.importorskip("onnx")
    stored = {row.name: row for row in onnx.load(int8.folder / "vision.onnx").graph.initializer}
    weights = [row for name, row in stored.items() if name.endswith("_quantized")]
    assert weights
    assert {row.data_type for row in weights} == {onnx.TensorProto.INT8}
    for row in weights:
        scale = stored[row.name.removesuffix("_quantized") + "_scale"]
        assert list(scale.dims) == [row.dims[1]]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("vnni", ["as it is", "as if there were none"])
def test_the_largest_products_are_not_clipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: int, vnni: str
) -> None:
    if vnni == "as if there were none":
        monkeypatch.setattr(clip_onnx, "has_vnni", lambda: False)
    path = tmp_path / "product.onnx"
    weights = np.full((100, 5), 0.3 * sign, dtype=np.float32)
    save_product(path, weights)
    quantised_file(path)
    inputs = np.full((3, 100), 2.0, dtype=np.float32)
    (found,) = cpu_session(path).run(["y"], {"x": inputs})
    # neither inputs nor weights lose anything by rounding
    assert_allclose(found, inputs @ weights, rtol=1e-5)


def test_weights_become_unsigned_only_where_it_is_needed(
    float32: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*, vnni: bool) -> str:
        monkeypatch.setattr(clip_onnx, "has_vnni", lambda: vnni)
        options = cpu_session(float32.folder / "text.onnx").get_session_options()
        found: str = options.get_session_config_entry("session.x64quantprecision")
        return found

    assert asked(vnni=False) == "1"
    with pytest.raises(RuntimeError, match="x64quantprecision"):  # so that VNNI stays in use
        asked(vnni=True)


def save_product(path: Path, weights: FloatArray) -> None:
    """The graph y = x @ weights."""
    onnx = pytest.importorskip("onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weights"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", kind, ["rows", weights.shape[0]])],
        [helper.make_tensor_value_info("y", kind, ["rows", weights.shape[1]])],
        [onnx.numpy_helper.from_array(weights, "weights")],
    )
    onnx.save(
        helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 18)]), path
    )


def test_the_folder_says_what_it_is(int8: Exported, clip_folder: Path) -> None:
    said = json.loads((int8.folder / "mmrag_onnx.json").read_text("utf-8"))
    assert said["source_model"] == str(clip_folder)
    assert said["source_revision"] == ClipEmbedding(str(clip_folder)).weights.revision
    assert (said["dtype"], said["opset"]) == ("int8", 18)
    assert said["cosine_to_float32"]["image"]["mean"] == int8.agreement.image.mean
    onnx = pytest.importorskip("onnx")
    for tower in ("vision.onnx", "text.onnx"):
        graph = onnx.load(int8.folder / tower)
        assert {row.domain: row.version for row in graph.opset_import}[""] == 18


def test_too_coarse_is_refused_with_the_figure(spoilt_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "refused"
    with pytest.raises(ConfigError, match=r"mean cosine 0\.[0-8]\d+ .* 0\.99 is required") as told:
        export_clip(str(spoilt_folder), out, int8=True)
    assert "leave --int8 away" in str(told.value)
    assert list(tmp_path.iterdir()) == []  # nothing half made, and nothing temporary


def test_the_same_weights_are_fine_in_float32(spoilt_folder: Path, tmp_path: Path) -> None:
    assert export_clip(str(spoilt_folder), tmp_path / "out").agreement.mean > 0.999999


def test_a_folder_with_something_in_it_is_left_alone(clip_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", "utf-8")
    with pytest.raises(InputError, match="not empty"):
        export_clip(str(clip_folder), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_checkpoint_that_was_not_exported_is_refused(clip_folder: Path) -> None:
    with pytest.raises(CheckpointMismatch, match=r"no mmrag_onnx.json .*mmrag export clip --onnx"):
        ClipEmbedding(str(clip_folder), backend="onnx").embed_texts(["a"])


def test_a_damaged_tower_is_refused(float32: Exported, tmp_path: Path) -> None:
    folder = shutil.copytree(float32.folder, tmp_path / "damaged")
    whole = (folder / "text.onnx").read_bytes()
    (folder / "text.onnx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointMismatch, match=r"text.onnx is damaged"):
        ClipEmbedding(str(folder), backend="onnx").embed_texts(["a"])


def test_a_missing_tower_is_named(float32: Exported, tmp_path: Path) -> None:
    folder = shutil.copytree(float32.folder, tmp_path / "half")
    (folder / "vision.onnx").unlink()
    with pytest.raises(CheckpointMismatch, match=r"has no vision.onnx;"):
        ClipEmbedding(str(folder), backend="onnx").embed_images([Image.new("RGB", (9, 9))])


def test_onnx_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable):
        ClipEmbedding(str(tmp_path / "none"), backend="onnx").embed_texts(["a"])


def test_onnx_is_for_the_cpu(float32: Exported) -> None:
    with pytest.raises(ConfigError, match="for the CPU, not 'cuda'"):
        ClipEmbedding(str(float32.folder), backend="onnx", device="cuda").embed_texts(["a"])


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_missing_packages_are_named_before_work(
    clip_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(MissingExtra, match=r"pip install 'mmrag\[onnx\]'") as told:
        export_clip(str(clip_folder), tmp_path / "out")
    assert told.value.package == package
    assert list(tmp_path.iterdir()) == []


def run(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def test_command_line_exports(clip_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said, _ = run("clip", "--onnx", "--int8", "--model", clip_folder, "--out", out)
    assert code == 0
    stored = json.loads((out / "mmrag_onnx.json").read_text("utf-8"))
    image = stored["cosine_to_float32"]["image"]
    assert f"pictures: {image['mean']:.5f} (lowest {image['lowest']:.5f})" in said
    assert f"{out}: int8, " in said


def test_command_line_refuses_unless_forced(spoilt_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("clip", "--onnx", "--int8", "--model", spoilt_folder, "--out", out)
    code, said, told = run(*arguments)
    assert (code, said, out.exists()) == (1, "", False)
    assert told.startswith("mmrag: ")
    assert "0.99 is required" in told
    assert run(*arguments, "--force")[0] == 0
    stored = json.loads((out / "mmrag_onnx.json").read_text("utf-8"))["cosine_to_float32"]["image"]
    assert stored["mean"] < 0.9
    vectors = ClipEmbedding(str(out), backend="onnx").embed_images(probe_pictures())
    image, _ = reference(spoilt_folder)
    assert np.mean(rows_of_cosines(vectors, image)) == pytest.approx(stored["mean"], abs=1e-5)


def test_command_line_wants_a_format(clip_folder: Path, tmp_path: Path) -> None:
    code, _, told = run("clip", "--model", clip_folder, "--out", tmp_path / "out")
    assert code == 2
    assert "--onnx" in told


def test_the_learnt_scale_goes_with_the_folder(float32: Exported, clip_folder: Path) -> None:
    exact = ClipEmbedding.from_pretrained(clip_folder).logit_scale(Modality.IMAGE)
    exported = ClipEmbedding.from_pretrained(float32.folder, backend="onnx")
    found = exported.logit_scale(Modality.IMAGE)
    assert found is not None and exact is not None
    assert found.scale == pytest.approx(exact.scale)


def test_a_folder_of_before_tells_no_scale(float32: Exported, tmp_path: Path) -> None:
    older = shutil.copytree(float32.folder, tmp_path / "older")
    said = json.loads((older / CARD).read_text())
    (older / CARD).write_text(json.dumps({k: v for k, v in said.items() if k != "logit_scale"}))
    made = ClipEmbedding.from_pretrained(older, backend="onnx")
    assert made.logit_scale(Modality.IMAGE) is None
