"""Pictures and recordings in messages: decoded, checked, and on disk while they are asked with."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from anyio.to_thread import run_sync

from mmrag.errors import InputError, LoadError
from mmrag.limits import Limits
from mmrag.modalities import Modality
from mmrag_connectors.hosting.calls import Question
from mmrag_connectors.http.openai.messages import Asked, refused

_CALLED = {Modality.IMAGE: "picture", Modality.AUDIO: "recording"}


@asynccontextmanager
async def on_disk(asked: Asked, limits: Limits) -> AsyncIterator[Question]:
    """What is asked, its files in a folder that is gone afterwards.

    Raises:
        Problem: status 400, for a file that cannot be asked with, here or where it is asked.
    """
    if asked.image is None and asked.audio is None:
        yield Question(asked.words)
        return
    folder = await run_sync(lambda: TemporaryDirectory(prefix="mmrag-asked-"))
    try:
        image, audio = await run_sync(_written, asked, Path(folder.name), limits)
        yield Question(asked.words, image=image, audio=audio)
    except (InputError, LoadError) as exc:  # where files lie here is nobody's business
        told = str(exc).replace(f"{folder.name}/", "")
        raise refused(told) from exc
    finally:
        with anyio.CancelScope(shield=True):
            await run_sync(folder.cleanup)


def _written(asked: Asked, folder: Path, limits: Limits) -> tuple[Path | None, Path | None]:
    from mmrag.loaders.pixels import opened  # loads FFmpeg

    image = audio = None
    if asked.image is not None:
        image = _checked(folder, Modality.IMAGE, _of_address(asked.image), limits)
        with opened(image, limits) as picture:
            width, height = picture.size
        if width * height > limits.pixels:
            raise LoadError(image, f"has {width}x{height} pixels; limit pixels={limits.pixels}")
    if asked.audio is not None:
        audio = _checked(folder, Modality.AUDIO, asked.audio, limits)
    return image, audio


def _of_address(address: str) -> str:
    """The Base64 of a data: address. Nothing is fetched on behalf of who asks."""
    kind, comma, data = address.partition(",")
    if not comma or not kind.lower().startswith("data:") or not kind.lower().endswith(";base64"):
        raise refused("pictures are not fetched from addresses; send data:image/png;base64,...")
    return data


def _checked(folder: Path, modality: Modality, data: str, limits: Limits) -> Path:
    """A file of that modality, by what is in it."""
    from mmrag.loaders.sniff import sniff  # likewise

    path = folder / _CALLED[modality]
    try:
        path.write_bytes(base64.b64decode("".join(data.split()), validate=True))
    except (binascii.Error, ValueError) as exc:
        raise refused(f"the {path.name} is not in Base64: {exc}") from exc
    kind = sniff(path, limits)
    if kind.modality is not modality:
        raise LoadError(path, f"is no {path.name} but {kind.mimetype}")
    return path
