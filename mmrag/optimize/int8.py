"""ONNX files with the weights of their matrix products in 8 bits."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmrag.extras import require


def quantised_file(path: Path) -> None:
    """Round the weights of MatMul and Gemm in an ONNX file, in place.

    Dynamic quantisation of ONNX Runtime: weights to signed 8 bits with a scale for each output
    (cosines of a CLIP ViT-B/32 are a third nearer to 1 than with one scale a matrix, at the same
    speed), inputs on the fly. Products of two computed matrices, as in attention, stay float32.

    The file is the same whatever CPU made it, and uses all 8 bits. `cpu_session` opens it rightly
    on every CPU. Elsewhere x86 without VNNI needs the session option "session.x64quantprecision".
    The other remedy, `reduce_range`, takes a bit from the weights on every CPU: measured on AVX2
    with the trained all-MiniLM-L6-v2, mean cosines to float32 are 0.9925 in full, 0.9901 with it;
    with a CLIP ViT-B/32 of random weights 0.99989 and 0.99972, and a fifth less time.
    """
    quantization = require(
        "onnxruntime.quantization", extra="onnx", purpose="export to ONNX in 8 bits"
    )
    whole = path.rename(path.with_suffix(".float32"))
    with _silent_root_logger():
        quantization.quantize_dynamic(
            whole,
            path,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=quantization.QuantType.QInt8,
        )
    whole.unlink()


@contextmanager
def _silent_root_logger() -> Iterator[None]:
    """It advises a preprocessing, by the root logger, which does not change these graphs."""
    before = logging.root.level
    logging.root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logging.root.setLevel(before)
