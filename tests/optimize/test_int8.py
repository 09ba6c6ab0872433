"""8 bits in torch: the arithmetic against numpy, the vectors against ONNX Runtime's."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from mmrag.embeddings.agreement import Agreement, Cosines, cosines, probe_pictures
from mmrag.embeddings.clip import ClipEmbedding
from mmrag.embeddings.int8 import with_int8_linears
from mmrag.errors import ConfigError
from mmrag.optimize.onnx import compared, export_clip


def rounded_product(linear: torch.nn.Linear, inputs: torch.Tensor) -> np.ndarray:
    """Weights symmetric a row, inputs affine for the whole batch in 0..255, in numpy."""
    weight, bias = linear.weight.detach().numpy(), linear.bias.detach().numpy()
    steps = np.abs(weight).max(axis=1, keepdims=True) / 127
    x = inputs.numpy()
    low, high = min(0.0, float(x.min())), max(0.0, float(x.max()))
    step = (high - low) / 255
    zero = round(-low / step)
    whole = np.clip(np.rint(x / step) + zero, 0, 255) - zero
    return (whole @ np.rint(weight / steps).T) * step * steps[:, 0] + bias


def test_products_are_those_of_rounded_numbers() -> None:
    torch.manual_seed(3)
    linear, inputs = torch.nn.Linear(48, 20), torch.randn(7, 48)
    network = torch.nn.Sequential(linear)
    expected = rounded_product(linear, inputs)
    with_int8_linears(network)
    found = network(inputs).detach().numpy()
    exact = linear(inputs).detach().numpy()
    narrow = not torch.cpu._is_vnni_supported()  # 7 bits for inputs there
    assert_allclose(found, expected, atol=2e-2 if narrow else 1e-3)
    assert 0 < np.abs(found - exact).max() < 0.1


def test_every_linear_layer_is_replaced_and_nothing_else() -> None:
    network = torch.nn.Sequential(
        torch.nn.Linear(8, 8, bias=False), torch.nn.LayerNorm(8), torch.nn.Sequential()
    )
    network[2].append(torch.nn.Linear(8, 4))
    with_int8_linears(network)
    kinds = [type(part).__name__ for part in network.modules()]
    assert kinds == ["Sequential", "Int8Linear", "LayerNorm", "Sequential", "Int8Linear"]
    assert network(torch.ones(3, 8)).shape == (3, 4)


def test_a_row_of_zeros_stays_finite() -> None:
    linear = torch.nn.Linear(4, 2)
    with torch.no_grad():
        linear.weight[0] = 0
    network = torch.nn.Sequential(linear)
    with_int8_linears(network)
    found = network(torch.ones(1, 4)).detach()
    assert found[0, 0].item() == pytest.approx(linear.bias[0].item(), abs=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_vectors_agree_with_float32(clip_folder: Path, dtype: str) -> None:
    plain = ClipEmbedding(str(clip_folder), dtype="float32")
    rounded = ClipEmbedding(str(clip_folder), backend="torch-int8", dtype=dtype)
    found = compared(plain, rounded)
    assert 0.99 < found.mean < 0.99999


def test_torch_and_onnx_round_alike(clip_folder: Path, tmp_path: Path) -> None:
    export_clip(str(clip_folder), tmp_path / "out", int8=True)
    one = ClipEmbedding(str(clip_folder), backend="torch-int8", dtype="float32")
    other = ClipEmbedding(str(tmp_path / "out"), backend="onnx")
    # nearer to each other than either is to float32
    assert cosines(
        one.embed_images(probe_pictures()), other.embed_images(probe_pictures())
    ).mean > (0.9995 if torch.cpu._is_vnni_supported() else 0.99)


def test_too_coarse_is_refused(spoilt_folder: Path) -> None:
    embedding = ClipEmbedding(str(spoilt_folder), backend="torch-int8")
    with pytest.raises(ConfigError, match=r'mean cosine 0\.[0-8]\d+ .* use backend="torch"'):
        embedding.embed_texts(["a"])
    assert np.isfinite(ClipEmbedding(str(spoilt_folder)).embed_texts(["a"])).all()


def test_it_survives_pickling(clip_folder: Path) -> None:
    embedding = ClipEmbedding(str(clip_folder), backend="torch-int8")
    before = embedding.embed_texts(["a dog"])
    assert_allclose(pickle.loads(pickle.dumps(embedding)).embed_texts(["a dog"]), before, atol=1e-6)


def test_cosines_are_of_rows() -> None:
    one = np.array([[1, 0], [0, 2], [3, 4]], dtype=np.float32)
    other = np.array([[5, 0], [1, 0], [4, 3]], dtype=np.float32)
    found = cosines(one, other)
    assert found.mean == pytest.approx((1 + 0 + 24 / 25) / 3)
    assert found.lowest == pytest.approx(0)


def test_the_worse_tower_decides_and_no_number_is_no_agreement() -> None:
    good, bad = Cosines(1.0, 1.0), Cosines(0.98, 0.9)
    for image, text in ((good, bad), (bad, good), (good, Cosines(float("nan"), 0.0))):
        with pytest.raises(ConfigError, match="do this"):
            Agreement(image, text).require("x", instead="do this")
    Agreement(good, Cosines(0.99, 0.5)).require("x", instead="do this")


def test_probe_pictures_are_always_the_same_and_differ() -> None:
    first, second = (
        np.stack([np.asarray(p.resize((8, 8))) for p in probe_pictures()]) for _ in "ab"
    )
    assert (first == second).all()
    assert len({picture.tobytes() for picture in first}) == len(first) == 12
