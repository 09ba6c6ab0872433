"""Matrix products in 8 bits on the CPU, by torch alone.

torch.ao's quantize_dynamic is announced to be removed, has one scale for a whole weight matrix and
7 bits for inputs; torchao is one more dependency. What is left is the operator below both, with a
scale for each row of the weights.

On x86 without VNNI the operator adds products in pairs in 16 bits, and clips. torch's remedy,
`reduce_range`, takes a bit from the inputs; here the weights give it, as in ONNX Runtime's
`reduce_range`: 2 * 255 * 64 = 32640 fits. Inputs share one scale a batch and have outliers, so
their last bit is worth more than that of weights with a scale a row: with the trained weights of
all-MiniLM-L6-v2 the mean cosine to float32 is 0.992 with all bits, 0.990 with 7 for the weights,
and 0.971 with 7 for the inputs.
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

STEPS, FEWER_STEPS = 127, 64
"""From zero to the largest weight of a row: in full, and where pairs of products are clipped."""


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

    Weights are rounded to 127 steps a row (symmetric), or 64 where this CPU would clip; inputs on
    the fly to 255 with one scale a batch. Outside of the products the numbers stay float32. For the
    CPU only.

    Raises:
        ConfigError: this build of torch has no 8-bit operators.
    """
    library = require("torch", extra="all", purpose="run models")
    if library.backends.quantized.engine in (None, "none"):
        raise ConfigError('this build of torch has no 8-bit operators; use backend="onnx"')
    for name, child in list(module.named_children()):
        if isinstance(child, library.nn.Linear):
            setattr(module, name, _int8(library, child, FEWER_STEPS if clips_pairs() else STEPS))
        else:
            with_int8_linears(child)


def clips_pairs() -> bool:
    """Whether torch's 8-bit operator clips here, tried on the largest products there are.

    What it does depends on the CPU and on the engine that torch chose, so neither is asked.
    """
    library = require("torch", extra="all", purpose="run models")
    packed = _packed(library, library.full((1, 64), float(STEPS)), None, STEPS)
    found = float(library.ops.quantized.linear_dynamic(library.ones(1, 64), packed))
    return found < 0.99 * 64 * STEPS  # half of it where they are clipped


def _packed(library: Any, weight: Any, bias: Any, steps: int) -> Any:  # noqa: ANN401
    """(out, in) weights in 8 bits, as the operator wants them."""
    scales = (weight.abs().amax(dim=1) / steps).clamp(min=1e-12).double()
    zeros = library.zeros(len(weight), dtype=library.int64)
    with warnings.catch_warnings():  # tensors with a scale are deprecated; the operator wants one
        warnings.simplefilter("ignore")
        rounded = library.quantize_per_channel(weight, scales, zeros, 0, library.qint8)
    return library.ops.quantized.linear_prepack(rounded, bias)


def _int8(library: Any, linear: Any, steps: int) -> Any:  # noqa: ANN401  (torch is imported on use)
    bias = None if linear.bias is None else linear.bias.detach().float()
    packed = _packed(library, linear.weight.detach().float().contiguous(), bias, steps)

    class Int8Linear(library.nn.Module):  # type: ignore[misc]  # torch is imported on use
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            product: torch.Tensor = library.ops.quantized.linear_dynamic(inputs.float(), packed)
            return product

    return Int8Linear()


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
