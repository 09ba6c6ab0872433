"""Any embedding with torch weights as the trainer takes it: towers by name, frozen or with LoRA."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.catalogue import embedding_named
from mmrag.errors import ConfigError, InputError
from mmrag.extras import require
from mmrag.modalities import Modality

if TYPE_CHECKING:
    import torch
    from torch import nn
else:
    torch = require("torch", extra="train", purpose="train")
    nn = torch.nn


class Towers(nn.Module):
    """The towers of an embedding for two modalities.

    The model stays in evaluation mode: batch normalisation keeps its statistics, which the small
    batches of fine-tuning would spoil, and nothing is dropped out, so that a pass can be repeated
    and gives the same.

    Args:
        sides: the two modalities of the pairs. What other modalities use alone is not trained.
        freeze: towers that are not trained; those of `sides` only.
        lora_rank: train low-rank changes of the towers' linear layers; None trains all weights.
        seed: of LoRA's first values.

    Raises:
        ConfigError: the embedding cannot be trained, has no such tower, or nothing is left to
            train.
    """

    def __init__(
        self,
        embedding: MediaEmbedding,
        sides: Sequence[Modality],
        *,
        freeze: Collection[Modality] = (),
        lora_rank: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.trainable = embedding.trainable()
        if strangers := [side.value for side in sides if side not in self.trainable.towers]:
            known = ", ".join(sorted(tower.value for tower in self.trainable.towers))
            raise ConfigError(
                f"{embedding.model_name} has no tower for {strangers[0]}; it has {known}"
            )
        if others := [tower.value for tower in freeze if tower not in sides]:
            raise ConfigError(
                f"{others[0]} is no side of these pairs, which are of {sides[0].value} and "
                f"{sides[1].value}; its tower is not trained anyway"
            )
        self.trained = tuple(side for side in sides if side not in freeze)
        self.frozen = tuple(side for side in sides if side in freeze)
        if not self.trained:
            raise ConfigError("every tower of these pairs is frozen; there is nothing to train")
        self.model = self.trainable.module
        self._begins = tuple(p for side in self.trained for p in self.trainable.towers[side])
        for name, weight in self.model.named_parameters():
            weight.requires_grad_(lora_rank is None and name.startswith(self._begins))
        if lora_rank is not None:
            _add_lora(self.model, self._begins, lora_rank, seed)

    def train(self, mode: bool = True) -> Towers:
        """Itself, in evaluation mode whatever `mode` says; see above."""
        return super().train(False)

    def encode(self, modality: str, values: Any, /) -> torch.Tensor:  # noqa: ANN401
        """(n, d) vectors of what `Inputs` gives: of a frozen tower it gives the vectors."""
        side = Modality(modality)
        if side in self.frozen:
            return torch.stack(list(values))
        return self.embedding.raw_vectors(side, values)

    @property
    def counts(self) -> tuple[int, int]:
        """How many numbers are trained, and how many the model has."""
        weights = list(self.model.parameters())
        return sum(w.numel() for w in weights if w.requires_grad), sum(w.numel() for w in weights)

    def merge(self) -> None:
        """Add what LoRA learnt to the weights, and leave no trace of it in the model."""
        tuner = require("peft.tuners.lora", extra="train", purpose="train with LoRA")
        for name, layer in list(self.model.named_modules()):
            if isinstance(layer, tuner.LoraLayer):
                layer.merge()
                parent, _, child = name.rpartition(".")
                setattr(self.model.get_submodule(parent), child, layer.get_base_layer())


def _add_lora(model: nn.Module, begins: tuple[str, ...], rank: int, seed: int) -> None:
    peft = require("peft", extra="train", purpose="train with LoRA")
    inside = [n for n, part in model.named_modules() if isinstance(part, nn.MultiheadAttention)]
    linears = [
        name
        for name, part in model.named_modules()
        if isinstance(part, nn.Linear)
        and f"{name}.".startswith(begins)
        and name.rpartition(".")[0] not in inside  # attention reads its weight, not its output
    ]
    settings = peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=linears)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        peft.inject_adapter_in_model(settings, model)


def trained_embedding(model: str, sides: Sequence[Modality]) -> MediaEmbedding:
    """The embedding of a model, with weights in float32: steps are too small for fewer digits.

    Raises:
        InputError: it does not take one of these modalities.
    """
    embedding = embedding_named(model)
    embedding.dtype = "float32"
    for side in sides:
        if side not in embedding.takes:
            known = ", ".join(sorted(taken.value for taken in embedding.takes))
            raise InputError(f"{model} takes {known}, and these pairs have {side.value}")
    return embedding


@contextmanager
def exact_attention() -> Iterator[None]:
    """Without torch's fast path for its own transformer layers in passes without gradients.

    It reads the weights of their linear layers, past what LoRA has put in their place, and rounds
    otherwise than the pass with gradients.
    """
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
