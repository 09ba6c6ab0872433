"""Speed of embedding pictures and texts: CLIP ViT-B/32 with random weights, 2-megapixel JPEGs.

Every ratio is the median over rounds in which the jobs take turns, by time on the wall; those that
end in `_cpu` are by the processor's time, which others on a shared machine disturb less.

- `e2e_over_forward`: pictures a second from file to Qdrant (decode, prepare, embed, write) over
  those of the bare forward pass of the same model and dtype on batches that are ready in memory.
- `vs_loop_bf16`, `vs_loop_int8`: pictures a second from file to Qdrant (bfloat16 in torch; 8 bits
  in ONNX Runtime) over a loop as LlamaIndex's CLIP embedding has it: one picture at a time, decoded
  whole, prepared by transformers, embedded in float32 by torch, all written at the end. Where the
  processor has no bfloat16, the first is measured in float32, and the notes say so.
- `preprocess_ms`: CPU time of decoding and preparing one JPEG, the fastest of repeats, one thread.
- `draft_cosine`: mean cosine between vectors of JPEGs decoded at reduced size and decoded whole;
  `draft_cosine_lowest` the lowest; `draft_cosine_centred` after the mean vector is taken off both,
  for random weights put all pictures close together.
- `text_pad_speedup`: texts a second, padded to the longest of a batch, over padding to 77 tokens.
- `imagebind_bf16_gib`: resident memory of ImageBind-huge in bfloat16 after it has embedded.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.schema import MediaResource, Node
from numpy.typing import NDArray
from PIL import Image

from mmrag import MMRagQdrantStore
from mmrag.embeddings.clip import ClipEmbedding
from mmrag.embeddings.media import pixels_of
from mmrag.optimize.onnx import export_clip
from mmrag.store.spec import DenseSpace
from pipelines.benchmarks.debian import Unreachable
from pipelines.benchmarks.imagebind_memory import resident_gib
from pipelines.benchmarks.interleaved import Rounds
from pipelines.benchmarks.pictures import stamps, textures
from pipelines.benchmarks.result import load, publish
from pipelines.benchmarks.vit_b32 import queries, save_checkpoint

BATCH, PICTURES, LOOPED, ROUNDS = 32, 64, 4, 4
QUERIES, CONTEXT = 64, 77


def run() -> None:
    """Make the model and the pictures, take the times, publish."""
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
    notes = [f"{torch.get_num_threads()} threads; {load()}"]
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        checkpoint = save_checkpoint(place / "clip")
        exported = export_clip(str(checkpoint), place / "int8", int8=True)
        notes.append(f"int8 to float32 cosine: pictures {exported.agreement.image}")
        plain = ClipEmbedding(str(checkpoint), embed_batch_size=BATCH)
        small = ClipEmbedding(str(exported.folder), backend="onnx", embed_batch_size=BATCH)
        (place / "jpeg").mkdir()
        files = textures(place / "jpeg", PICTURES)
        metrics = pictures(plain, small, files, place)
        metrics["preprocess_ms"] = preprocess_ms(plain, files)
        metrics |= texts(plain)
        try:
            files = files[:8] + stamps(place / "jpeg", 24)
        except Unreachable as exc:
            notes.append(f"draft_cosine of textures only: {exc}")
        metrics |= draft_cosine(checkpoint, files)
        notes.append(f"matrix products in {_dtype(plain)}")
    memory, reason = resident_gib()
    if memory is None:
        notes.append(f"imagebind_bf16_gib not measured: {reason}")
    else:
        metrics["imagebind_bf16_gib"] = memory
    notes.append(load())
    publish("embed_speed", metrics, notes="; ".join(notes))


def pictures(
    plain: ClipEmbedding, small: ClipEmbedding, files: Sequence[Path], place: Path
) -> dict[str, float]:
    """From file to Qdrant against the forward pass and against the loop."""
    import torch

    model = plain._loaded()
    ready = [plain._prepare_image(model, pixels_of(path)) for path in files]
    batches = [
        torch.from_numpy(np.stack(ready[start : start + BATCH]))
        for start in range(0, len(ready), BATCH)
    ]

    def forward() -> None:
        for batch in batches:
            with plain._computing():
                model.model.get_image_features(pixel_values=batch)

    spaces = [DenseSpace("clip", plain.dimension)]
    store = MMRagQdrantStore.from_path(place / "index", spaces, primary="clip")
    one_by_one = _loop(model.model, plain.model_name)
    jobs: dict[str, Callable[[], object]] = {
        "forward": forward,
        "end to end": lambda: _index(store, files, plain.embed_nodes),
        "int8": lambda: _index(store, files, small.embed_nodes),
        "loop": lambda: _index(store, files[:LOOPED], one_by_one),
    }
    rounds = Rounds(jobs, ROUNDS)
    store.close()
    count = len(files)
    compared: dict[str, tuple[str, str, int]] = {
        "e2e_over_forward": ("end to end", "forward", count),
        "vs_loop_bf16": ("end to end", "loop", LOOPED),
        "vs_loop_int8": ("int8", "loop", LOOPED),
    }
    metrics = {
        f"{key}{'_cpu' * cpu}": rounds.faster(name, than, items=count, of=of, processor=cpu)
        for cpu in (False, True)
        for key, (name, than, of) in compared.items()
    }
    return metrics | {
        "forward_per_s": rounds.rate("forward", count),
        "e2e_per_s": rounds.rate("end to end", count),
        "int8_per_s": rounds.rate("int8", count),
        "loop_per_s": rounds.rate("loop", LOOPED),
    }


def preprocess_ms(embedding: ClipEmbedding, files: Sequence[Path]) -> float:
    """Mean over pictures of the least CPU time of five."""
    model = embedding._loaded()
    side = embedding._shorter_side(model)

    def once(path: Path) -> float:
        start = time.process_time()
        embedding._prepare_image(model, pixels_of(path, shorter_side=side))
        return time.process_time() - start

    return 1000 * float(np.mean([min(once(path) for _ in range(7)) for path in files[:16]]))


def draft_cosine(checkpoint: Path, files: Sequence[Path]) -> dict[str, float]:
    """The same JPEGs at reduced size and whole, in float32."""
    embedding = ClipEmbedding(str(checkpoint), dtype="float32", embed_batch_size=BATCH)
    quick = embedding.embed_images(list(files))
    whole = np.concatenate(
        [
            embedding.embed_images([pixels_of(path) for path in files[start : start + 8]])
            for start in range(0, len(files), 8)
        ]
    )
    plain = _cosines(quick, whole)
    middle = whole.mean(axis=0)
    return {
        "draft_cosine": float(plain.mean()),
        "draft_cosine_lowest": float(plain.min()),
        "draft_cosine_centred": float(_cosines(quick - middle, whole - middle).mean()),
        "draft_pictures": len(files),
    }


def texts(embedding: ClipEmbedding) -> dict[str, float]:
    """Short queries, padded to the longest of a batch and to the model's context."""
    asked, model = queries(QUERIES), embedding._loaded()

    def padded() -> None:
        for start in range(0, len(asked), BATCH):
            ids = model.tokenizer(
                asked[start : start + BATCH],
                padding="max_length",
                max_length=CONTEXT,
                truncation=True,
                return_tensors="pt",
            )["input_ids"]
            with embedding._computing():
                model.model.get_text_features(input_ids=ids)

    jobs: dict[str, Callable[[], object]] = {
        "padded": padded,
        "ours": lambda: embedding.embed_texts(asked),
    }
    rounds = Rounds(jobs, ROUNDS)
    return {
        "text_pad_speedup": rounds.faster("ours", "padded"),
        "text_pad_speedup_cpu": rounds.faster("ours", "padded", processor=True),
        "texts_per_s": rounds.rate("ours", len(asked)),
    }


