"""Tiny checkpoints of the CLIP family as transformers itself saves them, and media to embed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from standins import tiny_checkpoints
from standins.media import texture


@pytest.fixture(scope="session", autouse=True)
def _tiny_models(one_thread: None) -> None:
    """All models here are tiny."""


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoints.save_clip(tmp_path_factory.mktemp("models") / "clip")


@pytest.fixture(scope="session")
def metaclip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoints.save_metaclip(tmp_path_factory.mktemp("models") / "metaclip")


@pytest.fixture(scope="session")
def siglip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoints.save_siglip(tmp_path_factory.mktemp("models") / "siglip")


@pytest.fixture(scope="session")
def naflex_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoints.save_naflex(tmp_path_factory.mktemp("models") / "naflex")


@pytest.fixture(scope="session")
def clap_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoints.save_clap(tmp_path_factory.mktemp("models") / "clap", fused=False)


@pytest.fixture(scope="session")
def fused_clap_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoints.save_clap(tmp_path_factory.mktemp("models") / "fused_clap", fused=True)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """wide, tall, grey, palette, dot (1 x 1) and broken, all .png, and photo.jpg (300 x 200)."""
    folder = tmp_path_factory.mktemp("pictures")
    texture(90, 47, 1).save(folder / "wide.png")
    texture(33, 71, 2).save(folder / "tall.png")
    texture(40, 40, 3).convert("L").save(folder / "grey.png")
    texture(50, 40, 4).convert("P").save(folder / "palette.png")
    Image.new("RGB", (1, 1), (200, 30, 90)).save(folder / "dot.png")
    texture(300, 200, 5).save(folder / "photo.jpg", quality=90)
    data = (folder / "wide.png").read_bytes()
    (folder / "broken.png").write_bytes(data[: len(data) // 2])
    return folder
