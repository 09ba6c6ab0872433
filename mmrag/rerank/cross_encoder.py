"""Any cross-encoder that sentence-transformers loads, with its silent traps closed.

A causal reranker such as Qwen3-Reranker needs a chat template with the roles query and document;
without one the library joins the two texts bare and the scores mean nothing. A folder that is no
cross-encoder gets a head of random numbers. Neither raises there; here one gets the template of
its model card and the other is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from mmrag.embeddings.checkpoints import reading
from mmrag.embeddings.precision import DType, device_of, dtype_of
from mmrag.embeddings.weights import Weights, locate, unavailable, without_progress_bars
from mmrag.errors import CheckpointMismatch
from mmrag.extras import require
from mmrag.rerank.base import Reranker
from mmrag.rerank.checkpoints import architecture, config_of, refuse_vision
from mmrag.rerank.qwen3_prompt import CHAT_TEMPLATE, defused

PURPOSE = "rerank with sentence-transformers"


class CrossEncoderReranker(Reranker):
    """Reranks by a cross-encoder with one output, whose logit is the margin.

    For Qwen3-Reranker the scores are those of `Qwen3Reranker`, which is faster.

    Args:
        model_name: a hub id or a local folder, such as "cross-encoder/ms-marco-MiniLM-L6-v2".
        top_n: how many nodes are returned at most; None returns all.
        instruction: the task, for causal rerankers; None is the template's own.
        device: torch device; None chooses.
        dtype: "auto" computes in bfloat16 where the processor or GPU has it.
        local_files_only: never ask the hub.
        max_tokens: longest pair, where the model itself takes more.
        batch_size: pairs at once.

    Raises:
        ConfigError: a Qwen3-VL-Reranker.
        ModelUnavailable: the weights are neither here nor within reach.
        CheckpointMismatch: no cross-encoder, one with several outputs, or a causal model of which
            no template is known.
    """

    instruction: str | None = None
    device: str | None = None
    dtype: DType = "auto"
    local_files_only: bool = False
    max_tokens: int = Field(default=8192, ge=16)
    batch_size: int = Field(default=16, ge=1)

    def __init__(self, model_name: str, **fields: Any) -> None:  # noqa: ANN401  (pydantic's fields)
        refuse_vision(model_name)
        super().__init__(model_name=model_name, **fields)

    @classmethod
    def class_name(cls) -> str:
        return "CrossEncoderReranker"

    def _load(self) -> Any:  # noqa: ANN401  (a CrossEncoder, which must not be imported here)
        weights = locate(self.model_name, purpose=PURPOSE)
        offline = weights.local or self.local_files_only
        try:
            with without_progress_bars():
                return self._read(weights, offline=offline)
        except OSError as exc:
            raise unavailable(self.model_name) from exc

    def _read(self, weights: Weights, *, offline: bool) -> Any:  # noqa: ANN401
        library = require("sentence_transformers", extra="all", purpose=PURPOSE)
        config = config_of(weights, offline=offline)
        causal = architecture(config).endswith("ForCausalLM")
        whole = causal or architecture(config).endswith("ForSequenceClassification")
        if not whole and not (Path(weights.path) / "modules.json").is_file():
            raise CheckpointMismatch(
                f"{weights.model} is a checkpoint of {architecture(config) or 'no named class'} "
                f"and no cross-encoder: the layer that would score pairs is missing"
            )
        device = device_of(self.device)
        processor = _template(weights, config, offline=offline) if causal else {}
        with reading(weights):
            model = library.CrossEncoder(
                weights.path,
                device=device,
                local_files_only=offline,
                model_kwargs={"dtype": dtype_of(device, self.dtype)},
                processor_kwargs=processor,
            )
        if model.num_labels != 1:
            raise CheckpointMismatch(
                f"{weights.model} has {model.num_labels} outputs; a reranker has one"
            )
        model.max_seq_length = min(self.max_tokens, model.max_seq_length or self.max_tokens)
        return model.eval()

    def _margins(self, model: Any, query: str, documents: list[str]) -> list[float]:  # noqa: ANN401
        torch = require("torch", extra="all", purpose=PURPOSE)
        options: dict[str, Any] = {}
        if model.supports("message"):
            query, documents = defused(query), [defused(document) for document in documents]
            options["prompt"] = self.instruction
        pairs: list[Any] = [(query, document) for document in documents]
        if model[0].input_formatter.message_format == "structured" and options:
            # a bare string would be laid out as a picture when it looks like the path of one
            pairs = [tuple({"text": text} for text in pair) for pair in pairs]
        found = model.predict(
            pairs,
            batch_size=self.batch_size,
            activation_fn=torch.nn.Identity(),
            show_progress_bar=False,
            **options,
        )
        margins: list[float] = found.tolist()
        return margins


def _template(weights: Weights, config: dict[str, Any], *, offline: bool) -> dict[str, str]:
    """The chat template to load a causal reranker with; nothing if its own carries a pair."""
    transformers = require("transformers", extra="all", purpose=PURPOSE)
    with reading(weights):
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            weights.path, local_files_only=offline
        )
    if _carries_pairs(tokenizer):
        return {}
    if config.get("model_type") != "qwen3":
        raise CheckpointMismatch(
            f"{weights.model} is a causal model whose chat template has no place for a query and a "
            f"document; only Qwen3-Reranker's is known here"
        )
    return {"chat_template": CHAT_TEMPLATE}


def _carries_pairs(tokenizer: Any) -> bool:  # noqa: ANN401  (a tokenizer of transformers)
    """Whether the chat template renders both texts of a pair, in either form of a message."""
    if not tokenizer.chat_template:
        return False
    jinja = require("jinja2", extra="all", purpose=PURPOSE)
    texts = {"query": "a question", "document": "a passage"}
    forms: tuple[list[dict[str, Any]], ...] = (
        [{"role": role, "content": text} for role, text in texts.items()],
        [
            {"role": role, "content": [{"type": "text", "text": text}]}
            for role, text in texts.items()
        ],
    )
    for messages in forms:
        try:
            shown = tokenizer.apply_chat_template(messages, tokenize=False)
        except (jinja.TemplateError, TypeError, ValueError):
            continue  # a template may refuse roles, or a form of content, that it does not know
        if all(text in shown for text in texts.values()):
            return True
    return False
