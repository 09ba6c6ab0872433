"""Matrix products in 8 bits on the CPU, by torch alone.

torch.ao's quantize_dynamic is announced to be removed, has one scale for a whole weight matrix and
7 bits for inputs; torchao is one more dependency. What is left is the operator below both, with a
scale for each row of the weights, and all 8 bits where the processor sums without overflow (VNNI).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from mmrag.embeddings.agreement import CAPTIONS, Agreement, cosines, probe_pictures
from mmrag.errors import ConfigError
from mmrag.extras import require
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch

    from mmrag.embeddings.base import MediaEmbedding


def quantise(embedding: MediaEmbedding, model: Any, network: Any) -> Agreement:  # noqa: ANN401
    """Round the linear layers of `network`, a part of the loaded `model`, in place, and compare.

    Args:
        embedding: embeds texts and pictures with `model` in float32.

    Returns:
        How well the vectors of generated inputs agree with those before.

    Raises:
        ConfigError: they agree too little, or this build of torch has no 8-bit operators.
    """
    before = _probed(embedding, model)
    with_int8_linears(network)
    after = _probed(embedding, model)
    found = Agreement(image=cosines(before[0], after[0]), text=cosines(before[1], after[1]))
    found.require(f"{embedding.model_name} in 8 bits", instead='use backend="torch"')
    return found


def with_int8_linears(module: torch.nn.Module) -> None:
    """Replace every `torch.nn.Linear` within `module`, in place.

    Weights are rounded to 127 steps a row (symmetric), inputs on the fly with one scale a batch.
    Outside of the products the numbers stay float32. For the CPU only.

    Raises:
        ConfigError: this build of torch has no 8-bit operators.
    """
    library = require("torch", extra="all", purpose="run models")
    if library.backends.quantized.engine in (None, "none"):
        raise ConfigError('this build of torch has no 8-bit operators; use backend="onnx"')
    for name, child in list(module.named_children()):
        if isinstance(child, library.nn.Linear):
            setattr(module, name, _int8(library, child))
        else:
            with_int8_linears(child)


def _int8(library: Any, linear: Any) -> Any:  # noqa: ANN401  (torch is imported on use)
    weight = linear.weight.detach().float().contiguous()
    scales = (weight.abs().amax(dim=1) / 127).clamp(min=1e-12).double()
    zeros = library.zeros(len(weight), dtype=library.int64)
    bias = None if linear.bias is None else linear.bias.detach().float()
    with warnings.catch_warnings():  # tensors with a scale are deprecated; the operator wants one
        warnings.simplefilter("ignore")
        rounded = library.quantize_per_channel(weight, scales, zeros, 0, library.qint8)
    packed = library.ops.quantized.linear_prepack(rounded, bias)
    narrow = not _sums_without_overflow(library)

    class Int8Linear(library.nn.Module):  # type: ignore[misc]  # torch is imported on use
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            product: torch.Tensor = library.ops.quantized.linear_dynamic(
                inputs.float(), packed, reduce_range=narrow
            )
            return product

    return Int8Linear()


def _sums_without_overflow(library: Any) -> bool:  # noqa: ANN401
    """Whether products of 8 bits are summed in 32 bits; AVX2 alone sums pairs in 16, and clips."""
    asked = getattr(library.cpu, "_is_vnni_supported", None)
    return bool(asked and asked())


def _probed(embedding: MediaEmbedding, model: Any) -> tuple[FloatArray, FloatArray]:  # noqa: ANN401
    """Vectors of the generated pictures and texts, without autocast."""
    library = require("torch", extra="all", purpose="run models")
    with library.inference_mode():
        prepared = [embedding._prepare_image(model, picture) for picture in probe_pictures()]
        found = (
            embedding._image_vectors(model, prepared),
            embedding._text_vectors(model, list(CAPTIONS)),
        )
    image, text = (np.asarray(vectors.float().numpy()) for vectors in found)
    return image, text
