"""Against Meta's own implementation, from the package `imagebind-unofficial`, on equal weights."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import util
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from mmrag.embeddings.imagebind.config import ImageBindConfig, TextTower, Tower
from mmrag.embeddings.imagebind.model import ImageBindModel
from mmrag.embeddings.imagebind.tokenizer import MERGES, VOCABULARY, TextTokenizer

PACKAGE = util.find_spec("imagebind")
pytestmark = pytest.mark.skipif(
    PACKAGE is None,
    reason="needs the reference: pip install --no-deps imagebind-unofficial==0.1.1",
)

TOLERANCE = 1e-5
CONFIG = ImageBindConfig(
    dimension=48,
    vision=Tower(64, 2, 4, (3, 224, 224), 14, 14),
    text=TextTower(32, 2, 4),
    audio=Tower(48, 3, 4, (1, 128, 204), 16, 10),
    depth=Tower(32, 2, 4, (1, 224, 224), 16, 16),
    thermal=Tower(24, 2, 2, (1, 224, 224), 16, 16),
    imu=Tower(32, 2, 4, (6, 2000), 8, 8),
)
SIZES = {"vision_embed_dim": 64, "out_embed_dim": 48} | {
    f"{name}_{size}": value
    for name in ("vision", "text", "audio", "depth", "thermal", "imu")
    for size, value in (
        ("embed_dim", getattr(CONFIG, name).width),
        ("num_blocks", getattr(CONFIG, name).layers),
        ("num_heads", getattr(CONFIG, name).heads),
    )
}


class StandInDropPath(torch.nn.Module):
    """timm's DropPath, which does nothing outside training."""

    def __init__(self, drop_prob: float = 0.0) -> None:
        super().__init__()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def stand_in_rearrange(x: torch.Tensor, pattern: str) -> torch.Tensor:
    """einops.rearrange, for the permutations that the reference asks for."""
    before, after = (side.split() for side in pattern.split("->"))
    return x.permute(*(before.index(axis) for axis in after))


@contextmanager
def stand_ins() -> Iterator[None]:
    """What the reference imports and the tests do without, for the time of that import."""
    assert PACKAGE is not None and PACKAGE.submodule_search_locations is not None
    timm = {"DropPath": StandInDropPath, "trunc_normal_": torch.nn.init.trunc_normal_}
    names: dict[str, dict[str, Any]] = {
        # its __init__ imports torchaudio, torchvision and pytorchvideo
        "imagebind": {"__path__": list(PACKAGE.submodule_search_locations)},
        "einops": {"rearrange": stand_in_rearrange},
        "timm": {},
        "timm.layers": timm,
        "timm.models": {},
        "timm.models.layers": timm,
        "iopath": {},
        "iopath.common": {},
        "iopath.common.file_io": {"g_pathmgr": SimpleNamespace(open=open)},
        "ftfy": {"fix_text": str},
    }
    before = dict(sys.modules)
    for name, content in names.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(content)
    try:
        yield
    finally:
        for name in set(sys.modules) - set(before):
            if name.split(".")[0] in {"imagebind", "einops", "timm", "iopath", "ftfy"}:
                del sys.modules[name]
        sys.modules.update({name: before[name] for name in names if name in before})


def reference_module(name: str) -> ModuleType:
    with stand_ins():
        return importlib.import_module(f"imagebind.models.{name}")


@pytest.fixture(scope="module")
def reference() -> torch.nn.Module:
    """A small reference model of random weights."""
    with torch.random.fork_rng(), stand_ins():
        torch.manual_seed(3)
        kind = importlib.import_module("imagebind.models.imagebind_model").ImageBindModel
        model: torch.nn.Module = kind(**SIZES).eval()
        for parameter in model.parameters():
            parameter.data += torch.randn_like(parameter) * 0.1
    return model


@pytest.fixture(scope="module")
def ours(reference: torch.nn.Module) -> ImageBindModel:
    model = ImageBindModel(CONFIG).eval()
    model.load_state_dict(reference.state_dict(), strict=True)
    return model


def token_ids() -> torch.Tensor:
    """Texts of 2, 21 and 77 tokens, padded with zeros to 77."""
    rows = torch.zeros(3, 77, dtype=torch.long)
    generator = torch.Generator().manual_seed(0)
    for row, end in enumerate((1, 20, 76)):
        rows[row, 1:end] = torch.randint(0, 49406, (end - 1,), generator=generator)
        rows[row, 0], rows[row, end] = 49406, 49407
    return rows


def values(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(len(shape)))


INPUTS = {
    "picture": ("vision", values(2, 3, 224, 224)),
    "film": ("vision", values(2, 3, 3, 2, 224, 224)),
    "text": ("text", token_ids()),
    "sound": ("audio", values(2, 3, 1, 128, 204)),
    "one clip": ("audio", values(2, 1, 128, 204)),
    "depth": ("depth", values(2, 1, 224, 224)),
    "thermal": ("thermal", values(2, 1, 224, 224)),
    "motion": ("imu", values(2, 6, 2000)),
}


@pytest.mark.parametrize("name", INPUTS)
def test_vectors_are_those_of_the_reference(
    name: str, ours: ImageBindModel, reference: torch.nn.Module
) -> None:
    modality, inputs = INPUTS[name]
    with torch.inference_mode():
        wanted = reference({modality: inputs})[modality]
        found = ours({modality: inputs})[modality]
    assert found.shape == wanted.shape == (len(inputs), 48)
    assert (found - wanted).abs().max() <= TOLERANCE
    assert (wanted[0] - wanted[1]).abs().max() > 100 * TOLERANCE  # the inputs show in the vectors


TEXTS = (
    "a photo of a dog",
    "",
    "  Hello\n\tWORLD &amp;amp; &lt;b&gt;  ",
    "it's John's; don't, we'll, I'm, they've",
    "1,204 m and 3.14",
    "ÅNGSTRÖM données façade ß İ ½",
    "日本語のテキスト 雪 ❄ 🐐",
    "_snake_case-and-dashes ... !!! <3",
    "no\u00a0break\u2003space",
    "x" * 400,
    "word " * 200,
)


def test_token_ids_are_those_of_the_reference(tmp_path: Path) -> None:
    assert PACKAGE is not None and PACKAGE.submodule_search_locations is not None
    vocabulary = Path(next(iter(PACKAGE.submodule_search_locations)), "bpe", VOCABULARY)
    theirs = reference_module("multimodal_preprocessors").SimpleTokenizer(bpe_path=str(vocabulary))
    ours = TextTokenizer.find(tmp_path, 77)
    assert ours.size == 512 + MERGES + 2 == 49_408
    for text in TEXTS:
        wanted = theirs(text)[None] if theirs(text).ndim == 1 else theirs(text)
        found = torch.from_numpy(ours.ids([text]))
        width = found.shape[1]
        assert torch.equal(found, wanted[:, :width]), text
        assert not wanted[:, width:].any()  # zeros are all that was left out
