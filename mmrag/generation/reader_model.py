"""The reading model: MiniLM with a low-rank change of its upper layers and a small head.

Question and passage pass the layers together, so that each word of one sees the other (Devlin et
al. 2019, BERT). The head gives one logit for each sentence of the passage and one for "none of
them", as Rajpurkar et al. 2018 (SQuAD 2.0) let a reader abstain. The change of each matrix is a
product of two thin ones (Hu et al. 2021, LoRA): it trains faster, and ships in two megabytes.
This module imports torch; import it inside functions only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from mmrag.errors import CheckpointMismatch
from mmrag.extras import require
from mmrag.generation.reader_inputs import NOWHERE, PAD, QUESTION, TAGS, Encoded

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import BertModel
else:
    torch = require("torch", extra="offline", purpose="read passages")
    nn = torch.nn

FROZEN = 2  # lower layers that stay as they are: words and their neighbours
RANK = 32
FAR = -1e4  # a logit that no softmax notices


class Batch(NamedTuple):
    """Encoded questions with passages, padded: (n, tokens) each, and the number of items."""

    ids: torch.Tensor
    where: torch.Tensor
    tags: torch.Tensor
    items: int


class Logits(NamedTuple):
    """(n,) of "none", (n, items) of the items, and (n, tokens) of the passages' tokens."""

    none: torch.Tensor
    items: torch.Tensor
    tokens: torch.Tensor


def collate(rows: list[Encoded], items: int) -> Batch:
    """Pad to the longest."""
    longest = max(len(row.ids) for row in rows)

    def padded(columns: Iterator[list[int]], filler: int) -> torch.Tensor:
        return torch.tensor([row + [filler] * (longest - len(row)) for row in columns])

    return Batch(
        padded((row.ids for row in rows), PAD),
        padded((row.where for row in rows), NOWHERE),
        padded((row.tags for row in rows), 0),
        items,
    )


class LowRank(nn.Module):
    """A linear layer that stays as it is, plus a trained change of rank RANK."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.base(x) + (x @ self.down.T) @ self.up.T
        return y

    def folded(self) -> nn.Linear:
        """The same as one linear layer."""
        with torch.no_grad():
            self.base.weight += self.up @ self.down
        return self.base


class ReaderModel(nn.Module):
    """Logits of a passage's sentences for a question.

    Args:
        bert: the base; its layers above FROZEN are changed in place.
    """

    def __init__(self, bert: BertModel, rank: int = RANK) -> None:
        super().__init__()
        width = bert.config.hidden_size
        self.bert = bert.requires_grad_(False)
        for owner, name in list(_changed(bert)):
            setattr(owner, name, LowRank(getattr(owner, name), rank))
        for layer in _upper(bert):
            layer.attention.output.LayerNorm.requires_grad_(True)
            layer.output.LayerNorm.requires_grad_(True)
        self.tags = nn.Embedding(TAGS, width, padding_idx=0)
        nn.init.zeros_(self.tags.weight)
        self.token = nn.Linear(width, 1)
        self.item = nn.Linear(width, 1)
        self.none = nn.Linear(width, 1)
        self.scale = nn.Parameter(torch.tensor(10.0))
        for head in (self.token, self.item, self.none):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        with torch.no_grad():
            self.none.bias.fill_(7.0)  # at first a sentence answers at a cosine of 0.7

    def forward(self, batch: Batch) -> Logits:
        mask = batch.ids != PAD
        attend = mask[:, None, None, :]
        within = batch.where >= 0
        with torch.no_grad():
            state = self.bert.embeddings(input_ids=batch.ids)
            for layer in self.bert.encoder.layer[:FROZEN]:
                state = layer(state, attend)
        state = state + self.tags(batch.tags)
        for layer in self.bert.encoder.layer[FROZEN:]:
            state = layer(state, attend)
        places = torch.arange(batch.items, device=state.device)[None, :, None]
        of = batch.where[:, None, :] == places  # (n, items, tokens)
        means = _mean(state, of)
        question = _mean(state, (batch.where == QUESTION)[:, None, :])
        alike = torch.cosine_similarity(means, question, dim=-1)
        tokens = self.token(state).squeeze(-1).masked_fill(~within, FAR)
        best = tokens[:, None, :].masked_fill(~of, FAR).logsumexp(-1)
        items = self.scale * alike + self.item(means).squeeze(-1) + best
        items = items.masked_fill(~of.any(-1), FAR)
        return Logits(self.none(state[:, 0]).squeeze(-1), items, tokens)

    def margins(self, batch: Batch) -> torch.Tensor:
        """(n, items) logits over that of none of them: above 0 answers."""
        logits: Logits = self(batch)
        return logits.items - logits.none[:, None]

    def trained(self) -> dict[str, torch.Tensor]:
        """What differs from the base, by name."""
        return {n: p for n, p in self.named_parameters() if p.requires_grad}

    def take(self, trained: Mapping[str, torch.Tensor]) -> None:
        """Take what was trained, and fold the low-rank changes into the layers they change.

        Raises:
            CheckpointMismatch: other names or shapes than the model has.
        """
        own = self.trained()
        found, wanted = (
            {name: tuple(value.shape) for name, value in values.items()}
            for values in (trained, own)
        )
        wrong = sorted({name for name, _ in found.items() ^ wanted.items()})
        if wrong:
            raise CheckpointMismatch(
                f"these are no weights of this reading model, which differs in {', '.join(wrong)}"
            )
        with torch.no_grad():
            for name, value in own.items():
                value.copy_(trained[name].to(value.dtype))
        for owner, name in list(_changed(self.bert)):
            setattr(owner, name, getattr(owner, name).folded())


def _changed(bert: BertModel) -> Iterator[tuple[nn.Module, str]]:
    """The linear layers above FROZEN, each by the module that has it and its name there."""
    for layer in _upper(bert):
        yield from ((layer.attention.self, name) for name in ("query", "key", "value"))
        yield from (
            (part, "dense") for part in (layer.attention.output, layer.intermediate, layer.output)
        )


def _upper(bert: BertModel) -> list[Any]:  # torch's types know no attributes of a module
    return list(bert.encoder.layer[FROZEN:])


def _mean(state: torch.Tensor, of: torch.Tensor) -> torch.Tensor:
    """(n, items, width) means of the tokens that are of each item."""
    shares = of.to(state.dtype)
    mean: torch.Tensor = (shares @ state) / shares.sum(-1, keepdim=True).clamp(min=1)
    return mean