def _index(
    store: MMRagQdrantStore, files: Sequence[Path], embed: Callable[[list[Node]], Any]
) -> None:
    """Embed and write, as new nodes of an index with one named vector."""
    nodes = [Node(image_resource=MediaResource(path=path)) for path in files]
    for node, vector in zip(nodes, embed(nodes).vectors, strict=True):
        node.embedding = vector.tolist()
    store.add(nodes)


def _loop(model: Any, checkpoint: str) -> Callable[[list[Node]], Any]:  # noqa: ANN401
    """One picture after another, as in llama-index-embeddings-clip."""
    import torch
    from transformers import CLIPImageProcessorPil

    from mmrag.embeddings.base import EmbeddedNodes

    processor = CLIPImageProcessorPil.from_pretrained(checkpoint)

    def embed(nodes: list[Any]) -> EmbeddedNodes:
        vectors = []
        for node in nodes:
            image = Image.open(str(node.image_resource.path)).convert("RGB")
            pixels = processor(image, return_tensors="pt")["pixel_values"]
            with torch.no_grad():
                raw = model.get_image_features(pixel_values=pixels).pooler_output
            vectors.append((raw / raw.norm(dim=-1, keepdim=True))[0].numpy())
        return EmbeddedNodes(vectors)

    return embed


def _cosines(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    left, right = one.astype(np.float64), other.astype(np.float64)
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    values: NDArray[np.float64] = np.einsum("nd,nd->n", left, right) / lengths
    return values


def _dtype(embedding: ClipEmbedding) -> str:
    import torch

    with embedding._computing():
        return "bfloat16" if torch.is_autocast_enabled("cpu") else "float32"
