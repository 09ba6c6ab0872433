"""Train the reading model on the texts of `pipelines/reading`, print what it can, and save it.

Run it as `python -m pipelines.fit_reader` from the repository's root; it takes some half an hour on
two cores. Every fifth document is held out: the figures printed are of those, and they set where
logits are 0. `--from` goes on from saved weights.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers import BertModel

from mmrag.embeddings.weights import locate
from mmrag.generation.reader_inputs import Encoded, encode
from mmrag.generation.reader_minilm import WEIGHTS, digest_of, tokenizer_of
from mmrag.generation.reader_model import FAR, ReaderModel, collate
from mmrag.profiles import MINILM
from pipelines.reading.examples import Document, Example, Varied, documents, is_held_out, plain

TOKENS = 1600  # of a batch, padding included
SPANS = 0.3  # weight of the loss over tokens beside that over sentences
WARM_UP = 0.1  # share of the steps
NEIGHBOURS = 8
Row = tuple[Encoded, Example]


def main() -> None:
    """Train, print, save."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate of AdamW")
    parser.add_argument("--from", dest="start", type=Path, help="weights to go on from")
    parser.add_argument("--to", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    base = Path(locate(MINILM, purpose="train the reader").path)
    model, tokenizer = ReaderModel(BertModel.from_pretrained(base)), tokenizer_of(base)
    if args.start:
        model.load_state_dict(
            {n: v.float() for n, v in load_file(args.start).items()}, strict=False
        )
    model.eval()  # no dropout: the examples vary from epoch to epoch, and it costs a fifth of time
    known = documents()
    held = [document for document in known if is_held_out(document)]
    learnt = [document for document in known if not is_held_out(document)]
    print(f"{len(learnt)} documents to learn from, {len(held)} held out", flush=True)
    varied = Varied(learnt, nearest(base, learnt), seed=args.seed)
    train(model, tokenizer, varied, held, args)
    settle(model, tokenizer, held)
    kept = {name: value.detach().half().contiguous() for name, value in model.trained().items()}
    save_file(kept, args.to, metadata={"base": digest_of(base)})
    print(f"{args.to}: {args.to.stat().st_size / 1e6:.2f} MB")


def train(
    model: ReaderModel,
    tokenizer: Tokenizer,
    varied: Varied,
    held: Sequence[Document],
    args: argparse.Namespace,
) -> None:
    """AdamW; the rate rises linearly during WARM_UP and then falls linearly to zero."""
    optimizer = torch.optim.AdamW(model.trained().values(), lr=args.rate, weight_decay=0.01)
    shuffle = random.Random(args.seed)
    plans = [list(batches(tokenizer, list(varied.epoch()), shuffle)) for _ in range(args.epochs)]
    steps = sum(map(len, plans))
    warm = max(1, round(WARM_UP * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda n: min((n + 1) / warm, (steps - n) / max(1, steps - warm))
    )
    losses: list[float] = []
    for epoch, plan in enumerate(plans, start=1):
        started, first = time.perf_counter(), len(losses)
        for rows in plan:
            loss = loss_of(model, rows)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch's own
            torch.nn.utils.clip_grad_norm_(model.trained().values(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
            if len(losses) % 25 == 0:
                print(f"  {len(losses)} of {steps} steps: {np.mean(losses[-25:]):.3f}", flush=True)
        took = time.perf_counter() - started
        print(f"epoch {epoch}: loss {np.mean(losses[first:]):.3f}, {took:.0f} s", flush=True)
        examine(model, tokenizer, held)


def batches(
    tokenizer: Tokenizer, examples: Sequence[Example], shuffle: random.Random
) -> Iterator[list[Row]]:
    """Batches of about TOKENS, of rows of about the same length, in random order."""
    rows = [(encode(tokenizer, e.question, e.items), e) for e in examples]
    rows.sort(key=lambda row: len(row[0].ids) + shuffle.uniform(0, 12))
    groups: list[list[Row]] = [[]]
    longest = 0
    for row in rows:
        longest = max(longest, len(row[0].ids))
        if groups[-1] and longest * (len(groups[-1]) + 1) > TOKENS:
            groups.append([])
            longest = len(row[0].ids)
        groups[-1].append(row)
    shuffle.shuffle(groups)
    yield from groups


def loss_of(model: ReaderModel, rows: Sequence[Row]) -> torch.Tensor:
    """Cross entropy over "none" and the sentences, and over the tokens of the answer's sentence."""
    logits = model(collate([row for row, _ in rows], max(len(e.items) for _, e in rows)))
    right = torch.zeros(logits.items.shape, dtype=torch.bool)
    spans = torch.zeros(logits.tokens.shape, dtype=torch.bool)
    for n, (row, example) in enumerate(rows):
        for place in example.gold:
            right[n, place] = True
            for token in answer_tokens(row, example, place):
                spans[n, token] = True
    items = logits.items.clone()
    items[:, 0] = FAR  # a title answers nothing
    everything = torch.cat([logits.none[:, None], items], 1)
    right = torch.cat([~right.any(1, keepdim=True), right], 1)
    among = everything.masked_fill(~right, FAR).logsumexp(1)
    loss = (everything.logsumexp(1) - among).mean()
    told = spans.any(1)
    if told.any():
        share = spans[told].float() / spans[told].sum(1, keepdim=True)
        loss = loss - SPANS * (share * logits.tokens[told].log_softmax(1)).sum(1).mean()
    return loss


def answer_tokens(row: Encoded, example: Example, place: int) -> Iterator[int]:
    """The tokens of an item that are of the answer's words."""
    start = example.items[place].lower().find(example.answer.lower()) if example.answer else -1
    if start >= 0:
        for token, (where, at) in enumerate(zip(row.where, row.starts, strict=True)):
            if where == place and start <= at < start + len(example.answer):
                yield token


@torch.inference_mode()
def read(
    model: ReaderModel, tokenizer: Tokenizer, examples: Sequence[Example]
) -> list[NDArray[np.float64]]:
    """For each example one logit a sentence, over that of "none"."""
    rows = [encode(tokenizer, e.question, e.items) for e in examples]
    order = sorted(range(len(rows)), key=lambda n: len(rows[n].ids))
    found = [np.zeros(0)] * len(rows)
    for start in range(0, len(order), 16):
        part = order[start : start + 16]
        most = max(len(examples[n].items) for n in part)
        margins = model.margins(collate([rows[n] for n in part], most)).double().numpy()
        for n, row in zip(part, margins, strict=True):
            found[n] = row[1 : len(examples[n].items)]
    return found


def examine(model: ReaderModel, tokenizer: Tokenizer, held: Sequence[Document]) -> None:
    """Print how often the right sentence is first, and how well near misses are told apart."""
    asked = [(a, plain(d, a)) for d in held for a in d.asked]
    logits, best, answerable = highest(model, tokenizer, [example for _, example in asked])
    first = np.array([int(row.argmax()) in a.at for row, (a, _) in zip(logits, asked, strict=True)])
    area = (best[answerable][:, None] > best[~answerable][None, :]).mean()
    print(f"  right sentence first {first[answerable].mean():.3f}, AUC {area:.3f}")
    for share in (0.05, 0.1, 0.15, 0.2):
        refused = best < np.quantile(best[answerable], share)
        print(
            f"  refusing {share:.2f} of the answerable: "
            f"precision {(refused & ~answerable).sum() / refused.sum():.3f}, "
            f"recall {refused[~answerable].mean():.3f}, "
            f"right answers {(first & ~refused)[answerable].mean():.3f}"
        )
    for near in sorted({a.near for a, _ in asked if a.near}):
        of = np.array([a.near == near for a, _ in asked])
        share = (best[answerable][:, None] > best[of][None, :]).mean()
        print(f"  {near}: AUC {share:.2f} of {of.sum()}")
    print(flush=True)


def settle(model: ReaderModel, tokenizer: Tokenizer, held: Sequence[Document]) -> None:
    """Shift "none" so that at 0 as many near misses are accepted as answers refused."""
    examples = [plain(document, asked) for document in held for asked in document.asked]
    _, best, answerable = highest(model, tokenizer, examples)
    shares = np.linspace(0, 1, 201)
    refused = np.quantile(best[answerable], shares)
    accepted = np.array([(best[~answerable] >= threshold).mean() for threshold in refused])
    at = int(np.abs(accepted - shares).argmin())
    with torch.no_grad():
        model.none.bias.add_(float(refused[at]))
    print(f"logits shifted by {-refused[at]:.2f}: {shares[at]:.3f} of either kind are wrong at 0")


def highest(
    model: ReaderModel, tokenizer: Tokenizer, examples: Sequence[Example]
) -> tuple[list[NDArray[np.float64]], NDArray[np.float64], NDArray[np.bool_]]:
    """Logits of the sentences, the highest of each example, and whether it is answered."""
    logits = read(model, tokenizer, examples)
    best = np.array([row.max() for row in logits])
    return logits, best, np.array([bool(example.gold) for example in examples])


def nearest(base: Path, known: Sequence[Document]) -> dict[str, list[Document]]:
    """By answerable question, the other documents most like it by the base's own vectors."""
    model = SentenceTransformer(str(base), device="cpu")
    texts = model.encode([" ".join((d.title, *d.sentences)) for d in known], batch_size=32)
    pairs = [(n, a.question) for n, d in enumerate(known) for a in d.asked if a.at]
    likeness = model.encode([question for _, question in pairs], batch_size=64) @ texts.T
    return {
        question: [known[n] for n in np.argsort(-row)[: NEIGHBOURS + 1] if n != own][:NEIGHBOURS]
        for (own, question), row in zip(pairs, likeness, strict=True)
    }


if __name__ == "__main__":
    main()
