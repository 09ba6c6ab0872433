"""Qwen3-Reranker in this process, by the yes/no recipe of its model card.

The score is the softmax over the logits of "no" and "yes" at the last position of the prompt
(https://huggingface.co/Qwen/Qwen3-Reranker-0.6B; Zhang et al. 2025, arXiv 2506.05176). The card
computes the logits of all 151,936 tokens at all positions; here only these two are, at the last
one. What all prompts of a question begin with (system turn, instruction, question) is computed
once. Batches are padded on the right and read at each row's own last token: in a causal model
nothing that follows a token changes it, so padding is exact and needs no mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from mmrag.embeddings.checkpoints import reading
from mmrag.embeddings.precision import DType, device_of, dtype_of
from mmrag.embeddings.weights import Weights, locate, unavailable, without_progress_bars
from mmrag.errors import CheckpointMismatch, ConfigError
from mmrag.extras import require
from mmrag.rerank.base import Reranker
from mmrag.rerank.checkpoints import architecture, config_of, refuse_vision
from mmrag.rerank.qwen3_prompt import INSTRUCTION, NO, PREFIX, SUFFIX, YES, body, defused

if TYPE_CHECKING:
    import torch

PURPOSE = "rerank"
MODEL = "Qwen/Qwen3-Reranker-0.6B"
_UNEVEN = 1.25
"""Beyond what all share, the longest row of a batch is at most this many times the shortest."""

Ids = list[int]


@dataclass(frozen=True)
class _Judge:
    """A loaded model.

    Attributes:
        prefix, suffix: token ids around every body.
        answers: (2, d) float32, the output rows of "no" and "yes".
        tokens: longest prompt.
    """

    tokenizer: Any
    model: Any
    prefix: Ids
    suffix: Ids
    answers: torch.Tensor
    tokens: int


class Qwen3Reranker(Reranker):
    """Reranks by Qwen/Qwen3-Reranker-0.6B, -4B or -8B, or a fine-tune of one.

    Over-long documents are cut at their end and a question that would fill more than half of the
    prompt at its own; what follows the document in the prompt always stays.

    Args:
        model_name: a hub id or a local folder.
        top_n: how many nodes are returned at most; None returns all.
        instruction: the task in one English sentence.
        device: torch device; None chooses.
        dtype: "auto" computes in bfloat16 where the processor or GPU has it.
        local_files_only: never ask the hub.
        max_tokens: longest prompt, 8,192 as in the model card.
        batch_tokens: rows times longest row of a batch; 4,096 take 0.5 GB besides the weights of
            the 0.6B model in bfloat16.

    Raises:
        ConfigError: a Qwen3-VL-Reranker, or an instruction that leaves no room for documents.
        ModelUnavailable: the weights are neither here nor within reach.
        CheckpointMismatch: another architecture, missing weights, or a tokenizer without the
            tokens of the prompt and of its answers.
    """

    model_name: str = MODEL
    instruction: str = INSTRUCTION
    device: str | None = None
    dtype: DType = "auto"
    local_files_only: bool = False
    max_tokens: int = Field(default=8192, ge=128)
    batch_tokens: int = Field(default=4096, ge=1)

    def __init__(self, model_name: str = MODEL, **fields: Any) -> None:  # noqa: ANN401
        refuse_vision(model_name)
        super().__init__(model_name=model_name, **fields)

    @classmethod
    def class_name(cls) -> str:
        return "Qwen3Reranker"

    @property
    def device_name(self) -> str:
        """The torch device that is used."""
        return device_of(self.device)

    def _load(self) -> _Judge:
        weights = locate(self.model_name, purpose=PURPOSE)
        offline = weights.local or self.local_files_only
        try:
            with without_progress_bars():
                return self._read(weights, offline=offline)
        except OSError as exc:
            raise unavailable(self.model_name) from exc

    def _read(self, weights: Weights, *, offline: bool) -> _Judge:
        transformers = require("transformers", extra="all", purpose=PURPOSE)
        config = config_of(weights, offline=offline)
        found = architecture(config)
        if found != "Qwen3ForCausalLM":
            raise CheckpointMismatch(
                f"{weights.model} is a checkpoint of {found or 'no named architecture'}, not "
                f"Qwen3ForCausalLM; use CrossEncoderReranker for cross-encoders "
                f"(rerank.backend: cross-encoder)"
            )
        with reading(weights):
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                weights.path, local_files_only=offline
            )
        no, yes = (_token(weights, tokenizer, word) for word in (NO, YES))
        for word in ("<|im_start|>", "<|im_end|>"):
            _token(weights, tokenizer, word)
        tokenizer.truncation_side = "right"
        dtype = dtype_of(self.device_name, self.dtype)
        model = _model(weights, dtype, offline=offline).to(self.device_name)
        head = model.get_output_embeddings().weight
        if len(tokenizer) > len(head):
            raise CheckpointMismatch(
                f"{weights.model}: the tokenizer knows {len(tokenizer)} tokens, and the model "
                f"{len(head)}"
            )
        prefix, suffix = (tokenizer.encode(p, add_special_tokens=False) for p in (PREFIX, SUFFIX))
        tokens = min(self.max_tokens, model.config.max_position_embeddings)
        answers = head[[no, yes]].detach().float()
        return _Judge(tokenizer, model.get_decoder(), prefix, suffix, answers, tokens)

    def _margins(self, model: _Judge, query: str, documents: list[str]) -> list[float]:
        torch = require("torch", extra="all", purpose=PURPOSE)
        prompts = self._prompts(model, query, documents)
        # the same texts make the same batches in whatever order they come, and the same scores
        order = sorted(range(len(prompts)), key=lambda row: (len(prompts[row]), prompts[row]))
        out = [0.0] * len(prompts)
        with torch.inference_mode():
            shared, beginning = self._beginning(model, prompts)
            lengths = [len(prompts[row]) - shared for row in order]
            for part in batches(lengths, shared=shared, budget=self.batch_tokens):
                rows = order[part]
                found = self._batch(model, [prompts[row][shared:] for row in rows], beginning)
                for row, margin in zip(rows, found, strict=True):
                    out[row] = margin
        return out

    def _prompts(self, judge: _Judge, query: str, documents: Sequence[str]) -> list[Ids]:
        """Token ids of the whole prompts, documents cut where the longest prompt ends."""
        room = judge.tokens - len(judge.prefix) - len(judge.suffix)
        asked = judge.tokenizer(
            defused(query), truncation=True, max_length=max(1, room // 2), add_special_tokens=False
        )["input_ids"]
        if len(asked) == room // 2:
            query = judge.tokenizer.decode(asked)
        instruction, question = defused(self.instruction), defused(query)
        head = judge.tokenizer(body(instruction, question, ""), add_special_tokens=False)
        if len(head["input_ids"]) >= room:
            raise ConfigError(
                f"instruction and question take {len(head['input_ids'])} of the {room} tokens of a "
                f"prompt and leave no room for documents; shorten the instruction or raise "
                f"max_tokens"
            )
        bodies = [body(instruction, question, defused(document)) for document in documents]
        # as the card does: with what this tokenizer adds to a text, which is nothing in Qwen's
        found = judge.tokenizer(bodies, truncation=True, max_length=room)["input_ids"]
        return [judge.prefix + ids + judge.suffix for ids in found]

    def _beginning(self, judge: _Judge, prompts: Sequence[Ids]) -> tuple[int, Any]:
        """How many tokens all prompts begin with, and the keys and values of these."""
        torch = require("torch", extra="all", purpose=PURPOSE)
        if len(prompts) == 1:
            return 0, None
        # of sorted sequences, the first and the last differ earliest; the last token is never
        # shared, for it must be computed to be read
        first, last = min(prompts), max(prompts)
        longest = min(map(len, prompts)) - 1
        shared = next((n for n in range(longest) if first[n] != last[n]), longest)
        tokens = torch.tensor([first[:shared]], device=self.device_name)
        return shared, judge.model(input_ids=tokens, use_cache=True).past_key_values

    def _batch(self, judge: _Judge, rows: Sequence[Ids], beginning: Any) -> list[float]:  # noqa: ANN401
        """The margins of prompts of which `beginning` has been computed already."""
        torch = require("torch", extra="all", purpose=PURPOSE)
        device, longest = self.device_name, max(map(len, rows))
        tokens = torch.tensor([row + [0] * (longest - len(row)) for row in rows], device=device)
        cache = deepcopy(beginning)  # the model appends to it
        if cache is not None:
            cache.batch_repeat_interleave(len(rows))
        states = judge.model(
            input_ids=tokens, past_key_values=cache, use_cache=cache is not None
        ).last_hidden_state
        ends = torch.tensor([len(row) - 1 for row in rows], device=device)
        last = states[torch.arange(len(rows), device=device), ends].float()
        no, yes = (last @ judge.answers.T).unbind(dim=1)
        margins: list[float] = (yes - no).tolist()
        return margins


def batches(lengths: Sequence[int], *, budget: int, shared: int = 0) -> Iterator[slice]:
    """Cut rows of rising length into batches that hold little padding.

    Args:
        lengths: tokens by row, rising, without those that are shared.
        budget: rows times longest row of a batch; a longer row is a batch of its own.
        shared: tokens that every row begins with; their keys and values are kept for each.
    """
    start = 0
    for row, length in enumerate(lengths):
        too_many = (row + 1 - start) * (shared + length) > budget
        if row > start and (too_many or length > _UNEVEN * lengths[start]):
            yield slice(start, row)
            start = row
    if start < len(lengths):
        yield slice(start, len(lengths))


def _token(weights: Weights, tokenizer: Any, word: str) -> int:  # noqa: ANN401
    found = tokenizer.encode(word, add_special_tokens=False)
    if len(found) != 1 or found[0] == tokenizer.unk_token_id:
        raise CheckpointMismatch(
            f"{weights.model}: to its tokenizer {word!r} is {len(found)} tokens or unknown, not "
            f"one token, so it is no tokenizer of a Qwen3-Reranker"
        )
    return int(found[0])


def _model(weights: Weights, dtype: torch.dtype, *, offline: bool) -> Any:  # noqa: ANN401
    """The language model in `dtype`, each of its weights read from the checkpoint."""
    transformers = require("transformers", extra="all", purpose=PURPOSE)
    with reading(weights):
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            weights.path, dtype=dtype, local_files_only=offline, output_loading_info=True
        )
    missing = sorted(info["missing_keys"])
    if missing:
        raise CheckpointMismatch(
            f"the weights of {weights.model} lack {len(missing)} tensors, such as {missing[0]}"
        )
    return model.eval()
