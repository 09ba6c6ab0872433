"""8 bits in torch: the arithmetic against numpy's, in layers and in vectors."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from mmrag.embeddings import int8
from mmrag.embeddings.agreement import Agreement, Cosines, cosines, probe_pictures
from mmrag.embeddings.clip import ClipEmbedding
from mmrag.embeddings.int8 import clips_pairs, with_int8_linears
from mmrag.embeddings.precision import has_vnni
from mmrag.errors import ConfigError
from mmrag.optimize.onnx import compared, export_clip


def rounded_product(linear: torch.nn.Linear, inputs: torch.Tensor, steps: int) -> np.ndarray:
    """Weights symmetric a row, inputs affine for the whole batch in 0..255, in numpy."""
    weight, x = linear.weight.detach().numpy(), inputs.numpy()
    scales = np.abs(weight).max(axis=1, keepdims=True) / steps
    low, high = min(0.0, float(x.min())), max(0.0, float(x.max()))
    step = (high - low) / 255
    zero = round(-low / step)
    whole = np.clip(np.rint(x / step) + zero, 0, 255) - zero
    product = (whole @ np.rint(weight / scales).T) * step * scales[:, 0]
    return product if linear.bias is None else product + linear.bias.detach().numpy()


class Rounded(torch.nn.Module):
    """A linear layer that computes `rounded_product`: exactly, and alike on every CPU."""

    def __init__(self, linear: torch.nn.Linear, steps: int) -> None:
        super().__init__()
        self.linear, self.steps = linear, steps

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(rounded_product(self.linear, inputs, self.steps)).float()


@pytest.fixture(params=["as this CPU needs it", "as if it clipped"])
def steps(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Steps of the weights. Those of a CPU without VNNI can be had on every CPU."""
    if request.param == "as if it clipped":
        monkeypatch.setattr(int8, "clips_pairs", lambda: True)
        return 64
    return 64 if clips_pairs() else 127


def test_products_are_those_of_rounded_numbers(steps: int) -> None:
    torch.manual_seed(3)
    linear, inputs = torch.nn.Linear(48, 20), torch.randn(7, 48)
    network = torch.nn.Sequential(linear)
    expected = rounded_product(linear, inputs, steps)
    with_int8_linears(network)
    found = network(inputs).detach().numpy()
    exact = linear(inputs).detach().numpy()
    assert_allclose(found, expected, atol=1e-3)
    assert 0 < np.abs(found - exact).max() < 0.1


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_products_are_not_clipped(steps: int, sign: int) -> None:
    linear = torch.nn.Linear(100, 5)
    with torch.no_grad():
        linear.weight.fill_(0.3 * sign)
    inputs = torch.full((3, 100), 2.0)
    network = torch.nn.Sequential(linear)
    with_int8_linears(network)
    # neither inputs nor weights lose anything by rounding
    assert_allclose(network(inputs).detach(), linear(inputs).detach(), rtol=1e-5)


def test_no_bit_is_given_up_where_the_cpu_sums_in_32() -> None:
    assert not (has_vnni() and clips_pairs())


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


def in_exact_arithmetic(folder: Path, steps: int) -> ClipEmbedding:
    embedding = ClipEmbedding(str(folder), backend="torch-int8", dtype="float32")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(int8, "_int8", lambda _, linear, __: Rounded(linear, steps))
        embedding._loaded()
    return embedding


def test_torch_rounds_as_it_says(clip_folder: Path, steps: int) -> None:
    one = ClipEmbedding(str(clip_folder), backend="torch-int8", dtype="float32")
    other = in_exact_arithmetic(clip_folder, steps)
    assert compared(one, other).mean > 0.9999


def test_onnx_rounds_alike_and_in_full_on_every_cpu(clip_folder: Path, tmp_path: Path) -> None:
    export_clip(str(clip_folder), tmp_path / "out", int8=True)
    one = ClipEmbedding(str(tmp_path / "out"), backend="onnx")
    assert compared(one, in_exact_arithmetic(clip_folder, 127)).mean > 0.9999
    assert compared(one, in_exact_arithmetic(clip_folder, 64)).mean < 0.9995


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
