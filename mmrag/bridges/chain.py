"""The bridges of one index, in the order in which nodes go over them; each is loaded once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from mmrag.bridges.asr import AsrBridge
from mmrag.bridges.captions import CaptionBridge
from mmrag.bridges.carrying import Bridge, carrying
from mmrag.bridges.ocr import OcrBridge
from mmrag.bridges.surrogate import NameBridge
from mmrag.config import Settings
from mmrag.errors import InputError
from mmrag.loaders.registry import read_file
from mmrag.modalities import SENSORS, Modality
from mmrag.schema import text_of
from mmrag.systems import cache_folder


class Bridges:
    """Media to text, for what is indexed and for what is asked with.

    Args:
        asr_model, asr_language: as of `AsrBridge`.
        captions: what says what pictures show; None leaves them without.
    """

    def __init__(
        self,
        *,
        asr_model: str,
        asr_language: str | None = None,
        captions: CaptionBridge | None = None,
    ) -> None:
        self._captions = captions
        self._asr_options = (asr_model, asr_language)

    @classmethod
    def of(cls, settings: Settings, *, asr_model: str, folder: Path | None) -> Bridges:
        """The bridges of the settings.

        Args:
            asr_model: of the profile.
            folder: the index's, where captions are kept; None keeps them in mmrag's cache.
        """
        ingest = settings.ingest
        captions = None
        if ingest.captions is not None:
            file = (folder or cache_folder()) / "captions.jsonl"
            captions = CaptionBridge(model=ingest.captions, ollama=settings.ollama, cache=file)
        return cls(
            asr_model=asr_model,
            asr_language=ingest.asr_language,
            captions=captions,
        )

    def after_reading(self) -> list[Bridge]:
        """What the nodes of a file go over when it has been read and listened to.

        What was read in a picture tells whether it is a page, which needs no caption; and only what
        has no words by then goes by its name.
        """
        made: list[Bridge] = [*([self._captions] if self._captions else []), NameBridge()]
        return [carrying(bridge) for bridge in made]

    def words_of(self, path: Path, modality: Modality) -> str:
        """The words in a picture or recording that is asked with.

        Raises:
            InputError: there are none, or it is of a sensor, which has none.
        """
        if modality in SENSORS:
            raise InputError(
                f"this index has no space to search by {modality.value}; add one with: "
                f"mmrag index --add-space imagebind_huge"
            )
        bridge = self._ocr if modality is Modality.IMAGE else self._asr
        nodes = bridge(read_file(path, source=path.name, metadata="none"))
        words = " ".join(text_of(node) for node in nodes).strip()
        if not words:
            raise InputError(
                f"{path} holds no words, and this index has no space to search by its looks or "
                f"sound; add one with: mmrag index --add-space clip (pictures) or clap (sounds)"
            )
        return words

    @cached_property
    def _ocr(self) -> OcrBridge:
        return OcrBridge()

    @cached_property
    def _asr(self) -> AsrBridge:
        model, language = self._asr_options
        return AsrBridge(model=model, language=language)
