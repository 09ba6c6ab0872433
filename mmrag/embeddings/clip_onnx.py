"""CLIP's two towers in ONNX Runtime, from a folder that `mmrag export clip --onnx` made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrag.embeddings.precision import has_vnni
from mmrag.embeddings.weights import Weights
from mmrag.errors import CheckpointMismatch, ModelUnavailable
from mmrag.extras import require

if TYPE_CHECKING:
    import torch

IMAGE_TOWER, TEXT_TOWER, CARD = "vision.onnx", "text.onnx", "mmrag_onnx.json"
PIXELS, TOKENS, VECTORS = "pixel_values", "input_ids", "vectors"
"""Names of the inputs and the output of the graphs."""
LOGIT_SCALE = "logit_scale"
"""In the card: what the checkpoint multiplies cosines by."""

PURPOSE = "embed with ONNX"


@dataclass(frozen=True)
class Projected:
    """What a tower answers, under the name that transformers has for it."""

    pooler_output: torch.Tensor


class OnnxTowers:
    """Answers the calls that ClipEmbedding makes to a CLIPModel of transformers.

    `config` is the checkpoint's own, and `logit_scale` the logarithm that it learnt; folders that
    were exported by an older mmrag do not tell it.
    """

    def __init__(
        self,
        config: Any,  # noqa: ANN401
        image: Any,  # noqa: ANN401
        text: Any,  # noqa: ANN401
        logit_scale: torch.Tensor | None = None,
    ) -> None:
        self.config, self._image, self._text = config, image, text
        self.logit_scale = logit_scale

    def get_image_features(self, *, pixel_values: torch.Tensor) -> Projected:
        """(n, d) of (n, 3, height, width) pixels."""
        return _run(self._image, PIXELS, pixel_values)

    def get_text_features(self, *, input_ids: torch.Tensor) -> Projected:
        """(n, d) of (n, tokens) token ids."""
        return _run(self._text, TOKENS, input_ids)

    def to(self, device: str) -> OnnxTowers:
        """Itself: it stays on the CPU."""
        return self


def onnx_towers(weights: Weights) -> OnnxTowers:
    """The towers of an exported folder.

    Raises:
        MissingExtra: onnxruntime is not installed.
        ModelUnavailable: not a local folder.
        CheckpointMismatch: not a folder that was exported, or a damaged one.
    """
    require("onnxruntime", extra="onnx", purpose=PURPOSE)
    torch = require("torch", extra="all", purpose=PURPOSE)
    transformers = require("transformers", extra="all", purpose=PURPOSE)
    how = "make one with: mmrag export clip --onnx --model NAME --out DIR"
    if not weights.local:
        raise ModelUnavailable(f'backend="onnx" needs an exported folder, not a name; {how}')
    folder = Path(weights.path)
    missing = [name for name in (CARD, IMAGE_TOWER, TEXT_TOWER) if not (folder / name).is_file()]
    if missing:
        raise CheckpointMismatch(f"{folder} has no {' and no '.join(missing)}; {how}")

    def tower(name: str) -> Any:  # noqa: ANN401  (an InferenceSession)
        try:
            return cpu_session(folder / name)
        except Exception as exc:  # its errors share no base class
            raise CheckpointMismatch(f"{folder / name} is damaged: {exc}; {how}") from exc

    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    scale = card(folder).get(LOGIT_SCALE)
    logarithm = torch.tensor(float(scale)).log() if isinstance(scale, int | float) else None
    return OnnxTowers(config, tower(IMAGE_TOWER), tower(TEXT_TOWER), logarithm)


def cpu_session(path: Path) -> Any:  # noqa: ANN401  (an InferenceSession)
    """An ONNX file in ONNX Runtime, with the same products of 8 bits on every CPU.

    Where x86 has no VNNI, ONNX Runtime's products of unsigned inputs and signed weights clip; with
    "session.x64quantprecision" it makes the weights unsigned while loading, which is exact
    (onnxruntime.ai/docs/performance/model-optimizations/quantization.html, and the session option
    in onnxruntime_session_options_config_keys.h). On AVX2 that takes a quarter longer, and less
    than float32. CPUs with VNNI need it not, and would be slower with it.
    """
    runtime = require("onnxruntime", extra="onnx", purpose=PURPOSE)
    torch = require("torch", extra="all", purpose=PURPOSE)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    # waiting threads that spin take the processor from those that decode pictures
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not has_vnni():
        options.add_session_config_entry("session.x64quantprecision", "1")
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def card(folder: Path) -> dict[str, Any]:
    """What an exported folder says of itself: source, revision, opset, dtype, cosines."""
    said: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return said


def _run(tower: Any, name: str, values: torch.Tensor) -> Projected:  # noqa: ANN401
    torch = require("torch", extra="all", purpose=PURPOSE)
    (vectors,) = tower.run([VECTORS], {name: values.numpy()})
    return Projected(torch.from_numpy(vectors))
