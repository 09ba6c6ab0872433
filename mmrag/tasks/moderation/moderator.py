"""Moderation of nodes, texts, pictures and recordings by a policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from llama_index.core.schema import Node

from mmrag.embeddings.base import MediaEmbedding
from mmrag.errors import ConfigError
from mmrag.loaders.passages import Block, passages
from mmrag.modalities import Modality
from mmrag.schema import SURROGATE, Provenance, build_node, provenance_of, spans_of, text_of
from mmrag.spaces import Columns, embed_text, shows
from mmrag.tasks.moderation.contrast import Contraster, spaces_of
from mmrag.tasks.moderation.flags import Flag
from mmrag.tasks.moderation.lexical import Lexicon
from mmrag.tasks.moderation.policy import Policy, Sense

_SENSES: Mapping[Modality | None, Sense] = {
    Modality.IMAGE: "image",
    Modality.VIDEO: "image",
    Modality.AUDIO: "audio",
}


@dataclass(frozen=True)
class Score:
    """What a category thinks of one node by one sense.

    Attributes:
        row: of the node among those that were given.
        value: in 0..1; the threshold of the policy is another matter.
        prompt: the nearest one that speaks for the category.
    """

    row: int
    category: str
    sense: Sense
    space: str
    value: float
    prompt: str


class Moderator:
    """Judges by a policy with the embeddings that there are.

    Args:
        policy: what is looked for.
        embeddings: by space. Words are judged in `text`, looks and sounds in the first other space
            that takes them and words. What no space takes is judged by its words alone, and `blind`
            says so.

    Raises:
        ConfigError: none of these embeddings can judge a category, which looks for no words either.
    """

    def __init__(self, policy: Policy, embeddings: Mapping[str, MediaEmbedding]) -> None:
        self.policy = policy
        self._embeddings = embeddings
        self.spaces = spaces_of(embeddings)
        self._lexicons = {
            name: Lexicon(category)
            for name, category in policy.categories.items()
            if category.lexical
        }
        self._contrasts = {
            (name, sense): Contraster(contrast, embeddings[self.spaces[sense]], policy.scale)
            for name, category in policy.categories.items()
            for sense, contrast in category.contrasts.items()
            if sense in self.spaces
        }
        judged = {*self._lexicons, *(name for name, _ in self._contrasts)}
        for name, category in policy.categories.items():
            if name not in judged:
                senses = " and ".join(category.contrasts)
                raise ConfigError(
                    f"policy {policy.name}: {name} is told by {senses} alone, and no space of "
                    f"{', '.join(embeddings) or 'none'} takes that with words; add one "
                    f"(mmrag index --add-space) or give the category text or words"
                )

    @property
    def blind(self) -> list[str]:
        """What of the policy is of no effect here, one line each."""
        lines = []
        for sense in ("image", "audio"):
            lacking = [n for n, c in self.policy.categories.items() if sense in c.contrasts]
            if lacking and sense not in self.spaces:
                lines.append(
                    f"no space takes {sense} with words: of {', '.join(lacking)} only what stands "
                    f"or is said there is judged"
                )
        return lines

    @property
    def uncalibrated(self) -> list[str]:
        """Thresholds in use that were calibrated with no labels, or on another model's scores."""
        found = []
        for (name, sense), contraster in self._contrasts.items():
            calibrated, model = contraster.contrast.calibrated, self.model_of(sense)
            if calibrated is None:
                found.append(f"{name}.{sense}")
            elif calibrated.model != model:
                found.append(f"{name}.{sense} (calibrated for {calibrated.model}, not {model})")
        return found

    def model_of(self, sense: Sense) -> str:
        """The model by whose vectors a sense is judged."""
        return self._embeddings[self.spaces[sense]].model_name

    def flags(self, nodes: Sequence[Node], columns: Columns | None = None) -> list[list[Flag]]:
        """The flags of each node, category by category.

        Args:
            columns: vectors that there are already, by space one or None for each node.
        """
        out: list[list[Flag]] = [[] for _ in nodes]
        for score in self.scores(nodes, columns):
            category = self.policy.categories[score.category]
            threshold = category.contrasts[score.sense].threshold
            if score.value >= threshold:
                where = provenance_of(nodes[score.row])
                flag = Flag(
                    score.category,
                    category.action,
                    score.sense,
                    score=round(score.value, 4),
                    threshold=threshold,
                    space=score.space,
                    prompt=score.prompt,
                    page=where.page,
                    start_ms=where.start_ms,
                    end_ms=where.end_ms,
                )
                out[score.row].append(flag)
        for row, node in enumerate(nodes):
            out[row] += self._in_words(node)
        return out

    def scores(self, nodes: Sequence[Node], columns: Columns | None = None) -> list[Score]:
        """Every score that a category can give a node, below its threshold or not."""
        vectors = self._columns(nodes) if columns is None else columns
        rows = {
            sense: [
                row
                for row, vector in enumerate(vectors[space])
                if vector is not None and self._judges(sense, nodes[row])
            ]
            for sense, space in self.spaces.items()
        }
        out: list[Score] = []
        for (name, sense), contraster in self._contrasts.items():
            space, chosen = self.spaces[sense], rows[sense]
            if not chosen:
                continue
            found = contraster.score(np.stack([np.asarray(vectors[space][r]) for r in chosen]))
            prompts = contraster.contrast.for_
            triples = zip(chosen, found.scores.tolist(), found.nearest.tolist(), strict=True)
            out += [Score(r, name, sense, space, v, prompts[n]) for r, v, n in triples]
        return out

    def texts(self, texts: Sequence[str]) -> list[list[Flag]]:
        """The flags of each text, long ones by passages; places are those in the whole text."""
        nodes: list[Node] = []
        owners: list[tuple[int, int]] = []
        for owner, text in enumerate(texts):
            end = 0
            for passage in passages([Block(text)]):
                start = max(text.find(passage.text, end), end)
                end = start + len(passage.text)
                nodes.append(_node(passage.text, f"text {owner + 1}", Modality.TEXT, "text/plain"))
                owners.append((owner, start))
        out: list[list[Flag]] = [[] for _ in texts]
        for (owner, start), flags in zip(owners, self.flags(nodes), strict=True):
            out[owner] += [_moved(flag, start) for flag in flags]
        return out

    def images(self, paths: Sequence[Path]) -> list[list[Flag]]:
        """The flags of each picture by its looks; text in it is not read."""
        return self.flags([_node("", str(p), Modality.IMAGE, "image/unknown", p) for p in paths])

    def sounds(self, paths: Sequence[Path]) -> list[list[Flag]]:
        """The flags of each recording by its sound; words in it are not transcribed."""
        return self.flags([_node("", str(p), Modality.AUDIO, "audio/unknown", p) for p in paths])

    def _columns(self, nodes: Sequence[Node]) -> Columns:
        columns: Columns = {space: [None] * len(nodes) for space in self.spaces.values()}
        for sense, space in self.spaces.items():
            embedding = self._embeddings[space]
            rows = [row for row, node in enumerate(nodes) if self._judges(sense, node)]
            if sense == "text":
                found = embedding.embed_texts([embed_text(nodes[row]) for row in rows])
                for row, vector in zip(rows, found, strict=True):
                    columns[space][row] = vector
                continue
            done = embedding.embed_nodes([nodes[row] for row in rows])
            for error in done.faults.values():
                raise error
            for row, found_vector in zip(rows, done.vectors, strict=True):
                columns[space][row] = found_vector
        return columns

    def _judges(self, sense: Sense, node: Node) -> bool:
        """Whether a node has what a sense is for."""
        if sense != "text":
            return _SENSES.get(shows(node)) == sense
        # in a space of media a picture's vector is that of its looks, not of the words in it
        apart = list(self.spaces.values()).count(self.spaces["text"]) == 1
        return _says(node) and (apart or shows(node) is Modality.TEXT)

    def _in_words(self, node: Node) -> list[Flag]:
        text = text_of(node)
        if not _says(node):
            return []
        out = []
        for name, lexicon in self._lexicons.items():
            for match in lexicon.find(text):
                where = provenance_of(node).narrowed(spans_of(node), match.start, match.end)
                flag = Flag(
                    name,
                    self.policy.categories[name].action,
                    match.how,
                    shown=match.shown,
                    start=match.start,
                    end=match.end,
                    page=where.page,
                    start_ms=where.start_ms,
                    end_ms=where.end_ms,
                )
                out.append(flag)
        return out


def _says(node: Node) -> bool:
    """Whether there are words of its own to be judged."""
    return bool(text_of(node).strip()) and not node.metadata.get(SURROGATE)


def _node(
    text: str, source: str, modality: Modality, mimetype: str, path: Path | None = None
) -> Node:
    return build_node(text, Provenance(source), modality=modality, mimetype=mimetype, path=path)


def _moved(flag: Flag, by: int) -> Flag:
    if flag.start is None or flag.end is None:
        return flag
    return replace(flag, start=flag.start + by, end=flag.end + by)
