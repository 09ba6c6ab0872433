"""Vectors on demand and zero-shot labels, by the spaces of an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmrag import MMRagIndex, Modality
from mmrag.embeddings.base import MediaEmbedding
from mmrag.errors import InputError
from mmrag.profiles import TEXT
from mmrag.tasks.zero_shot import ZeroShotClassifier
from mmrag_connectors.hosting.calls import Label, Vectors


@dataclass(frozen=True)
class Likeness:
    """Embeds what callers give in a space of an index."""

    index: MMRagIndex

    def texts(
        self, texts: Sequence[str], space: str | None, kind: Literal["query", "document"]
    ) -> Vectors:
        """Vectors of texts.

        Raises:
            InputError: there is no such space, or a text is empty.
        """
        if not texts or not all(text.strip() for text in texts):
            raise InputError("nothing to embed: a text is empty")
        name, embedding = self._space(Modality.TEXT, space or TEXT)
        embed = embedding.embed_queries if kind == "query" else embedding.embed_texts
        return Vectors(name, embedding.model_name, embed(texts).tolist())

    def files(
        self, modality: Literal["image", "audio"], files: Sequence[Path], space: str | None
    ) -> Vectors:
        """Vectors of pictures or recordings.

        Raises:
            InputError: no space takes them, or nothing was given.
            LoadError: one cannot be read.
        """
        if not files:
            raise InputError(f"nothing to embed: no {modality} was given")
        name, embedding = self._space(Modality(modality), space)
        embed = embedding.embed_images if modality == "image" else embedding.embed_audios
        return Vectors(name, embedding.model_name, embed(list(files)).tolist())

    def labels(
        self,
        labels: Sequence[str],
        *,
        text: str,
        image: Path | None,
        audio: Path | None,
        template: str,
        space: str | None,
    ) -> list[Label]:
        """How likely each label is, the best first.

        Raises:
            InputError: not just one thing is given, labels are fewer than two or occur twice, the
                template has no place for them, or no space takes what is given.
        """
        if sum((bool(text.strip()), image is not None, audio is not None)) != 1:
            raise InputError("give one thing to classify: a text, a picture or a recording")
        if image is not None:
            modality = Modality.IMAGE
        else:
            modality = Modality.TEXT if audio is None else Modality.AUDIO
        default = TEXT if modality is Modality.TEXT else None
        _, embedding = self._space(modality, space or default)
        classifier = ZeroShotClassifier(embedding, labels, templates=[template])
        if image is not None:
            (found,) = classifier.classify_images([image])
        elif audio is not None:
            (found,) = classifier.classify_audios([audio])
        else:
            (found,) = classifier.classify_texts([text])
        return [Label(row.label, row.probability, row.cosine) for row in found]

    def _space(self, modality: Modality, name: str | None) -> tuple[str, MediaEmbedding]:
        dense = [row.space for row in self.index.manifest.spaces if row.size is not None]
        if name is not None and name not in dense:
            raise InputError(f"no space {name!r}; this index has: {', '.join(dense)}")
        for space in [name] if name is not None else dense:
            embedding = self.index.embedding_of(space)
            if modality in embedding.takes:
                return space, embedding
        what = f"the space {name!r}" if name is not None else "no space of this index"
        verb = "does not take" if name is not None else "takes"
        raise InputError(
            f"{what} {verb} {modality.value}; one can be added: mmrag index --add-space"
        )
