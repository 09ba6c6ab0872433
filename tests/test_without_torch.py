"""Profile `ollama` from end to end in a process where torch cannot be imported.

The server is a stand-in (not Ollama): what is proved is what mmrag itself loads.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from standins.ollama_standin import ollama_standin

from mmrag.profiles import OLLAMA_EMBEDDING

ROOT = Path(__file__).parents[1]
MODELS = (OLLAMA_EMBEDDING.removeprefix("ollama:"), "qwen3:4b")

SCRIPT = """
import json, sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "sentence_transformers"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoTorch())
from mmrag import MMRagIndex

with MMRagIndex(sys.argv[1], profile="ollama") as index:
    report = index.index(sys.argv[2])
    found = index.search("thermometer", k=2)
    answer = index.ask("Where was the aneroid barometer bought?")
print(json.dumps([report.as_dict(), [hit.source for hit in found.hits], answer.as_dict()]))
"""


def bag_of_words(text: str) -> list[float]:
    """A vector in which texts with the same words are near each other."""
    vector = [0.01] * 64
    for word in text.lower().split():
        vector[hashlib.sha256(word.encode()).digest()[0] % 64] += 1.0
    return vector


def test_index_search_and_ask_need_no_torch(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    note = (
        "# Instruments\n\nThe aneroid barometer was bought in Bergen in 1934. It cost 12 pounds.\n"
    )
    (docs / "instruments.md").write_text(note, "utf-8")
    sign = Image.new("RGB", (420, 60), "white")
    ImageDraw.Draw(sign).text((10, 12), "TERRACE THERMOMETER", "black", ImageFont.load_default(30))
    sign.save(docs / "sign.png")
    with ollama_standin(
        lambda body: "The barometer was bought in Bergen in 1934 [1].",
        models=MODELS,
        capabilities=("completion", "embedding"),
        vector=bag_of_words,
    ) as server:
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / "index"), str(docs)],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "MMRAG_OLLAMA__URL": server.url,
                "OMP_NUM_THREADS": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stderr
    report, sources, answer = json.loads(run.stdout)
    assert report["files"] == {"indexed": 2}
    assert sources[0] == "sign.png"
    assert answer["answer"] == "The barometer was bought in Bergen in 1934. [1]"
    assert (answer["mode"], answer["model"]) == ("llm", "qwen3:4b")
    assert answer["citations"][0]["verified"]
