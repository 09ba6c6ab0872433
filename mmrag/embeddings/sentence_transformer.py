"""Embeddings by sentence-transformers: texts, and pictures and sounds where a model takes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PIL import Image

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.checkpoints import reading
from mmrag.embeddings.precision import dtype_of
from mmrag.embeddings.recipes import Recipe, check_dimensions, recipe_named, recipe_of
from mmrag.embeddings.weights import Weights
from mmrag.embeddings.windows import PLACES, spread_windows
from mmrag.errors import CheckpointMismatch, ConfigError
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.profiles import GEMMA, MINILM
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch

PURPOSE = "embed with sentence-transformers"
HEARD_S = 30.0
"""Seconds of sound given at once to a model that does not say how much it hears."""


class SentenceTransformerEmbedding(MediaEmbedding):
    """Vectors of any model that sentence-transformers loads, as a LlamaIndex embedding.

    What it takes is what the model says it does; only models with a row in `recipes` say so without
    being loaded. Texts reach the model wrapped as {"text": …}, and media decoded: the library opens
    a bare string as media when it looks like the path or URL of a picture or recording, and a
    question must never open anything. Kinds of input are never mixed in a batch, which models
    refuse. Longer texts are cut at the model's maximum length.

    Args:
        model_name: "pip:NAME", a local folder, or a hub id.
        query_prompt, text_prompt: put before questions and texts; None is what the recipe says,
            or else the model's own prompts named "query" and "document".
        dimensions: Matryoshka: cut vectors to so many numbers, where the recipe allows it.
        recipe: id of a row in `recipes` to follow, for a model that derives from that one. By
            default that of the model, or of the folder's name.

    Raises:
        ConfigError: an unknown recipe, dimensions that it does not allow, or a model that another
            class reads.
    """

    query_prompt: str | None = None
    text_prompt: str | None = None
    dimensions: int | None = None
    recipe: str | None = None

    def __init__(self, model_name: str = MINILM, **fields: Any) -> None:  # noqa: ANN401
        row = _row(model_name, fields.get("recipe"))
        if row is not None and row.model == GEMMA:
            raise ConfigError(
                f"{model_name} is read by EmbeddingGemma2Embedding; sentence-transformers cannot "
                f"load it without torchvision"
            )
        check_dimensions(model_name, row, fields.get("dimensions"))
        fields.setdefault("dtype", row.dtype if row else "float32")
        super().__init__(model_name=model_name, **fields)

    @classmethod
    def class_name(cls) -> str:
        return "SentenceTransformerEmbedding"

    @property
    def row(self) -> Recipe | None:
        """The recipe that is followed."""
        return _row(self.model_name, self.recipe)

    @property
    def takes(self) -> frozenset[Modality]:  # type: ignore[override]  # of the model, not the class
        """What can be embedded. Loads the model if no recipe says so."""
        if self.row is not None:
            return self.row.takes
        model = self._loaded()
        return frozenset(
            modality
            for modality in (Modality.TEXT, Modality.IMAGE, Modality.AUDIO)
            if model.supports(modality.value)
        )

    @property
    def sample_rate(self) -> int:  # type: ignore[override]  # of the model, not the class
        """Samples a second that the model hears. Loads the model."""
        return int(getattr(_ear(self._loaded()), "sampling_rate", 16_000))

    def _load(self) -> Any:  # noqa: ANN401  (a SentenceTransformer, which must not be imported here)
        weights, row = self.weights, self.row
        library = require("sentence_transformers", extra="all", purpose=PURPOSE)
        asked: dict[str, Any] = {"local_files_only": weights.local or self.local_files_only}
        numbers = {"dtype": dtype_of(self.device_name, self.dtype)}
        with reading(weights):
            if row is not None and row.pooling is not None and _is_bare(weights):
                modules = _modules(row, weights.path, {**asked, **numbers}, asked)
                model = library.SentenceTransformer(modules=modules, device=self.device_name)
            else:
                model = library.SentenceTransformer(
                    weights.path, device=self.device_name, model_kwargs=numbers, **asked
                )
        if row is not None and row.tokens is not None:
            model.max_seq_length = min(row.tokens, model.max_seq_length or row.tokens)
            model.tokenizer.padding_side = row.padding_side
        whole = int(model.get_embedding_dimension())
        if self.dimensions is not None and self.dimensions > whole:
            raise CheckpointMismatch(
                f"{self.model_name} gives {whole} numbers; it cannot be cut to {self.dimensions}"
            )
        return model.eval()

    def _dimension(self, model: Any) -> int:  # noqa: ANN401
        return self.dimensions or int(model.get_embedding_dimension())

    def _text_vectors(self, model: Any, texts: list[str]) -> torch.Tensor:  # noqa: ANN401
        return self._encode(model, "text", texts, prompt=self._prompt(model, "document"))

    def _query_vectors(self, model: Any, texts: list[str]) -> torch.Tensor:  # noqa: ANN401
        return self._encode(model, "text", texts, prompt=self._prompt(model, "query"))

    def _prepare_image(self, model: Any, image: Image.Image) -> Image.Image:  # noqa: ANN401
        return image

    def _image_vectors(self, model: Any, prepared: list[Image.Image]) -> torch.Tensor:  # noqa: ANN401
        return self._encode(model, "image", prepared)

    def _prepare_audio(self, model: Any, samples: FloatArray) -> list[FloatArray]:  # noqa: ANN401
        ear = _ear(model)
        longest = getattr(ear, "nb_max_samples", None) or getattr(ear, "n_samples", None)
        return spread_windows(samples, longest or round(HEARD_S * self.sample_rate), most=PLACES)

    def _audio_vectors(self, model: Any, prepared: list[list[FloatArray]]) -> torch.Tensor:  # noqa: ANN401
        library = require("torch", extra="all", purpose=PURPOSE)
        heard = {"audio": {"sampling_rate": self.sample_rate}}
        windows = [window for row in prepared for window in row]
        size = self.embed_batch_size
        parts = [
            self._encode(model, "audio", windows[start : start + size], processing_kwargs=heard)
            for start in range(0, len(windows), size)
        ]
        units = library.nn.functional.normalize(library.cat(parts).float())
        means: torch.Tensor = library.stack(
            [rows.mean(0) for rows in units.split([len(row) for row in prepared])]
        )
        return means

    def _encode(
        self,
        model: Any,  # noqa: ANN401
        kind: Literal["text", "image", "audio"],
        inputs: list[Any],
        **options: Any,  # noqa: ANN401  (of the library's preprocess)
    ) -> torch.Tensor:
        # The library's encode does the same, sorts once more, and walks all modules on every call.
        features = model.preprocess([{kind: given} for given in inputs], **options)
        device = self.device_name
        placed = {k: v.to(device) if hasattr(v, "to") else v for k, v in features.items()}
        vectors: torch.Tensor = model(placed)["sentence_embedding"]
        return vectors[:, : self.dimensions]

    def _prompt(self, model: Any, name: Literal["query", "document"]) -> str | None:  # noqa: ANN401
        asked = self.query_prompt if name == "query" else self.text_prompt
        if asked is not None:
            return asked
        if self.row is not None:
            return self.row.query_prompt if name == "query" else self.row.text_prompt
        own: dict[str, str] = model.prompts
        return own.get(name) or own.get(model.default_prompt_name)


def _row(model_name: str, recipe: str | None) -> Recipe | None:
    return recipe_of(model_name) if recipe is None else recipe_named(recipe)


def _is_bare(weights: Weights) -> bool:
    """Whether transformers alone saved it. Hub repositories of recipes have modules.json."""
    return weights.local and not (Path(weights.path) / "modules.json").is_file()


def _modules(
    row: Recipe, path: str, model_kwargs: dict[str, Any], kwargs: dict[str, Any]
) -> list[Any]:
    """Transformer and pooling of a recipe.

    A folder that was saved by transformers alone says nothing of pooling and padding; the library
    would take the mean over right-padded tokens, and where the tokenizer has a chat template it
    would lay out each text as a chat.
    """
    base = require("sentence_transformers.base.modules", extra="all", purpose=PURPOSE)
    sentence = require(
        "sentence_transformers.sentence_transformer.modules", extra="all", purpose=PURPOSE
    )
    transformer = base.Transformer(
        path,
        model_kwargs=model_kwargs,
        processor_kwargs={**kwargs, "padding_side": row.padding_side},
        config_kwargs=dict(kwargs),
        max_seq_length=row.tokens,
        modality_config={"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
        module_output_name="token_embeddings",
    )
    return [transformer, sentence.Pooling(transformer.get_embedding_dimension(), row.pooling)]


def _ear(model: Any) -> Any:  # noqa: ANN401  (a feature extractor of transformers)
    """What turns samples into the model's input, wherever in the model it sits; None is nowhere."""
    for module in model.modules():
        processor = getattr(module, "processor", None)
        for part in (getattr(processor, "feature_extractor", None), processor):
            if hasattr(part, "sampling_rate"):
                return part
    return None
